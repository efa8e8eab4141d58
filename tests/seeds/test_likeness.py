"""R038: what tells a seed from a row, and that the measure of it sees what is there and nothing that is not."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bench._likeness import GROUPS, measure
from extracts.gate import seeds
from ledger import seeds as stock
from ledger.store import Store
from tests.gate import house


def _rows(count: int) -> list[dict[str, str]]:
    draw = random.Random(7)
    syllables = ("kuu", "sel", "mäk", "vir", "ta", "la", "nen", "ko", "so", "ri")

    def word() -> str:
        return "".join(draw.choices(syllables, k=3)).title()

    made = []
    for number in range(count):
        first, last, firm = word(), word(), word()
        made.append(
            {
                "business_id": f"{number // 2:07d}-1",
                "organisation_name": f"{firm} Oy",
                "website": f"www.{firm.lower()}.example" if draw.random() < 0.7 else "",
                "first_name": first,
                "last_name": last,
                "email": f"{first}.{last}@{firm}.example".lower(),
                "mobile": f"+35847{draw.randrange(10**8):08d}",
                "visiting_street": f"{word()}katu {draw.randrange(1, 90)}",
                "visiting_city": draw.choice(("Helsinki", "Oulu")),
            }
        )
    return made


def test_r038_the_measure_finds_nothing_where_there_is_nothing() -> None:
    draw, rows = random.Random(3), _rows(400)
    found = measure(rows, [draw.random() < 0.3 for _ in rows])
    assert 0.4 < found.auc < 0.6


@pytest.mark.parametrize(
    ("group", "cells"),
    [
        ("blank", {"website": ""}),
        ("name", {"last_name": "Harvinen"}),
        ("company", {"organisation_name": "Sana Trio Oy"}),
        ("numbers", {"mobile": "+358 47 123"}),
    ],
)
def test_r038_the_measure_finds_a_difference(group: str, cells: dict[str, str]) -> None:
    assert group in GROUPS
    draw, rows = random.Random(4), _rows(400)
    flags = [draw.random() < 0.3 for _ in rows]
    other = [row | cells if flag else row for row, flag in zip(rows, flags, strict=True)]
    assert measure(other, flags, groups=(group,)).low > 0.55


def test_r038_invented_companies_are_called_as_the_registers_are_and_have_colleagues(store: Store) -> None:
    rows = house.people(60)
    for row in rows:
        row.organisation = f"Kaari {row.org % 97} Tekniikka Oy"
    house.publish(store, rows)
    seeds.stock_fictitious(store, 60)
    with store.ledger.read() as connection:
        made = stock.standing(connection)
    names = {row.organisation for row in rows}
    assert all(seed["organisation_name"].startswith("Kaari ") for seed in made)
    assert all(seed["organisation_name"].endswith(" Tekniikka Oy") for seed in made)
    assert not {seed["organisation_name"] for seed in made} & names
    sizes = Counter(seed["business_id"] for seed in made)
    assert max(sizes.values()) > 1
    for number in sizes:
        mates = [seed for seed in made if seed["business_id"] == number]
        for name in ("organisation_name", "website", "phone", "street"):
            assert len({seed[name] for seed in mates}) == 1
        assert len({seed["email"].partition("@")[2] for seed in mates}) == 1
        assert len({seed["mobile"] for seed in mates}) == len(mates)
