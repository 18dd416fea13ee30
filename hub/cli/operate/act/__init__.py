"""An operator's acts: published as commands, and waited for until a router has decided them."""

from hub.cli.operate.act.one import do
from hub.cli.operate.act.option import Act, Actor, Anyway, Reason
from hub.cli.operate.act.verb import add_to

__all__ = ["Act", "Actor", "Anyway", "Reason", "add_to", "do"]
