"""A small register whose rows four recipients hold: what the messages to them are about."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import fixed_clock
from core.settings import load_settings
from extracts.deliver import deliver
from ledger import bans, messages
from ledger.store import Store, open_store
from subjects import recipients
from tests.gate import house

PERSON = 1001
"""Holds position 1; every recipient has the row."""
MAIL = "henkilo1@firma0.example"


@dataclass
class Recipient:
    """One customer with its extract."""

    deal: house.Deal
    extract: str

    @property
    def customer(self) -> str:
        return str(self.deal.customer["customer"])


def make(
    store: Store, to: Path, *, size: int = 12, recipients: int = 4, delivered: int | None = None, **deal: Any
) -> list[Recipient]:
    """Publish ``size`` persons and hand all of them to that many recipients (the first ``delivered`` of them)."""
    people = house.people(size)
    house.publish(store, people)
    made = []
    for number in range(1, recipients + 1):
        bought = house.deal(store, number=1_000 + number, **deal)
        extract = house.release(store, bought, house.pool_of(people), fence=fence(store))["extract"]
        if delivered is None or number <= delivered:
            deliver(store, extract, to / f"{number}")
        made.append(Recipient(bought, extract))
    return made


def fence(store: Store) -> int:
    with store.ledger.read() as connection:
        return bans.fence_value(connection)


def later(store: Store, **after: Any) -> Store:
    """The same store at a later instant."""
    return at(store, store.now() + timedelta(**after))


def at(store: Store, instant: datetime) -> Store:
    """The same store at another instant."""
    return open_store(load_settings(env={}, **store.settings.model_dump()), clock=fixed_clock(instant))


@contextmanager
def copied(made: Store, to: Path) -> Iterator[Store]:
    """A store of one's own, like one that is never written to."""
    shutil.copytree(made.home.root, to)
    store = open_store(load_settings(env={}, home=to, actor="tester"), clock=made.clock)
    yield store
    store.ledger.close()


def ban(
    store: Store,
    *ids: int,
    target: str = "person",
    channel: str | None = None,
    kind: str = "processing",
    held: bool = False,
) -> str:
    """File a ban that hits these ids."""
    with store.write() as tx:
        found, _ = bans.record(
            tx, kind=kind, target=target, via="email", received_on=store.today(), channel=channel, keys=[], key_id="k",
            hits=[(target, one, held) for one in ids],
        )  # fmt: skip
    return found


def rows_of(store: Store, person: int = PERSON) -> dict[str, int]:
    """Extract to row number of a person."""
    return {one.extract: one.row for one in recipients.holdings(store, [person])}


def told(store: Store, customer: str | None = None) -> list[dict[str, Any]]:
    """The messages in the ledger, as they are."""
    with store.ledger.read() as connection:
        return messages.messages(connection, customer=customer)


def named(store: Store) -> dict[str, list[tuple[str, int, str]]]:
    """Customer to ``(extract, row, code)`` of everything it was or will be told."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    with store.ledger.read() as connection:
        for message in messages.messages(connection):
            found.setdefault(message["customer"], []).extend(
                (entry["extract"], entry["number"], message["code"])
                for entry in messages.entries(connection, message["message"])
            )
    return found


def audit_text(store: Store) -> str:
    """Everything that the audit says."""
    from sqlalchemy import select

    from ledger import tables

    with store.ledger.read() as connection:
        return str([dict(row) for row in connection.execute(select(tables.audit)).mappings()])


def delivered_row(store: Store, extract: str, row: int) -> dict[str, str]:
    """A row of the delivered file."""
    with (store.home.deliveries / extract / f"{extract}.csv").open(encoding="utf-8", newline="") as file:
        return next(line for line in csv.DictReader(file) if line["row"] == str(row))


def read_csv(files: Sequence[str]) -> list[dict[str, str]]:
    """The lines of the stop list among an export's files."""
    path = next(Path(file) for file in files if file.endswith(".csv"))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
