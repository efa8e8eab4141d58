"""Which rows of the ledger are due to go, as conditions made from the rules, the tables and their foreign keys (R068).

A row goes when its period is over, nothing holds it (R075), it is of no restricted person (R062), and whatever refers
to it goes too. A table that gets a rule needs no code here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    Column,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    FromClause,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from core.clock import day_end
from ledger import tables
from ledger.restrictions import KIND as RESTRICTION
from ledger.tables import metadata
from ledger.tables.base import BIG, Instant
from schemas.retention import Rule, Since, rules

PERSON = "person"
"""A column of this name holds a register id of a person, in every table."""
Condition = ColumnElement[bool]
_NEVER = false()


class Going:
    """The conditions of one statement on one day. What goes of a table that others look at is worked out once in it."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._made: dict[str, CTE] = {}

    def goes(self, rule: Rule, row: FromClause) -> Condition:
        """That a row of the rule's table goes; of persons and links, unless somebody still needs them."""
        kept = or_(held(rule, row), restricted(rule, row), self.waits(rule, row))
        return and_(self.is_over(rule, row), not_(kept))

    def is_over(self, rule: Rule, row: FromClause) -> Condition:
        """That its period has run out, and, of a column to be emptied, that there is something in it."""
        newest = rule.newest_due(self._today)
        if newest is None:
            return false()
        over: list[Condition] = []
        if rule.starts:
            ended = [_by(value, newest) for value in starts(rule, row)]
            over.append(func.coalesce(*ended, false()))
        if rule.kind == "blank":
            over.append(row.c[column_of(rule, metadata.tables[rule.table]).name].is_not(None))
        return and_(*over) if over else true()

    def waits(self, rule: Rule, row: FromClause) -> Condition:
        """That a row which stays refers to it, or to one that goes with it; an emptied column waits for nothing."""
        return _NEVER if rule.kind == "blank" else self._referred(metadata.tables[rule.table], row)

    def _referred(self, table: Table, row: FromClause) -> Condition:
        found: list[Condition] = []
        together = {child.name for child, _ in going_with(table)}
        for child, key in _references(table):
            if unset(child, key):
                continue
            there = child.alias()
            stays = self._referred(child, there) if child.name in together else self._stays(child, there, of=table)
            if stays is not _NEVER:
                local, remote = _columns(key)
                found.append(row.c[remote].in_(select(there.c[local]).where(stays, there.c[local].is_not(None))))
        return or_(*found) if found else _NEVER

    def _stays(self, child: Table, row: FromClause, *, of: Table) -> Condition:
        rule = rules()["table", child.name]
        if child is of or rule.action not in ("delete", "with"):
            return true()  # whoever is in the register, or in a manifest, is asked about elsewhere
        if rule.action == "delete":
            stays: Condition = _key_of(child, row).not_in(select(self._going(child)))
            return stays
        parents = [metadata.tables[name] for name in sorted(owners(child.name))]
        mine = [(row.c[_columns(_key(child, parent))[0]], parent) for parent in parents]
        return and_(*(or_(one.is_(None), one.not_in(select(self._going(parent)))) for one, parent in mine))

    def _going(self, table: Table) -> CTE:
        """The keys of the rows of a table that go."""
        if table.name not in self._made:
            rule, row = rules()["table", table.name], table.alias()
            keys = [row.c[column.name] for column in table.primary_key.columns]
            which = self.goes(rule, row) if rule.action == "delete" else not_(self._stays(table, row, of=table))
            self._made[table.name] = select(*keys).where(which).cte(f"going_{table.name}")
        return self._made[table.name]


def _by(value: ColumnElement[Any], day: date) -> Condition:
    return value < day_end(day) if isinstance(value.type, Instant) else value <= day


def starts(rule: Rule, row: FromClause) -> list[ColumnElement[Any]]:
    """Where the start of the period stands, in the order in which it is looked for."""
    return [_start(since, metadata.tables[rule.table], row) for since in rule.starts]


def _start(since: Since, table: Table, row: FromClause) -> ColumnElement[Any]:
    if not since.table:
        return row.c[since.column]
    other = metadata.tables[since.table]
    there = other.alias()
    if since.children:
        local, remote = _columns(_key(other, table))
        query = select(func.max(there.c[since.column])).where(there.c[local] == row.c[remote])
    else:
        local, remote = _columns(_key(table, other))
        query = select(there.c[since.column]).where(there.c[remote] == row.c[local])
    return query.correlate(row).scalar_subquery()


