"""What the register holds of one person, for that person: the gate's door for access requests (R013, R056).

Only real persons of the published snapshot and rows of stored sources are read, by a person's id. Seeds live in another
table and cannot be reached from here, whatever their names are (R059, T10); the random numbers behind marks and
manifests are not read at all. Every look is in the read log before it happens (R058, R088).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import sql
from core.errors import NotFound, StoreError
from core.identity import fold_name
from ledger import consultations, sources
from ledger.store import Store
from register.query import Register, open_register
from register.rows import lent, query

Row = dict[str, Any]

POSITION_GROUPS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "responsibility": ("responsibilities", "purchasing", "level", "started", "verified", "notified"),
    "email": ("email",),
    "mobile": ("mobile",),
    "postal": ("postal_street", "postal_postcode", "postal_city"),
}
"""Field groups of a position and their fields: a group has one source, and so has each of its fields (R008)."""

ORGANISATION_GROUPS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "parallel_names", "auxiliary_names", "former_names", "form"),
    "industry": ("industry", "industry_version"),
    "size": ("staff_class", "revenue_class"),
    "visiting": ("visiting_street", "visiting_postcode", "visiting_city", "municipality"),
    "postal": ("postal_street", "postal_postcode", "postal_city"),
    "phone": ("phone", "fax"),
    "web": ("website",),
    "it": ("it_workstations", "it_servers", "it_erp"),
}
"""The same for the organisation of a sole trader, which is the person's own data (R010)."""


def person_record(
    store: Store,
    person: int,
    *,
    purpose: str = "request of the person",
    kind: str = "person record",
    case: str | None = None,
    sources_too: bool = False,
) -> Row:
    """Everything that the register holds of one person; a merged-away id leads to the person it was merged into.

    ``{"person", "numbers": [every id], "snapshot", "first_obtained_on", "name": [field…], "former_names":
    [{first_name, last_name}], "positions": [{"position", "organisation", "business_id", "fields": [field…]}],
    "own_business": [{"business_id", "fields"}], "source_rows": [{"source", "obtained_on", "in_use", …the row}]}`` where
    a field is ``{"field", "value", "source", "source_date", "obtained_on"}``; empty fields are left out. The stored
    files are searched, and ``source_rows`` is there, where ``sources_too`` asks for them. Raises ``NotFound``
    (person_unknown, snapshot_none) and ``StoreError``; the look is logged first.
    """
    with store.write() as tx:
        consultations.record(tx, persons=[person], kind=kind, purpose=purpose, case=case)
    with open_register(store, holder="person record") as register:
        numbers = _rows(register, "register/subject_ids", person=person)
        found = _person(register, [row["id"] for row in numbers])
        if found is None:
            raise NotFound("person_unknown", person=person)
        names = _rows(register, "register/subject_person", person=found)
        positions = _rows(register, "register/subject_positions", person=found)
        business = _rows(register, "register/subject_organisations", person=found)
        homonym = sources_too and _rows(register, "register/subject_homonym", person=found)[0]["found"]
        snapshot = register.snapshot
    record = {
        "person": found,
        "numbers": sorted({row["id"] for row in numbers}),
        "snapshot": snapshot,
        "first_obtained_on": names[0]["obtained"],
        "name": _name(names, positions),
        "former_names": [_pair(row) for row in names if row["former"]],
        "positions": [_position(row) for row in positions],
        "own_business": [
            {"business_id": row["business_id"], "fields": _fields(row, ORGANISATION_GROUPS)} for row in business
        ],
    }
    if sources_too:
        record["source_rows"] = source_rows(store, names=names, positions=positions, homonym=homonym)
    return record


