"""Real event logs as events of a network: tables (CSV) and XES, by the mapping in the network's folder."""

from hub.rehearsal.log.event import LogEvent, UnmappedRow, read_log
from hub.rehearsal.log.mapping import LogMapping, load_mapping

__all__ = ["LogEvent", "LogMapping", "UnmappedRow", "load_mapping", "read_log"]
