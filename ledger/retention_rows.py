"""The rows of the ledger that are due by one rule: counted, listed and taken out by the same condition (R068)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)

from core.clock import helsinki_day
from ledger import retention_due
from ledger.engine import Ledger, Transaction
from ledger.retention_due import Condition, Going
from ledger.tables import metadata
from schemas.retention import Rule

Key = tuple[Any, ...]
BATCH = 1_000
"""Rows taken out in one transaction: a ban that comes meanwhile waits for no more than that."""
_CHUNK = 50_000
_NAMED = 1_000


@dataclass(frozen=True)
class Due:
    """One thing that goes: its id as people read it, and the day its period began (None: none is asked)."""

    id: str
    since: date | None
    key: Key = ()
    """The row's key; empty for what is no row."""


@dataclass(frozen=True)
class Tally:
    """How many go, and how many stay although their period is over."""

    due: int = 0
    oldest: date | None = None
    held: int = 0
    """Under a legal hold (R075)."""
    restricted: int = 0
    """About a restricted person (R062)."""
    waiting: int = 0
    """Something that stays refers to them, or has to come first."""

    @property
    def kept(self) -> int:
        return self.held + self.restricted + self.waiting

    def __add__(self, other: Tally) -> Tally:
        days = [day for day in (self.oldest, other.oldest) if day is not None]
        return Tally(
            self.due + other.due,
            min(days, default=None),
            self.held + other.held,
            self.restricted + other.restricted,
            self.waiting + other.waiting,
        )


