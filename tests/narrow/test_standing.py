"""Continuous use under the caps of any order: over them removals go on, and additions wait (R029, R030)."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InvalidInput, LicenceRefused, PermissionRefused
from extracts import subscriptions
from extracts.gate.seeds import stock_fictitious
from ledger.store import Store
from tests.continuous import house
from tests.gate.house import people
from tests.narrow.house import at


@pytest.fixture
def ready(any_store: Store) -> Store:
    stock_fictitious(any_store, 60)
    return any_store


def test_R029_additions_over_the_cap_wait_for_a_second_person_and_removals_do_not(ready: Store, tmp_path: Path) -> None:
    store = at(ready, ready.now(), row_cap=40, share_refused_percent=100.0)
    everybody = people(60)
    house.publish(store, everybody[:36])
    recipient = house.subscribe(store, tmp_path / "out")
    recipient.deliver(store)
    before = house.emails(recipient.table)
    house.publish(store, everybody, number=2)
    with pytest.raises(LicenceRefused) as refused:
        recipient.deliver(store)
    assert refused.value.code == "additions_over_caps"
    assert refused.value.ids == {"subscription": recipient.subscription, "findings": "rows_over_cap"}
    gone = next(row for row in everybody if row.email in before)
    house.ban(store, gone.person)
    made = recipient.deliver(store)
    assert (made["added"], made["additions_stopped"]) == (0, True)
    assert made["removed"] >= 1, "she, and a control record that goes with her"
    assert house.emails(recipient.table) == before - {gone.email}
    recipient.acknowledge(store)
    with pytest.raises(PermissionRefused) as alone:
        subscriptions.approve(store, recipient.subscription, reason="kaksi maakuntaa lisää")
    assert alone.value.code == "two_persons_needed"
    with pytest.raises(InvalidInput):
        subscriptions.approve(store, recipient.subscription, by="toinen", reason=" ")
    approved = subscriptions.approve(store, recipient.subscription, by="toinen", reason="kaksi maakuntaa lisää")
    assert [one["code"] for one in approved["findings"] if one["severity"] == "hold"] == ["rows_over_cap"]
    made = recipient.deliver(store)
    assert made["added"] > 10
    assert not made["additions_stopped"]


def test_R030_a_subscription_over_the_year_s_cap_of_its_group_waits(ready: Store, tmp_path: Path) -> None:
    store = at(ready, ready.now(), row_cap=45, share_cap_floor=0, share_cap_percent=100.0, year_cap=1)
    everybody = people(60)
    house.publish(store, everybody[:40])
    recipient = house.subscribe(store, tmp_path / "out")
    recipient.deliver(store)
    house.publish(store, everybody[20:], number=2)
    made = recipient.deliver(store)
    assert made["additions_stopped"], "those who left and those who would come are more together than the cap"
    assert made["removed"] > 0
    assert made["added"] == 0
