"""What editors are told of a network's files agrees with what the hub reads."""

from typing import Any

import jsonschema
import pytest

from hub.network.folder.editor import editor_schemas
from hub.network.folder.yaml import read_yaml
from tests.unit.network.town import AGREEMENT, CALENDAR, CLINIC, NETWORK, PROCEDURE, SERVICE, Town


def told(town: Town, kind: str, file: str) -> list[str]:
    """List what an editor underlines in a file of the town."""
    value: Any = read_yaml(file, (town.folder / file).read_bytes())[0].value
    validator = jsonschema.Draft202012Validator(editor_schemas()[kind])
    return [error.message for error in validator.iter_errors(value)]


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("network", NETWORK), ("agencies", CLINIC), ("services", SERVICE), ("procedures", PROCEDURE),
        ("agreements", AGREEMENT), ("calendars", CALENDAR),
    ],
)  # fmt: skip
def test_an_editor_takes_what_the_hub_takes(town: Town, kind: str, file: str) -> None:
    """Each schema is one, and the small town's files fit it, short forms too."""
    jsonschema.Draft202012Validator.check_schema(editor_schemas()[kind])

    assert told(town, kind, file) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("deadline: 2 days", "deadline: soon"),
        ("town.CardPrinted: done", "town.CardPrinted: finished"),
        ("    after: [record]\n", "    before: [record]\n"),
        ("evidence: I", "evidence: maybe"),
    ],
)
def test_an_editor_underlines_what_the_hub_refuses(town: Town, old: str, new: str) -> None:
    """What is wrong by itself is seen while one writes."""
    town.edit(PROCEDURE, old, new)

    assert told(town, "procedures", PROCEDURE)
