"""What operators may do (design §7.6)."""

from typing import get_args

import msgspec
import pytest

from hub.names import CaseId, EventId
from hub.rehearsal.world import Rehearsal
from hub.router.case import MAX_CASE_BYTES, encode_case, mark_of
from hub.router.decision import Act, Command
from hub.router.route import route
from tests import builders as b
from tests.acts import READY


def waiting() -> Rehearsal:
    """Open a case that waits for a fact that nobody gave."""
    steps = (b.step("a"), b.step("x", after=["a"], fill={"no": b.path("a.no")}), b.step("end", after=["x"]))
    world = b.opened(*steps)
    b.answers(world, "a")
    return world


def test_retry_alone_meets_the_same_hindrance() -> None:
    """A retry that mends nothing leaves the incident, and says that it was done."""
    world = waiting()
    decision = world.command("retry", b.CASE)
    assert (decision.applied, len(b.case_of(world).incidents)) == (True, 1)


def test_amend_then_retry_goes_on() -> None:
    """An operator gives the missing fact; the step starts with it."""
    world = waiting()
    assert world.command("amend", b.CASE, step="a", facts={"no": "7"}).applied
    world.command("retry", b.CASE)
    assert world.tasks[-1].task.data == {"no": "7"}
    assert b.case_of(world).incidents == ()


def test_retry_without_an_incident_is_declined() -> None:
    """What is not broken is not mended."""
    assert b.opened(b.step("a")).command("retry", b.CASE).applied is False


def test_skip_counts_a_step_as_done_with_the_facts_given() -> None:
    """What follows starts as if the agency had answered; its agency is told."""
    world = b.opened(b.step("a"), b.step("x", after=["a"], fill={"no": b.path("a.no")}))
    assert world.command("skip", b.CASE, step="a", facts={"no": "9"}).applied
    assert world.tasks[-1].task.data == {"no": "9"}
    assert (b.state(world, "a").by, b.told(world)) == ("operator", [("TaskCancelled", "a")])


def test_skip_mends_an_incident_at_its_step() -> None:
    """A step that could not start is left behind."""
    world = waiting()
    world.command("skip", b.CASE, step="x")
    assert (b.case_of(world).incidents, b.statuses(world)["end"]) == ((), "active")


def test_skip_releases_what_was_parked() -> None:
    """Parked events are routed when nothing hinders the case any more."""
    world = waiting()
    world.say("end", "test.end.done", b.CASE)
    assert world.command("skip", b.CASE, step="x").release
    assert b.case_of(world).status == "completed"


def test_skip_of_a_step_that_nobody_waits_for_is_declined() -> None:
    """Neither a done nor a pending step nor one that does not exist is skipped."""
    world = b.opened(b.step("a"), b.step("x", after=["a"]))
    for step in ("x", "nowhere", None):
        assert world.command("skip", b.CASE, step=step).applied is False


def test_amend_takes_only_facts_that_a_step_can_use() -> None:
    """An operator cannot put what is not needed into a case."""
    world = waiting()
    assert world.command("amend", b.CASE, step="a", facts={"junk": 1}).applied is False
    assert world.command("amend", b.CASE, facts={}).applied is False
    assert world.command("amend", b.CASE, step="nowhere", facts={"no": 1}).applied is False


def test_withdraw_ends_the_case_whatever_it_waits_for() -> None:
    """Incidents are closed, tasks cancelled, parked events routed: they are late."""
    world = waiting()
    world.say("end", "test.end.done", b.CASE)
    assert world.command("withdraw", b.CASE).applied
    case = b.case_of(world)
    assert (case.status, case.incidents, case.parked) == ("withdrawn", (), 0)
    assert world.journal[-1].decision.outcome == "late"
    assert world.command("withdraw", b.CASE).applied is False


def test_resend_sends_the_same_task_again() -> None:
    """The same attempt has the same id and content."""
    world = b.opened(b.step("a", fill={"n": b.path("application.n")}), data={"n": "1"})
    world.command("resend", b.CASE, step="a")
    first, second = world.tasks
    assert second.task == msgspec.structs.replace(first.task, again=True)


