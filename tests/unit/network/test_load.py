"""How a network folder is read: which files count, under which names, and what comes of them."""

import pytest

from hub.errors import NetworkError
from hub.names import StepName
from hub.network.load import file_of, load, load_or_raise
from tests.unit.network.town import BIRTH, Town


def test_a_folder_becomes_models_by_name(town: Town) -> None:
    """Everything that is declared is found under its own name, and knows its file."""
    network = town.network()

    assert network.network.network == "town"
    assert sorted(network.agencies) == ["clinic", "insurer", "office", "registry"]
    assert list(network.procedures) == ["birth@1"]
    assert file_of(network.agreements["pks-town"]) == "agreements/pks-town.yaml"
    assert network.document(network.network).at("front_office") == (5, 15)


def test_a_folder_without_a_network_is_told(town: Town) -> None:
    """A folder that is none, or lacks its first file, is a finding and no crash."""
    (town.folder / "town" / "network.yaml").unlink()

    lines = town.lines()

    assert lines == [
        "network.yaml:1:1: error [missing-file] the file cannot be read: No such file or directory; write it"
    ]
    assert load(town.folder / "nowhere").network is None


def test_files_that_nobody_would_read_are_told(town: Town) -> None:
    """A file of a wrong kind, and a folder with a name nearly right, do not go unnoticed."""
    folder = town.folder / "town"
    (folder / "agencies" / "bank.yml").write_text("agency: bank\n")
    (folder / "agencies" / ".hidden").write_text("an editor's own\n")
    (folder / "procedure").mkdir()
    (folder / "procedure" / "birth.v2.yaml").write_text("procedure: birth\n")
    (folder / "letters").mkdir()
    (folder / "letters" / "one.yaml").write_text("a: 1\n")

    reading = town.read()

    assert [str(finding) for finding in reading.findings] == [
        "agencies/bank.yml:1:1: error [unread-file] the hub does not read this file; name it <name>.yaml",
        (
            "letters/one.yaml:1:1: warning [unread-folder] the hub does not read folder 'letters'; "
            "known are agencies, agreements, areas, calendars, migrations, procedures, services, statuses, tariffs"
        ),
        (
            "procedure/birth.v2.yaml:1:1: error [unread-folder] the hub does not read folder 'procedure'; "
            "did you mean 'procedures'?"
        ),
    ]
    assert reading.network is None


def test_a_folder_of_too_many_files_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at a number of files that no network needs."""
    monkeypatch.setattr("hub.network.load.MAX_FILES", 4)

    assert town.lines() == [
        "agreements/pks-town.yaml:1:1: error [too-many-files] the folder has over 4 files; take files out"
    ]


def test_whoever_cannot_go_on_gets_all_findings_raised(town: Town) -> None:
    """The strict way of reading raises one error that holds every finding."""
    town.edit("town/network.yaml", "coordinator: office\n", "")

    with pytest.raises(NetworkError, match="key 'coordinator' is missing") as raised:
        load_or_raise(town.folder / "town")

    assert len(raised.value.findings) == 1


def test_numbers_and_truths_are_expressions_too(town: Town) -> None:
    """In a fill or guard a bare number or truth means itself."""
    town.edit("town/procedures/birth.v1.yaml", "when: application.wants_card", "when: true")
    town.edit(
        "town/procedures/birth.v1.yaml", "place: application.place", "place: application.place\n      weight: 3.5"
    )

    steps = town.network().procedures[BIRTH].steps

    assert steps[StepName("card")].when == "true"
    assert steps[StepName("record")].fill["weight"] == "3.5"
    assert town.lines() == []
