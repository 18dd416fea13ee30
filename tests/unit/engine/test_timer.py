"""When timers may fire, against a broker inside the library."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future

import pytest

from hub.bus.admin import Admin
from hub.bus.record import Place
from hub.engine import timer as module
from hub.engine.inputs import Inputs
from hub.engine.partition import Partition
from hub.engine.timer import TimerGate
from hub.settings import Kafka
from tests.broker import LittleBroker, little_broker
from tests.kafka.until import until

_PLACE, _NOWHERE = Place("said", 0), Place("nowhere", 99)
_NOW = 5_000


class Counting(Admin):
    """Count the questions about each place."""

    def __init__(self, kafka: Kafka) -> None:
        """Begin at none."""
        super().__init__(kafka)
        self.asked: list[Place] = []

    def ask_ends(self, places: Iterable[Place]) -> "Mapping[Place, Future[int]]":
        """Ask, and remember what."""
        wanted = list(places)
        self.asked += wanted
        return super().ask_ends(wanted)


class Desk:
    """A partition with a timer due, its inputs, and the gate before it."""

    def __init__(self, broker: LittleBroker) -> None:
        """Let ten records wait in the one input."""
        self.broker, self.admin = broker, Counting(broker.kafka)
        broker.append(_PLACE, *range(10))
        self.inputs = Inputs(broker.kafka, "a", self.admin)
        self.partition = Partition(0)
        self.partition.put(b"desk.1", b'{"due":1000}')
        self.gate = TimerGate(self.partition, self.inputs, self.admin)

    def follow(self, *topics: str) -> None:
        """Follow inputs of which nothing is routed yet."""
        self.inputs.follow(0, topics, dict.fromkeys(topics, 0), {})

    def until_told(self, *places: Place, now: int = _NOW) -> None:
        """Wait until the ends of these are known."""
        until(lambda: self.gate.passes(now) or all(place in self.gate._ends for place in places))


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Give a desk."""
    with little_broker() as broker:
        made = Desk(broker)
        yield made
        made.inputs.close()


def test_timers_wait_for_the_ends_there_were_and_not_for_those_that_move_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that takes long to read what waits fires when it has, although more is said all the time."""
    desk.follow("said")
    desk.until_told(_PLACE)
    monkeypatch.setattr(module, "_PATIENCE_S", -1.0)
    desk.broker.append(_PLACE, *range(10, 20))
    assert desk.gate.passes(_NOW + 100) is None

    desk.partition.meta.positions["said"] = 10

    assert desk.gate.passes(_NOW + 200) == _NOW
    assert desk.admin.asked == [_PLACE]
    desk.partition.put(b"desk.1", b'{"due":%d}' % (_NOW + 250))
    assert desk.gate.passes(_NOW + 300) is None  # the next round waits for what was said since
    monkeypatch.setattr(module, "_PATIENCE_S", 5.0)
    desk.until_told(_PLACE, now=_NOW + 300)
    assert desk.gate._ends[_PLACE] == 20


def test_only_what_was_not_told_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One end that nobody tells holds the timers up, and costs no more questions about the others."""
    monkeypatch.setattr(module, "_REFUSED_S", 0.05)
    desk.follow("said")
    desk.inputs._topics[0].add(_NOWHERE.topic)
    monkeypatch.setattr(desk.inputs, "places", lambda _number: iter([_PLACE, _NOWHERE]))
    desk.partition.meta.positions["said"] = 10

    desk.until_told(_PLACE)  # a broker that is busy may refuse to tell at first
    desk.admin.asked.clear()

    until(lambda: desk.gate.passes(_NOW) or desk.admin.asked.count(_NOWHERE) > 3)

    assert desk.gate.passes(_NOW) is None
    assert desk.admin.asked.count(_PLACE) == 0


def test_an_end_that_is_out_of_reach_is_doubted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that was cut below the end that was told does not hold up the timers for ever."""
    monkeypatch.setattr(module, "_DOUBT_S", -1.0)
    desk.follow("said")
    desk.until_told(_PLACE)
    desk.gate._ends[_PLACE] = 1_000
    until(lambda: desk.inputs.read(100, 0.1) is not None and desk.inputs.is_at_readable_end(_PLACE))

    assert until(lambda: desk.gate.passes(_NOW)) == _NOW


def test_nothing_is_asked_while_nothing_is_due(desk: Desk) -> None:
    """Questions cost the broker something."""
    desk.follow("said")
    assert desk.gate.passes(999) is None
    assert desk.admin.asked == []


def test_what_has_passed_is_fired_a_few_at_a_time(desk: Desk) -> None:
    """Thousands that are due at once cost one question; what was read and is undone takes the word back."""
    desk.follow("said")
    desk.until_told(_PLACE)
    desk.partition.meta.positions["said"] = 10
    assert [desk.gate.passes(_NOW + later) for later in (0, 100, 200)] == [_NOW] * 3

    desk.partition.meta.positions["said"] = 4
    assert desk.gate.passes(_NOW + 300) is None
    desk.partition.meta.positions["said"] = 10
    assert desk.gate.passes(_NOW + 400) == _NOW
    assert desk.admin.asked == [_PLACE]
