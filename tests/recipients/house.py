"""A small register whose rows four recipients hold: what the messages to them are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import fixed_clock
from core.settings import load_settings
from extracts.deliver import deliver
from ledger import bans
from ledger.store import Store, open_store
from subjects import recipients
from tests.gate import house

PERSON = 1001
"""Position 1; every recipient holds it."""


@dataclass
class Recipient:
    """One customer with its extract."""

    deal: house.Deal
    extract: str

    @property
    def customer(self) -> str:
        return str(self.deal.customer["customer"])


def make(store: Store, to: Path, *, size: int = 12, recipients: int = 4, delivered: int | None = None) -> list[Recipient]:
    """Publish ``size`` persons and hand all of them to that many recipients (the first ``delivered`` of them)."""
    people = house.people(size)
    house.publish(store, people)
    made = []
    for number in range(1, recipients + 1):
        deal = house.deal(store, number=1_000 + number)
        extract = house.release(store, deal, house.pool_of(people), fence=_fence(store))["extract"]
        if delivered is None or number <= delivered:
            deliver(store, extract, to / f"{number}")
        made.append(Recipient(deal, extract))
    return made


def _fence(store: Store) -> int:
    with store.ledger.read() as connection:
        return bans.fence_value(connection)


def later(store: Store, **after: Any) -> Store:
    """The same store at a later instant."""
    return at(store, store.now() + timedelta(**after))


def at(store: Store, instant: datetime) -> Store:
    """The same store at another instant."""
    settings = load_settings(env={}, **{name: value for name, value in store.settings.model_dump().items()})
    return open_store(settings, clock=fixed_clock(instant))


def ban(store: Store, *persons: int, target: str = "person", channel: str | None = None, kind: str = "processing") -> str:
    """File a ban that hits these ids."""
    with store.write() as tx:
        found, _ = bans.record(
            tx, kind=kind, target=target, via="email", received_on=store.today(), channel=channel, keys=[], key_id="k",
            hits=[(target, one, False) for one in persons],
        )  # fmt: skip
    return found


def rows_of(store: Store, person: int = PERSON) -> dict[str, int]:
    """Extract to row number of a person."""
    return {one.extract: one.row for one in recipients.holdings(store, [person])}
