"""Orders to the whole network on a real broker: what waits comes back once each, whoever is killed meanwhile."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from hub.cli.here import in_force
from hub.cluster.orders import give, standing_orders
from hub.events.codec import Codec
from hub.names import JOURNAL, ORDERS_KEY, CaseId, tasks_topic
from hub.views import Cases, Store, rebuild, views_url
from hub.views.evidence import verify_journal
from hub.views.explain import Explainer
from tests.kafka.city import CIVIL, DESK, OPENED, PARTITIONS
from tests.kafka.log import Log
from tests.kafka.until import until
from tests.kafka.world import QUICK_SESSIONS, World, new_case, world

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

_CASES = 120


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force, for one test."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


def _order(city: World, act: str, target: str) -> bool:
    """Give an order as an operator does; tell whether it changed anything."""
    return give(city.kafka, in_force(city.settings()), act, target, actor="budi", reason="a test")[1]


def _until_obeyed(city: World, log: Log, number: int) -> None:
    """Wait until every partition has journaled the orders of this number."""

    def obeyed() -> bool:
        log.look()
        told = [city.entry(record) for record in log.records[JOURNAL] if record.key == ORDERS_KEY]
        return len([each for each in told if each["revision"] == number]) == PARTITIONS

    until(obeyed)


def _open(city: World, count: int) -> list[CaseId]:
    cases = [new_case() for _ in range(count)]
    for said in [city.say(DESK, OPENED, case, data={"name": "A"}) for case in cases]:
        said()
    return cases


def _journaled(city: World, log: Log, outcome: str) -> Counter[str]:
    """Count, by case, how often the journal has an outcome."""
    log.look()
    entries = (city.entry(record) for record in log.records[JOURNAL] if record.key != ORDERS_KEY)
    return Counter(entry["case"] for entry in entries if entry["outcome"] == outcome)


def _sent(log: Log) -> Counter[str]:
    log.look()
    return Counter((record.key or b"").decode() for record in log.records[tasks_topic(CIVIL)])


def _reproduced(city: World, case: CaseId) -> list[str]:
    settings = city.settings()
    rebuild(settings)
    store, explainer = Store(views_url(settings)), Explainer(settings)
    with closing(store), closing(explainer):
        return [each.verdict for each in explainer.explain(Cases(store).show(case).timeline)]


def test_stopped_openings_come_back_once_each(city: World) -> None:
    """Killed while they wait and while they come back: each case opens once, and each decision can be made again."""
    log = city.log()
    with city.router() as router:
        assert _order(city, "stop-openings", "licence")
        _until_obeyed(city, log, 1)
        cases = _open(city, _CASES)
        until(lambda: _journaled(city, log, "orphaned") == Counter(cases))
        assert not _order(city, "stop-openings", "licence")
        router.kill()
    with city.router() as router:
        router.until_page("/readyz", 200)
        assert (_sent(log), _journaled(city, log, "opened")) == (Counter(), Counter())
        assert _order(city, "allow-openings", "licence")
        until(lambda: _journaled(city, log, "opened"))
        router.kill()
    with city.router():
        until(lambda: _journaled(city, log, "opened") == Counter(cases))
        log.settle()
    assert _sent(log) == Counter(cases)
    assert standing_orders(city.kafka, Codec(in_force(city.settings()).schemas)).orders == ()
    assert _reproduced(city, cases[0]) == ["reproduced"] * 3
    assert [chain.broken_at for chain in verify_journal(city.settings())] == [None] * PARTITIONS


def test_held_tasks_are_sent_once_each_at_the_release(city: World) -> None:
    """Killed while they are held and while they are sent: each agency's task comes once, none before."""
    log = city.log()
    with city.router() as router:
        assert _order(city, "hold", CIVIL)
        _until_obeyed(city, log, 1)
        cases = _open(city, _CASES)
        until(lambda: _journaled(city, log, "opened") == Counter(cases))
        router.kill()
    with city.router() as router:
        router.until_page("/readyz", 200)
        later = _open(city, 5)
        until(lambda: len(_journaled(city, log, "opened")) == _CASES + 5)
        assert _sent(log) == Counter()
        assert _order(city, "release", CIVIL)
        until(lambda: _sent(log))
        router.kill()
    with city.router():
        until(lambda: len(_sent(log)) == _CASES + 5)
        log.settle()
    assert _sent(log) == Counter([*cases, *later])
    found = city.case(log, cases[0])
    assert found is not None
    assert (found.waits, [state.attempt for state in found.steps.values()]) == ((), [2])
    entries = city.entries(log, cases[0])
    assert [(entry["orders"], [task["step"] for task in entry["tasks"]]) for entry in entries] == [
        (1, []),
        (2, ["check"]),
    ]
    assert _reproduced(city, cases[0]) == ["reproduced", "reproduced"]
