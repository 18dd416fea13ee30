"""The figures as a page for a terminal, with what they must reach."""

from collections.abc import Iterator
from typing import Any


def as_text(figures: dict[str, Any]) -> str:
    """Write all figures that there are."""
    return "\n".join(_lines(figures))


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    yield "Machine and versions"
    yield from (f"  {name:<28} {text}" for name, text in figures["machine"].items())
    if rows := figures.get("throughput"):
        yield "\nExactly-once throughput, one process        events/s   CPU s/100k   broker CPU s/100k   runs"
        for name, row in rows.items():
            yield (
                f"  {_NAMES[name]:<36} {row['events_s']:>12,.0f} {row['cpu_s_per_100k']:>12.1f} "
                f"{row['broker_cpu_s_per_100k']:>19.1f} {row['runs']:>6}"
            )
    if rows := figures.get("latency_ms"):
        yield "\nScheduled publish to task read, ms             p50       p99      p999    seen"
        for name, row in rows.items():
            seen = f"{row['seen']}/{row['of']}"
            yield f"  {name:<36} {row['p50']:>10.1f}{row['p99']:>10.1f}{row['p999']:>10.1f} {seen:>13}"
    yield "\nOthers"
    yield from _others(figures)
    yield "\nWhat must be reached"
    yield from _targets(figures)


def _others(figures: dict[str, Any]) -> Iterator[str]:
    if rates := figures.get("restore_records_s"):
        yield f"  restore, records/s: hub {rates['hub']:,.0f}, plain consumer into a dict {rates['plain']:,.0f}"
    if kill := figures.get("kill_to_output_s"):
        yield f"  kill -9 to first new task, s: median {kill['median']:.2f}, max {kill['max']:.2f} of {kill['kills']}"
    named = {
        "ready_s": "worker ready, s", "bytes_per_open_case": "memory per open case, bytes",
        "idle_cpu_percent": "CPU of an idle worker, % of a core", "check_34_agencies_s": "hub check of 34 agencies, s",
    }  # fmt: skip
    for key, words in named.items():
        if key in figures:
            yield f"  {words}: {figures[key]:,.2f}"
    if rehearsal := figures.get("rehearsal"):
        yield (
            f"  rehearsal of the real log: {rehearsal['events_s']:,.0f} events/s; "
            f"the whole command {rehearsal['whole_command_s']:.2f} s"
        )


def _targets(figures: dict[str, Any]) -> Iterator[str]:
    rows, slow, rates = figures.get("throughput"), figures.get("latency_ms"), figures.get("restore_records_s")
    if rows:
        to_bare = rows["hub"]["events_s"] / rows["bare"]["events_s"]
        to_faust = rows["hub"]["events_s"] / rows["faust"]["events_s"]
        yield _target("events/s to the bare loop's", to_bare, 0.35, at_least=True)
        yield _target("events/s to the plain faust agent's", to_faust, 5.0, at_least=True)
    if slow:
        ratio = slow["hub@1000"]["p99"] / slow["bare@1000"]["p99"]
        yield _target("p99 at 1,000 events/s to the bare loop's", ratio, 2.0, at_least=False)
    if rates:
        yield _target("restore to a plain consumer's", rates["hub"] / rates["plain"], 0.6, at_least=True)
    if rehearsal := figures.get("rehearsal"):
        yield _target("real log rehearsed, s", rehearsal["whole_command_s"], 2.0, at_least=False)
    if kill := figures.get("kill_to_output_s"):
        yield _target("killed worker back, s", kill["max"], 4.0, at_least=False)
    if "check_34_agencies_s" in figures:
        yield _target("hub check, s", figures["check_34_agencies_s"], 2.0, at_least=False)


def _target(words: str, found: float, goal: float, *, at_least: bool) -> str:
    is_reached = found >= goal if at_least else found <= goal
    sign = "≥" if at_least else "≤"
    return f"  {words:<44} {found:>7.2f}  {sign} {goal:<5} {'reached' if is_reached else 'NOT REACHED'}"


_NAMES = {"hub": "hub, one router worker", "bare": "bare loop, no routing", "faust": "plain faust agent, at least once"}
