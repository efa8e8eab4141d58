"""Snapshots in the ledger: which there are, which is current, who reads them, when one may go.

A lease is a lock, not a fact: it leaves no audit row. Publishing and retiring do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from core.errors import NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Ledger, Transaction

LEASE = timedelta(hours=1)
"""How long a reader holds a snapshot without coming back."""


@dataclass(frozen=True)
class Published:
    """A sealed snapshot; ``path`` is relative to the home, ``loads`` are the numbers it was built from."""

    snapshot: str
    path: str
    sha256: str
    schema_version: int
    organisations: int
    persons: int
    positions: int
    loads: list[int]
    seconds: int
    published_at: datetime
    retired_at: datetime | None


def current(connection: Connection) -> str | None:
    """The snapshot the pointer names; None before the first publish."""
    snapshot: str | None = connection.execute(select(tables.snapshot_pointer.c.snapshot)).scalar_one()
    return snapshot


def published(connection: Connection) -> Published | None:
    """The current snapshot's record; None before the first publish."""
    query = select(tables.snapshot).join(
        tables.snapshot_pointer, tables.snapshot_pointer.c.snapshot == tables.snapshot.c.snapshot
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Published(**row)


def standing(connection: Connection) -> list[Published]:
    """Snapshots whose file is there, oldest first."""
    query = (
        select(tables.snapshot)
        .where(tables.snapshot.c.retired_at.is_(None))
        .order_by(tables.snapshot.c.published_at, tables.snapshot.c.snapshot)
    )
    return [Published(**row) for row in connection.execute(query).mappings()]


def take_lease(ledger: Ledger, *, snapshot: str | None, holder: str, at: datetime) -> tuple[str, Published]:
    """Hold a snapshot (None: the current one) so that it is not retired. Returns the lease and the snapshot.

    Raises ``NotFound``: snapshot_none when nothing is published, snapshot_unknown when it is retired or never was.
    """
    while True:
        with ledger.locking() as connection:
            found = _named(connection, snapshot) if snapshot is not None else published(connection)
            if found is None:
                raise NotFound("snapshot_none")
            # The share lock waits for a publisher that is retiring this very snapshot, and makes it wait for us.
            retired_at = connection.execute(
                select(tables.snapshot.c.retired_at)
                .where(tables.snapshot.c.snapshot == found.snapshot)
                .with_for_update(read=True)
            ).scalar_one()
            if retired_at is None:
                lease = new_id("lease")
                connection.execute(
                    insert(tables.lease),
                    {"lease": lease, "snapshot": found.snapshot, "holder": holder, "expires_at": at + LEASE},
                )
                return lease, found
        if snapshot is not None:
            raise NotFound("snapshot_unknown", snapshot=snapshot)


def _named(connection: Connection, snapshot: str) -> Published:
    row = (
        connection.execute(select(tables.snapshot).where(tables.snapshot.c.snapshot == snapshot))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("snapshot_unknown", snapshot=snapshot)
    return Published(**row)


def end_lease(ledger: Ledger, lease: str) -> None:
    """Let go of a snapshot."""
    with ledger.locking() as connection:
        connection.execute(delete(tables.lease).where(tables.lease.c.lease == lease))


def publish(
    tx: Transaction,
    *,
    snapshot: str,
    path: str,
    sha256: str,
    schema_version: int,
    organisations: int,
    persons: int,
    positions: int,
    loads: Sequence[int],
    seconds: int,
) -> None:
    """Record a sealed snapshot and move the pointer to it."""
    tx.execute(
        insert(tables.snapshot),
        {
            "snapshot": snapshot,
            "path": path,
            "sha256": sha256,
            "schema_version": schema_version,
            "organisations": organisations,
            "persons": persons,
            "positions": positions,
            "loads": list(loads),
            "seconds": seconds,
            "published_at": tx.at,
        },
    )
    tx.execute(update(tables.snapshot_pointer).values(snapshot=snapshot))
    tx.audit(
        "snapshot.published",
        snapshot=snapshot,
        sha256=sha256,
        organisations=organisations,
        persons=persons,
        positions=positions,
        loads=list(loads),
    )


def retirable(connection: Connection, *, at: datetime) -> list[str]:
    """Standing snapshots that are not current and that nobody holds a live lease on."""
    held = select(tables.lease.c.snapshot).where(tables.lease.c.expires_at > at)
    pointed = select(tables.snapshot_pointer.c.snapshot).where(tables.snapshot_pointer.c.snapshot.is_not(None))
    query = (
        select(tables.snapshot.c.snapshot)
        .where(
            tables.snapshot.c.retired_at.is_(None),
            tables.snapshot.c.snapshot.not_in(held),
            tables.snapshot.c.snapshot.not_in(pointed),
        )
        .order_by(tables.snapshot.c.snapshot)
    )
    return list(connection.execute(query).scalars())


def retire(tx: Transaction) -> list[str]:
    """Mark what may go as retired, after which its file may be deleted. Returns the snapshots marked."""
    locked = select(tables.snapshot.c.snapshot).where(tables.snapshot.c.retired_at.is_(None)).with_for_update()
    tx.execute(locked).all()
    retired = retirable(tx.connection, at=tx.at)
    if retired:
        tx.execute(update(tables.snapshot).where(tables.snapshot.c.snapshot.in_(retired)).values(retired_at=tx.at))
    tx.audit("snapshot.retired", snapshots=retired)
    return retired
