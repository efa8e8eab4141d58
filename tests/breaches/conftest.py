"""A home in which two customers were handed an extract each, made once and copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from core.clock import fixed_clock
from core.settings import load_settings
from extracts import orders
from extracts.cut import cut
from extracts.deliver import deliver
from ledger.store import Store, open_store
from schemas.criteria import parse_criteria
from tests.moment import NOW
from tests.published import open_campaign

At = Callable[..., Store]
CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT", "GM"]}, "limit": 60}
SETTINGS = {"row_cap": 100_000, "share_cap_percent": 100, "actor": "tester"}


def delivered(store: Store, campaign: str, to: Path, *, recipient: str | None = None) -> str:
    """Place, cut and deliver one order; returns the extract."""
    order = orders.place(store, campaign, parse_criteria(CRITERIA))["order"]
    extract = str(cut(store, order)["extract"])
    deliver(store, extract, to, recipient=recipient)
    return extract


@pytest.fixture(scope="session")
def delivered_home(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A home with two extracts, one per customer; never written to."""
    root = tmp_path_factory.mktemp("delivered")
    shutil.copytree(published_home, root / "home")
    store = open_store(load_settings(env={}, home=root / "home", **SETTINGS), clock=fixed_clock(NOW))
    extracts = []
    for number, business_id in enumerate(("6000001-0", "6000002-9")):
        extracts.append(delivered(store, open_campaign(store, business_id=business_id), root / f"out{number}"))
    store.ledger.close()
    return root / "home", extracts


@pytest.fixture
def extracts(delivered_home: tuple[Path, list[str]]) -> list[str]:
    return delivered_home[1]


@pytest.fixture
def at(delivered_home: tuple[Path, list[str]], tmp_path: Path) -> At:
    """Open one's own copy of the home at an instant."""
    shutil.copytree(delivered_home[0], tmp_path / "home")

    def opened(moment: datetime = NOW, **settings: object) -> Store:
        values = load_settings(env={}, home=tmp_path / "home", **(SETTINGS | settings))
        return open_store(values, clock=fixed_clock(moment))

    return opened
