"""Books are only added to, and read while they are written."""

from pathlib import Path

import pytest

from hub.demo.ledger import Books, Entry, Ledger
from hub.names import AgencyCode

RS = AgencyCode("rs")


def _entry(number: int) -> Entry:
    return Entry(what="said", at=number, id=f"e-{number}", case="rs.1", type="T", data={"sex": "female"})


def test_each_entry_is_read_once(tmp_path: Path) -> None:
    """Also from agencies that open their books later."""
    books = Books(tmp_path)
    assert list(books.news()) == []
    with Ledger(tmp_path, RS) as ledger:
        ledger.write(_entry(1))
        ledger.flush()
        assert list(books.news()) == [(RS, _entry(1))]
        ledger.write(_entry(2))
        with Ledger(tmp_path, AgencyCode("pos")) as other:
            other.write(_entry(3))
        ledger.flush()
        assert list(books.news()) == [(AgencyCode("pos"), _entry(3)), (RS, _entry(2))]
    assert list(books.news()) == []


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_half_a_line_waits_for_its_end(tmp_path: Path, cut: int) -> None:
    """Who reads while somebody writes sees whole entries only."""
    with Ledger(tmp_path, RS) as ledger:
        ledger.write(_entry(1))
    path = next(tmp_path.iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:cut])
    books = Books(tmp_path)
    assert len(list(books.news())) == 1
    path.write_bytes(whole + whole)
    assert len(list(books.news())) == 1