class Rows:
    """The rows of one rule on one day. ``among`` narrows them to some values of the rule's target column."""

    def __init__(self, rule: Rule, *, today: date, among: Sequence[Any] | None = None) -> None:
        self.rule, self.today = rule, today
        self._among = among
        self._table: Table = metadata.tables[rule.table]
        self._row = self._table.alias()
        self._keys = [self._row.c[column.name] for column in self._table.primary_key.columns]

    def tally(self, connection: Connection) -> Tally:
        """Count them, and what is kept back."""
        found = Tally()
        for narrowed in self._narrowed():
            if not self._any_over(connection, narrowed):
                continue
            due, kept, apart, later, *oldest = connection.execute(self._counted(narrowed)).one()
            days = [day for day in map(_day, oldest) if day is not None]
            found += Tally(due, min(days, default=None), kept, apart, later)
        return found

    def _any_over(self, connection: Connection, narrowed: Sequence[Condition]) -> bool:
        """Whether the period of any is over. Of most rules none is on most days, and what may hold a row back takes far
        longer to ask."""
        over = Going(self.today).is_over(self.rule, self._row)
        return connection.execute(select(self._keys[0]).where(over, *narrowed).limit(1)).first() is not None

    def _counted(self, narrowed: Sequence[Condition]) -> Select[*tuple[Any, ...]]:
        """How many go, are held, are restricted and wait; and per start its oldest among those that go by it."""
        going = Going(self.today)
        held, restricted = (ask(self.rule, self._row) for ask in (retention_due.held, retention_due.restricted))
        why = case((held, 1), (restricted, 2), (going.waits(self.rule, self._row), 3), else_=0)
        starts = retention_due.starts(self.rule, self._row)
        named = [start.label(f"start_{place}") for place, start in enumerate(starts)]
        over = going.is_over(self.rule, self._row)
        each = select(why.label("why"), *named).select_from(self._row).where(over, *narrowed).subquery()
        oldest = [
            func.min(case((and_(each.c.why == 0, *(each.c[f"start_{n}"].is_(None) for n in range(place))), start)))
            for place, start in enumerate(each.c[column.name] for column in named)
        ]
        return select(*(func.count(case((each.c.why == number, 1))) for number in range(4)), *oldest)

    def pages(self, ledger: Ledger, *, size: int = _CHUNK) -> Iterator[list[Due]]:
        """All of them by key, a page at a time; nothing is open between two, so they may be taken out meanwhile."""
        for narrowed in self._narrowed():
            after: Key | None = None
            with ledger.read() as connection:
                over = self._any_over(connection, narrowed)
            while over:
                with ledger.read() as connection:
                    page = self._page(connection, narrowed, after=after, size=size)
                if not page:
                    break
                yield page
                after = page[-1].key

    def candidates(self, connection: Connection) -> pa.Array:
        """The different values of the target column among them: whom the register is asked about."""
        column = self._row.c[self.rule.target]
        query = select(column).distinct().where(self._goes)
        result = connection.execution_options(yield_per=_CHUNK).execute(query)
        parts = [pa.array(part) for part in result.scalars().partitions(_CHUNK)]
        return pa.chunked_array(parts).combine_chunks() if parts else pa.nulls(0)

    def dispose(self, tx: Transaction, found: Sequence[Due]) -> tuple[list[Due], dict[str, int]]:
        """Take those of ``found`` out that are still due, with what goes with them.

        Returns them, and the number of rows by rule, of tables that go along too.
        """
        which = self._in(self._keys, [one.key for one in found])
        query = select(*self._keys).where(which, self._goes).with_for_update(of=self._row)
        keys = {tuple(row) for row in tx.execute(query)}
        gone = [one for one in found if one.key in keys]
        if not gone:
            return [], {}
        plain = list(self._table.primary_key.columns)
        these = self._in(plain, [one.key for one in gone])
        counts = {self.rule.key: len(gone)}
        if self.rule.kind == "blank":
            column = retention_due.column_of(self.rule, self._table)
            tx.execute(update(self._table).where(these).values({column.name: None}))
        else:
            self._delete_with(tx, self._table, these, counts=counts)
            tx.execute(delete(self._table).where(these))
        return gone, counts

    def _delete_with(self, tx: Transaction, table: Table, these: Condition, *, counts: dict[str, int]) -> None:
        for child, key in retention_due.references_unset(table):
            (element,) = key.elements
            mine = child.c[element.parent.name].in_(select(element.column).where(these))
            tx.execute(update(child).where(mine).values({element.parent.name: None}))
        for child, key in retention_due.going_with(table):
            (element,) = key.elements
            mine = child.c[element.parent.name].in_(select(element.column).where(these))
            self._delete_with(tx, child, mine, counts=counts)
            name = f"table {child.name}"
            counts[name] = counts.get(name, 0) + tx.execute(delete(child).where(mine)).rowcount

    @property
    def _goes(self) -> Condition:
        return Going(self.today).goes(self.rule, self._row)

    def _narrowed(self) -> Iterator[list[Condition]]:
        if self._among is None:
            yield []
            return
        column = self._row.c[self.rule.target]
        for start in range(0, len(self._among), _NAMED):
            yield [column.in_(self._among[start : start + _NAMED])]

    def _page(
        self, connection: Connection, narrowed: Sequence[Condition], *, after: Key | None, size: int
    ) -> list[Due]:
        further = [] if after is None else [self._further(after)]
        starts = retention_due.starts(self.rule, self._row)
        query = select(*self._keys, *starts).where(self._goes, *narrowed, *further)
        width, made = len(self._keys), []
        for row in connection.execute(query.order_by(*self._keys).limit(size)):
            key = tuple(row[:width])
            since = next((day for day in map(_day, row[width:]) if day is not None), None)
            made.append(Due(identity(key), since, key))
        return made

    def _further(self, after: Key) -> Condition:
        if len(self._keys) == 1:
            beyond: Condition = self._keys[0] > after[0]
            return beyond
        values = [literal(value, key.type) for key, value in zip(self._keys, after, strict=True)]
        further: Condition = tuple_(*self._keys) > tuple_(*values)
        return further

    @staticmethod
    def _in(columns: Sequence[ColumnElement[Any]], keys: Sequence[Key]) -> Condition:
        if len(columns) == 1:
            return columns[0].in_([key[0] for key in keys])
        return tuple_(*columns).in_(keys)


def identity(key: Sequence[Any]) -> str:
    """A row's key as people read it; the same text as ``retention_due.identity`` makes in the database."""
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)


def exists(connection: Connection, rule: Rule, id: str) -> bool:
    """Whether there is a row of this id."""
    table = metadata.tables[rule.table]
    return connection.execute(select(1).where(retention_due.identity(table, table) == id)).first() is not None


def _day(value: date | datetime | None) -> date | None:
    return helsinki_day(value) if isinstance(value, datetime) else value
