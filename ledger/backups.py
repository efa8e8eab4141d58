"""Backups in the ledger: which were made, when each must go, which are gone (R074)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def record(
    tx: Transaction,
    *,
    backup: str,
    file: str,
    sha256: str,
    size: int,
    files: int,
    recipient: str,
    tombstone_line: int,
    days: int,
) -> Row:
    """Note a finished archive; it must be gone ``days`` after ``tx.at``."""
    row = {
        "backup": backup,
        "file": file,
        "sha256": sha256,
        "bytes": size,
        "files": files,
        "recipient": recipient,
        "tombstone_line": tombstone_line,
        "made_at": tx.at,
        "made_by": tx.actor,
        "expires_at": tx.at + timedelta(days=days),
    }
    tx.execute(insert(tables.backup), row)
    tx.audit("backup.made", backup=backup, sha256=sha256, bytes=size, files=files, tombstone_line=tombstone_line)
    return row


def backups(connection: Connection, *, standing: bool = False) -> list[Row]:
    """All backups, newest first, or those whose archive is not known to be gone."""
    query = select(tables.backup).order_by(tables.backup.c.made_at.desc(), tables.backup.c.backup)
    if standing:
        query = query.where(tables.backup.c.removed_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


def removed(tx: Transaction, backup: str) -> None:
    """Note that an archive was deleted."""
    tx.execute(
        update(tables.backup)
        .where(tables.backup.c.backup == backup, tables.backup.c.removed_at.is_(None))
        .values(removed_at=tx.at)
    )
    tx.audit("backup.removed", backup=backup)
