"""Can a classifier tell seeds from rows? At most 5 points of AUC above chance (R038).

``python -m bench seeds``; ``BENCH_ORGANISATIONS`` sets the size of the sample register, ``BENCH_EXTRACTS`` how many
extracts are cut. They are the product's own, of several statements, each with as many seeds as a customer gets; pooled,
each with as many rows for a seed. Hosts are people of the sample who are held back from the register: they agreed, and
have an alias at their company.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench._likeness import GROUPS, balanced, measure, seen
from bench.marking import NOW, _agreement
from core.clock import fixed_clock
from core.settings import load_settings
from extracts.cut import cut
from extracts.gate import seeds
from extracts.orders import place
from ledger import customers, seeds as stock
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.sample.generate import generate
from register.sources.load import load_files
from schemas import codes
from schemas.criteria import parse_criteria

LIMIT = 0.55
PER_SEED = 12
"""Rows looked at for each seed."""
EVERYBODY = list(codes.responsibilities())
STATEMENTS: Sequence[Mapping[str, Any]] = (
    {"organisation": {"kind": ["company", "association", "public"]}, "person": {"responsibility": EVERYBODY}},
    {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["GM"]}},
    {"organisation": {"region": ["01"]}, "person": {"responsibility": EVERYBODY}},
    {"organisation": {"kind": ["association", "public"]}, "person": {"responsibility": EVERYBODY}},
    {"organisation": {"industry": ["41", "42", "43", "46", "47"]}, "person": {"responsibility": EVERYBODY}},
    {"organisation": {"staff_class": ["2", "3", "4", "5", "6"]}, "person": {"responsibility": ["GM", "IT", "FIN"]}},
)
"""What customers ask for: everybody, heads, a region, no companies, a few trades, larger firms."""


HOSTS = 60


def main() -> int:
    extracts = int(os.environ.get("BENCH_EXTRACTS", "48"))
    organisations = int(os.environ.get("BENCH_ORGANISATIONS", "1500"))
    worst = 0.0
    with tempfile.TemporaryDirectory() as directory:
        store = _published(Path(directory), organisations=organisations)
        agreement = _agreement(store)
        files = [delivered(store, order(store, agreement, turn)) for turn in range(extracts)]
        store.ledger.engine.dispose()
    for kind in ("fictitious", "host"):
        looked_at = balanced([seen(*_only(file, kind)) for file in files], per_seed=PER_SEED, draw=random.Random(1))
        count = sum(one.seed for one in looked_at)
        print(f"\n{kind}: {count} seeds, {len(looked_at) - count} rows, {extracts} extracts")
        print("| looked at | AUC | 95 % interval |\n|---|---|---|")
        for name, groups in [*((one, (one,)) for one in GROUPS), ("everything", GROUPS)]:
            found = measure(looked_at, groups=groups)
            worst = max(worst, found.low)
            print(f"| {name} | {found.auc:.3f} | {found.low:.3f} – {found.high:.3f} |")
    return 0 if worst <= LIMIT else 1


File = tuple[list[dict[str, str]], list[str | None]]
"""The rows of an extract, and what kind of seed each is, None if it is none."""


def order(store: Store, agreement: str, turn: int) -> str:
    """An approved order of one of :data:`STATEMENTS`."""
    with store.write() as tx:
        campaign = customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name=f"Mittaus {turn}",
            subject=EVERYBODY,
            purpose="sales",
            channels=["email", "phone", "post"],
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 12, 20),
            max_days=90,
        )
    placed = place(store, campaign, parse_criteria(STATEMENTS[turn % len(STATEMENTS)]), reason="bench")
    if placed["state"] != "approved":
        raise SystemExit(f"the order is {placed['state']}: {placed['findings']}")
    return str(placed["order"])


def delivered(store: Store, approved: str) -> File:
    """What a customer gets for the order."""
    made = cut(store, approved)
    path = next(Path(one["path"]) for one in made["files"] if one["format"] == "csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    with store.ledger.read() as connection:
        kinds = {seed["number"]: seed["kind"] for seed in stock.of_extract(connection, made["extract"])}
    return rows, [kinds.get(int(row["row"])) for row in rows]


def _only(file: File, kind: str) -> tuple[list[dict[str, str]], list[bool]]:
    """The file without seeds of the other kind."""
    kept = [(row, found == kind) for row, found in zip(*file, strict=True) if found in (None, kind)]
    return [row for row, _ in kept], [flag for _, flag in kept]


def _published(directory: Path, *, organisations: int) -> Store:
    generate(directory / "sample", organisations=organisations)
    hosts = _hosts(directory)
    settings = load_settings(
        env={}, home=directory / "home", actor="bench", row_cap=10_000_000, share_cap_percent=100, part_percent=100,
        pressure_campaigns=0,
    )  # fmt: skip
    early = create_store(settings, clock=fixed_clock(NOW - timedelta(days=seeds.SILENT_DAYS)))
    seeds.add_hosts(early, hosts)
    early.ledger.engine.dispose()
    store = open_store(settings, clock=fixed_clock(NOW))
    load_files(
        store, source="sample", files=[directory / "sample" / f"{n}.csv" for n in ("organisations", "positions")]
    )
    publish(store)
    seeds.restock(store)
    return store


def _hosts(directory: Path) -> Path:
    """Takes some people out of the sample, who have colleagues, an address and a number; returns the file of hosts."""
    sample, wanted = directory / "sample", directory / "hosts.csv"
    companies = {row["business_id"]: row for row in _read(sample / "organisations.csv")}
    people = _read(sample / "positions.csv")
    colleagues = {number: sum(row["business_id"] == number for row in people) for number in companies}
    able = [
        row
        for row in people
        if row["email"] and row["mobile"] and colleagues[row["business_id"]] > 1 and _street(companies, row)
    ]
    taken, met = list[dict[str, str]](), set[str]()
    for row in random.Random(1).sample(able, len(able)):
        if len(taken) < HOSTS and row["business_id"] not in met and not {row["email"], row["mobile"]} & met:
            taken.append(row)
            met |= {row["business_id"], row["email"], row["mobile"]}
    gone = {row[name] for row in taken for name in ("email", "mobile")}
    _write(sample / "positions.csv", [row for row in people if row["email"] not in gone and row["mobile"] not in gone])
    columns = ("first_name", "last_name", "email", "mobile", "business_id")
    _write(
        wanted,
        [
            {name: row[name] for name in columns}
            | {
                "organisation_name": companies[row["business_id"]]["name"],
                "street": _street(companies, row),
                "phone": companies[row["business_id"]]["phone"],
                "website": companies[row["business_id"]]["website"],
            }
            for row in taken
        ],
    )
    return wanted


def _street(companies: Mapping[str, Mapping[str, str]], row: Mapping[str, str]) -> str:
    company = companies[row["business_id"]]
    return company["visiting_street"] or company["postal_street"]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
