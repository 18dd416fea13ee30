"""One dead letter as its topic holds it: its id, what was sent, where it stood and why it came back.

Knows what the engine wrote after the headers as they were sent, and nothing of what becomes of the letter.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from hub.bus.origin import APPENDED_HEADER, ORIGIN_HEADER
from hub.bus.record import Place, Record
from hub.engine.letter import CATEGORY_HEADER, CONNECT_FACTS, CONNECT_PREFIX, HASH_HEADER
from hub.errors import ConfigurationError
from hub.names import INTAKE, AgencyCode, CaseId, agency_of, deadletters_topic, opener_of

#: On an event that was put back: who did it, why, how often it was, and which letter it came from.
BY_HEADER: Final = "hub_redriven_by"
WHY_HEADER: Final = "hub_redriven_why"
TIMES_HEADER: Final = "hub_redriven_times"
LETTER_HEADER: Final = "hub_redriven_letter"
REDRIVE_HEADERS: Final = frozenset({BY_HEADER, WHY_HEADER, TIMES_HEADER, LETTER_HEADER})

_CODE: Final = r"(?P<agency>[a-z][a-z0-9-]{1,30})"
_LONG: Final = re.compile(rf"agency\.{_CODE}\.deadletters-(?P<partition>[0-9]{{1,9}})@(?P<offset>[0-9]{{1,18}})")
_SHORT: Final = re.compile(rf"{_CODE}(?:/(?P<partition>[0-9]{{1,9}}))?@(?P<offset>[0-9]{{1,18}})")
#: A type as agencies name theirs. Whatever else a header says may be anything, a person's number too.
_TYPE: Final = re.compile(r"[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,8}", re.ASCII)
#: What may follow the opener's code in a case id that is shown: a UUID. A legacy source's own number may be a person's.
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Digits of a count of redrives that is believed.
_MAX_DIGITS: Final = 6


class LetterId(NamedTuple):
    """Name one dead letter by its place; its text is the long form."""

    agency: AgencyCode
    partition: int
    offset: int

    @property
    def place(self) -> Place:
        """Tell the partition that it stands on."""
        return Place(deadletters_topic(self.agency), self.partition)

    @property
    def short(self) -> str:
        """Write the form that people type: ``bank@12``."""
        return f"{self.agency}{f'/{self.partition}' if self.partition else ''}@{self.offset}"

    def __str__(self) -> str:
        return f"{deadletters_topic(self.agency)}-{self.partition}@{self.offset}"


def parse_letter_id(text: str) -> LetterId:
    """Read an id in either form; raise ConfigurationError for what is none."""
    found = _LONG.fullmatch(text) or _SHORT.fullmatch(text)
    if not found:
        raise ConfigurationError(
            f"{text[:80]!r} names no dead letter; name one as `hub deadletter list --each` does, such as bank@12"
        )
    return LetterId(AgencyCode(found["agency"]), int(found["partition"] or 0), int(found["offset"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Hold a dead letter: ``key``, ``headers`` and ``value`` as they were sent, and what the router said of them.

    ``at`` is when it became one (ms); ``stood`` where the record was read; ``event_type`` what its header names, empty
    where that is no type; ``times`` how often it was redriven before; ``is_hashed`` says that the value was not kept,
    and ``size`` how many bytes there are of what was.
    """

    id: LetterId
    at: int
    category: str
    error: str
    reason: str
    stood: str
    event_type: str
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    size: int
    is_hashed: bool
    times: int

    @property
    def agency(self) -> AgencyCode:
        """Tell whose it is."""
        return self.id.agency

    @property
    def case(self) -> CaseId | None:
        """Tell the case, if the key is a case id that may be shown to anybody."""
        text = (self.key or b"").decode(errors="replace")
        opener = opener_of(text)
        return CaseId(text) if opener and _UUID.fullmatch(text.removeprefix(f"{opener}.")) else None

    def header(self, name: str) -> str:
        """Read one header as text, as the hub does: the last of a name in any case; empty when it is not there."""
        return _last(self.headers, name)


def read_letter(record: Record, *, keep: bool = True) -> Letter | None:
    """Read a record of a letters' topic; None when it is no letter. With `keep` false value and headers are let go."""
    agency, told = agency_of(record.topic), _told(record.headers)
    if agency is None or told is None:
        return None
    sent = [(name, value or b"") for name, value in record.headers[: told.begin]]
    if told.facts["topic"] == INTAKE:
        sent = [each for each in sent if each[0] not in {ORIGIN_HEADER, APPENDED_HEADER}]
    return Letter(
        id=LetterId(agency, record.partition, record.offset),
        at=record.timestamp,
        category=told.category,
        error=told.facts["exception.class.name"],
        reason=sys.intern(told.facts["exception.message"]),  # a flood of letters has one
        stood="{topic}-{partition}@{offset}".format_map(told.facts),
        event_type=_type_of(sent),
        key=record.key,
        headers=tuple(sent) if keep else (),
        value=record.value if keep else None,
        size=len(record.value or b""),
        is_hashed=HASH_HEADER in told.after,
        times=_times(sent),
    )


def _last(headers: Sequence[tuple[str, bytes]], name: str) -> str:
    found = [value for each, value in headers if each.lower() == name]
    return found[-1].decode(errors="replace") if found else ""


class _Told(NamedTuple):
    """What the router wrote: where it begins among the headers, and what it says."""

    begin: int
    facts: dict[str, str]
    category: str
    after: frozenset[str]


def _told(headers: Sequence[tuple[str, bytes | None]]) -> _Told | None:
    """Find what the router wrote: it comes last, so what an agency sent under the same names is before it."""
    names = [name for name, _ in headers]
    if CATEGORY_HEADER not in names:
        return None
    end = len(names) - 1 - names[::-1].index(CATEGORY_HEADER)
    begin = end - len(CONNECT_FACTS)
    if begin < 0 or names[begin:end] != [f"{CONNECT_PREFIX}{fact}" for fact in CONNECT_FACTS]:
        return None
    texts = [(value or b"").decode(errors="replace") for _, value in headers[begin : end + 1]]
    return _Told(begin, dict(zip(CONNECT_FACTS, texts, strict=False)), texts[-1], frozenset(names[end + 1 :]))


def _type_of(headers: Sequence[tuple[str, bytes]]) -> str:
    said = _last(headers, "ce_type")
    return sys.intern(said) if _TYPE.fullmatch(said) else ""


def _times(headers: Sequence[tuple[str, bytes]]) -> int:
    """Count how often it was redriven; only the hub's own redrive writes the header on what it puts back."""
    said = dict(headers).get(TIMES_HEADER, b"")
    return int(said) if said.isdigit() and len(said) <= _MAX_DIGITS else 0
