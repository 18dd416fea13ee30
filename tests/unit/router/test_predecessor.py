"""Cases that follow ended ones, and what was verified there and counts again (R18)."""

from dataclasses import replace
from typing import Any

import pytest

from hub.names import CaseId, StepName, case_id
from hub.network.plan import PredecessorPlan
from hub.rehearsal.world import Rehearsal
from hub.router.predecessor import MAX_PROOF_CHARS
from tests import builders as b

KEY = b"a key of thirty-two bytes or more"
NEXT = b"the key after it, of as many bytes"
BEFORE, AFTER = CaseId(b.CASE), case_id(b.OPENER, "after")
PLAN = PredecessorPlan("previous", "proof", ("nik",), {StepName("identity"): 100 * b.DAY, StepName("site"): b.DAY})


def world(*, key: bytes = KEY, ref: str = "test@1", predecessor: PredecessorPlan | None = PLAN) -> Rehearsal:
    """Begin with a procedure in which two steps are verified at the start and one follows."""
    steps = (
        b.step("identity", fill={"nik": b.path("application.nik")}, deadline=b.deadline(on_missed="deemed")),
        b.step("site"),
        b.step("decide", after=["identity", "site"]),
    )
    plan = b.plan(b.procedure(*steps, predecessor=predecessor, ref=ref))
    return Rehearsal(replace(plan, evidence_keys=(key,) if key else ()))


def opens(mall: Rehearsal, case: CaseId, **data: Any) -> None:
    """Open a case; of the same person unless it says otherwise."""
    mall.say("hospital", b.OPENS, case, data={"nik": "6472051205900000", **data})


def done(mall: Rehearsal, case: CaseId, *steps: str, outcome: str = "done") -> None:
    """Let the agencies of steps answer."""
    for step in steps:
        mall.say(step, b.answer_type(step, outcome), case, causation=mall.active_task(case, step))


def ended(mall: Rehearsal, *, outcome: str = "done") -> str:
    """Tell a first case to its end and give what the hub said was verified in it."""
    opens(mall, BEFORE)
    done(mall, BEFORE, "identity", "site")
    done(mall, BEFORE, "decide", outcome=outcome)
    return proof(mall)


def proof(mall: Rehearsal) -> str:
    """Give the proof in the last message of an end; everybody who is told of it gets the same."""
    told = [sent.notice.data.get("proof", "") for sent in mall.notices if sent.notice.type == "hub.CaseClosed"][-2:]
    assert len(set(told)) == 1
    return str(told[-1])


def statuses(mall: Rehearsal, case: CaseId = AFTER) -> dict[str, str]:
    """Read every step's status."""
    found = mall.case(case)
    assert found is not None
    return {str(name): state.status for name, state in found.steps.items()}


def noted(mall: Rehearsal) -> list[str]:
    """List what the journal says of predecessors."""
    changes = [change for entry in mall.journal for change in entry.decision.changes]
    return [change.why for change in changes if change.after == "predecessor"]


@pytest.mark.parametrize("outcome", ["done", "rejected"])
def test_what_was_verified_in_a_decided_case_is_not_asked_again(outcome: str) -> None:
    """The new case says which it follows, the step counts as done without a task, and what comes after it starts."""
    mall = world()
    sealed = ended(mall, outcome=outcome)
    before = len(mall.tasks)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall) == {"identity": "done", "site": "done", "decide": "active"}
    assert [sent.task.step for sent in mall.tasks[before:]] == ["decide"]
    assert noted(mall) == [f"it follows case {BEFORE}"]
    changes = mall.journal[-1].decision.changes
    assert [(one.step, one.why) for one in changes if one.after == "done"] == [
        ("identity", f"verified in case {BEFORE}"), ("site", f"verified in case {BEFORE}"),
    ]  # fmt: skip


def test_what_has_lapsed_is_verified_anew() -> None:
    """Each step counts for its own time, reckoned from when it was done."""
    mall = world()
    sealed = ended(mall)
    mall.wind(2 * b.DAY)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall) == {"identity": "done", "site": "active"}
    assert noted(mall)[1:] == ["what was verified has lapsed"]


