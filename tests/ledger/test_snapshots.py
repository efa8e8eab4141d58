"""Snapshots, pointer and leases in the ledger, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from core.errors import NotFound
from ledger import snapshots
from ledger.snapshots import LEASE
from ledger.store import Store


def _publish(store: Store, name: str) -> None:
    with store.write() as tx:
        snapshots.publish(
            tx,
            snapshot=name,
            path=f"snapshots/{name}.duckdb",
            sha256="0" * 64,
            schema_version=1,
            organisations=1,
            persons=2,
            positions=3,
            loads=[1, 2],
            seconds=4,
        )


def _standing(store: Store) -> list[str]:
    with store.ledger.read() as connection:
        return [published.snapshot for published in snapshots.standing(connection)]


def test_the_pointer_names_the_last_published(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        assert snapshots.current(connection) is None
        assert snapshots.published(connection) is None
    _publish(any_store, "one")
    _publish(any_store, "two")
    with any_store.ledger.read() as connection:
        assert snapshots.current(connection) == "two"
        published = snapshots.published(connection)
    assert published is not None
    assert (published.snapshot, published.positions, published.loads, published.retired_at) == ("two", 3, [1, 2], None)


def test_a_lease_keeps_a_snapshot_until_it_ends_or_runs_out(any_store: Store) -> None:
    now = any_store.now()
    _publish(any_store, "one")
    lease, held = snapshots.take_lease(any_store.ledger, snapshot=None, holder="reader", at=now)
    assert held.snapshot == "one"
    _publish(any_store, "two")
    with any_store.ledger.read() as connection:
        assert snapshots.retirable(connection, at=now) == []
        assert snapshots.retirable(connection, at=now + LEASE + timedelta(seconds=1)) == ["one"]
    snapshots.end_lease(any_store.ledger, lease)
    with any_store.write() as tx:
        assert snapshots.retire(tx) == ["one"]
    assert _standing(any_store) == ["two"]


def test_what_is_retired_or_unknown_cannot_be_held(any_store: Store) -> None:
    now = any_store.now()
    for name, code in ((None, "snapshot_none"), ("one", "snapshot_unknown")):
        with pytest.raises(NotFound) as raised:
            snapshots.take_lease(any_store.ledger, snapshot=name, holder="reader", at=now)
        assert raised.value.code == code
    _publish(any_store, "one")
    _publish(any_store, "two")
    with any_store.write() as tx:
        snapshots.retire(tx)
    with pytest.raises(NotFound):
        snapshots.take_lease(any_store.ledger, snapshot="one", holder="reader", at=now)


def test_no_snapshot_goes_while_somebody_holds_it(any_store: Store) -> None:
    """Readers come and go while a publisher moves the pointer and retires; none ever holds what is gone. After each
    snapshot somebody looks before the next one comes, so that many are met."""
    _publish(any_store, "0")

    done, looked = Event(), Event()

    def publish() -> None:
        for number in range(1, 20):
            _publish(any_store, str(number))
            with any_store.write() as tx:
                snapshots.retire(tx)
            looked.clear()
            looked.wait(20)
        done.set()

    def read() -> set[str]:
        met = set()
        while not done.is_set():
            lease, held = snapshots.take_lease(any_store.ledger, snapshot=None, holder="reader", at=any_store.now())
            assert held.snapshot in _standing(any_store)
            met.add(held.snapshot)
            snapshots.end_lease(any_store.ledger, lease)
            looked.set()
        return met

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(publish).result(timeout=120)
        met = set().union(*(reader.result(timeout=120) for reader in readers))
    assert len(met) > 1
