"""A small published register, and a ledger with a customer, a campaign and an order: what a release needs."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import insert, select, update

import sql
from core.clock import day_end
from core.files import sha256_file
from core.identity import fold_names
from core.ids import business_id, new_id
from extracts import gate
from ledger import licences, tables
from ledger.engine import Transaction
from ledger.store import Store
from register.query import Register, open_register
from schemas import codes

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CODES = ("FIN", "GM", "HR", "IT", "PUR")
TABLES = (
    "meta",
    "load",
    "load_set",
    "industry",
    "form",
    "title",
    "erp",
    "organisation",
    "person",
    "person_name",
    "person_alias",
    "person_obtained",
    "position",
    "selectable",
    "stratum",
)


@dataclass
class Row:
    """One position in plain terms."""

    position: int
    person: int
    org: int
    first_name: str
    last_name: str
    organisation: str
    title: str | None = "Tietohallintojohtaja"
    responsibilities: tuple[str, ...] = ("IT",)
    email: str | None = None
    mobile: str | None = None
    phone: str | None = "+35891234567"
    nonce: str = field(default_factory=lambda: str(uuid.uuid4()))


def people(size: int, *, seed: int = 1) -> list[Row]:
    """Invented persons, two per organisation; three in five have several responsibilities, one in five no mobile."""
    draw = random.Random(seed)
    first, last = _names()
    made = []
    for number in range(1, size + 1):
        name, surname = draw.choice(first), draw.choice(last)
        listed = draw.sample(CODES, draw.choice((2, 3)) if number % 5 < 3 else 1)
        made.append(
            Row(
                number,
                1000 + number,
                20_000_000 + number // 2 * 10,
                name,
                surname,
                f"Firma {number // 2:04d} Oy",
                responsibilities=tuple(sorted({*listed, "IT"} if len(listed) > 1 else {"IT"})),
                email=f"henkilo{number}@firma{number // 2}.example",
                mobile=None if number % 5 == 0 else f"+35840{1_000_000 + number}",
            )
        )
    return made


@cache
def _names() -> tuple[list[str], list[str]]:
    return codes.column("first_names", "name")[:300], codes.column("surnames", "surname")[:500]


def publish(store: Store, rows: list[Row], *, name: str = "20261122T080000-s1-000000000001") -> None:
    """Write the rows as a snapshot file and point the ledger at it."""
    path = store.home.snapshots / f"{name}.duckdb"
    connection = duckdb.connect(str(path))
    for table in TABLES:
        connection.execute(sql.load(f"register/snapshot_{table}"))
    fill(connection, rows)
    connection.close()
    with store.write() as tx:
        tx.execute(
            insert(tables.snapshot),
            {
                "snapshot": name,
                "path": store.relative(path),
                "sha256": sha256_file(path),
                "schema_version": 1,
                "organisations": 1,
                "persons": 1,
                "positions": len(rows),
                "loads": [],
                "seconds": 1,
                "published_at": NOW,
            },
        )
        tx.execute(update(tables.snapshot_pointer).values(snapshot=name))
        tx.audit("test.published")


def fill(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    bits = codes.responsibility_bits()
    organisations = {row.org: row for row in rows}
    persons = {row.person: row for row in rows}
    firms = _folds([row.organisation for row in organisations.values()])
    names = _folds([f"{row.first_name} {row.last_name}" for row in persons.values()])
    _insert(
        connection,
        "organisation",
        [
            {
                "org": row.org,
                "business_id": business_id(row.org),
                "kind": 1,
                "name": row.organisation,
                "name_fold": firms[row.organisation],
                "parallel_names": [],
                "auxiliary_names": [],
                "former_names": [],
                "industry": "62100",
                "industry_version": "TOL2025",
                "staff_class": 4,
                "revenue_class": 5,
                "visiting_street": "Kauppakatu 1",
                "visiting_postcode": "00100",
                "visiting_city": "Helsinki",
                "postal_street": "PL 1",
                "postal_postcode": "00101",
                "postal_city": "Helsinki",
                "municipality": "091",
                "region": "01",
                "phone": row.phone,
                "website": "www.firma.example",
                "ceased": False,
                "sole_trader": False,
                "nonce": _nonce("organisation", row.org),
            }
            for row in organisations.values()
        ],
    )
    _insert(
        connection,
        "person",
        [
            {
                "person": row.person,
                "first_name": row.first_name,
                "last_name": row.last_name,
                "name_fold": names[f"{row.first_name} {row.last_name}"],
                "nonce": _nonce("person", row.person),
            }
            for row in persons.values()
        ],
    )
    _insert(
        connection,
        "position",
        [
            {
                "position": row.position,
                "person": row.person,
                "org": row.org,
                "title": row.title,
                "responsibilities": list(row.responsibilities),
                "purchasing": [],
                "level": 2,
                "email": row.email,
                "mobile": row.mobile,
                "nonce": row.nonce,
                "source": "test",
                "source_id": str(row.position),
            }
            for row in rows
        ],
    )
    _insert(
        connection,
        "selectable",
        [
            {
                "position": row.position,
                "person": row.person,
                "org": row.org,
                "kind": 1,
                "purchasing": 0,
                "level": 2,
                "responsibility": sum(bits[code] for code in row.responsibilities),
                "has_email": row.email is not None,
                "has_phone": True,
                "has_post": True,
                "has_website": False,
                "has_parallel_name": False,
                "nonce": row.nonce,
                "person_link": row.person,
                "site_link": row.org,
                "load_set": 0,
            }
            for row in rows
        ],
    )
    for step in ("stratum_member", "build_stratum"):
        connection.execute(sql.load(f"register/{step}"))


def organisation_nonce(org: int) -> str:
    return _nonce("organisation", org)


def _nonce(kind: str, number: int) -> str:
    """The same in every snapshot, as in the register."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))


