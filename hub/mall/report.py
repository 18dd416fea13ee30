"""What a rehearsed week tells: one object for machines, tables for people; the same week, the same bytes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.mall.desk import Desk
from hub.mall.diary import HOLDERS, AgencyDiary, Diary, ServiceDiary
from hub.mall.week import Script, Week
from hub.network.load import DeclaredNetwork

_HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
#: Rows of a table that is no list of all.
_MOST: Final = 12
_GAP: Final = "  "


def as_json(week: Week, diary: Diary) -> dict[str, Any]:
    """Give everything that was counted; times are ms, shares percent."""
    network = week.network
    return {
        "network": network.network.network,
        "figures": "mall.yaml" if network.mall is not None else "usual",
        **_script(week.script),
        "opened": diary.opened,
        "ended": diary.closed,
        "events": diary.events,
        "tasks": diary.tasks,
        "decisions": diary.decisions,
        "timers_fired": diary.fired,
        "dead_letters": diary.refused,
        "never_came": diary.away,
        "incidents": dict(sorted(diary.incidents.items())),
        "services": [{"service": name, **_service(each)} for name, each in diary.services.items()],
        "agencies": [
            {"agency": code, "kind": network.agencies[code].kind, "level": network.agencies[code].level}
            | _agency(each, diary.desks[code], diary)
            for code, each in diary.agencies.items()
        ],
        "returns": [
            {"service": one.service, "step": one.step, "agency": one.agency, "outcome": one.outcome,
             "reason": one.reason, "files": files}
            for one, files in _most(diary.returns)
        ],
        "waiting_longest": [
            {"case": one.number, "service": one.service, "step": one.step, "for": one.whom,
             "waited": diary.until - one.since, "late": one.is_late}
            for one in diary.waiting
        ],
        "hours": [
            {"at": _moment(diary.since + hour * _HOUR_MS, network),
             "come": diary.come[hour], "ended": diary.ended[hour]}
            for hour in range((diary.until - diary.since) // _HOUR_MS)
        ],
    }  # fmt: skip


def as_lines(week: Week, diary: Diary) -> Iterator[str]:
    """Write the report that a mall's manager reads."""
    network, script = week.network, week.script
    yield f"{network.network.title.en}: {script.days} days from {script.begins:%A %d %B %Y}, seed {script.seed}"
    yield (
        f"{diary.opened:,} cases opened, {diary.closed:,} ended; {diary.events:,} events, {diary.tasks:,} tasks, "
        f"{diary.fired:,} timers, {diary.refused:,} dead letters, {diary.incidents.total():,} incidents"
    )
    if network.mall is None:
        yield "The network declares no mall.yaml: the figures are the usual ones, and illustrative."
    for title, names, rows in (
        ("Cases by service; late: an agency missed a deadline; days: working days of half of those that ended",
         ("service", "opened", "ended", "open", "in time", "days", *HOLDERS), _service_rows(diary)),
        ("How the cases ended, of those that were opened", ("service", "end", "cases", "share"), _end_rows(diary)),
        ("Tasks by agency; load: work of all open time; waited: with open doors, half of them and the longest",
         ("agency", "level", "tasks", "answered", "in time", "owed", "late", "load", "waited", "longest", "row"),
         _agency_rows(week, diary)),
        ("Why files came back", ("service", "step", "agency", "what", "reason", "files"), _return_rows(diary)),
        ("Waiting the longest", ("case", "service", "step", "for", "since", ""), _waiting_rows(diary, network)),
    ):  # fmt: skip
        yield ""
        yield title
        yield from _table(names, list(rows))


def _script(script: Script) -> dict[str, Any]:
    return {"begins": script.begins.isoformat(), "days": script.days, "seed": script.seed}


def _service(found: ServiceDiary) -> dict[str, Any]:
    ended = found.ends.total()
    return {
        "opened": found.opened,
        "ended": ended,
        "ends": dict(sorted(found.ends.items())),
        "open": found.opened - ended,
        "in_time": found.opened - len(found.late),
        "late": len(found.late),
        "in_time_percent": _percent(found.opened - len(found.late), found.opened),
        "age": found.age,
        "held": {name: found.held[name] for name in HOLDERS},
        "half_ended_within": int(median(found.ages)) if found.ages else None,
        "half_ended_within_working_days": round(median(found.office) / _DAY_MS, 2) if found.office else None,
        "waiting": dict(sorted(found.waits.items())),
    }


