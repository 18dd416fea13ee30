"""check, rehearse and procedure explain, over the networks that are shipped."""

import json
import shutil
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit

_SAMARINDA, _WABO = Path("deploy/samarinda"), Path("deploy/wabo")


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Make a copy of the smaller network in which one step asks an agency that is not there."""
    folder = tmp_path / "broken"
    shutil.copytree(_WABO, folder)
    file = folder / "procedures" / "receipt.v1.yaml"
    file.write_text(file.read_text().replace("agency: dispatch", "agency: dispach", 1))
    return folder


@pytest.mark.parametrize("network", ["deploy/samarinda", "deploy/wabo"])
def test_the_shipped_networks_are_fit(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No error, nothing on stdout, and one line of talk."""
    assert _run("check", network) == Exit.OK
    said = capsys.readouterr()
    assert said.out == ""
    assert "0 errors" in said.err


def test_findings_name_file_line_and_remedy(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding is one line of data that an editor can jump to; the exit code is 1."""
    assert _run("check", str(broken)) == Exit.FAILED
    (line, *_) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{broken}/procedures/receipt.v1.yaml:")
    assert "did you mean 'dispatch'" in line
    assert _run("check", str(broken), "--json") == Exit.FAILED
    found = json.loads(capsys.readouterr().out)
    assert {"code", "file", "line", "column", "message", "fix", "level"} <= set(found[0])


def test_who_forgets_the_schemas_is_reminded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A type of one's own is not among the shipped ones; which option leads to it is said, once, and only then."""
    folder, own = tmp_path / "network", tmp_path / "schemas"
    shutil.copytree(_WABO, folder)
    shutil.copytree("schemas", own)
    (own / "town").mkdir()
    (own / "town" / "Met.v1.avsc").write_text('{"type": "record", "name": "Met", "namespace": "town", "fields": []}')
    file = folder / "agencies" / "dispatch.yaml"
    file.write_text(file.read_text().replace("publishes:", "publishes:\n  - town.Met", 1))
    assert _run("check", str(folder)) == Exit.FAILED
    assert capsys.readouterr().err.count("--schemas") == 1
    assert _run("check", str(folder), "--schemas", str(own)) == Exit.OK
    assert "--schemas" not in capsys.readouterr().err


def test_an_example_that_ends_otherwise_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Examples are part of the check: they are the procedure's tests."""
    folder = tmp_path / "network"
    shutil.copytree(_WABO, folder)
    file = folder / "procedures" / "receipt.v1.yaml"
    file.write_text(file.read_text().replace("outcome: completed", "outcome: withdrawn", 1))
    assert _run("check", str(folder)) == Exit.FAILED
    assert "example-failed" in capsys.readouterr().out
    assert _run("rehearse", str(folder)) == Exit.FAILED
    assert "the case is completed, not withdrawn" in capsys.readouterr().out


def test_a_wrong_log_mapping_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A network's log.yaml is checked with the rest."""
    folder = tmp_path / "network"
    shutil.copytree("deploy/wabo", folder)
    (folder / "log.yaml").write_text((folder / "log.yaml").read_text().replace("opener: registry", "opener: nobody"))
    assert _run("check", str(folder)) == Exit.FAILED
    assert "log.yaml" in capsys.readouterr().out


def test_no_folder_is_a_wrong_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is told as such, not as a network full of errors."""
    assert _run("check", "deploy/nowhere") == Exit.CONFIGURATION
    assert "deploy/nowhere is no folder" in capsys.readouterr().err


def test_a_broken_network_is_not_rehearsed_or_explained(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be used says why, with exit code 1."""
    for words in (("rehearse", str(broken)), ("procedure", "explain", str(broken), "receipt")):
        assert _run(*words) == Exit.FAILED
        assert "dispach" in capsys.readouterr().err


def test_every_example_is_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    """The examples of all procedures are listed with how they ended."""
    assert _run("rehearse", str(_SAMARINDA), "--json") == Exit.OK
    rows = json.loads(capsys.readouterr().out)
    assert {row["procedure"] for row in rows} >= {"newborn@1", "passport@1"}
    assert all(row["ends_as_said"] for row in rows)


def test_the_real_log_is_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    """The municipality's log: cases that hold T02, T04, T05, T06 and T10 are completed, and nothing is dropped."""
    assert _run("rehearse", "deploy/wabo", "--log", "deploy/wabo/receipt.csv", "--json") == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert (told["cases_opened"], told["events"]) == (1434, 8577)
    assert told["cases_completed"] + told["cases_open"] == 1434
    assert sum(told[f"events_{fate}"] for fate in ("taken", "early", "late", "duplicate", "unmatched")) == 8577
    assert _run("rehearse", "deploy/wabo", "--log", "deploy/wabo/receipt.csv") == Exit.OK
    assert "Where the open cases wait" in capsys.readouterr().out


def test_a_procedure_is_explained_in_both_languages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Words on stdout, the picture in a file; the newest version is meant where none is named."""
    assert _run("procedure", "explain", str(_SAMARINDA), "newborn", "--svg", str(tmp_path / "p.svg")) == Exit.OK
    assert capsys.readouterr().out.startswith("# Paket kelahiran (versi 1)")
    assert (tmp_path / "p.svg").read_text().startswith("<svg")
    assert _run("procedure", "explain", str(_WABO), "receipt@1", "--lang", "en") == Exit.OK
    assert capsys.readouterr().out.startswith("# Receipt of an environmental permit application (version 1)")
    assert _run("procedure", "explain", str(_WABO), "receipts") == Exit.CONFIGURATION
    assert "receipt@1" in capsys.readouterr().err


def test_two_versions_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the second says otherwise is data, for people and for machines; two procedures are not compared."""
    folder = tmp_path / "network"
    shutil.copytree(_WABO, folder)
    text = (folder / "procedures" / "receipt.v1.yaml").read_text()
    old = "deadline: {within: 14 days"
    assert old in text
    changed = text.replace("version: 1", "version: 9", 1).replace(old, "deadline: {within: 15 days", 1)
    (folder / "procedures" / "receipt.v9.yaml").write_text(changed)

    assert _run("procedure", "diff", str(folder), "receipt@1", "receipt@9") == Exit.OK
    head, line = capsys.readouterr().out.splitlines()
    assert (head.split(), line.split()[-4:]) == (
        ["KIND", "STEP", "WHAT", "BEFORE", "AFTER"],
        ["14", "days", "15", "days"],
    )
    assert _run("procedure", "diff", str(folder), "receipt@1", "receipt@9", "--json") == Exit.OK
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["what"], told["before"], told["after"]) == (
        "changed", "deadline within", "14 days", "15 days",
    )  # fmt: skip
    assert _run("procedure", "diff", str(_SAMARINDA), "newborn", "passport") == Exit.CONFIGURATION
