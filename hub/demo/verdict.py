"""One case judged from the agencies' books alone: what it must have caused, held against what came.

Events of different agencies pass each other on their way, so the order in which the hub met them is not known: the
books are right when some order, in which each agency's own order is kept, explains exactly the tasks that came.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.demo.rule import Rule
from hub.demo.story import Ask, Said, Story
from hub.names import AgencyCode

#: Orders that are tried at the most; the first one nearly always is right.
_MOST_TRIES: Final = 5_000


@dataclass
class CaseBooks:
    """Hold what all agencies' books say of one case; ``came`` and ``closed`` count, ``first_at`` is in ms."""

    said: list[Said] = field(default_factory=list)
    asks: dict[str, Ask] = field(default_factory=dict)
    came: Counter[str] = field(default_factory=Counter)
    first_at: dict[str, int] = field(default_factory=dict)
    closed: Counter[tuple[AgencyCode, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Verdict:
    """Tell of one case what was lost and doubled, the steps it waits at, and the ms from cause to task.

    ``lost`` and ``doubled`` name tasks and tellings of the case's end; while events are on their way, what is not
    there yet stands among the lost.
    """

    status: str
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    delays: tuple[int, ...] = ()


def judge(
    rule: Rule, books: CaseBooks, *, front_office: AgencyCode, opener: AgencyCode, thorough: bool = True
) -> Verdict:
    """Judge a case; without `thorough` only by the order in which its events were appended."""
    told_to = frozenset({front_office, opener})
    story, causes = _in_append_order(Story(rule, front_office), books.said)
    if thorough and not _explains(story, books, told_to):
        story, causes = _searched(Story(rule, front_office), books, told_to) or (story, causes)
    lost, doubled = [*_missing(story, books)], [*_too_many(story, books)]
    told, heard = _tellings(story, told_to), books.closed
    lost += [f"{agency} was not told that the case is {end}" for agency, end in told - heard.keys()]
    doubled += [f"{agency} was told {end} though the case is {story.status}" for agency, end in heard.keys() - told]
    doubled += [f"{who} was told {end} again" for (who, end), count in heard.items() for _ in range(count - 1)]
    return Verdict(story.status, tuple(lost), tuple(doubled), tuple(story.waits()), tuple(_delays(books, causes)))


def _explains(story: Story, books: CaseBooks, told_to: frozenset[AgencyCode]) -> bool:
    """Tell whether a story causes exactly what came."""
    return set(story.asked) == set(books.asks.values()) and _tellings(story, told_to) == books.closed.keys()


def _tellings(story: Story, told_to: frozenset[AgencyCode]) -> set[tuple[AgencyCode, str]]:
    """Name who must be told how the case has ended; nobody while it has not."""
    return {(agency, story.status) for agency in told_to} if story.status in {"completed", "rejected"} else set()


def _queues(said: Sequence[Said]) -> dict[AgencyCode, list[Said]]:
    queues: dict[AgencyCode, list[Said]] = {}
    for each in said:
        queues.setdefault(each.agency, []).append(each)
    return queues


def _in_append_order(story: Story, said: Sequence[Said]) -> tuple[Story, dict[Ask, int]]:
    causes: dict[Ask, int] = {}
    for each in sorted(said, key=lambda one: one.at):
        _hear(story, each, causes)
    return story, causes


def _hear(story: Story, said: Said, causes: dict[Ask, int]) -> None:
    before = len(story.asked)
    story.hear(said)
    causes.update((ask, said.at) for ask in story.asked[before:])


def _searched(story: Story, books: CaseBooks, told_to: frozenset[AgencyCode]) -> tuple[Story, dict[Ask, int]] | None:
    """Search an order of the events that explains what came; depth first, the earliest appended first."""
    seen: set[object] = set()
    came, queues = set(books.asks.values()), _queues(books.said)
    path: list[tuple[Story, dict[Ask, int], dict[AgencyCode, int]]] = [(story, {}, dict.fromkeys(queues, 0))]
    while path and len(seen) < _MOST_TRIES:
        story, causes, places = path.pop()
        if all(places[agency] == len(queue) for agency, queue in queues.items()):
            if _explains(story, books, told_to):
                return story, causes
            continue
        for said in sorted(_next(story, queues, places), key=lambda each: each.at, reverse=True):
            further, why, moved = story.fork(), dict(causes), {**places, said.agency: places[said.agency] + 1}
            _hear(further, said, why)
            known = (tuple(moved.values()), further.state())
            if came.issuperset(further.asked) and known not in seen:
                seen.add(known)
                path.append((further, why, moved))
    return None


def _next(story: Story, queues: dict[AgencyCode, list[Said]], places: dict[AgencyCode, int]) -> Iterator[Said]:
    """Name the events that may come next: the first of each agency whose task, if it names one, was sent."""
    for agency, queue in queues.items():
        if places[agency] < len(queue):
            said = queue[places[agency]]
            if said.answers is None or said.answers in story.asked:
                yield said


def _missing(story: Story, books: CaseBooks) -> Iterator[str]:
    came = set(books.asks.values())
    for ask in story.asked:
        if ask not in came:
            yield f"{ask.agency} was never asked for {_named(ask)}"


def _too_many(story: Story, books: CaseBooks) -> Iterator[str]:
    """Name each superfluous task; one that came three times is superfluous twice."""
    expected = set(story.asked)
    heard: set[Ask] = set()
    for task, ask in books.asks.items():
        yield from (f"{ask.agency} was asked again for {_named(ask)}" for _ in range(books.came[task] - 1))
        if ask not in expected:
            yield f"{ask.agency} was asked for {_named(ask)}, which nothing caused"
        elif ask in heard:
            yield f"{ask.agency} was asked for {_named(ask)} under two ids"
        heard.add(ask)


def _delays(books: CaseBooks, causes: dict[Ask, int]) -> Iterator[int]:
    for task, ask in books.asks.items():
        if ask in causes:
            yield max(0, books.first_at[task] - causes[ask])


def _named(ask: Ask) -> str:
    return f"{ask.step}, attempt {ask.attempt}" + (", completion" if ask.is_completion else "")
