"""A recipient of continuous use over a small register that changes: what it is delivered, and what it then has."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import insert, update

import sql
from core.clock import fixed_clock
from core.files import sha256_file
from core.ids import business_id
from core.settings import load_settings
from extracts import continuous, subscriptions
from ledger import bans, controllers, customers, tables
from ledger.store import Store, open_store
from schemas.criteria import parse_criteria
from tests.gate import house as gate
from tests.gate.house import Row

CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}}
BESIDE = ("rajaus_key", "change", "changed_fields")


def at(store: Store, instant: datetime) -> Store:
    """The same store at another instant."""
    return open_store(load_settings(env={}, **store.settings.model_dump()), clock=fixed_clock(instant))


def publish(store: Store, rows: Sequence[Row], *, number: int = 1, unverified: Sequence[int] = ()) -> str:
    """Publish a snapshot in which every position but ``unverified`` may be delivered."""
    name = f"20261122T0800{number % 100:02d}-s1-{number:012d}"
    path = store.home.snapshots / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        for table in gate.TABLES:
            connection.execute(sql.load(f"register/snapshot_{table}"))
        gate.fill(connection, list(rows))
        connection.execute("UPDATE selectable SET verified = '2026-11-01', notified = '2026-06-01'")
        connection.execute(
            "UPDATE selectable SET verified = '2020-01-01' WHERE list_contains(?, position)", [unverified]
        )
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
                "published_at": store.now(),
            },
        )
        tx.execute(update(tables.snapshot_pointer).values(snapshot=name))
        tx.audit("test.published")
    return name


def agree(store: Store, *, number: int = 1, confirmed: bool = True, until: date = date(2026, 12, 31)) -> str:
    """An agreement for continuous use with a customer of its own."""
    with store.write() as tx:
        customer = customers.add_customer(
            tx,
            name=f"Tilaaja {number} Oy",
            business_id=business_id(gate_number(number)),
            country="FI",
            parent=None,
            contact="tietosuoja@tilaaja.example",
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="continuous", starts_on=date(2026, 1, 1), ends_on=until
        )
        if confirmed:
            name_controller(tx, agreement)
            controllers.confirm(tx, agreement=agreement, by="Tiina Tietosuoja")
    return agreement


def gate_number(number: int) -> int:
    """A number whose Y-tunnus is valid."""
    weights, digits = (7, 9, 10, 5, 8, 4, 2), 6_000_000 + number * 3
    while True:
        rest = sum(w * int(d) for w, d in zip(weights, f"{digits:07d}", strict=True)) % 11
        if rest != 1:
            return digits * 10 + (0 if rest == 0 else 11 - rest)
        digits += 1


def name_controller(tx: Any, agreement: str) -> None:
    controllers.name(
        tx, agreement=agreement, notice_url="https://tilaaja.example/tietosuoja", contact="oikeudet@tilaaja.example"
    )


@dataclass
class Recipient:
    """Applies what it is delivered to a table of its own, as the terms say: removals first."""

    subscription: str
    to: Path
    table: dict[str, dict[str, str]] = field(default_factory=dict)
    last: int | None = None

    def deliver(self, store: Store, **more: Any) -> dict[str, Any]:
        """The next delivery, applied."""
        made = continuous.deliver(store, self.subscription, self.to, **more)
        if made["delta"] is not None:
            self.apply(made)
        return made

    def apply(self, made: dict[str, Any]) -> None:
        document = described(made)
        assert document["previous"] == self.last
        assert [file["step"] for file in document["apply"]] == sorted(
            (file["step"] for file in document["apply"]), reverse=True
        ), "removals first"
        if document["whole"]:
            self.table = {}
        for row in removed(made):
            assert self.table.pop(row["rajaus_key"], None) is not None or document["whole"], "it had the row"
        for row in rows(made):
            assert (row["change"] == "changed") == (row["rajaus_key"] in self.table)
            self.table[row["rajaus_key"]] = {name: row[name] for name in row if name not in BESIDE[1:]}
        self.last = made["delta"]
        assert len(self.table) == document["held"]

    def acknowledge(self, store: Store, number: int | None = None) -> dict[str, Any]:
        upto = self.last if number is None else number
        assert upto is not None
        return continuous.acknowledge(store, self.subscription, upto, by="Tiina Tietosuoja")


def subscribe(store: Store, to: Path, **more: Any) -> Recipient:
    """A recipient with a subscription of everybody in IT."""
    agreement = more.pop("agreement", None) or agree(store, number=more.pop("number", 1))
    wish = subscriptions.Wish(
        agreement=agreement,
        criteria=parse_criteria(more.pop("criteria", CRITERIA)),
        subject=["IT"],
        purpose="marketing",
        channels=more.pop("channels", ("email", "phone")),
        name="Jatkuva käyttö",
        **more,
    )
    return Recipient(subscriptions.open_subscription(store, wish)["subscription"], to)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _file(made: dict[str, Any], ending: str) -> Path | None:
    return next((Path(file["path"]) for file in made["files"] if file["path"].endswith(ending)), None)


def described(made: dict[str, Any]) -> dict[str, Any]:
    """The delivery's own document."""
    path = _file(made, "-delta.json")
    assert path is not None
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def removed(made: dict[str, Any]) -> list[dict[str, str]]:
    path = _file(made, "-1-removed.csv")
    return [] if path is None else _read(path)


def rows(made: dict[str, Any]) -> list[dict[str, str]]:
    path = _file(made, "-2-rows.csv")
    return [] if path is None else _read(path)


def emails(table: dict[str, dict[str, str]]) -> set[str]:
    """Who is in it, seeds left out."""
    return {row["email"] for row in table.values() if row["email"].startswith("henkilo")}


def ban(store: Store, person: int, **more: Any) -> None:
    with store.write() as tx:
        bans.record(
            tx,
            target="person",
            via="phone",
            received_on=store.today(),
            channel=None,
            keys=[],
            key_id=store.key("suppression").key_id,
            hits=[("person", person, False)],
            **more,
        )
