"""How a case begins (design §5 identity, §7.1, §7.9)."""

from typing import Any

import pytest

from hub.events.codec import format_millis
from hub.events.envelope import Event
from hub.names import CaseId
from hub.rehearsal.world import Rehearsal
from hub.router.case import ORPHAN_MS
from hub.router.route import route
from tests import builders as b


def world_of(**more: Any) -> Rehearsal:
    """Begin a world in which nothing is open yet."""
    record = b.step("record", fill={"name": b.path("application.name")})
    return Rehearsal(b.plan(b.procedure(record, **more)))


def opening(**more: Any) -> Event:
    """Make the opening event."""
    return b.event(b.OPENS, b.OPENER, **{"data": {"name": "Siti", "junk": 1}, **more})


def test_an_opening_starts_the_steps_that_wait_for_nothing() -> None:
    """An event of the procedure's opening type opens a case and sends its first tasks."""
    world = world_of()
    decision = world.publish(opening(subject="K-17"))
    (task,) = decision.tasks
    assert (task.agency, task.step, task.attempt, task.data, task.subject) == (
        "record",
        "record",
        1,
        {"name": "Siti"},
        "K-17",
    )
    case = b.case_of(world)
    assert (case.status, case.procedure, case.revision, case.subject) == ("open", "test@1", 1, "K-17")


def test_an_opening_keeps_only_facts_that_a_step_can_use() -> None:
    """What no step reads is not kept."""
    world = world_of()
    world.publish(opening())
    assert b.case_of(world).facts == {"application": {"name": "Siti"}}


def test_only_the_agency_in_the_case_id_may_open_it() -> None:
    """A case id begins with its opener's code."""
    decision = world_of().publish(opening(case=CaseId("clinic.1")))
    assert decision.refusal is not None
    assert decision.refusal.category == "rights"


def test_an_agency_opens_only_what_its_file_lets_it() -> None:
    """A type that the opener may not open is refused, even if it may publish it."""
    plan = b.plan(b.procedure(b.step("record")), more_publishes={"clinic": [b.OPENS]})
    world = Rehearsal(plan)
    decision = world.publish(b.event(b.OPENS, "clinic", case=CaseId("clinic.1")))
    assert decision.refusal is not None
    assert decision.refusal.category == "rights"


def test_a_second_opening_with_the_same_content_is_a_duplicate() -> None:
    """The same application sent again under another id changes nothing."""
    world = world_of()
    world.publish(opening(id="one"))
    assert world.publish(opening(id="two")).outcome == "duplicate"
    assert b.case_of(world).revision == 1


def test_a_second_opening_with_other_content_is_a_conflict() -> None:
    """Two different applications under one case id need a person; the first one stands."""
    world = world_of()
    world.publish(opening(id="one"))
    world.publish(opening(id="two", data={"name": "Budi"}))
    assert b.case_of(world).incidents[0].cause == "conflict"
    world.command("retry", b.CASE)
    case = b.case_of(world)
    assert (case.incidents, case.facts["application"]["name"]) == ((), "Siti")


def test_a_second_opening_of_another_agency_is_a_rights_violation() -> None:
    """Only the opener can even conflict."""
    plan = b.plan(b.procedure(b.step("record")), more_publishes={"clinic": [b.OPENS]})
    world = Rehearsal(plan)
    world.publish(opening())
    decision = world.publish(b.event(b.OPENS, "clinic"))
    assert decision.refusal is not None
    assert decision.refusal.category == "rights"


def test_an_event_of_an_unknown_case_waits_for_its_opening() -> None:
    """What comes before the opening is kept, and used when the opening comes."""
    world = world_of()
    assert world.say("record", "test.record.done", b.CASE).outcome == "orphaned"
    assert b.case_of(world).status == "orphan"
    decision = world.publish(opening())
    assert (decision.outcome, decision.release) == ("opened", True)
    assert b.case_of(world).status == "completed"
    assert [entry.revision for entry in world.journal] == [1, 2, 3]


def test_orphans_become_dead_letters_after_a_day() -> None:
    """Without an opening the events go back to their owners and the stub is deleted."""
    world = world_of()
    world.say("record", "test.record.done", b.CASE)
    world.wind(ORPHAN_MS - 1)
    assert not world.dead_letters
    world.wind(1)
    assert [letter.refusal.category for letter in world.dead_letters] == ["orphan"]
    assert world.case(b.CASE) is None


