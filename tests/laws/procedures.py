"""Random procedures and stories for the laws: small graphs with every kind of join, guard, return and deadline."""

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from hub.calendar import Calendar
from hub.names import EventType, StepName
from hub.network.model import SUB_CASE_ENDS
from hub.network.plan import AnswerPlan, DeadlinePlan, ProcedurePlan, StepPlan
from tests import builders as b

#: Facts of the opening that guards and fills read.
FLAGS = ("f0", "f1", "f2")
#: What opens the case that a step waits for.
SUB_OPENS = EventType("test.SubOpened")
#: When the agencies of a law's procedure work that count in working time: half a Friday, no weekend, one holiday.
OFFICE = Calendar("office", "Asia/Makassar", (((480, 960),),) * 4 + (((480, 690),), (), ()), {date(2026, 1, 7): ()})


def law(examples: int) -> settings:
    """Run a law over so many stories, always the same ones."""
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


@st.composite
def plain_procedures(draw: st.DrawFn) -> ProcedurePlan:
    """Draw a graph of up to seven steps with joins and guards over the application; every step has its own agency."""
    return b.procedure(*_graph(draw, wild=False))


@st.composite
def wild_procedures(draw: st.DrawFn) -> ProcedurePlan:
    """Draw a graph that also returns, rejects, waits, expires and compensates; one agency can do all of it."""
    return b.procedure(*_graph(draw, wild=True), max_rounds=draw(st.integers(1, 3)), spare="spare")


@st.composite
def waiting_procedures(draw: st.DrawFn) -> tuple[ProcedurePlan, ProcedurePlan]:
    """Draw a procedure of which some steps open a case of the second one, and wait for it."""
    steps = _graph(draw, wild=True)
    waiting = draw(st.lists(st.sampled_from([each.name for each in steps]), unique=True, min_size=1, max_size=3))
    parent = [_waits(draw, each) if each.name in waiting else each for each in steps]
    child = b.procedure(*_graph(draw, wild=True), ref="child@1", opens_on=SUB_OPENS, max_rounds=2)
    return b.procedure(*parent, max_rounds=2), child


def _waits(draw: st.DrawFn, step: StepPlan) -> StepPlan:
    after = {"rejected": "rejected", "withdrawn": "rejected", "expired": "rejected"}
    after[draw(st.sampled_from(list(after)))] = "returned"
    answers = [AnswerPlan(type=SUB_CASE_ENDS["completed"], outcome="done")]
    answers += [AnswerPlan(type=SUB_CASE_ENDS[end], outcome=how) for end, how in after.items()]  # type: ignore[arg-type]
    return replace(
        step, sub_case="child", request=SUB_OPENS, answers={each.type: each for each in answers}, accept_within=None,
        on_cancel="cancel" if step.on_cancel == "compensate" else step.on_cancel,
    )  # fmt: skip


def applications() -> st.SearchStrategy[dict[str, Any]]:
    """Draw the facts of an opening."""
    return st.fixed_dictionaries({flag: st.booleans() for flag in FLAGS})


def _graph(draw: st.DrawFn, *, wild: bool) -> list[StepPlan]:
    names = [f"s{number}" for number in range(draw(st.integers(1, 7)))]
    steps: list[StepPlan] = []
    for number, name in enumerate(names):
        before = names[:number]
        after: list[str] = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        more: dict[str, Any] = _wildness(draw, name, before=before, after=names[number + 1 :]) if wild else {}
        steps.append(
            b.step(
                name, after=sorted(after), mode=draw(st.sampled_from(["all", "any", "of"])) if after else None,
                at_least=draw(st.integers(1, max(1, len(after)))), when=draw(_guards()), fill=draw(_fills(after)),
                **more,
            )
        )  # fmt: skip
    return steps


def _wildness(draw: st.DrawFn, name: str, *, before: list[str], after: list[str]) -> dict[str, Any]:
    counted = draw(st.sampled_from([{}, {"measure": "days", "calendar": OFFICE}]))
    answers: list[AnswerPlan] = [b.answer(name, "done"), b.answer(name, "rejected")]
    answers.append(b.answer(name, "returned", complete_within=draw(st.sampled_from([None, b.DAY])), **counted))
    if before:
        back = EventType(f"test.{name}.back")
        answers.append(b.answer(name, "returned", type=back, to=StepName(draw(st.sampled_from(before)))))
    moves = draw(st.sampled_from([None, "stopped", "resumed", "reset"]))
    answers.append(b.answer(name, "progress", clock=moves, legal_effect=draw(st.booleans())))
    return {
        "answers": answers,
        "deadline": draw(st.one_of(st.none(), _deadlines())),
        "accept_within": draw(st.sampled_from([None, b.HOUR])),
        "on_cancel": draw(st.sampled_from(["cancel", "let_finish", "compensate"])),
        "holder": draw(st.sampled_from(["agency", "applicant", "payer"])),
        "on_rejected": draw(st.one_of(st.none(), st.sampled_from(after))) if after else None,
    }


def _guards() -> st.SearchStrategy[Any]:
    return st.sampled_from([None, None, None, *(b.has(f"application.{flag}") for flag in FLAGS)])


def _fills(after: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    paths = [f"application.{flag}" for flag in FLAGS] + [f"{name}.value" for name in after]
    return st.lists(st.sampled_from(paths), max_size=2, unique=True).map(
        lambda chosen: {path.replace(".", "_"): b.has(path) for path in chosen}
    )


@st.composite
def _deadlines(draw: st.DrawFn) -> DeadlinePlan:
    missed = draw(st.sampled_from(["escalate", "deemed", "expired", "expired_unpaid"]))
    measure = draw(st.sampled_from(["clock", "clock", "days", "hours"]))
    return b.deadline(
        draw(st.sampled_from([b.HOUR, b.DAY, 10 * b.DAY])), on_missed=missed, facts={"value": True}, measure=measure,
        calendar=None if measure == "clock" else OFFICE,
    )  # fmt: skip
