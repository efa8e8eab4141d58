"""What a customer, an account or a time window touched, and who was hit: the ledger's side of a breach's impact (R093).

Persons are register ids. A letter's text is not kept here: only that it was due, made, sent or failed, and the proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select, update

from ledger import tables
from ledger.engine import Transaction

_BATCH = 5000
_IDS = 500

LETTERS: Mapping[str, tuple[str, ...]] = {
    "none": ("due",),
    "due": ("exported", "impossible"),
    "exported": ("sent", "failed"),
    "failed": ("exported", "impossible"),
    "impossible": ("exported",),
    "sent": (),
}
"""State of one person's letter → states that may follow."""


def handled_by(
    connection: Connection, account: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[str]:
    """Extracts that an account released or handed over in the window."""
    extract, delivery = tables.extract.c, tables.delivery.c
    released = select(extract.extract).where(
        extract.released_by == account, *_within(extract.released_at, since=since, until=until)
    )
    delivered = select(delivery.extract).where(
        delivery.delivered_by == account, *_within(delivery.delivered_at, since=since, until=until)
    )
    return sorted(set(connection.execute(released.union(delivered)).scalars()))


def consulted_by(
    connection: Connection, account: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[int]:
    """Persons that an account looked at in the window."""
    log, person = tables.consultation, tables.consultation_person
    query = (
        select(person.c.person)
        .join(log, log.c.consultation == person.c.consultation)
        .where(log.c.by == account, *_within(log.c.at, since=since, until=until))
        .distinct()
        .order_by(person.c.person)
    )
    return list(connection.execute(query).scalars())


def delivered_within(
    connection: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> list[str]:
    """Extracts handed over in the window, and those lying ready in it without having been handed over."""
    extract, delivery = tables.extract, tables.delivery
    moment = func.coalesce(delivery.c.delivered_at, extract.c.released_at)
    query = (
        select(extract.c.extract)
        .outerjoin(delivery, delivery.c.extract == extract.c.extract)
        .where(*_within(moment, since=since, until=until))
        .distinct()
        .order_by(extract.c.extract)
    )
    return list(connection.execute(query).scalars())


def _within(column: Any, *, since: datetime | None, until: datetime | None) -> list[Any]:
    conditions = []
    if since is not None:
        conditions.append(column >= since)
    if until is not None:
        conditions.append(column < until)
    return conditions


def seeds_in(connection: Connection, extracts: Sequence[str]) -> int:
    """Seeds in these extracts: rows of the files that are nobody (R038)."""
    column, total = tables.extract.c, 0
    for part in _parts(list(extracts), _IDS):
        query = select(func.coalesce(func.sum(column.seeds), 0)).where(column.extract.in_(part))
        total += int(connection.execute(query).scalar_one())
    return total


def former_tokens(connection: Connection) -> pa.Table:
    """``token, person`` of the persons that left the register while their rows may still be out (R072)."""
    link = tables.former_link.c
    rows = connection.execute(select(link.token, link.person).where(link.kind == "person")).all()
    return pa.table(
        {
            "token": pa.array([bytes(row.token) for row in rows], pa.binary()),
            "person": pa.array([row.person for row in rows], pa.int32()),
        }
    )


def set_persons(tx: Transaction, breach: str, *, persons: Sequence[int], letter: str) -> None:
    """Make ``persons`` the ones hit; those nobody has written to yet and who are not among them are dropped."""
    table = tables.breach_person
    old = {
        row.person: row.letter
        for row in tx.execute(select(table.c.person, table.c.letter).where(table.c.breach == breach))
    }
    wanted = set(persons)
    gone = sorted(person for person, state in old.items() if person not in wanted and state in ("none", "due"))
    for part in _parts(gone, _IDS):
        tx.execute(delete(table).where(table.c.breach == breach, table.c.person.in_(part)))
    new = sorted(wanted - old.keys())
    for part in _parts(new, _BATCH):
        tx.execute(
            insert(table), [{"breach": breach, "person": person, "letter": letter, "at": tx.at} for person in part]
        )


def letters_due(tx: Transaction, breach: str, *, due: bool) -> None:
    """A risk decided to be high makes letters due; one decided lower again takes back those not made yet."""
    table = tables.breach_person
    before, after = ("none", "due") if due else ("due", "none")
    tx.execute(update(table).where(table.c.breach == breach, table.c.letter == before).values(letter=after, at=tx.at))


def persons(connection: Connection, breach: str, *, letters: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Who was hit, by id, with the state of each letter."""
    table = tables.breach_person
    query = select(table).where(table.c.breach == breach).order_by(table.c.person)
    if letters is not None:
        query = query.where(table.c.letter.in_(list(letters)))
    return [dict(row) for row in connection.execute(query).mappings()]


def letter_counts(connection: Connection, breach: str) -> dict[str, int]:
    """State of a letter → persons."""
    table = tables.breach_person
    query = select(table.c.letter, func.count()).where(table.c.breach == breach).group_by(table.c.letter)
    return {letter: int(number) for letter, number in connection.execute(query.order_by(table.c.letter))}


def set_letters(tx: Transaction, breach: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Move letters on: ``{"person", "letter", "language"?, "channel"?, "reference"?}``; returns how many moved.

    A row whose present state does not lead to the new one (``LETTERS``), or of a person who was not hit, moves nothing.
    """
    table = tables.breach_person
    moved = 0
    for row in rows:
        before = [state for state, after in LETTERS.items() if row["letter"] in after]
        values = {name: row[name] for name in ("letter", "language", "channel", "reference") if row.get(name)}
        moved += tx.execute(
            update(table)
            .where(table.c.breach == breach, table.c.person == row["person"], table.c.letter.in_(before))
            .values(at=tx.at, **values)
        ).rowcount
    return moved


def _parts(items: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


@dataclass(frozen=True)
class Standing:
    """Somebody whom a standing ban, erasure or restriction is about, since when and in which channels."""

    ban: str
    target: str
    id: int
    channels: frozenset[str] | None
    """None: all."""
    recorded_at: datetime


def standing(connection: Connection) -> list[Standing]:
    """Every hit of a ban in force that was not let go of."""
    ban, hit = tables.ban.c, tables.ban_hit.c
    query = (
        select(hit.ban, hit.target, hit.id, hit.channel, ban.channel.label("of_ban"), ban.recorded_at)
        .join(tables.ban, ban.ban == hit.ban)
        .where(ban.lifted_at.is_(None), hit.released_at.is_(None))
        .order_by(hit.ban, hit.target, hit.id)
    )
    return [
        Standing(row.ban, row.target, row.id, _channels(row.channel or row.of_ban), row.recorded_at)
        for row in connection.execute(query)
    ]


def _channels(channel: str | None) -> frozenset[str] | None:
    if channel is None:
        return None
    return frozenset({"email", "phone"} if channel == "electronic" else {channel})


def last_deliveries(connection: Connection) -> dict[str, datetime]:
    """Extract → when it was last handed over."""
    delivery = tables.delivery.c
    query = select(delivery.extract, func.max(delivery.delivered_at).label("last")).group_by(delivery.extract)
    return {row.extract: row.last for row in connection.execute(query)}