def test_an_event_that_no_procedure_takes_is_refused_at_once() -> None:
    """What can never match does not wait."""
    world = Rehearsal(b.plan(b.procedure(b.step("record")), more_publishes={"record": ["test.Other"]}))
    for kind in ("test.Other", b.ACCEPTED):
        decision = world.say("record", kind, b.CASE)
        assert decision.refusal is not None
        assert decision.refusal.category == "routing"


def test_an_expired_agreement_stops_openings() -> None:
    """Without an agreement in force no case is opened."""
    world = world_of(agreements=(b.agreement(until=b.NOW),))
    decision = world.publish(opening())
    assert decision.refusal is not None
    assert (decision.refusal.category, "pks" in decision.refusal.reason) == ("agreement", True)


def test_an_opening_appended_before_the_agreement_expired_counts() -> None:
    """An outage of the hub does not make an opening late."""
    world = world_of(agreements=(b.agreement(until=b.NOW),))
    world.wind(b.DAY)
    assert world.publish(opening(at=b.NOW - 1)).outcome == "opened"


def test_an_opening_older_than_the_retention_is_refused() -> None:
    """What may have been a case whose state is deleted does not come alive again."""
    world = world_of(retention=30 * b.DAY)
    said = b.NOW - 31 * b.DAY
    decisions = [world.publish(opening(time=format_millis(said))), world.publish(opening(time="yesterday"))]
    assert [one.refusal and one.refusal.category for one in decisions] == ["expired", None]


def test_orphans_are_capped() -> None:
    """One case id cannot fill a worker with events that wait for it."""
    world = world_of()
    for number in range(1_000):
        world.publish(b.event("test.record.progress", "record", id=str(number)))
    decision = world.say("record", "test.record.done", b.CASE)
    assert decision.refusal is not None
    assert decision.refusal.category == "oversized"


def test_an_opening_as_old_as_the_retention_is_refused() -> None:
    """In that very ms the state of a case that ended at once is deleted: a repeat would open it again."""
    world = b.opened(b.step("a", when=b.has("application.no")), retention=b.DAY)
    world.wind(b.DAY)
    assert world.case(b.CASE) is None
    repeat = b.event(b.OPENS, b.OPENER, id="again", subject="K-1")
    world.publish(repeat)
    assert world.dead_letters[-1].refusal.category == "expired"
    assert world.case(b.CASE) is None


@pytest.mark.parametrize("case", ["no-id", "a.5b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10", "nobody.x", ""])
def test_an_event_of_a_case_that_nobody_can_open_is_refused_at_once(case: str) -> None:
    """Its id begins with no agency that opens anything: waiting a day for the opening would help nobody."""
    world = Rehearsal(b.plan(b.procedure(b.step("a"))))
    world.publish(b.event("test.a.done", "a", case=CaseId(case)))
    (letter,) = world.dead_letters
    assert letter.refusal.category == "routing"
    assert not world.states


def test_what_an_operator_did_to_an_orphan_is_not_forgotten() -> None:
    """An event that comes after a note leaves the memory of it: the note read twice is noted once."""
    world = b.opened(b.step("a"))
    other = CaseId(f"{b.OPENER}.6b0c7a52")
    world.say("a", "test.a.done", other)
    world.command("note", other)
    note = world.journal[-1].stimulus
    world.say("a", "test.a.done", other)
    assert route(world.plan, world.case(other), note, world.now).outcome == "duplicate"


def test_a_case_keeps_the_version_of_its_procedure() -> None:
    """A newer one is for cases opened from then on: whoever is in the middle goes on as they began (R3)."""
    old = b.procedure(b.step("a"), b.step("b", after=["a"]))
    new = b.procedure(b.step("a"), b.step("c", after=["a"]), ref="test@2")
    later = CaseId(f"{b.OPENER}.6b0c7a52-9f0e-5d0b-8a3c-5c1b2f1f7a10")
    world = Rehearsal(b.plan(old))
    world.publish(opening())
    world.plan = b.plan(old, new)
    world.publish(opening(case=later, id="later"))
    for case, goes_on in ((b.CASE, "b"), (later, "c")):
        world.say("a", "test.a.done", case, causation=world.active_task(case, "a"))
        found = world.case(case)
        assert found is not None
        assert (found.procedure, list(found.steps)) == (f"test@{1 + (case == later)}", ["a", goes_on])
