"""The budget of persons looked at on pages (R088, T21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from sqlalchemy import select

from core.errors import InvalidInput, NotFound, PermissionRefused, Refused
from extracts.narrow.views import TASK, check_page
from ledger import obtained, tables, tasks
from ledger.store import Store
from register import strata
from register.query import Register, open_register
from schemas import codes
from tests.narrow import house

PAGE = 25


@pytest.fixture
def everybody(register_store: Store) -> list[int]:
    with open_register(register_store, holder="test") as register:
        found = register.connection.execute("SELECT DISTINCT person FROM selectable ORDER BY person").fetchall()
    return [row[0] for row in found]


def show(store: Store, register: Register, campaign: str, persons: list[int]) -> None:
    """What a door does: ask, then release the page like a file."""
    ids = pa.array(persons, pa.int32())
    check_page(store, register, campaign, ids)
    tokens = strata.tokens(register, ids, fingerprint=store.key("fingerprint"))
    house.add_page(store, campaign, [tokens[at : at + 16] for at in range(0, len(tokens), 16)])


def pages(persons: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(persons), PAGE):
        yield persons[start : start + PAGE]


def page_on(store: Store, campaigns: list[str], persons: list[int]) -> tuple[int, Refused | None]:
    """Page through the persons, a new campaign every few pages; how many were seen until it was stopped."""
    seen = 0
    with open_register(store, holder="test") as register:
        for number, page in enumerate(pages(persons)):
            try:
                show(store, register, campaigns[number % len(campaigns)], page)
            except Refused as refused:
                return seen, refused
            seen += len(page)
    return seen, None


def test_R088_a_script_that_pages_through_the_register_is_stopped_at_the_budget(
    register_store: Store, everybody: list[int]
) -> None:
    """T21: many small campaigns of several customers, one user; a second person may let it go on."""
    store = house.at(register_store, register_store.now(), view_budget=200)
    store = replace(store, actor="matti")
    campaigns = [
        house.open_campaign(store, house.add_customer(store, number), subject=list(codes.responsibilities()))
        for number in range(1, 4)
    ]
    seen, refused = page_on(store, campaigns, everybody[:400])
    assert (seen, refused and refused.code) == (200, "view_budget_spent")
    assert refused is not None
    assert refused.ids == {"budget": "user", "persons": 200, "limit": 200}
    assert page_on(store, campaigns, everybody[:200]) == (200, None), "whom it saw before it may see again"
    with store.ledger.read() as connection:
        assert [task["ids"]["budget"] for task in tasks.list_tasks(connection, kind=TASK)] == ["user"]
        stopped = connection.execute(select(tables.audit.c.actor).where(tables.audit.c.action == "page.stopped"))
        assert stopped.scalars().all() == ["matti"]
    with pytest.raises(PermissionRefused) as alone, store.write() as tx:
        obtained.grant(tx, campaign=campaigns[0], user="matti", persons=50, reason="messut")
    assert alone.value.code == "views_need_two"
    with store.write() as tx:
        obtained.grant(tx, campaign=campaigns[0], user="matti", persons=50, reason="messut", by="liisa")
    assert page_on(store, campaigns, everybody[200:400])[0] == 50
    later = replace(house.at(store, store.now() + timedelta(days=366)), actor="matti")
    fresh = [house.open_campaign(later, house.add_customer(later, 9), subject=["IT"])]
    assert page_on(later, fresh, everybody[:50])[1] is None


@pytest.mark.parametrize("party", ["group", "reseller"])
def test_R030_users_of_one_group_or_reseller_share_its_cap(
    register_store: Store, everybody: list[int], party: str
) -> None:
    store = house.at(
        register_store, register_store.now(), row_cap=100, share_cap_floor=0, year_cap=100, year_share_percent=100.0
    )
    mother = house.add_customer(store, 1)
    daughter = house.add_customer(store, 2, parent=mother if party == "group" else None)
    other = house.add_customer(store, 3)
    seller = mother if party == "reseller" else None
    campaigns = [
        house.open_campaign(store, one, party=seller) for one in ((daughter, other) if seller else (mother, daughter))
    ]
    first, second = replace(store, actor="aino"), replace(store, actor="eero")
    assert page_on(first, campaigns[:1], everybody[:75])[1] is None
    seen, refused = page_on(second, campaigns[1:], everybody[50:200])
    assert seen == 50
    assert refused is not None
    assert refused.ids == {"budget": party, "persons": 100, "limit": 100}
    with store.write() as tx:
        obtained.grant(tx, campaign=campaigns[1], user="eero", persons=25, reason="messut")
    assert page_on(second, campaigns[1:], everybody[100:200])[0] == 25


def test_a_grant_needs_a_reason_a_size_and_a_campaign(store: Store) -> None:
    campaign = house.open_campaign(store, house.add_customer(store, 1))
    for values, error in (
        ({"reason": " "}, InvalidInput),
        ({"persons": 0}, InvalidInput),
        ({"user": ""}, InvalidInput),
        ({"campaign": "campaign-none"}, NotFound),
    ):
        with pytest.raises(error), store.write() as tx:
            obtained.grant(tx, **({"campaign": campaign, "user": "m", "persons": 1, "reason": "x"} | values))
