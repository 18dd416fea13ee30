"""Silence that counts as consent (R13): of itself, or when an authority approves what the hub proposes to it."""

from collections.abc import Callable

import pytest

from hub.names import AgencyCode, EventType
from hub.network.model import APPROVAL_DECIDED
from hub.rehearsal.world import Rehearsal
from tests import builders as b

LAW = "Contoh 1/2026"
HEAD = AgencyCode("head")


def silent(form: str = "proposal", *, authority: AgencyCode | None = HEAD) -> Rehearsal:
    """Open a case whose first step counts as done after ten days, with a number that the law gives it."""
    deadline = b.deadline(
        on_missed="deemed", form=form, authority=authority, legal_basis=LAW, facts={"no": "DEEMED"}, warn=()
    )
    return b.opened(b.step("a", deadline=deadline), b.step("end", after=["a"], fill={"no": b.path("a.no")}))


def says(world: Rehearsal, *, approved: bool, agency: str = "head", causation: str | None = None) -> str:
    """Let an authority say its word."""
    return world.say(agency, APPROVAL_DECIDED, b.CASE, data={"approved": approved}, causation=causation).outcome


def whys(world: Rehearsal, after: str) -> list[str]:
    """List why something happened to the first step."""
    changes = [change for entry in world.journal for change in entry.decision.changes if change.step == "a"]
    return [change.why for change in changes if change.after == after]


def test_silence_is_proposed_and_ends_nothing() -> None:
    """At the due time the authority is asked, with the law; the step stays with its agency, and the case goes on."""
    world = silent()
    task = world.active_task(b.CASE, "a")
    world.wind(10 * b.DAY)

    sent = world.tasks[-1].task
    assert (sent.type, sent.agency) == ("hub.ApprovalProposed", "head")
    assert {"task_id": task, "agency": "a", "legal_basis": LAW}.items() <= sent.data.items()
    assert b.statuses(world) == {"a": "active"}
    assert whys(world, "proposed") == [f"its deadline has passed; {LAW}"]
    world.wind(100 * b.DAY)
    assert (len(world.tasks), b.case_of(world).status) == (2, "open")


def test_what_the_authority_approves_is_done_with_the_declared_facts() -> None:
    """The silent agency is told to stop; the journal names who approved, and the law."""
    world = silent()
    world.wind(10 * b.DAY)
    assert says(world, approved=True) == "advanced"
    assert (b.statuses(world)["a"], b.state(world, "a").by) == ("done", "deadline")
    assert world.tasks[-1].task.data == {"no": "DEEMED"}
    assert whys(world, "done") == [f"deemed: approved by head; {LAW}"]
    assert b.told(world)[-1] == ("TaskCancelled", "a")


def test_what_the_authority_does_not_approve_waits_for_its_agency() -> None:
    """The agency's answer counts as ever, and the authority may still change its mind."""
    world = silent()
    world.wind(10 * b.DAY)
    assert says(world, approved=False) == "advanced"
    assert (b.statuses(world)["a"], whys(world, "not approved")) == ("active", ["head does not let its silence count"])
    b.answers(world, "a", no="7")
    assert world.tasks[-1].task.data == {"no": "7"}


def test_an_answer_while_the_proposal_waits_wins_and_the_authority_is_told() -> None:
    """Nobody decides on what has been answered; a word that comes then is late."""
    world = silent()
    world.wind(10 * b.DAY)
    b.answers(world, "a", no="7")
    assert b.told(world)[-1] == ("TaskCancelled", "head")
    assert says(world, approved=True) == "late"
    assert [sent.task.step for sent in world.tasks].count("end") == 1


@pytest.mark.parametrize("form", ["automatic", "proposal"])
@pytest.mark.parametrize("late_ms", [-1, 0, 1])
def test_an_answer_appended_before_the_due_time_wins(form: str, late_ms: int) -> None:
    """One ms before it the agency has answered, whenever it is read; from then on the law has, if it needs nobody."""
    world = silent(form)
    due, task = b.state(world, "a").due, world.active_task(b.CASE, "a")
    assert due is not None
    world.now = due + b.DAY
    world.publish(b.event("test.a.done", "a", data={"no": "7"}, at=due + late_ms, causation=task))
    answered = late_ms < 0 or form == "proposal"
    assert world.tasks[-1].task.data == {"no": "7" if answered else "DEEMED"}
    assert b.state(world, "a").by == ("" if answered else "deadline")


def test_automatic_consent_names_its_law() -> None:
    """Whoever looks later finds by what law nobody's word was enough."""
    world = silent("automatic")
    world.wind(10 * b.DAY)
    assert whys(world, "done") == [f"deemed: its deadline has passed; {LAW}"]


def test_without_an_authority_the_coordinator_is_asked() -> None:
    """Somebody always is."""
    world = silent(authority=None)
    world.wind(10 * b.DAY)
    assert world.tasks[-1].task.agency == "coordinator"
    assert says(world, approved=True, agency="coordinator") == "advanced"