def faces(store: Store, persons: Sequence[int], *, purpose: str, case: str | None = None) -> list[Row]:
    """Name, title and organisation of each position of some persons, for an operator to tell who is meant.

    No contact data: ``{"person", "first_name", "last_name", "position", "title", "organisation", "business_id"}``.
    Unknown ids are missing. The look is logged first.
    """
    with store.write() as tx:
        if consultations.record(tx, persons=persons, kind="look-up", purpose=purpose, case=case) is None:
            tx.abandon()
    if not persons:
        return []
    wanted = pa.table({"person": pa.array(sorted(set(persons)), pa.int32())})
    with open_register(store, holder="look-up") as register, lent(register.connection, wanted=wanted):
        found: list[Row] = query(register.connection, "register/subject_faces").to_pylist()
    return found


def source_rows(
    store: Store, *, names: Sequence[Mapping[str, Any]], positions: Sequence[Mapping[str, Any]], homonym: bool
) -> list[Row]:
    """The rows of stored source files that speak of this person: values that lost against a better source too.

    ``homonym``: another person of that name works in the same organisation, so a row needs more than the name.
    """
    with store.ledger.read() as connection:
        loads = [load for load in sources.loads(connection) if load.kind == "positions"]
        in_use = {load.load for load in sources.live_loads(connection, kind="positions")}
    files = {Path(load.data).name: load for load in loads if store.path(load.data).exists()}
    if not files or not positions:
        return []
    values = {
        "files": [str(store.path(load.data)) for load in files.values()],
        "folds": sorted({fold_name(f"{row['first_name']} {row['last_name']}") or "" for row in names}),
        "homonym": homonym,
    } | {
        name: sorted({row[column] for row in positions if row[column] is not None})
        for name, column in (
            ("emails", "email"),
            ("mobiles", "mobile"),
            ("business_ids", "business_id"),
            ("source_ids", "source_id"),
        )
    }
    try:
        with duckdb.connect(config={"threads": store.settings.threads}) as connection:
            found = connection.sql(sql.load("register/subject_source_rows"), params=values).to_arrow_table().to_pylist()
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error
    made = []
    for row in found:
        load = files[row.pop("file")]
        stated = {name: value for name, value in row.items() if value is not None and value != []}
        made.append({"source": load.source, "obtained_on": load.obtained_on, "in_use": load.load in in_use} | stated)
    return sorted(made, key=lambda row: (row["obtained_on"], row["source"], row.get("source_id") or ""))


def _rows(register: Register, statement: str, **values: Any) -> list[Row]:
    with lent(register.connection):
        found: list[Row] = query(register.connection, statement, values).to_pylist()
    return found


def _person(register: Register, numbers: Sequence[int]) -> int | None:
    """The one of these ids that the register knows a person by."""
    known = [number for number in numbers if _rows(register, "register/subject_person", person=number)]
    return known[0] if known else None


def _pair(row: Mapping[str, Any]) -> Row:
    return {"first_name": row["first_name"], "last_name": row["last_name"]}


def _name(names: Sequence[Mapping[str, Any]], positions: Sequence[Mapping[str, Any]]) -> list[Row]:
    """First and last name; their source is that of the position whose row won the name."""
    best = next((row for row in positions if row["name_source"] is not None), None)
    where = {"name_source": None, "name_date": None, "name_obtained": None} if best is None else best
    present = next(row for row in names if not row["former"])
    return _fields({**where, **_pair(present)}, {"name": ("first_name", "last_name")})


def _position(row: Mapping[str, Any]) -> Row:
    fields = _fields(row, POSITION_GROUPS)
    if row["source_id"] is not None:
        fields.append(_field("source_id", row["source_id"], row["position_source"], None, None))
    return {
        "position": row["position"],
        "organisation": row["organisation_name"],
        "business_id": row["business_id"],
        "fields": fields,
    }


def _fields(row: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> list[Row]:
    return [
        _field(name, row[name], row[f"{group}_source"], row[f"{group}_date"], row[f"{group}_obtained"])
        for group, fields in groups.items()
        for name in fields
        if row[name] is not None and row[name] != []
    ]


def _field(name: str, value: Any, source: str | None, source_date: Any, obtained_on: Any) -> Row:
    return {"field": name, "value": value, "source": source, "source_date": source_date, "obtained_on": obtained_on}
