"""Opening the ledger, and the one way to change it: an audited transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection as Connection,
    Engine,
    Executable,
    RowMapping,
    create_engine,
    event,
    exc,
    insert,
    select,
    update,
)
from sqlalchemy.engine import CursorResult

from core.clock import SKEW
from core.errors import RajausError, StoreError
from ledger import tables
from ledger.tombstones import KINDS, Batch, TombstoneLog

GENESIS = "0" * 64
TOMBSTONES_WRITTEN = "tombstones.written"
"""The audit row that names the tombstone log's new head, first of its transaction."""


@dataclass
class Transaction:
    """A write in progress. It commits only if at least one audit row was written with it."""

    connection: Connection
    actor: str
    at: datetime
    abandoned: bool = False
    _restarts: bool = False
    _audit: list[dict[str, Any]] = field(default_factory=list)
    _tombstones: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def one(self, statement: Executable) -> RowMapping | None:
        return self.connection.execute(statement).mappings().one_or_none()

    def audit(self, action: str, **ids: Any) -> None:
        """Record what this transaction does: ids and counts, never contact data (R087).

        Raises ``StoreError`` (audit_contact) when a value looks like an e-mail address or a phone number.
        """
        text = json.dumps(ids, ensure_ascii=False, default=str)
        if carries_contact(text):
            raise StoreError("audit_contact", action=action)
        self._audit.append({"action": action, "ids": json.loads(text)})

    def tombstone(self, kind: str, entry: dict[str, Any]) -> None:
        """Queue a line for the tombstone log; it is on disk outside the home before this transaction commits (R074).

        ``entry`` holds ids, keyed hashes, days and instants as Python values, never a name or an address. What
        ``ledger.replay`` needs to do the thing again in a restored store, by kind:

        * ``ban``: ``{"ban": the row as inserted, "keys": [the ban_key rows], "hits": [the ban_hit rows]}``
        * ``ban_hits``: ``{"hits": [the ban_hit rows]}``, found after the ban
        * ``ban_lifted``: ``{"ban", "lifted_at", "lifted_by", "lift_approved_by", "lift_evidence"}``
        * ``hits_released``: ``{"hits": [{"ban", "target", "id"}]}``, held candidates that were not meant
        * ``erasure``: ``{"erasure": the row as inserted, "subjects": [the erasure_subject rows]}``
        * ``source_quarantined`` and ``source_released``: ``{"source": name}``

        Raises ``ValueError`` for another kind.
        """
        if kind not in KINDS:
            raise ValueError(f"no tombstone of kind {kind!r}")
        self._tombstones.append((kind, entry))

    def queue_tombstones(self, batch: Batch) -> None:
        """Hand the queued lines to the log that is held, and let the audit name the log's new head."""
        for kind, entry in self._tombstones:
            batch.add(kind, entry)
        head = {"log": batch.head.log, "line": batch.head.seq, "hash": batch.head.hash}
        self._audit.insert(0, {"action": TOMBSTONES_WRITTEN, "ids": head})

    @property
    def has_tombstones(self) -> bool:
        return bool(self._tombstones)

    def abandon(self) -> None:
        """Roll this transaction back at its end, without an error: what it was for has changed meanwhile."""
        self.abandoned = True

    def restart_time(self) -> None:
        """The audit's time starts from this transaction's instant, though a later one was seen (R036)."""
        self._restarts = True

    def write_audit(self) -> None:
        """Chain the recorded rows to the head; called once, as the transaction's last act.

        The audit's instants never go back (T06): a row written by a clock that lags behind gets the last row's instant
        and, when it lags too far to be chance, says what that clock said.
        """
        if not self._audit:
            raise StoreError("unaudited")
        head = self.connection.execute(select(tables.audit_head).with_for_update()).mappings().one()
        seq, previous = head["seq"], head["hash"]
        latest = None if self._restarts else last_audited(self.connection, seq)
        at = self.at if latest is None else max(self.at, latest)
        said = {"clock": self.at.isoformat()} if at - self.at > SKEW else {}
        for row in self._audit:
            seq += 1
            entry = {"seq": seq, "at": at, "actor": self.actor, **row, "previous": previous}
            entry["ids"] = entry["ids"] | said
            previous = entry["hash"] = audit_hash(entry)
            self.connection.execute(insert(tables.audit), entry)
        self.connection.execute(update(tables.audit_head).values(seq=seq, hash=previous))


canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode
"""One text per JSON value, whatever database kept it."""


