"""People and lanes of a case on a real broker: of whom a task is, who goes first, what a case proves for the next."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from hub.names import CaseId, procedure_ref, tasks_topic
from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure
from hub.network.subject import expanded
from hub.settings import Settings
from hub.views import Cases, Store
from hub.views.explain import Explainer
from hub.views.follow import Follower, fold_to_end
from tests.kafka.city import BANK, CIVIL, DELIVERED, DESK, FILED, LOOKED, MATCHED, POST
from tests.kafka.city import city as declared
from tests.kafka.log import Log, header
from tests.kafka.until import until
from tests.kafka.world import World, new_case

pytestmark = pytest.mark.kafka

_TEXT = {"id": "-", "en": "-"}
_KEY = SecretStr("a key of the test, longer than thirty-two")


def _with_families() -> DeclaredNetwork:
    """Declare the city with a file about two people, a lane, and a step that a case before may have done."""
    people = {code: {"title": _TEXT, "facts": {}} for code in ("ann", "bob")}
    steps = {
        "look": {"agency": CIVIL, "request": "city.LookRequest", "answers": {LOOKED: "done"}},
        "match": {
            "agency": BANK, "request": "city.MatchRequest", "for_each": "people", "after": ["look"],
            "fill": {"person": "subject.code"}, "answers": {MATCHED: "done"},
        },
        "tell": {"agency": POST, "request": "city.TellRequest", "after": ["match"], "answers": {DELIVERED: "done"}},
    }  # fmt: skip
    family = Procedure.model_validate(
        {
            "procedure": "family", "version": 1, "service": "family", "title": _TEXT, "opens_on": FILED,
            "evidence": "I", "subjects": {"people": {"field": "person", "of": people}},
            "steps": {name: {"title": _TEXT, **step} for name, step in steps.items()},
            "priority": {"ground": "ground", "classes": {"old": "age"}},
            "predecessor": {
                "case": "previous", "proof": "proof", "applicant": "name", "reuses": {"look": "30 days"},
            },
        }
    )  # fmt: skip
    network = declared()
    agencies = {
        **network.agencies,
        BANK: network.agencies[BANK].model_copy(update={"publishes": (*network.agencies[BANK].publishes, MATCHED)}),
        DESK: network.agencies[DESK].model_copy(update={"opens": (*network.agencies[DESK].opens, FILED)}),
    }
    procedures = {**network.procedures, procedure_ref("family", 1): expanded(family)}
    return replace(network, agencies=agencies, procedures=procedures)


def _keyed(city: World, key: SecretStr | None = _KEY) -> Settings:
    return city.settings().model_copy(update={"evidence_key": key})


def _filed(ground: str = "none", previous: str = "", proof: str = "") -> dict[str, str]:
    return {"name": "WARGA CONTOH", "ground": ground, "previous": previous, "proof": proof}


def _tasks(log: Log, case: CaseId) -> list[tuple[str, ...]]:
    """List a case's tasks by step, with whom they are of and whether it goes first."""
    found = [record for agency in (CIVIL, BANK, POST) for record in log.of(tasks_topic(agency), case)]
    return sorted((header(each, "hubstep"), header(each, "hubsubject"), header(each, "hubpriority")) for each in found)


def _told(city: World, log: Log, case: CaseId) -> str:
    """Run a file through by type alone, one person after the other, the first told twice; give the hub's proof."""
    city.say(CIVIL, LOOKED, case)()
    until(lambda: len(log.of(tasks_topic(BANK), case)) == 2)
    for person in ("bob", "bob", "ann"):
        city.say(BANK, MATCHED, case, data={"person": person})()
    until(lambda: log.of(tasks_topic(POST), case))
    city.say(POST, DELIVERED, case)()
    city.until_status(log, case, "completed")
    closed = until(lambda: [each for each in log.of(tasks_topic(DESK), case) if header(each, "ce_type")])
    return str(city.codec.decode(closed[-1].value)[1]["proof"])


def test_a_file_about_two_people_is_followed_by_another(city: World, tmp_path: Path) -> None:
    """Each person has a task; the next case is not asked what this one has proved; both can be decided once more."""
    city.apply(_with_families())
    log, first, second = city.log(), new_case(), new_case()
    with city.worker(_keyed(city)):
        city.say(DESK, FILED, first, data=_filed())()
        until(lambda: log.of(tasks_topic(CIVIL), first))
        proof = _told(city, log, first)
        assert _tasks(log, first) == [
            ("look", "", ""), ("match_ann", "ann", ""), ("match_bob", "bob", ""), ("tell", "", ""),
        ]  # fmt: skip

        city.say(DESK, FILED, second, data=_filed(previous=first, proof=proof))()
        until(lambda: len(log.of(tasks_topic(BANK), second)) == 2)
    log.settle()
    assert log.of(tasks_topic(CIVIL), second) == []
    store = Store(f"sqlite:///{tmp_path / 'views.db'}")
    fold_to_end(Follower(city.kafka, store))
    views = Cases(store)
    keys = tmp_path / "keys"
    keys.write_text(f"{'n' * 32}\n{_KEY.get_secret_value()}\n", encoding="utf-8")
    changed = city.settings().model_copy(update={"evidence_key_file": keys})
    for settings, expected in (
        (_keyed(city), {"reproduced"}), (changed, {"reproduced"}), (_keyed(city, None), {"differs"}),
    ):  # fmt: skip
        with closing(Explainer(settings)) as explainer:
            assert {each.verdict for each in explainer.explain(views.show(second).timeline)} == expected
    with closing(Explainer(_keyed(city))) as explainer:
        assert {each.verdict for each in explainer.explain(views.show(first).timeline)} == {"reproduced"}


def test_who_goes_first_is_seen_by_agencies_and_in_the_views(city: World, tmp_path: Path) -> None:
    """The ground that the opening records, and the operator's act, reach the tasks, the journal and the list."""
    city.apply(_with_families())
    log, plain, old, moved = city.log(), new_case(), new_case(), new_case()
    with city.worker(_keyed(city)):
        for case, ground in ((plain, "none"), (old, "old"), (moved, "none")):
            city.say(DESK, FILED, case, data=_filed(ground))()
            until(lambda case=case: log.of(tasks_topic(CIVIL), case))
        city.act(moved, "prioritise", facts='{"ground": "age"}')()
        until(lambda: any(each["kind"] == "command" for each in city.entries(log, moved)))
        city.say(CIVIL, LOOKED, moved)()
        until(lambda: len(log.of(tasks_topic(BANK), moved)) == 2)
    log.settle()
    assert _tasks(log, plain) == [("look", "", "")]
    assert _tasks(log, old) == [("look", "", "1")]
    assert _tasks(log, moved) == [("look", "", ""), ("match_ann", "ann", "1"), ("match_bob", "bob", "1")]
    assert [each["priority"] for each in city.entries(log, moved)] == ["", "age", "age"]
    assert "old" not in {str(value) for each in city.entries(log, old) for value in each.values()}
    store = Store(f"sqlite:///{tmp_path / 'views.db'}")
    fold_to_end(Follower(city.kafka, store))
    owed = [each for each in Cases(store).tasks(CIVIL, most=100) if each.case in {plain, old}]
    assert [(each.case, each.priority) for each in owed] == [(old, "age"), (plain, "")]
