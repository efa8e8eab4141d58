"""A published register made from the shipped sample once, copied for every test."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from core.clock import Clock, fixed_clock
from core.settings import load_settings
from extracts.gate.seeds import stock_fictitious
from ledger import customers
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.sample import sample_dir
from register.sources.load import load_files
from tests.moment import NOW

Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample, the YTJ records and the 110 real companies published; never written to."""
    home = tmp_path_factory.mktemp("published") / "home"
    publish_sample(home)
    return home


def publish_sample(home: Path) -> None:
    """Make a store at ``home`` and publish the shipped sample in it."""
    store = create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))
    sample = sample_dir()
    load_files(store, source="sample", files=[sample / "organisations.csv", sample / "positions.csv"])
    load_files(store, source="ytj", files=[sample / "ytj.json"], format="ytj")
    load_files(store, source="prh", files=[sample / "companies_prh_excerpt.csv"])
    publish(store)
    stock_fictitious(store, 400)
    store.ledger.engine.dispose()


@pytest.fixture
def register_store(published_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one's own over the published sample."""
    shutil.copytree(published_home, tmp_path / "home")
    store = open_store(
        load_settings(
            env={}, home=tmp_path / "home", actor="tester", row_cap=100_000, share_cap_percent=100, part_percent=100
        ),
        clock=clock,
    )
    yield store
    store.ledger.engine.dispose()


def read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def positions() -> Rows:
    return read_csv(sample_dir() / "positions.csv")


@pytest.fixture(scope="session")
def organisations() -> Rows:
    return read_csv(sample_dir() / "organisations.csv")


@pytest.fixture
def campaign(register_store: Store) -> str:
    """A campaign of a customer of its own: every channel, every subject."""
    return open_campaign(register_store)


def open_campaign(
    store: Store,
    *,
    business_id: str = "6000001-0",
    channels: tuple[str, ...] = ("email", "phone", "post"),
    subject: tuple[str, ...] | None = None,
    ends_on: date = date(2026, 12, 20),
    starts_on: date = date(2026, 11, 1),
) -> str:
    from schemas import codes

    with store.write() as tx:
        customer = customers.add_customer(
            tx,
            name=f"Asiakas {business_id} Oy",
            business_id=business_id,
            country="FI",
            parent=None,
            contact="tietosuoja@asiakas.example",
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        return customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name="Kampanja",
            subject=subject or list(codes.responsibilities()),
            purpose="sales",
            channels=list(channels),
            starts_on=starts_on,
            ends_on=ends_on,
            max_days=90,
        )


Deliverable = Callable[[], Rows]


@pytest.fixture(scope="session")
def deliverable(positions: Rows) -> Rows:
    """Positions of the sample that are fresh and notified, with an e-mail of the person's own."""
    mails = Counter(row["email"] for row in positions)
    return [
        row
        for row in positions
        if row["verified"] >= "2026-01-01"
        and row["notified"]
        and row["notified"] < "2026-11-01"
        and row["email"]
        and mails[row["email"]] == 1
    ]
