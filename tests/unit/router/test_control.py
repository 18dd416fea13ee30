"""What the hub says about tasks fits the schemas that agencies read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.names import AgencyCode, EventType, StepName
from hub.network.plan import BillPlan, PaymentPlan
from hub.rehearsal.world import Rehearsal
from hub.router import control
from hub.router.control import moment_text
from tests import builders as b

CODEC = Codec.over(Catalog.load(Path(__file__).parents[3] / "schemas"))
#: What stands in the module that holds the hub's words, but what agencies say.
WORDS = {
    each for name, each in vars(control).items() if name.isupper() and str(each).startswith("hub.")
} - {control.TASK_ACCEPTED}  # fmt: skip


def worlds() -> list[Rehearsal]:
    """Tell stories in which the hub says everything that it can say."""
    slow = b.step("a", deadline=b.deadline(b.DAY), accept_within=b.HOUR)
    warned = b.opened(slow, b.step("x"))
    warned.say("x", "test.a.done", b.CASE)
    warned.wind(2 * b.DAY)
    b.answers(warned, "a", "rejected")
    returned = b.opened(b.step("a", answers=[b.answer("a", "returned", complete_within=b.DAY)]))
    b.answers(returned, "a", "returned")
    returned.wind(b.DAY)
    far = b.opened(b.step("a", deadline=b.deadline(2**52)))
    b.answers(far, "a", "returned")
    return [warned, returned, far, silent(), referred(), unpaid()]


def silent() -> Rehearsal:
    """Let an agency say nothing until an authority is asked whether that is consent."""
    deemed = b.deadline(on_missed="deemed", form="proposal", authority=AgencyCode("head"), legal_basis="Contoh 1/2026")
    world = b.opened(b.step("a", deadline=deemed))
    world.wind(10 * b.DAY)
    return world


def referred() -> Rehearsal:
    """Let an agency hand a case on."""
    world = b.opened(b.step("a", answers=[b.answer("a", "done", refers_to=StepName("c"))]), b.step("c", after=["a"]))
    b.answers(world, "a")
    return world


def unpaid() -> Rehearsal:
    """Let a bill lapse, of which one more is issued, and that one too."""
    bill = BillPlan(amounts=(("city", b.constant(40_000)),), into={"total": "amount"})
    payment = PaymentPlan(
        bill=StepName("pay"), amount="received", number="receipt", shares={"city": "city"}, bills=2,
        reversed_by=EventType("test.TakenBack"),
    )  # fmt: skip
    lapses = b.deadline(b.HOUR, on_missed="expired_unpaid", warn=())
    world = b.opened(b.step("pay", bill=bill, payment=payment, deadline=lapses, holder="payer"))
    world.wind(2 * b.HOUR)
    return world


def said(world: Rehearsal) -> Iterator[tuple[EventType, Any]]:
    """Go over what the hub itself says: to tell an agency, and to ask it."""
    yield from ((sent.notice.type, sent.notice.data) for sent in world.notices)
    yield from ((sent.task.type, sent.task.data) for sent in world.tasks if sent.task.type in WORDS)


def test_everything_that_is_said_fits_its_schema() -> None:
    """A message that could not be written would stop a case; no word of the hub's is left out."""
    heard = [each for world in worlds() for each in said(world)]
    assert {kind for kind, _ in heard} == WORDS
    for kind, data in heard:
        assert CODEC.encode(kind, data)


def test_every_message_has_an_id_of_its_own() -> None:
    """Two warnings about one task are two messages; the same story gives the same ids."""
    first, second = ([sent.notice.id for world in worlds() for sent in world.notices] for _ in range(2))
    assert first == second
    assert all(len({sent.notice.id for sent in world.notices}) == len(world.notices) for world in worlds())


def test_a_time_beyond_any_calendar_is_told_as_none() -> None:
    """An absurd span does not raise."""
    assert moment_text(2**60) is None
    assert moment_text(-1) is None
    assert moment_text(0) == "1970-01-01T00:00:00.000Z"
