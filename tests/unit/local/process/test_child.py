"""One child process: ready, stopped, killed, and never orphaned."""

import asyncio
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hub.errors import UnreachableError
from hub.local.process import Child, Part
from hub.local.process.child import LOG_BYTES, LOGS_KEPT, turn_over
from tests.unit.local.waiting import STUBBORN, runs, until

#: Runs until it is told to end, and says so.
_POLITE = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("up", flush=True)
signal.pause()
"""
#: Starts a child of its own, tells its pid, and waits.
_PARENT = "import subprocess, sys, signal; print(subprocess.Popen(['sleep', '600']).pid, flush=True); signal.pause()"


def said(name: str, argv: tuple[str, ...], logs: Path, *, stop_within_s: float = 10.0) -> Part:
    """Describe a process that is ready when its log says something."""

    async def ready() -> bool:
        return (logs / f"{name}.log").read_text() != ""

    return Part(name, argv, ready=ready, stop_within_s=stop_within_s)


def python(code: str, logs: Path) -> Part:
    """Describe a small Python process that is ready when it says something."""
    return said("x", (sys.executable, "-I", "-S", "-c", code), logs)


async def test_a_child_is_ready_when_its_probe_says_so(tmp_path: Path) -> None:
    """Start returns when the probe holds; the output is in the log."""
    child = Child(python(_POLITE, tmp_path), tmp_path)

    seconds = await child.start()

    assert child.log.read_text() == "up\n"
    assert seconds > 0
    await child.stop()


async def test_what_a_child_needs_is_made_before_it_starts(tmp_path: Path) -> None:
    """It is made in a thread of its own, so that other children start meanwhile."""
    made, threads = tmp_path / "made", [threading.current_thread()]

    def make() -> None:
        threads.append(threading.current_thread())
        made.touch()

    code = f"import pathlib; print(pathlib.Path({str(made)!r}).exists(), flush=True)\n{_POLITE}"
    child = Child(replace(python(code, tmp_path), prepare=make), tmp_path)
    await child.start()
    await child.stop()

    assert child.log.read_text().startswith("True")
    assert len(set(threads)) == 2


async def test_a_child_that_is_killed_while_it_is_prepared_is_never_started(tmp_path: Path) -> None:
    """What was to be made before its start ends, and nothing follows."""
    preparing, go_on = threading.Event(), threading.Event()

    def make() -> None:
        preparing.set()
        assert go_on.wait(60)

    child = Child(Part("x", ("sleep", "600"), prepare=make), tmp_path)
    start = asyncio.create_task(child.start())
    await until(preparing.is_set)
    child.kill()
    go_on.set()

    with pytest.raises(UnreachableError, match="killed before"):
        await start
    assert child.pid is None


async def test_a_child_that_ends_first_is_told_with_its_log(tmp_path: Path) -> None:
    """An end before readiness is an error that shows the last words."""
    child = Child(Part("x", ("sh", "-c", "echo no disk; exit 3"), ready=_never), tmp_path)

    with pytest.raises(UnreachableError, match=r"(?s)ended before.*no disk"):
        await child.start()


async def test_a_child_that_is_never_ready_is_killed(tmp_path: Path) -> None:
    """After its time a child that is not ready is gone, and the error says the limit."""
    child = Child(Part("x", ("sleep", "600"), ready=_never, ready_within_s=0.2), tmp_path)

    with pytest.raises(UnreachableError, match="not ready within"):
        await child.start()

    assert child.pid is None


async def test_a_polite_child_ends_by_itself(tmp_path: Path) -> None:
    """SIGTERM comes first, and its exit code is its own."""
    child = Child(python(_POLITE, tmp_path), tmp_path)
    await child.start()

    await child.stop()

    assert await child.ended() == 0


async def test_a_stubborn_child_is_killed(tmp_path: Path) -> None:
    """A child that ignores SIGTERM is killed when its time is over."""
    child = Child(said("x", STUBBORN, tmp_path, stop_within_s=0.2), tmp_path)
    await child.start()

    await child.stop()

    assert await child.ended() == -signal.SIGKILL


async def test_nothing_a_child_started_is_left(tmp_path: Path) -> None:
    """Killing a child kills what it started itself."""
    child = Child(python(_PARENT, tmp_path), tmp_path)
    await child.start()
    grandchild = int(child.log.read_text())
    assert runs(grandchild)

    child.kill()
    await child.ended()

    await until(lambda: not runs(grandchild))


async def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """SIGKILL of the process that started a child ends the child, though nobody could stop it."""
    code = f"""
import asyncio, pathlib, sys
sys.path.insert(0, {str(Path.cwd())!r})
from hub.local.process import Child, Part
async def main():
    child = Child(Part("x", ("sleep", "600")), pathlib.Path({str(tmp_path)!r}))
    await child.start()
    print(child.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    await until(lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")

    parent.kill()

    await until(lambda: not runs(child))
    await parent.wait()


async def test_a_child_is_out_of_reach_of_the_terminal(tmp_path: Path) -> None:
    """A child has a session of its own, so that Ctrl-C reaches the hub alone."""
    child = Child(python(_POLITE, tmp_path), tmp_path)
    await child.start()

    assert os.getsid(child.pid or 0) == child.pid
    await child.stop()


def test_a_large_log_is_turned_over(tmp_path: Path) -> None:
    """A log that is too large is moved aside, and only so many old ones stay."""
    log = tmp_path / "x.log"
    for turn in range(LOGS_KEPT + 2):
        with log.open("ab") as out:
            out.write(str(turn).encode())
            out.truncate(LOG_BYTES)
        turn_over(log)

    old = sorted(path.name for path in tmp_path.iterdir())
    assert old == ["x.log", *(f"x.log.{age}" for age in range(1, LOGS_KEPT + 1))]
    assert log.stat().st_size == 0
    assert (tmp_path / "x.log.1").read_bytes()[:1] == str(LOGS_KEPT + 1).encode()


def test_a_small_log_stays(tmp_path: Path) -> None:
    """A log below the limit is appended to."""
    log = tmp_path / "x.log"
    log.write_text("earlier\n")

    turn_over(log)

    assert log.read_text() == "earlier\n"


async def _never() -> bool:
    return False
