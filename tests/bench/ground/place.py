"""Where the benchmarks run: a broker with the Samarinda network applied."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hub.bus.admin import Admin, Topic
from hub.bus.producer import Producer
from hub.bus.record import Place
from hub.cluster.apply import apply
from hub.cluster.plan import Cluster
from hub.cluster.topics import topics_of
from hub.errors import UnreachableError
from hub.events.catalog import Catalog
from hub.events.codec import Codec
from hub.local import RunningBroker, running_broker
from hub.names import CASES, JOURNAL, STATUS, events_topic, tasks_topic
from hub.network.bundle import InForce, unpack
from hub.network.load import load_or_raise
from hub.settings import Kafka, shipped
from tests.bench.ground.machine import BROKER_CORE, pin
from tests.bench.ground.story import Saying, Stories, Teller

#: Topics of the bare loop and the faust agent, in the place of the hub's own.
TWINS: Final = {CASES: "bench.cases", JOURNAL: "bench.journal", STATUS: "bench.status"}
#: Seconds after which a program that does not end is given up.
_PATIENCE_S: Final = 300
#: Seconds between two waves, so that no answer is appended within the engine's slack of its opening.
_BETWEEN_WAVES_S: Final = 0.3


@dataclass
class Ground:
    """Hold the running broker and what was applied to it."""

    broker: RunningBroker
    kafka: Kafka
    force: InForce
    home: Path
    teller: Teller

    def __post_init__(self) -> None:
        """Put the bundle where programs find it."""
        self._tasks = 0
        (self.home / "bundle.json").write_bytes(self.force.bundle.encode())

    @property
    def broker_pid(self) -> int:
        """Tell the broker's process id."""
        pid = self.broker.pid("kafka")
        assert pid is not None, "the broker does not run"
        return pid

    def inputs(self) -> list[str]:
        """List the agencies' topics of events."""
        return [events_topic(code) for code in self.force.network.agencies]

    def task_places(self) -> list[Place]:
        """List the agencies' topics of tasks."""
        return [Place(tasks_topic(code), 0) for code in self.force.network.agencies]

    def ends(self, topics: Iterable[str] | None = None) -> dict[Place, int]:
        """Tell where topics (the agencies' events unless named) end now."""
        count = self.force.plan.partitions
        return Admin(self.kafka).ends(
            [Place(topic, number) for topic in topics or self.inputs() for number in range(count)]
        )

    def written(self, topics: Iterable[str]) -> int:
        """Count what was ever appended to these topics and the tasks'; transactions' markers too."""
        return sum((self.ends(topics) | Admin(self.kafka).ends(self.task_places())).values())

    def publish(self, stories: Stories) -> None:
        """Publish wave by wave, so that no answer stands before its opening."""
        producer = Producer(self.kafka, **{"linger.ms": 5, "batch.size": 262_144})
        for wave in stories.waves:
            for saying in wave:
                offer(producer, saying)
            producer.flush()
            threading.Event().wait(_BETWEEN_WAVES_S)
        producer.close()

    def publish_at(self, rate: int, sayings: Sequence[Saying], on_due: Callable[[int, float], None]) -> None:
        """Publish by a schedule that never waits: number i is due i/rate after the first, whatever happens."""
        producer = Producer(self.kafka, **{"linger.ms": 1})
        begun, pause = time.monotonic() + 0.5, threading.Event()
        for number, saying in enumerate(sayings):
            due = begun + number / rate
            on_due(number, due)
            if (wait := due - time.monotonic()) > 0:
                pause.wait(wait)
            producer.publish(saying.topic, saying.value, key=saying.key, headers=saying.headers)
        producer.close()

    def task_of(self, **given: Any) -> str:
        """Write what a program is told into a file; its path."""
        self._tasks += 1
        path = self.home / f"task-{self._tasks}.json"
        path.write_text(
            json.dumps(
                {
                    "bootstrap": self.broker.bootstrap, "registry": self.broker.registry_url, "home": str(self.home),
                    "partitions": self.force.plan.partitions, "broker": self.broker_pid, **given,
                }
            )
        )  # fmt: skip
        return str(path)

    def run(self, program: str, **given: Any) -> dict[str, Any]:
        """Run one of the benchmark's own programs to its end and read the figures it prints."""
        command = [sys.executable, "-m", f"tests.bench.program.{program}", self.task_of(**given)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=_PATIENCE_S)
        if done.returncode:
            raise SystemExit(f"tests.bench.program.{program} failed with exit code {done.returncode}")
        figures: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex(b"{") :])  # faust writes before
        return figures


def offer(producer: Producer, saying: Saying, *, partition: int = -1) -> None:
    """Hand a record over; when the local queue is full, once it is empty again."""
    while True:
        try:
            producer.publish(saying.topic, saying.value, key=saying.key, headers=saying.headers, partition=partition)
        except UnreachableError:
            producer.flush()
        else:
            return


@contextmanager
def ground() -> Iterator[Ground]:
    """Start a broker and a registry in a new folder, and put the Samarinda network in force."""
    with TemporaryDirectory() as folder, running_broker(Path(folder), registry=True) as broker:
        kafka = Kafka(bootstrap=broker.bootstrap)
        network = load_or_raise(shipped("deploy/samarinda"))
        applied = apply(Cluster(kafka, str(broker.registry_url)), network, Catalog.load(shipped("schemas")))
        force = unpack(applied.bundle.encode())
        kept = {topic.name: topic for topic in topics_of(network, copies=1)}
        twins = [Topic(twin, kept[name].partitions, kept[name].settings) for name, twin in TWINS.items()]
        Admin(kafka).create(twins, 1)
        place = Ground(broker, kafka, force, Path(folder), Teller(force.plan, force.catalog, Codec(force.schemas)))
        pin(place.broker_pid, BROKER_CORE)
        yield place
