"""Who may say what, repeats, and the promise never to raise (design §5, §7.6, §7.10)."""

from dataclasses import replace

from hub.events.envelope import MAX_VALUE_BYTES
from hub.names import ProcedureRef
from hub.rehearsal.world import Rehearsal
from hub.router.case import MAX_CASE_BYTES, MAX_PARKED, encode_case
from hub.router.decision import Tick
from hub.router.route import route
from tests import builders as b


def test_refuses_a_type_that_the_agency_may_not_publish() -> None:
    """An event is taken only if its type is among what its agency publishes."""
    world = b.opened(b.step("record"), b.step("card"))
    decision = world.say("card", "test.record.done", b.CASE)
    assert decision.refusal is not None
    assert (decision.outcome, decision.refusal.category) == ("refused", "rights")
    assert decision.case is None
    assert not decision.journal


def test_keeps_nothing_that_an_agency_may_not_publish() -> None:
    """Also of a case that nobody has opened yet, where no task could tell whose the answer is."""
    decision = Rehearsal(b.plan(b.procedure(b.step("record"), b.step("card")))).say("card", "test.record.done", b.CASE)
    assert decision.refusal is not None
    assert (decision.outcome, decision.refusal.category, decision.park) == ("refused", "rights", False)


def test_refuses_an_agency_that_is_not_in_the_network() -> None:
    """Nobody speaks who is not declared."""
    decision = b.opened(b.step("record")).say("stranger", "test.record.done", b.CASE)
    assert decision.refusal is not None
    assert decision.refusal.category == "rights"


def test_tells_the_agency_why_its_event_was_refused() -> None:
    """A refusal is told on the agency's tasks topic, without the event's values."""
    decision = b.opened(b.step("record"), b.step("card")).say("card", "test.record.done", b.CASE, data={"nik": "6472"})
    (notice,) = decision.notices
    assert (notice.type, notice.agency, notice.data["category"]) == ("hub.EventRefused", "card", "rights")
    assert "6472" not in str(notice.data)


def test_refuses_an_answer_to_another_agencys_task() -> None:
    """Knowing a case and a task id grants nothing: the task must have been sent to that agency."""
    plan = b.plan(b.procedure(b.step("record"), b.step("card")), more_publishes={"card": ["test.record.done"]})
    world = Rehearsal(plan)
    world.publish(b.event(b.OPENS, b.OPENER))
    named = world.say("card", "test.record.done", b.CASE, causation=world.active_task(b.CASE, "record"))
    unnamed = world.say("card", "test.record.done", b.CASE)
    assert [one.refusal and one.refusal.category for one in (named, unnamed)] == ["rights", "rights"]
    assert b.state(world, "record").status == "active"


def test_a_repeated_event_changes_nothing() -> None:
    """The same id with the same content is a duplicate for the whole life of the case."""
    world = b.opened(b.step("record"))
    done = b.event("test.record.done", "record", data={"nik": "1"})
    world.publish(done)
    before = world.states[b.CASE]
    decision = world.publish(done)
    assert (decision.outcome, decision.case, decision.journal) == ("duplicate", None, False)
    assert world.states[b.CASE] == before


def test_an_id_used_again_for_other_content_is_refused() -> None:
    """The same id with other content is a dead letter."""
    world = b.opened(b.step("record"))
    world.publish(b.event("test.record.done", "record", id="one", data={"nik": "1"}))
    decision = world.publish(b.event("test.record.done", "record", id="one", data={"nik": "2"}))
    assert decision.refusal is not None
    assert decision.refusal.category == "id-reused"


def test_two_agencies_may_use_the_same_id() -> None:
    """An event id is unique within its agency only."""
    world = b.opened(b.step("record"), b.step("card"))
    world.publish(b.event("test.record.done", "record", id="one"))
    assert world.publish(b.event("test.card.done", "card", id="one")).outcome == "closed"


def test_revision_counts_the_journaled_decisions() -> None:
    """Each decision that changes something raises the revision by one."""
    world = b.opened(b.step("record", deadline=b.deadline()), b.step("card", after=["record"]))
    world.wind(6 * b.DAY)
    world.say("card", "test.card.done", b.CASE)
    world.say("record", "test.record.done", b.CASE)
    assert [entry.revision for entry in world.journal] == list(range(1, len(world.journal) + 1))


def test_an_exception_is_an_incident_and_the_event_is_parked() -> None:
    """What route itself raises never gets out: the case keeps its state, the event waits."""
    world = b.opened(b.step("record"), b.step("card", after=["record"], when=b.broken(ZeroDivisionError("Siti"))))
    decision = world.say("record", "test.record.done", b.CASE)
    assert (decision.outcome, decision.park) == ("incident", True)
    assert b.state(world, "record").status == "active"
    (incident,) = b.case_of(world).incidents
    assert (incident.cause, "Siti" in incident.detail) == ("exception", False)


