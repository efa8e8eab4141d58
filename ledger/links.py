"""Tokens of persons and positions that left the register while somebody may still hold their rows (R072).

A token is keyed and says nothing without the fingerprint key. Only tokens that stand in a manifest are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, tuple_

from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
_BATCH = 500


def former(
    connection: Connection,
    *,
    persons: Sequence[tuple[int, int]],
    positions: Sequence[int] = (),
    organisations: Sequence[int] = (),
) -> list[Row]:
    """``target, id, kind, position, token`` of former ids; ``persons`` are pairs of who was asked for and who is meant
    by it."""
    asked: dict[int, list[int]] = {}
    for one, meant in persons:
        asked.setdefault(meant, []).append(one)
    found = [
        _wanted(row, "person", one)
        for row in _kept(connection, "person", sorted(asked))
        for one in asked[row["person"]]
    ]
    for target, ids in (("position", positions), ("organisation", organisations)):
        found += [_wanted(row, target, row[target]) for row in _kept(connection, target, ids)]
    return found


def persons_of(connection: Connection, *, person: bytes, unit: bytes) -> list[int]:
    """Former persons that a row's two tokens stood for."""
    link = tables.former_link.c
    pairs = tuple_(link.kind, link.token).in_([("person", person), ("unit", unit)])
    return sorted(set(connection.execute(select(link.person).where(pairs)).scalars()))


def former_of_source(connection: Connection, source: str) -> list[Row]:
    """The same of former positions of which only this source knew."""
    query = select(tables.former_link).where(tables.former_link.c.source == source)
    return [_wanted(dict(row), "position", row["position"]) for row in connection.execute(query).mappings()]


def _wanted(row: Row, target: str, subject: int) -> Row:
    return {
        "target": target,
        "id": subject,
        "kind": row["kind"],
        "position": row["position"],
        "token": bytes(row["token"]),
    }


def _kept(connection: Connection, column: str, ids: Sequence[int]) -> list[Row]:
    rows: list[Row] = []
    for start in range(0, len(ids), _BATCH):
        query = select(tables.former_link).where(tables.former_link.c[column].in_(list(ids[start : start + _BATCH])))
        rows += [dict(row) for row in connection.execute(query).mappings()]
    return rows


def keep(tx: Transaction, rows: Iterable[Row]) -> int:
    """Keep ``kind, token, person, position, organisation, source`` of ids that leave the register; returns how many
    are new."""
    wanted = {(row["kind"], row["token"]): row for row in rows}
    known = set()
    names = sorted({token for _, token in wanted})
    link = tables.former_link.c
    for start in range(0, len(names), _BATCH):
        query = select(link.kind, link.token).where(link.token.in_(names[start : start + _BATCH]))
        known |= {(row.kind, bytes(row.token)) for row in tx.execute(query)}
    fresh = [row | {"kept_at": tx.at} for place, row in sorted(wanted.items()) if place not in known]
    if fresh:
        tx.execute(insert(tables.former_link), fresh)
        tx.audit("links.kept", links=len(fresh))
    return len(fresh)
