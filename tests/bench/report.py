"""The figures as a page for a terminal, with what they must reach."""

from collections.abc import Iterator
from typing import Any

_NAMES = {"hub": "hub, one router worker", "bare": "bare loop, no routing", "faust": "plain faust agent, at least once"}


def as_text(figures: dict[str, Any]) -> str:
    """Write all figures that there are."""
    lines = ["Machine and versions"]
    lines += [f"  {name:<28} {text}" for name, text in figures["machine"].items()]
    for part, write in _PARTS.items():
        if part in figures:
            lines += ["", *write(figures[part])]
    return "\n".join([*lines, "", "What must be reached", *_targets(figures)])


def _throughput(rows: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{'Throughput, one process on one core':<36}{'events/s':>10}{'from-to':>16}{'CPU s/100k':>12}"
        f"{'broker':>9}{'records/event':>15}{'runs':>6}"
    )
    for name, row in rows.items():
        span = f"{row['min']:,.0f}-{row['max']:,.0f}"
        records = f"{row['records_per_event']:.2f}" if "records_per_event" in row else ""
        yield (
            f"  {_NAMES[name]:<34}{row['events_s']:>10,.0f}{span:>16}{row['cpu_s_per_100k']:>12.1f}"
            f"{row['broker_cpu_s_per_100k']:>9.1f}{records:>15}{row['runs']:>6}"
        )


def _latency(rows: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{'Scheduled publish to task read, ms':<36}{'p50':>10}{'p99':>10}{'p999':>10}{'CPU %':>8}{'broker':>8}"
        f"{'waited %':>10}{'broker':>8}{'seen':>14}"
    )
    for label, row in rows.items():
        name, _, rate = label.partition("@")
        seen = f"{row['seen']}/{row['of']}"
        yield (
            f"  {_NAMES[name] + ', ' + rate + '/s':<34}{row['p50']:>10.1f}{row['p99']:>10.1f}{row['p999']:>10.1f}"
            f"{row['cpu_percent']:>8.0f}{row['broker_cpu_percent']:>8.0f}{row['waited_percent']:>10.0f}"
            f"{row['broker_waited_percent']:>8.0f}{seen:>14}"
        )

    yield "  waited: threads were ready and had no core; the more, the less these rows say"


def _kill(row: dict[str, Any]) -> Iterator[str]:
    yield f"kill -9 to first new task: median {row['median']:.2f} s, longest {row['max']:.2f} s of {row['kills']}"
    yield f"  restoring {row['states']:,} records and more"


def _footprint(row: dict[str, Any]) -> Iterator[str]:
    yield f"memory per open case: {row['bytes_per_open_case']:,} bytes, over {row['open_cases']:,} cases"
    idle, broker = row["idle_cpu_percent"], row["idle_broker_cpu_percent"]
    yield f"CPU without work: router {idle:.1f} % of a core, broker {broker:.1f} %"


def _restore(row: dict[str, Any]) -> Iterator[str]:
    yield (
        f"restore of {row['records']:,} records: hub {row['hub']:,.0f}/s, plain consumer into a dict "
        f"{row['plain']:,.0f}/s, median of {row['runs']}"
    )


def _migration(row: dict[str, Any]) -> Iterator[str]:
    yield (
        f"migration of {row['cases']:,} live cases: {row['migrate_s']:.1f} s, {row['done'] / row['migrate_s']:,.0f}/s; "
        f"read in {row['read_s']:.1f} s, foreseen in {row['foresee_s']:.1f} s"
    )
    yield f"  done {row['done']:,}, still on the old version {row['left']:,}"


def _limits(row: dict[str, Any]) -> Iterator[str]:
    yield f"one event of a case of {row['bytes']:,} bytes: {row['large_ms']:.2f} ms, of a new one {row['small_ms']:.2f}"
    yield f"  {row['parked']:,} events parked beside a case are released in {row['release_ms']:.0f} ms"


def _scale(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['cases']:,} open cases in one worker: {row['bytes_per_case']:,} bytes each, all {_gib(row['bytes'])}"
    yield (
        f"  restored in {row['restore_s']:.1f} s (ready after {row['ready_s']:.1f} s); "
        f"at rest {row['idle_percent']:.0f} % of a core"
    )
    yield from (_line(f"500 events/s {how} them", row[how]) for how in ("without", "with"))


def _timers(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['pending']:,} timers pending, {row['due']:,} of them due at {row['due_per_s']:,} a second"
    yield (
        f"  fired {row['fired']:,} in {row['span_s']:.1f} s: {row['mean_per_s']:,} a second, at best {row['per_s']:,}; "
        f"late: half {row['late_p50_s']:.2f} s, latest {row['late_max_s']:.2f} s; {_gib(row['bytes'])}"
    )
    yield from (_line(f"500 events/s, {how}", row[how]) for how in ("before", "firing"))


