"""A running case goes over to another version of its procedure, whole or not at all (design §7.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from hub.errors import ExpressionError
from hub.names import AgencyCode, EventType, ProcedureRef, StepName, task_id
from hub.network.plan import BillPlan, GonePlan, MigrationPlan, PaymentPlan, ProcedurePlan, StepPlan
from hub.rehearsal.world import Rehearsal
from hub.router.decision import Decision
from tests import builders as b

OLD, NEW = ProcedureRef("test@1"), ProcedureRef("test@2")


def migration(new: ProcedurePlan, steps: Mapping[str, str], **more: Any) -> MigrationPlan:
    """Say how old steps become new ones; the rest as a compiled migration has it."""
    before = {
        name: frozenset(each for each, step in new.steps.items() if name in step.descendants) for name in new.steps
    }
    gone = {StepName(name): how for name, how in more.get("gone", {}).items()}
    return MigrationPlan(
        steps={StepName(old): StepName(to) for old, to in steps.items()}, gone=gone,
        starts=frozenset(map(StepName, more.get("starts", ()))), added=more.get("added", ()),
        dropped=more.get("dropped", frozenset()), needs=more.get("needs", {}), before=before,
        stale=frozenset(map(StepName, more.get("stale", ()))),
    )  # fmt: skip


def with_new(world: Rehearsal, *steps: StepPlan, went: Mapping[str, str] | None = None, **more: Any) -> Rehearsal:
    """Put a second version in force beside the first, and how cases go over; without `went` each step is itself."""
    old = world.plan.procedures[OLD]
    new = b.procedure(*steps, ref=NEW, spare=more.pop("spare", None))
    pairs = went if went is not None else {name: name for name in old.steps if name in new.steps}
    both = b.plan(old, new)
    world.plan = replace(both, migrations={(OLD, NEW): migration(new, pairs, **more)})
    return world


def go(world: Rehearsal, *, overdue: bool = False) -> Decision:
    """Let an operator take the case over."""
    return world.command("migrate", b.CASE, to=NEW, facts={"overdue": True} if overdue else {})


def sent(world: Rehearsal, since: int) -> list[tuple[str, int]]:
    """List the tasks that were sent after so many, by step and attempt."""
    return [(str(each.task.step), each.task.attempt) for each in world.tasks[since:]]


def stays(world: Rehearsal, why: str) -> None:
    """Expect that the case cannot go over, and is as it was but for the act."""
    before = b.case_of(world)
    decision = go(world)
    after = b.case_of(world)
    assert (decision.applied, decision.tasks, decision.notices, decision.changes) == (False, (), (), ())
    assert why in decision.why
    assert (after.procedure, after.steps, after.facts, after.due) == (OLD, before.steps, before.facts, before.due)


def test_a_task_that_stays_the_same_is_kept() -> None:
    """Its agency has nothing to do anew, and its answer moves the case on by the new version."""
    world = with_new(b.opened(b.step("a")), b.step("a"), b.step("more", after=["a"]))
    task = world.active_task(b.CASE, "a")
    assert go(world).applied
    assert (b.case_of(world).procedure, world.active_task(b.CASE, "a"), len(world.tasks)) == (NEW, task, 1)
    b.answers(world, "a")
    assert b.statuses(world) == {"a": "done", "more": "active"}


def test_a_renamed_step_keeps_its_task_and_facts() -> None:
    """The answer names the old task; what reads the step's facts reads them under the new name."""
    world = b.opened(b.step("a"), b.step("c"), b.step("end", after=["a", "c"], fill={"n": b.path("a.n")}))
    b.answers(world, "a", n="7")
    with_new(
        world, b.step("first", agency="a", answers=[b.answer("a", "done")]), b.step("c"),
        b.step("end", after=["first", "c"], fill={"n": b.path("first.n")}),
        went={"a": "first", "c": "c", "end": "end"},
    )  # fmt: skip
    assert go(world).applied
    b.answers(world, "c")
    assert world.tasks[-1].task.data == {"n": "7"}


def test_a_task_of_another_agency_or_request_is_asked_anew() -> None:
    """The old one is told to stop; the new attempt begins its time anew."""
    world = with_new(
        b.opened(b.step("a", deadline=b.deadline(b.DAY))), b.step("a", agency="other", deadline=b.deadline(b.DAY))
    )
    world.wind(b.HOUR)
    assert go(world).applied
    assert (sent(world, 1), b.told(world)) == ([("a", 2)], [("TaskCancelled", "a")])
    assert world.tasks[-1].task.agency == "other"
    assert b.state(world, "a").due == world.now + b.DAY
    assert world.say("a", "test.a.done", b.CASE, causation=task_id(b.CASE, StepName("a"), 1)).outcome == "refused"