def _folds(texts: list[str]) -> dict[str, str]:
    return dict(zip(texts, fold_names(pa.array(texts)).to_pylist(), strict=True))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    connection.register("given", pa.Table.from_pylist(rows))
    connection.execute(f"INSERT INTO {table} BY NAME FROM given")
    connection.unregister("given")


def pool_of(rows: list[Row], *, withheld: int = 0) -> pa.Table:
    """All rows eligible, the last ``withheld`` of them not delivered."""
    return pa.table(
        {
            "position": pa.array([row.position for row in rows], pa.int32()),
            "person": pa.array([row.person for row in rows], pa.int32()),
            "org": pa.array([row.org for row in rows], pa.int32()),
            "delivered": [place < len(rows) - withheld for place in range(len(rows))],
        }
    )


@dataclass
class Deal:
    """Rows of the ledger that a release is for."""

    order: dict[str, Any]
    campaign: dict[str, Any]
    customer: dict[str, Any]
    agreement: dict[str, Any]


def deal(
    store: Store,
    *,
    snapshot: str = "20261122T080000-s1-000000000001",
    number: int = 1,
    channels: tuple[str, ...] = ("email",),
    **order: Any,
) -> Deal:
    """A customer in force with an approved order; ``order`` overrides its columns."""
    made = Deal(
        customer={
            "customer": new_id("customer"),
            "name": f"Ostaja {number} Oy",
            "business_id": business_id(number),
            "country": "FI",
            "parent": None,
            "contact": "tietosuoja@ostaja.example",
            "added_at": NOW,
        },
        agreement={
            "agreement": new_id("agreement"),
            "mode": "campaign",
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 12, 31),
            "added_at": NOW,
        },
        campaign={
            "campaign": new_id("campaign"),
            "name": "Syksyn tarjous",
            "subject": ["IT"],
            "purpose": "marketing",
            "channels": list(channels),
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2026, 11, 30),
            "ends_at": day_end(date(2026, 11, 30)),
            "opened_at": NOW,
            "closed_at": None,
        },
        order={
            "order": new_id("order"),
            "criteria": {"person": {"responsibility": ["IT"]}},
            "fields": [],
            "formats": ["csv"],
            "state": "approved",
            "statement": {},
            "snapshot": snapshot,
            "placed_by": "tester",
            "placed_at": NOW,
            **order,
        },
    )
    made.agreement["customer"] = made.campaign["customer"] = made.customer["customer"]
    made.campaign["agreement"] = made.agreement["agreement"]
    made.order["campaign"] = made.campaign["campaign"]
    with store.write() as tx:
        for name, table in (
            ("customer", tables.customer),
            ("agreement", tables.agreement),
            ("campaign", tables.campaign),
            ("order", tables.order),
        ):
            tx.execute(insert(table), getattr(made, name))
        known(tx, made.customer["customer"])
        licences.accept(tx, agreement=made.agreement["agreement"], campaign=None, version=1, by=None, how="agreement")
    return made


def known(tx: Transaction, customer: str) -> None:
    """A contact that is tested for good, and data kept in Finland."""
    tested = {
        "test": new_id("test"),
        "number": 1,
        "kind": "sent",
        "outcome": "confirmed",
        "made_at": NOW,
        "made_by": "tester",
    }
    kept = {"location": new_id("location"), "kind": "storage", "country": "FI", "declared_at": NOW}
    tx.execute(insert(tables.contact_test), {"customer": customer, **tested})
    tx.execute(insert(tables.data_location), {"customer": customer, "declared_by": "tester", **kept})


@contextmanager
def reading(store: Store) -> Iterator[Register]:
    with open_register(store, holder="test") as register:
        yield register


def release(store: Store, made: Deal, pool: pa.Table, **more: Any) -> dict[str, Any]:
    """Release the pool for the deal at the ledger's present fence."""
    with reading(store) as register:
        return gate.release(
            store,
            register,
            order=made.order,
            campaign=made.campaign,
            customer=made.customer,
            agreement=made.agreement,
            pool=pool,
            **{"fence": 0, **more},
        )


def delivery(store: Store, result: dict[str, Any]) -> Path:
    """The visible directory of an extract."""
    return store.home.deliveries / result["extract"]


def known_deal(connection: Any) -> Deal:
    """The one deal that the ledger knows."""
    found = {
        name: dict(connection.execute(select(table)).mappings().one())
        for name, table in (
            ("order", tables.order),
            ("campaign", tables.campaign),
            ("customer", tables.customer),
            ("agreement", tables.agreement),
        )
    }
    return Deal(**found)