# --- what keeps a row all the same ------------------------------------------------------------------------------------


def held(rule: Rule, row: FromClause) -> Condition:
    """That a legal hold names the row, or a person it is about (R075)."""
    table = metadata.tables[rule.table]
    named = identity(table, row).in_(_named(tables.retention_hold_row.c.id, kind=rule.kind, name=rule.name))
    return or_(
        named, _about(table, row, _named(cast(tables.retention_hold_row.c.id, BIG), kind="register", name=PERSON))
    )


def _named(column: ColumnElement[Any], *, kind: str, name: str) -> Select[Any]:
    """What standing holds name of a class."""
    hold, row = tables.retention_hold.c, tables.retention_hold_row.c
    query = select(column).join(tables.retention_hold, hold.hold == row.hold)
    return query.where(hold.released_at.is_(None), row.kind == kind, row.name == name)


def restricted(rule: Rule, row: FromClause) -> Condition:
    """That it is about a restricted person: neither changed nor deleted (R062)."""
    ban, hit = tables.ban.c, tables.ban_hit.c
    persons = (
        select(hit.id)
        .join(tables.ban, ban.ban == hit.ban)
        .where(ban.kind == RESTRICTION, ban.lifted_at.is_(None), ban.channel.is_(None), hit.target == PERSON)
    )
    return _about(metadata.tables[rule.table], row, persons)


def _about(table: Table, row: FromClause, persons: Select[Any]) -> Condition:
    """That the row, or one that goes with it, is about one of these persons."""
    found: list[Condition] = [row.c[PERSON].in_(persons)] if PERSON in table.c else []
    for child, key in going_with(table):
        there = child.alias()
        about = _about(child, there, persons)
        if about is not _NEVER:
            local, remote = _columns(key)
            found.append(row.c[remote].in_(select(there.c[local]).where(about, there.c[local].is_not(None))))
    return or_(*found) if found else _NEVER


# --- tables and their keys --------------------------------------------------------------------------------------------


def going_with(table: Table) -> Iterator[tuple[Table, ForeignKeyConstraint]]:
    """The tables whose rows are deleted with those of this one."""
    for child, key in _references(table):
        if table.name in owners(child.name):
            yield child, key


def references_unset(table: Table) -> Iterator[tuple[Table, ForeignKeyConstraint]]:
    """The columns elsewhere that are emptied when the row they name goes: they keep nothing."""
    return ((child, key) for child, key in _references(table) if unset(child, key))


def unset(child: Table, key: ForeignKeyConstraint) -> bool:
    """Whether a rule says so of this reference."""
    rule = rules().get(("blank", f"{child.name}.{_columns(key)[0]}"))
    return rule is not None and rule.action == "unset" and rule.target == key.referred_table.name


@cache
def owners(name: str) -> frozenset[str]:
    """The tables with whose rows those of this one go: those its rule names, and those above them it refers to too."""
    rule = rules().get(("table", name))
    if rule is None or not rule.targets:
        return frozenset()
    above = set(rule.targets)
    for target in rule.targets:
        above |= owners(target)
    return frozenset(rule.targets) | above.intersection(
        key.column.table.name for key in metadata.tables[name].foreign_keys
    )


def in_order() -> list[Rule]:
    """The rules that end by time: columns first, whose rows may go in the same run, then tables, each before those
    whose rows its own refer to, and before those that take such rows with them."""
    known = rules()
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, table in metadata.tables.items():
        order.add(name)
        for key in table.foreign_key_constraints:
            other = key.referred_table.name
            if other != name and other not in owners(name) and not unset(table, key):
                for root in _roots(other):
                    order.add(root, *_roots(name))
    found = [known["table", name] for name in order.static_order()]
    columns = [rule for rule in known.values() if rule.kind == "blank"]
    return [rule for rule in (*columns, *found) if rule.span is not None]


def _roots(name: str) -> set[str]:
    """The tables whose rows those of this one are deleted with, at the end; itself, if they go by themselves."""
    targets = rules()["table", name].targets
    return {root for target in targets for root in _roots(target)} if targets else {name}


def _references(table: Table) -> Sequence[tuple[Table, ForeignKeyConstraint]]:
    """What refers to it, in the order of the tables."""
    return _referring().get(table.name, ())