def test_only_the_authority_decides() -> None:
    """A word of somebody else, or of a proposal that was never made, changes nothing."""
    world = silent()
    assert says(world, approved=True) == "late"
    world.wind(10 * b.DAY)
    assert says(world, approved=True, agency="a") == "refused"
    assert says(world, approved=True, causation="another") == "late"
    assert b.statuses(world) == {"a": "active"}


def test_of_several_proposals_the_word_must_name_one() -> None:
    """The hub never guesses; by the proposal's id it knows."""
    deadline = b.deadline(on_missed="deemed", form="proposal", authority=HEAD, warn=())
    world = b.opened(b.step("a", deadline=deadline), b.step("c", deadline=deadline))
    world.wind(10 * b.DAY)
    assert says(world, approved=True) == "refused"
    proposal = next(sent.task.id for sent in world.tasks if sent.task.type == "hub.ApprovalProposed")
    assert says(world, approved=True, causation=proposal) == "advanced"
    assert b.statuses(world) == {"a": "done", "c": "active"}


def test_an_agency_whose_time_begins_again_may_be_silent_again() -> None:
    """What was proposed is taken back, and the next proposal is another task."""
    reset = b.answer("a", "progress", type=EventType("test.a.again"), clock="reset")
    deadline = b.deadline(on_missed="deemed", form="proposal", authority=HEAD, warn=())
    world = b.opened(b.step("a", answers=[reset, b.answer("a", "done")], deadline=deadline))
    world.wind(10 * b.DAY)
    world.say("a", "test.a.again", b.CASE)
    assert b.told(world)[-1] == ("TaskCancelled", "head")
    assert says(world, approved=True) == "late"
    world.wind(10 * b.DAY)
    first, second = (sent.task.id for sent in world.tasks if sent.task.agency == "head")
    assert first != second
    assert says(world, approved=True, causation=first) == "late"
    assert says(world, approved=True, causation=second) == "closed"


def test_a_held_authority_is_asked_once_it_is_released() -> None:
    """Nothing is sent to it before; then the proposal is sent, once, and its word counts."""
    world = silent()
    world.order(held=["head"])
    world.wind(10 * b.DAY)
    assert [sent.task.step for sent in world.tasks] == ["a"]
    assert (b.case_of(world).waits, b.statuses(world)) == (("agency:head",), {"a": "active"})
    assert whys(world, "proposal held") == ["head is held by an order to the network"]
    assert says(world, approved=True) == "late"
    world.wind(50 * b.DAY)
    world.order(held=["other"])
    world.order()
    assert [(sent.task.type, sent.task.agency) for sent in world.tasks[1:]] == [("hub.ApprovalProposed", "head")]
    assert (b.case_of(world).waits, len(whys(world, "proposed"))) == ((), 1)
    assert says(world, approved=True) == "advanced"
    assert b.statuses(world)["a"] == "done"


def test_what_was_proposed_before_an_order_stays_sent() -> None:
    """The authority decides though it is held now."""
    world = silent()
    world.wind(10 * b.DAY)
    world.order(held=["head"])
    assert (b.case_of(world).waits, says(world, approved=True)) == ((), "advanced")


def _answer(world: Rehearsal) -> None:
    b.answers(world, "a", no="7")


def _withdraw(world: Rehearsal) -> None:
    world.command("withdraw", b.CASE)


def _skip(world: Rehearsal) -> None:
    world.command("skip", b.CASE, step="a", facts={"no": "8"})


@pytest.mark.parametrize("happens", [_answer, _withdraw, _skip])
def test_a_held_proposal_whose_step_has_ended_is_not_sent(happens: Callable[[Rehearsal], None]) -> None:
    """Nothing waits for the release any more, and the authority hears of nothing that it was never asked."""
    world = silent()
    world.order(held=["head"])
    world.wind(10 * b.DAY)
    happens(world)
    assert b.case_of(world).waits == ()
    world.order()
    assert "head" not in {sent.task.agency for sent in world.tasks}
    assert ("TaskCancelled", "head") not in b.told(world)


def test_a_held_proposal_and_a_held_task_are_let_go_each_by_its_own_order() -> None:
    """One case may wait for both."""
    deadline = b.deadline(on_missed="deemed", form="proposal", authority=HEAD, warn=())
    world = b.opened(b.step("a", deadline=deadline), b.step("f"), b.step("c", after=["f"]))
    world.order(held=["head", "c"])
    b.answers(world, "f")
    world.wind(10 * b.DAY)
    assert b.case_of(world).waits == ("agency:c", "agency:head")
    world.order(held=["c"])
    assert (world.tasks[-1].task.agency, b.case_of(world).waits) == ("head", ("agency:c",))
    world.order()
    assert (world.tasks[-1].task.agency, b.case_of(world).waits) == ("c", ())


def test_a_case_that_ends_takes_its_proposals_back() -> None:
    """The authority is not left with a question that nobody asks any more."""
    world = silent()
    world.wind(10 * b.DAY)
    world.command("withdraw", b.CASE)
    assert ("TaskCancelled", "head") in b.told(world)
    assert b.case_of(world).status == "withdrawn"
