"""Erasures in the ledger: what was asked, how far it is, whom it concerned; ids and counts only (R061).

States are data. A step may be done twice: whoever finds an erasure half done goes on from its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import DDL, Connection, insert, null, select, update

from core.errors import InvalidTransition, NotFound
from ledger import tables
from ledger.engine import Ledger, Transaction

Row = dict[str, Any]

STATES = ("blocked", "told", "emptied", "removed", "certified")
"""In order. ``blocked``: out of every count and cut. ``told``: messages to the recipients are queued. ``emptied``:
prepared files that hold them are gone. ``removed``: stored rows, snapshot and the ledger's text are written anew; what
readers still hold is waited for. ``certified``: nothing is waited for."""
GROUNDS = ("objection", "consent", "unneeded", "unlawful", "obligation")
"""Art. 17(1)(c), (b), (a), (d), (e)."""


def record(
    tx: Transaction,
    *,
    erasure: str,
    ground: str,
    via: str,
    received_on: date,
    keeps_keys: bool,
    case: str | None,
    subjects: Iterable[tuple[str, int, str]],
) -> None:
    """Write an erasure in state ``blocked``, and its tombstone; ``subjects`` are ``(target, id, ban)``."""
    row = {
        "erasure": erasure,
        "state": STATES[0],
        "ground": ground,
        "via": via,
        "received_on": received_on,
        "keeps_keys": keeps_keys,
        "case": case,
        "requested_at": tx.at,
        "requested_by": tx.actor,
        "removed": {},
        "waits_for": [],
    }
    tx.execute(insert(tables.erasure), row)
    rows = [{"erasure": erasure, "target": target, "id": subject, "ban": ban} for target, subject, ban in subjects]
    tx.execute(insert(tables.erasure_subject), rows)
    tx.tombstone("erasure", {"erasure": row, "subjects": rows})
    tx.audit("erasure.requested", erasure=erasure, ground=ground, subjects=len(rows), keeps_keys=keeps_keys, case=case)


def erasure(connection: Connection, erasure: str) -> Row:
    """One erasure with its ``subjects``; raises ``NotFound`` (erasure_unknown)."""
    row = connection.execute(select(tables.erasure).where(tables.erasure.c.erasure == erasure)).mappings().one_or_none()
    if row is None:
        raise NotFound("erasure_unknown", erasure=erasure)
    subjects = (
        select(tables.erasure_subject.c.target, tables.erasure_subject.c.id, tables.erasure_subject.c.ban)
        .where(tables.erasure_subject.c.erasure == erasure)
        .order_by(tables.erasure_subject.c.target, tables.erasure_subject.c.id)
    )
    return dict(row) | {"subjects": [dict(subject) for subject in connection.execute(subjects).mappings()]}


def erasures(connection: Connection, *, unfinished: bool = False) -> list[Row]:
    """All erasures, oldest first, or those not yet certified."""
    query = select(tables.erasure).order_by(tables.erasure.c.requested_at, tables.erasure.c.erasure)
    if unfinished:
        query = query.where(tables.erasure.c.certified_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


def ids(connection: Connection, *, target: str = "person", erasures: Sequence[str] | None = None) -> list[int]:
    """Register ids that were erased or are about to be; of some erasures, or ever."""
    query = select(tables.erasure_subject.c.id).where(tables.erasure_subject.c.target == target).distinct()
    if erasures is not None:
        query = query.where(tables.erasure_subject.c.erasure.in_(list(erasures)))
    return sorted(connection.execute(query).scalars())


def advance(tx: Transaction, erasure_id: str, state: str, *, removed: Mapping[str, int] | None = None) -> Row:
    """Take an erasure to ``state`` and add to its counts; a step that was done already is done again without harm.

    Raises ``NotFound`` (erasure_unknown) and ``InvalidTransition`` when a step would be left out.
    """
    tx.execute(select(tables.erasure.c.state).where(tables.erasure.c.erasure == erasure_id).with_for_update())
    row = erasure(tx.connection, erasure_id)
    at, to = STATES.index(row["state"]), STATES.index(state)
    if to > at + 1:
        raise InvalidTransition("transition_invalid", kind="erasure", id=erasure_id, state=row["state"], event=state)
    counts = dict(row["removed"])
    for name, number in (removed or {}).items():
        counts[name] = counts.get(name, 0) + number
    values: Row = {"state": STATES[max(at, to)], "removed": counts}
    if state == "certified" and row["certified_at"] is None:
        values["certified_at"] = tx.at
    tx.execute(update(tables.erasure).where(tables.erasure.c.erasure == erasure_id).values(values))
    if to > at:
        tx.audit(f"erasure.{state}", erasure=erasure_id, **(removed or {}))
    return row | values


def set_snapshots(tx: Transaction, erasure_id: str, *, clean: str | None, former: Sequence[str]) -> None:
    """Note the first snapshot without the erased, and those with them that are still on disk."""
    which = tables.erasure.c.erasure == erasure_id
    tx.execute(update(tables.erasure).where(which).values(snapshot=clean, waits_for=list(former)))


def forget_messages(tx: Transaction, causes: Sequence[str]) -> int:
    """Empty the new values that messages about these corrections still carry. Returns how many there were."""
    row = tables.message_row.c
    which = row.cause.in_(list(causes)) & row.changes.is_not(None)
    return tx.execute(update(tables.message_row).where(which).values(changes=null())).rowcount


_TEXTS = ("correction", "message_row")
"""The tables that hold text of erased persons."""
_REWRITE = DDL("VACUUM FULL %(fullname)s")  # type: ignore[no-untyped-call]


def compact(ledger: Ledger, *, texts: Iterable[str] = _TEXTS) -> bool:
    """Leave no deleted text in the ledger's files: SQLite's log is emptied into the file, whose freed bytes are zeroed
    (``secure_delete``); PostgreSQL rewrites the tables that held ``texts``. False when a reader still needs the log."""
    if ledger.engine.dialect.name == "sqlite":
        raw = ledger.engine.raw_connection()
        try:
            busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
        return not busy
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in texts:
            connection.execute(_REWRITE.against(tables.metadata.tables[name]))
    return True