def _agency(found: AgencyDiary, desk: Desk, diary: Diary) -> dict[str, Any]:
    answered, load = found.answered.total(), desk.load_percent(diary.since, diary.until)
    return {
        "tasks": found.asked,
        "answered": answered,
        "answers": dict(sorted(found.answered.items())),
        "in_time": answered - found.late,
        "late": found.late,
        "in_time_percent": _percent(answered - found.late, answered),
        "owed": found.owed,
        "owed_late": found.owed_late,
        "wrong_events": found.wrong,
        "held": found.held,
        "desks": desk.desks,
        "load_percent": None if load is None else round(load, 1),
        "half_waited": int(median(desk.waits)) if desk.waits else None,
        "longest_waited": max(desk.waits, default=None),
        "longest_row": desk.longest_row,
    }


def _service_rows(diary: Diary) -> Iterator[list[str]]:
    for name, each in diary.services.items():
        told = _service(each)
        days = told["half_ended_within_working_days"]
        held = [_share(each.held[holder], each.age) for holder in HOLDERS]
        yield [
            name, f"{told['opened']:,}", f"{told['ended']:,}", f"{told['open']:,}",
            _shown(told["in_time_percent"], "%"), _shown(days, ""), *held,
        ]  # fmt: skip


def _end_rows(diary: Diary) -> Iterator[list[str]]:
    for name, each in diary.services.items():
        ends = {**dict(sorted(each.ends.items())), "open": each.opened - each.ends.total()}
        yield from ([name, end, f"{cases:,}", _share(cases, each.opened)] for end, cases in ends.items() if cases)


def _agency_rows(week: Week, diary: Diary) -> Iterator[list[str]]:
    """Give the agencies that had something to do, those with the fullest desks first."""
    busy = [(code, each, diary.desks[code]) for code, each in diary.agencies.items() if each.asked]
    loads = {code: desk.load_percent(diary.since, diary.until) for code, _, desk in busy}
    for code, each, desk in sorted(busy, key=lambda one: (-(loads[one[0]] or 0.0), one[0])):
        told, load = _agency(each, desk, diary), loads[code]
        yield [
            code, week.network.agencies[code].level, f"{each.asked:,}", f"{told['answered']:,}",
            _shown(told["in_time_percent"], "%"), f"{each.owed:,}", f"{each.owed_late:,}",
            "-" if load is None else f"{load:.0f}%", _span(told["half_waited"]), _span(told["longest_waited"]),
            f"{desk.longest_row:,}",
        ]  # fmt: skip
    idle = len(diary.agencies) - len(busy)
    if idle:
        yield [f"and {idle} more", "", "0"]


def _return_rows(diary: Diary) -> Iterator[list[str]]:
    for one, files in list(_most(diary.returns))[:_MOST]:
        yield [one.service, one.step, one.agency, one.outcome, one.reason or "-", f"{files:,}"]


def _waiting_rows(diary: Diary, network: DeclaredNetwork) -> Iterator[list[str]]:
    for one in diary.waiting:
        since = _moment(one.since, network)[:16].replace("T", " ")
        yield [one.number, one.service, one.step, one.whom, since, "late" if one.is_late else ""]


def _most(counts: Counter[Any]) -> Iterator[tuple[Any, int]]:
    return iter(sorted(counts.items(), key=lambda each: (-each[1], repr(each[0]))))


def _moment(at: int, network: DeclaredNetwork) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(network.network.time_zone)).isoformat()


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole and part else "-"


def _shown(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f}{unit}"


def _span(passed: int | None) -> str:
    if passed is None:
        return "-"
    return f"{passed / _HOUR_MS:.1f} h" if passed >= _HOUR_MS else f"{passed // _MINUTE_MS} min"


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = [[name.upper() for name in names], *([*row, *[""] * (len(names) - len(row))] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    for row in cells:
        yield (_GAP + _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True))).rstrip()
