"""Control records of a subscription live as rows do (R038, T24)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extracts.gate import seeds
from ledger import seeds as stock, subscriptions
from ledger.store import Store
from tests.continuous import house
from tests.gate.house import people


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 80)
    return store


def control(table: dict[str, dict[str, str]]) -> set[str]:
    return {key for key, row in table.items() if not row["email"].startswith("henkilo")}


def held(store: Store, recipient: house.Recipient) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        return subscriptions.seeds(connection, recipient.subscription)


def test_they_come_with_the_first_delivery_and_stay_as_they_are(ready: Store, tmp_path: Path) -> None:
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    before = {key: recipient.table[key] for key in control(recipient.table)}
    assert len(before) == len(held(ready, recipient)) == 5
    house.publish(ready, [replace(row, title=f"Nimike {row.position}") for row in everybody], number=2)
    recipient.deliver(ready)
    assert {key: recipient.table[key] for key in control(recipient.table)} == before


def test_with_those_who_leave_some_leave_and_with_those_who_come_some_come(ready: Store, tmp_path: Path) -> None:
    """Nine in ten rows leave: so do control records, never on their own; new rows bring new ones, few at a time."""
    everybody = people(120)
    house.publish(ready, everybody[:80])
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    first = control(recipient.table)
    house.publish(ready, everybody[:10], number=2)
    made = recipient.deliver(ready)
    left = first - control(recipient.table)
    assert left, "nine in ten rows left"
    assert made["removed"] > len(left)
    house.publish(ready, everybody[:12], number=3)
    made = recipient.deliver(ready)
    came = control(recipient.table) - first
    assert len(came) <= 1
    assert made["added"] > len(came)


def test_none_comes_or_goes_when_nobody_does(ready: Store, tmp_path: Path) -> None:
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    for turn in range(2, 6):
        house.publish(ready, [replace(row, title=f"Nimike {turn}") for row in everybody], number=turn)
        made = recipient.deliver(ready)
        assert (made["added"], made["removed"]) == (0, 0)


def test_one_that_somebody_now_resembles_leaves(ready: Store, tmp_path: Path) -> None:
    """T10: a person who came to have a control record's address must not be taken for it; a namesake is not."""
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    seed = held(ready, recipient)[0]
    namesake = replace(everybody[0], first_name=seed["first_name"], last_name=seed["last_name"])
    house.publish(ready, [namesake, *everybody[1:]], number=2)
    recipient.deliver(ready)
    assert seed["seed"] in {one["seed"] for one in held(ready, recipient)}
    house.publish(ready, [replace(namesake, email=seed["email"]), *everybody[1:]], number=3)
    recipient.deliver(ready)
    assert seed["seed"] not in {one["seed"] for one in held(ready, recipient)}


def test_one_whose_ban_link_was_used_leaves_as_a_person_does(ready: Store, tmp_path: Path) -> None:
    """R040: nobody can tell by what follows whether the link was a person's."""
    house.publish(ready, people(40))
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    seed = held(ready, recipient)[0]
    with ready.write() as tx:
        stock.record_hit(tx, seed["seed"], kind="ban_link", via="web", received_on=ready.today())
    made = recipient.deliver(ready)
    assert (made["removed"], made["added"], made["changed"]) == (1, 0, 0)
    assert len(control(recipient.table)) == 4


def test_none_is_used_twice(ready: Store, tmp_path: Path) -> None:
    house.publish(ready, people(40))
    one, other = (house.subscribe(ready, tmp_path / name, number=number) for number, name in enumerate("ab", start=1))
    for recipient in (one, other):
        recipient.deliver(ready)
    emails = [{row["email"] for key, row in r.table.items() if key in control(r.table)} for r in (one, other)]
    assert not emails[0] & emails[1]
