"""Several processes as one: order, restarts, stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.errors import UnreachableError
from hub.local.process import Change, Part, Supervisor
from hub.local.process import supervisor as module
from hub.local.process.child import LOG_BYTES
from hub.local.process.supervisor import FIRST_DELAY_S, LONGEST_DELAY_S, restart_delay_s
from tests.unit.local.waiting import STUBBORN, runs, until


class Story:
    """Keep the changes in the order they were told."""

    def __init__(self) -> None:
        """Begin with none."""
        self.changes: list[Change] = []

    def __call__(self, change: Change) -> None:
        """Note one change."""
        self.changes.append(change)

    def of(self, *states: str) -> list[tuple[str, str]]:
        """Tell who came into one of these states, in order."""
        return [(change.name, change.state) for change in self.changes if change.state in states]

    def count(self, name: str, state: str) -> int:
        """Tell how often a part came into a state."""
        return self.of(state).count((name, state))


@asynccontextmanager
async def supervised(logs: Path, story: Story) -> AsyncIterator[Supervisor]:
    """Give a supervisor whose children are gone at the end, whatever the test did."""
    supervisor = Supervisor(logs, on_change=story)
    try:
        yield supervisor
    finally:
        supervisor.kill()
        await supervisor.stop()


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first restart come after a twentieth of a second."""
    monkeypatch.setattr(module, "FIRST_DELAY_S", 0.05)


def sleeper(name: str) -> Part:
    """Describe a process that ends at SIGTERM."""
    return Part(name, ("sleep", "600"))


async def test_parts_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    """Each call returns when its parts are ready; the last one started is the first one stopped."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("broker"))
        await supervisor.start(sleeper("worker"))
        pids = [supervisor.pid(name) or 0 for name in supervisor.names]

        await supervisor.stop()

    assert story.of("starting", "ready", "stopped") == [
        *(("broker", "starting"), ("broker", "ready")),
        *(("worker", "starting"), ("worker", "ready")),
        *(("worker", "stopped"), ("broker", "stopped")),
    ]
    assert not any(runs(pid) for pid in pids)
    assert supervisor.names == ()


async def test_parts_of_one_call_start_side_by_side(tmp_path: Path) -> None:
    """Two parts that each wait for the other's start both become ready."""
    story = Story()

    async def both() -> bool:
        return len(story.of("starting")) == 2

    async with supervised(tmp_path, story) as supervisor:
        parts = (Part(name, ("sleep", "600"), ready=both, ready_within_s=30) for name in ("a", "b"))
        await supervisor.start(*parts)

    assert len(story.of("ready")) == 2


@pytest.mark.usefixtures("_soon")
async def test_a_dead_part_is_started_again(tmp_path: Path) -> None:
    """A part that is killed is ready again after the first delay, under a new pid."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("worker"))
        first = supervisor.pid("worker") or 0
        os.kill(first, signal.SIGKILL)

        await until(lambda: story.count("worker", "ready") >= 2)

        assert supervisor.pid("worker") not in (None, first)
    died = next(change for change in story.changes if change.state == "died")
    assert died.detail == "exit code -9"


@pytest.mark.usefixtures("_soon")
async def test_deaths_in_a_row_wait_longer(tmp_path: Path) -> None:
    """A part that dies at once is started again after delays that grow."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(Part("worker", ("true",)))

        await until(lambda: story.count("worker", "waiting") >= 3)

    waits = [change.detail for change in story.changes if change.state == "waiting"]
    assert waits[:3] == ["starts again in 0.05 s", "starts again in 0.1 s", "starts again in 0.2 s"]


@pytest.mark.usefixtures("_soon")
async def test_a_restart_that_is_not_ready_is_tried_again(tmp_path: Path) -> None:
    """A part that comes back but never gets ready counts as another death."""
    story = Story()

    async def once() -> bool:
        return story.count("worker", "ready") == 0

    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(Part("worker", ("sleep", "600"), ready=once, ready_within_s=0.1))
        os.kill(supervisor.pid("worker") or 0, signal.SIGKILL)

        await until(lambda: story.count("worker", "waiting") >= 2)

    last = [change for change in story.changes if change.state == "died"][-1]
    assert "was not ready" in last.detail


