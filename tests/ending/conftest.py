"""Stores for the end of a licence, on both databases; on SQLite each is a copy of one that was prepared once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.store import Store
from tests.ending import house
from tests.postgres import Server

Prepared = Callable[[int], Path]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Homes with that many people in the register, never written to."""
    made: dict[int, Path] = {}

    def home(size: int) -> Path:
        if size not in made:
            made[size] = tmp_path_factory.mktemp(f"ending{size}") / "home"
            with house.store_at(house.NOW, made[size]) as store:
                house.register(store, size)
        return made[size]

    return home


@pytest.fixture
def people() -> int:
    """How many people the register has; a module may say otherwise."""
    return 12


@pytest.fixture
def store(tmp_path: Path, prepared: Prepared, people: int) -> Iterator[Store]:
    """A store on SQLite whose clock a test can set."""
    with house.store_from(prepared(people), tmp_path / "home") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same on each of the two databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("store")
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.database()
    with house.store_at(house.NOW, tmp_path / "home", ledger_url=url) as made:
        yield made
    server.drop(url)
