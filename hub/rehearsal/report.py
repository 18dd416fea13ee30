"""A replayed log told to a clerk, as lines, and to a machine, as JSON data.

Both say the same: how the cases ended, where and why the others wait, and each event that was not simply taken.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple, get_args
from zoneinfo import ZoneInfo

from hub.names import ProcedureRef, StepName
from hub.network.load import DeclaredNetwork
from hub.rehearsal.replay import CaseEnd, Fate, Replay
from hub.router.case import CaseStatus, End

#: What each fate means to a person, in the order in which they are told.
_FATES: Final[dict[Fate, str]] = {
    "taken": "moved a case",
    "early": "came early",
    "late": "came late and changed nothing",
    "duplicate": "came twice and changed nothing",
    "waiting": "wait behind an incident",
    "unmatched": "belong to no step or case",
    "refused": "were refused",
}
_OPEN: Final[tuple[CaseStatus, ...]] = ("open", "closing")
_ENDED: Final[tuple[CaseStatus, ...]] = get_args(End)
_INDENT: Final = "  "


class _Place(NamedTuple):
    """Where and why open cases wait."""

    procedure: ProcedureRef
    steps: tuple[StepName, ...]
    incident: str
    kept: int


def as_json(replay: Replay, *, seconds: float) -> dict[str, Any]:
    """Give the whole report as JSON data; ``seconds`` is how long the caller saw it take."""
    counts = {f"events_{fate}": replay.fates.get(fate, 0) for fate in _FATES}
    return {
        "events": replay.events,
        "seconds": round(seconds, 3),
        "cases_opened": len(replay.cases),
        **{f"cases_{status}": replay.count(status) for status in _ENDED},
        "cases_open": replay.count(*_OPEN),
        **counts,
        "tasks": replay.tasks,
        "incidents": sum(case.incident is not None for case in replay.cases),
        "waiting": [
            {
                **place._asdict(),
                "incident": place.incident or None,
                "cases": len(cases),
                "example": cases[0].key,
            }
            for place, cases in _places(replay)
        ],
        "deadlines_missed": [
            {"procedure": ref, "step": step, "cases": cases} for (ref, step), cases in _missed(replay).most_common()
        ],
        "remarks": [
            {
                "fate": each.fate,
                "activity": each.activity,
                "why": each.why,
                "events": each.events,
                "example": each.example,
            }
            for each in replay.remarks
        ],
    }


def as_text(replay: Replay, network: DeclaredNetwork, *, log: str, seconds: float) -> str:
    """Write the report that a clerk reads; ``log`` names the file."""
    parts = [
        _heading(replay, network, log=log, seconds=seconds),
        _cases(replay),
        _open_cases(replay, network),
        _deadlines(replay, network),
        _events(replay),
    ]
    return "\n\n".join("\n".join(part) for each in parts if (part := [*each])) + "\n"


def _heading(replay: Replay, network: DeclaredNetwork, *, log: str, seconds: float) -> Iterator[str]:
    yield f"Rehearsal of {log} through the network {network.network.network}"
    if replay.since is not None and replay.until is not None:
        zone = ZoneInfo(network.network.time_zone)
        days = " to ".join(f"{datetime.fromtimestamp(at / 1000, zone):%d %b %Y}" for at in (replay.since, replay.until))
        yield f"{_number(replay.events)} events of {_number(len(replay.cases))} cases, {days}; took {seconds:.1f} s"
    else:
        yield f"{_number(replay.events)} events; took {seconds:.1f} s"


def _cases(replay: Replay) -> Iterator[str]:
    yield "How the cases stand at the log's end"
    counts = Counter(case.status for case in replay.cases)
    yield from _listed((count, str(status)) for status, count in counts.most_common())


def _open_cases(replay: Replay, network: DeclaredNetwork) -> Iterator[str]:
    places = _places(replay)
    if not places:
        return
    yield "Where the open cases wait, and for whom"
    yield from _listed((len(cases), _where(network, place, cases)) for place, cases in places)


def _where(network: DeclaredNetwork, place: _Place, cases: list[CaseEnd]) -> str:
    told = " and ".join(_step(network, place.procedure, step) for step in place.steps) or "no step"
    notes = [f"such as {cases[0].key}"]
    if place.incident:
        notes.insert(0, f"stopped by an incident: {place.incident}")
    if place.kept:
        notes.insert(0, f"{place.kept} later {'answer is' if place.kept == 1 else 'answers are'} here already")
    return f"{told} ({'; '.join(notes)})"


def _deadlines(replay: Replay, network: DeclaredNetwork) -> Iterator[str]:
    missed = _missed(replay)
    if not missed:
        return
    yield "Deadlines that passed, by the log's own times: cases"
    yield from _listed((count, _step(network, ref, step)) for (ref, step), count in missed.most_common())


def _events(replay: Replay) -> Iterator[str]:
    yield "What became of the events"
    width = _width(replay.fates.values())
    for fate, meaning in _FATES.items():
        count = replay.fates.get(fate, 0)
        if not count:
            continue
        yield f"{_INDENT}{_number(count):>{width}} {meaning}"
        remarks = [each for each in replay.remarks if each.fate == fate]
        told = ((each.events, f"{each.activity}: {each.why} (first in {each.example})") for each in remarks)
        yield from (_INDENT * 2 + " " * width + line.removeprefix(_INDENT) for line in _listed(told))


def _places(replay: Replay) -> list[tuple[_Place, list[CaseEnd]]]:
    """Group the open cases by the steps they wait for; the most first."""
    found: dict[_Place, list[CaseEnd]] = {}
    for case in replay.cases:
        if case.status in _OPEN:
            place = _Place(case.procedure, case.owed, case.incident or "", case.kept)
            found.setdefault(place, []).append(case)
    return sorted(found.items(), key=lambda each: -len(each[1]))


def _missed(replay: Replay) -> Counter[tuple[ProcedureRef, StepName]]:
    return Counter((case.procedure, step) for case in replay.cases for step in case.missed)


def _step(network: DeclaredNetwork, ref: ProcedureRef, step: StepName) -> str:
    declared = network.procedures[ref].steps[step]
    return f"{declared.title.en}, by {network.agencies[declared.agency].title.en}"


def _listed(rows: Iterable[tuple[int, str]]) -> Iterator[str]:
    kept = [*rows]
    width = _width(count for count, _ in kept)
    return (f"{_INDENT}{_number(count):>{width}} {text}" for count, text in kept)


def _width(counts: Iterable[int]) -> int:
    return max((len(_number(count)) for count in counts), default=1)


def _number(count: int) -> str:
    return f"{count:,}"
