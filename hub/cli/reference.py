"""The generated pages of docs: of the command line, made from the commands, and of the metrics, made from their help.

``python -m hub.cli.reference`` prints the first, ``python -m hub.cli.reference metrics`` the second.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from hub.cli.app import build
from hub.cli.command import EXAMPLE
from hub.cli.exit import MEANING

_HEAD = """# The command line

`hub <noun> <verb>`: what it prints on stdout is data, what it says on stderr is talk. `--json` is for machines.
An error is one line that says what was met, what was expected and what to do; `HUB_DEBUG=1` adds where.
Verbs that destroy ask first, unless `--yes` is given. Settings are environment variables (`hub/settings.py`).
This page is generated: `python -m hub.cli.reference > docs/cli.md`.
"""


def leaves(command: Any, path: tuple[str, ...] = ("hub",)) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Go over all commands that do something, with their words, by name."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name in sorted(children):
        yield from leaves(children[name], (*path, name))


def page() -> str:
    """Write the whole page."""
    parts = [_HEAD, "## Exit codes\n", *(f"- `{code.value}` {code.name}: {what}" for code, what in MEANING.items())]
    for path, command in leaves(get_command(build())):
        parts.append(f"\n## {' '.join(path)}\n")
        parts.append(_paragraphs(command.help or ""))
        parts.append(f"\n```\n{(command.epilog or '').removeprefix(EXAMPLE)}\n```\n")
        parts.extend(_parameter(each) for each in command.params if each.name != "help")
    return "\n".join(parts).rstrip() + "\n"


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _parameter(parameter: Any) -> str:
    names = ", ".join(parameter.opts) if parameter.param_type_name == "option" else f"<{parameter.name}>"
    needed = " (required)" if parameter.required else ""
    return f"- `{names}`{needed}: {parameter.help or ''}"


_METRICS_HEAD = """# Metrics

What `/metrics` of each process shows, in Prometheus' text form; all are declared in `hub/metrics.py`.
Labels come from closed sets: never a case id, never a person.
This page is generated: `python -m hub.cli.reference metrics > docs/metrics.md`.
"""
_SECTION = re.compile(r"# --- (?P<title>[a-z]+) \((?P<room>[a-z.]+)\) -+")
_NAME = re.compile(r"[A-Z_]+(?=: Final = (Counter|Gauge|Histogram)\()")


def metrics_page() -> str:
    """Write the page of metrics, in the order and under the headings of the file that declares them."""
    from hub import metrics

    parts = [_METRICS_HEAD]
    for line in Path(metrics.__file__).read_text(encoding="utf-8").splitlines():
        if section := _SECTION.match(line):
            parts += [f"## {section['title'].capitalize()} (`{section['room']}`)", ""]
            parts += ["| metric | kind | labels | what it tells |", "|---|---|---|---|"]
        elif declared := _NAME.match(line):
            parts.append(_metric(getattr(metrics, declared[0]), kind=declared[1].lower()))
    return "\n".join(parts).replace("\n## ", "\n\n## ") + "\n"


def _metric(metric: Any, *, kind: str) -> str:
    told = next(iter(metric.describe()))
    name = f"{told.name}_total" if kind == "counter" else told.name
    labels = ", ".join(f"`{each}`" for each in metric._labelnames) or "-"  # noqa: SLF001 - the library has no other way
    return f"| `{name}` | {kind} | {labels} | {told.documentation} |"


if __name__ == "__main__":
    from hub.cli.output import write

    write((metrics_page() if "metrics" in sys.argv[1:] else page()).rstrip())
