"""A whole hub started by `hub up`, used by every command an operator has, killed and started again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.bus.producer import Producer
from hub.local.port import free_ports
from hub.names import JOURNAL
from hub.settings import Kafka
from tests.kafka.until import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

_BIRTH = {
    "child_name": "BAYI CONTOH SATU", "birth_date": "2026-01-02", "birth_place": "SAMARINDA", "sex": "female",
    "mother_nik": "6472055205950000", "mother_name": "IBU CONTOH SATU", "family_card_number": "6472050101200000",
    "birth_proof": "birth_letter", "marriage_proof": "marriage_book", "recipient_name": "IBU CONTOH SATU",
}  # fmt: skip
_RECORDED = {
    "nik": "6472054201260000",
    "name": "BAYI",
    "birth_date": "2026-01-02",
    "family_card_number": "6472050101200000",
}


class Hub:
    """A hub on ports of its own, and its command line."""

    def __init__(self, home: Path) -> None:
        kafka, controller, registry, management, gateway = free_ports(5)
        page = 20_000 + 2 * os.getpid() % 10_000  # with the next one, for the views: no port that a client may be given
        self.bootstrap = f"127.0.0.1:{kafka}"
        self.registry = f"http://127.0.0.1:{registry}/apis/ccompat/v7"
        self.pages = (page, page + 1, gateway)
        given = {
            "HUB_HOME": str(home), "HUB_PARTS": os.environ.get("HUB_PARTS", ".hub/parts"), "HUB_KAFKA_PORT": str(kafka),
            "HUB_CONTROLLER_PORT": str(controller), "HUB_REGISTRY_PORT": str(registry),
            "HUB_REGISTRY_MANAGEMENT_PORT": str(management), "HUB_GATEWAY_PORT": str(gateway),
            "HUB_METRICS_PORT": str(page), "HUB_ACTOR": "budi",
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "KAFKA_", "SCHEMA_"))}
        self._env: Mapping[str, str] = kept | given
        self._log = home.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def up(self, *words: str) -> None:
        """Start it and wait until it says that it runs."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub", "up", *words], env=self._env, stdout=log, stderr=log
            )
        deadline, tick = time.monotonic() + 240, threading.Event()
        while "the hub runs" not in self._log.read_text():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            tick.wait(0.1)

    def kill(self) -> None:
        """Kill it as a power cut would, children and all."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop it as Ctrl-C does; give the exit code."""
        return self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code, self._process = self._process.wait(60), None
        return code

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return subprocess.run(
            [sys.executable, "-m", "hub", *words], env=self._env, input=stdin, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    def json(self, *words: str, stdin: str = "", code: int = 0) -> Any:
        """Run one command that must end with this code, and read what it prints."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def child(self, word: str) -> int:
        """Find one of its processes by a word of its command."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        children = [int(each) for file in listed for each in file.read_text().split()]
        (found,) = [each for each in children if word in Path(f"/proc/{each}/cmdline").read_text().split("\0")]
        return found

    def until(self, *words: str, revision: int) -> Any:
        """Show a case until the views have it at this revision."""
        deadline, tick = time.monotonic() + 60, threading.Event()
        while True:
            done = self.run(*words, "--json")
            if done.returncode == 0 and (found := json.loads(done.stdout))["case"]["revision"] >= revision:
                return found
            assert time.monotonic() < deadline, done.stderr
            tick.wait(0.2)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Start a hub with the network of Samarinda, which a first start applies by itself."""
    made = Hub(tmp_path_factory.mktemp("hub") / "home")
    made.up()
    yield made
    made.stop()


def _open(hub: Hub, application: str) -> str:
    (said,) = hub.json(
        "event", "publish", "rs", "--type", "id.mpp.civil.BirthNotified", "--application", application,
        "--number", f"MPP-{application}", "--data", json.dumps(_BIRTH),
    )  # fmt: skip
    hub.until("case", "show", said["case"], revision=1)
    return str(said["case"])


def test_a_case_is_followed_from_its_opening_to_its_end(hub: Hub) -> None:
    """An event opens a case; its task, timeline and explanation are there; an answer moves it on; a person ends it."""
    case = _open(hub, "1")
    (task,) = [each for each in hub.json("task", "list", "disdukcapil") if each["case"] == case]
    (seen,) = [each for each in hub.json("task", "list", "disdukcapil", "--last", "50") if each["case"] == case]
    assert (seen["id"], seen["step"], seen["number"]) == (task["id"], "record_birth", "MPP-1")
    hub.json(
        "event", "publish", "disdukcapil", "--type", "id.mpp.civil.BirthRecorded", "--case", case, "--task", task["id"],
        "--data", json.dumps(_RECORDED),
    )  # fmt: skip
    shown = hub.until("case", "show", "MPP-1", revision=2)
    assert {each["step"] for each in shown["tasks"] if not each["ended_as"]} >= {"certificate", "enroll_jkn"}
    assert case in {each["id"] for each in hub.json("case", "list", "--agency", "bpjskes", "--service", "newborn")}
    decided = hub.json("case", "withdraw", case, "--reason", "asked", "--yes", "--any-revision")
    assert decided["applied"]
    ended = hub.until("case", "show", case, revision=decided["revision"])
    assert ended["case"]["status"] == "withdrawn"
    assert ended["timeline"][-1]["actor"] == "budi"
    explained = hub.json("case", "explain", case)
    assert {each["verdict"] for each in explained["decisions"]} == {"reproduced"}
    assert len(explained["decisions"]) == ended["case"]["revision"]
    assert "withdrawn by an operator" in hub.run("case", "show", case).stdout


def test_an_incident_is_seen_and_mended(hub: Hub) -> None:
    """A second opening with other content stops the case; a retry by a person who saw it lets it go on."""
    case = _open(hub, "2")
    hub.json(
        "event", "publish", "rs", "--type", "id.mpp.civil.BirthNotified", "--case", case,
        "--data", json.dumps(_BIRTH | {"child_name": "LAIN"}),
    )  # fmt: skip
    shown = hub.until("case", "show", case, revision=2)
    assert [each["cause"] for each in shown["incidents"]] == ["conflict"]
    assert case in {each["id"] for each in hub.json("case", "list", "--stuck")}
    refused = hub.json("case", "skip", case, "--step", "pay", "--reason", "no such step", code=1)
    assert not refused["applied"]
    hub.until("case", "show", case, revision=refused["revision"])
    assert hub.json("case", "retry", case, "--reason", "the first one is right")["applied"]
    hub.until("case", "show", case, revision=4)
    assert case not in {each["id"] for each in hub.json("case", "list", "--stuck")}
    again = hub.json("task", "resend", case, "--step", "record_birth", "--reason", "lost", "--any-revision")
    assert again["applied"]


def test_a_clock_is_stopped_and_resumed(hub: Hub) -> None:
    """While it stands nothing is due and the time is nobody's; then the task is due later by as long."""
    case = _open(hub, "8")

    def due() -> str | None:
        (task,) = [each for each in hub.json("task", "list", "disdukcapil") if each["case"] == case]
        return task["due"] and str(task["due"])

    before, words = due(), (case, "--step", "record_birth", "--reason", "the registry is under water")
    stopped = hub.json("case", "stop-clock", *words)
    shown = hub.until("case", "show", case, revision=stopped["revision"])
    assert (stopped["applied"], shown["case"]["holder"], shown["case"]["due"], due()) == (True, "stopped", None, None)
    assert not hub.json("case", "stop-clock", *words, "--any-revision", code=1)["applied"]
    resumed = hub.json("case", "resume", *words, "--any-revision")
    shown = hub.until("case", "show", case, revision=resumed["revision"])
    assert (resumed["applied"], shown["case"]["holder"]) == (True, "disdukcapil")
    after = due()
    assert before
    assert after
    assert after > before
    told = [(each["event_type"], each["actor"], each["reason"], each["applied"]) for each in shown["timeline"][1:]]
    ground = ("budi", words[-1])
    assert told == [("stop-clock", *ground, "yes"), ("stop-clock", *ground, "no"), ("resume", *ground, "yes")]
    assert {each["verdict"] for each in hub.json("case", "explain", case)["decisions"]} == {"reproduced"}


def test_acts_are_done_on_every_case_of_a_cause(hub: Hub) -> None:
    """What would be done is shown; each case is decided by itself: one that has changed since is left alone."""
    changed, *others = cases = [_open(hub, f"9{number}") for number in range(3)]
    for case in cases:
        hub.json(
            "event", "publish", "rs", "--type", "id.mpp.civil.BirthNotified", "--case", case,
            "--data", json.dumps(_BIRTH | {"child_name": "LAIN"}),
        )  # fmt: skip
    for case in cases:
        hub.until("case", "show", case, revision=2)
    words = ("case", "retry", "--all", "--cause", "conflict", "--reason", "the first ones are right")
    shown = hub.json(*words, "--dry-run")
    assert ({each["case"] for each in shown["cases"]}, shown["not_sent"]) == (set(cases), 3)
    assert hub.json("case", "show", changed)["case"]["revision"] == 2

    views = hub.child("views")
    os.kill(views, signal.SIGSTOP)
    try:
        noted = hub.json("case", "note", changed, "--reason", "the mother has called")
        told = hub.json(*words, "--yes", code=1)
    finally:
        os.kill(views, signal.SIGCONT)
    assert (told["found"], told["applied"], told["refused"], told["undecided"]) == (3, 2, 1, 0)
    (refused,) = [each for each in told["cases"] if each["became"] == "refused"]
    assert (refused["case"], "look again" in refused["why"]) == (changed, True)
    seen = hub.until("case", "show", changed, revision=noted["revision"] + 1)
    assert [(each["event_type"], each["applied"]) for each in seen["timeline"][2:]] == [
        ("note", "yes"),
        ("retry", "no"),
    ]
    for case in others:
        hub.until("case", "show", case, revision=3)

    done = hub.run(*words, "--yes")
    assert (done.returncode, done.stdout) == (0, "retry: 1 applied, 0 refused, 0 undecided, 0 not sent\n")
    assert "1 of 1 case decided" in done.stderr
    hub.until("case", "show", changed, revision=seen["case"]["revision"] + 1)
    assert hub.json(*words, "--yes")["found"] == 0


def test_values_are_held_to_their_schema_before_anything_is_sent(hub: Hub) -> None:
    """Every misfit is told by its path, and no event of the file was published."""
    good = {
        "type": "id.mpp.civil.BirthNotified",
        "correlationid": f"rs.{'0' * 8}-0000-4000-8000-{'0' * 12}",
        "data": _BIRTH,
    }
    wrong = good | {"data": _BIRTH | {"child_name": 5, "birth_date": "soon"}}
    done = hub.run("event", "publish", "rs", "--from", "-", stdin=f"{json.dumps(good)}\n{json.dumps(wrong)}\n")
    assert done.returncode == 5
    assert "data.child_name: must be a text" in done.stderr
    assert "data.birth_date" in done.stderr
    assert "nothing was published" in done.stderr
    assert good["correlationid"] not in {each["id"] for each in hub.json("case", "list")}
    done = hub.run("event", "publish", "pos", "--type", "id.mpp.civil.BirthNotified", "--application", "1")
    assert done.returncode == 5
    assert "may not publish" in done.stderr


def test_a_file_of_events_said_twice_is_said_once(hub: Hub) -> None:
    """Lines without ids get them from their words: the second time changes nothing."""
    case = _open(hub, "3")
    line = json.dumps({"type": "id.mpp.civil.BirthRecorded", "correlationid": case, "data": _RECORDED})
    first = hub.json("event", "publish", "disdukcapil", "--from", "-", stdin=line)
    hub.until("case", "show", case, revision=2)
    assert [each["id"] for each in hub.json("event", "publish", "disdukcapil", "--from", "-", stdin=line)] == [
        each["id"] for each in first
    ]
    decided = hub.json("case", "withdraw", case, "--reason", "end", "--yes", "--any-revision")
    ended = hub.until("case", "show", case, revision=decided["revision"])
    assert [each["event_type"] for each in ended["timeline"]].count("id.mpp.civil.BirthRecorded") == 1


def test_what_the_hub_cannot_take_is_listed_for_its_owner(hub: Hub) -> None:
    """Bytes that are no event come back as a dead letter with the reason."""
    producer = Producer(Kafka(bootstrap=hub.bootstrap))
    producer.publish("agency.pos.events", b"no event", key=b"pos.x", headers=[("ce_id", b"1")]).result(30)
    producer.close()
    causes = until(lambda: hub.json("deadletter", "list", "--agency", "pos"))
    assert (causes[0]["category"], causes[0]["waiting"]) == ("decode", 1)
    assert causes[0]["letters"][0]["from"].startswith("agency.pos.events-")


def test_tasks_are_followed_as_they_come(hub: Hub) -> None:
    """One JSON line a task, at once, with the facts when they are asked for."""
    command = [sys.executable, "-u", "-m", "hub", "task", "follow", "disdukcapil", "--json", "--data"]
    with subprocess.Popen(
        command, env=dict(hub._env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as follow:
        assert follow.stdout is not None
        assert follow.stderr is not None
        assert "waiting for tasks" in follow.stderr.readline()
        case = _open(hub, "4")
        told = json.loads(follow.stdout.readline())
        follow.send_signal(signal.SIGINT)
        assert follow.wait(60) == 130
    assert (told["case"], told["data"]["child_name"]) == (case, "BAYI CONTOH SATU")


def test_a_subscriber_follows_cases_with_an_ordinary_client(hub: Hub, tmp_path: Path) -> None:
    """The program of docs/subscribing.md, as it stands there, sees a case open and move."""
    page = Path("docs/subscribing.md").read_text(encoding="utf-8")
    program = tmp_path / "follow_cases.py"
    program.write_text(page.split("```python file=follow_cases.py\n")[1].split("```")[0], encoding="utf-8")
    case = _open(hub, "7")
    line = json.dumps({"type": "id.mpp.civil.BirthRecorded", "correlationid": case, "data": _RECORDED})
    hub.json("event", "publish", "disdukcapil", "--from", "-", stdin=line)
    given = {"KAFKA_BOOTSTRAP_SERVERS": hub.bootstrap, "SCHEMA_REGISTRY_URL": hub.registry}
    with subprocess.Popen(
        [sys.executable, str(program)], env=dict(hub._env) | given, stdout=subprocess.PIPE, text=True
    ) as follow:
        assert follow.stdout is not None
        told = (told for told in follow.stdout if told.startswith("MPP-7 "))
        assert next(told) == "MPP-7 open record_birth\n"
        assert "enroll_jkn" in next(told)
        follow.kill()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("task", "list", "disdukcapill"), "disdukcapil,"),
        (("task", "follow", "disdukcapill"), "agency's code"),
        (("deadletter", "list", "--agency", "disdukcapill"), "agency's code"),
        (("case", "list", "--status", "opened"), "open,"),
    ],
)
def test_a_misspelt_word_is_told_from_an_empty_list(hub: Hub, words: tuple[str, ...], told: str) -> None:
    """Who asks for what cannot be there learns it, with what could have been asked for."""
    done = hub.run(*words)
    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr


