"""The JSON Schemas for editors take every file that the shipped networks hold."""

import json
from pathlib import Path

import jsonschema
import pytest

from hub.cli.app import main
from hub.cli.network.schema import Kind, schema_of
from hub.network.folder.yaml import read_yaml

_FILES = [
    (kind, file)
    for network in (Path("deploy/samarinda"), Path("deploy/wabo"))
    for kind in Kind
    for file in ([network / "network.yaml"] if kind is Kind.NETWORK else sorted((network / kind.value).glob("*.yaml")))
]


@pytest.mark.parametrize(("kind", "file"), _FILES, ids=lambda each: str(getattr(each, "name", each)))
def test_shipped_files_fit_their_schema(kind: Kind, file: Path) -> None:
    """Short forms that the hub takes ("2 days", a list for `after`) are no errors in an editor."""
    document, findings = read_yaml(str(file), file.read_bytes())
    assert not findings
    told = json.loads(json.dumps(document.value, default=str))
    jsonschema.Draft202012Validator(schema_of(kind)).validate(told)


def test_an_unknown_key_does_not_fit() -> None:
    """An editor marks what the hub would refuse."""
    wrong = jsonschema.Draft202012Validator(schema_of(Kind.AGREEMENTS)).iter_errors({"agrement": "pks"})
    assert any("agrement" in each.message for each in wrong)


def test_schemas_are_written_as_files(tmp_path: Path) -> None:
    """One file per kind of network file, named as its folder."""
    with pytest.raises(SystemExit) as left:
        main(["schema", "json", "--out", str(tmp_path / "editor")])
    assert left.value.code == 0
    assert sorted(path.stem for path in (tmp_path / "editor").iterdir()) == sorted(kind.value for kind in Kind)
