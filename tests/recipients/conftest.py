"""A store whose rows four recipients hold, made once per database and copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import Store, create_store
from tests.moment import NOW
from tests.recipients import house


@dataclass
class Held:
    """A store, and who holds its rows."""

    store: Store
    recipients: list[house.Recipient]

    @property
    def customers(self) -> list[str]:
        return [one.customer for one in self.recipients]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Held:
    home = tmp_path_factory.mktemp("recipients")
    store = create_store(load_settings(env={}, home=home / "home", actor="tester"), clock=fixed_clock(NOW))
    made = house.make(store, home / "out")
    store.ledger.close()
    return Held(store, made)


@pytest.fixture
def held(made_once: Held, tmp_path: Path) -> Iterator[Held]:
    """Four recipients, each with one extract of twelve persons delivered by e-mail campaigns."""
    with house.copied(made_once.store, tmp_path / "home") as store:
        yield Held(store, made_once.recipients)
