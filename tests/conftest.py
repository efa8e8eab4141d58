"""Fixtures that every test area shares."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from core.clock import Clock, fixed_clock
from core.settings import load_settings
from ledger.store import Store, create_store
from tests.moment import NOW as NOW
from tests.postgres import Server, running_server

pytest_plugins = ["tests.compiled", "tests.migrated", "tests.published", "tests.repeatable", "tests.warm"]

_MEMORY = Path("/dev/shm")
_ROOM = 6 << 30

# On the build server the same examples every time; at the desk new ones, so that they are sought at all.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


def pytest_configure() -> None:
    """Files of tests lie in memory where there is room: thousands of small ledgers wait for no disk.

    Said by ``TMPDIR``, which the workers and the processes that tests start inherit; who sets it is left alone.
    """
    if "TMPDIR" not in os.environ and _MEMORY.is_dir():
        may_run = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC  # PostgreSQL runs from there
        if may_run and shutil.disk_usage(_MEMORY).free >= _ROOM:
            os.environ["TMPDIR"] = str(_MEMORY)
            tempfile.tempdir = None


_LONG = ("tests/wheel/", "tests/journey/")
"""Tests that take longest: begun first, so that at the end of a run no core waits for one of them."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and the collector looks less often: an eighth of a run went into its searches."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_unconfigure() -> None:
    """At the end it is looked through again: libraries complain of what is never taken apart."""
    gc.unfreeze()


@pytest.fixture
def clock() -> Clock:
    """Time stands still at :data:`NOW`."""
    return fixed_clock(NOW)


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An empty store whose ledger is SQLite."""
    made = create_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=clock)
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL, started once."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_store(tmp_path: Path, clock: Clock, postgres: Server) -> Iterator[Store]:
    """An empty store whose ledger is a PostgreSQL database of its own."""
    url = postgres.database()
    settings = load_settings(env={}, home=tmp_path / "home", actor="tester", ledger_url=url)
    made = create_store(settings, clock=clock)
    yield made
    made.ledger.close()
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> Store:
    """An empty store on each of the two databases in turn."""
    made: Store = request.getfixturevalue("store" if request.param == "sqlite" else "postgres_store")
    return made
