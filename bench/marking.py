"""What embedding adds to a cut: at most 25 % (R037).

``python -m bench marking``; ``BENCH_ORGANISATIONS=6000`` sets the size of the sample register. The same order is cut
with every channel on and with every channel off, in turn, and the medians are compared; ban links, seeds and manifests
are in both. The share of rows and units that carry each channel, and the comparison of every cell of the two files (row
18 of fingerprint.md 7), go into docs/tracing.md with it.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from bench._measure import compare
from bench._page import TRACING, write_block
from core.clock import fixed_clock
from core.settings import load_settings
from extracts.cut import cut
from extracts.gate import manifest
from extracts.gate.channels import CHANNELS, PARALLEL, Layer
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger import customers, cuts
from ledger.store import Store, create_store
from register.publish import publish
from register.sample.generate import generate
from register.sources.load import load_files
from schemas import codes
from schemas.criteria import parse_criteria

ORGANISATIONS = int(os.environ.get("BENCH_ORGANISATIONS", "6000"))
LIMIT = 1.25
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_ARMS: dict[str, tuple[str, ...]] = {"with": (), "without": tuple(channel.name for channel in CHANNELS)}

_EVERYBODY = {
    "organisation": {"kind": ["company", "association", "public"]},
    "person": {"responsibility": list(codes.responsibilities())},
}


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        store = _published(Path(directory))
        agreement = _agreement(store)
        rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
        made = {name: [_order(store, agreement, off) for _ in range(rounds + 1)] for name, off in _ARMS.items()}
        results: dict[str, dict[str, Any]] = {}

        def cutter(name: str) -> Callable[[], None]:
            def one() -> None:
                results[name] = cut(store, made[name].pop())

            return one

        times = compare({name: cutter(name) for name in _ARMS}, rounds=rounds, clock=time.process_time)
        ratio = times["with"].median / times["without"].median
        print(f"cut of {results['with']['rows']} rows, {rounds} rounds, medians of processor time")
        for name, taken in times.items():
            print(f"  {name:<8} marks {taken.median:8.2f} s   slowest/fastest {taken.spread:.2f}")
        cells, differ, wrong = compared(store, results, parallel=_parallel(Path(directory)))
        rows = results["with"]["rows"]
        head = (
            f"Sample register of {ORGANISATIONS:,} organisations, a cut of {rows:,} rows. With every mark on it takes"
        )
        head += f" {ratio:.2f} times the processor time of one without (limit {LIMIT}; medians of {rounds})."
        end = f"Row 18: of {cells:,} cells, beside the same rows cut without marks, {differ:,} are written another way;"
        end += (
            f" {wrong:,} are neither the register's value nor its registered parallel name nor left out (required: 0)."
        )
        text = "\n".join([head, "", *_coverage(store, results["with"]["extract"]), "", end])
        store.ledger.engine.dispose()
    print(text)
    write_block(TRACING, "coverage", text)
    return 0 if ratio <= LIMIT and not wrong else 1


def _parallel(directory: Path) -> dict[str, set[str]]:
    """The register's parallel names of each organisation, folded."""
    with (directory / "sample" / "organisations.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["business_id"]: {PARALLEL.canonicalise(name) for name in row["parallel_names"].split(";") if name}
            for row in csv.DictReader(lines)
        }


def compared(
    store: Store, results: dict[str, dict[str, Any]], *, parallel: dict[str, set[str]]
) -> tuple[int, int, int]:
    """Every cell of the same units in the cut with marks and the one without: how many, how many are written another
    way, and how many of these are neither another rendering of the register's value, nor a registered parallel name,
    nor blank where a channel may leave it so."""
    files, units = {}, {}
    for name, made in results.items():
        [path] = [Path(file["path"]) for file in made["files"] if file["format"] == "csv"]
        with path.open(encoding="utf-8-sig", newline="") as lines:
            files[name] = {int(row["row"]): row for row in csv.DictReader(lines)}
        with store.ledger.read() as connection:
            table, _ = manifest.read(store.path(cuts.extract(connection, made["extract"])["manifest"]))
        units[name] = {row["unit"]: row["number"] for row in table.select(["unit", "number"]).to_pylist()}
    of_column = {
        column: [channel for channel in CHANNELS if column in channel.columns]
        for channel in CHANNELS
        for column in channel.columns
    }
    cells = differ = wrong = 0
    for unit, number in units["with"].items():
        other = units["without"].get(unit)
        if number is None or other is None:
            continue
        marked, plain = files["with"][number], files["without"][other]
        for column in marked.keys() - {"row", "ban_url"}:
            cells += 1
            if marked[column] != plain[column]:
                differ += 1
                channels = of_column.get(column, [])
                same = all(one.canonicalise(marked[column]) == one.canonicalise(plain[column]) for one in channels)
                blank = not marked[column] and any(one.layer is Layer.OPTIONAL for one in channels)
                other = (
                    PARALLEL in channels and PARALLEL.canonicalise(marked[column]) in parallel[marked["business_id"]]
                )
                wrong += not channels or not (same or blank or other)
    return cells, differ, wrong


def _published(directory: Path) -> Store:
    generate(directory / "sample", organisations=ORGANISATIONS)
    settings = load_settings(
        env={},
        home=directory / "home",
        actor="bench",
        row_cap=10_000_000,
        share_cap_percent=100,
        part_percent=100,
        pressure_campaigns=0,
    )
    store = create_store(settings, clock=fixed_clock(NOW))
    files = [directory / "sample" / f"{name}.csv" for name in ("organisations", "positions")]
    load_files(store, source="sample", files=files)
    publish(store)
    stock_fictitious(store, 2000)
    return store


def _agreement(store: Store) -> str:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Mittaus Oy", business_id="6000001-0", country="FI", parent=None, contact="tieto@mittaus.example"
        )
        return customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )


def _order(store: Store, agreement: str, marks_off: tuple[str, ...]) -> str:
    with store.write() as tx:
        campaign = customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name="Mittaus",
            subject=list(codes.responsibilities()),
            purpose="sales",
            channels=["email", "phone", "post"],
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 12, 20),
            max_days=90,
            marks_off=marks_off,
        )
    placed = place(store, campaign, parse_criteria(_EVERYBODY), reason="bench")
    if placed["state"] != "approved":
        raise SystemExit(f"the order is {placed['state']}: {placed['findings']}")
    return str(placed["order"])


def _coverage(store: Store, extract: str) -> list[str]:
    """Which share of the delivered rows carries each channel, and of how many units those are, as Markdown."""
    with store.ledger.read() as connection:
        row = cuts.extract(connection, extract)
    table, _ = manifest.read(store.path(row["manifest"]))
    delivered = table.filter(pc.is_valid(table["number"]))
    lines = ["| channel | layer | unit | rows | units | share of units |", "|---|---|---|---|---|---|"]
    for channel in CHANNELS:
        token = "company" if channel.unit == "company" else "unit"
        units = len(pc.unique(delivered[token]))
        marked = delivered.filter(pc.is_valid(delivered[f"{channel.name}_symbol"]))
        carrying = len(pc.unique(marked[token]))
        rows = len(marked) / len(delivered)
        cells = (f"`{channel.name}`", channel.layer, channel.unit, f"{rows:.1%}", carrying, f"{carrying / units:.1%}")
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
