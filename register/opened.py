"""One job's view of a published register: its snapshot and a locked-down connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pyarrow as pa
from duckdb import DuckDBPyConnection

import sql
from ledger.store import Store
from register.snapshot import kept_open, open_snapshot

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Register:
    """One job's view of one snapshot: its id and a locked-down connection."""

    snapshot: str
    connection: DuckDBPyConnection
    meta: Mapping[str, str]
    _views: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def view(self, name: str, statement: str) -> None:
        """Let the view of that name be the one that the statement makes; if it is already, nothing is done."""
        if self._views.get(name) != statement:
            self.execute(statement)
            self._views[name] = statement

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> DuckDBPyConnection:
        return self.connection.execute(sql.load(statement), dict(values or {}))

    def arrow(self, statement: str, values: Mapping[str, Any]) -> pa.Table:
        """A statement's rows as Arrow, without a detour through Python objects."""
        return self.connection.sql(sql.load(statement), params=dict(values)).to_arrow_table()

    def ids(self, statement: str, values: Mapping[str, Any] | None = None) -> set[int]:
        """The first column of a statement's rows."""
        return {row[0] for row in self.execute(statement, values).fetchall()}

    def number(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """The one number that a statement gives."""
        return int(self.execute(statement, values).fetchall()[0][0])


@contextmanager
def open_register(store: Store, *, holder: str, snapshot: str | None = None) -> Iterator[Register]:
    """Open the published snapshot (or a named one) for one job; raises ``NotFound`` when nothing is published."""
    with open_snapshot(store, snapshot=snapshot, holder=holder) as opened:
        yield Register(opened.id, opened.connection, opened.meta)


def opened_once(work: Callable[Concatenate[Store, P], R]) -> Callable[Concatenate[Store, P], R]:
    """A job that looks into the register several times: the snapshot's file is opened for the first look and stays so,
    under its lease, until the job is done."""

    @wraps(work)
    def kept(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with kept_open(store):
            return work(store, *args, **kwargs)

    return kept
