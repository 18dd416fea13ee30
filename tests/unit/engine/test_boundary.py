"""Deadlines at their last millisecond, over a worker's own path: the clock, the gate, the timers, the answer."""

from collections.abc import Iterator

import pytest

from hub.bus.record import Place, Record
from hub.engine.clock import MARGIN_MS, MAX_SKEW_MS, Clock, wall_ms
from hub.engine.inputs import Inputs
from hub.engine.timer import TimerGate
from hub.events.envelope import to_headers
from hub.names import AgencyCode, EventType, events_topic
from hub.router.case import decode_case
from tests.broker import LittleBroker, little_broker
from tests.kafka.city import CIVIL, DESK, LOOKED, WATCH_MS, WATCHED
from tests.kafka.until import until
from tests.unit.engine.test_clock import Hands
from tests.unit.engine.test_routing import CASE, CODEC, HOME, RULES, Desk

DUE = 1_000_000


class Timed(Desk):
    """A partition to which things are appended at times that a test names."""

    def append(self, at: int, agency: AgencyCode, event_type: EventType, **data: str) -> None:
        """Route an event that was appended then."""
        self.offset += 1
        headers = to_headers(f"{self.offset}", event_type, source="/t", time="2026-01-05T00:00:00Z", case=CASE)
        value = CODEC.encode(event_type, data)
        record = Record(events_topic(agency), HOME, self.offset, at, CASE.encode(), value, headers)
        self.routing.take(record, self.partition, RULES, CODEC)

    def fire(self, until: int) -> int:
        """Fire what is due up to a moment; give how many."""
        return self.routing.fire(until, 9, partition=self.partition, force=RULES)

    @property
    def look(self) -> tuple[str, str]:
        """Give how the watched step stands, and who ended it."""
        state = decode_case(self.partition.states[CASE.encode()]).steps["look"]  # type: ignore[index] # a step's name
        return state.status, state.by


@pytest.fixture
def desk() -> Timed:
    """Open a watch whose only deadline, which counts as done, is at DUE."""
    made = Timed()
    seconds = (DUE - WATCH_MS) // 1_000
    made.append(DUE - 5_000, DESK, WATCHED, since=f"1970-01-01T00:{seconds // 60:02}:{seconds % 60:02}Z")
    assert made.partition.next_due() == DUE
    return made


@pytest.mark.parametrize(("until_ms", "fired"), [(DUE - 1, 0), (DUE, 1), (DUE + 1, 1)])
def test_a_deadline_fires_at_its_millisecond_and_not_before(desk: Timed, until_ms: int, fired: int) -> None:
    """One before: nothing. At it: the step is deemed done."""
    assert desk.fire(until_ms) == fired
    assert desk.look == (("done", "deadline") if fired else ("active", ""))


@pytest.mark.parametrize(("appended", "by"), [(DUE - 1, ""), (DUE, "deadline"), (DUE + 1, "deadline")])
def test_an_answer_counts_by_the_millisecond_of_its_append(desk: Timed, appended: int, by: str) -> None:
    """One before the deadline it wins, also when a timer looks at once after; at it and later the deadline has won."""
    desk.append(appended, CIVIL, LOOKED)

    assert desk.look == ("done", by)
    assert desk.fire(DUE + 10) == 0


def test_the_last_answer_in_time_wins_however_late_it_is_read(desk: Timed) -> None:
    """A day's work of others, appended after it and read before, moves the partition's clock but not its deadline."""
    desk.partition.meta.now = DUE + 86_400_000

    desk.append(DUE - 1, CIVIL, LOOKED)

    assert desk.look == ("done", "")


@pytest.fixture
def broker() -> Iterator[LittleBroker]:
    """Give a broker."""
    with little_broker() as made:
        yield made


def test_the_gate_holds_a_deadline_until_the_last_answer_was_routed(desk: Timed, broker: LittleBroker) -> None:
    """An answer that waits in its topic is routed first, though the deadline is over when it is found."""
    inputs, topic = Inputs(broker.kafka, "a", broker.admin), events_topic(CIVIL)
    place = Place(topic, HOME)
    broker.append(place, DUE - 1)
    desk.partition.meta.positions[topic] = 0
    inputs.follow(HOME, [topic], {topic: 0}, {})
    gate = TimerGate(desk.partition, inputs, broker.admin)

    until(lambda: gate.passes(DUE + 5) is not None or place in gate._ends)
    assert gate.passes(DUE + 5) is None
    desk.append(DUE - 1, CIVIL, LOOKED)  # as the worker does with what it reads
    desk.partition.meta.positions[topic] = 1

    assert until(lambda: gate.passes(DUE + 5) or desk.partition.next_due() is None)
    assert desk.fire(DUE + 5) == 0
    assert desk.look == ("done", "")
    inputs.close()


@pytest.mark.parametrize("ahead_ms", [-MAX_SKEW_MS + 500, 0, MAX_SKEW_MS - 500])
def test_no_timer_fires_while_an_answer_could_still_be_appended_in_time(ahead_ms: int) -> None:
    """Of a machine's clock and the broker's the one behind counts, and a margin: both are believed within seconds."""
    clock = Clock(Hands(ahead_ms).read)
    clock.compare(0)
    assert clock.is_believed

    behind = min(wall_ms(), wall_ms() + ahead_ms)
    assert behind - MARGIN_MS - 1_000 <= clock.over() <= behind - MARGIN_MS + 100
