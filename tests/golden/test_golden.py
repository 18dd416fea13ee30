"""Cases that were decided once are decided the same again; a state that was written once can still be read."""

import json
from pathlib import Path

import msgspec
import pytest

from hub.router.case import decode_case, encode_case
from tests import builders as b
from tests import networks
from tests.golden import mall, replay

PLAIN, MALL = replay.files(), list(mall.files())
#: Stories of what goes beyond one case or one agency: each of them is kept at least once.
BEYOND = {"sub-case", "referral", "merged", "agency-held", "predecessor"}
#: What a procedure of the mall goes through in its golden files; not every one can be returned or rejected.
WAYS = {"straight", "late", "odd-order", "deadline-missed", "operators"}
ANEW = "`make golden` writes it anew: read what is decided otherwise before you commit it"


def test_there_are_golden_files() -> None:
    """A folder that is empty by mistake proves nothing: the ten services of the mall have their cases, forty in all."""
    kept: dict[str, set[str]] = {}
    for path in MALL:
        kept.setdefault(path.parent.name, set()).add(path.stem)
    assert kept.keys() <= {procedure.procedure for procedure in networks.samarinda().procedures.values()}
    assert len(kept) >= 10
    assert all(ways >= WAYS for ways in kept.values())
    assert sum("returned" in ways for ways in kept.values()) > len(kept) / 2
    assert sum("rejected" in ways for ways in kept.values()) > len(kept) / 2
    assert set.union(*kept.values()) >= BEYOND
    assert "taken-over-to-another-version" in {path.stem for path in PLAIN}
    assert len(MALL) >= 40
    assert len(PLAIN) >= 10


@pytest.mark.parametrize("path", MALL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case_of_the_mall_is_decided_as_before(path: Path) -> None:
    """What became of every event, act and deadline, and how the case stands at the end, is what the file says."""
    story = mall.story_of(path)
    assert mall.decided(story).splitlines() == story["decided"].splitlines(), ANEW


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_the_case_is_decided_as_before(path: Path) -> None:
    """Every decision of a story over a small procedure is the one in the file."""
    golden = json.loads(path.read_text(encoding="utf-8"))
    world, decided = replay.replay(golden)
    assert decided == golden["decided"], ANEW
    assert json.loads(world.states.get(b.CASE, b"null")) == golden["state"], ANEW


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_the_state_can_still_be_read(path: Path) -> None:
    """A worker of today goes on with the states of yesterday."""
    state = json.loads(path.read_text(encoding="utf-8"))["state"]
    if state is not None:
        assert json.loads(encode_case(decode_case(msgspec.json.encode(state)))) == state
