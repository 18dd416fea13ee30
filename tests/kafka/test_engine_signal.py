"""Cases that wait for cases, over partitions (design §7.11, §8)."""

from pathlib import Path

import pytest

from hub import metrics
from hub.engine.clock import wall_ms
from hub.events.codec import format_millis
from hub.events.envelope import to_headers
from hub.names import CASES, JOURNAL, SIGNALS, AgencyCode, CaseId, StepName, partition_of, sub_case_id, task_id
from hub.network.compile import compile_network
from hub.rehearsal.world import Rehearsal
from hub.views import Cases, Store
from hub.views.explain import Explainer
from hub.views.follow import Follower, fold_to_end
from tests.kafka.city import (
    BANK,
    CHECK_REFUSED,
    CHECKED,
    CIVIL,
    DELIVERED,
    DESK,
    ERRAND,
    OPENED,
    PAID,
    PARTITIONS,
    POST,
    PRINTED,
    catalog,
)
from tests.kafka.city import city as declared
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

_STEP = StepName("licence")


def _errand() -> tuple[CaseId, CaseId]:
    """Give a case and its sub-case, which lie in different partitions."""
    while True:
        case = new_case()
        child = sub_case_id(case, task_id(case, _STEP, 1))
        if partition_of(case.encode(), PARTITIONS) != partition_of(child.encode(), PARTITIONS):
            return case, child


def _waits_for(city: World, log: Log, case: CaseId, step: StepName) -> bool:
    found = city.case(log, case)
    return found is not None and step in found.steps


def _finish(city: World, log: Log, child: CaseId) -> None:
    """Let the sub-case's agencies answer."""
    city.until_status(log, child, "open")
    city.say(CIVIL, CHECKED, child, data={"number": "N-1"})()
    city.say(BANK, PAID, child, data={"receipt": "R-1"})()
    city.say(CIVIL, PRINTED, child)()
    city.say(POST, DELIVERED, child)()
    city.until_status(log, child, "completed")


def test_a_case_in_another_partition_is_opened_and_waited_for(city: World, tmp_path: Path) -> None:
    """Both cases end; each journal names the other, every decision is reproduced, and the views hold the link."""
    log, (case, child) = city.log(), _errand()
    with city.worker():
        city.say(DESK, ERRAND, case, data={"name": "N"})()
        _finish(city, log, child)
        until(lambda: _waits_for(city, log, case, StepName("tell")))
        city.say(POST, DELIVERED, case)()
        city.until_status(log, case, "completed")
    log.settle()
    told = [(header(record, "hubsignal"), (record.key or b"").decode()) for record in log.records[SIGNALS]]
    assert [each for each in told if each[1] in {case, child}] == [("open", child), ("end", case)]
    ways = [(kind, way) for kind in ("open", "end") for way in ("written", "read")]
    assert all(metrics.SIGNALS.labels(*each)._value.get() > 0 for each in ways)
    assert {entry["parent"] for entry in city.entries(log, child)} == {case}
    actors = [entry["actor"] for entry in city.entries(log, case) if entry["topic"] == SIGNALS]
    assert actors == [child]
    _is_seen(city, tmp_path, case, child)
    _is_as_rehearsed(city, log, case, child)


def _is_as_rehearsed(city: World, log: Log, case: CaseId, child: CaseId) -> None:
    """Say the same to the rehearsal: both cases stand as they do on Kafka, and so does what was told between them."""
    rehearsal = Rehearsal(compile_network(declared(), catalog(), at=wall_ms()), now=wall_ms())
    rehearsal.say(DESK, ERRAND, case, data={"name": "N"})
    for agency, kind, about, data in (
        (CIVIL, CHECKED, child, {"number": "N-1"}), (BANK, PAID, child, {"receipt": "R-1"}),
        (CIVIL, PRINTED, child, {}), (POST, DELIVERED, child, {}), (POST, DELIVERED, case, {}),
    ):  # fmt: skip
        rehearsal.say(agency, kind, about, data=data)
    for each in (case, child):
        live, rehearsed = city.case(log, each), rehearsal.case(each)
        assert live is not None
        assert rehearsed is not None
        assert (live.status, live.parent) == (rehearsed.status, rehearsed.parent)
        told = [{name: state.status for name, state in found.steps.items()} for found in (live, rehearsed)]
        assert told[0] == told[1]


