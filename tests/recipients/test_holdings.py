"""Who holds a person's rows: recipients by name, also of ended campaigns, merged persons and former customers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from ledger import customers, cuts
from ledger.store import Store
from subjects import recipients
from tests.gate import house as gate_house
from tests.recipients import house
from tests.recipients.conftest import Held


def test_R057_a_person_delivered_in_four_extracts_has_four_lines_equal_to_the_ledger(
    any_store: Store, tmp_path: Path
) -> None:
    made = house.make(any_store, tmp_path)
    found = recipients.holdings(any_store, [house.PERSON])
    assert {(one.extract, one.customer, one.customer_name, one.campaign, one.campaign_name) for one in found} == {
        (one.extract, one.customer, one.deal.customer["name"], one.deal.campaign["campaign"], "Syksyn tarjous")
        for one in made
    }
    assert len(found) == 4
    for one in found:
        assert (one.person, one.position, one.state, one.channels) == (house.PERSON, 1, "held", ["email"])
        assert (one.reseller, one.purpose, one.delivered_at) == (None, "marketing", any_store.now())
        row = house.delivered_row(any_store, one.extract, one.row)
        assert row["email"].lower() == house.MAIL
        assert list(row) == one.fields
        assert "mobile" not in one.fields


def test_R057_several_persons_positions_and_organisations_are_asked_for_at_once(held: Held) -> None:
    persons = recipients.holdings(held.store, [house.PERSON, house.PERSON + 1])
    assert {one.person for one in persons} == {house.PERSON, house.PERSON + 1}
    assert len(persons) == 8
    [first, *_] = recipients.holdings(held.store, [], positions=[1])
    assert (first.target, first.id, first.person, first.position) == ("position", 1, None, 1)
    of_firm = recipients.holdings(held.store, [], organisations=[20_000_010])
    assert {one.row for one in of_firm if one.extract == first.extract} == {
        house.rows_of(held.store, person)[first.extract] for person in (1002, 1003)
    }


def test_nobody_holds_a_person_who_was_never_delivered(held: Held) -> None:
    assert recipients.holdings(held.store, [999_999]) == []
    assert recipients.holdings(held.store, []) == []


def test_R057_what_was_withheld_or_voided_is_not_a_holding(store: Store, tmp_path: Path) -> None:
    people = gate_house.people(12)
    gate_house.publish(store, people)
    made = gate_house.deal(store)
    extract = gate_house.release(store, made, gate_house.pool_of(people, withheld=2))["extract"]
    assert recipients.holdings(store, [people[-1].person]) == []
    assert [one.state for one in recipients.holdings(store, [house.PERSON])] == ["prepared"]
    with store.write() as tx:
        cuts.end(tx, extract, event="void", reason="test")
    assert recipients.holdings(store, [house.PERSON]) == []


def test_a_row_is_held_until_the_campaign_and_the_time_to_dispose_of_it_are_over(held: Held) -> None:
    """R035, R072: 14 days after 24:00 Helsinki of the last day."""
    [first, *_] = recipients.holdings(held.store, [house.PERSON])
    end = first.ends_at + timedelta(days=14)
    before, after = house.at(held.store, end - timedelta(microseconds=1)), house.at(held.store, end)
    assert {one.state for one in recipients.holdings(before, [house.PERSON])} == {"held"}
    assert {one.state for one in recipients.holdings(after, [house.PERSON])} == {"ended"}


def test_a_campaign_closed_early_ends_then(held: Held) -> None:
    one = held.recipients[0]
    with held.store.write() as tx:
        customers.close_campaign(tx, one.deal.campaign["campaign"])
    later = house.later(held.store, days=14)
    assert {row.customer: row.state for row in recipients.holdings(later, [house.PERSON])} == {
        customer: "ended" if customer == one.customer else "held" for customer in held.customers
    }


def test_R052_the_end_customer_is_the_recipient_and_its_reseller_is_named_beside_it(held: Held) -> None:
    from sqlalchemy import update

    from ledger import tables

    reseller, buyer = held.recipients[:2]
    with held.store.write() as tx:
        tx.execute(
            update(tables.agreement)
            .where(tables.agreement.c.agreement == buyer.deal.agreement["agreement"])
            .values(customer=reseller.customer, mode="reseller")
        )
        tx.audit("test.reseller")
    found = {one.extract: one for one in recipients.holdings(held.store, [house.PERSON])}
    assert found[buyer.extract].customer == buyer.customer
    assert found[buyer.extract].reseller_name == reseller.deal.customer["name"]
    assert recipients.tell(held.store, persons=[house.PERSON], code="remove", cause="case-1") == 4
    assert house.named(held.store)[buyer.customer] == [(buyer.extract, found[buyer.extract].row, "remove")]


def test_a_missing_manifest_is_said_and_not_taken_for_nothing(held: Held) -> None:
    next(iter(held.store.home.manifests.glob("*.parquet"))).unlink()
    with pytest.raises(StoreError) as caught:
        recipients.holdings(held.store, [house.PERSON])
    assert caught.value.code == "manifest_damaged"


def test_T15_a_recipient_whose_agreement_ended_long_ago_is_still_named(held: Held) -> None:
    """R072: the legal entity stays nameable; only the state of its rows changes."""
    after = house.at(held.store, held.store.now() + timedelta(days=700))
    found = recipients.holdings(after, [house.PERSON])
    assert {(one.customer_name, one.business_id, one.state) for one in found} == {
        (one.deal.customer["name"], one.deal.customer["business_id"], "ended") for one in held.recipients
    }
