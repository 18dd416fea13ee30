"""What a network says anew against the bundle in force, in a person's words, and what it may not say anew."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hub.calendar import Hours
from hub.events.catalog import EventSchema
from hub.network.bundle import Bundle, as_now, declared_content
from hub.network.calendars import office_of
from hub.network.hours import hours_text
from hub.network.load import DeclaredNetwork
from hub.network.model import Calendar

#: Noun of each kind of file, and the keys that name one of it.
_KINDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "agencies": ("agency", ("agency",)),
    "services": ("service", ("service",)),
    "procedures": ("procedure", ("procedure", "version")),
    "agreements": ("agreement", ("agreement",)),
    "areas": ("list of areas", ("areas",)),
    "calendars": ("calendar", ("calendar",)),
    "statuses": ("list of statuses", ("statuses",)),
    "tariffs": ("tariff", ("tariff", "version")),
    "migrations": ("migration", ("migration", "from", "to")),
}
#: Days of one calendar's change that are told; a new edition of holidays may bring dozens.
_MOST_DAYS: Final = 12
#: Kinds that are never edited once they are in force, and where a change belongs instead.
_LASTING: Final[Mapping[str, str]] = {
    "procedures": "a file of the next version",
    "agreements": "an agreement of its own",
    "tariffs": "a file of the next version",
}


def differences(previous: Bundle | None, network: DeclaredNetwork, schemas: Iterable[EventSchema]) -> tuple[str, ...]:
    """List what is new, changed and gone; only counts for the first bundle."""
    after = declared_content(network)
    if previous is None:
        counts = ((len(after[kind]), noun, kind) for kind, (noun, _) in _KINDS.items())
        return tuple(f"{count} {noun if count == 1 else kind}" for count, noun, kind in counts if count)
    return (*_of_network(as_now(previous.network), after), *_of_schemas(previous, schemas))


def why_not_edit(previous: Bundle, network: DeclaredNetwork) -> Iterator[str]:
    """Say which procedures, agreements and tariffs in force were changed: cases run by them, parties signed them.

    Examples may change: they are a procedure's tests and not in a bundle.
    """
    before, after = as_now(previous.network), declared_content(network)
    for kind, instead in _LASTING.items():
        noun, keys = _KINDS[kind]
        old, new = _named(before.get(kind, ()), keys), _named(after[kind], keys)
        for name in sorted(name for name in old.keys() & new.keys() if old[name] != new[name]):
            yield f"{noun} {name} is in force and was changed; put it back, and say it anew in {instead}"
    yield from _promised(before, after)


def _promised(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Say which services promise something else under the same version: a case keeps the one it was opened under."""
    keys = _KINDS["services"][1]
    old, new = _named(before.get("services", ()), keys), _named(after["services"], keys)
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name] and new[name]["version"] <= old[name]["version"]:
            yield f"service {name} is in force and was changed; put it back, or give it a higher version"


def _of_network(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before["network"], after["network"]
    changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if changed:
        yield f"network.yaml changes: {', '.join(changed)}"
    for kind, (noun, keys) in _KINDS.items():
        yield from _of_kind(noun, _named(before.get(kind, ()), keys), _named(after[kind], keys))


def _of_kind(noun: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"{noun} {name} joins"
        elif name not in after:
            yield f"{noun} {name} leaves"
        elif before[name] != after[name]:
            yield f"{noun} {name} changes{_of_days(before[name], after[name]) if noun == 'calendar' else ''}"


def _of_days(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say on which days a calendar closes or opens otherwise; what changes beside them by its key."""
    old, new = (office_of(Calendar.model_validate(each)).days for each in (before, after))
    told = [f"{day} {said}" for day in sorted(old.keys() | new.keys()) if (said := _day(old.get(day), new.get(day)))]
    beside = (key for key in sorted(before.keys() | after.keys()) if key not in {"closed", "open"})
    told += [key for key in beside if before.get(key) != after.get(key)]
    more = [f"{len(told) - _MOST_DAYS} more"] if len(told) > _MOST_DAYS else []
    return f": {', '.join(told[:_MOST_DAYS] + more)}" if told else ""


def _day(before: Hours | None, after: Hours | None) -> str:
    if before == after:
        return ""
    if after is None:
        return "is as its weekday again"
    return f"opens {hours_text(after)}" if after else "closes"


def _of_schemas(previous: Bundle, schemas: Iterable[EventSchema]) -> Iterator[str]:
    before = {f"{each.type} v{each.version}" for each in previous.schemas}
    after = {f"{each.type} v{each.version}" for each in schemas}
    yield from (f"schema {name} joins" for name in sorted(after - before))
    yield from (f"schema {name} leaves" for name in sorted(before - after))


def _named(declared: Iterable[Mapping[str, Any]], keys: tuple[str, ...]) -> dict[str, Any]:
    return {"@".join(str(each[key]) for key in keys): each for each in declared}
