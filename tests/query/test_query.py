"""The selection against a slow obvious reading of the same rows (R009, R011, R024, R028, R096)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from core.ids import business_id
from core.keys import Key, Words
from ledger.bans import Blocked
from ledger.notices import TOLD
from register.query import Exclusion, HotRows, Register, Selector, facets, pool, pool_size, select, withheld_share
from schemas import codes
from schemas.criteria import parse_criteria
from tests.query.small_register import (
    TODAY,
    Line,
    company_word,
    digest,
    lines,
    meets,
    person_word,
    random_criteria,
    register_of,
    site_word,
)

KEY = Key(b"k" * 32, "test")
EVERYBODY = {"organisation": {"kind": ["company", "public", "association"]}, "person": {"level": [1, 2, 3, 4]}}
FRESH = {"verified": TODAY, "notified": date(2026, 1, 1)}


def selector(
    criteria: dict[str, Any],
    *,
    subject: list[str] | None = None,
    blocked: Blocked | None = None,
    quarantined: tuple[str, ...] = (),
    exclusion: Exclusion | None = None,
    pressed: Iterable[int] = (),
    customer: str = "customer-a",
) -> Selector:
    nobody = pa.array([], pa.int32())
    return Selector(
        criteria=parse_criteria(criteria),
        subject=subject or list(codes.responsibilities()),
        blocked=blocked or Blocked(nobody, nobody, nobody, 0),
        quarantined_sources=quarantined,
        exclusion=exclusion or Exclusion(),
        today=TODAY,
        verified_months=12,
        notice_wait_days=14,
        draw="campaign-a",
        rank_key=KEY.derive("sel").sub(customer),
        smallest_share=0.05,
        voided=TOLD.empty_table(),
        notice_version=1,
        pressed=words(pressed),
    )


def words(numbers: Iterable[int]) -> Words:
    return np.array(sorted(numbers), dtype=np.uint64)


@dataclass(frozen=True)
class Held:
    """Whom the customer has, and whom nobody may have more, in plain terms."""

    level: str
    earlier: set[Any]
    own_orgs: set[int]
    own_emails: set[str]
    pressed: set[int]

    @property
    def exclusion(self) -> Exclusion:
        kinds: dict[str, set[int]] = {"business": set(), "domain": set(), "name": set(), "email": set()}
        for number, org in enumerate(sorted(self.own_orgs)):
            kind = ("business", "domain", "name", "name")[number % 4 if org % 20 else number % 2 * 2]
            named = {"business": business_id(org), "domain": f"firma{org}.example", "name": f"firma {org}|00100"}[kind]
            kinds[kind].add(digest(f"firma {org}|00101" if kind == "name" and number % 4 == 3 and org % 20 else named))
        kinds["email"] = {digest(email) for email in self.own_emails}
        own = {kind: words(found) for kind, found in kinds.items() if found}
        return Exclusion(level=self.level, earlier=words(self.earlier), own=own)


def capped(criteria: dict[str, Any]) -> bool:
    return "per_organisation" in criteria


def preferred(available: list[Line], cap: dict[str, Any], lots: dict[int, int]) -> list[Line]:
    """One position of each person, and the persons whose role comes first, organisation by organisation."""

    def place(row: Line) -> tuple[Any, ...]:
        held = row.responsibility | row.purchasing
        role = next((number for number, code in enumerate(cap.get("prefer", ()), 1) if code in held), 99)
        return role, row.level or 99, lots[row.position], row.position

    chosen: list[Line] = []
    for org in {row.org for row in available}:
        first: dict[int, Line] = {}
        for row in sorted((row for row in available if row.org == org), key=place):
            first.setdefault(row.person, row)
        chosen += list(first.values())[: cap["max"]]
    return chosen


def random_held(draw: random.Random, rows: list[Line]) -> Held:
    level = draw.choice(["none", "person", "site", "organisation"])
    word = {"person": person_word, "site": site_word, "organisation": lambda row: company_word(row.org)}
    delivered = draw.sample(rows, draw.choice([0, 1, 40])) if level != "none" else []
    return Held(
        level=level,
        earlier={word[level](row) for row in delivered},
        own_orgs={row.org for row in draw.sample(rows, draw.choice([0, 0, 10]))},
        own_emails={row.email for row in draw.sample(rows, draw.choice([0, 0, 60])) if row.email},
        pressed={person_word(row) for row in draw.sample(rows, draw.choice([0, 0, 50]))},
    )


def fate(row: Line, banned: set[int], quarantined: set[str], held: Held) -> str:
    if row.person in banned:
        return "banned"
    if row.sources & quarantined:
        return "quarantined"
    if row.verified is None or row.verified < date(2025, 11, 22):
        return "stale"
    if row.notified is None or (TODAY - row.notified).days < 14:
        return "unnotified"
    if {person_word(row), site_word(row), company_word(row.org)} & held.earlier:
        return "received"
    if row.org in held.own_orgs or row.email in held.own_emails:
        return "own"
    return "pressed" if person_word(row) in held.pressed else "available"


@pytest.fixture(scope="module")
def world() -> tuple[list[Line], Register]:
    rows = lines(random.Random(7), 600)
    return rows, register_of(rows)


def test_R009_count_and_cut_agree_with_the_slow_reading_for_1000_random_criteria(
    world: tuple[list[Line], Register],
) -> None:
    """R009: same predicate, exact statement, and nobody banned in the pool (R024: NULLs planted in the rows)."""
    rows, register = world
    draw = random.Random(2026)
    by_position = {row.position: row for row in rows}
    lots = dict(register.connection.execute("SELECT position, lot('campaign-a', nonce) FROM selectable").fetchall())
    delivered_something = 0
    for _ in range(1000):
        criteria = random_criteria(draw)
        subject = draw.sample(list(codes.responsibilities())[:5], draw.choice([1, 3, 5]))
        banned = set(draw.sample(range(1, 481), draw.choice([0, 5, 60])))
        quarantined = set(draw.sample(["prh", "calls", "bought"], draw.choice([0, 0, 1])))
        held = random_held(draw, rows)
        blocked = Blocked(pa.array(sorted(banned), pa.int32()), pa.array([], pa.int32()), pa.array([], pa.int32()), 3)
        chosen = selector(
            criteria,
            subject=subject,
            blocked=blocked,
            quarantined=tuple(quarantined),
            exclusion=held.exclusion,
            pressed=held.pressed,
        )
        statement = select(register, chosen)
        table = pool(register, chosen, statement)

        selected = [row for row in rows if meets(row, criteria, set(subject))]
        fates = [fate(row, banned, quarantined, held) for row in selected]
        assert statement.selected == len(selected), criteria
        for reason in ("banned", "quarantined", "stale", "unnotified", "pressed"):
            assert statement.staff[reason] == fates.count(reason)
        assert statement.already_received == fates.count("received") + fates.count("own")
        assert statement.left_out == {"earlier_orders": fates.count("received"), "own_lists": fates.count("own")}
        available = [row for row, outcome in zip(selected, fates, strict=True) if outcome == "available"]
        assert (
            statement.selected - statement.unavailable - statement.already_received - statement.capped
            == statement.to_deliver
        )
        allowed = preferred(available, criteria["per_organisation"], lots) if capped(criteria) else available
        eligible = len(allowed)
        wanted = min(eligible, criteria.get("limit", eligible))
        assert wanted - statement.to_deliver == statement.staff["withheld"]
        assert 0.94 * wanted <= statement.to_deliver <= wanted
        positions = table["position"].to_pylist()
        assert set(positions) <= {row.position for row in allowed}
        assert len(set(positions)) == len(positions) == statement.pool
        kept = [
            by_position[position]
            for position, keep in zip(positions, table["delivered"].to_pylist(), strict=True)
            if keep
        ]
        assert len(kept) == statement.to_deliver
        assert statement.organisations == len({row.org for row in kept})
        delivered_something += bool(kept)
    assert delivered_something > 300


def test_facets_count_the_selected_rows_in_every_dimension(world: tuple[list[Line], Register]) -> None:
    rows, register = world
    criteria = {"organisation": {"kind": ["company", "public"]}, "person": {"level": [1, 2]}}
    counted = facets(register, selector(criteria))
    selected = [row for row in rows if meets(row, criteria, set(codes.responsibilities()))]

    def values(dimension: str) -> dict[Any, int]:
        return {value["value"]: value["count"] for value in counted[dimension]}

    assert values("kind") == {kind: sum(row.kind == kind for row in selected) for kind in ("company", "public")}
    assert values("form") == {
        form: sum(row.form == form for row in selected) for form in {row.form for row in selected}
    }
    assert values("level") == {str(level): sum(row.level == level for row in selected) for level in (1, 2)}
    assert values("staff_class") == {
        c: sum(row.staff_class == c for row in selected) for c in {row.staff_class for row in selected}
    }
    divisions = [row.industry[1][:2] if row.industry else None for row in selected]
    assert values("industry") == {division: divisions.count(division) for division in set(divisions)}
    regions = [codes.region_of()[row.municipality] if row.municipality else None for row in selected]
    assert values("region") == {region: regions.count(region) for region in set(regions)}
    assert values("responsibility").get("GM") == sum("GM" in row.responsibility for row in selected)
    assert next(value["label"] for value in counted["kind"] if value["value"] == "company") == "Yritys"


def _staff(*roles: tuple[int, str, int]) -> Register:
    """One organisation's positions: person, responsibility, level."""
    base = lines(random.Random(1), 1)[0]
    rows = [
        Line(
            **{
                **base.__dict__,
                **FRESH,
                "position": n,
                "person": person,
                "level": level,
                "kind": "company",
                "sources": frozenset({"prh"}),
                "responsibility": frozenset({code}),
                "purchasing": frozenset(),
                "nonce": f"00000000-0000-4000-8000-00000000000{n}",
            }
        )
        for n, (person, code, level) in enumerate(roles, start=1)
    ]
    return register_of(rows)


