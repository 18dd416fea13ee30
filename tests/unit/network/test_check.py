"""The whole check: each kind of finding with its words and place, all at once, and quickly."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from hub.network.check import check, example_failed, is_usable
from hub.network.folder.yaml import read_yaml
from hub.network.model import MAX_STEPS
from tests.unit.network.town import BIRTH, DATA, PROCEDURE, TODAY, Town, make_mall

FOUND: list[dict[str, Any]] = read_yaml("findings.yaml", (DATA / "findings.yaml").read_bytes())[0].value


def test_a_right_network_has_no_findings(town: Town) -> None:
    """The small town as it stands is usable and nothing is said of it."""
    assert is_usable(town.read())
    assert town.lines() == []


@pytest.mark.parametrize("case", FOUND, ids=[case["name"] for case in FOUND])
def test_a_mistake_is_told_with_place_and_remedy(town: Town, case: dict[str, Any]) -> None:
    """Each mistake gives exactly its findings: file, line, column, level, code, what is wrong, what to do."""
    for file, old, new in case["edits"]:
        town.edit(file, old, new)

    lines = town.lines()

    assert [line for line in lines if line in case["expect"]] == case["expect"]
    assert len(lines) == len(case["expect"]) + case.get("others", 0)


def test_all_mistakes_are_told_at_once(town: Town) -> None:
    """Mistakes in several files, of shape alone, do not hide each other."""
    town.edit("town/network.yaml", "coordinator: office", "coordinators: office")
    town.edit("town/agencies/clinic.yaml", "level: counter", "level: paper")
    town.edit(PROCEDURE, "deadline: 2 days", "deadline: soon")

    codes = [(finding.file, finding.code) for finding in town.read().findings]

    assert codes == [
        ("agencies/clinic.yaml", "wrong-value"),
        ("network.yaml", "missing-key"),
        ("network.yaml", "unknown-key"),
        ("procedures/birth.v1.yaml", "wrong-value"),
    ]


def test_a_procedure_without_steps_is_told(town: Town) -> None:
    """A procedure must say what its agencies do."""
    path = town.folder / PROCEDURE
    path.write_text(path.read_text().partition("steps:")[0] + "steps: {}\n")

    assert town.lines() == [
        "procedures/birth.v1.yaml:7:8: error [no-steps] the procedure has no steps; write what its agencies do"
    ]


def test_one_opening_opens_one_procedure(town: Town) -> None:
    """Two procedures with the same opening are told; two versions of one procedure are not."""
    text = (town.folder / PROCEDURE).read_text()
    (town.folder / "town/procedures/birth.v2.yaml").write_text(text.replace("version: 1", "version: 2"))
    assert town.lines() == []

    (town.folder / "town/procedures/twin.v1.yaml").write_text(text.replace("procedure: birth", "procedure: twin"))

    assert town.lines() == [
        (
            "procedures/twin.v1.yaml:5:11: error [opened-twice] town.Reported also opens procedure 'birth'; "
            "give each procedure an opening of its own"
        )
    ]


def test_versions_of_a_type_must_go_together(town: Town) -> None:
    """A newer version of an event type that cannot be read with the older one is told."""
    old = json.loads((town.folder / "schemas" / "Delivered.v1.avsc").read_text())
    old["fields"][0]["name"] = "handed_over_on"
    (town.folder / "schemas" / "Delivered.v2.avsc").write_text(json.dumps(old))

    lines = [line for line in town.lines() if "incompatible-schema" in line]

    assert lines
    for line in lines:
        assert line.startswith("town.Delivered.v2.avsc:1:1: error [incompatible-schema] town.Delivered: ")
        assert line.endswith("; give what is new a default and leave what is old, or make a new event type")


@pytest.mark.parametrize(("nik", "told"), [("6472051205900000", 0), ("6472051205900001", 1)])
def test_an_example_speaks_of_nobody(town: Town, nik: str, told: int) -> None:
    """A NIK in an example ends in the serial that is never issued, so that it can be no real person's."""
    path = town.folder / "schemas" / "Reported.v1.avsc"
    avro = json.loads(path.read_text())
    next(field for field in avro["fields"] if field["name"] == "plain")["identifier"] = "nik"
    path.write_text(json.dumps(avro))
    town.edit(PROCEDURE, "plain: x", f'plain: "{nik}"')

    lines = town.lines()

    assert len(lines) == told
    for line in lines:
        assert line == (
            "procedures/birth.v1.yaml:89:18: error [example-person] plain may be a real person's NIK; "
            "end it in 0000, a serial that is never issued"
        )


def test_a_rehearsal_above_reports_as_the_check_does(town: Town) -> None:
    """What an example did otherwise becomes a finding at what the example expects."""
    network = town.network()

    finding = example_failed(network, network.procedures[BIRTH], 0, why="it is open")

    assert str(finding) == (
        "procedures/birth.v1.yaml:93:11: error [example-failed] example 'a complete report goes through' ends "
        "otherwise than it says: it is open; mend the procedure, or what the example expects"
    )


def test_a_network_without_files_is_checked_too(town: Town) -> None:
    """A network that came in a bundle has no lines, but its findings still name the file."""
    network = town.network()
    bare = type(network)(network.network, {}, network.services, network.procedures, network.agreements)

    found = check(bare, town.catalog(), today=TODAY)

    assert {finding.code for finding in found} >= {"unknown-agency", "nobody-opens"}
    assert {(finding.line, finding.column) for finding in found} == {(1, 1)}


def test_a_mall_of_34_agencies_is_checked_in_time(tmp_path: Path) -> None:
    """Reading and checking a large network takes under two seconds of this machine's work."""
    mall = make_mall(tmp_path / "mall", services=11)

    start = time.thread_time()  # what else this process and this machine do is not counted
    reading = mall.read()
    took_s = time.thread_time() - start

    assert reading.network is not None
    assert len(reading.network.agencies) == 34
    assert reading.findings == ()
    assert took_s < 2


def test_a_procedure_of_too_many_steps_is_refused_in_time(town: Town) -> None:
    """A chain that would take hours to look through is one finding, at its steps."""
    steps = "".join(
        f"  s{n}:\n    title: {{id: a, en: b}}\n    agency: registry\n    request: town.CardRequest\n"
        f"    after: [{f's{n - 1}' if n else ''}]\n    answers: {{town.CardPrinted: done}}\n"
        for n in range(MAX_STEPS + 1)
    )
    town.edit(PROCEDURE, "steps:\n", f"steps:\n{steps}")

    (line,) = [each for each in town.lines() if "birth.v1.yaml" in each]

    assert line == (
        "procedures/birth.v1.yaml:8:3: error [wrong-value] steps: this holds more than 150; take some out, or split it"
    )