def test_a_killed_hub_goes_on_where_it_was(hub: Hub) -> None:
    """SIGKILL of everything, then `hub up` again: cases are there, move on, and every decision is reproduced."""
    case = _open(hub, "5")
    hub.kill()
    assert hub.run("doctor").returncode == 1
    hub.up()
    line = json.dumps({"type": "id.mpp.civil.BirthRecorded", "correlationid": case, "data": _RECORDED})
    hub.json("event", "publish", "disdukcapil", "--from", "-", stdin=line)
    hub.until("case", "show", case, revision=2)
    assert {each["verdict"] for each in hub.json("case", "explain", case)["decisions"]} == {"reproduced"}


def test_the_doctor_is_content(hub: Hub) -> None:
    """All is there and answers; a second apply of the same network changes nothing."""
    lines = {each["what"]: each for each in hub.json("doctor")}
    assert {each["level"] for each in lines.values()} <= {"ok", "warn"}
    assert "records wait" in lines["workers"]["found"]  # told by the router's own page of metrics
    assert hub.json("plan", "deploy/samarinda")["is_empty"]
    assert hub.json("apply", "deploy/samarinda")["is_empty"]


def test_what_is_released_is_refused_without_the_cluster(hub: Hub, tmp_path: Path) -> None:
    """Only `apply --release` lists in the folder what is in force; an edit of it is a finding from then on."""
    folder = shutil.copytree("deploy/samarinda", tmp_path / "samarinda")
    hub.json("apply", str(folder))
    assert not (folder / "released.json").exists()

    for told in ("lists what is released", "lists all of it already"):
        done = hub.run("apply", str(folder), "--release")
        assert (done.returncode, told in done.stderr) == (0, True), done.stderr
    assert hub.json("check", str(folder)) == []

    procedure = folder / "procedures" / "newborn.v1.yaml"
    procedure.write_text(procedure.read_text().replace("en: Newborn package", "en: Package"))
    (found,) = hub.json("check", str(folder), code=1)
    assert (found["code"], found["file"]) == ("released-changed", "procedures/newborn.v1.yaml")


