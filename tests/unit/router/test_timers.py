"""What time alone decides (design §7.5, §8.5)."""

from typing import Any
from zoneinfo import ZoneInfo

from hub.events.codec import parse_millis
from hub.rehearsal.world import Rehearsal
from tests import builders as b


def one(**more: Any) -> Rehearsal:
    """Open a case of one step with a deadline of ten days."""
    return b.opened(b.step("a", deadline=b.deadline(10 * b.DAY, **more)), b.step("end", after=["a"]))


def percents(world: Rehearsal) -> list[tuple[int, str, str]]:
    """List the warnings told."""
    warned = [sent.notice for sent in world.notices if sent.notice.type == "hub.DeadlineWarned"]
    return [(notice.data["percent"], notice.data["level"], notice.agency) for notice in warned]


def test_warnings_come_at_50_80_and_100_percent() -> None:
    """The agency is told in time, at the moments declared."""
    world = one()
    for days, expected in ((5, [50]), (3, [50, 80]), (2, [50, 80, 100])):
        world.wind(days * b.DAY - 1)
        assert [percent for percent, level, _ in percents(world) if level == "agency"] == expected[:-1]
        world.wind(1)
        assert [percent for percent, level, _ in percents(world) if level == "agency"] == expected


def test_a_missed_deadline_goes_to_the_coordinator_and_the_step_stays() -> None:
    """Escalation tells; it does not decide."""
    world = one()
    world.wind(10 * b.DAY)
    assert percents(world)[-1] == (100, "coordinator", "coordinator")
    assert (b.state(world, "a").status, b.case_of(world).due) == ("active", None)


def test_of_several_passed_thresholds_only_the_highest_is_told() -> None:
    """After an outage nobody gets three warnings at once."""
    world = one()
    world.now += 9 * b.DAY
    world.wind(0)
    assert percents(world) == [(80, "agency", "a")]


def test_deemed_approval_counts_as_done_with_the_declared_facts() -> None:
    """Where the law says so, silence is consent; the agency is told that its task is over."""
    steps = (
        b.step("a", deadline=b.deadline(b.DAY, on_missed="deemed", facts={"no": "AUTO"})),
        b.step("end", after=["a"], fill={"no": b.path("a.no")}),
    )
    world = b.opened(*steps)
    task = world.active_task(b.CASE, "a")
    world.wind(b.DAY)
    assert (b.state(world, "a").status, b.state(world, "a").by) == ("done", "deadline")
    assert world.tasks[-1].task.data == {"no": "AUTO"}
    assert ("TaskCancelled", "a") in b.told(world)
    assert world.say("a", "test.a.rejected", b.CASE, causation=task).outcome == "late"


def test_a_missed_deadline_may_end_the_case() -> None:
    """Unpaid, not collected, deemed withdrawn and expired are ends of their own."""
    for end in ("expired", "deemed_withdrawn", "expired_unpaid", "uncollected"):
        world = one(on_missed=end)
        world.wind(10 * b.DAY)
        assert (b.case_of(world).status, b.statuses(world)["a"]) == (end, "cancelled")


def test_a_deadline_of_a_step_let_finish_ends_only_that_step() -> None:
    """A case that is ending goes on ending as it began."""
    slow = b.step("x", on_cancel="let_finish", deadline=b.deadline(b.DAY, on_missed="expired"))
    world = b.opened(b.step("a"), slow)
    b.answers(world, "a", "rejected")
    world.wind(b.DAY)
    assert (b.statuses(world)["x"], b.case_of(world).status) == ("cancelled", "rejected")


def test_a_step_whose_own_deadline_ends_the_case_is_not_let_finish() -> None:
    """Its answers are late from then on, so nobody may go on waiting for one."""
    last = b.step("a", deadline=b.deadline(b.DAY, on_missed="expired"), on_cancel="let_finish")
    world = b.opened(last, b.step("other", on_cancel="let_finish"))
    world.wind(b.DAY)
    assert (b.state(world, "a").status, b.state(world, "other").status) == ("cancelled", "active")
    assert ("TaskCancelled", "a") in b.told(world)
    world.say("other", "test.other.done", b.CASE)
    assert b.case_of(world).status == "expired"


def test_an_answer_after_its_deadline_is_late_though_the_task_was_never_accepted() -> None:
    """Both timers are over when it is read; what the deadline decides does not depend on which fired before."""
    step = b.step("a", deadline=b.deadline(b.DAY, on_missed="deemed"), accept_within=b.HOUR)
    told, fired = b.opened(step), b.opened(step)
    fired.wind(b.DAY)
    for world in (told, fired):
        world.publish(b.event("test.a.rejected", "a", at=b.NOW + b.DAY))
        assert (b.state(world, "a").status, b.case_of(world).status) == ("done", "completed")
        assert (100, "coordinator", "coordinator") not in percents(world)
        assert (0, "coordinator", "coordinator") in percents(world)


def test_a_date_begins_in_the_networks_time_zone() -> None:
    """A day that a deadline counts from is that of the people whom it binds."""
    zone = ZoneInfo("Asia/Makassar")
    step = b.step("a", deadline=b.deadline(b.DAY, start=b.path("application.born_on"), zone=zone))
    world = b.opened(step, data={"born_on": "2026-01-31"})
    assert b.state(world, "a").due == parse_millis("2026-02-01T00:00:00+08:00")


def test_a_task_that_nobody_accepts_is_told_to_the_coordinator() -> None:
    """A dead connector is noticed long before the deadline."""
    world = b.opened(b.step("a", accept_within=b.HOUR))
    world.wind(b.HOUR)
    assert percents(world) == [(0, "coordinator", "coordinator")]
    assert b.case_of(world).due is None


def test_timers_wait_while_a_person_is_needed() -> None:
    """Parked answers may have come in time; the deadline is looked at when they are routed."""
    slow = b.step("a", deadline=b.deadline(b.DAY, on_missed="expired"))
    world = b.opened(slow, b.step("q"), b.step("x", after=["q"], fill={"n": b.path("q.n")}))
    b.answers(world, "q")
    world.wind(b.DAY - 1)
    b.answers(world, "a")
    world.wind(5 * b.DAY)
    assert b.case_of(world).status == "open"
    world.command("amend", b.CASE, step="q", facts={"n": 1})
    world.command("retry", b.CASE)
    assert b.statuses(world) == {"a": "done", "q": "done", "x": "active"}


def test_deadlines_count_from_when_the_task_is_sent() -> None:
    """An answer read late does not eat the next agency's time."""
    slow = b.step("end", after=["a"], deadline=b.deadline(b.DAY))
    world = b.opened(b.step("a"), slow)
    answer = b.event("test.a.done", "a", at=world.now + b.HOUR)
    world.now += 3 * b.DAY
    world.publish(answer)
    assert world.tasks[-1].task.due == world.now + b.DAY
    assert b.case_of(world).held == {"a": b.HOUR, "hub": 3 * b.DAY - b.HOUR}


def test_a_warning_is_told_once() -> None:
    """A deadline without a warning at its end does not repeat the one before."""
    world = one(warn=(50,))
    world.wind(5 * b.DAY)
    world.wind(5 * b.DAY)
    assert [percent for percent, level, _ in percents(world) if level == "agency"] == [50]
