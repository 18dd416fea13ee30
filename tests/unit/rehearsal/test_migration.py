"""What a migration would do is foreseen by the router itself, case by case, and nothing is changed."""

from hub.network.plan import GonePlan
from hub.rehearsal.migration import command_of, foresee, groups
from hub.rehearsal.world import Rehearsal
from tests import builders as b
from tests.unit.router.test_migration import NEW, with_new


def _fate(world: Rehearsal) -> tuple[str, str]:
    before = dict(world.states)
    (found,) = foresee(world.plan, [b.case_of(world)], NEW, now=world.now)
    assert world.states == before
    return found.fate, found.how


def test_each_fate_is_told_with_how_it_comes() -> None:
    """A case stays, jumps, ends, would be overdue, or sticks."""
    assert _fate(with_new(b.opened(b.step("a")), b.step("a"))) == ("stays", "each task is kept")
    anew = with_new(b.opened(b.step("a")), b.step("a", agency="other"))
    assert _fate(anew) == ("jumps", "a: pending, a: active")
    gone = b.opened(b.step("a"), b.step("x", after=["a"]))
    b.answers(gone, "a")
    assert _fate(with_new(gone, b.step("a"), gone={"x": GonePlan("skip")})) == ("ends", "x: cancelled")
    late = with_new(b.opened(b.step("a", deadline=b.deadline())), b.step("a", deadline=b.deadline(b.DAY)))
    late.wind(2 * b.DAY)
    assert _fate(late) == ("overdue", "the deadline of step a would be over at once")
    odd = with_new(b.opened(b.step("a"), b.step("x")), b.step("a"))
    assert _fate(odd) == ("sticks", "the migration does not say what becomes of step x")


def test_why_a_case_sticks_and_what_can_be_done_is_told_for_each() -> None:
    """An answer that came early, and an authority that is asked, are named with their step."""
    early = b.opened(b.step("a"), b.step("c", after=["a"]))
    early.say("c", "test.c.done", b.CASE)
    assert _fate(with_new(early, b.step("a"), b.step("c", after=["a"]))) == (
        "sticks",
        (
            "test.c.done of c came early: take the case over once c has started, or count what is before it as done: "
            "hub case skip --step a"
        ),
    )
    asked = b.opened(b.step("a", deadline=b.deadline(b.DAY, on_missed="deemed", form="proposal", warn=())))
    asked.wind(2 * b.DAY)
    assert _fate(with_new(asked, b.step("a"))) == (
        "sticks",
        (
            "coordinator is to say whether the silence of step a counts: wait for its word or the answer of a, or "
            "count the step as done: hub case skip --step a"
        ),
    )


def test_the_same_act_has_the_same_id() -> None:
    """Sent again it is done once; another revision is another act."""
    world = b.opened(b.step("a"))
    case = b.case_of(world)
    first = command_of(case, NEW, actor="budi", reason="x")
    assert command_of(case, NEW, actor="siti", reason="y").id == first.id
    b.answers(world, "a", "progress")
    assert command_of(b.case_of(world), NEW, actor="budi", reason="x").id != first.id


def test_cases_are_counted_by_fate_and_reason() -> None:
    """The most first, those that go over before those that do not."""
    world = with_new(b.opened(b.step("a")), b.step("a"))
    found = [*foresee(world.plan, [b.case_of(world)] * 7, NEW, now=world.now)]
    (row,) = groups(found)
    assert (row["fate"], row["how"], row["cases"], row["such_as"]) == ("stays", "each task is kept", 7, [b.CASE] * 5)
