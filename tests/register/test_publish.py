"""Publishing and reading snapshots: the pointer, the seal, leases, drift, debris."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, strategies as st

from core.clock import Clock, fixed_clock
from core.errors import Conflict, NotFound, Refused, StoreError
from ledger import sources
from ledger.store import Store, open_store
from register.publish import PROGRESS, publish, retire, status
from register.snapshot import SnapshotName, open_snapshot, verify
from service.cli import main
from service.cli.common import Session
from tests.conftest import NOW
from tests.register.loads import A, B, add_load, load, organisation, position


def _load(store: Store, positions: int, *, first: int = 0) -> None:
    people = [position(str(n), f"Etu{n} Suku{n}") for n in range(first, first + positions)]
    load(store, "own", [organisation(A)], people)


def _later(store: Store, **ahead: float) -> Store:
    """The same store at a later hour."""
    return open_store(store.settings, clock=fixed_clock(NOW + timedelta(**ahead)))


def _files(store: Store) -> set[str]:
    return {path.name for path in store.home.snapshots.iterdir()}


def test_what_is_published_can_be_read(any_store: Store) -> None:
    """On both ledgers."""
    _load(any_store, 2)
    document = publish(any_store)
    assert (document["organisations"], document["persons"], document["positions"]) == (1, 2, 2)
    with open_snapshot(any_store, holder="test") as snapshot:
        assert snapshot.id == document["snapshot"]
        assert snapshot.connection.execute("SELECT count(*) FROM selectable").fetchone() == (2,)
        assert snapshot.meta["schema_version"] == "1"
    stated = status(any_store)
    assert (stated["snapshot"], stated["positions"], [row["source"] for row in stated["loads"]]) == (
        document["snapshot"],
        2,
        ["own", "own"],
    )
    assert verify(any_store) == {"snapshot": document["snapshot"], "ok": True, "sha256": document["sha256"]}


def test_before_the_first_publish_there_is_nothing_to_read(store: Store) -> None:
    assert status(store)["snapshot"] is None
    for read in (lambda: verify(store), lambda: open_snapshot(store, holder="test").__enter__()):
        with pytest.raises(NotFound) as raised:
            read()
        assert raised.value.code == "snapshot_none"


def test_publishing_nothing_is_refused_even_when_forced(store: Store) -> None:
    with pytest.raises(Refused) as raised:
        publish(store)
    assert raised.value.code == "publish_empty"
    load(store, "own", [organisation(A)])
    with pytest.raises(Refused):
        publish(store, force=True)


def test_a_load_of_no_rows_does_not_empty_the_register(store: Store) -> None:
    _load(store, 3)
    before = publish(store)["snapshot"]
    add_load(store, "own", "positions", [])
    with pytest.raises(Refused) as raised:
        publish(store, force=True)
    assert raised.value.code == "publish_empty"
    assert status(store)["snapshot"] == before


def test_a_load_that_drops_more_positions_than_allowed_is_refused_unless_forced(store: Store) -> None:
    """The limit itself (20 %) passes."""
    _load(store, 10)
    publish(store)
    _load(store, 8)
    before = publish(store)["snapshot"]
    _load(store, 6)
    with pytest.raises(Refused) as raised:
        publish(store)
    assert (raised.value.code, raised.value.ids["dropped"], raised.value.ids["before"]) == ("publish_drift", 2, 8)
    assert status(store)["snapshot"] == before
    assert publish(store, force=True)["positions"] == 6


def test_drift_counts_positions_that_went_not_the_net(store: Store) -> None:
    """As many strangers as were lost do not hide the loss."""
    _load(store, 10)
    publish(store)
    _load(store, 10, first=100)
    with pytest.raises(Refused) as raised:
        publish(store)
    assert raised.value.ids["dropped"] == 10


def test_only_one_publisher_at_a_time(store: Store) -> None:
    _load(store, 1)
    met: list[str] = []

    def meanwhile(_step: str) -> None:
        with pytest.raises(Conflict) as raised:
            publish(store)
        met.append(raised.value.code)

    publish(store, checkpoint=meanwhile)
    assert set(met) == {"publish_running"}
    publish(store)


def test_every_step_is_announced(store: Store) -> None:
    _load(store, 1)
    steps: list[int] = []
    publish(store, advance=steps.append)
    assert sum(steps) == PROGRESS


def test_an_old_snapshot_goes_when_nobody_reads_it(store: Store) -> None:
    _load(store, 1)
    first = publish(store)["snapshot"]
    with open_snapshot(store, holder="reader") as held:
        second = publish(store)["snapshot"]
        assert held.id == first
        assert held.connection.execute("SELECT count(*) FROM position").fetchone() == (1,)
        assert _files(store) == {f"{first}.duckdb", f"{second}.duckdb"}
        with open_snapshot(store, snapshot=first, holder="another") as again:
            assert again.id == first
    assert retire(store) == [first]
    assert _files(store) == {f"{second}.duckdb"}
    with pytest.raises(NotFound) as raised, open_snapshot(store, snapshot=first, holder="late"):
        pass
    assert raised.value.code == "snapshot_unknown"


def test_a_lease_that_ran_out_holds_nothing(store: Store) -> None:
    _load(store, 1)
    first = publish(store)["snapshot"]
    reader = open_snapshot(store, holder="a reader that died")
    reader.__enter__()
    publish(store)
    assert f"{first}.duckdb" in _files(store)
    assert retire(_later(store, minutes=59)) == []
    assert retire(_later(store, minutes=61)) == [first]


def test_a_single_flipped_bit_is_found(store: Store) -> None:
    _load(store, 1)
    document = publish(store)
    path = store.home.snapshots / f"{document['snapshot']}.duckdb"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError) as raised:
        verify(store)
    assert raised.value.code == "snapshot_damaged"


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"not a database")])
def test_a_missing_or_damaged_file_is_a_store_error(
    store: Store, harm: Callable[[Path], object], cool_down: Callable[[], None]
) -> None:
    _load(store, 1)
    path = store.home.snapshots / f"{publish(store)['snapshot']}.duckdb"
    cool_down()
    harm(path)
    with pytest.raises(StoreError), open_snapshot(store, holder="test"):
        pass
    with pytest.raises(StoreError):
        verify(store)


def test_the_file_is_its_owners_alone(store: Store) -> None:
    _load(store, 1)
    path = store.home.snapshots / f"{publish(store)['snapshot']}.duckdb"
    assert path.stat().st_mode & 0o777 == 0o600


def test_debris_is_swept_by_the_next_publish(store: Store) -> None:
    """Half-built files, snapshots no ledger row knows and spill of dead processes; not what others are doing."""
    _load(store, 1)
    first = publish(store)["snapshot"]
    host = socket.gethostname()
    dead = 2**22 + 1
    debris = [
        store.home.staging / "publish-abc",
        store.home.snapshots / "20260101T000000-s1-0123456789ab.duckdb",
        store.home.temporary / f"{host}-{dead}-register",
    ]
    alive = [
        store.home.staging / "extract-abc",
        store.home.temporary / f"{host}-{os.getpid()}-x",
        store.home.temporary / f"otherhost-{dead}-register",
    ]
    for path in debris + alive:
        path.mkdir()
        (path / "part").write_text("x")
    with open_snapshot(store, holder="reader"):
        publish(store)
        assert not any(path.exists() for path in debris)
        assert all(path.exists() for path in alive)
        assert (store.home.snapshots / f"{first}.duckdb").exists()


def test_nothing_is_left_in_staging(store: Store) -> None:
    _load(store, 10)
    publish(store)
    _load(store, 1)
    with pytest.raises(Refused):
        publish(store)
    assert list(store.home.staging.iterdir()) == []


def test_quarantining_the_only_source_leaves_the_old_snapshot(store: Store) -> None:
    """R008."""
    _load(store, 1)
    before = publish(store)["snapshot"]
    with store.write() as tx:
        sources.quarantine(tx, "own")
    with pytest.raises(Refused):
        publish(store, force=True)
    assert status(store)["snapshot"] == before


def test_a_full_disk_or_read_only_home_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(store, 1)
    before = publish(store)["snapshot"]

    def full(_path: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files.sync", full)
    with pytest.raises(StoreError) as raised:
        publish(store)
    assert raised.value.code == "disk_full"
    monkeypatch.undo()
    assert status(store)["snapshot"] == before
    assert publish(store)["positions"] == 1


def test_a_build_names_its_loads_and_its_predecessor(store: Store) -> None:
    load(store, "own", [organisation(A), organisation(B)], [position("1")])
    first = publish(store)["snapshot"]
    publish(store)
    with open_snapshot(store, holder="test") as snapshot:
        assert snapshot.meta["previous"] == first
        assert snapshot.meta["built_at"] == NOW.isoformat()
        assert snapshot.connection.execute("SELECT load, source FROM load ORDER BY load").fetchall() == [
            (1, "own"),
            (2, "own"),
        ]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(1, 99), st.binary(min_size=32, max_size=32)
)
def test_a_snapshot_name_parses_back(at: datetime, schema: int, digest: bytes) -> None:
    name = SnapshotName.of(at=at.replace(tzinfo=UTC), schema_version=schema, sha256=digest.hex())
    assert SnapshotName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text", ["", "20261122T090000-s1-abc", "20261122T090000-s0-0123456789ab", "20261322T090000-s1-0123456789ab", "../x"]
)
def test_what_is_not_a_snapshot_name_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        SnapshotName.parse(text)


def test_a_disk_that_fills_while_building_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(store, 1)
    before = publish(store)["snapshot"]

    def full(_step: str) -> None:
        raise duckdb.IOException("Could not write all bytes to file: No space left on device")

    def broken(_step: str) -> None:
        raise duckdb.ConversionException("Could not convert string 'matti@a.example' to INT32")

    monkeypatch.setattr("register.identity.persons", full)
    with pytest.raises(StoreError) as raised:
        publish(store)
    assert raised.value.code == "disk_full"
    monkeypatch.setattr("register.identity.persons", broken)
    with pytest.raises(StoreError) as raised:
        publish(store)
    assert (raised.value.code, "matti" in str(raised.value)) == ("publish_failed", False)
    assert status(store)["snapshot"] == before
    assert list(store.home.staging.iterdir()) == []


def test_a_load_or_snapshot_that_does_not_match_its_seal_is_not_built_upon(store: Store) -> None:
    _load(store, 1)
    before = publish(store)["snapshot"]
    (load_file, *_) = store.home.sources.iterdir()
    for path in (load_file, store.home.snapshots / f"{before}.duckdb"):
        sound = path.read_bytes()
        path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        with pytest.raises(StoreError) as raised:
            publish(store)
        assert raised.value.code in {"file_damaged_in_store", "snapshot_damaged"}
        path.write_bytes(sound)
    load_file.rename(load_file.with_suffix(".gone"))
    with pytest.raises(StoreError):
        publish(store)
    assert status(store)["snapshot"] == before


def test_a_snapshot_of_another_schema_is_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _load(store, 1)
    publish(store)
    monkeypatch.setattr("register.snapshot.SCHEMA_VERSION", 2)
    with pytest.raises(StoreError), open_snapshot(store, holder="test"):
        pass


def test_the_verbs_keep_the_command_line_contract(
    store: Store, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["register", *words, "--home", str(store.home.root), "--json"], session=Session(clock=clock))
        return code, json.loads(capsys.readouterr().out)

    assert run("publish")[1]["error"]["code"] == "publish_empty"
    assert run("verify")[0] == 4
    _load(store, 2)
    code, document = run("publish")
    assert code == 0
    assert list(document) == ["snapshot", "organisations", "persons", "positions", "sha256", "seconds", "seeds"]
    assert set(document["seeds"]) == {"added", "replaced", "ready"}
    assert list(run("status")[1]) == ["snapshot", "published_at", "organisations", "persons", "positions", "loads"]
    assert run("verify") == (0, {"snapshot": document["snapshot"], "ok": True, "sha256": document["sha256"]})
    _load(store, 1)
    assert run("publish")[0] == 3
    assert run("publish", "--force")[1]["positions"] == 1
    main(["register", "status", "--home", str(store.home.root)], session=Session(clock=clock))
    assert "own" in capsys.readouterr().out
