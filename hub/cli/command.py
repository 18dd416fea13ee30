"""How a command is declared: a typer function whose help ends in a worked command."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

Function = Callable[..., Any]
#: Begins the last line of every help.
EXAMPLE = "Example: "
#: Letters of a command's first sentence in a list of commands: all of it, as it is wrapped and not cut.
_WHOLE = 500


class WholeSentences(TyperGroup):
    """List commands with their first sentences in whole, where the library would cut them, and end in a worked one."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        rows = [(name, self.commands[name].get_short_help_str(_WHOLE)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the worked command of the first verb."""
        self.commands[self.list_commands(ctx)[0]].format_epilog(ctx, formatter)


def noun(help_text: str) -> typer.Typer:
    """Make the app of a noun, whose verbs are its commands."""
    return typer.Typer(
        cls=WholeSentences, help=help_text, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


def verb(app: typer.Typer, name: str, *, example: str) -> Callable[[Function], Function]:
    """Declare a function as a command; its docstring is the help, and `example` the worked command at its end."""

    def declare(function: Function) -> Function:
        app.command(name, epilog=EXAMPLE + example, no_args_is_help=False)(function)
        return function

    return declare
