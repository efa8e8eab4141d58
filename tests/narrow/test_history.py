"""What a group, a circle and a reseller obtained in twelve months, counted as plain sets count it (R030, R053, T07)."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import HistoryMoved, StoreError
from extracts.narrow import Facts, Limits, Reach, findings, held, history, obtained as arrays
from extracts.narrow.tokens import Persons
from ledger import obtained
from ledger.store import Store
from tests.moment import NOW
from tests.narrow import house

CAP = 30
LIMITS = Limits(
    rows=CAP,
    share_percent=100,
    share_floor=0,
    refused_percent=100,
    year=CAP,
    year_percent=100,
    part_percent=100,
    part_floor=500,
)
"""A year's cap of 30 persons, and no other."""


def read(store: Store, recipient: str, *, party: str | None = None, planned: bool = True) -> history.History:
    with store.ledger.read() as connection:
        who = history.parties(connection, recipient=recipient, party=party or recipient)
        return history.read(store, connection, who, planned=planned)


def reach(store: Store, recipient: str, persons: Collection[int]) -> Reach:
    past = read(store, recipient)
    return past.reach(past.parties.group, Persons.of(house.tokens(persons), day=1))


@pytest.fixture
def group(any_store: Store) -> tuple[str, str]:
    """A mother and a daughter."""
    house.add_snapshot(any_store)
    mother = house.add_customer(any_store, 1)
    return mother, house.add_customer(any_store, 2, parent=mother)


def test_R030_mother_and_daughter_count_together_and_an_overlap_once(any_store: Store, group: tuple[str, str]) -> None:
    mother, daughter = group
    house.add_extract(any_store, house.open_campaign(any_store, mother), range(20))
    assert reach(any_store, daughter, range(10, 35)) == Reach(customers=2, before=20, added=15)
    house.add_extract(any_store, house.open_campaign(any_store, daughter), range(10, 35))
    assert reach(any_store, mother, range(30, 40)) == Reach(customers=2, before=35, added=5)
    assert reach(any_store, house.add_customer(any_store, 3), range(20)).before == 0


def test_R030_only_what_was_delivered_within_twelve_months_counts(any_store: Store, group: tuple[str, str]) -> None:
    mother, _ = group
    then = house.at(any_store, datetime(2025, 11, 21, 10, tzinfo=UTC))
    house.add_extract(then, house.open_campaign(then, mother), range(5))
    edge = house.at(any_store, datetime(2025, 11, 22, 10, tzinfo=UTC))
    house.add_extract(edge, house.open_campaign(edge, mother), range(5, 8))
    campaign = house.open_campaign(any_store, mother)
    house.add_extract(any_store, campaign, range(20, 22), withheld=range(50, 60))
    house.add_extract(any_store, campaign, range(70, 80), state="void")
    house.add_extract(any_store, campaign, range(90, 93), state="revoked")
    assert reach(any_store, mother, []).before == 3 + 2 + 3


def test_R030_what_may_still_be_cut_counts_and_what_may_not_does_not(any_store: Store, group: tuple[str, str]) -> None:
    mother, daughter = group
    campaign = house.open_campaign(any_store, daughter)
    house.add_plan(any_store, campaign, range(5))
    house.add_plan(any_store, campaign, range(10, 20), state="awaiting approval")
    house.add_plan(any_store, campaign, range(30, 40), state="refused")
    house.add_plan(any_store, campaign, range(50, 60), state="cut")
    assert reach(any_store, mother, []).before == 15
    assert read(any_store, mother, planned=False).obtained(frozenset(group)).persons == 0
    over = house.at(any_store, NOW + timedelta(days=1))
    assert reach(over, mother, []).before == 0  # their campaign is over


def test_R053_a_reseller_has_what_all_its_end_customers_got(any_store: Store) -> None:
    house.add_snapshot(any_store)
    reseller, first, second, own = (house.add_customer(any_store, number) for number in range(1, 5))
    house.add_extract(any_store, house.open_campaign(any_store, first, party=reseller), range(20))
    house.add_extract(any_store, house.open_campaign(any_store, own), range(100, 140))
    house.add_extract(any_store, house.open_campaign(any_store, reseller), range(18, 25))
    past = read(any_store, second, party=reseller)
    assert past.reach(past.parties.reseller, Persons.of(house.tokens(range(22, 40)), day=1)) == Reach(1, 25, 15)
    assert past.reach(past.parties.group, Persons.of(house.tokens(range(5)), day=1)) == Reach(1, 0, 5)


