"""Restrictions (Art. 18): blocks of kind ``restriction``, and that the person was told before one is lifted (R062).

A restricted person is neither used nor changed nor deleted: every publish carries the rows over as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidTransition, NotFound, Refused
from ledger import bans, tables
from ledger.engine import Transaction

KIND = "restriction"
_ban, _hit = tables.ban.c, tables.ban_hit.c


def persons(connection: Connection, *, among: Sequence[int] | None = None) -> dict[int, str]:
    """Persons under a restriction of their whole record, each with the block that restricts; of ``among``, or all."""
    query = (
        select(_hit.id, _hit.ban)
        .join(tables.ban, _ban.ban == _hit.ban)
        .where(_ban.kind == KIND, _ban.lifted_at.is_(None), _ban.channel.is_(None), _hit.target == "person")
        .order_by(_ban.fence.desc())
    )
    if among is not None:
        query = query.where(_hit.id.in_(list(among)))
    return {int(person): str(ban) for person, ban in connection.execute(query)}


def restrictions(connection: Connection) -> list[dict[str, Any]]:
    """All restrictions, newest first: ``ban, via, received_on, recorded_at, lifted_at, told_on, persons``."""
    notice = tables.restriction_notice.c
    query = (
        select(_ban.ban, _ban.via, _ban.received_on, _ban.recorded_at, _ban.lifted_at, notice.told_on)
        .outerjoin(tables.restriction_notice, notice.ban == _ban.ban)
        .where(_ban.kind == KIND, _ban.channel.is_(None))
        .order_by(_ban.fence.desc())
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    hits = select(_hit.ban, _hit.id).where(
        _hit.target == "person", _hit.ban.in_(select(_ban.ban).where(_ban.kind == KIND, _ban.channel.is_(None)))
    )
    whom: dict[str, list[int]] = {}
    for ban, person in connection.execute(hits.order_by(_hit.id)):
        whom.setdefault(ban, []).append(person)
    return [row | {"persons": whom.get(row["ban"], [])} for row in rows]


def tell(tx: Transaction, ban: str, *, via: str, told_on: date) -> None:
    """Record that the person was told that the restriction will be lifted (Art. 18(3)).

    Raises ``NotFound`` (restriction_unknown), ``InvalidTransition`` when it is lifted or the person was told already.
    """
    row = _standing(tx, ban)
    if row["told_on"] is not None:
        raise InvalidTransition("transition_invalid", kind="restriction", id=ban, state="told", event="told again")
    tx.execute(
        insert(tables.restriction_notice),
        {"ban": ban, "via": via, "told_on": told_on, "recorded_at": tx.at, "recorded_by": tx.actor},
    )
    tx.audit("restriction.told", ban=ban, via=via)


def lift(tx: Transaction, ban: str, *, reason: str) -> int:
    """Lift a restriction; the person must have been told before (R062). Moves the fence and returns it.

    Raises ``NotFound`` (restriction_unknown), ``InvalidTransition`` when it is lifted already, and ``Refused``
    (restriction_not_told).
    """
    row = _standing(tx, ban)
    if row["told_on"] is None:
        raise Refused("restriction_not_told", ban=ban)
    return _lift(tx, ban, reason=reason)


def _standing(tx: Transaction, ban: str) -> dict[str, Any]:
    row = next((row for row in restrictions(tx.connection) if row["ban"] == ban), None)
    if row is None:
        raise NotFound("restriction_unknown", ban=ban)
    if row["lifted_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="restriction", id=ban, state="lifted", event="changed")
    return row


def end_blocks(tx: Transaction, blocks: Sequence[str]) -> int:
    """End the blocks that kept a wrong address out of cuts: the published register no longer has it (R011).

    Only blocks of one position and one channel that a correction named; a person's own wish is never among them.
    """
    standing = select(_ban.ban).where(
        _ban.ban.in_(list(blocks)), _ban.kind == KIND, _ban.target == "position", _ban.lifted_at.is_(None)
    )
    ended = list(tx.execute(standing.order_by(_ban.ban)).scalars())
    for ban in ended:
        _lift(tx, ban, reason="the address is no longer in the register")
    return len(ended)


def _lift(tx: Transaction, ban: str, *, reason: str) -> int:
    fence = bans.move_fence(tx)
    values = {"lifted_at": tx.at, "lifted_by": tx.actor, "lift_evidence": reason}
    tx.execute(update(tables.ban).where(_ban.ban == ban).values(values))
    tx.audit("restriction.lifted", ban=ban, fence=fence)
    return fence
