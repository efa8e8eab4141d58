"""Notices in the ledger: which batch went to whom through which channel, and what became of it (R096).

A person counts as told from the first notice that was sent and did not fail. A notice that fails after it was sent is
void from that moment: :func:`voided` names it to every count and cut, without waiting for a publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Select, func, insert, select, update

from core.errors import InvalidInput, InvalidTransition, NotFound
from core.ids import new_id
from ledger import exemptions, notice_versions, tables
from ledger.engine import Transaction

Row = dict[str, Any]

CHANNELS = ("email", "post")
"""Ways to tell a person. A website is none (Bisnode)."""
LANGUAGES = ("fi", "sv", "en")
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("exported", "sent"): "sent",
    ("exported", "failed"): "failed",
    ("exported", "cancelled"): "cancelled",
    ("sent", "failed"): "failed",
}
"""(state, event) → new state. A failed notice is never sent after all: a new one is."""

TOLD = pa.schema([("person", pa.int32()), ("told_on", pa.date32())])
HISTORY = pa.schema([("person", pa.int32()), ("channel", pa.string()), ("state", pa.string()), ("version", pa.int32())])
_CHUNK = 500
_FETCH = 100_000


@dataclass(frozen=True)
class Outcome:
    """What became of one notice."""

    person: int
    event: str
    """sent or failed"""
    on: date
    proof: str | None


def languages(connection: Connection, persons: Sequence[int]) -> dict[int, str]:
    """The languages that some of these persons asked for (R097)."""
    table = tables.person_language.c
    found: dict[int, str] = {}
    for part in _parts(persons):
        query = select(table.person, table.language).where(table.person.in_(part))
        found |= {row.person: row.language for row in connection.execute(query)}
    return found


def set_language(tx: Transaction, person: int, *, language: str) -> None:
    """Record the language a person asked for; raises ``InvalidInput`` (value_unknown)."""
    known_value("language", language, allowed=LANGUAGES)
    table = tables.person_language
    known = tx.one(select(table).where(table.c.person == person))
    values = {"language": language, "recorded_at": tx.at}
    if known is None:
        tx.execute(insert(table), {"person": person, **values})
    else:
        tx.execute(update(table).where(table.c.person == person).values(values))
    tx.audit("person.language", person=person, language=language)


def open_batch(tx: Transaction, *, channel: str, version: int, persons: Iterable[tuple[int, str]]) -> str:
    """Record notices about to be sent to ``(person, language)``; returns the batch's id.

    Raises ``InvalidInput`` (value_unknown) for a channel that is no notice, such as a website (R096).
    """
    known_value("channel", channel, allowed=CHANNELS)
    listed = list(persons)
    batch = new_id("batch")
    last = tx.execute(select(func.max(tables.notice_batch.c.number))).scalar_one() or 0
    facts = {"batch": batch, "channel": channel, "version": version, "persons": len(listed)}
    tx.execute(insert(tables.notice_batch), facts | {"number": last + 1, "made_at": tx.at, "made_by": tx.actor})
    if listed:
        tx.execute(
            insert(tables.notice),
            [
                {"batch": batch, "person": person, "channel": channel, "language": language, "state": "exported"}
                for person, language in listed
            ],
        )
    tx.audit("notice.exported", **facts)
    return batch


def find_batch(connection: Connection, batch: str) -> Row:
    """One batch; raises ``NotFound`` (batch_unknown)."""
    query = select(tables.notice_batch).where(tables.notice_batch.c.batch == batch)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("batch_unknown", batch=batch)
    return dict(row)


def batches(connection: Connection) -> list[Row]:
    """Every batch, the newest first, with ``states``: how many of its notices are in which state."""
    counted: dict[str, dict[str, int]] = {}
    notice = tables.notice.c
    for row in connection.execute(
        select(notice.batch, notice.state, func.count().label("n")).group_by(notice.batch, notice.state)
    ):
        counted.setdefault(row.batch, {})[row.state] = row.n
    query = select(tables.notice_batch).order_by(tables.notice_batch.c.number.desc())
    return [dict(row) | {"states": counted.get(row["batch"], {})} for row in connection.execute(query).mappings()]


def waiting(connection: Connection, batch: str) -> list[int]:
    """Persons of a batch of whom nobody has said what became of their notice."""
    notice = tables.notice.c
    query = select(notice.person).where(notice.batch == batch, notice.state == "exported").order_by(notice.person)
    return list(connection.execute(query).scalars())


def record(tx: Transaction, batch: str, outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Record what became of notices of a batch: ``{"sent", "failed", "unchanged"}``; all of them or none.

    Raises ``NotFound`` (batch_unknown, notice_unknown) and ``InvalidTransition``, e.g. for one that had failed.
    """
    find_batch(tx.connection, batch)
    states = _states(tx.connection, batch, [outcome.person for outcome in outcomes])
    counts = {"sent": 0, "failed": 0, "unchanged": 0}
    changed: dict[tuple[str, date, str | None], list[int]] = {}
    for outcome in outcomes:
        state = states.get(outcome.person)
        if state is None:
            raise NotFound("notice_unknown", batch=batch, person=outcome.person)
        if state == outcome.event:
            counts["unchanged"] += 1
            continue
        new = TRANSITIONS.get((state, outcome.event))
        if new is None:
            raise InvalidTransition(
                "transition_invalid", kind="notice", id=f"{batch}/{outcome.person}", state=state, event=outcome.event
            )
        states[outcome.person] = new
        changed.setdefault((new, outcome.on, outcome.proof), []).append(outcome.person)
        counts[new] += 1
    for (state, on, proof), persons in changed.items():
        day = {"sent_on": on} if state == "sent" else {"failed_on": on}
        _change(tx, batch, persons, {"state": state, "proof": proof} | day)
    tx.audit("notice.recorded", batch=batch, **counts)
    return counts


