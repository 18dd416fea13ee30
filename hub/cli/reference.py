"""The reference page of the command line, made from the commands themselves: ``python -m hub.cli.reference``."""

from collections.abc import Iterator
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


if __name__ == "__main__":
    from hub.cli.output import write

    write(page().rstrip())