@pytest.mark.parametrize(
    ("prefer", "most", "expected"),
    [
        (["IT", "GM"], 1, [2]),  # the first that somebody holds
        (["FIN"], 1, [3]),
        (["SEC", "GM"], 1, [1]),  # nobody holds the first: the next
        (["SEC"], 1, [1]),  # nobody holds any: by rank
        ([], 1, [1]),
        (["IT", "FIN"], 2, [2, 3]),
        (["FIN"], 2, [1, 3]),  # one of the role, then by rank
        (["IT", "FIN", "GM"], 3, [1, 2, 3]),
        (["IT", "FIN", "GM"], 4, [1, 2, 3, 6]),  # five positions are four persons
        ([], 9, [1, 2, 3, 6]),
    ],
)
def test_per_organisation_falls_back_from_role_to_role(prefer: list[str], most: int, expected: list[int]) -> None:
    """Market row 5: ordered fallback. Persons are counted, each by the position that comes first."""
    register = _staff((1, "GM", 1), (2, "IT", 2), (3, "FIN", 3), (2, "HR", 4), (1, "SAL", 4), (4, "HR", 4))
    chosen = selector(
        {
            "organisation": {"kind": ["company"]},
            "person": {"level": [1, 2, 3, 4]},
            "per_organisation": {"max": most} | ({"prefer": prefer} if prefer else {}),
        }
    )
    assert pool(register, chosen, select(register, chosen))["position"].to_pylist() == expected