def cancel(tx: Transaction, batch: str) -> int:
    """Take back a batch that was not sent: its persons are exported anew. Returns how many notices were taken back."""
    persons = waiting(tx.connection, batch)
    if not persons:
        known = find_batch(tx.connection, batch)
        raise InvalidTransition("transition_invalid", kind="batch", id=known["batch"], state="done", event="cancelled")
    _change(tx, batch, persons, {"state": "cancelled"})
    tx.audit("notice.cancelled", batch=batch, persons=len(persons))
    return len(persons)


def of_person(connection: Connection, person: int) -> list[Row]:
    """Every notice of a person with channel, language, version, state, days and proof: who got what (R098)."""
    notice, made = tables.notice, tables.notice_batch
    query = (
        select(
            notice.c.batch, notice.c.channel, notice.c.language, made.c.version, notice.c.state, notice.c.sent_on,
            notice.c.failed_on, notice.c.proof, made.c.made_at,
        )
        .join(made, made.c.batch == notice.c.batch)
        .where(notice.c.person == person)
        .order_by(made.c.number)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def told(connection: Connection, *, today: date) -> pa.Table:
    """``person, told_on`` (:data:`TOLD`): the first day on which a notice reached each person, or an exemption holds.

    Once a material change is in effect, only notices of that version or a later one count (R098).
    """
    notice, made = tables.notice.c, tables.notice_batch.c
    query = (
        select(notice.person, func.min(notice.sent_on).label("told_on"))
        .join(tables.notice_batch, made.batch == notice.batch)
        .where(notice.state == "sent", made.version >= notice_versions.material_in_effect(connection, today=today))
        .group_by(notice.person)
    )
    return pa.concat_tables([_table(connection, query, TOLD), exemptions.in_force(connection, today=today)])


def voided(connection: Connection, *, today: date) -> pa.Table:
    """``person, told_on`` (:data:`TOLD`) of notices that failed after they were sent, and of exemptions that ended."""
    notice = tables.notice.c
    query = select(notice.person, notice.sent_on.label("told_on")).where(
        notice.state == "failed", notice.sent_on.is_not(None)
    )
    return pa.concat_tables([_table(connection, query, TOLD), exemptions.lapsed(connection, today=today)])


def history(connection: Connection) -> pa.Table:
    """``person, channel, state, version`` (:data:`HISTORY`) of every notice that was not taken back."""
    notice, made = tables.notice.c, tables.notice_batch.c
    query = (
        select(notice.person, notice.channel, notice.state, made.version)
        .join(tables.notice_batch, made.batch == notice.batch)
        .where(notice.state != "cancelled")
    )
    return _table(connection, query, HISTORY)


def known_value(field: str, value: str, *, allowed: Sequence[str]) -> None:
    """Raises ``InvalidInput`` (value_unknown) when ``value`` is none of ``allowed``."""
    if value not in allowed:
        raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))


def _table(connection: Connection, query: Select[Any], schema: pa.Schema) -> pa.Table:
    """A query's rows as Arrow, fetched in parts."""
    batches = [
        pa.RecordBatch.from_arrays(
            [pa.array(column, field.type) for column, field in zip(zip(*part, strict=True), schema, strict=True)],
            schema=schema,
        )
        for part in connection.execute(query).partitions(_FETCH)
    ]
    return pa.Table.from_batches(batches, schema=schema)


def _parts(persons: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(persons), _CHUNK):
        yield list(persons[start : start + _CHUNK])


def _states(connection: Connection, batch: str, persons: Sequence[int]) -> dict[int, str]:
    notice = tables.notice.c
    found: dict[int, str] = {}
    for part in _parts(persons):
        query = select(notice.person, notice.state).where(notice.batch == batch, notice.person.in_(part))
        found |= {row.person: row.state for row in connection.execute(query)}
    return found


def _change(tx: Transaction, batch: str, persons: Sequence[int], values: Row) -> None:
    notice = tables.notice
    for part in _parts(persons):
        tx.execute(update(notice).where(notice.c.batch == batch, notice.c.person.in_(part)).values(values))