def test_resend_of_a_completion_asks_the_same_again() -> None:
    """Also what the applicant was told is kept."""
    back = b.answer("a", "returned", items="missing", reason="code")
    world = b.opened(b.step("a", answers=[back]))
    b.answers(world, "a", "returned", missing=["photo"], code="OLD")
    world.command("resend", b.CASE, step="a")
    assert world.tasks[-1].task == msgspec.structs.replace(world.tasks[-2].task, again=True)


def test_resend_of_an_amended_task_is_a_new_attempt() -> None:
    """Any change of content raises the attempt; the old task is cancelled."""
    world = b.opened(b.step("a", fill={"n": b.path("application.n")}), data={"n": "1"})
    world.command("amend", b.CASE, facts={"n": "2"})
    world.command("resend", b.CASE, step="a")
    sent = world.tasks[-1].task
    assert (sent.attempt, sent.data, b.told(world)) == (2, {"n": "2"}, [("TaskCancelled", "a")])


def test_resend_under_an_agreement_that_holds_is_declined() -> None:
    """Data that may not flow does not flow again."""
    expired = b.agreement(until=b.NOW + b.HOUR, on_expiry="hold")
    world = b.opened(b.step("a", agreements=(expired,)))
    world.wind(b.HOUR)
    assert world.command("resend", b.CASE, step="a").applied is False


def test_an_act_on_another_revision_than_was_seen_is_declined_and_journaled() -> None:
    """An operator never acts on a case that has moved on meanwhile."""
    world = waiting()
    seen = b.case_of(world).revision
    world.command("amend", b.CASE, step="a", facts={"no": "7"}, revision=seen)
    decision = world.command("withdraw", b.CASE, revision=seen)
    assert (decision.applied, decision.journal) == (False, True)
    assert b.case_of(world).status == "open"


@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_is_declined_on_another_revision_than_was_seen(act: str) -> None:
    """Whatever the act, a case that has moved on meanwhile is left alone."""
    world, more = READY[act]()
    before = b.case_of(world)
    decision = world.command(act, b.CASE, revision=before.revision - 1, **more)
    assert (decision.applied, decision.tasks, decision.notices, decision.changes) == (False, (), (), ())
    after = b.case_of(world)
    assert after.applied.keys() > before.applied.keys()
    assert msgspec.structs.replace(after, revision=before.revision, applied=before.applied) == before


@pytest.mark.parametrize(("actor", "reason"), [("", "asked"), ("budi", " ")])
@pytest.mark.parametrize("act", get_args(Act))
def test_every_act_needs_an_actor_and_a_reason(act: str, actor: str, reason: str) -> None:
    """Nobody acts on a case without a name or a ground (R11), however the command came."""
    world, more = READY[act]()
    given = {"id": EventId("1"), "case": b.CASE, "act": act, "actor": actor, "reason": reason}
    decision = route(world.plan, b.case_of(world), msgspec.convert(given | more, Command), world.now)
    assert (decision.applied, decision.journal) == (False, True)


@pytest.mark.parametrize("act", get_args(Act))
def test_the_same_act_is_done_once(act: str) -> None:
    """A command read twice is a duplicate."""
    world, more = READY[act]()
    assert world.command(act, b.CASE, **more).applied
    command = world.journal[-1].stimulus
    assert route(world.plan, b.case_of(world), command, world.now).outcome == "duplicate"


def test_a_note_changes_nothing_but_the_revision() -> None:
    """What waits goes on waiting, what is due is due when it was; only that the note was taken is remembered."""
    world = waiting()
    world.say("end", "test.end.done", b.CASE)
    world.now += b.HOUR
    before = b.case_of(world)
    decision = world.command("note", b.CASE)
    command = world.journal[-1].stimulus
    assert isinstance(command, Command)
    assert (decision.applied, decision.tasks, decision.notices, decision.release) == (True, (), (), False)
    taken = {**before.applied, mark_of("", command.id): "note"}
    assert b.case_of(world) == msgspec.structs.replace(before, revision=before.revision + 1, applied=taken)


