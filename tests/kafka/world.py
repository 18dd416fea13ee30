"""The small city on a real broker: apply it, start routers in threads or processes, speak for its agencies, read."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2

from hub.bus.admin import Admin
from hub.bus.producer import Producer
from hub.bus.record import Place, Record
from hub.cluster.activation import codec_of
from hub.cluster.apply import Applied, apply
from hub.cluster.plan import Cluster
from hub.engine.clock import wall_ms
from hub.engine.health import Health
from hub.engine.worker import Worker
from hub.errors import HubError, UnreachableError
from hub.events.codec import Codec, format_millis
from hub.events.envelope import to_headers
from hub.local import RunningBroker, running_broker
from hub.local.port import LOOPBACK, free_ports
from hub.names import (
    CASES,
    COMMANDS,
    INTAKE,
    JOURNAL,
    SIGNALS,
    STATUS,
    AgencyCode,
    CaseId,
    EventType,
    deadletters_topic,
    events_topic,
    tasks_topic,
)
from hub.network.load import DeclaredNetwork
from hub.router.case import Case, decode_case
from hub.settings import Engine, Kafka, Settings
from tests.kafka.city import BANK, CIVIL, DESK, OFFICE, OPENED, PARTITIONS, POST, catalog, city
from tests.kafka.log import Log
from tests.kafka.registry import StandIn, standing_in
from tests.kafka.until import until

AGENCIES: Final = (OFFICE, DESK, CIVIL, BANK, POST)
#: Lets a test's members be missed soon.
QUICK_SESSIONS: Final = {"group.min.session.timeout.ms": "1000"}


def new_case(opener: AgencyCode = DESK) -> CaseId:
    """Make the id of a case that never was."""
    return CaseId(f"{opener}.{uuid4()}")


class World:
    """Hold a broker with the city in force, and whoever speaks and listens there."""

    def __init__(self, broker: RunningBroker, registry: StandIn, home: Path) -> None:
        """Apply the city."""
        self.broker, self.registry, self.home = broker, registry, home
        self.kafka = Kafka(bootstrap=broker.bootstrap)
        self.admin = Admin(self.kafka)
        self.apply(city())
        # Agencies are patient: a busy machine's broker may take longer to come back than a record is kept otherwise.
        self.producer = Producer(self.kafka, **{"delivery.timeout.ms": 300_000})
        self._logs: list[Log] = []

    def apply(self, network: DeclaredNetwork) -> Applied:
        """Put a network in force."""
        applied = apply(Cluster(self.kafka, self.registry.url), network, catalog())
        self.codec: Codec = codec_of(applied.bundle)
        return applied

    def settings(self, instance: str = "router-1", *, kafka: Kafka | None = None, **engine: Any) -> Settings:
        """Give a router's settings."""
        return Settings(
            home=self.home, kafka=kafka or self.kafka, registry_url=self.registry.url,
            engine=Engine(instance=instance, **engine),
        )  # fmt: skip

    # --- speaking ----------------------------------------------------------------------------------------------------

    def say(
        self, agency: AgencyCode, event_type: EventType, case: str, *, data: Mapping[str, Any] | None = None,
        event_id: str | None = None, causation: str | None = None, partition: int = -1,
    ) -> Callable[[], Place]:  # fmt: skip
        """Publish an event as an agency; call what is given to wait for the acknowledgement."""
        headers = to_headers(
            event_id or str(uuid4()), event_type, source=f"/agency/{agency}/test", time=format_millis(wall_ms()),
            case=case, causation=causation,
        )  # fmt: skip
        value = self.codec.encode(event_type, data or {})
        return self.put(events_topic(agency), value, key=case.encode(), headers=headers, partition=partition)

    def put(
        self, topic: str, value: bytes | None, *, key: bytes, headers: list[tuple[str, bytes]], partition: int = -1
    ) -> Callable[[], Place]:
        """Publish any bytes."""
        future = self.producer.publish(topic, value, key=key, headers=headers, partition=partition)
        return lambda: future.result(120)

    def act(self, case: str, act: str, **more: Any) -> Callable[[], Place]:
        """Let an operator act on a case."""
        data = {
            "case": case,
            "act": act,
            "actor": "budi",
            "reason": "test",
            "revision": None,
            "step": None,
            "facts": "",
        }
        headers = to_headers(
            str(uuid4()), "hub.CaseCommand", source="/hub/cli", time=format_millis(wall_ms()), case=case
        )
        value = self.codec.encode(EventType("hub.CaseCommand"), data | more)
        return self.put(COMMANDS, value, key=case.encode(), headers=headers)

    # --- listening ---------------------------------------------------------------------------------------------------

    def log(self, *more: AgencyCode, isolation: str = "read_committed") -> Log:
        """Follow all that the hub writes."""
        topics: dict[str, int] = dict.fromkeys((CASES, STATUS, JOURNAL, INTAKE, SIGNALS), PARTITIONS)
        for agency in (*AGENCIES, *more):
            topics |= {tasks_topic(agency): 1, deadletters_topic(agency): 1}
        made = Log(self.kafka, topics, isolation)
        self._logs.append(made)
        return made

    def entries(self, log: Log, case: str) -> list[dict[str, Any]]:
        """Read the journal of one case."""
        return [self.entry(record) for record in log.of(JOURNAL, case)]

    def entry(self, record: Record) -> dict[str, Any]:
        """Read one journal entry."""
        data: dict[str, Any] = dict(self.codec.decode(record.value)[1])
        return data

    def case(self, log: Log, case: str) -> Case | None:
        """Read the state of one case as it was committed last."""
        states = log.of(CASES, case)
        return decode_case(states[-1].value) if states and states[-1].value is not None else None

    def until_status(self, log: Log, case: str, status: str, *, within_s: float = 60.0) -> Case:
        """Wait until a case stands so."""

        def reached() -> Case | None:
            found = self.case(log, case)
            return found if found is not None and found.status == status else None

        found = until(reached, within_s=within_s)
        assert found is not None
        return found

    # --- working -----------------------------------------------------------------------------------------------------

    @contextmanager
    def worker(
        self, settings: Settings | None = None, *, read_clock: Callable[[], int] = wall_ms
    ) -> "Iterator[Thread]":
        """Run a worker in a thread until the context ends; it must have ended well, or its error was looked at."""
        thread = Thread(settings or self.settings(), read_clock)
        try:
            yield thread
        finally:
            thread.stop()

    @contextmanager
    def router(self, settings: Settings | None = None) -> "Iterator[Process]":
        """Run ``hub run router`` until the context ends."""
        process = Process(settings or self.settings())
        try:
            yield process
        finally:
            process.kill()

    @contextmanager
    def supervised(self, settings: Settings | None = None) -> Iterator[None]:
        """Run ``hub run router`` until the context ends, started anew whenever it has ended: what a supervisor does."""
        ended = threading.Event()

        def supervise() -> None:
            while not ended.is_set():
                with self.router(settings) as router:
                    while router.process.poll() is None and not ended.wait(0.05):
                        pass

        thread = threading.Thread(target=supervise, name="supervisor", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(30)

    @contextmanager
    def broker_away(self) -> Iterator[None]:
        """Kill the broker, and start it again when the context ends; nobody of the test's own reads meanwhile."""
        for log in self._logs:
            log.leave()
        self.broker.kill()
        try:
            yield
        finally:
            self.broker.restart()
            for log in self._logs:
                log.come_back()

    @contextmanager
    def broker_frozen(self) -> Iterator[None]:
        """Let the broker stand still until the context ends; nobody of the test's own reads meanwhile."""
        for log in self._logs:
            log.leave()
        self.broker.freeze()
        try:
            yield
        finally:
            self.broker.thaw()
            for log in self._logs:
                log.come_back()

    def is_open(self, record: Record) -> bool:
        """Tell whether a record stands in a transaction that nobody has ended yet."""

        def told() -> Mapping[Place, int] | None:
            with suppress(UnreachableError):  # a broker that stood still leads anew, and is asked once more then
                return self.admin.readable_ends([record.place])
            return None

        ends = until(told)
        assert ends is not None
        return ends[record.place] <= record.offset

    def killed_before_its_commit(self, settings: Settings, everything: Log) -> CaseId:
        """Kill a router after it wrote about a case and before it committed that; give the case.

        On a busy machine the commit may come first: then another router is killed over another case.
        """

        def kill() -> CaseId | None:
            case = new_case()
            with self.router(settings) as router:
                router.until_page("/readyz", 200)
                self.say(DESK, OPENED, case, data={"name": "A"})()
                until(lambda: everything.of(tasks_topic(CIVIL), case) and everything.of(JOURNAL, case))
                router.kill()
            return case if self.is_open(everything.of(JOURNAL, case)[0]) else None

        found = until(kill, within_s=120)
        assert found is not None
        return found

    def close_logs(self) -> None:
        """Read no more: a reader at the end of its topics asks the broker fifty times a second."""
        for log in self._logs:
            log.close()
        self._logs.clear()

    def close(self) -> None:
        """Leave the broker."""
        self.producer.close()
        self.close_logs()


class Thread:
    """A worker in a thread of this process."""

    def __init__(self, settings: Settings, read_clock: Callable[[], int] = wall_ms) -> None:
        """Start it."""
        self.health = Health()
        self.error: HubError | None = None
        self._worker = Worker(settings, read_clock=read_clock, health=self.health)
        self._thread = threading.Thread(target=self._run, name=settings.engine.instance, daemon=True)
        self._thread.start()

    def until_ready(self, within_s: float = 60.0) -> None:
        """Wait until it routes."""
        pause = threading.Event()
        until(lambda: self.health.why_unready() is None or self.error or pause.wait(0.02), within_s=within_s)

    def ends(self, topic: str) -> dict[int, int]:
        """Tell up to where each partition of an input was read, what is no record included."""
        ends = dict(self._worker._inputs._reader.ends)
        return {place.partition: end for place, end in ends.items() if place.topic == topic}

    def stop(self) -> None:
        """Ask it to finish, and wait."""
        self.health.stop()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the worker did not end in 60 s"

    def until_ended(self, within_s: float = 60.0) -> None:
        """Wait for its end without asking for it."""
        self._thread.join(within_s)
        assert not self._thread.is_alive(), "the worker goes on"

    def _run(self) -> None:
        try:
            self._worker.run()
        except HubError as error:
            self.error = error


class Process:
    """``hub run router`` with a page of its own; what it says goes to a file."""

    def __init__(self, settings: Settings) -> None:
        """Start it."""
        self.port = free_ports(1)[0]
        self.said = settings.home / f"{settings.engine.instance}.log"
        ours = {
            "KAFKA_BOOTSTRAP_SERVERS": str(settings.kafka.bootstrap),
            "SCHEMA_REGISTRY_URL": str(settings.registry_url),
            "HUB_HOME": str(settings.home),
            "HUB_METRICS_PORT": str(self.port),
        }
        engine = {f"HUB_ENGINE__{name.upper()}": str(value) for name, value in settings.engine}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "run", "router"], env=kept | ours | engine, stdout=said, stderr=said
            )

    def page(self, path: str) -> tuple[int, str]:
        """Read one of its pages; status 0 when nobody answers."""
        try:
            answer = httpx2.get(f"http://{LOOPBACK}:{self.port}{path}", timeout=2, trust_env=False)
        except httpx2.HTTPError:
            return 0, ""
        return answer.status_code, answer.text

    def until_page(self, path: str, status: int, *, within_s: float = 60.0) -> str:
        """Wait until a page answers so, and give its text."""
        pause = threading.Event()

        def answers() -> tuple[int, str] | None:
            found = self.page(path)
            if found[0] == status:
                return found
            assert self.process.poll() is None, f"the router ended with {self.process.poll()}: {self.said.read_text()}"
            pause.wait(0.05)
            return None

        found = until(answers, within_s=within_s)
        assert found is not None
        return found[1]

    def kill(self) -> None:
        """Kill it (SIGKILL) unless it is gone."""
        self.process.kill()
        self.process.wait()


@contextmanager
def world(home: Path, *, extra: Mapping[str, str] | None = None) -> Iterator[World]:
    """Run a broker and a registry with the city in force while the context is open."""
    with running_broker(home, extra=extra) as broker, standing_in() as registry:
        made = World(broker, registry, home)
        try:
            yield made
        finally:
            made.close()
