"""Classes of files: what is over, what is not, and what a killed process left (R068)."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ledger import snapshots, sources, tables
from ledger.store import Store
from subjects import retention
from tests.moment import NOW
from tests.retention import house
from tests.retention.house import at, people, planned
from tests.retention.rows import Filler


def aged(path: Path, when: datetime, content: bytes = b"x") -> Path:
    """A file last written then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    for one in (path, path.parent):
        os.utime(one, (when.timestamp(), when.timestamp()))
    return path


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("staging", lambda home: home.staging / "load-dead" / "positions.parquet"),
        ("temporary", lambda home: home.temporary / "spill" / "block.tmp"),
    ],
)
def test_R068_debris_goes_the_second_day_after_it_was_last_written(
    store: Store, name: str, make: Callable[[object], Path]
) -> None:
    path = aged(make(store.home), NOW - timedelta(days=1))
    assert planned(store)[f"files {name}"] == set()
    over = at(store, NOW + timedelta(days=1))
    assert planned(over)[f"files {name}"] == {store.relative(path.parent)}
    assert retention.run(over)["disposed"] == {f"files {name}": 1}
    assert not path.parent.exists()


def test_R068_the_lock_of_staging_stays(store: Store) -> None:
    aged(store.home.staging / "lock", NOW - timedelta(days=900))
    assert planned(store)["files staging"] == set()


def test_R068_quarantine_files_go_after_90_days_counted_from_the_last_load_that_names_them(store: Store) -> None:
    path = aged(store.home.quarantine / "rows.csv", NOW)
    for days in (0, 10):
        later = at(store, NOW + timedelta(days=days))
        with later.write() as tx:
            sources.ensure_source(tx, "own")
            sources.record_load(
                tx, source="own", kind="positions", mode="full", files=[], data="sources/none.parquet",
                data_sha256="0" * 64, quarantine_file=store.relative(path),
                counts={"read": 1, "accepted": 0, "quarantined": 1, "suppressed": 0}, reasons={},
                obtained_on=date(2026, 11, 1),
            )  # fmt: skip
    unnamed = aged(store.home.quarantine / "refused.csv", NOW)
    assert planned(at(store, NOW + timedelta(days=90)))["files quarantine"] == set()
    assert planned(at(store, NOW + timedelta(days=91)))["files quarantine"] == {store.relative(unnamed)}
    over = at(store, NOW + timedelta(days=101))
    assert planned(over)["files quarantine"] == {store.relative(path), store.relative(unnamed)}
    retention.run(over)
    assert list(store.home.quarantine.iterdir()) == []


def test_R069_evidence_is_kept_ten_years_from_its_trace_whatever_the_disk_says(store: Store) -> None:
    """A restored file is new on the disk and old in what it says."""
    traced = NOW.replace(year=2016)
    old = store.home.evidence / "trace-old.json"
    old.write_text(json.dumps({"trace": "trace-old", "traced_at": traced.isoformat()}))
    broken = aged(store.home.evidence / "note.txt", NOW, b"{")
    assert planned(store)["files evidence"] == set()
    over = at(store, NOW + timedelta(days=1))
    assert planned(over)["files evidence"] == {store.relative(old)}
    retention.run(over)
    assert list(store.home.evidence.iterdir()) == [broken]


def test_R025_keys_of_a_replaced_list_go_and_those_that_count_stay(store: Store) -> None:
    """Also where both versions share a file because nothing changed."""
    old, same = (aged(store.home.suppression / f"{name}.parquet", NOW, name.encode()) for name in ("old", "same"))
    versions = [("list-1", old, NOW), ("list-2", same, NOW + timedelta(days=1)), ("list-3", same, None)]
    filler = Filler(store, random.Random(1))
    for version, path, replaced in versions:
        filler.add(tables.suppression_list, version=version, data=store.relative(path), replaced_at=replaced)
    assert planned(at(store, NOW + timedelta(days=30)))["files suppression"] == set()
    over = at(store, NOW + timedelta(days=60))
    assert planned(over)["files suppression"] == {store.relative(old)}
    retention.run(over)
    assert list(store.home.suppression.iterdir()) == [same]


def test_R061_a_former_snapshot_goes_when_nobody_reads_it(store: Store) -> None:
    """R061, R068: and what no row of the ledger knows."""
    house.register(store, people("Yksi"))
    lease, held = snapshots.take_lease(store.ledger, snapshot=None, holder="reader", at=store.now())
    house.register(store, people("Kaksi"))
    stray = aged(store.home.snapshots / "stray.duckdb", NOW)
    assert planned(store)["files snapshots"] == {"stray.duckdb"}
    retention.run(store)
    assert not stray.exists()
    assert (store.home.snapshots / f"{held.snapshot}.duckdb").exists()
    snapshots.end_lease(store.ledger, lease)
    assert planned(store)["files snapshots"] == {held.snapshot}
    retention.run(store)
    assert len(list(store.home.snapshots.iterdir())) == 1
    assert planned(store)["files snapshots"] == set()


def test_R032_a_released_extract_in_staging_is_no_debris(store: Store) -> None:
    """T16: the next delivery publishes it."""
    from tests.gate import house as gate_house

    people_there = gate_house.people(4)
    gate_house.publish(store, people_there)
    made = gate_house.deal(store)

    class Killed(BaseException):
        pass

    def kill(step: str) -> None:
        if step == "committed":
            raise Killed

    with pytest.raises(Killed):
        gate_house.release(store, made, gate_house.pool_of(people_there), checkpoint=kill)
    (directory,) = store.home.staging.glob("extract-*")
    for path in (*directory.rglob("*"), directory):
        os.utime(path, ((NOW - timedelta(days=9)).timestamp(),) * 2)
    assert planned(store)["files staging"] == set()
    retention.run(store)
    assert (store.home.deliveries / directory.name).is_dir()
