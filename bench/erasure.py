"""Erasing 100 persons from a register of 1 M positions: block, rebuilt sources and snapshot, certificate (R061).

``python -m bench erasure``; ``BENCH_ORGANISATIONS=20000`` makes it smaller. The register is sampled, loaded and
published as any other, so the rebuild meets what a rebuild meets.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench._measure import bound, peak_mb
from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import Store, create_store
from register.publish import publish
from register.query import open_register
from register.sample.generate import generate
from register.sources.load import load_files
from subjects.erase import ErasureRequest, erase

ORGANISATIONS = int(os.environ.get("BENCH_ORGANISATIONS", "340000"))
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PERSONS = 100


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-erasure-") as directory:
        store, positions = published(Path(directory))
        with open_register(store, holder="bench") as register:
            rows = register.connection.execute("SELECT person FROM person USING SAMPLE 100 ROWS (reservoir, 7)")
            persons = sorted(person for (person,) in rows.fetchall())
        print(f"{positions:,} positions, {len(persons)} persons")
        last = started = time.perf_counter()

        def reached(name: str) -> None:
            nonlocal last
            now = time.perf_counter()
            print(f"  {name:<40} {now - last:10.1f} s")
            last = now

        done = erase(store, ErasureRequest(persons, ground="objection", via="letter"), checkpoint=reached)
        fine = bound("erasure and certificate", time.perf_counter() - started, 60, "s")
        fine &= done["state"] == "certified"
        print(f"  {done['state']}: {done['removed']}; peak {peak_mb():.0f} MB, the register's making included")
        store.ledger.close()
    return 0 if fine else 1


def published(directory: Path) -> tuple[Store, int]:
    """A store with that many organisations published, and how many positions that makes."""
    generate(directory / "sample", organisations=ORGANISATIONS, seed=1)
    store = create_store(load_settings(env={}, home=directory / "home", actor="bench"), clock=fixed_clock(NOW))
    files = [directory / "sample" / f"{kind}.csv" for kind in ("organisations", "positions")]
    load_files(store, source="bench", files=files)
    return store, int(publish(store)["positions"])


if __name__ == "__main__":
    sys.exit(main())
