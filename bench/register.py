"""Sample, load, publish, count, facets and a 50,000-row cut on 3.3 M organisations / 10 M positions.

``python -m bench register`` (about half an hour); ``BENCH_ORGANISATIONS=300000`` makes it smaller.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench._measure import bound, compare, peak_mb, rajaus, report, run
from core.clock import fixed_clock
from core.keys import Key
from core.settings import load_settings
from extracts.cut import cut
from extracts.gate.seeds import stock_fictitious
from extracts.orders import decide, place
from extracts.selection import commission, selector
from ledger import customers
from ledger.store import Store, open_store
from register.query import Register, facets, open_register, pool, select
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.bans import BanRequest, add_ban

ORGANISATIONS = int(os.environ.get("BENCH_ORGANISATIONS", "3300000"))
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PERSON = {"responsibility": ["GM", "FIN", "SAL"], "level": [1, 2], "reachable": ["email"]}
SELECTIONS = {
    "one division": {"kind": ["company"], "industry": ["46"], "staff_class": ["2", "3", "4"]},
    "three sections": {"kind": ["company"], "industry": ["F", "G", "C"], "staff_class": ["1", "2", "3", "4"]},
}
WHERE = """
FROM selectable
WHERE kind = 1 AND industry IN (SELECT industry FROM asked_industry) AND list_contains($staff::UTINYINT[], staff_class)
  AND (responsibility & 19) <> 0 AND level IN (1, 2) AND has_email
"""
BARE_COUNT = f"""
SELECT count(*), count(DISTINCT org) {WHERE}
  AND verified >= DATE '2025-11-23' AND notified <= DATE '2026-11-09'
"""
BARE_FACETS = f"""
SELECT kind, industry, form, staff_class, revenue_class, region, level, responsibility, count(*) {WHERE}
GROUP BY GROUPING SETS ((kind), (industry), (form), (staff_class), (revenue_class), (region), (level), (responsibility))
"""


def main() -> int:
    root = Path(tempfile.gettempdir()) / f"rajaus-bench-{ORGANISATIONS}"
    home, data = root / "home", root / "data"
    fine = True
    if not (root / "ready").exists():
        fine &= prepare(root, home, data)
    store = open_store(load_settings(env={}, home=home, actor="bench", row_cap=100_000), clock=fixed_clock(NOW))
    campaign = a_campaign(store)
    ban_some(store, data)
    for name, organisation in SELECTIONS.items():
        fine &= counts(store, campaign, name=name, criteria={"organisation": organisation, "person": PERSON})
    whole = {"organisation": SELECTIONS["one division"], "person": PERSON, "per_organisation": {"max": 1}}
    drawn = {"organisation": SELECTIONS["three sections"], "person": PERSON, "limit": 50_000}
    fine &= a_cut(store, campaign, name="a whole selection", criteria=whole)
    fine &= a_cut(store, campaign, name="50,000 of a pool of 100,000", criteria=drawn)
    fine &= bound("peak memory of count and cut", peak_mb(), 4096, "MB")
    return 0 if fine else 1


def prepare(root: Path, home: Path, data: Path) -> bool:
    """Make the register with the program itself, each verb in a process of its own."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    program = [*rajaus(), "--home", home, "--json"]
    steps = {
        "sample": [*rajaus(), "sample", "--organisations", str(ORGANISATIONS), "--seed", "1", "--out", data],
        "init": [*program, "init"],
        "load": [
            *program,
            "register",
            "load",
            "--source",
            "sample",
            data / "organisations.csv",
            data / "positions.csv",
        ],
        "publish": [*program, "register", "publish"],
    }
    seconds = 0.0
    fine = True
    for name, command in steps.items():
        done = run(command)
        seconds += done.seconds
        print(f"{name:10} {done.seconds:8.1f} s   peak {done.peak_mb:8.0f} MB   {done.output.strip()[-300:]}")
        fine &= done.peak_mb <= 4096
    (root / "ready").touch()
    return bound("sample + load + publish", seconds / 60, 15, "min") and fine


