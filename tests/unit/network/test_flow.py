"""What follows from how steps are joined."""

from typing import Any

from hub.names import StepName
from hub.network.flow import Flow
from hub.network.model import Procedure

A, B, C, D, E = (StepName(name) for name in "abcde")


def flow_of(**steps: dict[str, Any]) -> Flow:
    """Make a flow of steps, each with what is told of it."""
    text = {"id": "-", "en": "-"}
    usual = {"title": text, "agency": "office", "request": "t.Q", "answers": {"t.A": "done"}}
    declared = {
        "procedure": "p", "version": 1, "service": "s", "title": text, "opens_on": "t.O", "evidence": "I",
        "steps": {name: usual | told for name, told in steps.items()},
    }  # fmt: skip
    return Flow(Procedure.model_validate(declared))


def returned(to: str) -> dict[str, Any]:
    """Tell of an answer that returns to a step or the applicant."""
    return {"t.A": "done", "t.R": {"outcome": "returned", "to": to}}


REJECTS = {"t.A": "done", "t.N": "rejected"}


def sure(flow: Flow, name: StepName) -> set[str]:
    """Write the endings that are sure when a step starts."""
    return {f"{step} {how}" for step, how in flow.sure(name)}


def test_steps_are_sorted_and_circles_found() -> None:
    """Each step stands after those before it; a circle is named in order, and the rest is still sorted."""
    flow = flow_of(c={"after": ["b"]}, b={"after": ["a"]}, a={})
    assert flow.order == ("a", "b", "c")
    assert flow.cycle == ()

    ring = flow_of(a={}, b={"after": ["a", "d"]}, c={"after": ["b"]}, d={"after": ["c"]})
    assert ring.order == ("a",)
    assert set(ring.cycle) == {"b", "c", "d"}
    assert flow_of(a={"on_rejected": "a", "answers": REJECTS}).cycle == ("a",)


def test_names_that_are_no_steps_are_left_out() -> None:
    """A wrong name does not hide what can be said of the rest."""
    flow = flow_of(a={}, b={"after": ["a", "x"]})

    assert flow.order == ("a", "b")
    assert flow.after[B] == ("a",)


def test_modes() -> None:
    """A step starts at once, waits for all, any or some, or only for a rejection."""
    flow = flow_of(
        a={"answers": REJECTS, "on_rejected": "e"}, b={"after": ["a"]}, c={"after": {"any": ["a", "b"]}},
        d={"after": {"of": ["a", "b", "c"], "at_least": 2}}, e={},
    )  # fmt: skip

    assert [flow.mode(name) for name in (A, B, C, D, E)] == ["start", "all", "any", "of", "any"]
    assert flow.rejected_by[E] == ("a",)
    assert flow.successors(A) == ("b", "c", "d", "e")
    assert flow.descendants[A] == {"b", "c", "d", "e"}


def test_what_is_sure_after_a_join_of_all() -> None:
    """All before it are done; a guarded one may have been skipped."""
    flow = flow_of(a={}, b={"after": ["a"], "when": "a.x"}, c={"after": ["a"]}, d={"after": ["b", "c"]})

    assert sure(flow, D) == {"a done", "c done"}


def test_a_single_guarded_step_before_is_sure() -> None:
    """A step whose only predecessor was skipped is skipped too, so when it starts that one was done."""
    flow = flow_of(a={"when": "application.x"}, b={"after": ["a"]}, c={}, d={"after": ["b", "c"]})

    assert sure(flow, B) == {"a done"}
    assert sure(flow, D) == {"c done"}


def test_what_is_sure_after_any_and_some() -> None:
    """After any, only what is before all of them; after k of n, what no choice of k can avoid."""
    flow = flow_of(
        a={}, b={"after": ["a"]}, c={"after": ["a"]}, d={"after": {"any": ["b", "c"]}},
        e={"after": {"of": ["b", "c"], "at_least": 2}},
    )  # fmt: skip

    assert sure(flow, D) == {"a done"}
    assert sure(flow, E) == {"a done", "b done", "c done"}


def test_some_of_guarded_steps_are_not_sure() -> None:
    """Skipped steps are removed from k of n, so that fewer may be enough."""
    flow = flow_of(a={"when": "application.x"}, b={}, c={"after": {"of": ["a", "b"], "at_least": 2}})

    assert sure(flow, C) == set()


def test_what_is_sure_after_a_rejection() -> None:
    """The step that a rejection leads to knows the rejection; who waits for the rejected one cannot be sure of it."""
    flow = flow_of(
        a={}, b={"after": ["a"], "answers": REJECTS, "on_rejected": "c"}, c={}, d={"after": ["b", "c"]}
    )  # fmt: skip

    assert sure(flow, C) == {"a done", "b rejected"}
    assert sure(flow, D) == {"a done"}


def test_what_a_return_undoes_is_closed_over_further_returns() -> None:
    """A return resets its target and all after it, and whatever those may return in turn."""
    flow = flow_of(
        a={}, b={"after": ["a"]}, c={"after": ["b"], "answers": returned("b")},
        d={"after": ["c"], "answers": returned("applicant")}, e={"after": ["c"], "answers": returned("c")},
    )  # fmt: skip

    assert flow.resets[A] == set()
    assert flow.resets[D] == {"d"}
    assert flow.resets[C] == {"b", "c", "d", "e"}
    assert flow.resets[E] == {"b", "c", "d", "e"}


def test_whose_facts_may_be_used() -> None:
    """Those before a step, and those that return to it; never those beside it."""
    flow = flow_of(
        a={}, b={"after": ["a"]}, c={"after": ["b"], "answers": returned("a")}, d={"after": ["a"]},
        e={"after": ["d"], "answers": returned("applicant")},
    )  # fmt: skip

    assert flow.usable(A) == {"c"}
    assert flow.usable(B) == {"a", "c"}
    assert flow.usable(D) == {"a"}
    assert flow.usable(E) == {"a", "d", "e"}


def test_which_steps_may_run_together() -> None:
    """Steps run together unless one is surely over when the other starts; a join of any does not wait."""
    flow = flow_of(
        a={}, b={"after": ["a"]}, c={"after": ["a"]}, d={"after": {"any": ["b", "c"]}}, e={"after": ["b", "c"]}
    )

    assert flow.together(B, C)
    assert flow.together(B, D)
    assert not flow.together(A, D)
    assert not flow.together(B, E)
    assert not flow.together(B, B)


def test_what_began_on_a_provisional_outcome_may_be_pending_again() -> None:
    """A revocation takes it back, and so do a return and a rejection that leaves another way."""
    stands = {"t.A": "done", "t.P": "provisional"}
    begins = {"after": {"all": ["a"], "provisional": ["a"]}}
    for more in (
        {"t.V": {"outcome": "revoked", "then": "return"}},
        {"t.R": {"outcome": "returned", "to": "applicant"}},
    ):
        assert flow_of(a={"answers": stands | more}, b=begins).resets[A] >= {"b"}
    rejected = {"answers": stands | {"t.N": "rejected"}}
    assert flow_of(a=rejected | {"on_rejected": "c"}, b=begins, c={}).resets[A] >= {"b"}
    assert flow_of(a=rejected, b=begins).resets[A] == set()
