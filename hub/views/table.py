"""The tables of the views: what the journal says, in the shape in which people ask.

Only types that SQLite and PostgreSQL both have. Times are RFC 3339 in UTC with milliseconds, so that they sort as text.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

METADATA: Final = MetaData()

#: One row per case, as its newest entry left it.
CASES: Final = Table(
    "cases",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, comment="case number for people; empty while unknown"),
    Column("procedure", Text, nullable=False, comment="name@version; empty for an orphan"),
    Column("service", Text, nullable=False, comment="service of the procedure; empty while unknown"),
    Column("status", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("incidents", Integer, nullable=False, comment="open ones"),
    Column("revision", Integer, nullable=False),
    Column("bundle", BigInteger, nullable=False),
    Column("opened_at", Text),
    Column("changed_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("due", Text, comment="when anything of the case is due next; of a closed one its deletion"),
    Column("priority", Text, nullable=False, comment="class of the ground for which it goes first; or empty"),
    Column("parent", Text, nullable=False, comment="the case that opened this one as a sub-case; empty for all others"),
    Index("cases_by_number", "number"),
    Index("cases_by_parent", "parent"),
    Index("cases_by_status", "status", "changed_at"),
)

#: One row per step that a case has touched, as it is now.
STEPS: Final = Table(
    "steps",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("since", Text, nullable=False),
)

#: One row per journaled decision. Its place in the journal is its key: revisions count from 1 again when the state of a
#: case was deleted and its id comes back.
TIMELINE: Final = Table(
    "timeline",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("journal_offset", BigInteger, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("applied", Text, nullable=False, comment="for a command: yes or no"),
    Column("bundle", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("appended_at", Text),
    Column("elements", Text, nullable=False, comment="names of the elements that flowed, one space between"),
    Column("state_hash", Text, nullable=False),
    Column("event_hash", Text, nullable=False),
    Column("orders", BigInteger, nullable=False, comment="number of the orders to the network; 0: none"),
    Column("journal_partition", Integer, nullable=False),
)

#: What a decision changed, in order.
CHANGES: Final = Table(
    "changes",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("journal_offset", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("why", Text, nullable=False),
)

#: Every task that was sent; ``ended_as`` is empty while an answer is owed.
TASKS: Final = Table(
    "tasks",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("sent_at", Text, nullable=False),
    Column("due", Text),
    Column("ended_as", Text, nullable=False),
    Column("ended_at", Text),
    Index("tasks_by_case", "case"),
    Index("tasks_by_agency", "agency", "ended_as"),
)

#: Every incident; ``closed_at`` is null while a person is needed.
INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("case", Text, primary_key=True),
    Column("journal_offset", BigInteger, primary_key=True, comment="of the entry that opened it"),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, nullable=False, comment="of that entry"),
    Column("cause", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("closed_at", Text),
    Index("incidents_by_state", "closed_at"),
)

#: How far each partition of the journal is folded: the offset to go on from.
POSITIONS: Final = Table(
    "positions",
    METADATA,
    Column("partition", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
