"""A release killed at any step: never a fetchable file without a ledger row; recovery sets it right (R032, T16)."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from core.errors import StoreError
from core.files import sha256_file
from extracts import gate
from extracts.gate import seeds, staging
from ledger import bans, cuts, seeds as stock
from ledger.store import Store
from tests import apart
from tests.gate import crash, house

ROOT = Path(__file__).parents[2]
BEFORE_COMMIT = (
    "policy",
    "bans",
    "rows",
    "check",
    "minimise",
    "seeds",
    "fingerprint",
    "manifest",
    "render",
    "hash",
    "recorded",
    "manifest published",
)


@pytest.fixture
def prepared(store: Store) -> Store:
    house.publish(store, house.people(12))
    house.deal(store)
    seeds.stock_fictitious(store, 40)
    return store


def kill_at(store: Store, step: str) -> None:
    code, said = apart.run(crash.main, str(store.settings.home), step)
    assert code == -signal.SIGKILL, said[-2000:]


def fetchable(store: Store) -> set[str]:
    return {path.name for path in store.home.deliveries.iterdir()}


def released(store: Store) -> dict[str, str]:
    with store.ledger.read() as connection:
        return {row["extract"]: row["state"] for row in cuts.extracts(connection)}


def leftovers(store: Store) -> list[Path]:
    return list(store.home.staging.glob("extract-*"))


@pytest.mark.parametrize("step", BEFORE_COMMIT)
def test_killed_before_the_commit_nothing_remains(prepared: Store, step: str) -> None:
    """R032, T16: nothing can be fetched that the ledger does not know, whatever step the process dies at."""
    kill_at(prepared, step)
    assert fetchable(prepared) == set() == set(released(prepared))
    gate.recover(prepared)
    assert leftovers(prepared) == list(prepared.home.manifests.iterdir()) == []
    with prepared.ledger.read() as connection:
        assert stock.counts(connection) == {"ready": 40, "allocated": 0, "retired": 0}
        made = house.known_deal(connection)
    house.release(prepared, made, house.pool_of(house.people(12)))


def test_killed_after_the_commit_the_files_are_published_by_recovery(prepared: Store) -> None:
    """R032, T16: what the ledger says was released can be fetched, or is void."""
    kill_at(prepared, "committed")
    assert fetchable(prepared) == set()
    [extract] = released(prepared)
    assert gate.recover(prepared) == {"removed": [], "published": [extract], "void": [], "swept": []}
    assert fetchable(prepared) == {extract}
    with prepared.ledger.read() as connection:
        files = cuts.files(connection, extract)
    for file in files:
        assert sha256_file(prepared.home.deliveries / extract / file["name"]) == file["sha256"]
    assert leftovers(prepared) == []
    assert gate.recover(prepared) == {"removed": [], "published": [], "void": [], "swept": []}


def test_killed_after_publishing_all_is_well(prepared: Store) -> None:
    kill_at(prepared, "published")
    assert fetchable(prepared) == set(released(prepared))
    gate.recover(prepared)
    assert fetchable(prepared) == set(released(prepared))
    assert len(list(prepared.home.manifests.iterdir())) == 1


@pytest.mark.parametrize(("subject", "state"), [(1003, "void"), (1012, "released"), (9_999, "released")])
def test_a_ban_filed_between_commit_and_recovery_voids_the_extract_it_touches(
    prepared: Store, subject: int, state: str
) -> None:
    """T16: published only if the gate still passes; a withheld person and a stranger do not matter."""
    kill_at(prepared, "committed")
    with prepared.write() as tx:
        bans.record(
            tx,
            target="person",
            via="phone",
            received_on=date(2026, 11, 22),
            channel=None,
            keys=[],
            key_id="t",
            hits=[("person", subject, False)],
        )
    gate.recover(prepared)
    [extract] = released(prepared)
    assert released(prepared) == {extract: state}
    assert fetchable(prepared) == ({extract} if state == "released" else set())
    assert leftovers(prepared) == []


def test_a_damaged_file_voids_the_extract(prepared: Store) -> None:
    kill_at(prepared, "committed")
    [directory] = leftovers(prepared)
    [file] = (directory / "files").glob("*.csv")
    file.write_bytes(file.read_bytes() + b"x")
    gate.recover(prepared)
    assert list(released(prepared).values()) == ["void"]
    assert fetchable(prepared) == set()


def test_recovery_leaves_a_living_release_alone(prepared: Store) -> None:
    """Its directory is locked by the process that works in it."""
    alive = prepared.home.staging / "extract-alive"
    alive.mkdir()
    lock = os.open(alive, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert gate.recover(prepared)["removed"] == []
    os.close(lock)
    assert gate.recover(prepared)["removed"] == ["extract-alive"]


def test_recovery_inside_a_running_release_takes_nothing_from_it(prepared: Store) -> None:
    with prepared.ledger.read() as connection:
        made = house.known_deal(connection)

    def recover(step: str) -> None:
        if step in {"render", "hash", "committed"}:
            subprocess.run(
                [sys.executable, "-c", _RECOVER, str(prepared.settings.home)], cwd=ROOT, check=True, timeout=120
            )

    result = house.release(prepared, made, house.pool_of(house.people(12)), checkpoint=recover)
    assert fetchable(prepared) == {result["extract"]}


_RECOVER = """
import sys
from pathlib import Path
from core.settings import load_settings
from extracts import gate
from ledger.store import open_store
assert gate.recover(open_store(load_settings(env={}, home=Path(sys.argv[1])))) == {
    "removed": [], "published": [], "void": [], "swept": []}
"""


def test_manifests_of_no_extract_are_swept(prepared: Store) -> None:
    (prepared.home.manifests / "abc.parquet").write_bytes(b"orphan")
    assert gate.recover(prepared)["swept"] == ["abc"]
    assert not any(prepared.home.manifests.iterdir())


def test_a_home_that_cannot_be_written_is_a_store_error(prepared: Store) -> None:
    """A read-only or broken disk is told as one, not as a fault in the program."""
    prepared.home.staging.rmdir()
    prepared.home.staging.write_text("not a directory")
    with pytest.raises(StoreError):
        gate.recover(prepared)
    with prepared.ledger.read() as connection:
        made = house.known_deal(connection)
    with pytest.raises(StoreError):
        house.release(prepared, made, house.pool_of(house.people(12)))


def test_recovery_passes_over_a_release_that_ends_while_it_looks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty cutters at once found it: the directory was listed, and gone before it was locked."""
    directory = store.home.staging / "extract-gone"
    directory.mkdir()
    lock = staging._lock

    def ends(path: Path) -> int | None:
        if path == directory:
            path.rmdir()
        return lock(path)

    monkeypatch.setattr(staging, "_lock", ends)
    assert gate.recover(store) == {"removed": [], "published": [], "void": [], "swept": []}
