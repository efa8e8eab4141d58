"""A load as a whole: nothing lost, nothing half done, nothing stored twice."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import FileRejected, InvalidInput, StoreError
from core.keys import NAMES
from core.settings import load_settings
from ledger import bans, sources, tables
from ledger.store import Store, create_store
from register.sources import load, tabular
from register.sources.load import load_files
from register.sources.mapping import TARGETS
from schemas.register import ORGANISATIONS, POSITIONS
from tests.moment import NOW
from tests.sources.files import (
    POSITION,
    REFERENCE,
    everything_in,
    organisations,
    positions,
    quarantined,
    stored,
    write_csv,
)  # fmt: skip

FIRST_ACTS = ["store.created", *["assessment.filed"] * 5, "licence.terms_filed"]
"""What the audit says of a new store: made, with the shipped assessments (R099) and terms of use (R033)."""


def _loads(store: Store) -> list[sources.Load]:
    with store.ledger.read() as connection:
        return sources.loads(connection)


def test_one_command_may_load_both_kinds_and_the_document_adds_up(any_store: Store, tmp_path: Path) -> None:
    store = any_store
    files = [
        positions(tmp_path / "p.csv", {}, {"level": "9"}),
        organisations(tmp_path / "o.csv", {}, {"form": "?"}, {}),
    ]
    document = load_files(store, source="demo", files=files, priority=7, ground="contract")
    assert (document["read"], document["accepted"], document["quarantined"], document["suppressed"]) == (5, 3, 2, 0)
    assert document["reasons"] == {"form_unknown": 1, "level_unknown": 1}
    assert {entry[0] for entry in quarantined(document)} == {"p.csv", "o.csv"}
    org, pos = _loads(store)
    assert (org.kind, org.read, org.accepted, org.quarantined, org.reasons) == (
        "organisations",
        3,
        2,
        1,
        {"form_unknown": 1},
    )
    assert (pos.kind, pos.read, pos.accepted, pos.mode, pos.priority) == ("positions", 2, 1, "full", 7)
    assert [entry["load"] for entry in document["loads"]] == [org.load, pos.load]
    assert document["load"] == pos.load
    assert pos.files == [{"name": "p.csv", "sha256": hashlib.sha256(files[0].read_bytes()).hexdigest()}]
    assert str(pos.obtained_on) == "2026-11-22"
    assert store.path(str(pos.quarantine_file)) == Path(document["quarantine_file"])
    for one, layout in ((org, ORGANISATIONS), (pos, POSITIONS)):
        path = store.path(one.data)
        assert path.stem == one.data_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert pq.read_schema(path).equals(layout)
    assert [row["file"] for row in stored(store, "organisations")] == [1, 1]


def test_the_shipped_sample_loads_whole(store: Store) -> None:
    files = [REFERENCE / "organisations.csv", REFERENCE / "positions.csv"]
    document = load_files(store, source="demo", files=files)
    lines = sum(sum(1 for _ in csv.reader(path.open(encoding="utf-8", newline=""))) - 1 for path in files)
    assert document["read"] == document["accepted"] == lines
    assert document["reasons"] == {}


@pytest.mark.parametrize(("kind", "field"), [("organisations", "business_id"), ("positions", "source_id")])
def test_of_duplicate_keys_the_first_accepted_row_stands(store: Store, tmp_path: Path, kind: str, field: str) -> None:
    """R001 and two positions with one source id; also across files."""
    make, bad = (organisations, {"name": ""}) if kind == "organisations" else (positions, {"level": "9"})
    same = {field: "0112038-9" if kind == "organisations" else "P1"}
    files = [make(tmp_path / "a.csv", same | bad, same, {}), make(tmp_path / "b.csv", same, {field: "3591688-7"}, same)]
    document = load_files(store, source="s", files=files)
    assert [(row["file"], row["row"]) for row in stored(store, kind)] == [(0, 2), (0, 3), (1, 2)]
    assert document["reasons"]["key_duplicate"] == 2
    assert quarantined(document)[1:] == [("b.csv", 1, field, "key_duplicate"), ("b.csv", 3, field, "key_duplicate")]
    assert (document["read"], document["accepted"], document["quarantined"]) == (6, 3, 3)


def test_a_load_without_one_good_row_is_reported_but_replaces_nothing(store: Store, tmp_path: Path) -> None:
    load_files(store, source="s", files=[positions(tmp_path / "p.csv", {})])
    document = load_files(store, source="s", files=[positions(tmp_path / "q.csv", {"level": "9"})])
    assert (document["load"], document["accepted"], document["quarantined"]) == (None, 0, 1)
    assert quarantined(document) == [("q.csv", 1, "level", "level_unknown")]
    assert len(_loads(store)) == 1
    assert [row["source_id"] for row in stored(store, "positions")] == ["P1"]


def test_update_adds_and_full_replaces(store: Store, tmp_path: Path) -> None:
    load_files(store, source="s", files=[positions(tmp_path / "p.csv", {})])
    load_files(store, source="s", files=[positions(tmp_path / "q.csv", {"source_id": "P9"})], mode="update")
    assert [row["source_id"] for row in stored(store, "positions")] == ["P1", "P9"]
    load_files(store, source="s", files=[positions(tmp_path / "r.csv", {"source_id": "P5"})])
    assert [row["source_id"] for row in stored(store, "positions")] == ["P5"]


@pytest.mark.parametrize(
    "wrong", [{"source": " "}, {"source": "x" * 81}, {"files": []}, {"format": "pdf"}, {"mode": "partial"}], ids=str
)
def test_wrong_arguments_are_named(store: Store, tmp_path: Path, wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"source": "s", "files": [positions(tmp_path / "p.csv", {})]} | wrong
    with pytest.raises(InvalidInput, match=next(iter(wrong)).removesuffix("s")):
        load_files(store, **arguments)


class _Killed(Exception):
    """Stands for the process dying."""


@pytest.mark.parametrize("step", ["staged", "stored"])
def test_a_crash_before_the_ledger_leaves_debris_only_and_the_next_load_goes_through(
    store: Store, tmp_path: Path, step: str
) -> None:
    file = positions(tmp_path / "p.csv", {}, {"level": "9"})

    def dies(at: str) -> None:
        if at == step:
            raise _Killed

    with pytest.raises(_Killed):
        load_files(store, source="s", files=[file], checkpoint=dies)
    assert _loads(store) == []
    with store.ledger.read() as connection:
        assert (
            connection.execute(select(tables.audit.c.action).order_by(tables.audit.c.seq)).scalars().all() == FIRST_ACTS
        )
    (store.home.staging / "load-killed").mkdir()
    (store.home.staging / "load-killed" / "positions.parquet").write_bytes(b"rows of a load that was killed")
    document = load_files(store, source="s", files=[positions(tmp_path / "q.csv", {"first_name": "Toinen"})])
    assert document["accepted"] == 1
    assert [path.name for path in store.home.sources.iterdir()] == [Path(_loads(store)[0].data).name]
    assert list(store.home.staging.iterdir()) == []


def test_a_load_sweeps_nothing_while_another_is_under_way(store: Store, tmp_path: Path) -> None:
    def meanwhile(at: str) -> None:
        if at == "stored":
            load_files(store, source="other", files=[positions(tmp_path / "q.csv", {"first_name": "Toinen"})])

    load_files(store, source="s", files=[positions(tmp_path / "p.csv", {})], checkpoint=meanwhile)
    assert [row["first_name"] for row in stored(store, "positions")] == ["Toinen", "Maija"]


def test_a_full_disk_is_a_store_error_and_nothing_is_recorded(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(load, "store_by_content", full)
    with pytest.raises(StoreError) as error:
        load_files(store, source="s", files=[positions(tmp_path / "p.csv", {})])
    assert error.value.code == "disk_full"
    assert _loads(store) == []
    assert everything_in(store.home).keys() == {f"keys/{name}.key" for name in NAMES}


def test_a_refused_file_beside_a_good_one_refuses_the_load(store: Store, tmp_path: Path) -> None:
    good, empty = positions(tmp_path / "p.csv", {}), write_csv(tmp_path / "e.csv", [], columns=TARGETS["positions"])
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[good, empty])
    assert error.value.code == "file_header_only"
    assert _loads(store) == []


def test_progress_tells_every_row(store: Store, tmp_path: Path) -> None:
    told: list[int] = []
    load_files(store, source="s", files=[positions(tmp_path / "p.csv", *[{}] * 30)], advance=told.append)
    assert sum(told) == 30


def test_only_ids_and_counts_are_audited(store: Store, tmp_path: Path) -> None:
    """R087."""
    load_files(store, source="s", files=[positions(tmp_path / "p.csv", {})])
    with store.ledger.read() as connection:
        rows = connection.execute(select(tables.audit.c.action, tables.audit.c.ids).order_by(tables.audit.c.seq)).all()
    assert [action for action, _ in rows] == [*FIRST_ACTS, "source.added", "load.recorded"]
    assert not any(word in json.dumps(rows[2][1]) for word in ("Maija", "nokia", "+358"))


# --- the invariant ----------------------------------------------------------------------------------------------------

_BANNED = "banned@nokia.example"
_CELLS = {
    "source_id": st.sampled_from(["A", "B", "C", "D", "E", ""]),
    "business_id": st.sampled_from(["0112038-9", "0112038-8", ""]),
    "first_name": st.sampled_from(["Maija", ""]),
    "responsibilities": st.sampled_from(["IT", "", "XX"]),
    "purchasing": st.sampled_from(["", "IT"]),
    "level": st.sampled_from(["1", "", "9"]),
    "email": st.sampled_from([_BANNED, "a@b.example", "a@gmail.com", "a@@b", ""]),
    "verified": st.sampled_from(["2026-01-01", "2027-01-01", "2001-01-01", "x"]),
}
_ROWS = st.lists(st.one_of(st.fixed_dictionaries(_CELLS), st.fixed_dictionaries({}, optional=_CELLS)), max_size=12)


def _expected(rows: list[dict[str, str]]) -> tuple[list[int], list[int], int]:
    """Rows accepted, rows quarantined, number suppressed: the rules told slowly, row by row."""
    accepted: list[int] = []
    quarantined: list[int] = []
    suppressed, seen = 0, set[str]()
    for number, row in enumerate(rows, 1):
        if row["email"] == _BANNED:
            suppressed += 1
            continue
        good = (
            row["source_id"] and row["business_id"] == "0112038-9" and row["first_name"]
            and row["responsibilities"] != "XX" and (row["responsibilities"] or row["purchasing"])
            and row["level"] != "9" and row["email"] not in ("a@gmail.com", "a@@b")
            and row["verified"] in ("2026-01-01", POSITION["verified"])
        )  # fmt: skip
        if good and row["source_id"] not in seen:
            seen.add(row["source_id"])
            accepted.append(number)
        else:
            quarantined.append(number)
    return accepted, quarantined, suppressed


@pytest.fixture(scope="module")
def banning_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("property") / "home"
    store = create_store(load_settings(env={}, home=home), clock=fixed_clock(NOW))
    key = store.key("suppression")
    with store.write() as tx:
        bans.record(
            tx, target="person", via="email", received_on=NOW.date(), channel=None, key_id=key.key_id, hits=(),
            keys=[("email", key.mac(bans.key_message("email", _BANNED)))],
        )  # fmt: skip
    yield store
    store.ledger.engine.dispose()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS.filter(bool), chunk=st.integers(1, 5))
def test_no_row_is_ever_lost(
    banning_store: Store, tmp_path_factory: pytest.TempPathFactory, rows: list[Any], chunk: int
) -> None:
    """read = accepted + quarantined + suppressed, and each row where the rules, told slowly, put it."""
    store = banning_store
    whole = [POSITION | row for row in rows]
    path = write_csv(tmp_path_factory.mktemp("p") / "p.csv", whole)
    block = tabular._BLOCK
    try:
        tabular._BLOCK = 400 * chunk  # several chunks, so that order and numbering across them are tried
        document = load_files(store, source=f"s{random.random()}", files=[path])
    finally:
        tabular._BLOCK = block
    accepted, bad, suppressed = _expected(whole)
    assert document["read"] == len(whole) == document["accepted"] + document["quarantined"] + document["suppressed"]
    assert document["suppressed"] == suppressed
    assert sorted({row for _, row, _, _ in quarantined(document)}) == bad
    if document["load"] is not None:
        newest = _loads(store)[-1]
        assert pq.read_table(store.path(newest.data)).column("row").to_pylist() == accepted
    else:
        assert (accepted, bool(bad)) == ([], True)
