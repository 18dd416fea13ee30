"""The generated pages of docs: the command line from the commands, the metrics from their help, Samarinda's procedures.

``python -m hub.cli.reference`` prints the first, ``… metrics`` the second, ``… procedures <folder>`` writes the third.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from typer.main import get_command

from hub.cli.app import build
from hub.cli.command import EXAMPLE
from hub.cli.exit import MEANING

_HEAD = """# The command line

`hub <noun> <verb>`: what it prints on stdout is data, what it says on stderr is talk. `--json` is for machines.
An error is one line that says what was met, what was expected and what to do; `HUB_DEBUG=1` adds where.
Times in tables are UTC. Verbs that destroy ask first, unless `--yes` is given.
Settings are environment variables (`hub/settings.py`).
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


#: The network whose procedures are in docs/procedures.
_NETWORK = "deploy/samarinda"
_PROCEDURES_HEAD = """# The procedures of Samarinda, in plain words

*SOP layanan di Mal Pelayanan Publik Samarinda, dalam bahasa yang mudah dibaca.* They are made from the files that the
hub runs by; nobody has signed them: [deploy/samarinda](../../deploy/samarinda/README.md) says what in them is real.
These pages are generated: `python -m hub.cli.reference procedures docs/procedures`, or `make docs`.

| procedure | Bahasa Indonesia | English |
|---|---|---|
"""
#: Each language, and how a page leads to the same page in the other.
_LANGUAGES: tuple[tuple[Literal["id", "en"], str], ...] = (
    ("id", "[English]({0}.en.md)"),
    ("en", "[Bahasa Indonesia]({0}.id.md)"),
)


def procedure_pages() -> dict[str, str]:
    """Write the newest version of each procedure of Samarinda, page and picture in both languages, by file name."""
    from hub.cli.network.declared import read_catalog, usable
    from hub.network.paper.explain import explain
    from hub.network.paper.picture import picture
    from hub.settings import shipped

    catalog = read_catalog(None)
    network = usable(shipped(_NETWORK), catalog, examples=False)
    oldest_first = sorted(network.procedures.values(), key=lambda each: each.version)
    pages, rows = {}, []
    for name, procedure in sorted({each.procedure: each for each in oldest_first}.items()):
        rows.append(f"| {name} | [{procedure.title.id}]({name}.id.md) | [{procedure.title.en}]({name}.en.md) |")
        for language, other in _LANGUAGES:
            title, _, rest = explain(network, procedure, catalog, language=language).partition("\n")
            shown = f"![{title.removeprefix('# ')}]({name}.{language}.svg)"
            pages[f"{name}.{language}.md"] = f"{title}\n\n{other.format(name)}\n\n{shown}\n{rest}"
            pages[f"{name}.{language}.svg"] = picture(network, procedure, language=language)
    pages["README.md"] = _PROCEDURES_HEAD + "\n".join(rows) + "\n"
    return pages


def _write_procedures(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in procedure_pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from hub.cli.output import write

    match sys.argv[1:]:
        case ["procedures", folder]:
            _write_procedures(Path(folder))
        case ["metrics"]:
            write(metrics_page().rstrip())
        case _:
            write(page().rstrip())