def _is_seen(city: World, folder: Path, case: CaseId, child: CaseId) -> None:
    store = Store(f"sqlite:///{folder / 'views.db'}")
    follower = Follower(city.kafka, store)
    fold_to_end(follower)
    views, explainer = Cases(store), Explainer(city.settings())
    above, below = views.show(case), views.show(child)
    assert [each.id for each in above.sub_cases] == [child]
    assert below.case.parent == case
    for view in (above, below):
        assert {each.verdict for each in explainer.explain(view.timeline)} == {"reproduced"}
    explainer.close()
    store.close()


def test_an_end_that_was_lost_is_told_again(city: World) -> None:
    """A case that waits for ever, as after a power cut, hears it when an operator has its step resent; once."""
    log, (case, child) = city.log(), _errand()
    with city.worker():
        city.say(DESK, ERRAND, case, data={"name": "N"})()
        city.until_status(log, child, "open")
        waiting = log.of(CASES, case)[-1].value
        _finish(city, log, child)
        until(lambda: _waits_for(city, log, case, StepName("tell")))
    home = partition_of(case.encode(), PARTITIONS)
    city.put(CASES, waiting, key=case.encode(), headers=[], partition=home)()  # as it was before it heard
    until(lambda: log.of(CASES, case)[-1].value == waiting)
    with city.worker():
        for _ in range(2):
            city.act(case, "resend", step=_STEP)()
            until(lambda: _waits_for(city, log, case, StepName("tell")))
        city.say(POST, DELIVERED, case)()
        city.until_status(log, case, "completed")
    again = [each["after"] for entry in city.entries(log, child) for each in entry["changes"]]
    assert again.count("told again") == 1
    assert len([record for record in log.of(SIGNALS, case) if header(record, "hubsignal") == "end"]) == 2
    tasks = [header(record, "ce_id") for record in log.of(f"agency.{POST}.tasks", case)]
    assert (len(tasks), len(set(tasks))) == (2, 1)  # what was sent before the state was lost is the same task


def test_a_refused_sub_case_rejects_the_case_that_waits(city: World) -> None:
    """What its end means is declared there."""
    log, (case, child) = city.log(), _errand()
    with city.worker():
        city.say(DESK, ERRAND, case, data={"name": "N"})()
        city.until_status(log, child, "open")
        city.say(CIVIL, CHECK_REFUSED, child, data={"reason": "r"})()
        city.until_status(log, case, "rejected")
    log.settle()
    assert city.case(log, child).status == "rejected"  # type: ignore[union-attr] # it was open


def test_a_withdrawn_case_gives_its_sub_case_up(city: World) -> None:
    """The sub-case's agency is told to stop."""
    log, (case, child) = city.log(), _errand()
    with city.worker():
        city.say(DESK, ERRAND, case, data={"name": "N"})()
        city.until_status(log, child, "open")
        city.act(case, "withdraw")()
        city.until_status(log, child, "withdrawn")
    log.settle()
    assert [header(record, "ce_type") for record in log.of(f"agency.{CIVIL}.tasks", child)][-1] == "hub.TaskCancelled"


def test_signals_of_a_newer_bundle_wait_for_it(city: World) -> None:
    """A partition that has not gone over to a bundle does not decide what was made under it."""
    log, (case, child), plain = city.log(), _errand(), new_case()
    while partition_of(plain.encode(), PARTITIONS) != partition_of(child.encode(), PARTITIONS):
        plain = new_case()
    with city.worker():
        city.say(DESK, OPENED, plain, data={"name": "N"})()
        bundle = until(lambda: city.entries(log, plain))[0]["bundle"]
        extra = [
            ("hubsignal", "open"), ("hubfrom", case), ("hubstep", _STEP), ("hubdepth", "1"),
            ("hubappended", str(wall_ms())), ("hubbundle", str(bundle + 1)),
        ]  # fmt: skip
        headers = to_headers(
            "ahead", OPENED, source="/hub/router", time=format_millis(wall_ms()), case=child, causation="task",
            extra=extra,
        )  # fmt: skip
        city.put(SIGNALS, city.codec.encode(OPENED, {"name": "N"}), key=child.encode(), headers=headers)()
        city.say(CIVIL, CHECKED, plain, data={"number": "N-1"})()
        until(lambda: len(city.entries(log, plain)) > 1)
        assert not log.of(JOURNAL, child)
        city.apply(declared(AgencyCode("newcomer")))
        city.until_status(log, child, "open")
    log.settle()
    assert city.entries(log, child)[0]["bundle"] > bundle