@pytest.mark.usefixtures("_soon")
async def test_a_machine_that_cannot_start_a_part_now_is_asked_again(tmp_path: Path) -> None:
    """A full disk, or no room for a process, is told and passes: the part comes back when the machine can again."""
    story, logs = Story(), tmp_path / "logs"
    async with supervised(logs, story) as supervisor:
        await supervisor.start(sleeper("worker"))
        logs.rename(tmp_path / "moved")
        logs.touch()  # where a folder should be
        os.kill(supervisor.pid("worker") or 0, signal.SIGKILL)

        await until(lambda: story.count("worker", "waiting") >= 2)
        logs.unlink()

        await until(lambda: story.count("worker", "ready") >= 2)
    assert any("logs" in change.detail for change in story.changes if change.state == "died")


async def test_logs_are_bounded_again_when_the_disk_has_room(tmp_path: Path) -> None:
    """A log that cannot be turned over now is turned over later."""
    story, in_the_way = Story(), tmp_path / "worker.log.3"
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("worker"))
        in_the_way.mkdir()
        (tmp_path / "worker.log.2").touch()
        os.truncate(tmp_path / "worker.log", LOG_BYTES)
        supervisor.look_at_logs()
        assert (tmp_path / "worker.log").stat().st_size == LOG_BYTES

        in_the_way.rmdir()
        supervisor.look_at_logs()
        assert (tmp_path / "worker.log").stat().st_size == 0


def test_the_delay_is_doubled_up_to_a_bound() -> None:
    """The first wait is short, each next one twice as long, none beyond the bound."""
    assert restart_delay_s(1) == FIRST_DELAY_S
    assert restart_delay_s(2) == 2 * FIRST_DELAY_S
    assert restart_delay_s(1_000_000) == LONGEST_DELAY_S


async def test_a_part_that_ends_by_itself_is_not_started_again(tmp_path: Path) -> None:
    """The end of a job is awaited with its exit code, and is no death."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(Part("job", ("sh", "-c", "exit 7"), restarts=False))

        assert await supervisor.ended("job") == 7

    assert story.of("died", "ended") == [("job", "ended")]


async def test_a_failed_start_leaves_the_earlier_parts(tmp_path: Path) -> None:
    """If one part of a call fails, that call's parts are gone and those of earlier calls run on."""
    story = Story()

    async def never() -> bool:
        return False

    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("broker"))
        bad = Part("bad", ("sh", "-c", "exit 1"), ready=never)

        with pytest.raises(UnreachableError, match="bad ended before"):
            await supervisor.start(sleeper("good"), bad)

        assert supervisor.names == ("broker",)
        assert runs(supervisor.pid("broker") or 0)


async def test_a_name_is_given_once(tmp_path: Path) -> None:
    """A second part with the name of a running one is refused, and the first runs on."""
    async with supervised(tmp_path, Story()) as supervisor:
        await supervisor.start(sleeper("worker"))

        with pytest.raises(ValueError, match="runs already"):
            await supervisor.start(sleeper("worker"))

        assert runs(supervisor.pid("worker") or 0)


async def test_a_part_can_be_stopped_alone(tmp_path: Path) -> None:
    """One part is stopped and not started again; the others run on."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("a"), sleeper("b"))

        await supervisor.stop("a")

        assert supervisor.names == ("b",)
        assert runs(supervisor.pid("b") or 0)
    assert story.count("a", "died") == 0


async def test_a_kill_ends_a_stop_that_waits(tmp_path: Path) -> None:
    """While a stubborn part is given its time, a kill ends it at once."""
    story = Story()

    async def up() -> bool:
        return (tmp_path / "worker.log").read_text() == "up\n"

    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(Part("worker", STUBBORN, ready=up, stop_within_s=600))
        stop = asyncio.create_task(supervisor.stop())
        await until(lambda: story.count("worker", "stopping") == 1)

        supervisor.kill()

        async with asyncio.timeout(60):
            await stop
    assert story.count("worker", "stopped") == 1


async def test_nothing_is_started_after_a_kill(tmp_path: Path) -> None:
    """A part that waits for its restart is not started once everything was killed."""
    story = Story()
    async with supervised(tmp_path, story) as supervisor:
        await supervisor.start(sleeper("worker"))
        os.kill(supervisor.pid("worker") or 0, signal.SIGKILL)
        await until(lambda: story.count("worker", "waiting") == 1)

        supervisor.kill()
        await supervisor.stop()

    assert story.count("worker", "starting") == 1
