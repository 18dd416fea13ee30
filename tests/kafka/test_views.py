"""The views over a real journal: folded once, whatever is killed, aborted or unreadable."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from hub.bus.admin import Admin, Topic
from hub.bus.producer import Producer, TransactionalProducer
from hub.cluster.bundles import bundle_key
from hub.events.catalog import Catalog, EventSchema
from hub.events.codec import Codec
from hub.local import RunningBroker, running_broker
from hub.local.port import free_ports
from hub.metrics import VIEWS_UNREADABLE
from hub.names import JOURNAL, NETWORK, AgencyCode, case_id
from hub.network.bundle import Bundle, bundled_schemas, pack
from hub.network.load import load_or_raise
from hub.settings import Kafka, Settings
from hub.views import Cases, Store, rebuild, status, views_url
from hub.views.entry import JOURNAL_ENTRY, Entry
from hub.views.follow import Follower, fold_to_end
from tests.unit.views.story import entry, many, move, opening

pytestmark = pytest.mark.kafka

_PARTITIONS = 2


def _bundle(folder: Path = Path("deploy/samarinda")) -> Bundle:
    network, catalog = load_or_raise(folder), Catalog.load(Path("schemas"))
    schemas = bundled_schemas(network, catalog)
    ids = {(each.type, each.version): number for number, each in enumerate(schemas, start=100)}
    return pack(network, catalog, ids=ids, created=1_767_571_200_000)


BUNDLE = _bundle()


def _with_newborn_2(folder: Path) -> Bundle:
    """Give the bundle with a second version of a procedure beside the first."""
    shutil.copytree("deploy/samarinda", folder)
    first = (folder / "procedures" / "newborn.v1.yaml").read_text(encoding="utf-8")
    second = first.replace("\nversion: 1\n", "\nversion: 2\n")
    (folder / "procedures" / "newborn.v2.yaml").write_text(second, encoding="utf-8")
    return _bundle(folder)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """Run a broker for the whole file."""
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


class Journal:
    """A fresh journal on the broker, and settings by which views follow it."""

    def __init__(self, broker: RunningBroker, home: Path) -> None:
        self.kafka = Kafka(bootstrap=broker.bootstrap)
        self.settings = Settings(home=home, kafka=self.kafka)
        admin = Admin(self.kafka)
        _remove(admin, JOURNAL, NETWORK)
        admin.create([Topic(JOURNAL, _PARTITIONS), Topic(NETWORK, 1, {"max.message.bytes": "8388608"})], 1)
        self.producer = Producer(self.kafka)
        self.put_in_force()
        self.codec = Codec({each.id: EventSchema(each.type, each.version, each.avro) for each in BUNDLE.schemas})

    def put_in_force(self, bundle: Bundle | None = None, *, sequence: int = 1) -> None:
        """Publish a bundle; unless another is given, the one whose ids the journal is written with."""
        self.producer.publish(NETWORK, (bundle or BUNDLE).encode(), key=bundle_key(sequence), partition=0).result(30)

    def write(self, *entries: Entry) -> None:
        """Write entries, each on its case's partition."""
        for each in entries:
            self.producer.publish(JOURNAL, self.value(each), key=each.case.encode())
        self.producer.flush()

    def value(self, one: Entry) -> bytes:
        """Write one entry as the engine does."""
        return self.codec.encode(JOURNAL_ENTRY, msgspec.to_builtins(one))

    def fresh_dump(self, home: Path) -> dict[str, list[tuple[object, ...]]]:
        """Fold everything into a new database and give its rows."""
        settings = self.settings.model_copy(update={"home": home})
        rebuild(settings)
        return _dump(settings)


def _remove(admin: Admin, *topics: str) -> None:
    there = [each for each in topics if each in admin.partitions()]
    if there:
        for future in admin._client.delete_topics(there, operation_timeout=30).values():
            future.result()
        _wait(lambda: not set(there) & set(admin.partitions()))


