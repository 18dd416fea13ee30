"""Tables as people's programs write them: encodings, delimiters, quotes, and rows that are wrong."""

from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.rehearsal.log.table import Row, read_table
from hub.rehearsal.log.unpack import MAX_LINE_BYTES


def read(folder: Path, content: bytes, *needed: str) -> list[Row]:
    """Write a table and read two of its columns."""
    path = folder / "log.csv"
    path.write_bytes(content)
    return list(read_table(path, needed or ("who", "what")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_names_survive_the_encodings_of_office_programs(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without byte order mark, and Windows-1252, give the same text."""
    assert read(tmp_path, "who,what\nJosé,café\n".encode(encoding))[0].values == {"who": "José", "what": "café"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_first_line_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    """A table of another country's office program is read without a setting."""
    content = f"what{delimiter}when{delimiter}who\r\n\r\na{delimiter}b{delimiter}c\r\n".encode()
    assert read(tmp_path, content) == [Row(3, {"who": "c", "what": "a"})]


def test_a_quoted_field_may_hold_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    """The line told is where the row ends."""
    rows = read(tmp_path, b'who,what\n"a, ""b""","c\nd"\ne,f\n')
    assert rows == [Row(3, {"who": 'a, "b"', "what": "c\nd"}), Row(4, {"who": "e", "what": "f"})]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1: the first line is empty"),
        (b"\nwho,what\n", ":1: the first line is empty"),
        (b"whom,what\na,b\n", ":1: the log lacks the columns 'who' (did you mean 'whom'?)"),
        (b"who,what,who\na,b,c\n", ":1: column 'who' is there twice"),
        (b"who,what\na,b\na\n", ":3: this row has 1 fields, the first line names 2"),
        (b"who,what\na,b,c\n", ":2: this row has 3 fields"),
        (b'who,what\na,b\n"a,b\n', ":3: this is no row of a table: unexpected end of data"),
        (b'who,what\na,"b"c\n', ":2: this is no row of a table"),
        (b'who,what\n"' + b"a\n" * 80_000, ": this is no row of a table: field larger than field limit"),
        (b'who,what\na,b\n"' + b'x\n","' * 300_000, ":3: the row that begins here has over"),
        (b"who,what\na,\x81\xff\n", ":2: byte 3 of the line is neither UTF-8 nor Windows-1252"),
        ("who,what\n".encode("utf-16"), ":1: this is no text in UTF-8 or Windows-1252"),
        (b"who,what\n" + b"a" * (MAX_LINE_BYTES + 1), f":2: a line has over {MAX_LINE_BYTES} bytes"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    """Each fault is met at its line, with what to do."""
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, content)
    assert told in str(raised.value)
    assert ";" in str(raised.value)
