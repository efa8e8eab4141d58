"""Applying deltas 0 to n to an empty table gives the full cut at n, whatever happens in between (R042)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from extracts.gate import seeds
from ledger import customers, subscriptions
from ledger.store import Store
from tests.continuous import house
from tests.continuous.reference import Reference
from tests.gate.house import Row, people

_RUNS = itertools.count(1)
_SIZE = 30

steps = st.lists(
    st.fixed_dictionaries(
        {
            "banned": st.sets(st.integers(0, _SIZE - 1), max_size=2),
            "retitled": st.sets(st.integers(0, _SIZE - 1), max_size=4),
            "moved": st.sets(st.integers(0, _SIZE - 1), max_size=2),
            "present": st.sets(st.integers(0, _SIZE - 1), min_size=12),
            "publish": st.booleans(),
            "acknowledge": st.booleans(),
            "whole": st.sampled_from([False, False, False, True]),
        }
    ),
    min_size=2,
    max_size=4,
)
"""Between two deliveries: bans that act at once; titles, responsibilities and persons that wait for a publish."""


def cast(run: int) -> list[Row]:
    """Persons of this run alone: a ban of an earlier one is none of theirs."""
    rows = people(_SIZE, seed=run)
    return [
        replace(
            row,
            position=run * 1000 + number,
            person=run * 1_000_000 + number,
            org=20_000_000 + run * 1000 + number // 2 * 10,
            organisation=f"Firma {run} {number // 2} Oy",
            email=f"henkilo{number}@run{run}.example",
            mobile=None if row.mobile is None else f"+35840{run * 1000 + number:07d}",
        )
        for number, row in enumerate(rows)
    ]


def changed(rows: list[Row], step: dict[str, Any], turn: int) -> list[Row]:
    """The rows after what the step brings: new titles, and responsibilities that come and go."""
    made = []
    for number, row in enumerate(rows):
        new = replace(row, title=f"Johtaja {turn}") if number in step["retitled"] else row
        if number in step["moved"]:
            new = replace(new, responsibilities=("FIN", "HR") if "IT" in row.responsibilities else ("FIN", "IT"))
        made.append(new)
    return made


@given(story=steps)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_R042_deltas_add_up_to_the_full_cut(any_store: Store, tmp_path: Path, story: list[dict[str, Any]]) -> None:
    """Over snapshots, bans and corrections, on both databases; nobody banned is ever in an added or changed row."""
    run = next(_RUNS)
    rows = cast(run)
    published, banned = rows, set[int]()
    seeds.stock_fictitious(any_store, 20)
    house.publish(any_store, published, number=run * 100)
    recipient = house.subscribe(any_store, tmp_path / f"{run}", number=run)
    with any_store.ledger.read() as connection:
        row = subscriptions.subscription(connection, recipient.subscription)
        customer = customers.campaign(connection, recipient.subscription)["customer"]
    reference = Reference(any_store, subscription=recipient.subscription, customer=customer, withheld=row["withheld"])
    recipient.deliver(any_store)
    for turn, step in enumerate(story, start=1):
        rows = changed(rows, step, turn)
        if step["publish"]:
            published = [row for number, row in enumerate(rows) if number in step["present"]]
            house.publish(any_store, published, number=run * 100 + turn)
        for number in sorted(step["banned"]):
            house.ban(any_store, rows[number].person)
            banned.add(rows[number].person)
        made = recipient.deliver(any_store, whole=step["whole"])
        if step["acknowledge"] and made["delta"] is not None:
            recipient.acknowledge(any_store)
        expected = reference.table(published, banned=banned)
        persons = {key: cells for key, cells in recipient.table.items() if cells["email"].startswith("henkilo")}
        assert {
            key: {name: cells[name] for name in expected.get(key, cells)} for key, cells in persons.items()
        } == expected
        forbidden = {reference.row_key(row) for row in rows if row.person in banned}
        assert not forbidden & {told["rajaus_key"] for told in house.rows(made)}
