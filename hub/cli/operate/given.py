"""JSON as a person gives it to a command: in the words themselves, in a file, or on stdin.

What concerns people belongs into a file or a pipe: the words of a command stand in the shell's history and in ``ps``.
"""

import sys
from pathlib import Path
from typing import Any

from hub.errors import ConfigurationError, SchemaError


def read_option(text: str, option: str) -> Any:
    """Read an option's JSON; ``@file`` is a file, ``@-`` stdin; raise SchemaError where it is no JSON."""
    return parse(read_text(text[1:]) if text.startswith("@") else text, f"{option}: ")


def parse(text: str, where: str) -> Any:
    """Read JSON within the gateway's limits; raise SchemaError that says where it is wrong, never what stands there."""
    from hub.web.gateway.body import parse_json
    from hub.web.problem import Problem

    found = parse_json(text.encode(errors="surrogatepass"))
    if isinstance(found, Problem):
        raise SchemaError(f"{where}{found.detail.replace('the body', 'this')}")
    return found


def read_text(name: str) -> str:
    """Read a file, or stdin for ``-``; raise ConfigurationError when it cannot be read."""
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as wrong:
        raise ConfigurationError(f"{name} cannot be read: {wrong.strerror}; name a file that is there") from wrong
    except UnicodeDecodeError as wrong:
        raise ConfigurationError(f"{name} cannot be read: it is no UTF-8; save it as UTF-8") from wrong
