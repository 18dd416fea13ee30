"""The command ``hub``: one file per noun; every room below is imported only by the command that needs it."""

from hub.cli.app import main

__all__ = ["main"]