@pytest.mark.parametrize(
    ("then", "at", "expected"),
    [
        ("skip", None, {"a": "done", "c": "active"}),
        ("restart", "a", {"a": "active"}),
        ("jump", "c", {"a": "done", "c": "active"}),
    ],
)
def test_a_step_that_is_gone_is_taken_back(then: Any, at: str | None, expected: Mapping[str, str]) -> None:
    """Its agency is told, and the case goes on where the migration says."""
    world = b.opened(b.step("a"), b.step("gone", after=["a"]), b.step("c", after=["gone"]))
    b.answers(world, "a")
    with_new(
        world, b.step("a"), b.step("c", after=["a"]),
        gone={"gone": GonePlan(then, None if at is None else StepName(at))},
    )  # fmt: skip
    assert go(world).applied
    assert b.told(world) == [("TaskCancelled", "gone")]
    assert b.statuses(world) == expected


def test_a_jump_leaves_out_what_stands_before() -> None:
    """Steps before the one jumped to are skipped, owed ones are taken back, and it starts whatever its join says."""
    world = b.opened(b.step("gone"), b.step("x"), b.step("y", after=["gone", "x"]), b.step("z", after=["y"]))
    with_new(
        world, b.step("x"), b.step("y", after=["x"]), b.step("z", after=["y"]),
        gone={"gone": GonePlan("jump", StepName("z"))},
    )  # fmt: skip
    assert go(world).applied
    assert b.statuses(world) == {"x": "skipped", "y": "skipped", "z": "active"}
    assert b.told(world) == [("TaskCancelled", "gone"), ("TaskCancelled", "x")]


@pytest.mark.parametrize(("starts", "added"), [((), "skipped"), (("b",), "active")])
def test_a_new_step_that_is_passed_is_left_out_unless_it_is_to_start(starts: Iterable[str], added: str) -> None:
    """What comes after it has begun; who wants it done all the same says so."""
    world = b.opened(b.step("a"), b.step("c", after=["a"]))
    b.answers(world, "a")
    with_new(world, b.step("a"), b.step("b", after=["a"]), b.step("c", after=["b"]), starts=starts)
    assert go(world).applied
    assert b.statuses(world) == {"a": "done", "c": "active", "b": added}


def test_a_new_step_that_is_still_ahead_is_done() -> None:
    """Nothing after it has begun."""
    world = with_new(
        b.opened(b.step("a"), b.step("c", after=["a"])), b.step("a"), b.step("b", after=["a"]), b.step("c", after=["b"])
    )
    go(world)
    b.answers(world, "a")
    assert b.statuses(world) == {"a": "done", "b": "active"}


def test_facts_come_and_go() -> None:
    """New ones are made of old ones; those that are dropped are not kept."""
    world = b.opened(b.step("a", fill={"n": b.path("application.n"), "m": b.path("application.m")}),
                     b.step("c", after=["a"], fill={"n": b.path("application.n"), "m": b.path("application.m")}),
                     data={"n": "1", "m": "2"})  # fmt: skip
    with_new(
        world, b.step("a"), b.step("c", after=["a"], fill={"x": b.path("application.x"), "n": b.has("application.n")}),
        added=((("application", "x"), b.path("application.n")),), dropped=frozenset({("application", "n")}),
        stale=["a"],
    )  # fmt: skip
    assert go(world).applied
    assert (b.case_of(world).facts, b.state(world, "a").stale) == ({"application": {"x": "1"}}, True)


def test_facts_do_not_pass_for_those_of_another_agency() -> None:
    """What one agency said would flow under agreements made for another: it stays behind, and who needs it waits."""
    world = b.opened(b.step("a"), b.step("c"), b.step("end", after=["a", "c"], fill={"n": b.path("a.n")}))
    b.answers(world, "a", n="7")
    with_new(
        world, b.step("a", agency="other"), b.step("c"), b.step("end", after=["a", "c"], fill={"n": b.path("a.n")}),
        needs={StepName("end"): frozenset({("a", "n")})},
    )  # fmt: skip
    stays(world, "step end needs a.n, which the case does not hold")


def test_a_case_without_a_fact_that_is_needed_stays() -> None:
    """It would wait for a person later; the step and the fact are named."""
    world = with_new(
        b.opened(b.step("a"), data={}), b.step("a"), b.step("more", after=["a"], fill={"x": b.path("application.x")}),
        needs={StepName("more"): frozenset({("application", "x")})},
    )  # fmt: skip
    stays(world, "step more needs application.x, which the case does not hold")


