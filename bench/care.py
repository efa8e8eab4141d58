"""Data care: quality, calibration, speed and memory of the matcher, with Splink beside it in one run (datacare.md).

``python -m bench care``; ``BENCH_ORGANISATIONS=20000 BENCH_ROWS=5000`` makes it smaller. Two CRMs: the sample's own,
and one worn down by other hands (``_worn``). Splink stands beside it when ``bench/splink.sh`` was run before.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import _worn
from bench._measure import bound, peak_mb, rajaus, run
from core.clock import fixed_clock
from core.settings import load_settings
from datacare import tables
from datacare.match import Matched, decide, index_snapshot, match, parties_of
from datacare.match.parties import Parties
from datacare.match.registered import registered
from ledger.store import Store, open_store
from register.query import open_register
from register.snapshot import open_snapshot
from tests.published import read_csv

ORGANISATIONS = int(os.environ.get("BENCH_ORGANISATIONS", "300000"))
ROWS = int(os.environ.get("BENCH_ROWS", "50000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SPLINK = Path(__file__).parents[1] / ".venv-splink" / "bin" / "python"
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "default": (),
    "no ids": ("identifier",),
    "names and postcode": ("identifier", "phone", "domain", "email", "mobile", "street", "city", "contact",
                           "first_name", "last_name", "title"),
}  # fmt: skip
TARGET = {"default": 0.988, "no ids": 0.984, "names and postcode": 0.966}
WORN = {"customer": "name", "vat": "identifier", "contact": "contact", "mail": "email", "tel": "phone",
        "street": "street", "zip": "postcode", "town": "city", "web": "domain", "no": "id"}  # fmt: skip


@dataclass(frozen=True)
class Crm:
    """A customer's file and the truth: organisation and position of each row, or None."""

    name: str
    table: pa.Table
    organisations: list[int | None]
    positions: list[int | None]

    def without(self, fields: tuple[str, ...]) -> pa.Table:
        return self.table.drop_columns([name for name in fields if name in self.table.column_names])


def f1(found: list[int | None], true: list[int | None]) -> float:
    """Of the rows that have an answer or should have one, how many have the right one."""
    right = sum(1 for one, other in zip(found, true, strict=True) if one is not None and one == other)
    return 2 * right / (sum(one is not None for one in found) + sum(one is not None for one in true))


def main() -> int:
    fine = True
    with tempfile.TemporaryDirectory(prefix="rajaus-care-") as name:
        home = Path(name)
        store = prepare(home)
        started = time.perf_counter()
        _, index = index_snapshot(store, home / "index")
        seconds, size = time.perf_counter() - started, index.stat().st_size / 1e6
        print(f"\nindex of {ORGANISATIONS} organisations: {seconds:.1f} s, {size:.0f} MB")
        with open_snapshot(store, holder="bench") as snapshot:
            _yardstick_rows(list(registered(snapshot.connection)), home / "register.parquet")
        for crm in crms(store, home):
            fine &= measure(crm, index, home)
        fine &= bound("peak memory, all of it", peak_mb(), 3_000, "MB")
        store.ledger.close()
    return 0 if fine else 1


def prepare(home: Path) -> Store:
    """A published sample register."""
    common = ["--home", home / "home"]
    run([*rajaus(), "sample", "--organisations", f"{ORGANISATIONS}", "--seed", "11", "--out", home / "sample"])
    run([*rajaus(), "init", *common])
    files = [home / "sample" / "organisations.csv", home / "sample" / "positions.csv"]
    run([*rajaus(), "register", "load", "--source", "demo", *files, *common])
    run([*rajaus(), "register", "publish", *common])
    return open_store(load_settings(env={}, home=home / "home", actor="bench"), clock=fixed_clock(NOW))


def crms(store: Store, home: Path) -> list[Crm]:
    """The sample's own file and the one that other hands wore down."""
    with open_register(store, holder="bench") as register:
        orgs = dict(register.connection.execute("SELECT business_id, org FROM organisation").fetchall())
        posts = dict(register.connection.execute("SELECT source_id, position FROM position").fetchall())
    sample = home / "sample"
    own = tables.read(sample / "crm.csv")
    truth = {row["crm_id"]: row for row in read_csv(sample / "crm_truth.csv")}
    rows = min(ROWS, len(own.table))
    told = [truth[one] for one in own.ids.slice(0, rows).to_pylist()]
    worn = _worn.wear(sample / "organisations.csv", sample / "positions.csv", home / "worn.csv", rows=ROWS, seed=3)
    mapping = {field: column for column, field in WORN.items()}
    other = tables.read(home / "worn.csv", mapping=mapping)
    return [
        Crm("sample", own.table.slice(0, rows), [orgs.get(row["business_id"]) for row in told],
            [posts.get(row["source_id"]) for row in told]),
        Crm("other hands", other.table, [orgs.get(org) for org, _ in worn], [posts.get(post) for _, post in worn]),
    ]  # fmt: skip


