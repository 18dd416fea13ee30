"""The views' database: rows and journal positions change in one transaction, so that a fold is never half done.

SQLite by default, PostgreSQL by URL; the statements are the same. One process folds, any number read.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Engine,
    Inspector,
    Table,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    make_url,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from hub.errors import ConfigurationError, RetriableError, UnreachableError
from hub.settings import Settings
from hub.views.entry import Placed
from hub.views.fold import CaseRows, Folded, Row, ServiceOf, fold
from hub.views.table import CASES, CHANGES, INCIDENTS, METADATA, POSITIONS, STEPS, TASKS, TIMELINE

#: Cases in one IN (...): below the oldest SQLite's limit of 999 variables, and the batches stay small in memory.
MOST_CASES: Final = 500
#: Milliseconds a SQLite writer waits for another; a rebuild beside a running fold is that other.
_BUSY_MS: Final = 10_000
#: Marks the connections that write.
_WRITES: Final = "hub_writes"
_MOVED: Final = "another process folds the same journal into these views; stop one of the two"


def views_url(settings: Settings) -> str:
    """Tell the database of these settings: the given URL, else a SQLite file in HUB_HOME."""
    return settings.views_url or f"sqlite:///{settings.data.resolve() / 'views.db'}"


class Store:
    """Keep the views in one database."""

    def __init__(self, url: str) -> None:
        """Open the database and make the tables that are not there; raise ConfigurationError or UnreachableError.

        Tables of another version are emptied and made anew: the next fold begins at the journal's beginning.
        """
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        with self.translated():
            is_ours = _is_ours(self.engine)
            METADATA.create_all(self.engine)
        if not is_ours:
            self.empty()

    def positions(self) -> dict[int, int]:
        """Tell how far each partition of the journal is folded."""
        with self.translated(), self.engine.connect() as connection:
            return {row.partition: row.position for row in connection.execute(select(POSITIONS))}

    def apply(
        self,
        batch: Sequence[Placed],
        service_of: ServiceOf,
        *,
        seen: Mapping[int, int] | None = None,
        read: Mapping[int, int] | None = None,
    ) -> int:
        """Fold entries of the journal, in order, in one transaction; tell how many were new.

        Idempotent: an entry below its partition's position is skipped. `seen` are the positions the caller read on
        from; raise RetriableError when another process has folded or emptied since: ask for them again. `read` are the
        positions it read up to, where what follows the last entry of a partition was none.
        """
        with self.translated(), self._writer.begin() as connection:
            before = {row.partition: row.position for row in connection.execute(select(POSITIONS))}
            if seen is not None and before != seen:
                raise RetriableError(_MOVED)
            new = [placed for placed in batch if placed.offset >= before.get(placed.partition, 0)]
            for some in _pieces(new):
                folded = fold(_known(connection, {placed.entry.case for placed in some}), some, service_of)
                _write(connection, folded)
            after = {placed.partition: placed.offset + 1 for placed in new} | dict(read or {})
            _advance(connection, before, after)
        return len(new)

    def empty(self) -> None:
        """Make all tables anew, without rows and positions: the next fold begins at the journal's beginning."""
        with self.translated(), self._writer.begin() as connection:
            METADATA.drop_all(connection)
            METADATA.create_all(connection)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give every row of every table, in the order of its key: two folds of one journal give the same."""
        with self.translated(), self.engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
                for table in METADATA.sorted_tables
            }

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the library's errors in this block into UnreachableError, without what was written."""
        try:
            yield
        except SQLAlchemyError as wrong:
            cause = getattr(wrong, "orig", None) or type(wrong).__name__
            raise UnreachableError(
                f"the views' database {self.engine.url.render_as_string()} does not serve: {cause}; "
                "see that it runs, or name another with HUB_VIEWS_URL"
            ) from wrong


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as wrong:
        raise ConfigurationError(
            f"HUB_VIEWS_URL cannot be used: {wrong}; write sqlite:///<file> or "
            "postgresql+psycopg://<user>@<host>/<name>, and install the driver that it names"
        ) from wrong
    if engine.dialect.name == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Let readers read while the fold writes, and take transactions into our own hands."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin at once, so that what is read stays true until it is written; the driver would begin at the first write.

    Who will write says so at once too, and waits for another writer: later SQLite refuses without waiting.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")


