"""What docs/mall.md shows of a week is what its own command tells of the network that is shipped."""

import re
import shlex
from pathlib import Path

import pytest

from hub.cli.app import main
from hub.cli.exit import Exit

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "docs" / "mall.md"


def test_the_picture_is_fresh(tmp_path: Path) -> None:
    """The page's picture is the one that its command draws now: `make docs` draws it."""
    told = re.search(r"^hub (rehearse .*) --picture week\.svg$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told
    drawn = tmp_path / "week.svg"
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(told[1]), "--picture", str(drawn)])

    assert ended.value.code == Exit.OK
    assert drawn.read_text(encoding="utf-8") == (ROOT / "docs" / "mall.svg").read_text(encoding="utf-8")


def test_make_docs_draws_the_same_picture() -> None:
    """The Makefile rehearses the week that the page names."""
    (page,) = re.findall(
        r"^hub (rehearse deploy/\S+ --week .*) --picture", _PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    made = re.findall(r"-m hub (rehearse .*) --picture docs/mall\.svg", (ROOT / "Makefile").read_text(encoding="utf-8"))

    assert made == [page]