def last_audited(connection: Connection, seq: int | None = None) -> datetime | None:
    """The instant of the audit's last row, or of row ``seq``; None when nothing was audited yet."""
    last = select(tables.audit_head.c.seq).scalar_subquery() if seq is None else seq
    at: datetime | None = connection.execute(
        select(tables.audit.c.at).where(tables.audit.c.seq == last)
    ).scalar_one_or_none()
    return at


def audit_hash(entry: Mapping[str, Any] | RowMapping) -> str:
    """SHA-256 over the row and its predecessor's hash, in one canonical JSON text."""
    names = ("seq", "at", "actor", "action", "ids", "previous")
    return chained([entry[name] for name in names], ids=canonical(entry["ids"]))


def chained(row: Sequence[Any], *, ids: str) -> str:
    """:func:`audit_hash` of ``seq, at, actor, action, ids, previous, …`` whose ids are in canonical text already."""
    seq, at, actor, action, _, previous = row[:6]
    parts = (str(seq), canonical(at.astimezone(UTC).isoformat()), canonical(actor), canonical(action), ids)
    return hashlib.sha256(f"[{','.join(parts)},{canonical(previous)}]".encode()).hexdigest()


_EMAIL = re.compile(r"[^\s@\"]+@[^\s@\"]+\.\w")
_PHONE = re.compile(r"[+0](?<![\w.:+-].)(?<!0(?=\d{6}-\d(?!\d)))[1-9](?:[ -]?\d){6,}(?![\w-])")
"""Starts with the character looked for, which is what makes a search over a million rows quick."""


def carries_contact(text: str) -> bool:
    """Whether a text holds something written like an e-mail address or a phone number (a Y-tunnus is neither)."""
    return ("@" in text and _EMAIL.search(text) is not None) or _PHONE.search(text) is not None


class Ledger:
    """The relational store. SQLite (WAL, ``synchronous=FULL``, ``secure_delete``) or PostgreSQL, by URL."""

    def __init__(self, engine: Engine, tombstones: TombstoneLog | None = None) -> None:
        self.engine = engine
        self.tombstones = tombstones

    def close(self) -> None:
        """Give all connections back; the ledger may be used again afterwards."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; driver errors become ``StoreError``."""
        with _wrapped(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def frozen(self) -> Iterator[Connection]:
        """A connection that sees the ledger as of one instant however long it reads; for walks over whole tables."""
        level = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with _wrapped(), self.engine.execution_options(**level).connect() as connection:
            yield connection

    @contextmanager
    def locking(self) -> Iterator[Connection]:
        """A write for leases alone: a lock is not a fact, so it leaves no audit row and waits for no audit chain."""
        with _wrapped(), self.engine.execution_options(write=True).begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, actor: str, at: datetime) -> Iterator[Transaction]:
        """All or nothing, with its audit rows; its tombstones are on disk before it commits.

        Raises ``StoreError``: unaudited when no audit row was recorded, not_writable or disk_full when the tombstone
        log cannot be written. In each case nothing was changed.
        """
        batch = None
        with _wrapped(), ExitStack() as held:
            with self.engine.execution_options(write=True).begin() as connection:
                transaction = Transaction(connection, actor, at)
                yield transaction
                if transaction.abandoned:
                    connection.rollback()
                else:
                    if transaction.has_tombstones:
                        batch = held.enter_context(self._log().batch(at=at))
                        transaction.queue_tombstones(batch)
                    transaction.write_audit()
                    if batch is not None:
                        batch.write()
            if batch is not None:
                batch.committed()

    def _log(self) -> TombstoneLog:
        if self.tombstones is None:
            raise StoreError("tombstones_unset")
        return self.tombstones


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except RajausError:
        raise
    except exc.OperationalError as error:
        if "locked" in str(error.orig) or "deadlock" in str(error.orig):
            raise StoreError("ledger_busy") from error
        raise StoreError("ledger_failed", reason=type(error.orig).__name__) from error
    except exc.SQLAlchemyError as error:
        raise StoreError("ledger_failed", reason=type(error).__name__) from error


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_ledger(url: str, *, tombstones: TombstoneLog | None = None) -> Ledger:
    """Connect; the tables must exist (see ``ledger.schema.upgrade``). Without ``tombstones`` nothing can be banned."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return Ledger(engine, tombstones)


_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA busy_timeout=60000",
)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _sqlite_begin(connection: Connection) -> None:
    """Writers queue at the start, so that none fails half-way (a ban must never be the loser, R014)."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")
