"""A small register of people whom bans are easily mistaken about, published once and copied per test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.clock import Clock, fixed_clock
from core.settings import load_settings
from ledger.store import Store, create_store, open_store
from register.publish import publish
from tests.bans.town import fill
from tests.moment import NOW


@pytest.fixture(scope="session")
def town_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("town") / "home"
    store = create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))
    fill(store)
    publish(store)
    store.ledger.close()
    return home


@pytest.fixture
def town(town_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one's own over the town."""
    shutil.copytree(town_home, tmp_path / "home")
    store = open_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=clock)
    yield store
    store.ledger.close()
