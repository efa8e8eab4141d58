"""Disclosures outside any licence: only as a case with a ground, a scope and a second person (R079).

An authority's order, a legal claim, a reorganisation, security. The data come through the gate's door for persons, each
look logged, and go to a recipient inside the EU and EEA like everything else. The person learns of it in the access
reply, unless a provision forbids that. Before a reorganisation is carried through, statistics alone are disclosed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyrage

from core.errors import InvalidInput, Refused
from core.files import storing
from extracts.gate import subject
from ledger import customers, other_disclosures
from ledger.store import Store
from register.query import deliverable_rows, open_register
from schemas.processing import check_ground

Row = dict[str, Any]

KINDS = ("authority", "legal_claim", "reorganisation", "security")
FIELDS = {
    "name": ("first_name", "last_name"),
    "position": ("title", "responsibilities", "purchasing", "level", "started"),
    "contact": ("email", "mobile", "postal_street", "postal_postcode", "postal_city"),
    "provenance": ("verified", "notified"),
}
"""Categories of data that may be disclosed so, and the fields of each."""


@dataclass(frozen=True)
class Asked:
    """What is to be disclosed, to whom, and on which ground."""

    kind: str
    recipient: str
    ground: str
    scope: str
    persons: Sequence[int] = ()
    fields: Sequence[str] = ("name", "position")
    country: str = "FI"
    closed_on: date | None = None
    """Of a reorganisation: the day it was carried through."""
    secret_ground: str | None = None
    """The provision that forbids telling the persons."""
    secret_until: date | None = None


def open_disclosure(store: Store, asked: Asked) -> Row:
    """Open a case: ``{"disclosure", "state", "persons"}``. Nothing is disclosed yet.

    Raises ``InvalidInput`` (value_unknown, value_missing, ground_repealed, country_unknown, date_future),
    ``LicenceRefused`` (outside_eea) and ``Refused`` (disclosure_statistics_only).
    """
    for field, values, allowed in (("kind", [asked.kind], KINDS), ("fields", asked.fields, tuple(FIELDS))):
        for value in values:
            if value not in allowed:
                raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    said = {"recipient": asked.recipient, "ground": asked.ground, "scope": asked.scope}
    if asked.secret_ground is not None:
        said["secret-ground"] = asked.secret_ground
    for field, text in said.items():
        if not text.strip():
            raise InvalidInput("value_missing", field=field)
    check_ground(asked.ground)
    customers.check_eea(asked.country, day=store.today())
    if asked.closed_on is not None and asked.closed_on > store.today():
        raise InvalidInput("date_future", field="closed-on")
    before_closing = asked.kind == "reorganisation" and asked.closed_on is None
    if before_closing and asked.persons:
        raise Refused("disclosure_statistics_only")
    if not before_closing and not asked.persons:
        raise InvalidInput("value_missing", field="person")
    columns = {
        "kind": asked.kind,
        "recipient": asked.recipient.strip(),
        "country": asked.country,
        "ground": asked.ground.strip(),
        "scope": asked.scope.strip(),
        "fields": list(dict.fromkeys(asked.fields)),
        "closed_on": asked.closed_on,
        "secret_ground": asked.secret_ground,
        "secret_until": asked.secret_until,
    }
    with store.write() as tx:
        made = other_disclosures.record(tx, columns, persons=asked.persons)
    return {"disclosure": made, "state": "open", "persons": len(set(asked.persons))}


def approve(store: Store, disclosure: str, *, by: str | None = None) -> Row:
    """Approve a case; another person than who opened it. Raises as ``ledger.other_disclosures.happen``."""
    with store.write() as tx:
        other_disclosures.happen(tx, disclosure, "approved", by=by)
    return {"disclosure": disclosure, "state": "approved"}


def withdraw(store: Store, disclosure: str) -> Row:
    """Close a case without disclosing anything."""
    with store.write() as tx:
        other_disclosures.happen(tx, disclosure, "withdrawn")
    return {"disclosure": disclosure, "state": "withdrawn"}


def make(store: Store, disclosure: str, *, to: Path, recipient: str | None = None) -> Row:
    """Write what an approved case discloses, for ``recipient`` (an age public key) encrypted:
    ``{"disclosure", "state", "persons", "file": {"path", "sha256"}}``.

    Seen only once it is written down. Raises ``NotFound`` (disclosure_unknown, person_unknown), ``InvalidTransition``
    and ``InvalidInput`` (recipient_invalid).
    """
    with store.ledger.read() as connection:
        row = other_disclosures.find(connection, disclosure)
    key = _recipient(recipient)
    content = json.dumps(_content(store, row), ensure_ascii=False, indent=1, default=lambda value: value.isoformat())
    data = pyrage.encrypt(content.encode(), [key]) if key else content.encode()
    digest = hashlib.sha256(data).hexdigest()
    path = to / f"{disclosure}.json{'.age' if key else ''}"
    partial = path.with_name(f".{path.name}.partial")
    with storing(path):
        to.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)
        partial.write_bytes(data)
    try:
        with store.write() as tx:
            other_disclosures.happen(tx, disclosure, "made", sha256=digest)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    with storing(path):
        partial.replace(path)
    return {
        "disclosure": disclosure,
        "state": "made",
        "persons": len(row["who"]),
        "file": {"path": str(path), "sha256": digest},
    }


def _content(store: Store, row: Row) -> Row:
    """The persons' data in the categories of the case, or, without persons, statistics of the register."""
    head = {name: row[name] for name in ("disclosure", "kind", "recipient", "ground", "scope")}
    head |= {"controller": store.settings.controller, "made_on": store.today()}
    if row["state"] != "approved":  # before anybody is looked at; the ledger decides again
        return head
    if not row["who"]:
        with open_register(store, holder="disclosure") as register:
            counts = {name: int(register.meta[name]) for name in ("organisations", "persons", "positions")}
            return head | {"statistics": counts | {"deliverable_positions": deliverable_rows(register)}}
    wanted = {name for category in row["fields"] for name in FIELDS[category]}
    persons = []
    for number in row["who"]:
        record = subject.person_record(store, number, purpose=row["kind"], kind="disclosure", case=row["disclosure"])
        places = [
            {"organisation": place["organisation"], "business_id": place["business_id"]}
            | _told(place["fields"], wanted)
            for place in record["positions"]
        ]
        persons.append(_told(record["name"], wanted) | {"positions": places})
    return head | {"persons": persons}


def _told(fields: Sequence[Row], wanted: set[str]) -> Row:
    return {field["field"]: field["value"] for field in fields if field["field"] in wanted}


def _recipient(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise InvalidInput("recipient_invalid") from error
