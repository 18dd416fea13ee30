"""Where the benchmarks run: a broker with the Samarinda network applied, and what is measured of processes."""

import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hub.bus.admin import Admin, Topic
from hub.bus.producer import Producer
from hub.bus.record import Place
from hub.cluster.apply import apply
from hub.cluster.plan import Cluster
from hub.errors import UnreachableError
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.local import RunningBroker, running_broker
from hub.names import events_topic
from hub.network.bundle import InForce, unpack
from hub.network.load import load_or_raise
from hub.settings import Kafka, shipped
from tests.bench.story import Stories, Teller

#: Topics of the bare loop and the faust agent, beside the hub's own.
BARE: Final = ("bench.cases", "bench.tasks", "bench.journal", "bench.status")
#: Seconds after which a program that does not end is given up.
_PATIENCE_S: Final = 300
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Ground:
    """Hold the running broker and what was applied to it."""

    broker: RunningBroker
    kafka: Kafka
    force: InForce
    home: Path
    codec: Codec
    teller: Teller

    def topics(self) -> list[str]:
        """List the agencies' topics of events."""
        return [events_topic(code) for code in self.force.network.agencies]

    def ends(self) -> dict[Place, int]:
        """Tell where the agencies' topics end now."""
        places = [Place(topic, number) for topic in self.topics() for number in range(self.force.plan.partitions)]
        admin = Admin(self.kafka)
        return admin.ends(places)

    def publish(self, stories: Stories) -> None:
        """Publish wave by wave, so that no answer stands before its opening."""
        producer = Producer(self.kafka, **{"linger.ms": 5, "batch.size": 262_144})
        for wave in stories.waves:
            for saying in wave:
                while True:
                    try:
                        producer.publish(saying.topic, saying.value, key=saying.key, headers=saying.headers)
                    except UnreachableError:
                        producer.flush()
                    else:
                        break
            producer.flush()
            threading.Event().wait(0.3)
        producer.close()

    def run(self, module: str, **given: Any) -> dict[str, Any]:
        """Run one of the benchmark's own programs to its end and read the figures it prints."""
        task = {
            "bootstrap": self.broker.bootstrap,
            "registry": self.broker.registry_url,
            "home": str(self.home),
            **given,
        }
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}", json.dumps(task)],
            stdout=subprocess.PIPE,
            check=False,
            timeout=_PATIENCE_S,
        )
        if done.returncode:
            raise SystemExit(f"tests.bench.{module} failed with exit code {done.returncode}")
        figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return figures


@contextmanager
def ground() -> Iterator[Ground]:
    """Start a broker and a registry in a new folder, and put the Samarinda network in force."""
    with TemporaryDirectory() as folder, running_broker(Path(folder), registry=True) as broker:
        kafka = Kafka(bootstrap=broker.bootstrap)
        catalog = Catalog.load(shipped("schemas"))
        network = load_or_raise(shipped("deploy/samarinda"))
        applied = apply(Cluster(kafka, broker.registry_url), network, catalog)
        force = unpack(applied.bundle.encode())
        admin = Admin(kafka)
        admin.create([Topic(name, force.plan.partitions) for name in BARE], 1)
        codec = Codec(force.schemas)
        yield Ground(broker, kafka, force, Path(folder), codec, Teller(force.plan, force.catalog, codec))


def cpu_s(pid: int) -> float:
    """Read the CPU seconds that a process has used, all threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Read the memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def machine() -> dict[str, str]:
    """Name the machine and the versions that figures belong to."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    packages = ("confluent-kafka", "fastavro", "msgspec", "faust-streaming", "aiokafka", "common-expression-language")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": f"{os.cpu_count()} x {model}", "memory": f"{memory:.0f} GiB", "python": platform.python_version(),
        "system": platform.platform(), "kafka": "4.3.1", **{name: version(name) for name in packages},
    }  # fmt: skip


def say(line: str) -> None:
    """Tell how far it is, on stderr."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
