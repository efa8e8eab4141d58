"""Retention over a ledger of 350,000 rows and 1.5 M manifest rows: plan, run, and how long anybody else waits (R068).

Half of the looks (with five persons each) and of the notices are over, and a fifth of the extracts. ``BENCH_ROWS``
makes more looks and notices.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, update

from bench import recipients
from bench._measure import bound, peak_mb
from core.clock import day_end, fixed_clock
from core.settings import load_settings
from ledger import tables
from ledger.store import Store, create_store
from register.publish import publish
from register.sample import sample_dir
from register.sources.load import load_files
from subjects import retention

ROWS = int(os.environ.get("BENCH_ROWS", "50000"))
PERSONS, EXTRACTS = 5, 100
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1300)
_CHUNK = 20_000


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rajaus-bench-retention-") as directory:
        return _measure(Path(directory) / "home")


def _measure(home: Path) -> int:
    made = create_store(load_settings(env={}, home=home, actor="bench"), clock=fixed_clock(NOW))
    load_files(made, source="sample", files=[sample_dir() / n for n in ("organisations.csv", "positions.csv")])
    publish(made)
    _fill(made)
    store = Store(made.settings, made.home, made.ledger, fixed_clock(LATER), made.actor)
    rows = ROWS * (PERSONS + 1) + ROWS
    print(f"{rows:,} rows, {EXTRACTS * recipients.ROWS:,} manifest rows; load {os.getloadavg()[0]:.1f}")
    started = time.perf_counter()
    plan = retention.plan(store)
    fine = bound(f"plan of {plan['due']:,}", time.perf_counter() - started, 15.0, "s")
    steps: list[float] = []
    started = last = time.perf_counter()

    def step(name: str) -> None:
        nonlocal last
        if name.endswith((".deleted", ".pointed")):
            steps.append(time.perf_counter() - last)
        last = time.perf_counter()

    done = retention.run(store, checkpoint=step)
    seconds = time.perf_counter() - started
    assert sum(done["disposed"].get(_key(one), 0) for one in plan["classes"]) == plan["due"]
    fine &= bound(f"run, {sum(done['disposed'].values()):,} rows and files", seconds, 180.0, "s")
    fine &= bound("median batch: what a ban waits for", float(np.median(steps)), 1.0, "s")
    print(f"  longest step {max(steps):.2f} s; peak memory {peak_mb():.0f} MB")
    return 0 if fine else 1


def _key(one: dict[str, Any]) -> str:
    return f"{one['kind']} {one['name']}"


def _fill(store: Store) -> None:
    old, new = LATER - timedelta(days=2000), LATER - timedelta(days=30)
    for start in range(0, ROWS, _CHUNK):
        numbers = range(start, min(start + _CHUNK, ROWS))
        looks = [
            {"consultation": f"consultation-{n:09d}", "kind": "look-up", "purpose": "bench", "persons": PERSONS,
             "at": old if n % 2 else new, "by": "bench"} for n in numbers
        ]  # fmt: skip
        seen = [
            {"consultation": f"consultation-{n:09d}", "person": n % 5000 + p} for n in numbers for p in range(PERSONS)
        ]
        with store.write() as tx:
            tx.execute(insert(tables.consultation), looks)
            tx.execute(insert(tables.consultation_person), seen)
            tx.audit("bench.looks")
    _notices(store, old, new)
    _extracts(store)


def _notices(store: Store, old: datetime, new: datetime) -> None:
    """Most to persons who are in the register, some to persons who left it."""
    version = {"version": 1, "texts": {}, "facts": {}, "changed": [], "material": True,
               "effective_on": date(2020, 1, 1), "filed_at": old, "filed_by": "bench"}  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(tables.notice_version), version)
        for number, rows in enumerate(_batches(), start=1):
            batch = {"batch": f"batch-{number}", "number": number, "channel": "email", "version": 1,
                     "persons": len(rows), "made_at": old if number % 2 else new, "made_by": "bench"}  # fmt: skip
            tx.execute(insert(tables.notice_batch), batch)
            tx.execute(insert(tables.notice), [
                {"batch": f"batch-{number}", "person": person, "channel": "email", "language": "fi", "state": "sent"}
                for person in rows
            ])  # fmt: skip
        tx.audit("bench.notices")


def _batches() -> Iterator[range]:
    for start in range(0, ROWS, 5000):
        yield range(1, min(5000, ROWS - start) + 1)


def _extracts(store: Store) -> None:
    draw = np.random.default_rng(1)
    ended = date(2027, 1, 31)
    with store.write() as tx:
        for number in range(EXTRACTS):
            recipients.record_extract(store, tx, number, recipients.random_manifest(draw, None))
        some = tables.campaign.c.campaign.in_(
            [row.campaign for row in tx.execute(tables.campaign.select().limit(EXTRACTS // 5))]
        )
        tx.execute(update(tables.campaign).where(some).values(ends_on=ended, ends_at=day_end(ended)))
        links = [
            {"kind": "person", "token": draw.bytes(16), "person": 900_000 + n, "kept_at": tx.at} for n in range(20_000)
        ]
        tx.execute(insert(tables.former_link), links)
        tx.audit("bench.extracts")


if __name__ == "__main__":
    sys.exit(main())
