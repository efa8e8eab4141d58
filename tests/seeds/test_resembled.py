"""T10, R038: a newcomer whom a seed resembles, or who resembles a seed, retires it at the import."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.clock import fixed_clock
from core.errors import Conflict
from core.ids import org_id
from extracts.gate import seeds
from extracts.hits import record_by_hand
from ledger import seed_watch, seeds as stock, tables, tasks
from ledger.store import Store
from ledger.traces import placed_seeds
from register.publish import publish
from register.resembled import candidates, resembled
from tests.gate import house
from tests.moment import NOW
from tests.register.loads import A, B, load, organisation, position
from tests.seeds.conftest import IN_WINDOW, Placed

Seed = dict[str, Any]


@dataclass
class Case:
    """A newcomer made from a seed, and whether it retires an unused and a used one."""

    row: Callable[[Seed], dict[str, Any]]
    unused: bool
    used: bool


def own(seed: Seed) -> dict[str, Any]:
    return {"first_name": seed["first_name"], "last_name": seed["last_name"]}


FICTITIOUS = {
    "a stranger": Case(lambda _: {}, False, False),
    "a namesake in another company": Case(own, True, False),
    "a namesake in a company of that name": Case(
        lambda s: own(s) | {"organisation": s["organisation_name"]}, True, True
    ),
    "a namesake in a company of that number": Case(lambda s: own(s) | {"org": org_id(s["business_id"])}, True, True),
    "the e-mail": Case(lambda s: {"email": s["email"]}, True, True),
    "the mobile": Case(lambda s: {"mobile": s["mobile"]}, True, True),
    "the company's number as a mobile": Case(lambda s: {"mobile": s["phone"]}, True, True),
    "the company's number": Case(lambda s: {"phone": s["phone"]}, True, True),
    "the mobile as a company's number": Case(lambda s: {"phone": s["mobile"]}, True, True),
    "the Y-tunnus": Case(lambda s: {"org": org_id(s["business_id"])}, True, True),
    "the company's name": Case(lambda s: {"organisation": s["organisation_name"]}, True, False),
}
HOSTS = {
    "a namesake": Case(own, False, False),
    "a colleague": Case(
        lambda s: {"org": org_id(s["business_id"]), "organisation": s["organisation_name"]}, False, False
    ),
    "the host in the register": Case(lambda s: own(s) | {"org": org_id(s["business_id"])}, True, True),
    "the alias": Case(lambda s: {"email": s["email"]}, True, True),
    "the mobile": Case(lambda s: {"mobile": s["mobile"]}, True, True),
    "the host's switchboard": Case(lambda s: {"phone": s["phone"]}, False, False),
}


@pytest.mark.parametrize("kind", ["fictitious", "host"])
def test_t10_who_counts_as_resembling(placed: Placed, kind: str) -> None:
    """Every newcomer of the table in one snapshot, each made from a seed of its own; all seeds are compared at once."""
    table = FICTITIOUS if kind == "fictitious" else HOSTS
    chosen = [dict(seed) | {"kind": kind} for seed in (*placed.seeds, *placed.ready)[: len(table)]]
    rows = house.people(len(table))
    crafted = [
        replace(rows[place], org=20_100_000 + place * 10, organisation=f"Uusi {place} Oy")
        for place in range(len(table))
    ]  # fmt: skip
    crafted = [replace(row, **case.row(seed)) for row, case, seed in zip(crafted, table.values(), chosen, strict=True)]
    house.publish(placed.store, crafted, name="20261125T080000-s1-000000000009")
    with house.reading(placed.store) as register:
        for alone in (True, False):
            found = resembled(register.connection, candidates(chosen, name_alone=[alone] * len(chosen)))
            expected = {
                seed["seed"]: case.unused if alone else case.used
                for seed, case in zip(chosen, table.values(), strict=True)
            }  # fmt: skip
            assert {seed: seed in found for seed in expected} == expected, dict(zip(expected, table, strict=True))


def publish_people(store: Store, *more: dict[str, Any], organisations: list[dict[str, Any]] | None = None) -> None:
    people = [position(str(number), f"Etu{number} Suku{number}") for number in range(5)]
    load(store, "own", [organisation(A), *(organisations or [])], [*people, *more])
    publish(store, force=True)


def use(store: Store, seed: str) -> tuple[str, str]:
    """Let the seed stand in an extract; returns it and its campaign."""
    with store.ledger.read() as connection:
        snapshot = connection.execute(select(tables.snapshot_pointer.c.snapshot)).scalar_one()
    made = house.deal(store, snapshot=snapshot)
    extract = {
        "extract": "extract-used", "order": made.order["order"], "part": 0, "campaign": made.campaign["campaign"],
        "customer": made.customer["customer"], "snapshot": snapshot, "fence": 0, "rows": 5, "persons": 4, "seeds": 1,
        "pool": 4, "terms": 1, "manifest": "m", "manifest_sha256": "0" * 64, "state": "released",
        "released_at": NOW, "released_by": "tester",
    }  # fmt: skip
    with store.write() as tx:
        tx.execute(insert(tables.extract), extract)
        stock.allocate(tx, {seed: 3}, extract="extract-used")
    return "extract-used", made.campaign["campaign"]


def test_t10_an_import_that_brings_a_seeds_double_retires_it_and_tells_people(
    any_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Used and unused: both leave; the extract that holds the used one is named for the privacy officer."""
    seeds.stock_fictitious(any_store, 6)  # before there is a register: no two of one company
    publish_people(any_store)
    with any_store.ledger.read() as connection:
        used, unused, *others = stock.standing(connection)
    extract, _ = use(any_store, used["seed"])
    with caplog.at_level(logging.WARNING, "rajaus"):
        publish_people(
            any_store,
            position("double", f"{used['first_name']} {used['last_name']}", B),
            position("namesake", f"{unused['first_name']} {unused['last_name']}"),
            organisations=[organisation(B, name=used["organisation_name"].upper())],
        )
    with any_store.ledger.read() as connection:
        state = {seed["seed"]: (seed["state"], seed["extract"]) for seed in stock.seeds(connection)}
        opened = {task["kind"]: task["ids"] for task in tasks.list_tasks(connection)}
        actions = connection.execute(
            select(tables.audit.c.ids).where(tables.audit.c.action == "seeds.retired")
        ).scalars()
        [audited] = list(actions)
        traced = [one.seed for one in placed_seeds(connection)]
    assert state[used["seed"]] == ("retired", extract), "where it went out stays known"
    assert state[unused["seed"]] == ("retired", None)
    assert {state[seed["seed"]] for seed in others} == {("ready", None)}
    assert opened[seed_watch.RETIRED] == {"seeds": 2}
    assert opened[seed_watch.IN_USE] == {"extracts": [extract], "seeds": 2}
    assert (audited["seeds"], audited["extracts"]) == (sorted([used["seed"], unused["seed"]]), [extract])
    assert traced == [], "it proves nothing any more: the list may show the real person"
    with any_store.ledger.read() as connection:
        assert seed_watch.told(connection) == 2, "what the warning counts where no others are made"
    assert used["last_name"] not in caplog.text + str(opened) + str(audited)
    publish_people(any_store)
    with any_store.ledger.read() as connection:
        assert len(tasks.list_tasks(connection, kind=seed_watch.RETIRED)) == 1, "the same double is told of once"
        assert stock.known_one(connection, used["seed"]).state == "retired", "a retired one never comes back"