def test_following_a_follower_does_not_make_it_younger() -> None:
    """A proof of a proof counts from when an agency did the step, not from when it was used again."""
    mall = world()
    sealed = ended(mall)
    mall.wind(60 * b.DAY)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    done(mall, AFTER, "site", "decide")
    again, third = proof(mall), case_id(b.OPENER, "third")
    mall.wind(50 * b.DAY)
    opens(mall, third, previous=AFTER, proof=again)
    assert statuses(mall, third) == {"identity": "active", "site": "active"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"nik": "6472051205900001"}, "the proof is another applicant's"),
        ({"previous": "hospital.other"}, "the proof is another case's than the one that is named"),
        ({"previous": ""}, "the proof is another case's than the one that is named"),
        ({"proof": ""}, "there is no proof of the case that is named"),
        ({"proof": "e30.e30"}, "the proof is not this hub's"),
        ({"proof": "nonsense"}, "the proof is not this hub's"),
        ({"proof": "\u00e9.\u00e9"}, "the proof cannot be read"),
        ({"proof": "x" * (2 * MAX_PROOF_CHARS)}, "the proof is not this hub's"),
    ],
)
def test_a_proof_that_does_not_fit_changes_nothing(said: dict[str, str], why: str) -> None:
    """Everything is verified anew, the case goes on, and the journal says why, without a value."""
    mall = world()
    opens(mall, AFTER, **{"previous": BEFORE, "proof": ended(mall), **said})
    assert statuses(mall) == {"identity": "active", "site": "active"}
    assert noted(mall) == [f"{why}; everything is verified anew"]


def test_a_proof_that_somebody_has_changed_is_not_the_hubs() -> None:
    """Not one character of what it says may be another."""
    mall = world()
    sealed = ended(mall)
    content, _, seal = sealed.partition(".")
    for at in range(0, len(content), 7):
        other = "A" if content[at] != "A" else "B"
        case = case_id(b.OPENER, str(at))
        opens(mall, case, previous=BEFORE, proof=f"{content[:at]}{other}{content[at + 1 :]}.{seal}")
        assert statuses(mall, case) == {"identity": "active", "site": "active"}


def test_a_proof_of_another_hub_or_procedure_is_none() -> None:
    """Another key, or another procedure under the same key, proves nothing here."""
    theirs = ended(world(key=b"the key of another city's hub ..."))
    others = ended(world(ref="other@1"))
    mall = world()
    opens(mall, AFTER, previous=BEFORE, proof=theirs)
    opens(mall, case_id(b.OPENER, "third"), previous=BEFORE, proof=others)
    assert statuses(mall) == {"identity": "active", "site": "active"}
    assert [why.partition(";")[0] for why in noted(mall)] == [
        "the proof is not this hub's", "the proof is another procedure's",
    ]  # fmt: skip


def test_a_new_version_of_the_procedure_takes_the_proof() -> None:
    """What a version before has verified counts under the next."""
    sealed = ended(world())
    mall = world(ref="test@2")
    mall.wind(b.HOUR)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall)["decide"] == "active"


def test_an_open_or_withdrawn_case_proves_nothing() -> None:
    """Who still has one open has no proof of it."""
    mall = world()
    opens(mall, BEFORE)
    done(mall, BEFORE, "identity", "site")
    assert [sent for sent in mall.notices if sent.notice.data.get("proof")] == []
    mall.command("withdraw", BEFORE)
    assert proof(mall) == ""


def test_only_what_an_agency_verified_is_proved() -> None:
    """A step that a deadline or an operator ended was not verified by anybody."""
    mall = world()
    opens(mall, BEFORE)
    mall.command("skip", BEFORE, step="site")
    mall.wind(11 * b.DAY)
    done(mall, BEFORE, "decide")
    assert proof(mall) == ""


