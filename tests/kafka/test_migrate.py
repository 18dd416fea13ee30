"""Live cases taken over to another version on a real broker: each exactly once, whatever is killed or stopped."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from hub.cli.here import in_force
from hub.cli.network.migrate import passage as passages
from hub.cli.network.migrate import sending
from hub.cli.network.migrate.passage import Passage, Wanted
from hub.cluster.cases import cases_on
from hub.names import JOURNAL, CaseId, ProcedureRef, StepName, procedure_ref, tasks_topic
from hub.network.load import DeclaredNetwork
from hub.network.migration.declared import Migration
from hub.views import Cases, Store, rebuild, views_url
from hub.views.explain import Explainer
from tests.kafka.city import CHECKED, CIVIL, DESK, OPENED
from tests.kafka.city import city as declared
from tests.kafka.log import Log
from tests.kafka.until import until
from tests.kafka.world import QUICK_SESSIONS, World, new_case, world

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

_OLD, _NEW = ProcedureRef("licence@1"), ProcedureRef("licence@2")
_TEXT = {"id": "-", "en": "-"}
_WANTED = Wanted(reasons={_OLD: "a new decree"}, to=_NEW, actor="budi")


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a broker with the city in force, for one test."""
    with world(tmp_path_factory.mktemp("home"), extra=QUICK_SESSIONS) as made:
        yield made


def _with_second_version() -> DeclaredNetwork:
    """Declare the city with a second version, in which the check has another name and less time."""
    network = declared()
    old = network.procedures[_OLD]
    check = old.steps[StepName("check")]
    sooner = check.model_copy(
        update={"deadline": check.deadline and check.deadline.model_copy(update={"within": 86_400_000})}
    )
    text = old.model_copy(update={"version": 2, "steps": {"examine": sooner, **old.steps}}).model_dump_json(
        by_alias=True
    )
    text = text.replace('["check"]', '["examine"]').replace("check.number", "examine.number")
    whole = type(old).model_validate_json(text)
    new = whole.model_copy(update={"steps": {name: step for name, step in whole.steps.items() if name != "check"}})
    how = Migration.model_validate(
        {
            "migration": "licence", "from": 1, "to": 2, "decided_by": "office", "reason": _TEXT, "legal_basis": "-",
            "steps": {"check": "examine"}, "evidence": "I",
        }
    )  # fmt: skip
    procedures = {**network.procedures, procedure_ref("licence", 2): new}
    return replace(network, procedures=procedures, migrations={how.name: how})


def _opened(city: World, count: int) -> list[CaseId]:
    cases = [new_case() for _ in range(count)]
    for case in cases:
        city.say(DESK, OPENED, case, data={"name": "A"})
    until(lambda: len(cases_on(city.kafka, [_OLD])) >= count)
    return cases


def _gone_over(city: World, log: Log, /) -> Counter[str]:
    """Count how often the journal says of each case that it went over."""
    entries = (city.entry(record) for record in log.records[JOURNAL])
    return Counter(
        entry["case"]
        for entry in entries
        for change in entry["changes"]
        if not change["step"] and change["after"] == _NEW
    )


def test_each_case_goes_over_once_though_the_worker_is_killed(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the middle, the next worker goes on; no task is doubled, and each decision can be made again."""
    monkeypatch.setattr(sending, "_SILENCE_S", 120.0)  # a busy machine may need long for the next worker
    log = city.log()
    with city.router() as router:
        cases = _opened(city, 300)
        city.apply(_with_second_version())
        passage = Passage(city.settings(), in_force(city.settings()), _WANTED)
        with closing(passage):
            told = passage.run(rate=400)
            until(lambda: next(told) > 60)
            router.kill()
            with city.router():
                for _ in told:
                    pass
        assert passage.outcome.counts() == {"done": 300, "refused": 0, "stale": 0, "undecided": 0, "not_sent": 0}
        log.settle()
    assert _gone_over(city, log) == Counter(cases)
    assert {case.procedure for case in cases_on(city.kafka, [_OLD, _NEW])} == {_NEW}
    assert len([each for each in log.records[tasks_topic(CIVIL)] if dict(each.headers)["hubstep"] == b"check"]) == 300

    settings = city.settings()
    rebuild(settings)
    store, explainer = Store(views_url(settings)), Explainer(settings)
    with closing(store), closing(explainer):
        view = Cases(store).show(cases[0])
        assert [(step.step, step.status) for step in view.steps if step.status == "active"] == [("examine", "active")]
        assert [(task.step, task.ended_as) for task in view.tasks] == [("examine", "")]
        assert [each.verdict for each in explainer.explain(view.timeline)] == ["reproduced", "reproduced"]


def test_what_was_stopped_goes_on_and_what_moved_is_asked_again(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run takes the rest; a case that was answered meanwhile goes over from its new state."""
    monkeypatch.setattr(passages, "_LAST_S", 60.0)  # all that was sent is decided, however busy the machine
    monkeypatch.setattr(sending, "_MOST_UNDECIDED", 5)  # so that most are not sent when the first are decided
    log = city.log()
    with city.worker():
        cases = _opened(city, 60)
        city.apply(_with_second_version())
        force = in_force(city.settings())
        with closing(Passage(city.settings(), force, _WANTED)) as first:
            told = first.run(rate=200)
            until(lambda: next(told) >= 10)
        log.settle()
        left = len(cases_on(city.kafka, [_OLD]))
        assert 0 < left <= 50
        assert first.outcome.counts()["not_sent"] > 0

        with closing(Passage(city.settings(), force, _WANTED)) as second:
            moved = next(case.id for case in cases_on(city.kafka, [_OLD]))
            revision = second._cases[moved].revision
            city.say(CIVIL, CHECKED, moved, data={"number": "7"})()
            until(lambda: (found := city.case(log, moved)) is not None and found.revision > revision)
            for _ in second.run(rate=1_000):
                pass
        assert second.outcome.counts() == {"done": left, "refused": 0, "stale": 0, "undecided": 0, "not_sent": 0}
        log.settle()
    assert _gone_over(city, log) == Counter(cases)
    assert [entry["applied"] for entry in city.entries(log, moved) if entry["kind"] == "command"] == [False, True]
