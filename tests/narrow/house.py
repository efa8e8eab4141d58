"""Customers, agreements, orders and extracts straight in the ledger, with manifests of made-up persons."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select, update

from core.clock import day_end, fixed_clock, helsinki_day
from core.files import sha256_file
from core.ids import business_id, new_id
from ledger import customers, obtained, tables
from ledger.store import Store

CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}}
SNAPSHOT = "20261122T080000-s1-000000000001"


def at(store: Store, moment: datetime, **settings: Any) -> Store:
    """The same store at another instant, with other settings."""
    return replace(store, clock=fixed_clock(moment), settings=store.settings.model_copy(update=settings))


def token(person: int) -> bytes:
    """The manifest token of a made-up person."""
    return hashlib.sha256(str(person).encode()).digest()[:16]


def tokens(persons: Collection[int]) -> bytes:
    return b"".join(token(person) for person in sorted(persons))


def add_customer(store: Store, number: int, *, parent: str | None = None, contact: str | None = None) -> str:
    with store.write() as tx:
        return customers.add_customer(
            tx,
            name=f"Asiakas {number} Oy",
            business_id=business_id(_valid(number)),
            country="FI",
            parent=parent,
            contact=contact,
        )


def _valid(number: int) -> int:
    """A business id's digits with their check digit (weights 7, 9, 10, 5, 8, 4, 2)."""
    while True:
        digits = f"{6_100_000 + number:07d}"
        rest = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
        if rest != 1:
            return int(digits) * 10 + (11 - rest if rest else 0)
        number += 100_000


def open_campaign(store: Store, recipient: str, *, party: str | None = None, **more: Any) -> str:
    """A campaign of the recipient, ordered by itself or by a reseller; from a week ago for a month."""
    today = store.today()
    years = {"starts_on": date(2020, 1, 1), "ends_on": date(2030, 12, 31)}
    with store.write() as tx:
        agreement = customers.add_agreement(tx, customer_id=recipient, mode="campaign", **years)
        if party:  # the end customer has its own too
            agreement = customers.add_agreement(tx, customer_id=party, mode="reseller", **years)
        values: dict[str, Any] = {
            "agreement_id": agreement,
            "end_customer": recipient if party else None,
            "name": "Kampanja",
            "subject": ["IT"],
            "purpose": "sales",
            "channels": ["email"],
            "starts_on": today - timedelta(days=7),
            "ends_on": today + timedelta(days=23),
            "max_days": 90,
        }
        return customers.open_campaign(tx, **(values | more))


def add_snapshot(store: Store) -> None:
    """A snapshot that the ledger alone knows."""
    with store.write() as tx:
        tx.execute(
            insert(tables.snapshot),
            {
                "snapshot": SNAPSHOT, "path": "snapshots/none.duckdb", "sha256": "0" * 64, "schema_version": 1,
                "organisations": 1, "persons": 1, "positions": 1, "loads": [], "seconds": 1, "published_at": tx.at,
            },
        )  # fmt: skip
        tx.audit("test.published")


def add_order(store: Store, campaign: str, *, state: str = "approved", criteria: Any = None) -> str:
    order = new_id("order")
    with store.ledger.read() as connection:
        snapshot = connection.execute(select(tables.snapshot.c.snapshot)).scalars().first()
    with store.write() as tx:
        tx.execute(
            insert(tables.order),
            {
                "order": order, "campaign": campaign, "criteria": criteria or CRITERIA, "fields": [],
                "formats": ["csv"], "state": state, "statement": {}, "snapshot": snapshot, "placed_by": "tester",
                "placed_at": tx.at,
            },
        )  # fmt: skip
        tx.audit("test.ordered")
    return order


def add_plan(store: Store, campaign: str, persons: Collection[int], *, state: str = "approved") -> str:
    """An order that was submitted, with whom it would disclose."""
    order = add_order(store, campaign, state=state)
    with store.write() as tx:
        obtained.plan(tx, order=order, tokens=tokens(persons), ends_at=day_end(helsinki_day(tx.at)))
        tx.audit("test.planned")
    return order


def add_extract(
    store: Store,
    campaign: str,
    persons: Collection[int],
    *,
    withheld: Collection[int] = (),
    state: str = "released",
    criteria: Any = None,
) -> str:
    """An extract that delivered these persons now, and withheld others."""
    listed = [(token(person), number) for number, person in enumerate(sorted(persons), start=1)]
    listed += [(token(person), None) for person in sorted(withheld)]
    return _release(store, campaign, listed, state=state, criteria=criteria)


def add_page(store: Store, campaign: str, tokens: list[bytes]) -> str:
    """A page that the acting user looked at, released like a file."""
    return _release(store, campaign, [(one, number) for number, one in enumerate(tokens, start=1)])


def _release(
    store: Store,
    campaign: str,
    listed: list[tuple[bytes, int | None]],
    *,
    state: str = "released",
    criteria: Any = None,
) -> str:
    order = add_order(store, campaign, state="cut", criteria=criteria)
    path, digest = _manifest(store, listed)
    extract, delivered = new_id("extract"), sum(number is not None for _, number in listed)
    with store.ledger.read() as connection:
        recipient = customers.campaign(connection, campaign)["customer"]
        snapshot = connection.execute(select(tables.snapshot.c.snapshot)).scalars().first()
    with store.write() as tx:
        tx.execute(
            insert(tables.extract),
            {
                "extract": extract, "order": order, "campaign": campaign, "customer": recipient, "snapshot": snapshot,
                "fence": 0, "rows": delivered, "persons": delivered, "seeds": 0,
                "pool": len(listed), "manifest": store.relative(path), "manifest_sha256": digest,
                "state": state, "released_at": tx.at, "released_by": store.actor, "terms": 1,
            },
        )  # fmt: skip
        tx.audit("test.released")
    return extract


def void(store: Store, extract: str) -> None:
    with store.write() as tx:
        tx.execute(update(tables.extract).where(tables.extract.c.extract == extract).values(state="void"))
        tx.audit("test.void")


def _manifest(store: Store, listed: list[tuple[bytes, int | None]]) -> tuple[Path, str]:
    table = pa.table(
        {
            "person": pa.array([one for one, _ in listed], pa.binary(16)),
            "number": pa.array([number for _, number in listed], pa.int32()),
        }
    )
    staged = store.home.manifests / f"{new_id('staged')}.parquet"
    pq.write_table(table, staged)
    digest = sha256_file(staged)
    path = store.home.manifests / f"{digest}-{new_id('m')}.parquet"
    staged.replace(path)
    return path, digest
