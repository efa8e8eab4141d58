"""Looking again at a released extract before it is handed out (R014)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from core.errors import StoreError
from extracts import gate
from ledger import bans, cuts, tables
from ledger.store import Store
from tests.gate import house

LATER = "20261123T080000-s1-000000000002"


@pytest.fixture
def rows() -> list[house.Row]:
    return house.people(12)


@pytest.fixture
def extract(store: Store, rows: list[house.Row]) -> dict[str, Any]:
    """Cut from a snapshot of twelve, the last two of them withheld."""
    house.publish(store, rows)
    result = house.release(store, house.deal(store), house.pool_of(rows, withheld=2))
    with store.ledger.read() as connection:
        return cuts.extract(connection, result["extract"])


def ban(store: Store, target: str, subject: int, channel: str | None = None) -> None:
    with store.write() as tx:
        bans.record(
            tx,
            target=target,
            via="phone",
            received_on=date(2026, 11, 22),
            channel=channel,
            keys=[],
            key_id="t",
            hits=[(target, subject, False)],
        )


def publish_later(store: Store, rows: list[house.Row]) -> None:
    """The next snapshot, and the one before it retired."""
    house.publish(store, rows, name=LATER)
    with store.write() as tx:
        tx.execute(update(tables.snapshot).where(tables.snapshot.c.snapshot != LATER).values(retired_at=house.NOW))
        tx.audit("test.retired")


@pytest.mark.parametrize(
    ("target", "subject", "channel", "hit"),
    [
        ("person", 1003, None, True),
        ("position", 3, None, True),
        ("organisation", 20_000_010, None, True),
        ("person", 1003, "email", True),
        ("person", 1003, "phone", False),
        ("person", 1012, None, False),
        ("person", 555, None, False),
    ],
)
def test_a_later_ban_is_found_by_the_manifest(
    store: Store, extract: dict[str, Any], target: str, subject: int, channel: str | None, hit: bool
) -> None:
    assert not gate.banned_since(store, extract)
    ban(store, target, subject, channel)
    assert gate.banned_since(store, extract) is hit


def test_when_the_snapshot_is_gone_the_current_one_knows_its_own(
    store: Store, extract: dict[str, Any], rows: list[house.Row]
) -> None:
    """A stranger's ban does not hold up a delivery for ever."""
    stranger = house.Row(99, 1099, 20_000_990, "Uusi", "Tulokas", "Uusi Oy", email="uusi@uusi.example")
    publish_later(store, [*rows, stranger])
    ban(store, "person", 1099)
    assert not gate.banned_since(store, extract)


def test_when_nobody_knows_the_banned_id_any_more_the_ban_wins(
    store: Store, extract: dict[str, Any], rows: list[house.Row]
) -> None:
    ban(store, "person", 1003)
    publish_later(store, [row for row in rows if row.person != 1003])
    assert gate.banned_since(store, extract)


def test_a_damaged_manifest_is_not_believed(store: Store, extract: dict[str, Any]) -> None:
    path = store.path(extract["manifest"])
    path.write_bytes(path.read_bytes() + b"x")
    ban(store, "person", 555)
    with pytest.raises(StoreError):
        gate.banned_since(store, extract)
