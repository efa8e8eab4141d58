"""The list of processors, and which of them may be used: none of whom an item is missing (Art. 28, 30, R078)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import Conflict, InvalidInput, InvalidTransition, NotFound, Refused
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction
from schemas import codes, processors as rules
from schemas.processing import categories

Row = dict[str, Any]

ITEMS = (
    "category", "data", "purposes", "fields", "agreement_on", "sub_processors", "location", "storage", "transfer",
)  # fmt: skip
"""What is known of a processor besides its name and its evidence."""


def add(tx: Transaction, name: str, values: Mapping[str, Any]) -> str:
    """Put a processor on the list with what is known of it (:data:`ITEMS`); what is missing keeps it disabled.

    Raises ``InvalidInput`` (value_missing, value_unknown, country_unknown) and ``Conflict`` (already_done).
    """
    if not name.strip():
        raise InvalidInput("value_missing", field="name")
    known = tx.one(select(tables.processor).where(tables.processor.c.name == name.strip()))
    if known is not None:
        raise Conflict("already_done", kind="processor", id=known["processor"])
    processor = new_id("processor")
    empty = {"data": "register", "purposes": [], "fields": [], "storage": []}
    row = empty | dict(values)
    _check(row)
    made = {"processor": processor, "name": name.strip(), "added_at": tx.at, "added_by": tx.actor}
    tx.execute(insert(tables.processor), made | row)
    tx.audit("processor.added", processor=processor, items=sorted(values))
    return processor


def change(tx: Transaction, processor_id: str, values: Mapping[str, Any]) -> None:
    """Change what is known of a processor. Raises as :func:`add`, ``NotFound``, ``InvalidTransition``."""
    row = _standing(tx, processor_id)
    if not values:
        raise InvalidInput("value_missing", field="something to change")
    _check(row | dict(values))
    this = tables.processor.c.processor == processor_id
    tx.execute(update(tables.processor).where(this).values(**values))
    tx.audit("processor.changed", processor=processor_id, items=sorted(values))


def end(tx: Transaction, processor_id: str) -> None:
    """It is used no more; it stays on record. Raises ``NotFound``, ``InvalidTransition``."""
    _standing(tx, processor_id)
    tx.execute(update(tables.processor).where(tables.processor.c.processor == processor_id).values(ended_at=tx.at))
    tx.audit("processor.ended", processor=processor_id)


def add_evidence(tx: Transaction, processor_id: str, *, kind: str, reference: str, valid_until: date) -> str:
    """File evidence of its security, good until a day. Raises ``InvalidInput``, ``NotFound``, ``InvalidTransition``."""
    _standing(tx, processor_id)
    for field, value in (("kind", kind), ("reference", reference)):
        if not value.strip():
            raise InvalidInput("value_missing", field=field)
    evidence = new_id("evidence")
    tx.execute(
        insert(tables.processor_evidence),
        {
            "evidence": evidence,
            "processor": processor_id,
            "kind": kind.strip(),
            "reference": reference.strip(),
            "valid_until": valid_until,
            "recorded_at": tx.at,
            "recorded_by": tx.actor,
        },
    )
    tx.audit("processor.evidence", processor=processor_id, evidence=evidence, valid_until=valid_until)
    return evidence


def _standing(tx: Transaction, processor_id: str) -> Row:
    row = tx.one(select(tables.processor).where(tables.processor.c.processor == processor_id).with_for_update())
    if row is None:
        raise NotFound("processor_unknown", processor=processor_id)
    if row["ended_at"] is not None:
        raise InvalidTransition("transition_invalid", kind="processor", id=processor_id, state="ended", event="changed")
    return dict(row)


def _check(row: Mapping[str, Any]) -> None:
    """Everything said is of the closed lists."""
    for field, values, allowed in (
        ("category", [row.get("category")], rules.CATEGORIES),
        ("data", [row["data"]], rules.DATA),
        ("transfer", [row["transfer"]] if row.get("transfer") else [], rules.MECHANISMS),
        ("fields", row["fields"] if row["data"] == "register" else [], tuple(categories())),
    ):
        for value in values:
            if value not in allowed:
                raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    for country in [*([row["location"]] if row.get("location") else []), *row["storage"]]:
        if country not in codes.countries():
            raise InvalidInput("country_unknown", field="location or storage", value=country)


# --- who they are, and whether they may be used -----------------------------------------------------------------------


def listing(connection: Connection, *, today: date, ended: bool = False) -> list[Row]:
    """The list: every column of the standing ones (with ``ended`` the former too), ``evidence``, what is ``missing``
    and whether it is ``enabled``, by name."""
    table, proof = tables.processor, tables.processor_evidence
    query = select(table).order_by(table.c.name)
    if not ended:
        query = query.where(table.c.ended_at.is_(None))
    found: dict[str, list[Row]] = {}
    for row in connection.execute(select(proof).order_by(proof.c.valid_until)).mappings():
        shown = {name: row[name] for name in ("evidence", "kind", "reference", "valid_until")}
        found.setdefault(row["processor"], []).append(shown)
    listed = []
    for row in connection.execute(query).mappings():
        evidence = found.get(row["processor"], [])
        missing = rules.missing(dict(row), evidence, today=today)
        enabled = not missing and row["ended_at"] is None
        listed.append(dict(row) | {"evidence": evidence, "missing": missing, "enabled": enabled})
    return listed


def processor(connection: Connection, processor_id: str, *, today: date) -> Row:
    """One of :func:`listing`, a former one too. Raises ``NotFound`` (processor_unknown)."""
    for row in listing(connection, today=today, ended=True):
        if row["processor"] == processor_id:
            return row
    raise NotFound("processor_unknown", processor=processor_id)


def require(connection: Connection, processor_id: str, *, today: date) -> None:
    """Raise ``Refused`` (processor_disabled) unless a processor may be used today: for whatever hands data to one."""
    row = processor(connection, processor_id, today=today)
    if not row["enabled"]:
        missing = ", ".join(row["missing"]) or "its use has ended"
        raise Refused("processor_disabled", processor=processor_id, missing=missing)


def named(connection: Connection, *, today: date, data: str | None = None) -> list[str]:
    """Standing processors as persons are told of them: name, service, country."""
    return [
        ", ".join(filter(None, (row["name"], row["category"], row["location"])))
        for row in listing(connection, today=today)
        if data in (None, row["data"])
    ]
