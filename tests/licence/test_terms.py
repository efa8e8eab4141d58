"""Terms are accepted before the first delivery, and a material change anew (R033)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import InvalidInput, LicenceRefused, NotFound
from core.settings import load_settings
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.licence.deal import deal_of
from extracts.licence.message import block
from extracts.orders import place
from ledger import customers, licences
from ledger.audit import entries
from ledger.store import Store, open_store
from schemas import codes
from schemas.licence import CARD_LANGUAGES, MESSAGE_LANGUAGES, SECTIONS, lint, shipped
from tests.licence.conftest import CRITERIA
from tests.published import open_campaign


def changed(word: str = "7") -> dict[str, Any]:
    """The product's terms with one word more."""
    text: dict[str, Any] = deepcopy(dict(shipped()))
    for language in CARD_LANGUAGES:
        text["terms"][language]["sections"]["forbidden"]["text"] += f" {word}"
    return text


def file_terms(store: Store, *, material: bool, days: int = 0, word: str = "7") -> int:
    with store.write() as tx:
        return licences.file_terms(
            tx,
            text=changed(word),
            material=material,
            changes="Shorter disposal",
            effective_on=store.today() + timedelta(days=days),
            today=store.today(),
        )


def agreed(store: Store) -> Mapping[str, Any]:
    """A campaign under an agreement that was recorded today."""
    campaign = open_campaign(store)
    with store.ledger.read() as connection:
        return customers.campaign(connection, campaign)


def check(store: Store, campaign: Mapping[str, Any]) -> None:
    with store.ledger.read() as connection:
        licences.check_accepted(connection, campaign, today=store.today())


def accept(store: Store, campaign: Mapping[str, Any], version: int, *, wide: bool = False, by: str = "Liisa") -> None:
    with store.write() as tx:
        licences.accept(
            tx,
            agreement=campaign["agreement"],
            campaign=None if wide else campaign["campaign"],
            version=version,
            by=by,
            how="email",
        )


def test_a_store_has_terms_from_its_first_day(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        [first] = licences.versions(connection)
        assert licences.in_force(connection, today=any_store.today())["text"] == shipped()
    assert (first["version"], first["material"]) == (1, False)


def test_r033_the_written_agreement_accepts_the_terms_of_its_day(any_store: Store) -> None:
    campaign = agreed(any_store)
    check(any_store, campaign)
    with any_store.ledger.read() as connection:
        [row] = licences.acceptances(connection, campaign)
        actions = [entry["action"] for entry in entries(connection, limit=100)]
    assert (row["version"], row["how"], row["accepted_by"], row["campaign"]) == (1, "agreement", None, None)
    assert "licence.accepted" in actions


def test_r033_a_material_change_needs_a_new_acceptance_and_an_editorial_one_does_not(any_store: Store) -> None:
    campaign = agreed(any_store)
    file_terms(any_store, material=False, word="commas")
    check(any_store, campaign)
    version = file_terms(any_store, material=True)
    with pytest.raises(LicenceRefused) as refused:
        check(any_store, campaign)
    assert (refused.value.code, refused.value.ids["version"]) == ("licence_not_accepted", version)
    accept(any_store, campaign, version)
    check(any_store, campaign)
    file_terms(any_store, material=False, word="more commas")
    check(any_store, campaign)


def test_a_material_change_binds_from_its_day_on(any_store: Store) -> None:
    campaign = agreed(any_store)
    file_terms(any_store, material=True, days=3)
    check(any_store, campaign)
    with any_store.ledger.read() as connection:
        licences.check_accepted(connection, campaign, today=any_store.today() + timedelta(days=2))
        with pytest.raises(LicenceRefused):
            licences.check_accepted(connection, campaign, today=any_store.today() + timedelta(days=3))


def test_an_acceptance_of_one_campaign_is_none_of_another(any_store: Store) -> None:
    one = agreed(any_store)
    with any_store.write() as tx:
        other = customers.open_campaign(
            tx, agreement_id=one["agreement"], end_customer=None, name="Toinen", subject=["IT"], purpose="sales",
            channels=["email"], starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1), max_days=90,
        )  # fmt: skip
    version = file_terms(any_store, material=True)
    accept(any_store, one, version)
    with any_store.ledger.read() as connection:
        second = customers.campaign(connection, other)
    with pytest.raises(LicenceRefused):
        check(any_store, second)
    accept(any_store, second, version, wide=True)
    check(any_store, second)


