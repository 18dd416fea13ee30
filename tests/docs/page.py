"""A page of docs/ as its reader works through it: the blocks it shows, and a person with terminals who follows them.

A block's fence says what it is: ``sh`` is typed (``exit=1``: it must end so), ``text`` is what must be seen next,
``file=`` is written and ``append=`` put at a file's end. Times, durations and other new things differ for each reader.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w+)(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What stands for "and more here" in a block of output.
_MORE = "..."
_DIFFERS = (
    (re.compile(r"^ *\d+ +(?=\d{4}-\d\d-\d\d )"), "<revision> "),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+Z)?)?"), "<time>"),
    (re.compile(r"\(\d+\.\d s\)"), "<took>"),
    (re.compile(r"^(\d+) of \1 examples"), "<all> examples"),  # the network may get more
    (re.compile(r" +"), " "),
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, what its fence says more, its text and its line on the page."""

    kind: str
    says: Mapping[str, str]
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Read the fenced blocks of a page in order."""
    whole = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(whole):
        says = dict(word.split("=", 1) for word in found[2].split())
        yield Block(found[1], says, found[3], whole.count("\n", 0, found.start()) + 1)


def plain(line: str) -> str:
    """Take out of a line what differs for each reader."""
    for what, name in _DIFFERS:
        line = what.sub(name, line)
    return line.strip()


def is_seen(wanted: str, shown: str) -> bool:
    """Tell whether the output shows the wanted lines, in order; only where `...` stands may others be between."""
    lines = iter([plain(line) for line in shown.splitlines()])
    skips = False
    for want in [plain(line) for line in wanted.splitlines()]:
        if want == _MORE:
            skips = True
        elif skips:
            if not any(want in line for line in lines):
                return False
            skips = False
        elif next(lines, None) != want:
            return False
    return skips or next(lines, None) is None


class Reader:
    """Somebody who follows a page in a folder of their own, with a terminal and one that stays busy."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        """Lay out what a checkout after `make setup` has, as far as a page uses it."""
        self.folder = folder
        self._env = dict(env) | {"PYTHONUNBUFFERED": "1"}
        self._begun: list[str] = []
        self._staying: list[subprocess.Popen[bytes]] = []
        parts = Path(os.environ.get("HUB_PARTS", ROOT / ".hub" / "parts")).resolve()
        parts.mkdir(parents=True, exist_ok=True)
        (folder / ".hub").mkdir()
        (folder / ".hub" / "parts").symlink_to(parts)
        (folder / ".venv").symlink_to(sys.prefix)
        for name in ("deploy/samarinda", "schemas"):
            shutil.copytree(ROOT / name, folder / name)

    def write(self, block: Block) -> None:
        """Write the file that a block shows, or put the block at a file's end."""
        target = self.folder / (block.says.get("file") or block.says["append"])
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if "file" in block.says else "a", encoding="utf-8") as out:
            out.write(block.text)

    def type(self, block: Block, *, until: str | None, within_s: float = 60.0) -> None:
        """Type a block and compare what is seen; a block that only looks is typed again until it shows it."""
        looks = all(line.startswith(("hub task list", "hub case ")) for line in block.text.splitlines())
        deadline, tick = time.monotonic() + within_s, threading.Event()
        while True:
            done = self._run(block.text)
            fits = done.returncode == int(block.says.get("exit", "0")) and (
                until is None or is_seen(until, done.stdout)
            )
            if fits or not looks or time.monotonic() > deadline:
                break
            tick.wait(0.3)
        assert fits, f"line {block.line}: exit code {done.returncode}, seen:\n{done.stdout}\nexpected:\n{until}"
        self._begun += [line for line in block.text.splitlines() if line.startswith((". ", "export "))]

    def leave_running(self, block: Block, *, says: str, within_s: float = 150.0) -> None:
        """Type a block in another terminal and go on once it has said this."""
        log = self.folder / f"terminal-{block.line}.log"
        with log.open("wb") as out:
            staying = subprocess.Popen(  # exec: what is stopped is the command, as Ctrl-C does
                ["bash", "-ec", re.sub(r"^hub ", "exec hub ", block.text, flags=re.MULTILINE)],
                cwd=self.folder, env=self._env, stdout=out, stderr=out,
            )  # fmt: skip
        self._staying.append(staying)
        deadline, tick = time.monotonic() + within_s, threading.Event()
        while says not in log.read_text():
            assert staying.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            tick.wait(0.1)

    def stop(self) -> list[int]:
        """Press Ctrl-C in the other terminals; give the exit codes."""
        for staying in self._staying:
            staying.send_signal(signal.SIGINT)
        codes = [staying.wait(60) for staying in self._staying]
        self._staying.clear()
        return codes

    def _run(self, text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-ec", "\n".join([*self._begun, text])],
            cwd=self.folder, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
            check=False,
        )  # fmt: skip