def test_a_deadline_counts_by_the_new_version_from_where_it_began() -> None:
    """What has passed of it has passed; the views hear by when it is due now."""
    world = with_new(
        b.opened(b.step("a", deadline=b.deadline(10 * b.DAY))), b.step("a", deadline=b.deadline(4 * b.DAY))
    )
    began = world.now
    world.wind(b.DAY)
    decision = go(world)
    assert b.state(world, "a").due == began + 4 * b.DAY
    assert [each.due for each in decision.changes if each.after == "progress"] == [began + 4 * b.DAY]


def test_a_case_whose_deadline_would_be_over_stays_unless_it_is_wanted() -> None:
    """Nothing ends by surprise; taken over all the same, the deadline fires at once and once."""
    new = b.step("a", deadline=b.deadline(b.DAY, on_missed="expired"))
    world = with_new(b.opened(b.step("a", deadline=b.deadline(10 * b.DAY))), new)
    world.wind(2 * b.DAY)
    stays(world, "the deadline of step a would be over at once")
    assert go(world, overdue=True).applied
    world.wind(1)
    assert b.case_of(world).status == "expired"


def test_a_deadline_that_was_missed_and_is_later_now_is_not_missed() -> None:
    """The new version gives the agency more time."""
    world = with_new(b.opened(b.step("a", deadline=b.deadline(b.DAY))), b.step("a", deadline=b.deadline(9 * b.DAY)))
    world.wind(2 * b.DAY)
    assert b.state(world, "a").missed
    assert go(world).applied
    assert (b.state(world, "a").missed, b.case_of(world).due is not None) == (False, True)


def test_a_stopped_clock_that_counts_otherwise_stays() -> None:
    """Working days cannot be told from hours that were counted and stopped."""
    world = b.opened(b.step("a", deadline=b.deadline(10 * b.DAY)))
    world.command("stop-clock", b.CASE, step="a")
    with_new(world, b.step("a", deadline=b.deadline(10 * b.DAY, start=b.path("application.day"))))
    stays(world, "the clock of step a was stopped, and the new version counts otherwise")


def test_a_file_at_the_applicant_stays_there() -> None:
    """The front office's task is kept where the new version takes the same completion, and the case stays otherwise."""
    world = b.opened(b.step("a"))
    b.answers(world, "a", "returned")
    with_new(world, b.step("a", answers=[b.answer("a", "done")]))
    stays(world, "step a waits for the applicant, whose completion the new version does not take")
    with_new(world, b.step("a"), b.step("more", after=["a"]))
    task = world.active_task(b.CASE, "a")
    assert go(world).applied
    assert (b.statuses(world), world.active_task(b.CASE, "a")) == ({"a": "returned"}, task)


def test_a_guard_that_failed_is_tried_anew() -> None:
    """A new version is how a broken rule is mended: the step starts, and what waited is taken."""
    world = b.opened(b.step("a", when=b.broken(ExpressionError("no"))))
    assert b.case_of(world).incidents
    with_new(world, b.step("a"))
    assert go(world).applied
    assert (b.statuses(world), b.case_of(world).incidents) == ({"a": "active"}, ())


def test_a_case_that_would_wait_for_a_person_stays() -> None:
    """The dry run tells it, and nothing is broken by trying."""
    world = with_new(b.opened(b.step("a")), b.step("a"), b.step("more", when=b.broken(ExpressionError("no"))))
    stays(world, "it would wait for a person")


def test_a_step_that_was_given_away_stays_with_whom_it_was_given_to() -> None:
    """Where the new version lets that agency do it; else the case stays."""
    spare = AgencyCode("spare")
    world = b.opened(b.step("a"), spare=spare)
    world.command("reassign", b.CASE, step="a", to=spare)
    with_new(world, b.step("a"))
    stays(world, "step a was given to spare, which the new version does not let do it")
    with_new(world, b.step("a"), spare=spare)
    assert go(world).applied
    assert (b.case_of(world).assigned, b.case_of(world).holder) == ({"a": ("a", spare)}, spare)


def test_an_ending_case_and_an_early_answer_stay() -> None:
    """A case ends as it began; an answer that waits for its step is not lost."""
    world = b.opened(b.step("a"), b.step("c", after=["a"]))
    world.say("c", "test.c.done", b.CASE)
    with_new(world, b.step("a"), b.step("c", after=["a"]))
    stays(
        world,
        "test.c.done of c came early: take the case over once c has started, or count what is before it as done: "
        "hub case skip --step a",
    )
    world.command("withdraw", b.CASE)
    stays(world, "the case is withdrawn: it ends as it began")


