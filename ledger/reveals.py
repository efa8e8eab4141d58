"""Showing an extract's scope keys in a dispute: one person asks, another approves (fingerprint.md 2.7, 8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidInput, InvalidTransition, NotFound, PermissionRefused
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def request(tx: Transaction, *, extract: str, trace: str, evidence_sha256: str, reason: str) -> str:
    """Ask that an extract's keys be shown; it has no effect until somebody else approves it. Returns its id.

    Raises ``InvalidInput`` (value_missing) without a reason.
    """
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    reveal = new_id("reveal")
    facts = {"reveal": reveal, "extract": extract, "trace": trace, "evidence_sha256": evidence_sha256}
    row = facts | {"reason": reason.strip(), "requested_at": tx.at, "requested_by": tx.actor}
    tx.execute(insert(tables.reveal), row)
    tx.audit("reveal.requested", **facts)
    return reveal


def approve(tx: Transaction, reveal: str, *, sha256: str) -> None:
    """Let the keys be shown in the file of that digest.

    Raises ``NotFound``, ``PermissionRefused`` (reveal_needs_two) and ``InvalidTransition`` when it was approved before.
    """
    row = tx.one(select(tables.reveal).where(tables.reveal.c.reveal == reveal).with_for_update())
    if row is None:
        raise NotFound("reveal_unknown", reveal=reveal)
    check_second(dict(row), actor=tx.actor)
    values = {"approved_at": tx.at, "approved_by": tx.actor, "sha256": sha256}
    tx.execute(update(tables.reveal).where(tables.reveal.c.reveal == reveal).values(**values))
    facts = {name: row[name] for name in ("reveal", "extract", "trace", "evidence_sha256")}
    tx.audit("reveal.approved", **facts, sha256=sha256, requested_by=row["requested_by"])


def check_second(row: Row, *, actor: str) -> None:
    """Raises ``InvalidTransition`` for one that was approved, ``PermissionRefused`` for the person who asked for it."""
    if row["approved_at"] is not None:
        raise InvalidTransition(
            "transition_invalid", kind="reveal", id=row["reveal"], state="approved", event="approved"
        )
    if actor == row["requested_by"]:
        raise PermissionRefused("reveal_needs_two", reveal=row["reveal"])


def reveal(connection: Connection, reveal: str) -> Row:
    """One request; raises ``NotFound``."""
    row = connection.execute(select(tables.reveal).where(tables.reveal.c.reveal == reveal)).mappings().one_or_none()
    if row is None:
        raise NotFound("reveal_unknown", reveal=reveal)
    return dict(row)
