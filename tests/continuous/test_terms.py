"""Continuous use begins with a controller of its own and an agreement of its own, and ends with it (R041, R043)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.clock import day_end
from core.errors import CriteriaError, InvalidInput, InvalidTransition, LicenceRefused, NotFound, RajausError, Refused
from extracts import continuous, subscriptions
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate import seeds
from extracts.orders import place
from ledger import controllers, customers, orders, processing, subscriptions as ledger_subscriptions
from ledger.store import Store
from schemas.criteria import parse_criteria
from service.cli import cli
from subjects import records
from tests.continuous import house
from tests.gate.house import people


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 40)
    house.publish(store, people(30))
    return store


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(RajausError) as caught:
        work()
    return caught.value.code


def test_R041_nothing_is_delivered_before_the_recipient_confirms_its_own_duty(ready: Store, tmp_path: Path) -> None:
    agreement = house.agree(ready, confirmed=False)
    recipient = house.subscribe(ready, tmp_path, agreement=agreement)
    assert refusal(lambda: recipient.deliver(ready)) == "controller_unnamed"
    with ready.write() as tx:
        house.name_controller(tx, agreement)
    assert refusal(lambda: recipient.deliver(ready)) == "duty_unconfirmed"
    with ready.write() as tx:
        controllers.confirm(tx, agreement=agreement, by="Tiina Tietosuoja")
    assert recipient.deliver(ready)["delta"] == 0
    with ready.write() as tx:
        house.name_controller(tx, agreement)
    house.publish(ready, people(30)[1:], number=2)
    assert refusal(lambda: recipient.deliver(ready)) == "duty_unconfirmed", "named anew, it confirms anew"


def test_R041_what_a_controller_is_recorded_with_is_checked(ready: Store) -> None:
    agreement = house.agree(ready, confirmed=False)
    for notice_url, contact, code in (
        ("ftp://x.example", "a@b.example", "url_invalid"),
        ("tietosuoja", "a@b.example", "url_invalid"),
        ("https://x.example", "nobody", "email_invalid"),
    ):
        with pytest.raises(InvalidInput) as caught, ready.write() as tx:
            controllers.name(tx, agreement=agreement, notice_url=notice_url, contact=contact)
        assert caught.value.code == code
    with pytest.raises(LicenceRefused) as unnamed, ready.write() as tx:
        controllers.confirm(tx, agreement=agreement, by="Tiina")
    assert unnamed.value.code == "controller_unnamed"


def test_R041_the_records_list_the_recipient_as_a_controller(ready: Store) -> None:
    agreement = house.agree(ready)
    with ready.ledger.read() as connection:
        [named] = [row for row in processing.recipients(connection) if row["modes"] == ["continuous"]]
    assert [one["agreement"] for one in named["controller"]] == [agreement]
    assert named["controller"][0]["notice_url"] == "https://tilaaja.example/tietosuoja"
    assert named["controller"][0]["contact"] == "oikeudet@tilaaja.example"
    assert named["controller"][0]["confirmed_at"] == ready.now()
    assert named in records.art30(ready)["recipients"]["named"]


def test_R043_there_is_no_way_from_a_campaign_to_continuous_use(ready: Store, tmp_path: Path) -> None:
    """A campaign's agreement opens no subscription, one of continuous use no campaign; a subscription's order is not
    cut and its deliveries are not handed over as an extract's are; and no verb converts."""
    recipient = house.subscribe(ready, tmp_path)
    made = recipient.deliver(ready)
    with ready.ledger.read() as connection:
        row = ledger_subscriptions.subscription(connection, recipient.subscription)
        agreement = customers.campaign(connection, recipient.subscription)["agreement"]
        customer = customers.campaign(connection, recipient.subscription)["customer"]
    criteria = parse_criteria(house.CRITERIA)
    assert refusal(lambda: place(ready, recipient.subscription, criteria)) == "agreement_mode"
    assert refusal(lambda: cut(ready, row["order"])) in {"agreement_mode", "order_not_approved"}
    assert refusal(lambda: deliver(ready, made["extract"], tmp_path / "again")) == "agreement_mode"
    with ready.write() as tx:
        other = customers.add_agreement(
            tx, customer_id=customer, mode="campaign", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
        )
    assert refusal(lambda: house.subscribe(ready, tmp_path, agreement=other)) == "agreement_mode"
    with pytest.raises(LicenceRefused) as refused, ready.write() as tx:
        customers.open_campaign(
            tx, agreement_id=agreement, end_customer=None, name="K", subject=["IT"], purpose="sales",
            channels=["email"], starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 10), max_days=90,
        )  # fmt: skip
    assert refused.value.code == "agreement_mode"
    assert not [verb for verb in cli.commands if "convert" in verb]


