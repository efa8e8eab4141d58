"""Distinct persons of a group and of a reseller over twelve months: at most 1 s an order (R030, R053).

10,000 extracts of 10,000 persons each (100 M disclosures), of a register of 2 M, made once of random tokens under the
system's temporary directory; ``BENCH_EXTRACTS`` makes fewer. A tenth went to the customer that orders, a tenth to its
four sisters, and a fifth was ordered by its reseller.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert

from bench._measure import bound, compare, peak_mb
from core.clock import day_end, day_start, fixed_clock
from core.ids import business_id, new_id
from core.settings import load_settings
from extracts.narrow import history, obtained as arrays
from extracts.narrow.tokens import Persons
from ledger import licences, obtained, tables
from ledger.store import Store, create_store, open_store

EXTRACTS = int(os.environ.get("BENCH_EXTRACTS", "10000"))
ROWS = 10_000
PERSONS = 2_000_000
CUSTOMERS = 50
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOME = Path(tempfile.gettempdir()) / f"rajaus-bench-obtained-{EXTRACTS}"
RESELLER = "customer-reseller"


def main() -> int:
    store = _open(HOME) if HOME.exists() else _make()
    draw = np.random.default_rng(7)
    order = Persons.of(draw.choice(_universe(), 5000, replace=False).tobytes(), day=1)
    print(f"{EXTRACTS} extracts, {EXTRACTS * ROWS:,} disclosures; load {os.getloadavg()[0]:.1f}")
    with store.ledger.read() as connection:
        who = history.parties(connection, recipient=_customer(0), party=RESELLER)
        found = obtained.extracts(connection, who.everybody, since=day_start(history.first_day(store)))
    started = time.perf_counter()
    arrays.Arrays(store).refresh(who.everybody, found, since=history.first_day(store).toordinal(), force=True)
    print(f"  arrays of {len(who.everybody)} customers over {len(found)} extracts made in "
          f"{time.perf_counter() - started:.0f} s")  # fmt: skip

    def judged() -> tuple[Any, Any]:
        with store.ledger.read() as connection:
            past = history.read(store, connection, who)
        return past.reach(who.group, order), past.reach(who.reseller, order)

    def checked() -> None:
        with store.write() as tx:
            past.check(tx)
            tx.audit("bench.checked")

    with store.ledger.read() as connection:
        past = history.read(store, connection, who)
    group, reseller = judged()
    print(f"  group: {group}; reseller: {reseller}")
    times = compare({"an order judged": judged, "looked at again at the release": checked}, rounds=5)
    fine = bound("an order judged, median", times["an order judged"].median, 1.0, "s")
    again = times["looked at again at the release"]
    print(f"  looked at again under the fence: {1000 * again.median:.0f} ms; spread {again.spread:.1f}")
    missing = len(found) // 65
    with _without(store, found[-missing:]):
        outside = compare({f"{missing} extracts outside the arrays": judged}, rounds=3)
        for name, taken in outside.items():
            print(f"  the same with {name}: {taken.median:.2f} s")
    print(f"  peak memory {peak_mb():.0f} MB")
    return 0 if fine else 1


class _without:  # noqa: N801
    """Arrays that do not cover the newest extracts: made anew without them, and put back."""

    def __init__(self, store: Store, newest: list[obtained.Extract]) -> None:
        self.store, self.newest = store, {one.extract for one in newest}
        self.directory = store.home.manifests / "obtained"
        self.kept = self.directory.with_name("obtained.kept")

    def __enter__(self) -> None:
        self.directory.rename(self.kept)
        with self.store.ledger.read() as connection:
            who = history.parties(connection, recipient=_customer(0), party=RESELLER)
            found = obtained.extracts(connection, who.everybody, since=day_start(history.first_day(self.store)))
        older = [one for one in found if one.extract not in self.newest]
        since = history.first_day(self.store).toordinal()
        arrays.Arrays(self.store).refresh(who.everybody, older, since=since, force=True)

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.directory)
        self.kept.rename(self.directory)


def _open(home: Path) -> Store:
    return open_store(load_settings(env={}, home=home, actor="bench"), clock=fixed_clock(NOW))


def _customer(number: int) -> str:
    return f"customer-{number:04d}"


def _universe() -> Any:
    return np.random.default_rng(1).integers(0, 2**63, (PERSONS, 2), dtype=np.int64).astype(">u8").view("V16")[:, 0]


def _make() -> Store:
    building = HOME.with_name(HOME.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    store = create_store(load_settings(env={}, home=building, actor="bench"), clock=fixed_clock(NOW))
    universe, draw = _universe(), np.random.default_rng(2)
    with store.write() as tx:
        _parties(tx)
        for number in range(EXTRACTS):
            name = f"manifests/{number:06d}.parquet"
            chosen = universe[np.unique(draw.integers(0, PERSONS, ROWS))]
            _manifest(store.path(name), chosen)
            _extract(tx, number, name, len(chosen))
        tx.audit("bench.made")
    store.ledger.close()
    building.rename(HOME)
    return _open(HOME)


def _manifest(path: Path, tokens: Any) -> None:
    column = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(tokens), [None, pa.py_buffer(tokens.tobytes())])
    table = pa.table({"person": column, "number": pa.array(np.arange(1, len(tokens) + 1, dtype=np.int32))})
    pq.write_table(table, path, compression={"person": "none", "number": "zstd"}, use_dictionary=False)


def _parties(tx: Any) -> None:
    """Fifty customers, the first five a group; each with an agreement of its own, and one of the reseller's."""
    names = [*(_customer(number) for number in range(CUSTOMERS)), RESELLER]
    for number, name in enumerate(names):
        parent = _customer(0) if 0 < number < 5 else None
        values = {"customer": name, "name": name, "country": "FI", "parent": parent, "added_at": tx.at,
                  "business_id": business_id(10_000 + number)}  # fmt: skip
        tx.execute(insert(tables.customer), values)
        _agreement(tx, name, name, "campaign")
    _agreement(tx, "resold", RESELLER, "reseller")
    tx.execute(insert(tables.snapshot), {
        "snapshot": "one", "path": "none", "sha256": "0" * 64, "schema_version": 1, "organisations": 1, "persons": 1,
        "positions": 1, "loads": [], "seconds": 1, "published_at": tx.at,
    })  # fmt: skip


