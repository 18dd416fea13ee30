"""Dead letters grouped by what is to be mended: a thousand of one cause are one line."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hub.deadletter.letter import Letter, LetterId
from hub.names import AgencyCode

_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Say what came back for one reason: ``reason`` as the newest letter tells it; letters are in order of time.

    ``waiting`` are those that nobody has put back, the oldest first.
    """

    agency: AgencyCode
    category: str
    event_type: str
    reason: str
    letters: tuple[Letter, ...]
    waiting: tuple[Letter, ...]

    @property
    def oldest(self) -> Letter | None:
        """Give the letter that waits longest; None when none waits."""
        return self.waiting[0] if self.waiting else None


def by_cause(letters: Iterable[Letter], redriven: Collection[LetterId]) -> list[Cause]:
    """Group letters by agency, category, type and reason; what waits most comes first.

    Reasons that differ in numbers only are one: a size, an offset or a schema's id is not what is to be mended.
    """
    groups: dict[tuple[str, ...], list[Letter]] = {}
    for letter in letters:
        reason = _NUMBER.sub("#", letter.reason)
        groups.setdefault((letter.agency, letter.category, letter.event_type, reason), []).append(letter)
    found = [_cause(sorted(each, key=_age), redriven) for each in groups.values()]
    return sorted(found, key=lambda each: (-len(each.waiting), each.agency, each.category, each.event_type))


def _cause(letters: list[Letter], redriven: Collection[LetterId]) -> Cause:
    newest = letters[-1]
    return Cause(
        agency=newest.agency,
        category=newest.category,
        event_type=newest.event_type,
        reason=newest.reason,
        letters=tuple(letters),
        waiting=tuple(_waiting(letters, redriven)),
    )


def _waiting(letters: Iterable[Letter], redriven: Collection[LetterId]) -> Iterator[Letter]:
    return (each for each in letters if each.id not in redriven)


def _age(letter: Letter) -> tuple[int, LetterId]:
    return letter.at, letter.id