def test_an_agreement_of_later_accepts_the_later_terms(any_store: Store) -> None:
    file_terms(any_store, material=True)
    check(any_store, agreed(any_store))


def test_accepting_an_old_version_is_not_enough(any_store: Store) -> None:
    campaign = agreed(any_store)
    file_terms(any_store, material=True)
    accept(any_store, campaign, 1)
    with pytest.raises(LicenceRefused):
        check(any_store, campaign)


def test_what_cannot_be_accepted(any_store: Store) -> None:
    campaign = agreed(any_store)
    with pytest.raises(NotFound):
        accept(any_store, campaign, 99)
    with pytest.raises(InvalidInput):
        accept(any_store, campaign, 1, by="  ")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": dict(shipped())}, "terms_unchanged"),
        ({"effective_on": date(2020, 1, 1)}, "date_past"),
        ({"changes": " "}, "value_missing"),
        ({"text": {}}, "terms_incomplete"),
    ],
)
def test_terms_that_cannot_be_filed(any_store: Store, change: dict[str, Any], code: str) -> None:
    given = {"text": changed(), "material": True, "changes": "x", "effective_on": any_store.today()} | change
    with pytest.raises(InvalidInput) as refused, any_store.write() as tx:
        licences.file_terms(tx, today=any_store.today(), **given)
    assert refused.value.code == code


def test_r033_nothing_is_delivered_under_terms_not_accepted(register_store: Store, tmp_path: Path) -> None:
    campaign = agreed(register_store)
    extract = cut(register_store, place(register_store, campaign["campaign"], CRITERIA)["order"])["extract"]
    version = file_terms(register_store, material=True)
    with pytest.raises(LicenceRefused) as refused:
        deliver(register_store, extract, tmp_path / "out")
    assert refused.value.code == "licence_not_accepted"
    assert not (tmp_path / "out").exists()
    accept(register_store, campaign, version)
    assert deliver(register_store, extract, tmp_path / "out")["files"]


def test_an_extract_carries_the_terms_of_the_day_of_its_cut(register_store: Store) -> None:
    version = file_terms(register_store, material=True, word="Uusi ehto.")
    campaign = agreed(register_store)
    made = cut(register_store, place(register_store, campaign["campaign"], CRITERIA)["order"])
    card = (register_store.home.deliveries / made["extract"] / "LICENCE.txt").read_text(encoding="utf-8")
    assert "Uusi ehto." in card
    assert f"Ehtojen versio: {version}" in card


def test_r040_the_shipped_terms_and_messages_say_all_they_must() -> None:
    assert lint(shipped()) == []


def broken(change: Callable[[Any], Any]) -> list[str]:
    text = deepcopy(dict(shipped()))
    change(text)
    return lint(text)


@pytest.mark.parametrize("language", MESSAGE_LANGUAGES)
@pytest.mark.parametrize(
    ("group", "part", "item"),
    [
        ("kind", "sales", "customer"),
        ("kind", "research", "customer"),
        ("text", "source", "register"),
        ("text", "source", "controller"),
        ("text", "ban", "ban_url"),
        ("text", "ban", "contact"),
        ("spoken", "source", "controller"),
        ("spoken", "ban", "contact"),
    ],
)
def test_r040_a_message_without_an_item_is_caught(language: str, group: str, part: str, item: str) -> None:
    def change(text: Any) -> None:
        said = text["message"][language][group]
        said[part] = said[part].replace(f"{{{item}}}", "")

    assert broken(change) == [f"message, {language}: no {item} in {group if group == 'kind' else f'{group}.{part}'}"]