def test_a_proof_holds_no_personal_data() -> None:
    """Whose it is stands in it as a digest that only the hub can make."""
    from base64 import urlsafe_b64decode

    content = ended(world()).partition(".")[0]
    written = urlsafe_b64decode(content + "=" * (-len(content) % 4)).decode()
    assert str(BEFORE) in written
    assert "6472051205900000" not in written


def test_without_a_key_nothing_is_proved_and_nothing_believed() -> None:
    """A hub without a key neither gives a proof nor takes one, and its cases hold nothing for it."""
    sealed = ended(world())
    mall = world(key=b"")
    assert ended(mall) == ""
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall) == {"identity": "active", "site": "active"}
    found = mall.case(AFTER)
    assert found is not None
    assert found.lineage is None


@pytest.mark.parametrize(
    ("keys", "identity"),
    [
        ((NEXT, KEY), "done"),
        ((KEY, NEXT), "done"),
        ((NEXT,), "active"),
        ((NEXT, b"a third key of thirty-two bytes"), "active"),
    ],
)
def test_keys_can_be_changed(keys: tuple[bytes, ...], identity: str) -> None:
    """While an old key stands in the list its proofs count; once it is gone everything is verified anew."""
    mall = world()
    sealed = ended(mall)
    mall.plan = replace(mall.plan, evidence_keys=keys)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall)["identity"] == identity


def test_the_first_key_seals_whatever_the_case_was_opened_under() -> None:
    """A case that was open when the keys were changed proves under the new one, and is of the same person still."""
    mall = world()
    opens(mall, BEFORE)
    mall.plan = replace(mall.plan, evidence_keys=(NEXT, KEY))
    done(mall, BEFORE, "site", outcome="returned")
    mall.say("front", "hub.ApplicationCompleted", BEFORE, data={"nik": "6472051205900000"})
    done(mall, BEFORE, "identity", "site", "decide")
    sealed = proof(mall)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(mall)["identity"] == "done"
    other = Rehearsal(replace(mall.plan, evidence_keys=(KEY,)), now=mall.now)
    opens(other, AFTER, previous=BEFORE, proof=sealed)
    assert statuses(other)["identity"] == "active"


def test_what_is_returned_to_is_done_by_its_agency() -> None:
    """What was verified before counts once: who finds fault with it has it verified anew."""
    mall = world()
    sealed = ended(mall)
    plan = mall.plan.procedures[next(iter(mall.plan.procedures))]
    decide = plan.steps[StepName("decide")]
    back = b.answer("decide", "returned", to=StepName("identity"))
    steps = (plan.steps[StepName("identity")], plan.steps[StepName("site")], replace(decide, answers={back.type: back}))
    mall.plan = replace(b.plan(b.procedure(*steps, predecessor=PLAN)), evidence_keys=(KEY,))
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    done(mall, AFTER, "decide", outcome="returned")
    assert statuses(mall)["identity"] == "active"


def test_another_applicant_after_a_correction_uses_nothing_of_the_first() -> None:
    """The number that was matched was not the one that stands there now; and the proof at the end is of the new one."""
    mall = world()
    sealed = ended(mall)
    mall.wind(2 * b.DAY)
    opens(mall, AFTER, previous=BEFORE, proof=sealed)
    done(mall, AFTER, "site", outcome="returned")
    found = mall.case(AFTER)
    assert found is not None
    assert found.lineage is not None
    assert found.lineage.case == BEFORE
    mall.say("front", "hub.ApplicationCompleted", AFTER, data={"nik": "6472051205900001"})
    found = mall.case(AFTER)
    assert found is not None
    assert found.lineage is not None
    assert (found.lineage.case, found.lineage.verified) == ("", {})


def test_who_is_not_named_is_not_the_same_as_another_nobody() -> None:
    """An opening without the applicant's number neither proves anything nor uses what another proved."""
    mall = world()
    opens(mall, BEFORE, nik="")
    done(mall, BEFORE, "identity", "site", "decide")
    assert proof(mall) == ""
    found = mall.case(BEFORE)
    assert found is not None
    assert found.lineage is None
