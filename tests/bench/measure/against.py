"""The worker beside that of an earlier commit: the same events, in turn, on the same machine, round by round."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hub.settings import Settings
from tests.bench.ground.machine import say

_HERE: Final = Path(__file__).resolve().parents[3]
_PROGRAM: Final = _HERE / "tests" / "bench" / "program" / "rounds.py"


def measure(base: str, *, quick: bool) -> dict[str, Any]:
    """Let both work off the same stories; each has a broker of its own, and only one works at a time.

    Both run the network of the base, so that a decision is about the same steps.
    """
    rounds, warm, cases = (3, 1, 3_000) if quick else (6, 2, 8_000)
    with ExitStack() as stack:
        tree = stack.enter_context(checked_out(base))
        sides = {
            "base": stack.enter_context(_side(tree, tree, tree / "schemas")),
            "now": stack.enter_context(_side(_HERE, tree, _spoken_by_both(tree))),
        }
        rows: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(warm + rounds):
            for name in list(sides) if number % 2 else reversed(list(sides)):
                row = sides[name].round(cases)
                say(f"  {name}: {row['events'] / row['seconds']:,.0f} events/s of {row['events']:,}")
                if number >= warm:
                    rows[name].append(row["events"] / row["seconds"])
    ratios = [now / before for now, before in zip(rows["now"], rows["base"], strict=True)]
    return {
        "base": base, "rounds": rounds, "ratio": statistics.median(ratios), "ratios": ratios,
        **{f"{name}_events_s": statistics.median(some) for name, some in rows.items()},
    }  # fmt: skip


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Hold a commit in a folder of its own while the context is open."""
    git = ["git", "-C", str(_HERE), "worktree"]
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "base"
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def _spoken_by_both(tree: Path) -> Path:
    """Put the base's event types beside what the hub itself says now; the folder."""
    found = tree.with_name("schemas")
    shutil.copytree(tree / "schemas", found)
    shutil.rmtree(found / "hub")
    shutil.copytree(_HERE / "schemas" / "hub", found / "hub")
    return found


class _Side:
    """One of the two, waiting for its turn."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert self._answer() == "ready"

    def round(self, cases: int) -> dict[str, Any]:
        """Let it work off as many cases."""
        assert self._process.stdin is not None
        print(cases, file=self._process.stdin, flush=True)
        figures: dict[str, Any] = json.loads(self._answer())
        return figures

    def _answer(self) -> str:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise SystemExit(f"one of the two ended with exit code {self._process.wait()}")
        return line.strip()


@contextmanager
def _side(tree: Path, network: Path, schemas: Path) -> Iterator[_Side]:
    parts = Settings().parts or _HERE / ".hub" / "parts"
    process = subprocess.Popen(
        [sys.executable, str(_PROGRAM), str(network / "deploy" / "samarinda"), str(schemas)], cwd=tree, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tree), "HUB_PARTS": str(parts.resolve())},
    )  # fmt: skip
    try:
        yield _Side(process)
    finally:
        process.communicate(timeout=60)
