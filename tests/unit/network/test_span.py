"""Lengths of time are read as people write them, and written back the same."""

import pytest

from hub.calendar import DAY
from hub.network.span import WorkingTime, parse_span, parse_time, span_text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2 working days", WorkingTime(2 * DAY, "days")),
        ("1 working day", WorkingTime(DAY, "days")),
        ("8 working hours", WorkingTime(8 * 3_600_000, "hours")),
        ("2 days", 2 * DAY),
        ("36 hours", 129_600_000),
        ("30 minutes", 1_800_000),
    ],
)
def test_a_length_of_time_comes_out_as_it_went_in(text: str, span: int | WorkingTime) -> None:
    """Working time keeps its measure; clock time is in ms."""
    assert parse_time(text) == span
    assert span_text(span) == text


@pytest.mark.parametrize("text", ["working days", "2 working minutes", "2 workdays", "-1 working days", "soon", True])
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    """The remedy shows how to write one."""
    with pytest.raises(ValueError, match="no length of time; write it like"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0 working days", "0 days", 0, -5])
def test_no_time_is_refused(text: object) -> None:
    """A deadline of nothing would be missed before it is told."""
    with pytest.raises(ValueError, match="more than nothing"):
        parse_time(text)


def test_working_time_has_its_places() -> None:
    """Where only the clock counts, working time is refused by name."""
    with pytest.raises(ValueError, match="working time cannot stand here"):
        parse_span("2 working days")