def test_R043_a_new_subscription_is_judged_as_an_order_is(ready: Store, tmp_path: Path) -> None:
    """Subject, caps and approval: nothing is taken over from anything before."""
    agreement = house.agree(ready)
    outside = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["HR"]}}
    assert refusal(lambda: house.subscribe(ready, tmp_path, agreement=agreement, criteria=outside)) == "subject_outside"
    assert (
        refusal(lambda: house.subscribe(ready, tmp_path, agreement=agreement, fields=("postal_city",)))
        == "field_not_licensed"
    )
    nobody = {"organisation": {"kind": ["public"]}, "person": {"responsibility": ["IT"]}}
    with pytest.raises(Refused) as caught:
        house.subscribe(ready, tmp_path, agreement=agreement, criteria=nobody)
    assert caught.value.code == "order_selects_nobody"
    with ready.ledger.read() as connection:
        assert ledger_subscriptions.subscriptions(connection) == []


def test_R029_above_the_caps_a_second_person_approves_before_anything_goes(ready: Store, tmp_path: Path) -> None:
    small = replace(ready, settings=ready.settings.model_copy(update={"row_cap": 5}))
    recipient = house.subscribe(small, tmp_path, reason="koko toimiala")
    assert refusal(lambda: recipient.deliver(small)) == "order_not_approved"
    with small.ledger.read() as connection:
        order = ledger_subscriptions.subscription(connection, recipient.subscription)["order"]
    with small.write() as tx:
        orders.happen(tx, order, event="approved", by="liisa", reason="koko toimiala")
    assert recipient.deliver(small)["delta"] == 0


@pytest.mark.parametrize(
    "more", [{"limit": 10}, {"sample": "spread"}, {"exclude": {"earlier_orders": "person"}}], ids=str
)
def test_criteria_that_mean_one_order_only_are_refused(ready: Store, tmp_path: Path, more: dict[str, object]) -> None:
    with pytest.raises(CriteriaError) as caught:
        house.subscribe(ready, tmp_path, criteria=house.CRITERIA | more)
    assert caught.value.code == "criteria_not_standing"


def test_R042_after_the_end_nothing_more_is_delivered(ready: Store, tmp_path: Path) -> None:
    """To the second in Helsinki; acknowledging goes on, for the recipient's own record."""
    recipient = house.subscribe(ready, tmp_path, agreement=house.agree(ready, until=date(2026, 11, 30)))
    recipient.deliver(ready)
    house.publish(ready, people(30)[3:], number=2)
    end = day_end(date(2026, 11, 30))
    last = house.at(ready, end.replace(hour=21, minute=59, second=59))
    assert recipient.deliver(last)["removed"] >= 2
    house.publish(last, people(30)[6:], number=3)
    over = house.at(ready, end)
    for work in (lambda: recipient.deliver(over), lambda: subscriptions.stop(over, recipient.subscription)):
        assert refusal(work) == "subscription_ended"
    assert subscriptions.show(over, recipient.subscription)["state"] == "ended"
    assert recipient.acknowledge(over)["acknowledged"] == [0, 1]


def test_a_stopped_subscription_is_over_at_once(ready: Store, tmp_path: Path) -> None:
    recipient = house.subscribe(ready, tmp_path)
    recipient.deliver(ready)
    assert subscriptions.stop(ready, recipient.subscription)["state"] == "ended"
    house.publish(ready, people(30)[3:], number=2)
    assert refusal(lambda: recipient.deliver(ready)) == "subscription_ended"
    [listed] = subscriptions.listing(ready)
    assert (listed["state"], listed["delta"]) == ("ended", 0)


def test_what_there_is_not_is_not_found(ready: Store, tmp_path: Path) -> None:
    recipient = house.subscribe(ready, tmp_path)
    recipient.deliver(ready)
    with pytest.raises(NotFound):
        subscriptions.show(ready, "subscription-none")
    with pytest.raises(NotFound):
        continuous.acknowledge(ready, recipient.subscription, 7, by="Tiina")
    with pytest.raises(InvalidInput):
        continuous.acknowledge(ready, recipient.subscription, 0, by=" ")
    recipient.acknowledge(ready)
    with pytest.raises(InvalidTransition):
        recipient.acknowledge(ready)


def test_the_moment_of_the_end_is_helsinki_midnight(ready: Store) -> None:
    """R036"""
    assert day_end(date(2026, 11, 30)) == datetime(2026, 11, 30, 22, tzinfo=UTC)
