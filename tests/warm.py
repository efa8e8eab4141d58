"""A snapshot that was opened stays open until the test ends, as in a service that answers all the time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

import register.snapshot
from ledger.store import Store
from register.engine import open_idle

_MOST = 4


@pytest.fixture(autouse=True)
def cool_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """DuckDB's connections to one file share an instance, and making one is most of what an opening costs. To be called
    before a test changes a file of a snapshot by hand."""
    opened = register.snapshot.open_reader
    idle: OrderedDict[Path, duckdb.DuckDBPyConnection] = OrderedDict()

    def keeping(store: Store, file: Path) -> duckdb.DuckDBPyConnection:
        connection = opened(store, file)
        if file.parent == store.home.snapshots and file not in idle:
            idle[file] = open_idle(store, file)
            if len(idle) > _MOST:
                idle.popitem(last=False)[1].close()
        return connection

    def close() -> None:
        while idle:
            idle.popitem()[1].close()

    monkeypatch.setattr(register.snapshot, "open_reader", keeping)
    yield close
    close()
