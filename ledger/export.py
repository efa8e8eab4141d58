"""The whole ledger as JSON lines and back, so that a backup of SQLite opens in PostgreSQL and the other way (R074)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from core.errors import InvalidInput
from core.files import Home
from ledger import tables
from ledger.tables import Instant, metadata
from ledger.tombstones import plain

Row = dict[str, Any]

_CHUNK = 10_000
_LOCKS = frozenset({"lease"})
"""Held by processes of the machine that made the backup; they mean nothing on another."""


def dump(connection: Connection) -> Iterator[tuple[str, list[Row]]]:
    """``(table, rows)`` in chunks, parents before children; every value as JSON carries it.

    Give it a :meth:`ledger.engine.Ledger.frozen` connection: then all tables are of one instant.
    """
    for table in _ordered():
        query = select(table).order_by(*table.primary_key.columns)
        result = connection.execution_options(yield_per=_CHUNK).execute(query)
        for part in result.mappings().partitions(_CHUNK):
            yield table.name, [{name: plain(value) for name, value in row.items()} for row in part]


def load(connection: Connection, parts: Iterable[tuple[str, Sequence[Row]]]) -> dict[str, int]:
    """Fill a ledger that was just made with what :func:`dump` gave; returns rows by table.

    Raises ``InvalidInput`` (backup_unreadable) for a table or a column this version does not know.
    """
    counts = {table.name: 0 for table in _ordered()}
    for table in reversed(_ordered()):
        connection.execute(delete(table))
    parents: list[tuple[Table, list[Row]]] = []
    for name, rows in parts:
        table = _known(name)
        values = [_values(table, row) for row in rows]
        later = _self_references(table)
        if later:
            keys = [column.name for column in table.primary_key.columns]
            parents.append((table, [{k: row.get(k) for k in (*keys, *later)} for row in values]))
            values = [{k: v for k, v in row.items() if k not in later} for row in values]
        _insert(connection, table, values)
        counts[name] += len(rows)
    for table, links in parents:
        _link(connection, table, links)
    if connection.dialect.name == "postgresql":
        _advance_sequences(connection)
    return counts


def _ordered() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in _LOCKS]


def _known(name: str) -> Table:
    if name not in metadata.tables or name in _LOCKS:
        raise InvalidInput("backup_unreadable", reason=f"table {name}")
    return metadata.tables[name]


def _values(table: Table, row: Mapping[str, Any]) -> Row:
    if unknown := set(row) - {column.name for column in table.columns}:
        raise InvalidInput("backup_unreadable", reason=f"column {table.name}.{min(unknown)}")
    return {name: value_of(table.columns[name], value) for name, value in row.items() if value is not None}


def value_of(column: Column[Any], value: Any) -> Any:
    """A JSON value as the column holds it."""
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, Instant | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return bytes.fromhex(value)
    return value


def _insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Rows with the same columns filled go together: one left out is NULL, also where JSON has a null of its own."""
    for _, group in groupby(sorted(rows, key=_filled), key=_filled):
        connection.execute(insert(table), list(group))


def _filled(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(row))


def _self_references(table: Table) -> list[str]:
    return [
        key.parent.name for key in table.foreign_keys if key.column.table is table and key.parent.nullable is not False
    ]


def _link(connection: Connection, table: Table, links: Iterable[Row]) -> None:
    keys = [column.name for column in table.primary_key.columns]
    for row in links:
        references = {name: value for name, value in row.items() if name not in keys and value is not None}
        if references:
            this = [table.columns[name] == row[name] for name in keys]
            connection.execute(update(table).where(*this).values(references))


def _advance_sequences(connection: Connection) -> None:
    """PostgreSQL numbers new rows from a sequence that knows nothing of the rows just put in."""
    for table in _ordered():
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = func.pg_get_serial_sequence(connection.dialect.identifier_preparer.format_table(table), column.name)
        newest = select(func.max(column)).scalar_subquery()
        connection.execute(select(func.setval(sequence, newest)).where(sequence.is_not(None), newest.is_not(None)))


def counts(connection: Connection) -> dict[str, int]:
    """Rows by table."""
    found = {}
    for table in _ordered():
        found[table.name] = int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    return found


def in_use(connection: Connection) -> bool:
    """Whether anything was ever done in this ledger."""
    return connection.execute(select(tables.audit.c.seq).limit(1)).first() is not None


def named_files(connection: Connection, home: Home) -> dict[str, tuple[str | None, bool]]:
    """Every file a row names: path relative to the home to (SHA-256 if the ledger knows it, whether it must be there).

    A file that may go by its retention period while its row stays is taken when it is there.
    """
    files: dict[str, tuple[str | None, bool]] = {}
    pointed = connection.execute(select(tables.snapshot_pointer.c.snapshot)).scalar_one_or_none()
    snapshots = select(tables.snapshot).where(tables.snapshot.c.retired_at.is_(None))
    for row in connection.execute(snapshots):
        files[row.path] = (row.sha256, row.snapshot == pointed)
    for row in connection.execute(select(tables.load)):
        files.setdefault(row.data, (row.data_sha256, False))
        if row.quarantine_file:
            files.setdefault(row.quarantine_file, (None, False))
    for row in connection.execute(select(tables.extract).where(tables.extract.c.state == "released")):
        files[row.manifest] = (row.manifest_sha256, True)
    for row in connection.execute(select(tables.subscription_delta)):
        files[row.state] = (row.state_sha256, False)
        if row.removals:
            files[row.removals] = (row.removals_sha256, False)
    for row in connection.execute(select(tables.extract_file)):
        path = home.deliveries.relative_to(home.root) / row.extract / row.name
        files[path.as_posix()] = (row.sha256, False)
    return files