def test_T07_shells_that_share_a_mail_domain_count_together(any_store: Store) -> None:
    house.add_snapshot(any_store)
    one, other = (house.add_customer(any_store, number, contact=f"osasto{number}@kuori.example") for number in (1, 2))
    house.add_extract(any_store, house.open_campaign(any_store, one), range(20))
    past = read(any_store, other)
    assert past.parties.circle > past.parties.group
    assert past.reach(past.parties.circle, Persons.of(house.tokens(range(15, 35)), day=1)) == Reach(2, 20, 15)


def test_R030_an_extract_released_meanwhile_stops_the_release(any_store: Store, group: tuple[str, str]) -> None:
    """Two cuts of one group cannot pass the cap together."""
    mother, daughter = group
    past = read(any_store, mother)
    with any_store.write() as tx:
        past.check(tx)
        tx.audit("test.released")
    stranger = house.add_customer(any_store, 9)
    house.add_extract(any_store, house.open_campaign(any_store, stranger), range(3))
    with any_store.write() as tx:
        past.check(tx)
        tx.audit("test.released")
    house.add_extract(any_store, house.open_campaign(any_store, daughter), range(3))
    with pytest.raises(HistoryMoved), any_store.write() as tx:
        past.check(tx)


# --- the kept arrays --------------------------------------------------------------------------------------------------


def forced(store: Store, *customers: str) -> int:
    with store.ledger.read() as connection:
        found = obtained.extracts(connection, customers, since=NOW - timedelta(days=365))
    return arrays.Arrays(store).refresh(customers, found, since=NOW.toordinal() - 365, force=True)


def test_the_kept_array_answers_alike_and_without_the_manifests(store: Store) -> None:
    house.add_snapshot(store)
    customer = house.add_customer(store, 1)
    campaign = house.open_campaign(store, customer)
    for start in range(0, 50, 10):
        house.add_extract(store, campaign, range(start, start + 15))
    assert reach(store, customer, []).before == 55
    assert forced(store, customer) == 1
    manifests = sorted(store.home.manifests.glob("*.parquet"))
    for path in manifests:
        path.rename(path.with_suffix(".away"))
    assert reach(store, customer, range(60)) == Reach(1, 55, 5)
    house.add_extract(store, campaign, range(100, 110))
    assert reach(store, customer, range(60)) == Reach(1, 65, 5)


@pytest.mark.parametrize("damage", ["cut", "gone", "other", "another's"])
def test_a_damaged_array_costs_time_and_no_answer(store: Store, damage: str) -> None:
    house.add_snapshot(store)
    customer, other = house.add_customer(store, 1), house.add_customer(store, 2)
    house.add_extract(store, house.open_campaign(store, customer), range(40))
    house.add_extract(store, house.open_campaign(store, other), range(3))
    assert forced(store, customer, other) == 2
    path = store.home.manifests / "obtained" / f"{customer}.array"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "gone":
        path.unlink()
    elif damage == "other":
        path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    else:
        path.write_bytes((path.parent / f"{other}.array").read_bytes())
    assert reach(store, customer, []).before == 40
    assert forced(store, customer) == 1
    assert reach(store, customer, []).before == 40


def test_the_array_goes_when_the_manifests_name_nobody_any_more(store: Store) -> None:
    """R072: what was worked out from a manifest is not kept longer than it."""
    house.add_snapshot(store)
    customer, other = house.add_customer(store, 1), house.add_customer(store, 2)
    gone = house.add_extract(store, house.open_campaign(store, customer), range(40))
    house.add_extract(store, house.open_campaign(store, other), range(3))
    forced(store, customer, other)
    assert arrays.forget(store, [gone]) == 1
    assert [path.stem for path in (store.home.manifests / "obtained").iterdir()] == [other]


def test_an_extract_that_became_void_goes_out_of_the_array(store: Store) -> None:
    house.add_snapshot(store)
    customer = house.add_customer(store, 1)
    campaign = house.open_campaign(store, customer)
    house.add_extract(store, campaign, range(10))
    gone = house.add_extract(store, campaign, range(5, 30))
    forced(store, customer)
    house.void(store, gone)
    assert reach(store, customer, []).before == 10


