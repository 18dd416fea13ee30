"""What a compiled procedure answers, and how much of that it keeps."""

from itertools import combinations

from hub.names import StepName
from hub.network.plan import MAX_REMEMBERED
from tests import builders as b


def test_a_procedure_of_many_parallel_steps_does_not_fill_the_memory() -> None:
    """What is remembered is bounded, and what is asked again is answered the same."""
    steps = [b.step(f"s{n}", fill={"f": b.path(f"application.f{n}")}) for n in range(14)]
    procedure = b.procedure(*steps)
    unfinished = [frozenset(map(StepName, some)) for n in (5, 6, 7) for some in combinations(procedure.steps, n)]
    assert len(unfinished) > 2 * MAX_REMEMBERED
    for some in unfinished:
        paths = frozenset((source, name) for source, names in procedure.needed(some).items() for name in names)
        assert procedure.named(paths) == tuple(sorted(f"application.f{name[1:]}" for name in some))
    assert len(procedure.needed_cache) <= MAX_REMEMBERED
    assert len(procedure.named_cache) <= MAX_REMEMBERED