@cache
def _referring() -> Mapping[str, Sequence[tuple[Table, ForeignKeyConstraint]]]:
    found: dict[str, list[tuple[Table, ForeignKeyConstraint]]] = {}
    for child in metadata.sorted_tables:
        for key in sorted(child.foreign_key_constraints, key=_columns):
            found.setdefault(key.referred_table.name, []).append((child, key))
    return found


def _key(child: Table, parent: Table) -> ForeignKeyConstraint:
    return next(key for key in sorted(child.foreign_key_constraints, key=_columns) if key.referred_table is parent)


def _columns(key: ForeignKeyConstraint) -> tuple[str, str]:
    """The referring column and the one it refers to."""
    (element,) = key.elements
    return element.parent.name, element.column.name


def _key_of(table: Table, row: FromClause) -> Any:
    keys = [row.c[column.name] for column in table.primary_key.columns]
    return keys[0] if len(keys) == 1 else tuple_(*keys)


def column_of(rule: Rule, table: Table) -> Column[Any]:
    """The column that a rule of kind blank empties."""
    return table.c[rule.name.partition(".")[2]]


def rewritten(gone: Iterable[str]) -> list[str]:
    """Of the rules (by key) that took something out, the tables that held persons' text: no byte of it is to stay."""
    found = [rule for rule in in_order() if rule.key in set(gone)]
    return [rule.table for rule in found if rule.kind == "blank" or (rule.action == PERSON and _in_words(rule.table))]


def _in_words(table: str) -> bool:
    return any(isinstance(column.type, JSON | Text) for column in metadata.tables[table].columns)


class hex_text(FunctionElement[str]):  # noqa: N801  a function of SQL
    """Bytes as lower-case hex digits."""

    type = String()
    inherit_cache = True


@compiles(hex_text, "sqlite")
def _hex_sqlite(element: hex_text, compiler: Any, **options: Any) -> str:
    return f"lower(hex({compiler.process(element.clauses, **options)}))"


@compiles(hex_text, "postgresql")
def _hex_postgresql(element: hex_text, compiler: Any, **options: Any) -> str:
    return f"encode({compiler.process(element.clauses, **options)}, 'hex')"


def identity(table: Table, row: FromClause) -> ColumnElement[str]:
    """The row's id as people read it: its key, of several columns with slashes between."""
    parts = [_text(row.c[column.name]) for column in table.primary_key.columns]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.concat(literal("/")).concat(part)
    return whole


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    if isinstance(column.type, String):
        return column
    return hex_text(column) if isinstance(column.type, LargeBinary) else cast(column, String)


# --- are the rules whole? ---------------------------------------------------------------------------------------------


def faults(of: MetaData = metadata) -> list[str]:
    """What the rules leave open or name wrongly in these tables; the build fails unless it is nothing (R068)."""
    known = rules()
    wrong = [f"table {name}: no rule" for name in of.tables if ("table", name) not in known]
    for rule in known.values():
        if rule.kind not in ("table", "blank"):
            continue
        table = of.tables.get(rule.table)
        wrong += [f"{rule.key}: no such table"] if table is None else list(_faults(rule, table))
    try:
        in_order()
    except (CycleError, KeyError) as error:
        wrong.append(f"rows wait for each other: {error}")
    return wrong


def _faults(rule: Rule, table: Table) -> Iterator[str]:
    checks: dict[str, Callable[[], Any]] = {
        "the row it is deleted with": lambda: [_key(table, table.metadata.tables[name]) for name in rule.targets],
        "the column that names whom it is about": lambda: not rule.names_persons or table.c[rule.target],
        "a column that may be empty": lambda: rule.kind != "blank" or _may_be_empty(column_of(rule, table)),
        "a key of one column": lambda: [_columns(key) for key in table.foreign_key_constraints],
    }
    checks |= {f"the start {one.table}.{one.column}": partial(_dated, one, table) for one in rule.starts}
    for name, check in checks.items():
        try:
            check()
        except (KeyError, StopIteration, ValueError):
            yield f"{rule.key}: {name} is not there"


def _may_be_empty(column: Column[Any]) -> Column[Any]:
    if not column.nullable:
        raise ValueError(column.name)
    return column


def _dated(since: Since, table: Table) -> None:
    other = table.metadata.tables[since.table] if since.table else table
    if since.table:
        _key(other, table) if since.children else _key(table, other)
    if not isinstance(other.c[since.column].type, Date | Instant):
        raise ValueError(since.column)
