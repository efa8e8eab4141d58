"""The engine against a slow reference, on both databases; the plan against the run (R068)."""

from __future__ import annotations

import random
import secrets
from datetime import date, timedelta

from sqlalchemy import update

from ledger import retention_runs, tables
from ledger.store import Store
from ledger.tables import metadata
from schemas.retention import rules
from subjects import retention
from tests.gate import house
from tests.moment import NOW
from tests.retention.house import at, planned
from tests.retention.reference import Reference, identity
from tests.retention.rows import ALREADY, Filler, everything

LEDGER = ("table", "blank")


def random_holds(store: Store, draw: random.Random) -> None:
    """Some rows under a hold, some persons too, one hold released; some persons restricted."""
    whole = everything(store)
    with store.write() as tx:
        for number, released in enumerate((None, None, store.now())):
            hold = f"hold-{draw.randrange(10**12):x}"
            tx.execute(tables.retention_hold.insert(), {
                "hold": hold, "case": f"case {number}", "reason": "test", "placed_at": store.now(), "placed_by": "t",
                "review_on": date(2099, 1, 1), "released_at": released,
            })  # fmt: skip
            named = {("register", "person", str(draw.randrange(1001, 1021)))}
            for _ in range(12):
                rule = draw.choice([rule for rule in rules().values() if rule.kind in LEDGER and rule.span is not None])
                if whole[rule.table]:
                    row = draw.choice(whole[rule.table])
                    named.add((rule.kind, rule.name, identity(rule.table, row)))
            rows = [{"hold": hold, "kind": kind, "name": name, "id": one} for kind, name, one in sorted(named)]
            tx.execute(tables.retention_hold_row.insert(), rows)
        bans = [row["ban"] for row in whole["ban"]]
        restricted = draw.sample(bans, min(2, len(bans)))
        values = {"kind": "restriction", "lifted_at": None, "channel": None}
        tx.execute(update(tables.ban).where(tables.ban.c.ban.in_(restricted)).values(values))
        there = {(row["ban"], row["id"]) for row in whole["ban_hit"]}
        for ban in restricted:
            person = draw.randrange(1001, 1021)
            if (ban, person) not in there:
                hit = {"ban": ban, "target": "person", "id": person, "fence": 1, "held": False}
                tx.execute(tables.ban_hit.insert(), hit)
        tx.audit("test.holds")


def test_R068_plan_and_run_take_out_what_the_reference_says(any_store: Store) -> None:
    """R068, R062, R075: random ages, parents, holds and restrictions in every table that has a rule, on both databases;
    several days in a row on the same ledger. The dry run lists exactly what the run deletes."""
    draw = random.Random(secrets.randbelow(2**32))
    store = any_store
    house.publish(store, house.people(12))
    for year in (2026, 2029):
        store = at(store, NOW.replace(year=year) + timedelta(days=draw.randrange(200)))
        filler = Filler(store, draw)
        for table in metadata.sorted_tables:
            if table.name not in ALREADY and not table.name.startswith("retention"):
                days = (store.today() - timedelta(days=4500), store.today() + timedelta(days=30))
                filler.fill(table, rows=draw.randrange(2, 9), days=days)
        random_holds(store, draw)
        before = everything(store)
        expected = Reference(before, store.today(), persons=set(range(1001, 1013))).going()
        plan = planned(store)
        assert {key: plan[key] for key in expected} == expected
        document = retention.run(store)
        after = everything(store)
        for key, gone in expected.items():
            rule = next(rule for rule in rules().values() if rule.key == key)
            assert document["disposed"].get(key, 0) == len(gone), key
            if rule.kind == "table" and not rule.table.startswith("retention"):
                there = {identity(rule.table, row) for row in before[rule.table]}
                assert there - {identity(rule.table, row) for row in after[rule.table]} == gone, key
        recorded = _recorded(store, document["run"])
        assert recorded == {key: ids for key, ids in plan.items() if ids and not _silent(key)}
        assert all(not ids for ids in planned(store).values())


def _silent(key: str) -> bool:
    rule = next(rule for rule in rules().values() if rule.key == key)
    return rule.names_persons


def _recorded(store: Store, run: str) -> dict[str, set[str]]:
    with store.ledger.read() as connection:
        listed = retention_runs.run(connection, run)["ids"]
    found: dict[str, set[str]] = {}
    for one in listed:
        found.setdefault(f"{one['kind']} {one['name']}", set()).add(one["id"])
    return found
