"""Money at the last millisecond: what was appended in time counts, though the worker was killed and time is over."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from hub.engine.clock import wall_ms
from hub.events.codec import parse_millis
from hub.names import AgencyCode, CaseId, StepName, tasks_topic
from hub.router.case import Case
from tests.kafka.city import BANK, CIVIL, DESK, LOOKED, POST
from tests.kafka.fair import FEE_BACK, FEE_PAID, SIGNED, TENT, fee
from tests.kafka.log import Log, header
from tests.kafka.past import Past
from tests.kafka.until import until, until_past
from tests.kafka.world import QUICK_SESSIONS, World, new_case, world

pytestmark = pytest.mark.kafka

_PRICE = 1_234_567
_RECEIPT = {**{key: value for key, value in fee(_PRICE).items() if key != "total"}, "received": fee(_PRICE)["total"]}
_PAY = StepName("pay")
#: How often cases are opened anew because a slow machine let their time pass before the worker was killed.
_TRIES = 5


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Past]]:
    """Run a broker whose bank may name the millisecond at which it has spoken."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made, Past(made, BANK)


def _killed(
    city: World, log: Log, agency: AgencyCode, step: str, *, said: Mapping[AgencyCode, Any]
) -> dict[CaseId, int]:
    """Let tents come as far as a step, kill the worker before the step's time is over; give when it is, by case."""
    for _ in range(_TRIES):
        cases = [new_case() for _ in range(16)]
        with city.router() as router:
            for case in cases:
                city.say(DESK, TENT, case, data={"price": _PRICE})
                for speaker, events in said.items():
                    for event_type, data in events:
                        city.say(speaker, event_type, case, data=data)
            until(lambda cases=cases: len(_due(log, agency, step, cases)) == len(cases), within_s=60)  # type: ignore[misc]
            router.kill()
            killed = wall_ms()
        due = _due(log, agency, step, cases)
        if killed < min(due.values()):
            return due
    pytest.fail(f"the worker was never killed in time, in {_TRIES} tries")


def _due(log: Log, agency: AgencyCode, step: str, cases: list[CaseId]) -> dict[CaseId, int]:
    """Tell when the first task of a step is due, of the cases that have it."""
    log.look()
    found = [each for each in log.records[tasks_topic(agency)] if header(each, "hubstep") == step]
    due = {CaseId((each.key or b"").decode()): parse_millis(header(each, "hubdue")) for each in reversed(found)}
    return {case: due[case] for case in cases if case in due}


def _states(city: World, log: Log, cases: list[CaseId]) -> list[Case]:
    log.look()
    return [found for case in cases if (found := city.case(log, case)) is not None]


def _words(city: World, log: Log, case: CaseId) -> list[str]:
    """List what the journal says of a case's bill and of its end."""
    changes = [each for entry in city.entries(log, case) for each in entry["changes"]]
    return [each["after"] for each in changes if each["step"] == _PAY or not each["step"]]


def test_a_receipt_counts_by_its_millisecond_though_the_worker_was_killed(fair: tuple[World, Past]) -> None:
    """One before the bill lapses it is paid; at that moment and after it a new bill is out and a person looks."""
    city, past = fair
    log = city.log()
    due = _killed(city, log, BANK, "pay", said={CIVIL: [(LOOKED, {})]})
    cases = list(due)
    in_time, late, silent = cases[:6], cases[6:12], cases[12:]
    for case in in_time:
        past.say(BANK, FEE_PAID, case, at=due[case] - 1, receipt="R-1", **_RECEIPT)
    for number, case in enumerate(late):
        past.say(BANK, FEE_PAID, case, at=due[case] + number % 2, receipt="R-1", **_RECEIPT)
    past.flush()
    until_past(max(due.values()) + 500)

    with city.router():
        until(lambda: all(each.bills[_PAY].paid for each in _states(city, log, in_time)), within_s=60)
        until(lambda: all(each.incidents for each in _states(city, log, late)), within_s=60)
        until(lambda: all(each.closed_at for each in _states(city, log, silent)), within_s=60)
    log.settle()
    for each in _states(city, log, in_time):
        assert (each.bills[_PAY].issued, "lapsed" in _words(city, log, each.id), each.incidents) == (1, False, ())
    for each in _states(city, log, late):
        assert (each.bills[_PAY].paid, each.bills[_PAY].issued) == ("", 2)
        assert [one.cause for one in each.incidents] == ["legal-effect"]
        assert _words(city, log, each.id).count("lapsed") == 1
    assert {each.status for each in _states(city, log, silent)} == {"expired_unpaid"}


def test_a_payment_taken_back_in_the_last_millisecond_is_not_uncollected(fair: tuple[World, Past]) -> None:
    """The bank took it back before the time to fetch was over: a new bill is out, however late the hub reads that."""
    city, past = fair
    log = city.log()
    paid = {**_RECEIPT, "receipt": "R-1"}
    due = _killed(
        city, log, POST, "fetch", said={CIVIL: [(LOOKED, {}), (SIGNED, {})], BANK: [(FEE_PAID, paid)]}
    )  # fmt: skip
    cases = list(due)
    back, silent = cases[:8], cases[8:]
    for case in back:
        past.say(BANK, FEE_BACK, case, at=due[case] - 1, receipt="R-1")
    past.flush()
    until_past(max(due.values()) + 500)

    with city.router():
        until(lambda: all("reversed" in _words(city, log, case) for case in back), within_s=60)
        until(lambda: all(each.closed_at for each in _states(city, log, silent)), within_s=60)
    log.settle()
    assert {each.status for each in _states(city, log, silent)} == {"uncollected"}
    for case in back:
        words = _words(city, log, case)
        assert (words.count("reversed"), words.count("billed") > 1, "uncollected" in words) == (1, True, False)