def test_t10_a_hit_of_a_seed_with_a_double_is_recorded_and_accuses_nobody(store: Store) -> None:
    publish_people(store)
    seeds.stock_fictitious(store, 1)
    with store.ledger.read() as connection:
        [seed] = stock.standing(connection)
    use(store, seed["seed"])
    publish_people(store, position("double", "Joku Muu", email=seed["email"]))
    later = replace(store, clock=fixed_clock(NOW + timedelta(days=30)))
    made = record_by_hand(later, seed["seed"], kind="phone", at=IN_WINDOW)
    assert (made["verdict"], made["case"]) == ("stray", None)


def test_r038_a_retired_seed_goes_into_no_extract(placed: Placed) -> None:
    gone = [seed["seed"] for seed in placed.ready]
    with placed.store.write() as tx:
        stock.retire(tx, gone, reason="test")
    with placed.store.ledger.read() as connection:
        assert stock.ready(connection, today=placed.store.today() + timedelta(days=9999), limit=99) == []
    with pytest.raises(Conflict), placed.store.write() as tx:
        stock.allocate(tx, {gone[0]: 1}, extract=placed.extract)


def test_r038_an_alias_of_a_retired_seed_is_never_given_out_again(placed: Placed) -> None:
    """Neither to an invented one nor to a host: what comes to it could be about the first."""
    seed = placed.ready[0]
    with placed.store.write() as tx:
        stock.retire(tx, [seed["seed"]], reason="test")
    with placed.store.ledger.read() as connection:
        used = stock.used(connection, ("email", "mobile"))
    assert seed["email"] in used["email"]
    assert seed["mobile"] in used["mobile"]
