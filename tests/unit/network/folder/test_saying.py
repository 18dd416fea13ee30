"""Words for values that do not fit: whatever stands in a file, people are told what to write instead."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hub.network.folder.misfit import misfits
from hub.network.folder.saying import PATTERNS
from hub.network.folder.yaml import Document, read_yaml
from hub.network.load import KINDS, NETWORK_FILE
from hub.network.model import Network
from tests.unit.network.test_tariff import TARIFF
from tests.unit.network.town import DATA

TOWN = DATA / "town"
#: A value of every kind that YAML has, too large, too small, empty and odd ones among them.
WRONG: list[Any] = [
    None, True, 5, -1, 10**13, 1.5, "x", "x" * 5_000, "A b", "2026-13-45", "2026-01-05T08:00", [], [1], ["a"] * 400,
    {}, {"a": 1},
]  # fmt: skip


def _files() -> Iterator[tuple[str, type[BaseModel], bytes]]:
    yield NETWORK_FILE, Network, (TOWN / NETWORK_FILE).read_bytes()
    for folder, kind in KINDS.items():
        for path in sorted((TOWN / folder).glob("*.yaml"))[:1]:
            yield path.name, kind, path.read_bytes()
    yield "tariff", KINDS["tariffs"], TARIFF.encode()


FILES = list(_files())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _paths(each, (*path, key))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return changed


@pytest.mark.parametrize(("name", "kind", "content"), FILES, ids=[name for name, _, _ in FILES])
def test_whatever_stands_there_people_are_told_what_to_write(name: str, kind: type[BaseModel], content: bytes) -> None:
    """Put a wrong value in each place: every finding has a remedy of its own, no jargon, and is short."""
    document: Document = read_yaml(name, content)[0]
    found = 0
    for path in _paths(document.value):
        for new in WRONG:
            try:
                kind.model_validate(_with(document.value, path, new))
            except ValidationError as wrong:
                for finding in misfits(document, kind, wrong):
                    found += 1
                    assert finding.fix not in {"", "mend the value"}, str(finding)
                    assert not re.search(r"[Ii]nput should|valid (string|dictionary|tuple)|\^", str(finding))
                    assert len(str(finding)) < 600
    assert found > 50


def test_every_pattern_of_a_model_has_its_words() -> None:
    """A regular expression is no remedy for people who write files."""
    patterns = {
        each
        for kind in (Network, *KINDS.values())
        for each in re.findall(r"'pattern': '([^']*)'", str(kind.model_json_schema(mode="serialization")))
    }
    assert patterns
    assert {each.replace("\\\\", "\\") for each in patterns} <= PATTERNS.keys()
