"""XES: streamed, whatever is between the events, and safe against what XML can do."""

from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.rehearsal.log.table import Row
from hub.rehearsal.log.xes import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAG_BYTES, MAX_VALUE_CHARS, read_xes

NEEDED = ("case:name", "name", "when")


def read(folder: Path, text: str) -> list[Row]:
    """Write an XES file and read three attributes."""
    path = folder / "log.xes"
    path.write_text(text, encoding="utf-8")
    return list(read_xes(path, NEEDED))


def test_events_come_in_order_with_their_traces_attributes(tmp_path: Path) -> None:
    """Attributes of a trace do not leak into the next one; what is missing is empty."""
    text = (
        '<x:log xmlns:x="urn:any">\n<x:trace><x:string key="name" value="one"/>\n'
        '<x:event><x:string key="name" value="a &amp; b"/><x:date key="when" value="t"/></x:event>\n'
        '<x:event><x:string key="name" value="c"/></x:event>\n</x:trace>\n<x:trace><x:event/></x:trace></x:log>'
    )
    assert read(tmp_path, text) == [
        Row(3, {"case:name": "one", "name": "a & b", "when": "t"}),
        Row(4, {"case:name": "one", "name": "c", "when": ""}),
        Row(6, {"case:name": "", "name": "", "when": ""}),
    ]


def test_attributes_inside_attributes_and_lists_are_no_attributes_of_the_event(tmp_path: Path) -> None:
    """Only what stands directly in an event or trace counts."""
    text = (
        '<log><string key="name" value="log"/><trace><list key="l"><values><string key="name" value="no"/></values>'
        '</list><event><list key="l"><string key="when" value="no"/></list>'
        '<string key="name" value="yes"><string key="when" value="no"/></string></event></trace></log>'
    )
    assert read(tmp_path, text) == [Row(1, {"case:name": "", "name": "yes", "when": ""})]


def test_a_long_log_is_streamed(tmp_path: Path) -> None:
    """Events come before the file is read to its end."""
    trace = '<trace><string key="name" value="c"/><event><string key="name" value="e"/></event></trace>\n'
    path = tmp_path / "log.xes"
    path.write_text("<log>" + trace * 3_000 + "<never closed", encoding="utf-8")
    rows = read_xes(path, NEEDED)
    assert next(rows).values["name"] == "e"
    with pytest.raises(ConfigurationError, match=r"log\.xes:3001: this is no XML"):
        list(rows)


BOMB = '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><log>&b;</log>'
FOREIGN = '<!DOCTYPE log SYSTEM "file:///etc/hostname"><log/>'
EVENT = "<log><trace><event>{}</event></trace></log>"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, ":1: the log has a document type"),
        (FOREIGN, ":1: the log has a document type"),
        ("<html/>", ":1: the file's first element is 'html', not 'log'"),
        ("", ":1: this is no XML: no element found"),
        ("<log>\n<trace>\n</log>", ":3: this is no XML: mismatched tag"),
        ("<log>" + "<a>" * MAX_DEPTH, f"nested deeper than {MAX_DEPTH}"),
        (EVENT.format('<int key="k" value="1"/>' * (MAX_ATTRIBUTES + 1)), "too many or too long attributes"),
        (EVENT.format(f'<int key="k" value="{"1" * (MAX_VALUE_CHARS + 1)}"/>'), "too many or too long attributes"),
        (EVENT.format(f'<int key="k" value="{"1" * (3 * MAX_TAG_BYTES)}"/>'), f"a tag has over {MAX_TAG_BYTES} bytes"),
    ],
)
def test_what_could_harm_the_reader_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """Entities, foreign documents, depth and size end the reading with the line and what to do."""
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    assert told in str(raised.value)
    assert ";" in str(raised.value)


@pytest.mark.parametrize("encoding", ["none-such", "rot13", "utf-7", "gbk", "cp037"])
def test_an_encoding_that_is_not_taken_is_told(tmp_path: Path, encoding: str) -> None:
    """An encoding that no XML reader here knows is a fault of the file, with what to do."""
    with pytest.raises(ConfigurationError, match=r"log\.xes:1: .*; (save it as UTF-8|get the file again)"):
        read(tmp_path, f'<?xml version="1.0" encoding="{encoding}"?><log/>')
