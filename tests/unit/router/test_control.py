"""What the hub says about tasks fits the schemas that agencies read."""

from pathlib import Path

from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.rehearsal.world import Rehearsal
from hub.router.control import COMPLETION_REQUESTED, moment_text
from tests import builders as b

CODEC = Codec.over(Catalog.load(Path(__file__).parents[3] / "schemas"))


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
    return [warned, returned, far]


def test_everything_that_is_said_fits_its_schema() -> None:
    """A message that could not be written would stop a case."""
    said = {sent.notice.type for world in worlds() for sent in world.notices}
    assert said == {"hub.EventRefused", "hub.DeadlineWarned", "hub.TaskCancelled", "hub.CaseClosed"}
    for world in worlds():
        for sent in world.notices:
            assert CODEC.encode(sent.notice.type, sent.notice.data)
        for task in (each.task for each in world.tasks if each.task.type == COMPLETION_REQUESTED):
            assert CODEC.encode(task.type, task.data)


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