def _is_ours(engine: Engine) -> bool:
    """Tell whether the tables that are there already have our columns and keys."""
    inspector = inspect(engine)
    there = set(inspector.get_table_names())
    return all(_looks(inspector, table) == _shape(table) for table in METADATA.sorted_tables if table.name in there)


def _looks(inspector: Inspector, table: Table) -> tuple[list[str], list[str]]:
    columns = [each["name"] for each in inspector.get_columns(table.name)]
    return columns, inspector.get_pk_constraint(table.name)["constrained_columns"]


def _shape(table: Table) -> tuple[list[str], list[str]]:
    return [each.name for each in table.columns], [each.name for each in table.primary_key]


def _pieces(entries: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
    for begin in range(0, len(entries), MOST_CASES):
        yield entries[begin : begin + MOST_CASES]


def _known(connection: Connection, cases: set[str]) -> dict[str, CaseRows]:
    known = {case: CaseRows() for case in cases}
    for row in _rows(connection, select(CASES).where(CASES.c.id.in_(cases))):
        known[row["id"]].case = row
    for row in _rows(connection, select(STEPS).where(STEPS.c.case.in_(cases))):
        known[row["case"]].steps[row["step"]] = row
    for row in _rows(connection, select(TASKS).where(TASKS.c.case.in_(cases), TASKS.c.ended_as == "")):
        known[row["case"]].tasks[row["id"]] = row
    for row in _rows(connection, select(INCIDENTS).where(INCIDENTS.c.case.in_(cases), INCIDENTS.c.closed_at.is_(None))):
        known[row["case"]].incidents.append(row)
    return known


def _rows(connection: Connection, query: Any) -> Iterator[Row]:
    return (dict(row) for row in connection.execute(query).mappings())


def _write(connection: Connection, folded: Folded) -> None:
    """Write a fold: rows that may be there already are replaced, which every database does alike."""
    rows = folded.cases.values()
    _replace(connection, CASES, [each.case for each in rows if each.case is not None])
    if folded.begun:
        connection.execute(delete(STEPS).where(STEPS.c.case.in_(folded.begun)))
    _replace(connection, STEPS, [step for each in rows for step in each.steps.values()])
    _replace(connection, TASKS, [task for each in rows for task in each.tasks.values()])
    _replace(connection, INCIDENTS, [incident for each in rows for incident in each.incidents])
    _replace(connection, TIMELINE, folded.timeline)
    _replace(connection, CHANGES, folded.changes)


def _replace(connection: Connection, table: Table, rows: list[Row]) -> None:
    if not rows:
        return
    key = tuple(table.primary_key)
    for begin in range(0, len(rows), MOST_CASES // len(key)):
        some = rows[begin : begin + MOST_CASES // len(key)]
        wanted = [tuple(row[column.name] for column in key) for row in some]
        connection.execute(delete(table).where(tuple_(*key).in_(wanted)))
    connection.execute(insert(table), rows)


def _advance(connection: Connection, before: dict[int, int], after: dict[int, int]) -> None:
    """Move positions, but only from where we saw them: another process may fold beside us."""
    for partition, position in after.items():
        if partition not in before:
            connection.execute(insert(POSITIONS).values(partition=partition, position=position))
            continue
        moved = connection.execute(
            update(POSITIONS)
            .where(POSITIONS.c.partition == partition, POSITIONS.c.position == before[partition])
            .values(position=position)
        )
        if moved.rowcount != 1:
            raise RetriableError(_MOVED)


def masked_url(settings: Settings) -> str:
    """Tell the database of these settings for people to read: without its password."""
    return make_url(views_url(settings)).render_as_string()