def _dump(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    store = Store(views_url(settings))
    try:
        return store.dump()
    finally:
        store.close()


def _wait(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        tick.wait(0.05)


@pytest.fixture
def journal(broker: RunningBroker, tmp_path: Path) -> Iterator[Journal]:
    """Make an empty journal."""
    made = Journal(broker, tmp_path / "home")
    yield made
    made.producer.close()


def test_the_journal_is_folded_and_rebuilt_to_the_same(journal: Journal) -> None:
    """What a follower folds batch by batch and what a rebuild folds at once are equal, row by row."""
    journal.write(*many(60, 7))
    store = Store(views_url(journal.settings))
    follower = Follower(journal.kafka, store)
    assert fold_to_end(follower) == 360
    journal.write(opening(case=case_id(AgencyCode("rs"), "9")))
    assert status(journal.settings)[0] == 1
    assert fold_to_end(follower) == 1
    follower.rewind()
    before = store.dump()
    assert rebuild(journal.settings) == 361
    assert store.dump() == before
    assert status(journal.settings)[0] == 0
    assert Cases(store).find(case_id(AgencyCode("rs"), "9")).service == "newborn"
    store.close()


def test_a_procedure_that_comes_while_the_views_run_has_its_service(journal: Journal, tmp_path: Path) -> None:
    """Cases of a new version are found by their service as older ones are, without a restart of the views."""
    store = Store(views_url(journal.settings))
    follower = Follower(journal.kafka, store)
    journal.write(opening())
    assert fold_to_end(follower) == 1
    journal.put_in_force(_with_newborn_2(tmp_path / "city"), sequence=2)
    journal.write(opening(case=case_id(AgencyCode("rs"), "9"), procedure="newborn@2"))
    assert fold_to_end(follower) == 1
    assert Cases(store).find(case_id(AgencyCode("rs"), "9")).service == "newborn"
    store.close()


def test_what_was_aborted_is_not_folded(journal: Journal) -> None:
    """Entries of an undone transaction never show, those of a committed one do."""
    producer = TransactionalProducer(journal.kafka, "test-views", timeout_ms=10_000)
    producer.init()
    for case, keep in (("a", False), ("b", True)):
        made = opening(case=case_id(AgencyCode("rs"), case))
        producer.begin()
        producer.produce(JOURNAL, journal.value(made), key=made.case.encode())
        if keep:
            producer.commit()
        else:
            producer.abort()
    producer.close()
    _wait(lambda: rebuild(journal.settings) == 1)  # a commit is known a moment before it can be read
    assert [row[0] for row in _dump(journal.settings)["cases"]] == [case_id(AgencyCode("rs"), "b")]
    assert status(journal.settings)[0] == 0


def test_what_cannot_be_read_is_counted_and_passed(journal: Journal) -> None:
    """A foreign record on the journal does not stop the fold."""
    before = VIEWS_UNREADABLE._value.get()
    journal.write(opening())
    journal.producer.publish(JOURNAL, b"no entry", key=opening().case.encode()).result(30)
    journal.write(entry(2, changes=(move("record", "active", "done"),)))
    journal.producer.publish(JOURNAL, b"\x00", key=opening().case.encode()).result(30)
    assert rebuild(journal.settings) == 2
    assert status(journal.settings)[0] == 0
    assert VIEWS_UNREADABLE._value.get() == before + 2


def test_a_fold_beside_a_rebuild_ends_in_the_same(journal: Journal, tmp_path: Path) -> None:
    """A rebuild empties the views under a running follower, which begins anew."""
    journal.write(*many(20, 3))
    store = Store(views_url(journal.settings))
    follower = Follower(journal.kafka, store)
    fold_to_end(follower)
    store.empty()
    journal.write(opening(case=case_id(AgencyCode("rs"), "late")))
    fold_to_end(follower)
    follower.rewind()
    store.close()
    assert _dump(journal.settings) == journal.fresh_dump(tmp_path / "fresh")


def _run_views(journal: Journal, port: int) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": str(journal.kafka.bootstrap),
        "HUB_HOME": str(journal.settings.home),
        "HUB_METRICS_PORT": str(port),
    }
    with _said(journal).open("ab") as said:
        return subprocess.Popen([sys.executable, "-m", "hub", "run", "views"], env=env, stderr=said)


def _said(journal: Journal) -> Path:
    journal.settings.home.mkdir(exist_ok=True)
    return journal.settings.home / "views.log"


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def test_a_killed_process_goes_on_where_it_was(journal: Journal, tmp_path: Path) -> None:
    """SIGKILL in the middle of a fold loses and doubles nothing; SIGTERM ends with exit code 0."""
    (port,) = free_ports(1)
    journal.write(*many(1_500, 11))
    for _ in range(3):
        process = _run_views(journal, port)
        cases = len(_dump(journal.settings)["timeline"])
        _wait(lambda seen=cases: len(_dump(journal.settings)["timeline"]) > seen or _is_ready(port))  # type: ignore[misc]
        process.kill()
        process.wait()
    process = _run_views(journal, port)
    _wait(lambda: _is_ready(port))
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert _dump(journal.settings) == journal.fresh_dump(tmp_path / "fresh")
    assert len(_dump(journal.settings)["timeline"]) == 9_000


def test_views_wait_for_a_journal_that_is_not_there_yet(journal: Journal) -> None:
    """Started before any network was applied, the process is alive and not ready; then it is."""
    _remove(Admin(journal.kafka), JOURNAL)
    (port,) = free_ports(1)
    process = _run_views(journal, port)
    try:
        _wait(lambda: "no topic cases.journal" in _unready(port))
        Admin(journal.kafka).create([Topic(JOURNAL, _PARTITIONS)], 1)
        _wait(lambda: _is_ready(port))
    finally:
        process.kill()
        process.wait()


def _unready(port: int) -> str:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        pass
    return ""