def test_an_exception_at_the_opening_leaves_a_case_with_an_owner() -> None:
    """A case that could not even be opened waits for a person, with its opening parked."""
    world = b.opened(b.step("record", when=b.broken(RuntimeError("x"))))
    case = b.case_of(world)
    assert (case.status, case.parked, len(case.incidents)) == ("orphan", 1, 1)


def test_a_retry_after_an_exception_takes_the_parked_event() -> None:
    """When the cause is mended, retry routes what was parked as if nothing had been."""
    good = b.procedure(b.step("record"), b.step("card", after=["record"]))
    world = b.opened(b.step("record"), b.step("card", after=["record"], when=b.broken(ZeroDivisionError())))
    world.say("record", "test.record.done", b.CASE)
    world.plan = b.plan(good)
    decision = world.command("retry", b.CASE)
    assert decision.release
    assert b.state(world, "card").status == "active"
    assert b.case_of(world).parked == 0


def test_events_of_a_waiting_case_are_parked_in_order() -> None:
    """While an incident is open, later events wait beside the case."""
    world = b.opened(
        b.step("record"), b.step("card", after=["record"], when=b.path("application.absent")), b.step("photo")
    )
    world.say("record", "test.record.done", b.CASE)
    decision = world.say("photo", "test.photo.done", b.CASE)
    assert (decision.outcome, decision.park) == ("parked", True)
    assert b.case_of(world).parked == 1


def test_parked_events_are_capped() -> None:
    """Beyond the cap an event is a dead letter, so that one case cannot fill a worker."""
    world = b.opened(b.step("record"), b.step("card", after=["record"], when=b.path("application.absent")))
    world.say("record", "test.record.done", b.CASE)
    full = replace_case(world, parked=MAX_PARKED)
    decision = world.say("card", "test.card.done", b.CASE)
    assert decision.refusal is not None
    assert decision.refusal.category == "oversized"
    assert decision.refusal.reason.endswith("; publish it again then, or ask for its redrive")
    assert b.case_of(world).parked == full


def replace_case(world: Rehearsal, *, parked: int) -> int:
    """Set how many records are parked."""
    case = b.case_of(world)
    case.parked = parked
    world.states[b.CASE] = encode_case(case)
    return parked


def test_an_oversized_state_is_an_incident_that_keeps_the_old_state() -> None:
    """A case's state is refused beyond its limit; the event is parked, the case waits."""
    late = b.step("card", after=["wait"], fill={"blob": b.path("record.blob")})
    world = b.opened(b.step("record"), b.step("wait"), late)
    decision = world.say("record", "test.record.done", b.CASE, data={"blob": "x" * MAX_CASE_BYTES})
    assert MAX_CASE_BYTES < MAX_VALUE_BYTES
    assert (decision.outcome, decision.park) == ("incident", True)
    assert b.case_of(world).incidents[0].cause == "oversized"
    assert b.state(world, "record").status == "active"


def test_a_case_whose_procedure_is_gone_waits() -> None:
    """A bundle without the case's procedure is an incident, not a crash; with it, retry goes on."""
    world = b.opened(b.step("record"))
    whole = world.plan
    world.plan = replace(whole, procedures={ProcedureRef("other@1"): next(iter(whole.procedures.values()))})
    world.say("record", "test.record.done", b.CASE)
    assert b.case_of(world).incidents[0].cause == "procedure"
    world.plan = whole
    world.command("retry", b.CASE)
    assert b.case_of(world).status == "completed"


def test_arguments_are_never_changed() -> None:
    """The case that is given stays as it was."""
    world = b.opened(b.step("record", fill={"n": b.path("application.name")}), b.step("card", after=["record"]))
    case = b.case_of(world)
    before = encode_case(case)
    route(world.plan, case, b.event("test.record.done", "record"), b.NOW)
    assert encode_case(case) == before


def test_a_tick_that_is_not_due_does_nothing() -> None:
    """Nothing is journaled when nothing happens."""
    world = b.opened(b.step("record", deadline=b.deadline()))
    decision = route(world.plan, b.case_of(world), Tick(case=b.CASE), world.now)
    assert (decision.outcome, decision.journal) == ("nothing", False)
    assert route(world.plan, None, Tick(case=b.CASE), world.now).outcome == "nothing"


def test_an_opening_that_raises_beside_a_full_stub_is_refused() -> None:
    """The cap of parked events holds for what raises, too."""
    world = Rehearsal(b.plan(b.procedure(b.step("record", when=b.broken(RuntimeError())))))
    world.say("record", "test.record.done", b.CASE)
    replace_case(world, parked=MAX_PARKED)
    decision = world.publish(b.event(b.OPENS, b.OPENER))
    assert decision.refusal is not None
    assert decision.refusal.category == "oversized"
