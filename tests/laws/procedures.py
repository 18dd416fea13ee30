"""Random procedures and stories for the laws: small graphs with every kind of join, guard, return and deadline."""

from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from hub.calendar import Calendar
from hub.names import EventType, StepName
from hub.network.plan import AnswerPlan, DeadlinePlan, ProcedurePlan, StepPlan
from tests import builders as b

#: Facts of the opening that guards and fills read.
FLAGS = ("f0", "f1", "f2")
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
