"""All recipients of one person over 30 M manifest rows in 2,000 extracts: at most 1 s (R057, C-154/21).

The manifests are made once, of random tokens with a person of the sample among them, under the system's temporary
directory; ``BENCH_EXTRACTS`` makes fewer.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from bench._measure import bound, compare, peak_mb
from core.clock import day_end
from core.files import sha256_file
from core.ids import business_id, new_id
from core.settings import load_settings
from extracts.gate import manifest
from ledger import bans, disclosures, tables
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.query import open_register
from register.sample import sample_dir
from register.sources.load import load_files
from subjects import recipients, recipients_index, recipients_rows

EXTRACTS = int(os.environ.get("BENCH_EXTRACTS", "2000"))
ROWS = 15_000
HELD_IN = 50
HOME = Path(tempfile.gettempdir()) / f"rajaus-bench-recipients-{EXTRACTS}"


def main() -> int:
    store = open_store(load_settings(env={}, home=HOME)) if HOME.exists() else _make()
    person = _person(store)
    print(f"{EXTRACTS} extracts, {EXTRACTS * ROWS:,} manifest rows, person in {HELD_IN}; load {os.getloadavg()[0]:.1f}")
    with store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    started = time.perf_counter()
    indexed = recipients_index.refresh(store, among, force=True)
    print(f"  {indexed} manifests indexed in {time.perf_counter() - started:.0f} s")
    wanted = recipients_rows.tokens(store, persons=[person])
    found = recipients.holdings(store, [person])
    assert len(found) == min(HELD_IN, EXTRACTS), len(found)
    many = list(range(person, person + 100))
    times = compare(
        {
            "one person": lambda: recipients.holdings(store, [person]),
            "100 persons": lambda: recipients.holdings(store, many),
            "without the index": lambda: recipients_rows.find(store, wanted, among=among),
        },
        rounds=5,
    )
    fine = bound("one person, median", times["one person"].median, 1.0, "s")
    print(f"  without the index, median {times['without the index'].median:.2f} s")
    print(f"  spread {times['one person'].spread:.1f}; 100 persons, median {times['100 persons'].median:.2f} s")
    fine &= bound("a ban told to its recipients", _ban(store, person), 2.0, "s")
    print(f"  peak memory {peak_mb():.0f} MB")
    return 0 if fine else 1


def _ban(store: Store, person: int) -> float:
    """Seconds from a ban's commit until its messages are queued; the ban is filed on a copy of the ledger."""
    kept = HOME / "ledger.kept"
    store.ledger.close()
    shutil.copyfile(HOME / "ledger.db", kept)
    with store.write() as tx:
        bans.record(
            tx, target="person", via="email", received_on=store.today(), channel=None, keys=[], key_id="none",
            hits=[("person", person, False)],
        )  # fmt: skip
    started = time.perf_counter()
    told = recipients.sweep(store)
    seconds = time.perf_counter() - started
    assert told == min(HELD_IN, EXTRACTS), told
    store.ledger.close()
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (HOME / name).unlink(missing_ok=True)
    kept.replace(HOME / "ledger.db")
    return seconds


def _person(store: Store) -> int:
    with open_register(store, holder="bench") as register:
        [[person]] = register.connection.execute("SELECT min(person) FROM person").fetchall()
    return int(person)


