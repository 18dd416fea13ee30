"""The exit codes of every command, and which error ends in which."""

from enum import IntEnum

from hub.errors import (
    ConfigurationError,
    FatalError,
    HubError,
    NetworkError,
    ParkableError,
    RetriableError,
)


class Exit(IntEnum):
    """Name how a command ended; scripts may rely on the numbers."""

    #: Done.
    OK = 0
    #: It ran, and the answer is no: findings, a failed check, a decision not reproduced, an act refused.
    FAILED = 1
    #: The command line is wrong.
    USAGE = 2
    #: A file, a setting or a part of this machine must be changed first.
    CONFIGURATION = 3
    #: A broker, registry or database does not answer: try again.
    UNREACHABLE = 4
    #: An event or value that the hub cannot take.
    REFUSED = 5
    #: A worker must stop: a person or its successor goes on.
    FATAL = 6
    #: A fault of the hub itself; HUB_DEBUG=1 shows where.
    BUG = 70
    #: Stopped by Ctrl-C.
    INTERRUPTED = 130


#: What each code means, for help and reference.
MEANING = {
    Exit.OK: "done",
    Exit.FAILED: "it ran, and the answer is no: findings, a failed check, an act refused",
    Exit.USAGE: "the command line is wrong",
    Exit.CONFIGURATION: "a file, a setting or a part of this machine must be changed first",
    Exit.UNREACHABLE: "a broker, registry or database does not answer; try again",
    Exit.REFUSED: "an event or value that the hub cannot take",
    Exit.FATAL: "a worker had to stop; a person or its successor goes on",
    Exit.BUG: "a fault of the hub itself; HUB_DEBUG=1 shows where",
    Exit.INTERRUPTED: "stopped by Ctrl-C",
}

_BY_ERROR: tuple[tuple[type[HubError], Exit], ...] = (
    (NetworkError, Exit.FAILED),
    (ConfigurationError, Exit.CONFIGURATION),
    (RetriableError, Exit.UNREACHABLE),
    (ParkableError, Exit.REFUSED),
    (FatalError, Exit.FATAL),
)


def exit_of(error: HubError) -> Exit:
    """Tell the exit code of an error by what must happen next."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.FAILED)
