"""A log's rows as events: ids, facts and order, from tables and from XES alike."""

import gzip
from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.events.value import check_value
from hub.names import case_id
from hub.rehearsal.log import LogEvent, UnmappedRow, read_log
from tests.unit.rehearsal.wabo import OPENING, T02, WABO, catalog, mapping, row, table

XES = f"""<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="urn:any">
  <global scope="event"><string key="concept:name" value="not an activity"/></global>
  <string key="concept:name" value="the log's own name"/>
  <trace>
    <string key="concept:name" value="case-1"/>
    <string key="channel" value="Internet"/>
    <date key="deadline" value="2011-12-06T13:41:31.000+01:00"/>
    <event>
      <string key="concept:name" value="{OPENING}"/>
      <string key="org:group" value="Group 1"><string key="org:group" value="nested"/></string>
      <string key="concept:instance" value="case-1/{OPENING}"/>
      <date key="time:timestamp" value="2011-10-11T13:45:40.276+02:00"/>
    </event>
  </trace>
</log>
"""


def written(folder: Path, text: str, *, name: str = "log.csv", encoding: str = "utf-8") -> Path:
    """Write a log file."""
    path = folder / name
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(folder: Path, text: str, *, name: str = "log.csv", encoding: str = "utf-8") -> list[LogEvent | UnmappedRow]:
    """Write a log file and read it with the network's mapping."""
    return list(read_log(written(folder, text, name=name, encoding=encoding), mapping()))


def only(rows: list[LogEvent | UnmappedRow]) -> LogEvent:
    """Take the one event that a log gave."""
    (event,) = rows
    assert isinstance(event, LogEvent)
    return event


def test_a_row_becomes_the_event_of_the_agency_that_the_network_makes_responsible(tmp_path: Path) -> None:
    """Case, agency, type, id, time and facts come from the row by the mapping, whatever group the log names."""
    event = only(read(tmp_path, table([row("case-1", OPENING, id_="task-7")])))
    assert (event.agency, event.event_type) == ("registry", "nl.wabo.ReceiptConfirmed")
    assert (event.case, event.key, event.id, event.line) == (case_id(event.agency, "case-1"), "case-1", "task-7", 2)
    assert event.at == 1318333540276
    assert event.data == {
        "application_number": "case-1",
        "channel": "Internet",
        "decide_by": "2011-12-06T12:41:31.000Z",
        "group": "Group 1",
        "done_at": "2011-10-11T11:45:40.276Z",
    }


def test_every_event_of_the_real_log_fits_its_schema() -> None:
    """Whoever publishes what the log gives never meets a schema error."""
    rows = list(read_log(WABO / "receipt.csv", mapping()))
    types = catalog().types
    for event in rows:
        assert isinstance(event, LogEvent)
        assert check_value(types[event.event_type], event.data) == event.data
    assert len(rows) == 8577


def test_a_log_read_twice_gives_the_same_events(tmp_path: Path) -> None:
    """Ids are made from the log, so a second publication is a repeat and no second event."""
    text = table([row("case-1", OPENING), row("case-1", T02), row("case-2", OPENING)])
    assert read(tmp_path, text) == read(tmp_path, text)


def test_a_table_and_xes_give_the_same_events(tmp_path: Path) -> None:
    """A row of a table and an event of XES with the same attributes are one and the same."""
    from_xes = only(read(tmp_path, XES, name="log.xes"))
    from_table = only(read(tmp_path, table([row("case-1", OPENING)])))
    assert (from_xes.id, from_xes.case, from_xes.at, from_xes.data) == (
        from_table.id, from_table.case, from_table.at, from_table.data,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["log.csv.gz", "LOG.CSV", "log.of.2011.csv"])
def test_a_table_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    """Packed or not, in capitals or with dots, a table is read."""
    assert only(read(tmp_path, table([row("case-1", OPENING)]), name=name)).key == "case-1"


def test_an_unknown_group_is_empty_and_an_unknown_activity_is_told(tmp_path: Path) -> None:
    """What the log does not know is no fact; a row that no agency can say is handed on, not dropped."""
    rows = read(tmp_path, table([row("case-1", T02, group="EMPTY"), row("case-1", "T99 Dream")]))
    assert isinstance(rows[0], LogEvent)
    assert rows[0].data["group"] == ""
    assert rows[1] == UnmappedRow(line=3, key="case-1", activity="T99 Dream")


def test_a_time_without_offset_is_the_networks_own(tmp_path: Path) -> None:
    """Clocks on the wall of the municipality count where the log names no zone, summer time included."""
    summer = only(read(tmp_path, table([row("case-1", T02, at="2011-07-01 12:00:00")])))
    winter = only(read(tmp_path, table([row("case-1", T02, at="2011-12-01 12:00:00")])))
    assert summer.data["done_at"] == "2011-07-01T10:00:00.000Z"
    assert winter.data["done_at"] == "2011-12-01T11:00:00.000Z"


@pytest.mark.parametrize(
    ("at", "id_", "group", "told"),
    [
        ("yesterday", "t", "g", "log.csv:2: column 'time:timestamp' must be a time like"),
        ("", "t", "g", "log.csv:2: column 'time:timestamp' is empty"),
        ("2011-10-11", "x" * 201, "g", "log.csv:2: column 'concept:instance' must have at most 200 characters"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_column(tmp_path: Path, at: str, id_: str, group: str, told: str) -> None:
    """A clerk finds the row that must be mended, and the message never holds the value."""
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, table([row("case-1", T02, at=at, id_=id_, group=group)]))
    assert told in str(raised.value)
    assert "yesterday" not in str(raised.value)


def test_a_field_that_the_schema_needs_may_not_be_unknown(tmp_path: Path) -> None:
    """An opening without channel is told at once, not when it is published."""
    text = table([row("case-1", OPENING)]).replace("Internet", "EMPTY")
    with pytest.raises(ConfigurationError, match=r"log\.csv:2: column 'case:channel' is empty, but field 'channel'"):
        read(tmp_path, text)


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    """The message names what a log may be."""
    with pytest.raises(ConfigurationError, match=r"a log is \.csv or \.xes"):
        read(tmp_path, "", name="log.xlsx")
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        list(read_log(tmp_path / "absent.csv", mapping()))