def test_ties_fall_alike_whenever_they_are_drawn_and_otherwise_in_another_campaign() -> None:
    register = _staff(*((person, "IT", 2) for person in range(1, 9)))
    asked = {"organisation": {"kind": ["company"]}, "person": {"level": [2]}, "per_organisation": {"max": 1}}

    def winner(campaign: str) -> list[int]:
        chosen = replace(selector(asked), draw=campaign)
        return list(pool(register, chosen, select(register, chosen))["position"].to_pylist())

    assert winner("campaign-a") == winner("campaign-a")
    assert len({tuple(winner(f"campaign-{n}")) for n in range(20)}) > 3


def test_who_is_withheld_is_sticky_for_a_customer_and_differs_between_customers(
    world: tuple[list[Line], Register],
) -> None:
    """fingerprint.md 2.3: omission per customer, so that repeat orders never fill the holes."""
    _, register = world

    def withheld(customer: str) -> set[int]:
        chosen = selector(EVERYBODY, customer=customer)
        table = pool(register, chosen, select(register, chosen))
        return set(table.filter(pa.compute.invert(table["delivered"]))["position"].to_pylist())

    assert withheld("customer-a") == withheld("customer-a") != withheld("customer-b")
    assert withheld("customer-a")


@pytest.mark.parametrize("least", [10, 10_000])
def test_R037_hot_rows_are_the_same_for_every_customer_and_alone_withheld(
    world: tuple[list[Line], Register], least: int
) -> None:
    """fingerprint.md 2.3, against a slow reading; a pool of fewer rows knows none."""
    rows, opened = world
    nonces = {row.position: row.nonce for row in rows}
    house = KEY.derive("hot")
    found = {}
    for customer in ("customer-a", "customer-b"):
        asked = replace(selector(EVERYBODY, customer=customer), hot=HotRows(house, least))
        statement = select(opened, asked)
        made = pool(opened, asked, statement)
        assert pc.sum(made["delivered"].cast(pa.int64())).as_py() == statement.to_deliver
        if least > len(made):
            assert "hot" not in made.column_names
            continue
        kept_back = len(made) - statement.to_deliver
        positions = made["position"].to_pylist()
        by_house = sorted(positions, key=lambda position: (house.mac(nonces[position].encode())[:7], position))
        hot = set(by_house[: 2 * kept_back])
        rank = KEY.derive("sel").sub(customer)
        by_rank = sorted(hot, key=lambda position: (rank.mac(nonces[position].encode())[:7], position))
        assert set(made.filter(made["hot"])["position"].to_pylist()) == hot
        withheld = set(made.filter(pc.invert(made["delivered"]))["position"].to_pylist())
        assert withheld == set(by_rank[kept_back:])
        found[customer] = hot, withheld
    if found:
        assert found["customer-a"][0] == found["customer-b"][0]
        assert found["customer-a"][1] != found["customer-b"][1]


