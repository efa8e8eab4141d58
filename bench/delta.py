"""A day's delta for a subscription of 500,000 persons: at most a minute (R042).

``python -m bench delta``; ``BENCH_PERSONS=50000`` makes it smaller. Between two deliveries 0.5 % of the positions get
another title, 0.2 % leave, 0.2 % come, and 200 persons are banned.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from sqlalchemy import insert, update

import sql
from bench._measure import peak_mb
from core.clock import fixed_clock
from core.files import sha256_file
from core.settings import load_settings
from extracts import continuous, subscriptions
from extracts.gate.seeds import stock_fictitious
from ledger import bans, controllers, customers, tables
from ledger.store import Store, create_store
from schemas.criteria import parse_criteria

PERSONS = int(os.environ.get("BENCH_PERSONS", "500000"))
BANNED = 200
LIMIT_SECONDS = 60
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_TABLES = (
    "meta", "load", "load_set", "industry", "form", "title", "erp", "organisation", "person", "person_name",
    "person_alias", "position", "selectable",
)  # fmt: skip
_ORGANISATIONS = """
INSERT INTO organisation BY NAME
SELECT 20000000 + i * 10 AS org, printf('%07d-%d', 2000000 + i, i % 10) AS business_id, 1 AS kind,
       'Firma ' || i || ' Oy' AS name, 'firma ' || i AS name_fold, [] AS parallel_names, [] AS auxiliary_names,
       [] AS former_names, '62100' AS industry, 'TOL2025' AS industry_version, 4 AS staff_class, 5 AS revenue_class,
       'Kauppakatu ' || i AS visiting_street, '00100' AS visiting_postcode, 'Helsinki' AS visiting_city,
       'PL ' || i AS postal_street, '00101' AS postal_postcode, 'Helsinki' AS postal_city, '091' AS municipality,
       '01' AS region, '+3589' || (1000000 + i) AS phone, 'www.firma' || i || '.example' AS website, false AS ceased,
       false AS sole_trader, md5('o' || i)::UUID AS nonce
FROM range($organisations) AS t(i)
"""
_PERSONS = """
INSERT INTO person BY NAME
SELECT i AS person, 'Etunimi' || i % 997 AS first_name, 'Sukunimi' || i AS last_name,
       'etunimi' || i % 997 || ' sukunimi' || i AS name_fold, md5('n' || i)::UUID AS nonce
FROM range($first, $last) AS t(i)
"""
_POSITIONS = """
INSERT INTO position BY NAME
SELECT i AS position, i AS person, 20000000 + (i // 2) * 10 AS org,
       CASE WHEN i % 200 = $turn THEN 'Kehitysjohtaja' ELSE 'Tietohallintojohtaja' END AS title,
       CASE WHEN i % 5 < 3 THEN ['FIN', 'IT'] ELSE ['IT'] END AS responsibilities, [] AS purchasing, 2 AS level,
       'henkilo' || i || '@firma' || i // 2 || '.example' AS email, '+35840' || (1000000 + i) AS mobile,
       md5('p' || i)::UUID AS nonce, 'bench' AS source, i::VARCHAR AS source_id
FROM range($first, $last) AS t(i)
"""
_SELECTABLE = """
INSERT INTO selectable BY NAME
SELECT position, person, org, 1 AS kind, $mask AS responsibility, 0 AS purchasing, 2 AS level, true AS has_email,
       true AS has_phone, true AS has_post, true AS has_website, false AS has_parallel_name, nonce,
       person AS person_link, org AS site_link, 0 AS load_set, DATE '2026-11-01' AS verified,
       DATE '2026-06-01' AS notified
FROM position
"""


def publish(store: Store, turn: int) -> None:
    """The register of one day."""
    from schemas import codes

    moved = PERSONS // 500 * turn
    span = {"first": 1000 + moved, "last": 1000 + PERSONS + moved}
    name = f"20261123T08000{turn}-s1-{turn:012d}"
    path = store.home.snapshots / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        for table in _TABLES:
            connection.execute(sql.load(f"register/snapshot_{table}"))
        connection.execute(_ORGANISATIONS, {"organisations": (span["last"] // 2) + 1})
        connection.execute(_PERSONS, span)
        connection.execute(_POSITIONS, span | {"turn": turn})
        connection.execute(_SELECTABLE, {"mask": codes.responsibility_bits()["IT"]})
    row = {
        "snapshot": name, "path": store.relative(path), "sha256": sha256_file(path), "schema_version": 1,
        "organisations": 1, "persons": PERSONS, "positions": PERSONS, "loads": [], "seconds": 1,
        "published_at": store.now(),
    }  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(tables.snapshot), row)
        tx.execute(update(tables.snapshot_pointer).values(snapshot=name))
        tx.audit("bench.published")


def subscribe(store: Store) -> str:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Tilaaja Oy", business_id="0112038-9", country="FI", parent=None,
            contact="tietosuoja@tilaaja.example",
        )  # fmt: skip
        agreement = customers.add_agreement(
            tx, customer_id=customer, mode="continuous", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        controllers.name(tx, agreement=agreement, notice_url="https://tilaaja.example/t", contact="a@tilaaja.example")
        controllers.confirm(tx, agreement=agreement, by="bench")
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}})
    wish = subscriptions.Wish(agreement, criteria, ["IT"], "marketing", ["email", "phone"], "Jatkuva käyttö")
    opened = subscriptions.open_subscription(store, wish)
    if opened["state"] != "approved":
        raise SystemExit(f"the standing order is {opened['state']}: {opened['findings']}")
    return str(opened["subscription"])


def ban(store: Store) -> None:
    people = range(1000 + PERSONS // 2, 1000 + PERSONS // 2 + BANNED)
    with store.write() as tx:
        bans.record(
            tx, target="person", via="list", received_on=store.today(), channel=None, keys=[],
            key_id=store.key("suppression").key_id, hits=[("person", one, False) for one in people],
        )  # fmt: skip


def timed(work: Callable[[], dict[str, object]]) -> tuple[float, dict[str, object]]:
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def main() -> int:
    home = Path(tempfile.mkdtemp(prefix="rajaus-bench-"))
    caps = {"row_cap": 10 * PERSONS, "share_cap_percent": 100, "share_cap_floor": 10 * PERSONS}
    settings = load_settings(env={}, home=home / "home", actor="bench", **caps)
    try:
        store = create_store(settings, clock=fixed_clock(NOW))
        stock_fictitious(store, 700)
        publish(store, 0)
        subscription = subscribe(store)
        print(f"{PERSONS:,} persons; load {os.getloadavg()[0]:.1f}", flush=True)
        seconds, made = timed(lambda: continuous.deliver(store, subscription, home / "out"))
        print(f"first delivery, {made['added']:,} rows: {seconds:.1f} s", flush=True)
        publish(store, 1)
        ban(store)
        seconds, made = timed(lambda: continuous.deliver(store, subscription, home / "out"))
        counts = ", ".join(f"{made[name]:,} {name}" for name in ("added", "changed", "removed"))
        print(f"a day's delta, {counts}: {seconds:.1f} s (limit {LIMIT_SECONDS}); peak {peak_mb():,.0f} MB")
        print(f"load {os.getloadavg()[0]:.1f}")
        return int(seconds > LIMIT_SECONDS)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
