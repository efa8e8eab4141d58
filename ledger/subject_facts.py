"""What the ledger knows of one registered person, for an access reply (R056): blocks, notices, corrections, cases.

No keyed hash, no staff name and no evidence reference is in it: those are not the person's data, or are not to be told
(R058, R059).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from core.clock import helsinki_day
from ledger import care_jobs, corrections, other_disclosures, requests, tables

Row = dict[str, Any]
_CARE_FIELDS = {"title": "position", "email": "contact", "mobile": "contact"}


def blocks(connection: Connection, *, persons: Sequence[int], positions: Sequence[int]) -> list[Row]:
    """Bans, restrictions and erasures that hit these ids, oldest first.

    ``{"kind", "target", "channel", "via", "received_on", "lifted_on" (instant), "provisional"}``; ``provisional``: the
    person is out because somebody's ban could mean him or her (R018).
    """
    ban, hit = tables.ban.c, tables.ban_hit.c
    mine = or_(
        and_(hit.target == "person", hit.id.in_(list(persons))),
        and_(hit.target == "position", hit.id.in_(list(positions))),
    )
    query = (
        select(
            ban.ban,
            ban.kind,
            ban.target,
            ban.channel,
            ban.via,
            ban.received_on,
            ban.lifted_at.label("lifted_on"),
            hit.held,
        )
        .join(tables.ban_hit, hit.ban == ban.ban)
        .where(mine)
        .order_by(ban.fence)
    )
    found: dict[str, Row] = {}
    for row in connection.execute(query).mappings():
        told = dict(row)
        held = told.pop("held")
        one = found.setdefault(told.pop("ban"), told | {"provisional": held})
        one["provisional"] = one["provisional"] and held
    return list(found.values())


def notices(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """Notices to these persons (Art. 14): ``{"channel", "language", "version", "state", "sent_on", "failed_on"}``."""
    notice, batch = tables.notice.c, tables.notice_batch.c
    query = (
        select(notice.channel, notice.language, batch.version, notice.state, notice.sent_on, notice.failed_on)
        .join(tables.notice_batch, batch.batch == notice.batch)
        .where(notice.person.in_(list(persons)))
        .order_by(batch.number)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def corrected(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """Everything corrected or disputed, oldest first: ``{"field", "position", "value", "was", "source", "made_on",
    "ended_on" (instant), "disputed", "statement"}``."""
    return [
        {
            "field": one.field,
            "position": one.position,
            "value": one.value,
            "was": one.was,
            "source": one.source,
            "made_on": one.made_on,
            "ended_on": one.ended_at,
            "disputed": one.disputed,
            "statement": one.statement,
        }
        for person in sorted(set(persons))
        for one in corrections.of_person(connection, person)
    ]


def cases(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """Requests that concern these persons: ``{"case", "right", "via", "received_on", "due_on", "state", "outcome",
    "counterpart"}``, oldest first."""
    names = ("case", "right", "via", "received_on", "due_on", "state", "outcome", "counterpart")
    return [{name: row[name] for name in names} for row in requests.of_persons(connection, persons)]


def disclosed(connection: Connection, persons: Sequence[int], *, today: date) -> tuple[list[Row], set[str]]:
    """Disclosures outside any licence that these persons may be told of, oldest first: ``{"recipient", "kind",
    "ground", "disclosed_on", "fields"}``; and the ids of those that the law forbids telling of today (R079).

    What data care returned of them is among the former: the recipient knew them already, and got a newer value."""
    found = other_disclosures.of_persons(connection, persons)
    secret = {row["disclosure"] for row in found if other_disclosures.is_secret(row, today=today)}
    told = [
        {
            "recipient": row["recipient"],
            "kind": row["kind"],
            "ground": row["ground"],
            "disclosed_on": helsinki_day(row["ended_at"]),
            "fields": row["fields"],
        }
        for row in found
        if row["disclosure"] not in secret
    ]
    told += [
        {
            "recipient": f"{row['name']} ({row['business_id']})",
            "kind": "data_care",
            "ground": f"Art. 28, {row['job']}",
            "disclosed_on": helsinki_day(row["at"]),
            "fields": sorted({_CARE_FIELDS[field] for field in row["fields"] if field in _CARE_FIELDS}),
        }
        for row in care_jobs.of_persons(connection, persons)
    ]
    return sorted(told, key=lambda one: one["disclosed_on"]), secret


def bans_of_keys(connection: Connection, keys: Sequence[tuple[str, bytes]]) -> list[str]:
    """Standing bans with one of these ``(kind, keyed hash)``, oldest first: all that is left of an erased person."""
    key, ban = tables.ban_key.c, tables.ban.c
    found: dict[str, None] = {}
    for kind, hashed in keys:
        query = (
            select(key.ban)
            .join(tables.ban, ban.ban == key.ban)
            .where(key.kind == kind, key.key == hashed, ban.lifted_at.is_(None))
            .order_by(ban.fence)
        )
        found |= dict.fromkeys(connection.execute(query).scalars())
    return list(found)
