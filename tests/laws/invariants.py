"""What must be true of every case after every decision."""

from hub.names import CaseId
from hub.network.plan import ProcedurePlan
from hub.rehearsal.world import Rehearsal
from hub.router.case import MAX_CASE_BYTES, Case, decode_case, encode_case, has_owner, is_closed
from hub.router.draft import unfinished_steps
from tests import builders as b


def hold(world: Rehearsal, procedure: ProcedurePlan, *, of: CaseId = b.CASE) -> None:
    """Assert all that must be true of the test's case (or another) now."""
    _journal_counts(world, of)
    case = world.case(of)
    if case is None:
        assert not world.parked.get(of)
        return
    assert is_closed(case) or has_owner(case)
    assert case.parked == len(world.parked.get(of, []))
    assert len(world.states[of]) < MAX_CASE_BYTES
    assert decode_case(encode_case(case)) == case
    assert case.due is None or not case.incidents, case
    if case.procedure is not None:
        _facts_are_usable(case, procedure)
        _time_is_somebodys(case, world.now)
        _tasks_are_named(case)


def tasks_are_sent_once(world: Rehearsal) -> None:
    """Assert that no attempt of a step was ever sent twice, and that attempts count from one without gaps."""
    sent: dict[tuple[str, str], list[int]] = {}
    for each in world.tasks:
        sent.setdefault((each.task.step, each.task.type), []).append(each.task.attempt)
    for (_, kind), attempts in sent.items():
        assert len(attempts) == len(set(attempts))
        if kind != "hub.CompletionRequested":
            assert attempts == list(range(1, len(attempts) + 1))
    ids = [each.task.id for each in world.tasks]
    assert len(ids) == len(set(ids))


def generations_are_whole(world: Rehearsal, *, of: CaseId = b.CASE) -> None:
    """Assert that a step starts again only after it was made pending again: a join fires once per generation."""
    last: dict[str, str] = {}
    for entry in (each for each in world.journal if each.case == of):
        if entry.revision == 1:  # the id's first life, or the next after one that was deleted
            last = {}
        for change in entry.decision.changes:
            if change.step and change.after == "active":
                assert change.before == "pending"
                assert last.get(change.step, "pending") == "pending"
            if change.step and change.before in STATUSES:
                last[change.step] = change.after


STATUSES = frozenset({"pending", "active", "returned", "done", "skipped", "rejected", "cancelled"})


def _journal_counts(world: Rehearsal, of: CaseId) -> None:
    entries = [entry for entry in world.journal if entry.case == of]
    revisions = [entry.revision for entry in entries]
    deleted = [i for i, entry in enumerate(entries) if entry.decision.delete]
    start = deleted[-1] + 1 if deleted else 0
    assert revisions[start:] == list(range(1, len(revisions) - start + 1))


def _facts_are_usable(case: Case, procedure: ProcedurePlan) -> None:
    usable = procedure.needed(unfinished_steps(procedure, case))
    for source, facts in case.facts.items():
        assert facts.keys() <= usable[source]


def _time_is_somebodys(case: Case, now: int) -> None:
    until = now if case.closed_at is None else case.closed_at
    running = 0 if case.closed_at is not None else now - case.at
    assert sum(case.held.values()) + running == until - case.opened_at
    assert all(span > 0 for span in case.held.values())


def _tasks_are_named(case: Case) -> None:
    for state in case.steps.values():
        assert bool(state.task) == (state.status in {"active", "returned"})