@pytest.mark.parametrize("language", MESSAGE_LANGUAGES)
def test_r040_marketing_that_does_not_say_so_and_a_ban_that_may_cost_are_caught(language: str) -> None:
    def hidden(text: Any) -> None:
        text["message"][language]["kind"]["sales"] = "{customer}"

    def costly(text: Any) -> None:
        text["message"][language]["text"]["ban"] = "{ban_url} {contact}"

    assert "that does not say it is marketing" in broken(hidden)[0]
    assert "no word that a ban is free" in broken(costly)[0]


@pytest.mark.parametrize("language", CARD_LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_r033_a_card_without_a_section_is_caught(language: str, section: str) -> None:
    assert broken(lambda text: text["terms"][language]["sections"].pop(section))
    assert broken(lambda text: text["terms"].pop(language))


@pytest.mark.parametrize("blank", ["{nobody}", "{", "}", "{0}", "{}"])
def test_a_blank_that_nothing_fills_is_caught(blank: str) -> None:
    def in_terms(text: Any) -> None:
        text["terms"]["fi"]["brief"] += blank

    def in_message(text: Any) -> None:
        text["message"]["sv"]["text"]["ban"] += blank

    assert broken(in_terms)
    assert broken(in_message)


@pytest.mark.parametrize("purpose", codes.PURPOSES)
@pytest.mark.parametrize("language", MESSAGE_LANGUAGES)
def test_r040_the_message_text_of_every_purpose_and_channel(store: Store, language: str, purpose: str) -> None:
    campaign = agreed(store)
    with store.ledger.read() as connection:
        customer = customers.customer(connection, campaign["customer"])
        terms = licences.in_force(connection, today=store.today())
    deal = deal_of(store.settings, campaign=campaign | {"purpose": purpose}, customer=customer, terms=terms)
    texts = block(deal, language)
    assert set(texts) == {"email", "phone", "post"}
    for channel, text in texts.items():
        for item in (customer["name"], store.settings.register_name, store.settings.controller, store.settings.contact):
            assert item in text
        assert ("{ban_url}" in text) == (channel != "phone"), "a link is no use in a call"
    with pytest.raises(InvalidInput):
        block(deal, "de")


def test_the_terms_survive_an_upgrade(store: Store) -> None:
    from ledger.store import create_store

    file_terms(store, material=True)
    create_store(store.settings, clock=fixed_clock(store.now()), upgrade=True).ledger.close()
    again = open_store(load_settings(env={}, home=store.settings.home, actor="tester"), clock=fixed_clock(store.now()))
    with again.ledger.read() as connection:
        assert [row["version"] for row in licences.versions(connection)] == [2, 1]
    again.ledger.close()


def test_R033_R052_what_a_reseller_accepted_binds_no_end_customer(any_store: Store) -> None:
    """A change is accepted by the end customer, in its own agreement or for the campaign."""
    today = any_store.today()
    with any_store.write() as tx:
        seller = customers.add_customer(
            tx, name="Myyjä Oy", business_id="6000003-7", country="FI", parent=None, contact="a@myyja.example"
        )
        buyer = customers.add_customer(
            tx, name="Ostaja Oy", business_id="6000004-5", country="FI", parent=None, contact="a@ostaja.example"
        )
        window = {"starts_on": today, "ends_on": today + timedelta(days=20)}
        own = customers.add_agreement(tx, customer_id=buyer, mode="campaign", **window)
        sells = customers.add_agreement(tx, customer_id=seller, mode="reseller", **window)
        opened = customers.open_campaign(
            tx, agreement_id=sells, end_customer=buyer, name="Talvi", subject=["IT"], purpose="sales",
            channels=["email"], max_days=90, **window,
        )  # fmt: skip
        campaign = customers.campaign(tx.connection, opened)
    check(any_store, campaign)
    version = file_terms(any_store, material=True)
    with any_store.write() as tx:
        licences.accept(tx, agreement=sells, campaign=None, version=version, by="Myyjä", how="email")
    with pytest.raises(LicenceRefused) as refused:
        check(any_store, campaign)
    assert refused.value.code == "licence_not_accepted"
    with any_store.write() as tx:
        licences.accept(tx, agreement=own, campaign=None, version=version, by="Ostaja", how="email")
    check(any_store, campaign)
