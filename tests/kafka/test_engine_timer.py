"""Timers: fired once, by the broker's time, and never before an answer that was there in time."""

from pathlib import Path

import pytest

from hub import metrics
from hub.engine.clock import MAX_SKEW_MS, wall_ms
from hub.events.codec import format_millis, parse_millis
from hub.names import CaseId, tasks_topic
from tests.kafka.city import CIVIL, DESK, LOOKED, OPENED, POST, WATCH_MS, WATCHED
from tests.kafka.log import Log, header
from tests.kafka.past import Hands, Past
from tests.kafka.until import until, until_past
from tests.kafka.world import QUICK_SESSIONS, World, new_case, world

pytestmark = pytest.mark.kafka

_DAY_MS = 24 * 3_600_000
_EIGHT_DAYS_MS = 8 * _DAY_MS


def _watch(city: World, *, due: int, count: int = 1) -> list[CaseId]:
    """Open cases whose only timer is due then."""
    cases = [new_case() for _ in range(count)]
    since = format_millis(due - WATCH_MS)
    for said in [city.say(DESK, WATCHED, case, data={"since": since}) for case in cases]:
        said()
    return cases


def _told(log: Log, case: str) -> list[str]:
    """List the steps for which tasks were sent."""
    log.look()
    return [header(record, "hubstep") for topic in (CIVIL, POST) for record in log.of(tasks_topic(topic), case)]


def _outcomes(city: World, log: Log, case: str) -> list[str]:
    return [entry["outcome"] for entry in city.entries(log, case)]


def _skew_s() -> float:
    return float(metrics.CLOCK_SKEW_SECONDS._value.get())


def _routes(city: World, log: Log) -> None:
    """Wait until a new event of every partition was routed."""
    for case in [new_case() for _ in range(8)]:
        city.say(DESK, OPENED, case, data={"name": "A"})
        city.until_status(log, case, "open")


def test_a_timer_fires_once_and_on_time(city: World) -> None:
    """A deadline that counts as done moves its case within a second, once, and says that the clock did it."""
    log = city.log()
    with city.worker() as worker:
        worker.until_ready()
        cases = _watch(city, due=wall_ms() + 1_500, count=20)
        until(lambda: all("tell" in _told(log, case) for case in cases))
    log.settle()
    for case in cases:
        assert sorted(_told(log, case)) == ["", "look", "tell"]
        assert _outcomes(city, log, case) == ["opened", "fired"]


def test_a_clock_eight_days_ahead_fires_nothing(city: World) -> None:
    """Timers stop and the alarm is raised; events go on by the broker's time; set right, the timers go on unasked."""
    log, hands = city.log(), Hands(_EIGHT_DAYS_MS)
    with city.worker(read_clock=hands.read) as worker:
        worker.until_ready()
        due = wall_ms() + 1_000
        (case,), (soon,) = _watch(city, due=wall_ms() + _DAY_MS), _watch(city, due=due)
        until(lambda: _told(log, case) == ["look"] and _told(log, soon) == ["look"])
        until_past(due + 500)
        _routes(city, log)
        assert _skew_s() == pytest.approx(-_EIGHT_DAYS_MS / 1000, abs=5)
        assert _told(log, case) == _told(log, soon) == ["look"]
        assert all(abs(parse_millis(entry["at"]) - wall_ms()) < _DAY_MS for entry in city.entries(log, case))

        hands.ahead_ms = 0
        until(lambda: "tell" in _told(log, soon))
    assert _skew_s() == pytest.approx(0, abs=5)
    assert _told(log, case) == ["look"]


def test_a_clock_that_jumps_while_nothing_happens_fires_nothing(city: World) -> None:
    """A machine's clock set eight days ahead between two commits is found out before a timer is believed due."""
    log, hands = city.log(), Hands()
    with city.worker(read_clock=hands.read) as worker:
        worker.until_ready()
        (case,) = _watch(city, due=wall_ms() + _DAY_MS)
        until(lambda: _told(log, case) == ["look"])
        until(lambda: abs(_skew_s()) < 5)

        hands.ahead_ms = _EIGHT_DAYS_MS
        until(lambda: _skew_s() < -5)
        _routes(city, log)
    assert _told(log, case) == ["look"]


