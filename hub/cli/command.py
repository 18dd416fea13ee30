"""How a command is declared: a typer function whose help ends in a worked command."""

from collections.abc import Callable
from typing import Any

import typer

Function = Callable[..., Any]
#: Begins the last line of every help.
EXAMPLE = "Example: "


def noun(help_text: str) -> typer.Typer:
    """Make the app of a noun, whose verbs are its commands."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def verb(app: typer.Typer, name: str, *, example: str) -> Callable[[Function], Function]:
    """Declare a function as a command; its docstring is the help, and `example` the worked command at its end."""

    def declare(function: Function) -> Function:
        app.command(name, epilog=EXAMPLE + example, no_args_is_help=False)(function)
        return function

    return declare
