"""Earlier deliveries: the gathered segments say what the manifests say, whatever state they are in (R031, T17)."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import StoreError
from core.keys import Words
from extracts import earlier
from extracts.gate.manifest import SCHEMA
from ledger.store import Store
from register.link_keys import blinding

TOKEN = pa.binary(16)


def write_manifest(store: Store, number: int, tokens: Sequence[bytes], *, withheld: Sequence[bytes] = ()) -> str:
    rows = [*tokens, *withheld]
    numbers = [*range(1, len(tokens) + 1), *[None] * len(withheld)]
    columns = {name: pa.array(rows, TOKEN) for name in ("unit", "company", "site", "person")}
    columns["number"] = pa.array(numbers, pa.int32())
    arrays = [columns.get(field.name, pa.nulls(len(rows), field.type)) for field in SCHEMA]
    path = store.home.manifests / f"{number:064d}.parquet"
    pq.write_table(pa.table(arrays, schema=SCHEMA), path)
    return store.relative(path)


def slow(store: Store, manifests: Sequence[str], column: str) -> set[int]:
    """Every manifest opened, every token blinded by itself."""
    found = set()
    for name in manifests:
        for row in pq.read_table(store.path(name)).to_pylist():
            if row["number"] is not None:
                word = np.array([int.from_bytes(row[column][:8])], dtype=np.uint64)
                found.add(int(blinding(store.key("fingerprint")).blind(word)[0]))
    return found


def as_set(words: Words) -> set[int]:
    return {int(word) for word in words}


def test_R031_any_history_asked_in_any_way_equals_opening_every_manifest(store: Store) -> None:
    draw = random.Random(4)
    pool = [draw.randbytes(16) for _ in range(300)]
    manifests: list[str] = []
    written = made = 0
    for step in range(40):
        for _ in range(draw.choice([0, 1, 1, 3, 20 if step % 20 == 7 else 1])):
            tokens = draw.sample(pool, draw.randrange(0, 12))
            made += 1
            manifests.append(write_manifest(store, made, tokens, withheld=draw.sample(pool, 3)))
        since = draw.choice([0, 0, draw.randrange(len(manifests) + 1)])
        asked = draw.choice([manifests[since:], draw.sample(manifests, len(manifests) // 2), []])
        column = draw.choice(["person", "site", "company"])
        found = earlier.received(store, customer="customer-a", column=column, manifests=manifests, asked=asked)
        assert as_set(found) == slow(store, asked, column)
        segments = list((store.home.manifests / "received" / "customer-a").glob("*.segment"))
        written = max(written, len(segments))
        if draw.random() < 0.1 and manifests:  # one becomes void, or is unlinked
            manifests.pop(draw.randrange(len(manifests)))
        if draw.random() < 0.1 and segments:
            damaged = draw.choice(segments)
            damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert written > 2, "there was hardly a segment to be tested"


def test_segments_stay_few_and_hold_each_word_once(store: Store) -> None:
    draw = random.Random(5)
    pool = [draw.randbytes(16) for _ in range(50)]
    manifests: list[str] = []
    for number in range(200):
        manifests.append(write_manifest(store, number, draw.sample(pool, 20)))
        found = earlier.received(store, customer="c", column="person", manifests=manifests, asked=manifests)
    assert len(list((store.home.manifests / "received" / "c").glob("*.segment"))) <= 3
    assert len(found) < 3 * 50 + earlier.LEAST * 20


def test_a_segment_tells_nothing_without_the_key_and_goes_with_its_manifests(store: Store) -> None:
    tokens = [random.Random(6).randbytes(16) for _ in range(20)]
    manifests = [write_manifest(store, number, [token]) for number, token in enumerate(tokens)]
    found = earlier.received(store, customer="c", column="person", manifests=manifests, asked=manifests)
    [segment] = (store.home.manifests / "received" / "c").glob("*.segment")
    content = segment.read_bytes()
    assert segment.stat().st_mode & 0o777 == 0o600
    assert not any(token[:8] in content or token[:8][::-1] in content for token in tokens)
    assert not any(int(word).to_bytes(8, order) in content for word in found for order in ("big", "little"))
    assert earlier.forget(store, ["manifests/other.parquet"]) == 0
    assert earlier.forget(store, [manifests[3]]) == 1
    assert not segment.exists()


def test_a_manifest_that_is_not_there_is_an_error_and_no_empty_answer(store: Store) -> None:
    with pytest.raises(StoreError) as failed:
        earlier.received(store, customer="c", column="person", manifests=["manifests/x"], asked=["manifests/x"])
    assert failed.value.code == "manifest_damaged"
