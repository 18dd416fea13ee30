"""Become the given program, after asking the kernel to kill it when the thread that started it is gone.

Run as a script: ``python -I -S leash.py <parent's pid> <program> <argument>...``. A program of its own, because Python
code between fork and exec (``preexec_fn``) can hang in a process that has threads.
"""

import ctypes
import os
import signal
import sys

#: Number of the request in <sys/prctl.h>; it survives exec.
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Tie this process to its parent and exec the rest of the arguments."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(argv[1]):  # the parent died before the kernel knew of our wish
        sys.exit(1)
    os.execvp(argv[2], argv[2:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv)