def test_any_case_can_be_noted() -> None:
    """Also one that has ended, one that nobody has opened, and one whose procedure is not in force."""
    ended = waiting()
    ended.command("withdraw", b.CASE)
    orphan = Rehearsal(b.plan(b.procedure(b.step("a"))))
    orphan.say("a", "test.a.done", b.CASE)
    unplanned = b.opened(b.step("a"))
    unplanned.plan = b.plan(b.procedure(b.step("a"), ref="other@1"))
    for world in (ended, orphan, unplanned):
        before = b.case_of(world)
        assert world.command("note", b.CASE).applied
        assert (b.case_of(world).status, b.case_of(world).due) == (before.status, before.due)


def test_an_act_on_a_case_that_is_not_there_is_declined() -> None:
    """Nothing is made up for an unknown id."""
    world = b.opened(b.step("a"))
    decision = world.command("withdraw", CaseId("hospital.2"))
    assert (decision.applied, world.case(CaseId("hospital.2"))) == (False, None)


def test_an_orphan_may_be_withdrawn() -> None:
    """An operator need not wait a day for an opening that will not come."""
    world = Rehearsal(b.plan(b.procedure(b.step("a"))))
    world.say("a", "test.a.done", b.CASE)
    assert world.command("skip", b.CASE, step="a").applied is False
    assert world.command("withdraw", b.CASE).applied
    assert (world.case(b.CASE), len(world.dead_letters)) == (None, 1)


def test_an_opening_that_failed_may_be_retried() -> None:
    """When the cause is mended, the parked opening opens the case."""
    world = b.opened(b.step("a", when=b.broken(RuntimeError())))
    world.plan = b.plan(b.procedure(b.step("a")))
    assert world.command("retry", b.CASE).release
    assert b.statuses(world) == {"a": "active"}


def test_an_incident_goes_when_its_step_starts_otherwise_and_is_never_doubled() -> None:
    """A step with two ways to it has one incident, however often it is considered."""
    needs = b.step("x", after=["a", "y", "z"], mode="any", fill={"no": b.path("a.no")})
    world = b.opened(b.step("a"), b.step("y"), b.step("z"), needs)
    b.answers(world, "a")
    world.command("skip", b.CASE, step="y")
    assert len(b.case_of(world).incidents) == 1
    world.command("amend", b.CASE, step="a", facts={"no": "1"})
    world.command("skip", b.CASE, step="z")
    assert (b.case_of(world).incidents, b.statuses(world)["x"]) == ((), "active")


def test_acts_that_are_declined_for_size_do_not_make_the_case_larger() -> None:
    """A case at its limit may be looked at and mended for ever: what is not done leaves no mark."""
    world = b.opened(b.step("a"))
    full = msgspec.structs.replace(b.case_of(world), applied={str(n): "x" * 8 for n in range(MAX_CASE_BYTES // 22)})
    full = msgspec.structs.replace(full, subject="s" * (MAX_CASE_BYTES - len(encode_case(full)) - 20))
    world.states[b.CASE] = encode_case(full)
    sizes = {len(world.states[b.CASE]) for _ in range(30) if world.command("resend", b.CASE, step="a").applied is False}
    assert max(sizes) <= MAX_CASE_BYTES


@pytest.mark.parametrize("act", get_args(Act))
def test_an_act_on_no_case_is_journaled_and_leaves_none(act: str) -> None:
    """Whoever acted on a case that is not there, or not any more, stands in the journal with the reason."""
    world, more = READY[act]()
    gone = CaseId(f"{b.OPENER}.6b0c7a52")
    decision = world.command(act, gone, **more)
    assert (decision.applied, decision.why, decision.journal) == (False, "no case has this id", True)
    assert (world.case(gone), decision.case and decision.case.revision) == (None, 0)


@pytest.mark.parametrize("key", ["~meta", "~claim", "nobody", "x"])
def test_an_act_on_what_is_no_case_id_is_not_journaled(key: str) -> None:
    """It would stand there as a case, and its state where others stand."""
    world = waiting()
    decision = world.command("note", CaseId(key))
    assert (decision.applied, decision.journal, decision.case) == (False, False, None)
