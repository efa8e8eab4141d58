"""Stores for the end of a licence, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import Store
from tests.ending import house
from tests.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on each of the two databases whose clock a test can set."""
    url = None
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.database()
    with house.store_at(house.NOW, tmp_path / "home", ledger_url=url) as store:
        yield store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite alone."""
    with house.store_at(house.NOW, tmp_path / "home") as store:
        yield store