def test_what_is_said_of_an_early_answer_lets_the_case_go_over() -> None:
    """The step before it is skipped, the early answer counts, and nothing hinders the case any more."""
    world = b.opened(b.step("a"), b.step("c", after=["a"]), b.step("end", after=["c"]))
    world.say("c", "test.c.done", b.CASE)
    with_new(world, b.step("a"), b.step("c", after=["a"]), b.step("end", after=["c"]))
    world.command("skip", b.CASE, step="a")
    assert go(world).applied
    assert b.statuses(world) == {"a": "done", "c": "done", "end": "active"}


def test_all_that_hinders_a_case_is_said_at_once() -> None:
    """Nobody mends one thing to meet the next."""
    silent = b.deadline(b.DAY, on_missed="deemed", form="proposal", warn=())
    world = b.opened(b.step("a"), b.step("c", after=["a"]), b.step("x"), b.step("s", deadline=silent))
    world.say("c", "test.c.done", b.CASE)
    world.wind(2 * b.DAY)
    with_new(world, b.step("a"), b.step("c", after=["a"]), b.step("s"))
    stays(
        world,
        "test.c.done of c came early: take the case over once c has started, or count what is before it as done: "
        "hub case skip --step a; and the migration does not say what becomes of step x; and coordinator is to say "
        "whether the silence of step s counts: wait for its word or the answer of s, or count the step as done: "
        "hub case skip --step s",
    )


def test_only_a_declared_migration_and_only_once() -> None:
    """A version that nothing leads to, and one that the case runs on, are declined."""
    world = with_new(b.opened(b.step("a")), b.step("a"))
    assert "has no migration from test@1 to 'test@3'" in world.command("migrate", b.CASE, to="test@3").why
    assert go(world).applied
    assert "runs on test@2 already" in go(world).why


def test_two_steps_may_change_names() -> None:
    """Each keeps its own task; a later attempt's id is nobody's old one."""
    world = b.opened(b.step("a"), b.step("c"))
    first, second = world.active_task(b.CASE, "a"), world.active_task(b.CASE, "c")
    with_new(world, _as("a", "c"), _as("c", "a"), went={"a": "c", "c": "a"})
    assert go(world).applied
    assert (world.active_task(b.CASE, "c"), world.active_task(b.CASE, "a")) == (first, second)
    assert world.say("a", "test.a.done", b.CASE, causation=first).outcome == "advanced"
    assert b.statuses(world) == {"c": "done", "a": "active"}


def _as(old: str, name: str) -> StepPlan:
    """Declare a step that is an old one in all but its name."""
    answers = [b.answer(old, outcome) for outcome in ("done", "returned", "rejected", "progress")]
    return replace(b.step(name, agency=old, answers=answers), request=EventType(f"test.{old}.Request"))


def test_what_is_owed_goes_along_with_its_step() -> None:
    """A bill of a step that has another name now is paid there, to the rupiah, and is not asked for again."""

    def pays(name: str) -> StepPlan:
        bill = BillPlan(amounts=(("state", b.constant(10)),), into={"total": "amount"})
        payment = PaymentPlan(bill=StepName(name), amount="received")
        done = b.answer("pay", "done")
        return b.step(name, agency="bank", answers=[done], bill=bill, payment=payment)

    asked = replace(pays("fee"), request=EventType("test.pay.Request"))
    world = with_new(b.opened(pays("pay")), asked, went={"pay": "fee"})
    assert go(world).applied
    wrong = world.say("bank", "test.pay.done", b.CASE, data={"received": 9})
    world.command("retry", b.CASE)
    world.say("bank", "test.pay.done", b.CASE, data={"received": 10})
    assert (wrong.outcome, b.case_of(world).status, len(world.tasks)) == ("incident", "completed", 1)


def test_a_step_whose_silence_is_with_an_authority_stays() -> None:
    """Its word names the attempt that it was asked about: nothing moves under it."""
    silent = b.deadline(b.DAY, on_missed="deemed", form="proposal", authority=AgencyCode("head"), warn=())
    world = b.opened(b.step("a", deadline=silent))
    world.wind(2 * b.DAY)
    with_new(world, b.step("a", deadline=b.deadline(9 * b.DAY)))
    stays(world, "head is to say whether the silence of step a counts: wait for its word or the answer of a")
    world.command("skip", b.CASE, step="a")
    assert b.case_of(world).status == "completed"


def test_a_step_whose_silence_is_yet_to_be_proposed_stays() -> None:
    """The authority is held: nobody is asked about another version's step than the one that was silent."""
    silent = b.deadline(b.DAY, on_missed="deemed", form="proposal", authority=AgencyCode("head"), warn=())
    world = b.opened(b.step("a", deadline=silent))
    world.order(held=["head"])
    world.wind(2 * b.DAY)
    with_new(world, b.step("a", deadline=b.deadline(9 * b.DAY)))
    stays(world, "step a counts: release it (hub agency release head), then wait for its word")
