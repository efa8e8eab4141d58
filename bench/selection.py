"""The count statement with all that can be left out: earlier orders, an own list, pressure, a cap per organisation.

On the register of ``bench register`` (made if it is not there) beside earlier extracts of real persons. Sizes:
``BENCH_ORGANISATIONS`` (3,300,000: 10 M positions), ``BENCH_EXTRACTS`` (10,000) of ``BENCH_ROWS`` (10,000) rows each,
``BENCH_CUSTOMERS`` (50) that received them; the first one asks. ``BENCH_CUSTOMERS=1``: all of them are its own.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from bench import register as bench_register
from bench._measure import compare, peak_mb, report
from core.clock import day_end, fixed_clock
from core.files import sha256_file
from core.identity import normalise_business_ids
from core.ids import business_id, new_id
from core.settings import load_settings
from extracts import own_lists
from extracts.gate import manifest
from extracts.selection import Commission, commission, selector
from ledger import customers, licences, tables
from ledger.store import Store, open_store
from register.query import Register, open_register, select
from schemas.criteria import Exclusions, parse_criteria

EXTRACTS, ROWS, CUSTOMERS = (
    int(os.environ.get(f"BENCH_{name}", default)) for name, default in (("EXTRACTS", "10000"), ("ROWS", "10000"),
                                                                        ("CUSTOMERS", "50"))
)  # fmt: skip
OWN = 100_000
RUNNING = 10
"""One campaign in so many is running; the others are long over."""
TODAY = bench_register.NOW.date()


def main() -> int:
    root = Path(tempfile.gettempdir()) / f"rajaus-bench-{bench_register.ORGANISATIONS}"
    if not (root / "ready").exists():
        bench_register.prepare(root, root / "home", root / "data")  # how long it takes is judged by ``bench register``
    home = root / f"selection-{EXTRACTS}-{ROWS}-{CUSTOMERS}"
    if not (home / "ready").exists():
        _make(root / "home", home)
    store = _open(home)
    campaign = (home / "ready").read_text()
    fine = True
    for name, organisation in bench_register.SELECTIONS.items():
        fine &= _measure(store, campaign, root, name=name, organisation=organisation)
    print(f"  peak memory {peak_mb():.0f} MB; load {os.getloadavg()[0]:.1f}")
    return 0 if fine else 1


def _open(home: Path) -> Store:
    settings = load_settings(env={}, home=home, actor="bench", pressure_campaigns=6)
    return open_store(settings, clock=fixed_clock(bench_register.NOW))


def _measure(store: Store, campaign: str, root: Path, *, name: str, organisation: dict[str, Any]) -> bool:
    with open_register(store, holder="bench") as register, store.ledger.read() as connection:
        work = commission(store, connection, campaign, planning=True)
        started = time.perf_counter()
        own = own_lists.read(Exclusions(organisations_file=str(_own_list(register, root))))
        print(f"  an own list of {OWN:,} lines read in {time.perf_counter() - started:.2f} s")
        asked = bench_register.bare_tables(register, organisation)
        made = _contestants(store, register, work, organisation, own)
        times = compare(
            {"hand-written count": lambda: register.connection.execute(bench_register.BARE_COUNT, asked).fetchall()}
            | {label: contestant for label, (_, contestant) in made.items()},
            rounds=5,
        )
        for label, (chosen, _) in made.items():
            statement = select(register, chosen())
            left = dict(statement.left_out) | {"pressed": statement.staff["pressed"], "capped": statement.capped}
            print(f"  {label}: {statement.selected:,} selected, {statement.to_deliver:,} to deliver, {left}")
    limits = {"with earlier orders, own list and cap": 3.0}
    return report(f"{name}: statements", times, against="hand-written count", limits=limits)


def _contestants(
    store: Store, register: Register, work: Commission, organisation: dict[str, Any], own: list[own_lists.OwnList]
) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """What is timed, and the selector that it is about. The selector reads the ledger and the index each time, except
    where it says ``select alone``; the own list was read before, as the page that counts on every click does."""
    plain = {"organisation": organisation, "person": bench_register.PERSON}
    capped = plain | {"per_organisation": {"max": 1, "prefer": ["FIN", "GM"]}}
    free = store.settings.model_copy(update={"pressure_campaigns": 0})
    calm = Store(free, store.home, store.ledger, store.clock, store.actor)

    def chosen(where: Store, criteria: dict[str, Any], lists: list[own_lists.OwnList]) -> Callable[[], Any]:
        parsed = parse_criteria(criteria)

        def made() -> Any:
            with where.ledger.read() as connection:
                return selector(where, connection, work, parsed, own=lists)

        return made

    def earlier(level: str) -> dict[str, Any]:
        return {"exclude": {"earlier_orders": level}}

    asked = {
        "statement": chosen(calm, plain, []),
        "with the cap per organisation": chosen(calm, capped, []),
        "with pressure": chosen(store, plain, []),
        "with earlier orders, persons": chosen(calm, plain | earlier("person"), []),
        "with earlier orders, sites": chosen(calm, plain | earlier("site"), []),
        "with earlier orders, organisations": chosen(calm, plain | earlier("organisation"), []),
        "with the own list": chosen(calm, plain, own),
        "with earlier orders, own list and cap": chosen(calm, capped | earlier("person"), own),
        "and pressure": chosen(store, capped | earlier("person"), own),
    }
    for label, first in asked.items():
        started = time.perf_counter()
        first()
        if (seconds := time.perf_counter() - started) > 1:
            print(f"  {label}: the index was made in {seconds:.0f} s")
    timed = {label: (made, lambda made=made: select(register, made())) for label, made in asked.items()}
    ready = asked["and pressure"]()
    return timed | {"the same, select alone": (lambda: ready, lambda: select(register, ready))}


def _own_list(register: Register, root: Path) -> Path:
    """Y-tunnus, domains and names with postal codes of organisations drawn from the register, a third each."""
    path = root / "own.csv"
    rows = register.connection.execute(
        "SELECT business_id, website, replace(name, ';', ''), visiting_postcode FROM organisation"
        " WHERE website IS NOT NULL USING SAMPLE reservoir(100000 ROWS) REPEATABLE (1)"
    ).fetchall()
    lines = ["y-tunnus;sivu;nimi;postinumero"]
    for number, (identifier, site, name, postcode) in enumerate(rows):
        lines.append((f"{identifier};;;", f";{site};;", f";;{name};{postcode or ''}")[number % 3])
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _make(source: Path, home: Path) -> None:
    """A copy of the home with earlier extracts of its persons."""
    building = home.with_name(home.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(source, building, ignore=shutil.ignore_patterns("sources", "quarantine"))
    for name in ("sources", "quarantine"):
        (building / name).mkdir()
    store = _open(building)
    tokens = _tokens(store)
    draw = np.random.default_rng(1)
    started = time.perf_counter()
    with store.write() as tx:
        parties = [_customer(tx, number) for number in range(CUSTOMERS)]
        with store.ledger.read() as connection:
            snapshot = connection.execute(tables.snapshot.select()).mappings().all()[-1]["snapshot"]
            terms = licences.in_force(connection, today=TODAY)["version"]
        for number in range(EXTRACTS):
            digest = _manifest(store, tokens, draw)
            customer, agreement = parties[number % CUSTOMERS]
            running = number % RUNNING == 0
            _extract(tx, customer, agreement, digest=digest, snapshot=snapshot, terms=terms, running=running)
        campaign = _campaign(tx, *parties[0], running=True)
        tx.audit("bench.made")
    store.ledger.close()
    print(f"{EXTRACTS:,} extracts of {ROWS:,} rows made in {time.perf_counter() - started:.0f} s")
    (building / "ready").write_text(campaign)
    building.rename(home)


def _tokens(store: Store) -> dict[str, np.ndarray[Any, Any]]:
    """The manifest tokens of every selectable position, as the gate makes them; by column, 16 bytes each."""
    fingerprint = store.key("fingerprint")
    made = {}
    with open_register(store, holder="bench") as register:
        place = "site_place(p.postal_postcode, o.visiting_postcode, o.postal_postcode)"
        units = {
            "person": ("link", "n.nonce::VARCHAR"),
            "company": ("unit", "o.nonce::VARCHAR"),
            "site": ("unit", f"o.nonce::VARCHAR || '|' || {place}"),
        }
        for column, (key, unit) in units.items():
            inner, outer = fingerprint.derive(key).pads
            table = register.connection.sql(
                f"SELECT unhex(substr(hmac_hex($inner, $outer, encode({unit})), 1, 32)) AS token FROM selectable AS s"
                " JOIN position AS p ON p.position = s.position JOIN person AS n ON n.person = s.person"
                " JOIN organisation AS o ON o.org = s.org ORDER BY s.position",
                params={"inner": inner, "outer": outer},
            ).to_arrow_table()
            column_of = table["token"].cast(pa.binary(16)).combine_chunks()
            made[column] = np.frombuffer(column_of.buffers()[1], dtype="V16", count=len(column_of))
    return made


def _manifest(store: Store, tokens: dict[str, np.ndarray[Any, Any]], draw: np.random.Generator) -> str:
    rows = draw.choice(len(tokens["person"]), min(ROWS, len(tokens["person"])), replace=False, shuffle=False)
    numbers = pa.array(np.arange(1, len(rows) + 1, dtype=np.int32), mask=draw.random(len(rows)) < 0.03)
    columns: dict[str, Any] = {"number": numbers}
    for name, column in tokens.items():
        kind = pa.binary(16)
        columns[name] = pa.FixedSizeBinaryArray.from_buffers(
            kind, len(rows), [None, pa.py_buffer(column[rows].tobytes())]
        )
    columns["unit"] = columns["person"]
    arrays = [columns.get(field.name, pa.nulls(len(rows), field.type)) for field in manifest.SCHEMA]
    staged = store.home.manifests / "staged.parquet"
    manifest.write(pa.table(arrays, schema=manifest.SCHEMA), staged, facts={})
    digest = sha256_file(staged)
    staged.replace(store.home.manifests / f"{digest}.parquet")
    return digest


def _customer(tx: Any, number: int) -> tuple[str, str]:
    identifiers = normalise_business_ids(pa.array([business_id(n) for n in range(60_000_000, 60_000_000 + 1000)]))
    customer = customers.add_customer(
        tx, name=f"Ostaja {number} Oy", business_id=identifiers.drop_null()[number].as_py(), country="FI", parent=None,
        contact="a@ostaja.example",
    )  # fmt: skip
    agreement = customers.add_agreement(
        tx, customer_id=customer, mode="campaign", starts_on=date(2020, 1, 1), ends_on=date(2030, 1, 1)
    )
    return customer, agreement


def _campaign(tx: Any, customer: str, agreement: str, *, running: bool) -> str:
    campaign = new_id("campaign")
    ends_on = TODAY + timedelta(days=20 if running else -200)
    tx.execute(insert(tables.campaign), {
        "campaign": campaign, "agreement": agreement, "customer": customer, "name": "Kampanja",
        "subject": ["GM", "FIN", "SAL"], "purpose": "sales", "channels": ["email"],
        "starts_on": ends_on - timedelta(days=40), "ends_on": ends_on, "ends_at": day_end(ends_on), "opened_at": tx.at,
    })  # fmt: skip
    return campaign


def _extract(tx: Any, customer: str, agreement: str, *, digest: str, snapshot: str, terms: int, running: bool) -> None:
    campaign, order = _campaign(tx, customer, agreement, running=running), new_id("order")
    tx.execute(insert(tables.order), {
        "order": order, "campaign": campaign, "criteria": {}, "fields": [], "formats": ["csv"], "state": "cut",
        "findings": [], "snapshot": snapshot, "placed_by": "bench", "placed_at": tx.at,
    })  # fmt: skip
    tx.execute(insert(tables.extract), {
        "extract": new_id("extract"), "order": order, "campaign": campaign, "customer": customer, "fence": 0,
        "snapshot": snapshot, "rows": ROWS, "persons": ROWS, "seeds": 0, "pool": ROWS, "terms": terms,
        "manifest": f"manifests/{digest}.parquet", "manifest_sha256": digest, "state": "released",
        "released_at": tx.at, "released_by": "bench",
    })  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