def test_a_null_in_the_ban_list_changes_nothing(world: tuple[list[Line], Register]) -> None:
    """R024, M10: NOT IN with one NULL would return nobody."""
    _, register = world
    criteria = {"organisation": {"kind": ["company"]}, "person": {"level": [1, 2, 3, 4]}}
    empty = pa.array([], pa.int32())
    plain = select(register, selector(criteria, blocked=Blocked(pa.array([1, 2, 3], pa.int32()), empty, empty, 1)))
    nulled = select(
        register, selector(criteria, blocked=Blocked(pa.array([1, None, 2, 3], pa.int32()), empty, empty, 1))
    )
    assert plain == nulled
    assert plain.to_deliver > 0


@pytest.mark.parametrize(
    ("rows", "share"), [(0, 0.0), (10, 0.05), (9_600, 0.05), (24_000, 0.02), (48_000, 0.01), (10**6, 0.01)]
)
def test_withheld_share_follows_the_specification(rows: int, share: float) -> None:
    assert withheld_share(rows, 0.05) == pytest.approx(share)


@pytest.mark.parametrize(
    ("eligible", "limit", "expected"),
    [
        (1000, None, (1000, 950)),
        (1000, 2000, (1000, 950)),
        (1000, 990, (1000, 950)),
        (1000, 500, (1000, 500)),
        (1000, 100, (200, 100)),
        (5, None, (5, 5)),
        (0, None, (0, 0)),
        (1, 1, (1, 1)),
    ],
)
def test_pool_holds_up_to_twice_the_rows_delivered(eligible: int, limit: int | None, expected: tuple[int, int]) -> None:
    assert pool_size(eligible, limit, smallest_share=0.05) == expected