def _line(words: str, ms: dict[str, float]) -> str:
    seen = f"{ms['seen']}/{ms['of']}"
    return f"  {words:<34}p50 {ms['p50']:.0f} ms, p99 {ms['p99']:.0f} ms, longest {ms['max']:.0f} ms of {seen}"


def _gib(size: float) -> str:
    return f"{size / 2**30:.2f} GiB"


def _against(row: dict[str, Any]) -> Iterator[str]:
    each = ", ".join(f"{ratio:.2f}" for ratio in row["ratios"])
    yield (
        f"beside {row['base']}: {row['now_events_s']:,.0f} events/s to {row['base_events_s']:,.0f}, by rounds {each}"
    )


def _desk(row: dict[str, Any]) -> Iterator[str]:
    yield f"check of {row['agencies']} agencies: {row['check_s']:.2f} s; hub check: {row['check_command_s']:.2f} s"
    yield (
        f"rehearsal of the real log: {row['rehearsal_events_s']:,.0f} events/s; hub rehearse with "
        f"{row['log_events']:,} events: {row['rehearsal_command_s']:.2f} s"
    )


def _stages(row: dict[str, Any]) -> Iterator[str]:
    yield f"{'One event without Kafka, microseconds':<36}{sum(row['us'].values()):>10.1f}"
    for name, each in row["us"].items():
        yield f"  {name:<34}{each:>10.1f}"


def _calendar(row: dict[str, Any]) -> Iterator[str]:
    yield f"{'Office time, microseconds per answer':<36}{row['answers']:>10,} moments"
    for name, each in row["us"].items():
        yield f"  {name:<34}{each:>10.2f}"
    yield f"  a year's table, made at the first question: {row['year_ms']:.1f} ms"


def _week(row: dict[str, Any]) -> Iterator[str]:
    yield (
        f"a week of {row['agencies']} agencies and {row['cases']:,} cases: {row['week_s']:.1f} s "
        f"({row['events_s']:,.0f} events/s); hub rehearse --week: {row['week_command_s']:.1f} s"
    )
    yield f"  {row['events']:,} events, {row['tasks']:,} tasks, {row['timers']:,} timers"


def _targets(figures: dict[str, Any]) -> Iterator[str]:
    if rows := figures.get("throughput"):
        yield _target("events/s to the bare loop's", rows["hub"]["to_bare"], 0.35, at_least=True)
        yield _target("events/s to the plain faust agent's", rows["hub"]["to_faust"], 5.0, at_least=True)
    if slow := figures.get("latency"):
        ratio = slow["hub@1000"]["p99"] / slow["bare@1000"]["p99"]
        yield _target("p99 at 1,000 events/s to the bare loop's", ratio, 2.0, at_least=False)
    if rates := figures.get("restore"):
        yield _target("restore to a plain consumer's", rates["hub"] / rates["plain"], 0.6, at_least=True)
    if row := figures.get("timers"):
        yield _target("longest event while timers fire, ms", row["firing"]["max"], 200.0, at_least=False)
        yield _target("timers fired a second", row["mean_per_s"], row["due_per_s"], at_least=True)
    if row := figures.get("against"):
        yield _target(f"events/s to those of {row['base']}", row["ratio"], 0.85, at_least=True)
    if row := figures.get("desk"):
        yield _target("real log rehearsed, s", row["rehearsal_command_s"], 2.0, at_least=False)
        yield _target(f"hub check of {row['agencies']} agencies, s", row["check_command_s"], 2.0, at_least=False)
    if row := figures.get("migration"):
        yield _target("s for 100,000 cases, looked at first", row["whole_s"] * 1e5 / row["cases"], 180, at_least=False)
    if row := figures.get("week"):
        yield _target(f"week of {row['cases']:,} cases rehearsed, s", row["week_command_s"], 60.0, at_least=False)
    if row := figures.get("kill"):
        yield _target("killed worker back, longest, s", row["max"], 4.0, at_least=False)


def _target(words: str, found: float, goal: float, *, at_least: bool) -> str:
    is_reached = found >= goal if at_least else found <= goal
    sign = "at least" if at_least else "at most"
    return f"  {words:<44}{found:>8.2f}   {sign:<8} {goal:<5} {'reached' if is_reached else 'NOT REACHED'}"


_PARTS = {
    "throughput": _throughput, "latency": _latency, "kill": _kill, "footprint": _footprint, "restore": _restore,
    "migration": _migration, "calendar": _calendar, "desk": _desk, "stages": _stages, "scale": _scale,
    "timers": _timers, "limits": _limits, "against": _against, "week": _week,
}  # fmt: skip
