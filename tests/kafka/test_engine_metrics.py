"""What a router's page counts is what happened: every metric that it declares was seen to move."""

from collections.abc import Iterator
from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub import metrics
from hub.engine.clock import wall_ms
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import AgencyCode, CaseId, events_topic, partition_of
from tests.kafka.city import BANK, CHECKED, CIVIL, DESK, GUARDED, LOOKED, OPENED, PAID, PARTITIONS, WATCH_MS, WATCHED
from tests.kafka.until import until, until_past
from tests.kafka.world import QUICK_SESSIONS, Process, World, new_case, world

pytestmark = pytest.mark.kafka

_HOUR_MS: Final = 3_600_000
#: Proven elsewhere, since a sound router in a sound network shows 0.
_ELSEWHERE: Final = {
    "hub_cases_adrift",  # tests/unit/engine/test_sweep.py
    "hub_cases_closed",  # tests/unit/engine/test_routing.py
    "hub_transaction_aborts",  # test_engine_fencing.py
    "hub_clock_skew_seconds",  # test_engine_timer.py
    "hub_open_transaction_age_seconds",  # test_engine_lag.py
    "hub_signals",  # test_engine_signal.py
    "hub_undelivered",  # tests/unit/engine/test_routing.py
}
_OTHERS: Final = ("hub_gateway_", "hub_views_")
#: A transaction may be undone on a busy machine, and is then made anew.
_AT_TIMES: Final = "hub_transaction_aborts"

Numbers = dict[tuple[str, tuple[str, ...]], float]


def _numbers(page: str) -> Numbers:
    """Read a page: each sample by its name and its labels' values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def _here(case_of: AgencyCode = DESK) -> CaseId:
    """Make a case of partition 0."""
    while partition_of((case := new_case(case_of)).encode(), PARTITIONS) != 0:
        pass
    return case


def _watch(city: World, *, due_in_ms: int) -> None:
    city.say(DESK, WATCHED, new_case(), data={"since": format_millis(wall_ms() + due_in_ms - WATCH_MS)})()


def _say_unknown(city: World, case: CaseId) -> None:
    """Say something under a schema that nobody has, while nobody answers who could say so."""
    headers = to_headers("1", LOOKED, source="/agency/civil/test", time=format_millis(wall_ms()), case=case)
    city.put(events_topic(CIVIL), b"\x00\x00\x0f\x42\x3f", key=case.encode(), headers=headers)()


def _live_a_day(city: World) -> None:
    """Let one of everything happen that a router counts."""
    licences = [_here() for _ in range(3)]
    for case in licences:
        city.say(DESK, OPENED, case, data={"name": "A"})()
    city.say(CIVIL, CHECKED, licences[0], data={"number": "1"})()
    city.say(DESK, OPENED, licences[2], data={"name": "B"})()  # a conflict
    city.say(CIVIL, CHECKED, _here(), data={"number": "1"})()  # an orphan
    _watch(city, due_in_ms=500)
    _watch(city, due_in_ms=_HOUR_MS)
    city.say(DESK, GUARDED, new_case(), data={"size": 0, "work": [1]})()
    city.put(events_topic(BANK), b"poison", key=b"x", headers=[("ce_id", b"1")])()
    city.say(DESK, OPENED, _here(), data={"name": "A"}, partition=1)()  # a foreign partitioner's
    city.say(BANK, PAID, licences[1], data={"receipt": "1"})()  # early


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Numbers]:
    """Give what the page says once its sweep has seen all of it."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as city, city.router() as router:
        router.until_page("/readyz", 200)
        _live_a_day(city)
        # A timer waits for inputs that are held: this one fires before one is.
        until(lambda: _numbers(router.page("/metrics")[1]).get(("hub_timer_lateness_seconds_count", ())) == 1)
        city.registry.is_silent = True
        _say_unknown(city, _here())
        yield _settled(router)


