"""A handful of persons in a published register, and what a count says of them on a given day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import update

from core.clock import fixed_clock
from extracts.count import count
from ledger import notice_versions, notices, tables
from ledger.engine import Transaction
from ledger.notices import Outcome
from ledger.store import Store, open_store
from register.publish import publish
from register.query import find_persons, open_register
from schemas.criteria import parse_criteria
from tests.published import open_campaign
from tests.register.loads import A, load, organisation, position

DAY = date(2026, 11, 22)
"""The day of tests.moment.NOW, on which the newcomers are obtained."""
_EVERYBODY = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"level": [1, 2, 3, 4]}})
_PLACE = {"visiting_street": "Katu 1", "visiting_postcode": "00100", "visiting_city": "Helsinki", "municipality": "091"}


def at(store: Store, day: date) -> Store:
    """The same store at noon of another day."""
    return open_store(store.settings, clock=fixed_clock(datetime.combine(day, time(10), UTC)))


def newcomers(store: Store, *names: str, **values: Any) -> dict[str, int]:
    """Persons obtained today whom nobody has told, published. Name to person id."""
    rows = [
        position(f"n{number}", name, A, **({"email": f"n{number}@a.example", "notified": None} | values))
        for number, name in enumerate(names)
    ]
    load(store, "new", [organisation(A, **_PLACE)], rows)
    obtained(store, store.today())
    publish(store, force=True)
    return {name: person(store, name) for name in names}


def obtained(store: Store, day: date) -> None:
    """All loads so far were obtained on that day."""
    with store.write() as tx:
        tx.execute(update(tables.load).values(obtained_on=day))
        tx.audit("test.obtained")


def persons(store: Store, name: str) -> set[int]:
    """Ids of the persons of that name at organisation A."""
    with open_register(store, holder="test") as register:
        tokens, org = sorted(name.lower().split()), int(A.replace("-", ""))
        return find_persons(register, tokens=tokens, organisations=[org])


def person(store: Store, name: str) -> int:
    (one,) = persons(store, name)
    return one


def version(
    tx: Transaction, store: Store, *, material: bool = False, effective_on: date | None = None, changed: Any = ()
) -> int:
    """File a version of the notice."""
    return notice_versions.file(
        tx, texts={"fi": "teksti"}, facts={}, changed=changed, material=material,
        effective_on=effective_on or store.today(), today=store.today(), wait_days=14,
    )  # fmt: skip


def send(store: Store, *persons: int, on: date | None = None, channel: str = "email") -> str:
    """Export notices of the newest version to these persons and record them as sent; returns the batch."""
    with store.write() as tx:
        newest = notice_versions.latest(tx.connection)
        number = version(tx, store) if newest is None else newest["version"]
        batch = notices.open_batch(tx, channel=channel, version=number, persons=[(one, "fi") for one in persons])
        notices.record(tx, batch, [Outcome(one, "sent", on or store.today(), "log 1") for one in persons])
    return batch


def bounce(store: Store, batch: str, *persons: int) -> None:
    """The mail server sent these notices back."""
    with store.write() as tx:
        notices.record(tx, batch, [Outcome(one, "failed", store.today(), "bounce") for one in persons])


def campaign(store: Store) -> str:
    """A campaign that a year of tests fits into."""
    made = open_campaign(store, starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 20))
    with store.write() as tx:
        ends = datetime(2027, 12, 31, tzinfo=UTC)
        tx.execute(update(tables.campaign).values(ends_on=date(2027, 12, 30), ends_at=ends))
        tx.audit("test.long_campaign")
    return made


def counted(store: Store, campaign: str) -> tuple[int, int]:
    """How many rows a cut would deliver now (withheld ones included), and how many wait for a notice."""
    document = count(store, campaign, _EVERYBODY)
    return document["to_deliver"] + document["staff"]["withheld"], document["staff"]["unnotified"]