def measure(crm: Crm, index: Path, home: Path) -> bool:
    """Print a table for one file; True when every figure that has a target reaches it."""
    fine = True
    print(f"\n{crm.name}: {len(crm.table)} rows with {ORGANISATIONS} organisations")
    for case, left_out in LEFT_OUT.items():
        table = crm.without(left_out)
        taken, beside = [], []
        for _ in range(ROUNDS if case == "default" else 1):
            started = time.perf_counter()
            matched, decided = judged(index, table)
            taken.append(time.perf_counter() - started)
            if SPLINK.exists():
                started = time.perf_counter()
                theirs = splink(table, home)
                beside.append(time.perf_counter() - started)
        mine = f1(decided["rid"].to_pylist(), crm.organisations)
        line = f"  organisations F1, {case:<20} {mine:.4f}   target {TARGET[case]}   {statistics.median(taken):6.1f} s"
        if beside:
            line += f"   Splink {f1(theirs, crm.organisations):.4f}   {statistics.median(beside):6.1f} s"
        print(line, flush=True)
        fine &= mine >= TARGET[case]
        if case == "default":
            fine &= told(crm, matched, decided)
    return fine


def judged(index: Path, table: pa.Table) -> tuple[Matched, pa.Table]:
    matched = match(index, parties_of(table))
    return matched, decide(matched.parties, matched.persons, pids=pa.array(range(len(table)), pa.int64()))


def told(crm: Crm, matched: Matched, decided: pa.Table) -> bool:
    """Persons, what is taken without a look, and whether a probability means what it says."""
    true = np.array([-1 if one is None else one for one in crm.organisations])
    auto = np.array(decided["state"].to_pylist()) == "auto"
    found = np.array([-2 if one is None else one for one in decided["rid"].to_pylist()])
    precision = float((found[auto] == true[auto]).mean())
    persons = f1(decided["person"].to_pylist(), crm.positions)
    print(f"  taken without a look: {auto.mean():.3f} of the rows at precision {precision:.5f}   target .79 at .999")
    print(f"  persons in post F1 {persons:.4f}   target .985")
    p, right = (
        matched.parties["p"].to_numpy(),
        matched.parties["rid"].to_numpy() == true[matched.parties["pid"].to_numpy()],
    )
    worst = 0.0
    for low in np.arange(0.9, 1.0, 0.01):
        within = (p >= low) & (p < low + 0.01 + (low > 0.985))
        if within.sum() >= 100:
            worst = max(worst, abs(float(p[within].mean() - right[within].mean())))
    above = p >= 0.9
    error = abs(float(p[above].mean() - right[above].mean()))
    print(f"  calibration from .9 on: error {error:.4f} (target .005), worst hundredth {worst:.3f}")
    return precision >= 0.999 and persons >= 0.985 and error <= 0.005


def splink(table: pa.Table, home: Path) -> list[int | None]:
    """Splink's answers for the rows, from half a probability on."""
    crm, out = home / "crm.parquet", home / "splink.parquet"
    _yardstick_rows([parties_of(table)], crm)
    read = pq.read_table(crm)
    there = [name for name in read.column_names if name != "unique_id" and read[name].null_count < len(read)]
    run([SPLINK, Path(__file__).with_name("_splink.py"), home / "register.parquet", crm, out, *there])
    answers: list[int | None] = [None] * len(table)
    found = pq.read_table(out)
    for row, register, p in zip(*(found[name].to_pylist() for name in ("crm", "register", "p")), strict=True):
        if p >= 0.5:
            answers[int(row.partition("/")[0])] = int(register.partition("/")[0])
    return answers


def _yardstick_rows(chunks: list[Parties], to: Path) -> None:
    """One row a name: the matcher's own normalised columns, its ids as ``party/name``."""
    party, address, name = (
        pa.concat_tables([getattr(chunk, part) for chunk in chunks]) for part in ("party", "address", "name")
    )
    first = address.group_by("pid", use_threads=False).aggregate(
        [(column, "first") for column in ("street", "number", "postcode", "city")]
    )
    first = first.rename_columns([column.removesuffix("_first") for column in first.column_names])
    rows = name.select(["pid", "key"]).join(party.select(["pid", "identifier", "phone", "domain"]), "pid")
    rows = rows.join(first, "pid").rename_columns({"key": "name"}).sort_by("pid")
    numbers = pa.array(range(len(rows)), pa.int64())
    ids = pc.binary_join_element_wise(rows["pid"].cast(pa.string()), numbers.cast(pa.string()), "/")
    pq.write_table(rows.drop_columns(["pid"]).append_column("unique_id", ids), to)


if __name__ == "__main__":
    sys.exit(main())