def _settled(router: Process) -> Numbers:
    """Wait until the page shows the last of it, whatever the order in which its parts are set.

    The opening that came to a wrong partition is routed last; a sweep that began before does not know of it.
    """

    def look() -> Numbers | None:
        until_past(wall_ms() + 100)
        found = _numbers(router.page("/metrics")[1])
        told = ("hub_inputs_held", "hub_lag_seconds", "hub_cases_orphaned", "hub_timer_lateness_seconds_count")
        is_swept = found.get(("hub_cases_open", ("licence@1",))) == 4 and found.get(("hub_incidents_open", ("guard",)))
        return found if is_swept and all(found.get((name, ()), 0) > 0 for name in told) else None

    found = until(look)
    assert found is not None
    return found


def test_every_metric_of_the_router_moves(day: Numbers) -> None:
    """None is declared and forgotten: each shows something after a day with one of everything."""
    moved = {name for (name, _), value in day.items() if value > 0}
    still = {
        family
        for family in _families()
        if not family.startswith(_OTHERS) and not moved & {family, f"{family}_total", f"{family}_count"}
    }
    assert still | {_AT_TIMES} == _ELSEWHERE


def _families() -> set[str]:
    """List the hub's metrics by name, and see that each has its help."""
    found = {each.name: each.documentation for each in text_string_to_metric_families(metrics.expose().decode())}
    ours = {name: told for name, told in found.items() if name.startswith("hub_") and not name.endswith("_created")}
    assert all(ours.values())
    return set(ours)


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("hub_events_total", ("opened",), 7),
        ("hub_events_total", ("advanced",), 1),
        ("hub_events_total", ("orphaned",), 1),
        ("hub_events_total", ("fired",), 1),
        ("hub_event_to_task_seconds_count", (), 7),
        ("hub_partitions", ("owned",), PARTITIONS),
        ("hub_partitions", ("restoring",), 0),
        ("hub_restore_seconds_count", (), PARTITIONS),
        ("hub_lag_records", (), 1),
        ("hub_timer_lateness_seconds_count", (), 1),
        ("hub_cases_open", ("licence@1",), 4),
        ("hub_cases_open", ("watch@1",), 2),
        ("hub_steps_open", ("licence@1", "check"), 3),
        ("hub_steps_open", ("licence@1", "pay"), 1),
        ("hub_incidents_total", ("conflict",), 1),
        ("hub_incidents_open", ("conflict",), 1),
        ("hub_incidents_open", ("guard",), 1),
        ("hub_dead_letters_total", (BANK, "decode"), 1),
        ("hub_misplaced_keys_total", (DESK,), 1),
        ("hub_cases_orphaned", (), 1),
        ("hub_cases_adrift", (), 0),
        ("hub_inputs_held", (), 1),
        ("hub_transaction_aborts_total", ("LostPartition",), 0),
    ],
)
def test_the_page_counts_what_happened(day: Numbers, name: str, labels: tuple[str, ...], value: float) -> None:
    """By outcome, step, agency, cause and category: no more and no less than was sent."""
    assert day.get((name, labels), 0) == value


def test_an_incident_counts_whatever_the_decision_was(day: Numbers) -> None:
    """A guard that fails at the opening is an incident like any other."""
    assert day.get(("hub_incidents_total", ("guard",)), 0) == 1


def test_times_are_in_seconds(day: Numbers) -> None:
    """From an event to its task, of a transaction and of a restore: far below what milliseconds would show."""
    for name in ("hub_event_to_task_seconds", "hub_transaction_seconds", "hub_restore_seconds"):
        assert 0 < day[f"{name}_sum", ()] / day[f"{name}_count", ()] < 5
    assert 0 < day["hub_lag_seconds", ()] < 60


def test_pending_timers_are_those_that_will_fire(day: Numbers) -> None:
    """Three checks, a watch and an orphan wait for their time; a due time that a decision took away may still stand."""
    assert 5 <= day["hub_timers_pending", ()] <= 7
