"""Citizens come at their rate; a log is told in order, case by case, as Kafka acknowledges it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.bus.memory import MemoryProducer
from hub.demo.feed import Citizens, Feed, LogFeed
from hub.demo.ledger import Ledger
from hub.demo.voice import Voice
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.events.envelope import read_headers
from hub.mall.arrivals import Crowd
from hub.mall.usual import usual
from hub.names import AgencyCode, events_topic, opener_of
from hub.network.load import DeclaredNetwork
from hub.rehearsal.log import LogEvent, load_mapping, read_log

ROOT = Path(__file__).parents[3]


class Desk:
    """A voice whose events stay in memory."""

    def __init__(self, network: DeclaredNetwork, catalog: Catalog, folder: Path) -> None:
        """Let every agency speak."""
        self.kafka = MemoryProducer({events_topic(code): 4 for code in network.agencies})
        self._ledgers = {code: Ledger(folder, code) for code in network.agencies}
        self.voice = Voice(self.kafka, Codec.over(catalog), self._ledgers)

    def close(self) -> None:
        """Close the books."""
        for ledger in self._ledgers.values():
            ledger.close()

    def settle(self, feed: Feed) -> int:
        """Let the feed hear of what was acknowledged; tell how many there were."""
        heard = 0
        while not self.voice.acknowledged.empty():
            said, _, wrong = self.voice.acknowledged.get()
            assert wrong is None
            feed.acknowledge(said.case)
            heard += 1
        return heard

    @property
    def told(self) -> list[tuple[AgencyCode, str, str]]:
        """List who said what, by its id, about which case."""
        return [
            (AgencyCode(each.topic.split(".")[1]), read_headers(each.headers)["ce_id"], (each.key or b"").decode())
            for each in self.kafka.records
        ]


@pytest.fixture
def mall(samarinda: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> Iterator[Desk]:
    """Let the agencies of Samarinda speak."""
    made = Desk(samarinda, catalog, tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(wabo: DeclaredNetwork, catalog: Catalog, tmp_path: Path) -> Iterator[Desk]:
    """Let the desks of the permit office speak."""
    made = Desk(wabo, catalog, tmp_path)
    yield made
    made.close()


@pytest.fixture
def rows(wabo: DeclaredNetwork, catalog: Catalog) -> Iterator[LogEvent]:
    """Read the real log."""
    log = read_log(ROOT / "deploy/wabo/receipt.csv", load_mapping(ROOT / "deploy/wabo", wabo, catalog))
    return (row for row in log if isinstance(row, LogEvent))


def _citizens(network: DeclaredNetwork, catalog: Catalog, mall: Desk, *, run: str = "", most: int = 4) -> Citizens:
    """Let citizens come, two a second."""
    crowd = Crowd(network, usual(network), seed=1, begins=date(2026, 1, 5), days=7)
    people = ((number / 2, crowd.person(number)) for number in range(most))
    return Citizens(mall.voice, catalog.types, people, seed=1, run=run)


def test_citizens_come_at_their_time(samarinda: DeclaredNetwork, catalog: Catalog, mall: Desk) -> None:
    """The first comes at once, each further one when it is time, the last one is the last."""
    citizens = _citizens(samarinda, catalog, mall)
    assert citizens.tend(100.0) == pytest.approx(0.5)
    assert (len(mall.told), citizens.is_over) == (1, False)
    assert citizens.tend(100.6) == pytest.approx(0.4)
    assert len(mall.told) == 2
    citizens.tend(200.0)
    assert (len(mall.told), citizens.is_over) == (4, True)
    assert all(opener_of(case) == agency for agency, _, case in mall.told)
    assert len({case for *_, case in mall.told}) == 4


def test_two_runs_on_one_cluster_have_cases_of_their_own(
    samarinda: DeclaredNetwork, catalog: Catalog, mall: Desk
) -> None:
    """Only the name of the run keeps them apart; citizens and forms are the same."""
    for run in ("", "", "other"):
        _citizens(samarinda, catalog, mall, run=run, most=1).tend(0.0)
    first, again, other = (case for *_, case in mall.told)
    assert first == again != other


def test_a_log_is_told_whole_in_each_cases_order(desk: Desk, rows: Iterator[LogEvent]) -> None:
    """Every row of the first cases is said by its agency, after the row before it was acknowledged."""
    log = list(rows)
    feed = LogFeed(desk.voice, iter(log), run="", rate=None, most=50)
    while not feed.is_over:
        feed.tend(0.0)
        desk.settle(feed)
    cases = list(dict.fromkeys(row.case for row in log))[:50]
    wanted = {case: [(row.agency, row.id, row.case) for row in log if row.case == case] for case in cases}
    told = desk.told
    assert {case: [each for each in told if each[2] == case] for case in cases} == wanted
    assert len(told) == sum(len(each) for each in wanted.values())


def test_a_case_waits_for_its_acknowledgement_and_others_do_not(desk: Desk, rows: Iterator[LogEvent]) -> None:
    """With a slow broker one row of each case is on its way, of many cases at once."""
    desk.kafka.is_holding = True
    feed = LogFeed(desk.voice, rows, run="", rate=None, most=50)
    feed.tend(0.0)
    assert len(desk.told) == len({case for *_, case in desk.told}) == 50
    desk.kafka.release()
    desk.kafka.is_holding = True
    assert desk.settle(feed) == 50
    assert len(desk.told) > 90
    assert not feed.is_over


def test_a_log_can_be_told_slowly(desk: Desk, rows: Iterator[LogEvent]) -> None:
    """A rate counts rows."""
    feed = LogFeed(desk.voice, rows, run="", rate=10.0, most=None)
    for moment in (0.0, 0.05, 0.1, 1.0):
        feed.tend(moment)
        desk.settle(feed)
    assert len(desk.told) == 11
