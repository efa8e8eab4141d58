"""The suppression check of imported rows: 1 M rows against bans of four kinds of key, at most 60 s (R020).

``python -m bench suppression``; ``BENCH_ROWS``, ``BENCH_BANS`` change the size.
"""

from __future__ import annotations

import os
import sys
import time

import pyarrow as pa
import pyarrow.compute as pc

from bench._measure import bound, peak_mb
from core.keys import Key
from ledger.ban_keys import SCHEMA, key_message
from register.sources.suppression import Screen

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
BANS = int(os.environ.get("BENCH_BANS", "20000"))
CHUNK = 50_000
KEY = Key(b"b" * 32, "bench")


def frame(start: int, rows: int) -> pa.Table:
    """Imported positions; every fiftieth is banned by one of the four kinds in turn."""
    numbers = range(start, start + rows)
    return pa.table(
        {
            "email": pa.array([f"person{n}@firma.example" for n in numbers]),
            "mobile": pa.array([f"+3584{n:08d}" for n in numbers]),
            "name_fold": pa.array([f"etunimi{n % 997} sukunimi{n}" for n in numbers]),
            "business_id": pa.array([f"{n // 3:07d}-1" for n in numbers]),
            "postal_municipality": pa.array([f"{n % 309:03d}" for n in numbers]),
        }
    )


def banned(number: int) -> tuple[str, bytes]:
    tokens = f"etunimi{number % 997} sukunimi{number}"
    return [
        ("email", key_message("email", f"person{number}@firma.example")),
        ("phone", key_message("phone", f"+3584{number:08d}")),
        ("name_org", key_message("name_org", tokens, f"{number // 3:07d}-1")),
        ("name_municipality", key_message("name_municipality", tokens, f"{number % 309:03d}")),
    ][number // 50 % 4]


def main() -> int:
    keys = [banned(number) for number in range(0, 50 * BANS, 50)]
    rows = [
        {"ban": f"b{n}", "kind": kind, "key": KEY.mac(message), "key_id": KEY.key_id, "grade": "firm", "fence": n}
        for n, (kind, message) in enumerate(keys)
    ]
    frames = [frame(start, min(CHUNK, ROWS - start)) for start in range(0, ROWS, CHUNK)]
    dropped = 0
    with Screen(pa.Table.from_pylist(rows, schema=SCHEMA), {KEY.key_id: KEY}, [], workers=1) as screen:
        started = time.perf_counter()
        for part in frames:
            dropped += part.num_rows - (pc.sum(screen.passes(part, kind="positions")).as_py() or 0)
        seconds = time.perf_counter() - started
    expected = sum(number < ROWS for number in range(0, 50 * BANS, 50))
    print(
        f"{ROWS:,} rows, {len(keys):,} bans, 4 kinds of key, one thread: {dropped:,} rows dropped, {peak_mb():.0f} MB"
    )
    if dropped != expected:
        print(f"  {expected:,} should have been")
        return 1
    return 0 if bound("suppression check", seconds, 60, "s") else 1


if __name__ == "__main__":
    sys.exit(main())
