"""Rows for any table of the ledger, made from its columns alone: what a table that comes later needs too."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary, Table, insert, select

from core.clock import HELSINKI
from ledger.store import Store
from ledger.tables import metadata
from ledger.tables.base import Instant

Row = dict[str, Any]

CHOSEN: Mapping[str, Any] = {
    "notice.channel": "email",
    "extract.unlinked_at": datetime(2020, 1, 1, tzinfo=UTC),
    "extract.links_kept": 0,
    "ban_hit.target": "person",
    "customer.parent": None,
    "care_instruction.terms": {"at_end": "return"},
}
"""Values that a constraint, or a file that would have to be there, asks for."""
ALREADY = frozenset({"fence", "audit", "audit_head", "snapshot_pointer", "assessment"})
"""Tables that a new store fills."""


class Filler:
    """Makes rows; instants fall at the edges of their Finnish day, so that a wrong zone shows."""

    def __init__(self, store: Store, draw: random.Random) -> None:
        self.store, self.draw = store, draw
        self._counter = itertools.count(1)
        self._base = secrets.randbelow(200_000) * 10_000  # not drawn: the same draw may fill one ledger twice
        self._run = f"{self._base:x}"

    def add(self, table: Table, **values: Any) -> Row:
        """Insert one row; what is not given is drawn, parents among those that are there or made."""
        row = {column.name: self._value(table, column) for column in table.columns if column.name not in values}
        row |= values
        with self.store.write() as tx:
            tx.execute(insert(table), row)
            tx.audit("test.row", table=table.name)
        return row

    def fill(self, table: Table, *, rows: int, days: tuple[date, date]) -> None:
        """Several rows of a table whose days and instants lie between two days."""
        self.days = days
        made = []
        for _ in range(rows):
            row = {column.name: self._value(table, column) for column in table.columns}
            made.append(row)
        keys = [column.name for column in table.primary_key.columns]
        unique = {tuple(row[key] for key in keys): row for row in made}
        with self.store.write() as tx:
            there = {tuple(found) for found in tx.execute(select(*(table.c[key] for key in keys)))}
            fresh = [row for key, row in unique.items() if key not in there]
            if fresh:
                tx.execute(insert(table), fresh)
            tx.audit("test.rows", table=table.name, rows=len(fresh))

    days: tuple[date, date] = (date(2000, 1, 1), date(2026, 1, 1))
    sharing = True
    """Whether rows refer to those that are there; else each gets parents of its own."""

    def _value(self, table: Table, column: Column[Any]) -> Any:
        name = f"{table.name}.{column.name}"
        if name in CHOSEN:
            return CHOSEN[name]
        if column.foreign_keys:
            return self._parent(table, column)
        if column.nullable and self.draw.random() < 0.3:
            return None
        if isinstance(column.type, Instant):
            return self._instant()
        if isinstance(column.type, Date):
            return self._day()
        return self._plain(column)

    def _plain(self, column: Column[Any]) -> Any:
        number = next(self._counter)
        if isinstance(column.type, JSON):
            return {}
        if isinstance(column.type, Float):
            return self.draw.random()
        if isinstance(column.type, Boolean):
            return self.draw.random() < 0.5
        if column.name == "person":
            return self.draw.randrange(1001, 1021)
        if isinstance(column.type, Integer) or column.type.python_type is int:
            return number + self._base
        if isinstance(column.type, LargeBinary):
            return secrets.token_bytes(16)
        text = f"{column.name[:3]}{self._run}{number}"
        length = getattr(column.type, "length", None) or 100
        return text if length >= len(text) else text[-length:]

    def _day(self) -> date:
        first, last = self.days
        return first + timedelta(days=self.draw.randrange((last - first).days + 1))

    def _instant(self) -> datetime:
        at = self.draw.choice((time(0), time(23, 59, 59), time(12)))
        return datetime.combine(self._day(), at, HELSINKI).astimezone(UTC)

    def _parent(self, table: Table, column: Column[Any]) -> Any:
        (key,) = column.foreign_keys
        parent = key.column.table
        if column.nullable and (not self.sharing or self.draw.random() < 0.4):
            return None
        if not self.sharing:
            return self.add(parent)[key.column.name]
        with self.store.ledger.read() as connection:
            there = list(connection.execute(select(key.column).order_by(key.column)).scalars())
            if column.unique:
                taken = set(connection.execute(select(column)).scalars())
                there = [one for one in there if one not in taken]
        if there and not column.unique:
            return self.draw.choice(there)
        return self.add(parent)[key.column.name]


def everything(store: Store) -> dict[str, list[Row]]:
    """The whole ledger as plain rows."""
    with store.ledger.read() as connection:
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in metadata.tables.items()
        }