def a_campaign(store: Store) -> str:
    with store.ledger.read() as connection:
        for row in customers.campaigns(connection):
            return str(row["campaign"])
    stock_fictitious(store, 200)
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Bench Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        return customers.open_campaign(
            tx,
            agreement_id=agreement,
            end_customer=None,
            name="Bench",
            subject=["GM", "FIN", "SAL"],
            purpose="sales",
            channels=["email"],
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 12, 31),
            max_days=90,
        )


def ban_some(store: Store, data: Path) -> None:
    with (data / "positions.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= 2000:
                break
            if number % 20 == 0 and row["email"]:
                add_ban(store, BanRequest(via="list", email=row["email"]))


def counts(store: Store, campaign: str, *, name: str, criteria: dict[str, Any]) -> bool:
    with open_register(store, holder="bench") as register:
        with store.ledger.read() as connection:
            chosen = selector(store, connection, commission(store, connection, campaign), parse_criteria(criteria))
        asked = bare_tables(register, criteria["organisation"])
        statement = select(register, chosen)
        print(json.dumps(statement.document()))
        times = compare(
            {
                "hand-written count": lambda: register.connection.execute(BARE_COUNT, asked).fetchall(),
                "count statement with bans": lambda: select(register, chosen),
            },
            rounds=15,
        )
        fine = report(f"count, {name}", times, against="hand-written count", limits={"count statement with bans": 1.5})
        times = compare(
            {
                "hand-written grouping sets": lambda: register.connection.execute(BARE_FACETS, asked).fetchall(),
                "facets": lambda: facets(register, chosen),
            },
            rounds=15,
        )
        return report(f"facets, {name}", times, against="hand-written grouping sets", limits={"facets": 2.0}) and fine


def bare_tables(register: Register, organisation: dict[str, list[str]]) -> dict[str, Any]:
    """The asked industries as a table for the hand-written statements, and their other values."""
    sections = codes.section_of("TOL2025")
    wanted = organisation["industry"]
    divisions = [division for division in sections if division in wanted or sections[division] in wanted]
    register.connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked_industry AS SELECT industry FROM industry"
        " WHERE version = 'TOL2025' AND division IN (SELECT unnest($divisions))",
        {"divisions": divisions},
    )
    return {"staff": [int(value) for value in organisation["staff_class"]]}


def a_cut(store: Store, campaign: str, *, name: str, criteria: dict[str, Any]) -> bool:
    parsed = parse_criteria(criteria)
    with store.ledger.read() as connection:
        path = next(store.home.snapshots.glob("*.duckdb"))
        chosen = selector(store, connection, commission(store, connection, campaign), parsed)
    with open_register(store, holder="bench") as register:
        ids = pool(register, chosen, select(register, chosen))
    delivered = ids.filter(ids["delivered"])
    out = store.home.staging.parent / "bare.csv"
    inner, outer = Key(b"k" * 32, "bench").pads

    def bare() -> None:
        connection = duckdb.connect(path, read_only=True, config={"threads": 2})
        connection.register("ids", delivered)
        connection.execute(
            "COPY (SELECT o.name, o.business_id, o.industry, o.staff_class, o.revenue_class, o.visiting_street,"
            " o.visiting_postcode, o.visiting_city, o.website, n.first_name, n.last_name, p.title, p.responsibilities,"
            " p.email, sha256($outer::BLOB || unhex(sha256($inner::BLOB || p.nonce::VARCHAR::BLOB))) AS mark"
            " FROM ids JOIN position p USING (position) JOIN person n ON n.person = p.person"
            " JOIN organisation o ON o.org = p.org"
            " ORDER BY o.name) TO '" + str(out) + "' (HEADER)",
            {"inner": inner, "outer": outer},
        )
        connection.close()

    rounds = 5
    orders = []
    for _ in range(rounds + 1):
        order = place(store, campaign, parsed, reason="bench")
        if order["state"] != "approved":
            decide(store, order["order"], event="approved", by="second")
        orders.append(order["order"])

    times = compare(
        {"bare COPY and one HMAC a row": bare, "cut, gate and ledger": lambda: cut(store, orders.pop())}, rounds=rounds
    )
    return report(
        f"cut of {len(delivered)} rows, {name}",
        times,
        against="bare COPY and one HMAC a row",
        limits={"cut, gate and ledger": 3.0},
    )


if __name__ == "__main__":
    sys.exit(main())