def test_answers_that_waited_unread_win_over_their_deadlines(tmp_path: Path) -> None:
    """After a silence, what agencies said in time counts, however late it is read; what nobody answered is deemed."""
    with world(tmp_path, extra=QUICK_SESSIONS) as city:
        log, past = city.log(), Past(city)
        cases = [new_case() for _ in range(40)]
        answered, silent = cases[:30], cases[30:]
        begun, due = wall_ms() - 2 * _DAY_MS, wall_ms() - _DAY_MS
        with city.worker(read_clock=Hands(_EIGHT_DAYS_MS).read) as worker:  # a clock so wrong that nothing fires
            worker.until_ready()
            for case in cases:
                past.say(DESK, WATCHED, case, at=begun, since=format_millis(due - WATCH_MS))
            past.flush()
            until(lambda: all(_told(log, case) == ["look"] for case in cases))
        for at in (due - 2, due + 1):  # a morning's work of others stands before and behind them
            for _ in range(750):
                past.say(DESK, OPENED, new_case(), at=at, name="A")
        for case in answered:
            past.say(CIVIL, LOOKED, case, at=due - 1)
        past.flush()

        with city.worker() as worker:
            until(lambda: all("tell" in _told(log, case) for case in cases))
        assert worker.error is None
        log.settle()
        for case in answered:
            assert _outcomes(city, log, case) == ["opened", "advanced"]
            assert _told(log, case) == ["look", "tell"]
        for case in silent:
            assert _outcomes(city, log, case) == ["opened", "fired"]


def _answered_in_the_last_second(city: World, log: Log, *, due_in_ms: int) -> list[CaseId]:
    """Open cases and answer them when a second is left; give none when this machine was too slow for that."""
    due = wall_ms() + due_in_ms
    cases = _watch(city, due=due, count=12)
    until(lambda: all("look" in _told(log, case) for case in cases))
    until_past(due - 1_000)
    for said in [city.say(CIVIL, LOOKED, case) for case in cases]:
        said()
    return cases if wall_ms() < due else []


def test_a_deadline_is_over_when_it_is_by_the_brokers_clock(city: World) -> None:
    """A machine that is seconds ahead of the broker, and believed, fires nothing that can still be answered in time."""
    log, ahead_ms = city.log(), MAX_SKEW_MS - 1_000  # for the worker a deadline is over seconds before that answer
    with city.worker(read_clock=Hands(ahead_ms).read) as worker:
        worker.until_ready()
        waits = iter((3_000, 6_000, 12_000, 24_000))
        cases = until(lambda: _answered_in_the_last_second(city, log, due_in_ms=next(waits)))
        until(lambda: all("tell" in _told(log, case) for case in cases))
        until_past(wall_ms() + 1_500)
    log.settle()
    assert {tuple(_outcomes(city, log, case)) for case in cases} == {("opened", "advanced")}


def test_an_answer_after_the_deadline_is_late(city: World) -> None:
    """An answer appended after a deadline that was deemed is journaled as late, though nobody had fired it yet."""
    log, due = city.log(), wall_ms() + 2_000
    with city.worker() as worker:
        worker.until_ready()
        cases = _watch(city, due=due, count=8)
        until(lambda: all("look" in _told(log, case) for case in cases))
    until_past(due + 100)
    for case in cases:
        city.say(CIVIL, LOOKED, case)()
    with city.worker():
        until(lambda: all(_outcomes(city, log, case)[-1:] == ["late"] for case in cases))
    log.settle()
    for case in cases:
        assert _outcomes(city, log, case) in (["opened", "late"], ["opened", "fired", "late"])
        assert sorted(_told(log, case)) == ["", "look", "tell"]


def test_three_days_of_silence_wrong_nobody(tmp_path: Path) -> None:
    """Everything that was said meanwhile is unread, and every deadline is over: what was said in time counts."""
    with world(tmp_path, extra=QUICK_SESSIONS) as city:
        log, past = city.log(), Past(city)
        cases = [new_case() for _ in range(36)]
        in_time, late, silent = cases[:12], cases[12:24], cases[24:]
        begun, due = wall_ms() - 3 * _DAY_MS, wall_ms() - 2 * _DAY_MS
        for case in cases:
            past.say(DESK, WATCHED, case, at=begun, since=format_millis(due - WATCH_MS))
        for case in in_time:
            past.say(CIVIL, LOOKED, case, at=due - 1)
        for case in late:
            past.say(CIVIL, LOOKED, case, at=due + 1)
        past.flush()

        with city.worker() as worker:
            until(lambda: all("tell" in _told(log, case) for case in cases))
            until(lambda: all(_outcomes(city, log, case)[-1:] == ["late"] for case in late))
        assert worker.error is None
        log.settle()
        assert {tuple(_outcomes(city, log, case)) for case in in_time} == {("opened", "advanced")}
        assert {tuple(_outcomes(city, log, case)) for case in silent} == {("opened", "fired")}
        assert {tuple(_outcomes(city, log, case)) for case in late} <= {("opened", "late"), ("opened", "fired", "late")}
        assert {tuple(sorted(_told(log, case))) for case in in_time} == {("look", "tell")}
        assert {tuple(sorted(_told(log, case))) for case in (*late, *silent)} == {("", "look", "tell")}
