"""T15: a removed customer gets nothing from that moment on, and stays named, told and answerable as a recipient."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import Conflict, InvalidInput, InvalidTransition, LicenceRefused, NotFound
from extracts.deliver import deliver
from extracts.selection import commission
from ledger import customers, cuts, removal, tables
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from subjects import recipients, stop_list
from tests.gate import house as gate_house
from tests.published import open_campaign
from tests.recipients import house
from tests.recipients.conftest import Held


def _remove(store: Store, customer: str) -> dict[str, list[str]]:
    with store.write() as tx:
        return removal.remove(tx, customer, reason="agreement terminated, letter 14")


def test_T15_R057_R063_R072_access_dies_at_once_and_the_recipient_is_named_told_and_given_up_with_effort(
    held: Held, tmp_path: Path
) -> None:
    store, gone = held.store, held.recipients[0]
    ended = _remove(store, gone.customer)
    assert ended["extracts"] == [gone.extract]
    with pytest.raises(LicenceRefused):
        deliver(store, gone.extract, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    order = {"state": "approved", **{k: v for k, v in gone.deal.order.items() if k != "state"}}
    with store.ledger.read() as connection:
        campaign = customers.campaign(connection, gone.deal.campaign["campaign"])
        agreement = customers.agreement(connection, gone.deal.agreement["agreement"])
        with pytest.raises(LicenceRefused):
            commission(store, connection, campaign["campaign"], planning=True)
    after = gate_house.Deal(order, campaign, gone.deal.customer, agreement)
    with pytest.raises(LicenceRefused):
        gate_house.release(store, after, gate_house.pool_of(gate_house.people(12)))

    [one] = [row for row in recipients.holdings(store, [house.PERSON]) if row.customer == gone.customer]
    assert (one.customer_name, one.state) == (gone.deal.customer["name"], "held"), "C-154/21: named, though removed"
    house.ban(store, house.PERSON)
    recipients.sweep(store)
    codes = [row["code"] for row in house.told(store)]
    assert codes.count("remove") == 4, "the removed customer is told like the others"
    assert codes.count("dispose") == 1, "and asked to state that the rows are gone"
    stop_list.export(store, tmp_path / "letters", customer=gone.customer)
    [message] = [row["message"] for row in house.told(store, gone.customer) if row["code"] == "remove"]
    assert stop_list.give_up(store, message, effort="sähköposti palautui, vaihde ei vastaa")["state"] == "failed"
    [told] = [row for row in recipients.informed(store, house.PERSON) if row["customer"] == gone.customer]
    assert (told["customer_name"], told["state"]) == (gone.deal.customer["name"], "failed")


def test_T15_nobody_else_loses_anything(held: Held, tmp_path: Path) -> None:
    _remove(held.store, held.recipients[0].customer)
    other = held.recipients[1]
    assert deliver(held.store, other.extract, tmp_path / "out")["customer"] == other.customer
    with held.store.ledger.read() as connection:
        assert {row["state"] for row in cuts.extracts(connection)} == {"released", "revoked"}


def test_T15_a_removed_customer_gets_no_agreement_and_no_campaign(any_store: Store) -> None:
    open_campaign(any_store)
    with any_store.ledger.read() as connection:
        [row] = [dict(row) for row in connection.execute(select(tables.customer)).mappings()]
        [terms] = [dict(row) for row in connection.execute(select(tables.agreement)).mappings()]
    ended = _remove(any_store, row["customer"])
    assert [len(ended[name]) for name in ("agreements", "campaigns", "extracts")] == [1, 1, 0]
    with any_store.ledger.read() as connection:
        after = customers.agreement(connection, terms["agreement"])
    assert after["ends_on"] == any_store.today() - timedelta(days=1)
    dates = {"starts_on": any_store.today(), "ends_on": any_store.today() + timedelta(days=30)}
    with pytest.raises(LicenceRefused) as refused, any_store.write() as tx:
        customers.add_agreement(tx, customer_id=row["customer"], mode="campaign", **dates)
    assert refused.value.code == "customer_removed"
    with pytest.raises(LicenceRefused) as refused, any_store.write() as tx:
        customers.open_campaign(
            tx, agreement_id=terms["agreement"], end_customer=None, name="K", subject=["IT"], purpose="sales",
            channels=["email"], max_days=90, **dates,
        )  # fmt: skip
    assert refused.value.code == "customer_removed"
    with pytest.raises(InvalidTransition):
        _remove(any_store, row["customer"])
    with pytest.raises(NotFound):
        _remove(any_store, "customer-none")
    with pytest.raises(InvalidInput), any_store.write() as tx:
        removal.remove(tx, row["customer"], reason=" ")


def test_T15_a_removed_reseller_s_campaigns_end_and_its_end_customer_stays(store: Store) -> None:
    with store.write() as tx:
        reseller, buyer = (
            customers.add_customer(tx, name=name, business_id=number, country="FI", parent=None, contact=None)
            for name, number in (("Jälleenmyyjä Oy", "6000001-0"), ("Ostaja Oy", "6000002-9"))
        )
        terms = customers.add_agreement(
            tx, customer_id=reseller, mode="reseller", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        customers.add_agreement(
            tx, customer_id=buyer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        campaign = customers.open_campaign(
            tx, agreement_id=terms, end_customer=buyer, name="K", subject=["IT"], purpose="sales", channels=["email"],
            starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), max_days=90,
        )  # fmt: skip
    assert _remove(store, reseller)["campaigns"] == [campaign]
    with store.ledger.read() as connection:
        assert customers.customer(connection, buyer)["removed_at"] is None


def test_T15_a_customer_that_comes_back_is_the_same_recipient_and_needs_a_new_agreement(any_store: Store) -> None:
    asked = {"business_id": "6000001-0", "country": "FI", "parent": None}
    with any_store.write() as tx:
        first = customers.add_customer(tx, name="Vanha nimi Oy", contact=None, **asked)
    with pytest.raises(Conflict), any_store.write() as tx:
        customers.add_customer(tx, name="Uusi nimi Oy", contact=None, **asked)
    _remove(any_store, first)
    with any_store.write() as tx:
        again = customers.add_customer(tx, name="Uusi nimi Oy", contact="tietosuoja@uusi.example", **asked)
    assert again == first
    with any_store.ledger.read() as connection:
        row = customers.customer(connection, first)
    assert (row["name"], row["removed_at"]) == ("Uusi nimi Oy", None)


def test_T15_the_verb_says_what_ended_and_a_second_try_is_a_conflict(
    held: Held, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["customer", "remove", held.customers[0], "--home", str(held.store.home.root), "--json"]
    assert main([*line, "--reason", "insolvent"], Session(clock=held.store.clock)) == 0
    assert json.loads(capsys.readouterr().out)["extracts"] == [held.recipients[0].extract]
    assert main([*line, "--reason", "insolvent"], Session(clock=held.store.clock)) == 5
