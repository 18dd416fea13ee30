"""What two versions of a procedure say otherwise."""

from pathlib import Path

import pytest

from hub.network.load import DeclaredNetwork
from hub.network.model import Procedure
from hub.network.versions import Difference, differences, guess_renamed, read_facts
from tests.unit.network.town import BIRTH, PROCEDURE, Town


@pytest.fixture
def network(tmp_path: Path) -> DeclaredNetwork:
    """Read the small network."""
    return Town.copied(tmp_path).network()


def _edited(tmp_path: Path, *edits: tuple[str, str]) -> Procedure:
    town = Town.copied(tmp_path / "after")
    for old, new in edits:
        path = town.folder / PROCEDURE
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    return town.network().procedures[BIRTH]


def test_the_same_version_says_the_same(network: DeclaredNetwork) -> None:
    """No difference to itself."""
    assert differences(network.procedures[BIRTH], network.procedures[BIRTH]) == ()


def test_what_changes_is_told_as_it_is_declared(network: DeclaredNetwork, tmp_path: Path) -> None:
    """Deadlines, joins, fills, agencies and answers, each with before and after."""
    after = _edited(
        tmp_path,
        ("deadline: 2 days", "deadline: 3 days"),
        ("all: [card, enrol, advise]", "all: [enrol, advise]"),
        ("child_name: application.child_name\n    answers", "child_name: application.plain\n    answers"),
        ("      town.AdviceGiven: done", "      town.AdviceGiven: progress"),
    )

    assert differences(network.procedures[BIRTH], after) == (
        Difference("changed", "record", "deadline within", "2 days", "3 days"),
        Difference("changed", "card", "fill child_name", "application.child_name", "application.plain"),
        Difference("changed", "advise", "answers town.AdviceGiven outcome", "done", "progress"),
        Difference("changed", "deliver", "after all", "card, enrol, advise", "enrol, advise"),
        Difference("fact read", "", "application.plain"),
    )


def test_a_renamed_step_is_guessed(network: DeclaredNetwork, tmp_path: Path) -> None:
    """It asks the same agency for the same; that others name it anew is no difference of theirs."""
    before = network.procedures[BIRTH]
    after = _edited(
        tmp_path, ("  record:\n", "  register:\n"), ("[record]", "[register]"), ("record.number", "register.number"),
        ("answers: record", "answers: register"),
    )  # fmt: skip

    assert guess_renamed(before, after) == {"record": "register"}
    assert differences(before, after) == (Difference("step renamed", "register", "", "record", "register"),)


def test_steps_that_come_and_go_are_told(network: DeclaredNetwork) -> None:
    """Two that are not alike are two steps, and the facts read with them are told."""
    before = network.procedures[BIRTH]
    steps = {name: step for name, step in before.steps.items() if name != "card"}
    after = before.model_copy(update={"steps": steps})

    told = differences(before, after)
    assert told[0] == Difference("step removed", "card", "", "Print the card (registry)", "")
    assert Difference("fact not read", "", "application.wants_card") in told
    assert differences(after, before)[0] == Difference("step added", "card", "", "", "Print the card (registry)")


def test_the_facts_that_steps_read_are_found(network: DeclaredNetwork) -> None:
    """Out of guards, fills and the start of deadlines."""
    assert {"application.wants_card", "enrol.reason", "application.born_on"} <= read_facts(network.procedures[BIRTH])