def _page(port: int, page: str) -> bytes:
    """Read a page; nothing while it is not served or says no."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5) as answer:
            return bytes(answer.read())
    except OSError:
        threading.Event().wait(0.1)
        return b""


@pytest.mark.parametrize("page", ["livez", "readyz", "metrics"])
def test_every_process_tells_how_it_is(hub: Hub, page: str) -> None:
    """Router, views and gateway serve all three pages."""
    for port in hub.pages:
        shown = until(lambda port=port: _page(port, page))  # type: ignore[misc]
        assert page != "metrics" or b"# HELP hub_" in shown


def test_the_views_are_rebuilt_from_the_journal(hub: Hub) -> None:
    """After a rebuild beside the running views the same cases are there."""
    _open(hub, "6")
    before = hub.json("case", "list")
    assert hub.json("views", "rebuild", "--yes")["entries"] > 0
    assert hub.json("case", "list") == before
    until(lambda: hub.json("views", "status")["behind"] == 0)


def test_evidence_that_was_tampered_with_is_found(hub: Hub) -> None:
    """The chain holds; an entry that somebody else adds breaks it."""
    assert all(each["broken_at"] is None for each in hub.json("journal", "verify"))
    producer = Producer(Kafka(bootstrap=hub.bootstrap))
    producer.publish(JOURNAL, b"forged", key=b"x", partition=1).result(30)
    producer.close()
    chains = hub.json("journal", "verify", code=1)
    assert [each["partition"] for each in chains if each["broken_at"] is not None] == [1]
