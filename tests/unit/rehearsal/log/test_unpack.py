"""Packed files: read as they come, and never trusted."""

import gzip
from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.rehearsal.log import unpack


def test_a_packed_file_is_read_as_the_plain_one(tmp_path: Path) -> None:
    """The suffix alone tells that a file is packed."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert list(unpack.lines(tmp_path / "a.gz")) == ["one\n", "two\n"]
    assert list(unpack.pieces(tmp_path / "a.gz")) == [b"one\ntwo\n"]


@pytest.mark.parametrize("content", [b"no gzip at all", gzip.compress(b"x" * 100_000)[:-20]])
def test_a_damaged_packed_file_is_told(tmp_path: Path, content: bytes) -> None:
    """A foreign or cut file names itself and what to do."""
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"a\.gz: the log cannot be read to its end: .*; get the file again"):
        list(unpack.pieces(tmp_path / "a.gz"))


def test_a_small_file_that_unpacks_to_a_giant_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the limit, however small the packed file is."""
    monkeypatch.setattr(unpack, "MAX_BYTES", 100_000)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"\n" * 150_000))
    for read in (unpack.pieces, unpack.lines):
        with pytest.raises(ConfigurationError, match="over 100000 bytes unpacked"):
            list(read(tmp_path / "a.gz"))
