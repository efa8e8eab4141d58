"""Tokens of persons and positions that left the register while somebody may still hold their rows (R072).

A token is keyed and says nothing without the fingerprint key. Only tokens that stand in a manifest are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from ledger import tables
from ledger.engine import Transaction

_BATCH = 500


def former(
    connection: Connection,
    *,
    persons: Sequence[tuple[int, int]],
    positions: Sequence[int] = (),
    organisations: Sequence[int] = (),
) -> list[dict[str, Any]]:
    """``kind, person, position, token`` of former ids; ``persons`` are pairs of who was asked for and who is meant."""
    asked: dict[int, list[int]] = {}
    for one, meant in persons:
        asked.setdefault(meant, []).append(one)
    found = [
        row | {"person": one} for row in _kept(connection, "person", sorted(asked)) for one in asked[row["person"]]
    ]
    for column, ids in (("position", positions), ("organisation", organisations)):
        found += [row | {"person": None} for row in _kept(connection, column, ids)]
    return found


def _kept(connection: Connection, column: str, ids: Sequence[int]) -> list[dict[str, Any]]:
    link = tables.former_link.c
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), _BATCH):
        query = select(link.kind, link.person, link.position, link.token).where(
            link[column].in_(list(ids[start : start + _BATCH]))
        )
        rows += [dict(row) for row in connection.execute(query).mappings()]
    return rows


def keep(tx: Transaction, rows: Iterable[dict[str, Any]]) -> int:
    """Keep ``kind, token, person, position, organisation`` of ids that leave the register; returns how many are new."""
    wanted = {(row["kind"], row["token"]): row for row in rows}
    if not wanted:
        return 0
    known = set()
    names = sorted({token for _, token in wanted})
    for start in range(0, len(names), _BATCH):
        link = tables.former_link.c
        query = select(link.kind, link.token).where(link.token.in_(names[start : start + _BATCH]))
        known |= {(row.kind, bytes(row.token)) for row in tx.execute(query)}
    fresh = [row | {"kept_at": tx.at} for place, row in sorted(wanted.items()) if place not in known]
    if fresh:
        tx.execute(insert(tables.former_link), fresh)
        tx.audit("links.kept", links=len(fresh))
    return len(fresh)
