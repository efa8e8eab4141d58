"""An access reply on a register of 10 M positions: the person's record, stored source rows, JSON and PDF (R056).

``python -m bench access``; ``BENCH_POSITIONS=1000000`` makes it smaller. The register is written straight into the
snapshot's tables and one stored load, so that the bench is about reading.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import insert, update

import sql
from bench._measure import bound, peak_mb
from core.clock import fixed_clock
from core.files import sha256_file
from core.settings import load_settings
from ledger import sources, tables
from ledger.store import Store, create_store
from register.build import TABLES
from subjects import access, cases
from subjects.find import Search, find

POSITIONS = int(os.environ.get("BENCH_POSITIONS", "10000000"))
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SNAPSHOT = "20261122T080000-s1-000000000001"
ROUNDS = 7

PEOPLE = """
CREATE TEMP TABLE made AS
SELECT (i + 1)::INTEGER AS n, 'etu' || (i * 7919 % 3001) AS first_name, 'suku' || (i * 104729 % 99991) AS last_name,
       (20000000 + (i // 3) * 10)::INTEGER AS org
FROM range($size) AS r(i)
"""
PERSON = "INSERT INTO person SELECT n, first_name, last_name, first_name || ' ' || last_name, uuid() FROM made"
POSITION = """
INSERT INTO position BY NAME
SELECT n AS position, n AS person, org, 'Johtaja' AS title, ['IT'] AS responsibilities, []::VARCHAR[] AS purchasing,
       2 AS level, 'mail' || n || '@firma.example' AS email, '+35840' || n AS mobile, DATE '2026-06-01' AS verified,
       DATE '2026-06-01' AS notified, uuid() AS nonce, 'main' AS source, 'P' || n AS source_id,
       1 AS name_load, 1 AS title_load, 1 AS responsibility_load, 1 AS email_load, 1 AS mobile_load
FROM made
"""
ORGANISATION = """
INSERT INTO organisation BY NAME
SELECT DISTINCT org, org::VARCHAR AS business_id, 1 AS kind, 'Firma ' || org AS name, 'firma ' || org AS name_fold,
       []::VARCHAR[] AS parallel_names, []::VARCHAR[] AS auxiliary_names, []::VARCHAR[] AS former_names,
       false AS ceased, false AS sole_trader, uuid() AS nonce
FROM made
"""
STORED = """
COPY (
    SELECT 0 AS file, n AS row, 'P' || n AS source_id, org::VARCHAR AS business_id, first_name, last_name,
           first_name || ' ' || last_name AS name_fold, 'Johtaja' AS title, ['IT'] AS responsibilities,
           []::VARCHAR[] AS purchasing, 2::TINYINT AS level, 'mail' || n || '@firma.example' AS email,
           '+35840' || n AS mobile, NULL::VARCHAR AS postal_street, NULL::VARCHAR AS postal_postcode,
           NULL::VARCHAR AS postal_city, NULL::DATE AS started, DATE '2026-06-01' AS verified,
           DATE '2026-06-01' AS notified, DATE '2026-06-01' AS source_date
    FROM made
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-access-") as directory:
        root = Path(directory)
        store = made(root / "home")
        person = POSITIONS // 2
        print(
            f"{POSITIONS:,} positions, file of {(store.home.snapshots / f'{SNAPSHOT}.duckdb').stat().st_size >> 20} MB"
        )

        def reply() -> Any:
            case = cases.open_case(store, right="access", via="email", persons=[person])
            return access.reply(store, case, to=root / "out")

        fine = bound("access reply, JSON and PDF", median(reply), 3.0, "s")
        name = {"first_name": f"etu{(person - 1) * 7919 % 3001}", "last_name": f"suku{(person - 1) * 104729 % 99991}"}
        fine &= bound(
            "finding by e-mail", median(lambda: find(store, Search(email=f"mail{person}@firma.example"))), 3, "s"
        )
        fine &= bound("finding by name alone", median(lambda: find(store, Search(**name))), 3, "s")
        print(f"  peak {peak_mb():.0f} MB")
        store.ledger.close()
    return 0 if fine else 1


def median(job: Callable[[], Any]) -> float:
    """The middle of some rounds, in seconds; a busy minute of the machine does not decide."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        job()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def made(home: Path) -> Store:
    """A store whose published snapshot and one stored load hold that many persons."""
    store = create_store(load_settings(env={}, home=home, actor="bench"), clock=fixed_clock(NOW))
    snapshot, stored = store.home.snapshots / f"{SNAPSHOT}.duckdb", store.home.sources / "load.parquet"
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for table in TABLES:
            connection.execute(sql.load(f"register/snapshot_{table}"))
        connection.execute(PEOPLE, {"size": POSITIONS})
        for statement in (PERSON, POSITION, ORGANISATION):
            connection.execute(statement)
        connection.execute("INSERT INTO load VALUES (1, 'main', DATE '2026-06-02')")
        connection.execute(STORED.format(path=stored))
    with store.write() as tx:
        sources.ensure_source(tx, "main")
        counts = {"read": POSITIONS, "accepted": POSITIONS, "quarantined": 0, "suppressed": 0}
        sources.record_load(
            tx, source="main", kind="positions", mode="full", files=[], data=store.relative(stored),
            data_sha256=sha256_file(stored), quarantine_file=None, counts=counts, reasons={},
            obtained_on=date(2026, 6, 2),
        )  # fmt: skip
        tx.execute(
            insert(tables.snapshot),
            {
                "snapshot": SNAPSHOT, "path": store.relative(snapshot), "sha256": "0" * 64, "schema_version": 1,
                "organisations": POSITIONS // 3, "persons": POSITIONS, "positions": POSITIONS, "loads": [1],
                "seconds": 1, "published_at": NOW,
            },
        )  # fmt: skip
        tx.execute(update(tables.snapshot_pointer).values(snapshot=SNAPSHOT))
        tx.audit("bench.published")
    return store


if __name__ == "__main__":
    sys.exit(main())