def test_a_missing_manifest_is_told_and_never_counted_as_nobody(store: Store) -> None:
    house.add_snapshot(store)
    customer = house.add_customer(store, 1)
    house.add_extract(store, house.open_campaign(store, customer), range(10))
    for path in store.home.manifests.glob("*.parquet"):
        path.unlink()
    with pytest.raises(StoreError) as damaged:
        reach(store, customer, [])
    assert damaged.value.code == "manifest_damaged"


# --- random histories against plain sets ------------------------------------------------------------------------------


@dataclass
class Reference:
    """Who got whom and when, as sets and lists."""

    parents: dict[str, str | None] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    got: list[tuple[datetime, str, str, frozenset[int]]] = field(default_factory=list)

    def together(self, customer: str, *, domains: bool) -> set[str]:
        found = {customer}
        while True:
            more = {c for c in self.parents if self.parents[c] in found} | {
                p for c, p in self.parents.items() if c in found and p is not None
            }
            if domains:
                names = {self.domains[c] for c in found if c in self.domains}
                more |= {c for c, name in self.domains.items() if name in names}
            if more <= found:
                return found
            found |= more

    def persons(self, customers: set[str], now: datetime) -> set[int]:
        since = now - timedelta(days=365)
        return {
            person
            for at, recipient, party, persons in self.got
            if at >= since and {recipient, party} & customers
            for person in persons
        }


@pytest.mark.parametrize("seed", range(6))
def test_R030_random_histories_never_exceed_the_cap_without_an_approval(
    store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R053, T07: orders of groups, shells and resellers over two years against plain sets; the cap of 30 persons is
    never passed by an order that nobody held."""
    monkeypatch.setattr(arrays, "LEAST", 2)
    draw = random.Random(seed)
    house.add_snapshot(store)
    known = Reference()
    customers: list[str] = []
    for number in range(1, 8):
        parent = draw.choice(customers) if customers and draw.random() < 0.4 else None
        domain = f"talo{draw.randint(1, 3)}.example" if draw.random() < 0.5 else None
        customer = house.add_customer(store, number, parent=parent, contact=domain and f"x@{domain}")
        customers.append(customer)
        known.parents[customer] = parent
        if domain:
            known.domains[customer] = domain
    now = datetime(2025, 1, 10, 10, tzinfo=UTC)
    held_back = passed = 0
    for _ in range(30):
        now += timedelta(days=draw.randint(1, 45))
        there = house.at(store, now)
        recipient, party = draw.sample(customers, 2) if draw.random() < 0.4 else [draw.choice(customers)] * 2
        start = draw.randint(0, 60)
        persons = frozenset(range(start, start + draw.randint(1, 25)))
        past = read(there, recipient, party=party)
        mine = Persons.of(house.tokens(persons), day=1)
        reaches = {}
        for name, of in (
            ("group", past.parties.group),
            ("circle", past.parties.circle),
            ("reseller", past.parties.reseller),
        ):
            if of:
                reaches[name] = past.reach(of, mine)
        expected = {
            "group": known.together(recipient, domains=False),
            "circle": known.together(recipient, domains=True),
        }
        if party != recipient:
            expected["reseller"] = known.together(party, domains=False)
        assert reaches == {
            name: Reach(len(of), len(had := known.persons(of, now)), len(persons - had))
            for name, of in expected.items()
        }
        facts = Facts(LIMITS, rows=len(persons), register_rows=10_000, register_persons=10_000, **reaches)
        if held(findings(facts)):
            held_back += 1
            assert any(len(known.persons(of, now) | persons) > CAP for of in expected.values())
            continue
        passed += 1
        assert all(
            len(known.persons(of, now) | persons) <= CAP or persons <= known.persons(of, now)
            for of in expected.values()
        )
        campaign = house.open_campaign(there, recipient, party=party if party != recipient else None)
        extract = house.add_extract(there, campaign, persons)
        if draw.random() < 0.1:
            house.void(store, extract)
        else:
            known.got.append((now, recipient, party, persons))
    assert held_back
    assert passed
