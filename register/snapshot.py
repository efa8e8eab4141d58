"""Snapshots: immutable DuckDB files that any number of processes read while one publishes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

import sql
from core.errors import NotFound, StoreError
from core.files import Home, sha256_file
from ledger import snapshots
from ledger.store import Store
from register.engine import SCHEMA_VERSION, open_idle, open_reader

_NAME = re.compile(r"(?P<at>\d{8}T\d{6})-s(?P<schema>[1-9]\d*)-(?P<digest>[0-9a-f]{12})")
_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class SnapshotName:
    """What a snapshot's id says: when it was built (UTC, whole seconds), its schema and the start of its seal."""

    at: datetime
    schema_version: int
    digest: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime(_TIME)}-s{self.schema_version}-{self.digest}"

    @classmethod
    def of(cls, *, at: datetime, schema_version: int, sha256: str) -> SnapshotName:
        return cls(at.astimezone(UTC).replace(microsecond=0), schema_version, sha256[:12])

    @classmethod
    def parse(cls, text: str) -> SnapshotName:
        """Inverse of ``str``. Raises ``NotFound`` for anything else."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise NotFound("snapshot_unknown", snapshot=text)
        try:
            at = datetime.strptime(match["at"], _TIME).replace(tzinfo=UTC)
        except ValueError as error:
            raise NotFound("snapshot_unknown", snapshot=text) from error
        return cls(at, int(match["schema"]), match["digest"])


@dataclass(frozen=True)
class Snapshot:
    """An open snapshot: its id, a locked-down read-only connection for one job, and its ``meta``."""

    id: str
    connection: duckdb.DuckDBPyConnection
    meta: Mapping[str, str]


@contextmanager
def open_snapshot(store: Store, *, snapshot: str | None = None, holder: str) -> Iterator[Snapshot]:
    """Open the current snapshot (or a named one) under a lease, so that it stays until the job is done.

    Raises ``NotFound`` (snapshot_none, snapshot_unknown), and ``StoreError`` (snapshot_failed) when the file, or a
    block of it, cannot be read.
    """
    scope = _job.get()
    if scope is not None and scope.home != store.home:
        scope = None
    with ExitStack() as stack:
        lease, published = snapshots.take_lease(store.ledger, snapshot=snapshot, holder=holder, at=store.now())
        keeper = stack if scope is None or published.path in scope.kept else scope.stack
        keeper.callback(_end, store, lease)
        if published.schema_version != SCHEMA_VERSION:
            raise StoreError("snapshot_failed", reason=f"it has schema {published.schema_version}; publish again")
        with reading(store, store.path(published.path)) as connection:
            if scope is not None and keeper is scope.stack:
                keeper.callback(open_idle(store, store.path(published.path)).close)
                scope.kept.add(published.path)
            yield Snapshot(published.snapshot, connection, read_meta(connection))


def _end(store: Store, lease: str) -> None:
    with suppress(StoreError):  # a lease that cannot be given back runs out by itself
        snapshots.end_lease(store.ledger, lease)


@dataclass(frozen=True)
class _Job:
    """What a job keeps until its end: of each snapshot the first lease and one idle connection."""

    home: Home
    stack: ExitStack
    kept: set[str]


_job: ContextVar[_Job | None] = ContextVar("job", default=None)


@contextmanager
def kept_open(store: Store) -> Iterator[None]:
    """What is opened in this block stays open, under its lease, until the block ends.

    DuckDB's connections to one file share an instance, and making one is most of what an opening costs (25 of 40 ms):
    each further opening gets a connection of its own, as always, to the instance that is there. Blocks within blocks,
    of the same store, are one.
    """
    job = _job.get()
    if job is not None and job.home == store.home:
        yield
        return
    with ExitStack() as stack:
        token = _job.set(_Job(store.home, stack, set()))
        try:
            yield
        finally:
            _job.reset(token)


@contextmanager
def reading(store: Store, file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked-down connection to a sealed file; DuckDB's errors become ``StoreError``, the cause kept."""
    try:
        connection = open_reader(store, file)
        try:
            yield connection
        finally:
            connection.close()
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error


def read_meta(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.execute(sql.load("register/snapshot_read_meta")).fetchall())


def verify(store: Store) -> dict[str, Any]:
    """Compare the current snapshot with its seal.

    Raises ``NotFound`` (snapshot_none) and ``StoreError`` (snapshot_damaged) when a single bit differs.
    """
    with store.ledger.read() as connection:
        published = snapshots.published(connection)
    if published is None:
        raise NotFound("snapshot_none")
    try:
        digest = sha256_file(store.path(published.path))
    except OSError as error:
        raise StoreError("snapshot_damaged", snapshot=published.snapshot) from error
    if digest != published.sha256:
        raise StoreError("snapshot_damaged", snapshot=published.snapshot)
    return {"snapshot": published.snapshot, "ok": True, "sha256": digest}
