"""The state of a case as bytes (design §3.6, §7)."""

import json

from hub.names import ProcedureRef
from hub.router.case import Case, Incident, decode_case, encode_case, has_owner, mark_of
from tests import builders as b


def test_a_case_comes_back_as_it_was_written() -> None:
    """Nothing is lost between two events."""
    world = b.opened(b.step("a", deadline=b.deadline(), accept_within=b.HOUR), b.step("x", after=["a"]))
    world.say("x", "test.x.done", b.CASE)
    case = b.case_of(world)
    assert decode_case(encode_case(case)) == case


def test_what_is_as_usual_is_not_written() -> None:
    """A state stays small: an open case without anything special has few words."""
    written = json.loads(encode_case(Case(id=b.CASE, procedure=ProcedureRef("test@1"))))
    assert written == {"id": b.CASE, "procedure": "test@1"}


def test_marks_stay_small() -> None:
    """An event taken costs a case a few bytes, for its whole life."""
    world = b.opened(b.step("a"))
    before = len(world.states[b.CASE])
    b.answers(world, "a", "progress")
    assert len(world.states[b.CASE]) - before < 40


def test_marks_tell_agencies_apart() -> None:
    """The same id of two agencies has two marks; the same of one agency has one."""
    assert mark_of("a", "1") != mark_of("b", "1")
    assert mark_of("a", "1") == mark_of("a", "1")


def test_a_case_without_step_timer_or_incident_has_no_owner() -> None:
    """The sweep finds a case that nobody would ever move."""
    case = Case(id=b.CASE, procedure=ProcedureRef("test@1"))
    assert not has_owner(case)
    stopped = Case(id=b.CASE, incidents=(Incident(cause="stuck", since=0, detail=""),))
    assert has_owner(stopped)
    assert has_owner(b.case_of(b.opened(b.step("a"))))
    assert has_owner(Case(id=b.CASE, due=1))
