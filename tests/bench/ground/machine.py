"""What is measured of processes and told of the machine."""

import os
import platform
import sys
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

import confluent_kafka

from hub.local.parts import read_versions

#: Where the program under test runs, and where the broker does, on a machine that has both cores.
ENGINE_CORE: Final = 0
BROKER_CORE: Final = 1
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PACKAGES: Final = (
    "confluent-kafka", "fastavro", "msgspec", "faust-streaming", "aiokafka", "common-expression-language",
)  # fmt: skip


def cpu_s(pid: int) -> float:
    """Read the CPU seconds that a process has used, all threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def waited_s(pid: int) -> float:
    """Read the seconds that threads of a process were ready and had no core: what other programs took from it."""
    found = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end meanwhile
            found += int((thread / "schedstat").read_text().split()[1])
    return found / 1e9


def resident_bytes(pid: int) -> int:
    """Read the memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process on one core, so that programs under test never share with the broker."""
    if (os.cpu_count() or 1) <= max(ENGINE_CORE, BROKER_CORE):
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # a thread may end meanwhile
            os.sched_setaffinity(int(thread.name), {core})


def machine() -> dict[str, str]:
    """Name the machine and the versions that figures belong to."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "cpu": f"{os.cpu_count()} x {model}", "memory": f"{memory:.0f} GiB", "system": platform.platform(),
        "load before (1, 5, 15 min)": load, "python": platform.python_version(), "kafka": read_versions().kafka,
        "librdkafka": confluent_kafka.libversion()[0], **{name: version(name) for name in _PACKAGES},
    }  # fmt: skip


def say(line: str) -> None:
    """Tell how far it is, on stderr."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
