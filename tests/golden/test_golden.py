"""Cases that were decided once are decided the same again; a state that was written once can still be read."""

import json
from pathlib import Path

import msgspec
import pytest

from hub.router.case import decode_case, encode_case
from tests import builders as b
from tests.golden.replay import FOLDER, replay

FILES = sorted(FOLDER.glob("*.json"))


def test_there_are_golden_files() -> None:
    """A folder that is empty by mistake proves nothing."""
    assert len(FILES) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_case_is_decided_as_before(path: Path) -> None:
    """Every decision of the story is the one in the file (`python -m tests.golden.replay` writes them anew)."""
    golden = json.loads(path.read_text(encoding="utf-8"))
    world, decided = replay(golden)
    assert json.loads(json.dumps(decided)) == golden["decided"]
    assert json.loads(world.states.get(b.CASE, b"null")) == golden["state"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_state_can_still_be_read(path: Path) -> None:
    """A worker of today goes on with the states of yesterday."""
    state = json.loads(path.read_text(encoding="utf-8"))["state"]
    if state is not None:
        assert json.loads(encode_case(decode_case(msgspec.json.encode(state)))) == state