def _agreement(tx: Any, name: str, customer: str, mode: str) -> None:
    values = {"agreement": name, "customer": customer, "mode": mode, "starts_on": date(2020, 1, 1),
              "ends_on": date(2030, 1, 1), "added_at": tx.at}  # fmt: skip
    tx.execute(insert(tables.agreement), values)


def _extract(tx: Any, number: int, manifest: str, persons: int) -> None:
    """Every tenth extract to the customer that orders, every tenth to a sister; every fifth of the others resold."""
    recipient = _customer((0, 1 + number // 10 % 4)[number % 10]) if number % 10 < 2 else _customer(5 + number % 45)
    resold = number % 5 == 4
    released = NOW - timedelta(days=number * 360 // EXTRACTS)
    campaign, order = f"campaign-{number:06d}", f"order-{number:06d}"
    terms = licences.in_force(tx.connection, today=NOW.date())["version"]
    ends_on = released.date() + timedelta(days=30)
    rows: list[tuple[Any, dict[str, Any]]] = [
        (tables.campaign, {"campaign": campaign, "agreement": "resold" if resold else recipient, "name": "Kampanja",
                           "customer": recipient, "subject": ["IT"], "purpose": "sales", "channels": ["email"],
                           "starts_on": released.date(), "ends_on": ends_on, "ends_at": day_end(ends_on),
                           "opened_at": released}),
        (tables.order, {"order": order, "campaign": campaign, "criteria": {}, "fields": [], "formats": ["csv"],
                        "state": "cut", "statement": {}, "snapshot": "one", "placed_by": "bench",
                        "placed_at": released}),
        (tables.extract, {"extract": new_id("extract"), "order": order, "campaign": campaign, "customer": recipient,
                          "snapshot": "one", "fence": 0, "rows": persons, "persons": persons, "seeds": 0,
                          "pool": persons, "terms": terms, "manifest": manifest, "manifest_sha256": "0" * 64,
                          "state": "released", "released_at": released, "released_by": "bench"}),
    ]  # fmt: skip
    for table, row in rows:
        tx.execute(insert(table), row)


if __name__ == "__main__":
    sys.exit(main())
