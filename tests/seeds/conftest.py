"""One released and delivered extract, its seeds known; every test works on its own copy of that store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from core.clock import fixed_clock
from core.settings import load_settings
from extracts.gate import seeds
from ledger import seeds as stock, tables
from ledger.store import Store, create_store, open_store
from tests.gate import house

DELIVERED = datetime(2026, 11, 22, 10, tzinfo=UTC)
IN_WINDOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
AFTER = datetime(2026, 12, 3, 9, 15, tzinfo=UTC)
READ_AT = datetime(2026, 12, 10, 8, tzinfo=UTC)


@dataclass
class Placed:
    """A store in which an extract was delivered, and what stands in it."""

    store: Store
    extract: str
    campaign: str
    seeds: list[dict[str, Any]]
    ready: list[dict[str, Any]]

    def hits(self) -> list[dict[str, Any]]:
        with self.store.ledger.read() as connection:
            return stock.hits(connection)


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    home = tmp_path_factory.mktemp("seeds") / "home"
    store = create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(house.NOW))
    seeds.stock_fictitious(store, 20)
    rows = house.people(12)
    house.publish(store, rows)
    made = house.deal(store)
    extract = house.release(store, made, house.pool_of(rows))["extract"]
    handed = {
        "delivery": "delivery-1", "extract": extract, "files": [], "encrypted": False, "fence": 0,
        "delivered_at": DELIVERED, "delivered_by": "tester",
    }  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(tables.delivery), handed)
        tx.audit("test.delivered")
    store.ledger.close()
    return home, extract, made.campaign["campaign"]


@pytest.fixture
def placed(delivered: tuple[Path, str, str], tmp_path: Path) -> Iterator[Placed]:
    home, extract, campaign = delivered
    shutil.copytree(home, tmp_path / "home")
    settings = load_settings(env={}, home=tmp_path / "home", actor="tester")
    store = open_store(settings, clock=fixed_clock(READ_AT))
    with store.ledger.read() as connection:
        found = stock.of_extract(connection, extract)
        ready = stock.ready(connection, today=store.today() + timedelta(days=99), limit=99)
    yield Placed(store, extract, campaign, found, ready)
    store.ledger.close()
