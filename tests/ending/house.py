"""A store with one delivered extract, and clocks that tests set: what the end of a licence is tried on."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import update

from core.clock import day_end
from core.identity import normalise_business_id
from core.ids import org_id
from core.settings import load_settings
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from ledger import bans, licences, seeds, tables
from ledger.store import Store, create_store, open_store
from tests.gate import house as gate_house

SECOND = timedelta(seconds=1)
LAST_DAY = date(2026, 11, 30)
END = datetime(2026, 11, 30, 22, tzinfo=UTC)
"""24:00 in Helsinki on the last day."""
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that stands where it was put."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def store_at(instant: datetime, home: Path, *, ledger_url: str | None = None, **settings: Any) -> Iterator[Store]:
    """A new store whose clock (``Hands``) stands at ``instant``."""
    values = load_settings(env={}, home=home, actor="tester", ledger_url=ledger_url, **settings)
    made = create_store(values, clock=Hands(instant))
    yield made
    made.ledger.close()


def set_clock(store: Store, instant: datetime) -> None:
    hands = store.clock
    assert isinstance(hands, Hands)
    hands.at = instant


@dataclass
class Cut:
    """An extract that was released, and what it was released for."""

    extract: str
    deal: gate_house.Deal
    people: list[gate_house.Row]
    released: dict[str, Any]

    @property
    def customer(self) -> str:
        return str(self.deal.customer["customer"])

    @property
    def campaign(self) -> str:
        return str(self.deal.campaign["campaign"])


def register(store: Store, size: int = 12) -> list[gate_house.Row]:
    """People in the register and seeds in the stock. A store made from a prepared home has them already."""
    people = townsfolk(size)
    if not list(store.home.snapshots.glob("*.duckdb")):
        gate_house.publish(store, people)
        stock_fictitious(store, 60)
    return people


@contextmanager
def store_from(prepared: Path, home: Path) -> Iterator[Store]:
    """A store of one's own over a copy of a prepared home."""
    shutil.copytree(prepared, home)
    for beside in prepared.parent.glob(f"{prepared.name}.*"):
        shutil.copy(beside, home.with_name(beside.name.replace(prepared.name, home.name, 1)))
    made = open_store(load_settings(env={}, home=home, actor="tester"), clock=Hands(NOW))
    yield made
    made.ledger.close()


def townsfolk(size: int) -> list[gate_house.Row]:
    """The house's people in organisations whose Y-tunnus holds."""
    people = gate_house.people(size)
    for person in people:
        person.org = _holding(2_000_000 + person.org % 1_000_000 // 10 * 7)
    return people


@cache
def _holding(number: int) -> int:
    """The first organisation from this number on whose Y-tunnus holds."""
    tried = (normalise_business_id(f"{number + digit // 10}-{digit % 10}") for digit in range(70))
    return next(org_id(known) for known in tried if known is not None)


def cut(store: Store, people: list[gate_house.Row], *, number: int = 1, last_day: date = LAST_DAY, **order: Any) -> Cut:
    """Release an extract of these people for a customer and campaign of its own that ends on ``last_day``."""
    deal = gate_house.deal(store, number=number, **order)
    until(store, deal, last_day)
    released = gate_house.release(store, deal, gate_house.pool_of(people))
    return Cut(released["extract"], deal, people, released)


def until(store: Store, deal: gate_house.Deal, last_day: date) -> None:
    """Move the campaign's end; the terms of use are accepted."""
    ends = {"starts_on": last_day - timedelta(days=29), "ends_on": last_day, "ends_at": day_end(last_day)}
    deal.campaign |= ends
    this = tables.campaign.c.campaign == deal.campaign["campaign"]
    with store.write() as tx:
        tx.execute(update(tables.campaign).where(this).values(**ends))
        licences.accept(tx, agreement=deal.agreement["agreement"], campaign=None, version=1, by=None, how="agreement")


def delivered(store: Store, people: list[gate_house.Row], to: Path, **more: Any) -> Cut:
    made = cut(store, people, **more)
    deliver(store, made.extract, to)
    return made


def rows_of(directory: Path) -> list[dict[str, str]]:
    """The rows of the one CSV file in a directory."""
    [file] = directory.glob("extract-*.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def holds(home: Path, text: str) -> list[Path]:
    """Files below ``home`` in which these bytes stand."""
    return [path for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def other_node(store: Store, instant: datetime) -> Store:
    """The same store seen by a node whose clock says something else."""
    return replace(store, clock=Hands(instant))


def ban(store: Store, target: str, subject: int, *, channel: str | None = None) -> None:
    """A ban that hits one id of the register."""
    with store.write() as tx:
        bans.record(
            tx,
            target=target,
            via="phone",
            received_on=store.today(),
            channel=channel,
            keys=[],
            key_id="t",
            hits=[(target, subject, False)],
        )


def write_csv(path: Path, rows: list[dict[str, Any]], *, delimiter: str = ",") -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def responder(key: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A row of a report of responders, complete but for who is meant."""
    return {"date": "2026-11-26", "act": "reply", "evidence": "message", "reference": "CRM 4711"} | key | changes


def seed_numbers(store: Store, extract: str) -> list[int]:
    with store.ledger.read() as connection:
        return [row["number"] for row in seeds.of_extract(connection, extract)]
