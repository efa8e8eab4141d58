"""What is committed to at a release: nobody can fit keys or lists to a leak later (R039; fingerprint.md 2.7, 8)."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from core.keys import Key
from extracts.gate.commitment import commitment, leaves, merkle_root
from extracts.gate.fingerprint import Marker
from extracts.trace import trace
from ledger import cuts, tables, traces
from ledger.store import Store
from tests.gate import house
from tests.trace.house import House as HouseOfTraces, people

MARKER = Marker(Key(bytes(range(32)), "k"), "extract-a", "customer-a")


def _tree(rows: list[bytes]) -> bytes:
    """RFC 6962's tree by recursion: split at the largest power of two below the length."""
    if len(rows) == 1:
        return hashlib.sha256(b"\0" + rows[0]).digest()
    cut = 1
    while cut * 2 < len(rows):
        cut *= 2
    return hashlib.sha256(b"\1" + _tree(rows[:cut]) + _tree(rows[cut:])).digest()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13])
def test_the_root_is_that_of_rfc_6962(size: int) -> None:
    rows = [bytes([number]) * 3 for number in range(size)]
    assert merkle_root(rows) == _tree(rows)


def _manifest(path: Path, **other: Any) -> Path:
    columns = {
        "unit": pa.array([bytes([number]) * 16 for number in range(5)], pa.binary(16)),
        "company": pa.array([bytes([number + 50]) * 16 for number in range(5)], pa.binary(16)),
        "number": pa.array([1, None, 2, 3, 4], pa.int32()),
        "list_symbol": pa.array([0, None, 1, None, 1], pa.int8()),
        "list_scope": pa.array([0, None, 1, None, 1], pa.int8()),
        "list_p": pa.array([0.25, None, 0.75, None, 0.75], pa.float64()),
    }
    pq.write_table(pa.table(columns | other), path)
    return path


def test_R039_another_symbol_row_unit_or_key_is_another_commitment(tmp_path: Path) -> None:
    first = commitment(MARKER, _manifest(tmp_path / "0"))
    assert first == commitment(MARKER, _manifest(tmp_path / "1"))
    changed = [
        {"list_symbol": pa.array([1, None, 1, None, 1], pa.int8())},
        {"number": pa.array([None, 1, 2, 3, 4], pa.int32())},
        {"unit": pa.array([bytes([number + 9]) * 16 for number in range(5)], pa.binary(16))},
        {"company": pa.array([bytes([number + 9]) * 16 for number in range(5)], pa.binary(16))},
        {"list_scope": pa.array([1, None, 1, None, 1], pa.int8())},
        {"list_p": pa.array([0.75, None, 0.75, None, 0.75], pa.float64())},
    ]
    others = [commitment(MARKER, _manifest(tmp_path / "2", **one)) for one in changed]
    others += [
        commitment(marker, tmp_path / "0")
        for marker in (
            Marker(Key(bytes(32), "k"), "extract-a", "customer-a"),
            Marker(MARKER.key, "extract-b", "customer-a"),
            Marker(MARKER.key, "extract-a", "customer-b"),
        )
    ]
    assert len({first["commitment"], *(one["commitment"] for one in others)}) == 10
    assert [one["disclosures"] == first["disclosures"] for one in others] == [False] * 6 + [True] * 3


def test_a_withheld_unit_and_one_without_a_mark_have_leaves_of_their_own(tmp_path: Path) -> None:
    rows = leaves(_manifest(tmp_path / "0"))
    assert rows[1] == bytes([1]) * 16 + bytes([51]) * 16 + b"\xff" * 4 + b"\x02" + bytes(9)
    assert rows[2] == bytes([2]) * 16 + bytes([52]) * 16 + (2).to_bytes(4) + b"\x01\x01" + struct.pack(">d", 0.75)
    assert len(set(map(len, rows))) == 1


def test_R039_a_release_commits_itself_in_the_audit_chain_and_a_trace_says_whether_it_still_agrees(
    store: Store, tmp_path: Path
) -> None:
    rows = house.people(60)
    house.publish(store, rows)
    result = house.release(store, house.deal(store), house.pool_of(rows, withheld=5))
    with store.ledger.read() as connection:
        kept = traces.commitment(connection, result["extract"])
        extract = cuts.extract(connection, result["extract"])
        row = connection.execute(select(tables.audit).where(tables.audit.c.action == "extract.committed")).one()
    marker = Marker(store.key("fingerprint"), result["extract"], extract["customer"])
    made = commitment(marker, store.path(extract["manifest"]))
    assert kept is not None
    assert {name: kept[name] for name in made} == made
    assert (kept["seq"], kept["hash"]) == (row.seq, row.hash)
    for scope in (marker.extract, marker.customer):
        secret = marker.key.derive("sym").sub(scope).secret
        assert not {secret.hex(), hashlib.sha256(secret).hexdigest()} & set(map(str, row.ids.values()))
    found = trace(store, Path(result["files"][0]["path"]))
    document = json.loads(Path(found["evidence_file"]).read_text(encoding="utf-8"))
    assert document["exhibits"], "the copy is at least a lead"
    assert document["exhibits"][0]["commitment"] == kept | {"agrees": True}


def test_the_commitment_of_an_extract_is_one_lookup_by_index_among_many(store: Store) -> None:
    """Ten thousand releases and a million other rows cost a trace nothing."""
    made = {
        number: HouseOfTraces(store).release(f"x{number}", people(6, seed=number), deliver=3) for number in range(4)
    }
    with store.ledger.read() as connection:
        found = {number: traces.commitment(connection, cut.extract) for number, cut in made.items()}
        assert len({one["commitment"] for one in found.values() if one}) == len(made)
        assert traces.commitment(connection, "unknown") is None
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT seq FROM audit WHERE action = 'extract.committed' AND at >= '2026' ORDER BY at"
        ).all()
    assert ["ix_audit_action (action=? AND at>?)" in row[-1] for row in plan] == [True]