def _make() -> Store:
    """A published sample and, beside it, extracts whose manifests hold random tokens."""
    building = HOME.with_name(HOME.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    store = create_store(load_settings(env={}, home=building))
    files = [sample_dir() / name for name in ("organisations.csv", "positions.csv")]
    load_files(store, source="sample", files=files)
    publish(store)
    wanted = recipients_rows.tokens(store, persons=[_person(store)])
    of = {kind: row for row in wanted.to_pylist() for kind in [row["kind"]]}
    draw = np.random.default_rng(1)
    places = set(draw.choice(EXTRACTS, min(HELD_IN, EXTRACTS), replace=False).tolist())
    with store.write() as tx:
        for number in range(EXTRACTS):
            table = random_manifest(draw, of if number in places else None)
            record_extract(store, tx, number, table)
        tx.audit("bench.made")
    store.ledger.close()
    building.rename(HOME)
    return open_store(load_settings(env={}, home=HOME))


def random_manifest(draw: np.random.Generator, planted: dict[str, Any] | None) -> pa.Table:
    columns: dict[str, Any] = {}
    for name in ("unit", "company", "person", "ban_token"):
        columns[name] = pa.array(_split(draw))
    if planted is not None:
        for kind in ("unit", "person"):
            values = columns[kind].to_pylist()
            values[7] = planted[kind]["token"]
            columns[kind] = pa.array(values)
    for name in ("email", "mobile", "name_org", "name_orgname"):
        columns[name] = pa.array(draw.integers(0, 2**63, ROWS).astype(np.uint64))
    delivered = draw.random(ROWS) < 0.97
    delivered[7] = True
    columns["number"] = pa.array(np.arange(1, ROWS + 1, dtype=np.int32), mask=~delivered)
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(ROWS, field.type)
        for field in manifest.SCHEMA
    ]
    table = pa.table(arrays, schema=manifest.SCHEMA)
    return table.sort_by("unit")


def _split(draw: np.random.Generator) -> list[bytes]:
    raw = draw.bytes(ROWS * 16)
    return [raw[start : start + 16] for start in range(0, len(raw), 16)]


def record_extract(store: Store, tx: Any, number: int, table: pa.Table) -> None:
    """The ledger's rows of one extract that was delivered, each to a customer of its own."""
    today = store.today()
    customer, agreement, campaign, order, extract = (
        new_id(kind) for kind in ("customer", "agreement", "campaign", "order", "extract")
    )
    staged = store.home.manifests / "staged.parquet"
    manifest.write(table, staged, facts={"extract": extract})
    digest = sha256_file(staged)
    staged.replace(store.home.manifests / f"{digest}.parquet")
    with store.ledger.read() as connection:
        snapshot = connection.execute(tables.snapshot.select()).mappings().first()
    assert snapshot is not None
    rows: list[tuple[Any, dict[str, Any]]] = [
        (tables.customer, {"customer": customer, "name": f"Ostaja {number} Oy", "country": "FI", "added_at": tx.at,
                           "business_id": business_id(10_000 + number)}),
        (tables.agreement, {"agreement": agreement, "customer": customer, "mode": "campaign", "starts_on": today,
                            "ends_on": today + timedelta(days=365), "added_at": tx.at}),
        (tables.campaign, {"campaign": campaign, "agreement": agreement, "customer": customer, "name": "Kampanja",
                           "subject": ["IT"], "purpose": "sales", "channels": ["email"], "starts_on": today,
                           "ends_on": date(2099, 1, 1), "ends_at": day_end(date(2099, 1, 1)), "opened_at": tx.at}),
        (tables.order, {"order": order, "campaign": campaign, "criteria": {}, "fields": [], "formats": ["csv"],
                        "state": "cut", "statement": {}, "snapshot": snapshot["snapshot"], "placed_by": "bench",
                        "placed_at": tx.at}),
        (tables.extract, {"extract": extract, "order": order, "campaign": campaign, "customer": customer,
                          "snapshot": snapshot["snapshot"], "fence": 0, "rows": ROWS, "persons": ROWS, "seeds": 0,
                          "pool": ROWS, "terms": 1, "manifest": f"manifests/{digest}.parquet",
                          "manifest_sha256": digest, "state": "released",
                          "released_at": tx.at, "released_by": "bench"}),
        (tables.delivery, {"delivery": new_id("delivery"), "extract": extract, "files": [], "encrypted": False,
                           "fence": 0, "delivered_at": tx.at, "delivered_by": "bench"}),
    ]  # fmt: skip
    for table_of, row in rows:
        tx.execute(insert(table_of), row)


if __name__ == "__main__":
    sys.exit(main())
