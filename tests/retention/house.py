"""What the tests of retention share: a store at another time, a plan as sets, and a small register that grows old."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from core.clock import HELSINKI, fixed_clock
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger.store import Store
from register.publish import publish
from register.query import open_register
from schemas.criteria import parse_criteria
from subjects import retention
from tests.published import open_campaign
from tests.register.loads import A, B, add_load, organisation, position

CRITERIA = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}})


def at(store: Store, when: datetime | date) -> Store:
    """The same store at another instant; of a day, at noon."""
    instant = when if isinstance(when, datetime) else datetime.combine(when, time(12), HELSINKI)
    return Store(store.settings, store.home, store.ledger, fixed_clock(instant), store.actor)


def planned(store: Store) -> dict[str, set[str]]:
    """Rule to ids of the plan."""
    return {f"{one['kind']} {one['name']}": set(one["ids"]) for one in retention.plan(store, ids=True)["classes"]}


def due(store: Store) -> dict[str, int]:
    """What the plan counts, without the rules of which nothing goes."""
    classes = retention.plan(store)["classes"]
    return {f"{one['kind']} {one['name']}": one["due"] for one in classes if one["due"]}


def kept(store: Store, key: str) -> dict[str, int]:
    """Why something of a rule stays."""
    found = next(one for one in retention.plan(store)["classes"] if f"{one['kind']} {one['name']}" == key)
    return {name: found[name] for name in ("held", "restricted", "waiting") if found[name]}


def people(*names: str, verified: date | None = date(2026, 10, 1), **values: Any) -> list[dict[str, Any]]:
    """Positions in company A, one a name."""
    return [
        position(f"p-{name}", f"Etu {name}", A, email=f"{name.lower()}@a.example", verified=verified, **values)
        for name in names
    ]


def register(store: Store, rows: list[dict[str, Any]], *, source: str = "own") -> None:
    """Load the rows and publish."""
    add_load(store, source, "organisations", [organisation(A), organisation(B)], obtained_on=store.today())
    add_load(store, source, "positions", rows, obtained_on=store.today())
    publish(store, force=True)


def persons(store: Store) -> dict[str, int]:
    """Last name to person id in the published register."""
    with open_register(store, holder="test") as opened:
        return dict(opened.connection.execute("SELECT last_name, person FROM person").fetchall())


def positions(store: Store) -> dict[str, int]:
    """Source id to position id in the published register."""
    with open_register(store, holder="test") as opened:
        return dict(opened.connection.execute("SELECT source_id, position FROM position").fetchall())


def delivered(store: Store, to: Path, *, business_id: str = "6000001-0", ends_on: date = date(2026, 12, 20)) -> str:
    """Cut everybody for a campaign by e-mail and hand it over; returns the extract."""
    stock_fictitious(store, 20)
    campaign = open_campaign(
        store, channels=("email",), business_id=business_id, starts_on=ends_on - timedelta(days=60), ends_on=ends_on
    )
    order = place(store, campaign, CRITERIA)["order"]
    extract = str(cut(store, order)["extract"])
    deliver(store, extract, to)
    return extract
