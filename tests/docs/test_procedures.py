"""The pages of docs/procedures against the network that is shipped: in words and pictures, in two languages."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hub.cli.reference import procedure_pages

ROOT = Path(__file__).parents[2]
FOLDER, NETWORK = ROOT / "docs" / "procedures", ROOT / "deploy" / "samarinda"
_PAGES = procedure_pages()


def test_the_pages_are_fresh() -> None:
    """Each page is what the procedure says now, and no page is left of one that is gone: `make docs` writes them."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}

    assert there.keys() == _PAGES.keys()
    assert [name for name, text in _PAGES.items() if there[name] != text] == []


def test_each_procedure_is_told_in_both_languages() -> None:
    """Each procedure has a page and a picture in Indonesian and in English, all of them on the first page."""
    written = {name for name in _PAGES if name != "README.md"}
    procedures = {path.name.split(".")[0] for path in NETWORK.glob("procedures/*.yaml")}

    assert {"newborn", "passport"} <= procedures
    assert {name.split(".")[0] for name in written} == procedures
    assert len(written) == len(procedures) * 2 * 2
    assert {name for name in written if name.endswith(".md") and f"({name})" not in _PAGES["README.md"]} == set()


@pytest.mark.parametrize("name", sorted(name for name in _PAGES if name.endswith(".svg")))
def test_each_picture_is_one_that_a_browser_shows(name: str) -> None:
    """It is well-formed, names itself for those who do not see it, needs nothing else, and its page shows it."""
    picture = ET.fromstring(_PAGES[name])  # noqa: S314 - we wrote it
    svg = "{http://www.w3.org/2000/svg}"

    assert picture.findtext(f"{svg}title")
    assert picture.findtext(f"{svg}desc")
    assert not any("href" in key for each in picture.iter() for key in each.attrib)
    assert f"]({name})" in _PAGES[name.replace(".svg", ".md")]
