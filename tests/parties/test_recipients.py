"""The register of recipients: tested contacts, declared places, membership by day, and what a delivery makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from ledger import customers, processing, recipients
from ledger.store import Store
from schemas import codes
from schemas.criteria import parse_criteria
from service.cli import main
from service.cli.common import Session
from subjects import contact_test
from tests.orders import house
from tests.published import open_campaign

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def probe(kind: str, outcome: str | None = "confirmed", *, until: datetime | None = None) -> dict[str, Any]:
    answer_by = NOW + 14 * DAY if kind == "sent" else None
    return {"kind": kind, "outcome": outcome, "answer_by": answer_by, "valid_until": until}


@pytest.mark.parametrize(
    ("contact", "tests", "after", "state"),
    [
        (None, [], 0, "missing"),
        (None, [probe("declared", until=NOW + DAY)], 0, "missing"),
        ("a", [], 0, "untested"),
        ("a", [probe("declared", until=NOW + 90 * DAY)], 0, "declared"),
        ("a", [probe("declared", until=NOW + 90 * DAY)], 90, "expired"),
        ("a", [probe("declared", until=NOW + 90 * DAY), probe("sent", None)], 13, "declared"),
        ("a", [probe("declared", until=NOW + 90 * DAY), probe("sent", None)], 14, "failed"),
        ("a", [probe("sent", None)], 0, "untested"),
        ("a", [probe("sent", "confirmed", until=NOW + 365 * DAY)], 364, "confirmed"),
        ("a", [probe("sent", "confirmed", until=NOW + 365 * DAY)], 365, "expired"),
        ("a", [probe("sent", "confirmed", until=NOW + 365 * DAY), probe("declared", "failed")], 1, "failed"),
        ("a", [probe("declared", "failed"), probe("sent", "confirmed", until=NOW + DAY)], 0, "confirmed"),
        ("a", [probe("sent", "confirmed", until=NOW + DAY), probe("sent", "superseded")], 0, "untested"),
        ("a", [probe("sent", "superseded"), probe("declared", until=NOW + DAY)], 0, "declared"),
    ],
)
def test_R076_what_a_contact_is_worth_by_its_tests(
    contact: str | None, tests: list[dict[str, Any]], after: int, state: str
) -> None:
    assert recipients.judge(contact, tests, at=NOW + after * DAY) == state


@pytest.mark.parametrize(
    ("country", "day", "inside"),
    [
        ("FI", date(1993, 12, 31), False),
        ("FI", date(1994, 1, 1), True),
        ("HR", date(2013, 6, 30), False),
        ("HR", date(2013, 7, 1), True),
        ("GB", date(2020, 12, 31), True),
        ("GB", date(2021, 1, 1), False),
        ("AX", date(2026, 11, 22), True),
        ("NO", date(2026, 11, 22), True),
        ("LI", date(2026, 11, 22), True),
        ("CH", date(2026, 11, 22), False),
        ("US", date(2026, 11, 22), False),
        ("GL", date(2026, 11, 22), False),
        ("SJ", date(2026, 11, 22), False),
        ("UA", date(2026, 11, 22), False),
        ("XK", date(2026, 11, 22), False),
        ("", date(2026, 11, 22), False),
    ],
)
def test_R077_membership_has_its_days_and_adequacy_is_none(country: str, day: date, inside: bool) -> None:
    assert codes.in_eea(country, day=day) is inside


def test_R077_the_members_today_are_the_thirty_of_the_eea_and_aland() -> None:
    members = {country for country in codes.countries() if codes.in_eea(country, day=date(2026, 11, 22))}
    listed = {row["iso2"] for row in codes.rows("countries") if "1" in (row["is_eu"], row["is_eea"])}
    assert members == listed
    assert len(members - {"AX"}) == 30


@pytest.fixture
def ready(register_store: Store) -> tuple[Store, str, str]:
    """A store, an extract that was cut, and its recipient."""
    campaign = open_campaign(register_store)
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"level": [1, 2]}, "limit": 5})
    extract = cut(register_store, place(register_store, campaign, criteria)["order"])["extract"]
    with register_store.ledger.read() as connection:
        return register_store, extract, customers.campaign(connection, campaign)["customer"]


def refused(store: Store, extract: str, to: Path) -> str:
    with pytest.raises(LicenceRefused) as caught:
        deliver(store, extract, to)
    assert not to.exists() or not list(to.iterdir())
    return caught.value.code


def test_R076_nothing_is_delivered_to_a_contact_that_is_missing_dead_or_was_not_tested_lately(
    ready: tuple[Store, str, str], tmp_path: Path
) -> None:
    store, extract, customer = ready
    with store.write() as tx:
        recipients.fail(tx, customer, reason="mail came back")
    assert refused(store, extract, tmp_path / "a") == "contact_untested"
    with pytest.raises(InvalidTransition), store.write() as tx:
        recipients.fail(tx, customer, reason="again")
    made = contact_test.send(store, customer, to=tmp_path / "letters")
    letter = Path(made["letter"]).read_text(encoding="utf-8")
    assert letter.count(made["token"]) == 3  # Finnish, Swedish, English
    assert refused(store, extract, tmp_path / "b") == "contact_untested"
    with pytest.raises(NotFound), store.write() as tx:
        recipients.confirm(tx, "made up", settings=store.settings)
    with store.write() as tx:
        done = recipients.confirm(tx, f" {made['token']}\n", settings=store.settings)
    assert (done["customer"], done["valid_until"]) == (customer, NOW + 365 * DAY)
    assert deliver(store, extract, tmp_path / "c")["customer"] == customer
    with pytest.raises(NotFound), store.write() as tx:
        recipients.confirm(tx, made["token"], settings=store.settings)
    with store.write() as tx:
        recipients.set_contact(tx, customer, "uusi@asiakas.example", settings=store.settings)
    with store.ledger.read() as connection:
        assert recipients.contact_state(connection, customer, at=NOW) == "declared"
        assert recipients.contact_state(connection, customer, at=NOW + 90 * DAY) == "expired"


def test_R076_a_customer_without_a_contact_gets_nothing(any_store: Store, tmp_path: Path) -> None:
    with any_store.write() as tx:
        silent = customers.add_customer(
            tx, name="Hiljainen Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
        with pytest.raises(LicenceRefused) as caught:
            recipients.check_deliverable(tx.connection, customers.customer(tx.connection, silent), at=tx.at)
        assert caught.value.code == "contact_missing"
        for act in (
            lambda: recipients.fail(tx, silent, reason="x"),
            lambda: recipients.send_test(tx, silent, settings=any_store.settings),
        ):
            with pytest.raises(LicenceRefused):
                act()
        with pytest.raises(InvalidInput):
            recipients.set_contact(tx, silent, "nobody", settings=any_store.settings)
        recipients.set_contact(tx, silent, "tietosuoja@hiljainen.example", settings=any_store.settings)
        recipients.check_deliverable(tx.connection, customers.customer(tx.connection, silent), at=tx.at)
    with pytest.raises(NotFound):
        contact_test.send(any_store, "customer-none", to=tmp_path)


def test_R076_a_token_is_no_good_after_its_time_nor_for_another_contact(any_store: Store) -> None:
    open_campaign(any_store)
    with any_store.ledger.read() as connection:
        [customer] = customers.customer_ids(connection)
    with any_store.write() as tx:
        late = recipients.send_test(tx, customer, settings=any_store.settings)["token"]
    for store in (house.at(any_store, NOW + 14 * DAY), any_store):
        if store is any_store:
            with store.write() as tx:
                recipients.set_contact(tx, customer, "toinen@asiakas.example", settings=store.settings)
        with pytest.raises(NotFound), store.write() as tx:
            recipients.confirm(tx, late, settings=store.settings)
    with any_store.ledger.read() as connection:
        assert all("token_sha256" not in row for row in recipients.contact_tests(connection, customer))


@pytest.mark.parametrize("country", ["US", "GB", "CH", "XK"])
def test_R077_data_kept_outside_the_eea_or_nowhere_known_stop_every_delivery(
    ready: tuple[Store, str, str], tmp_path: Path, country: str
) -> None:
    """T09: an EEA customer with a CRM abroad, or a sub-contractor there."""
    store, extract, customer = ready
    for storage, contractors in (([country], []), (["FI", country], []), (["FI"], [country])):
        with store.write() as tx:
            if country not in codes.countries():
                with pytest.raises(InvalidInput):
                    recipients.declare(tx, customer, storage=storage, subcontractors=contractors)
                tx.abandon()
                continue
            recipients.declare(tx, customer, storage=storage, subcontractors=contractors)
        assert refused(store, extract, tmp_path / "out") == "outside_eea"
    with store.write() as tx:
        recipients.declare(tx, customer, storage=["fi", "SE"], subcontractors=["IE"])
    assert deliver(store, extract, tmp_path / "home")["files"]
    with pytest.raises(InvalidInput), store.write() as tx:
        recipients.declare(tx, customer, storage=[])


def test_T09_moving_mid_campaign_suspends_deliveries_until_the_places_are_declared_anew(
    ready: tuple[Store, str, str], tmp_path: Path
) -> None:
    store, extract, customer = ready
    with store.write() as tx:
        recipients.move(tx, customer, country="SE")
    assert refused(store, extract, tmp_path / "a") == "location_undeclared"
    with store.write() as tx:
        recipients.declare(tx, customer, storage=["SE"])
    deliver(store, extract, tmp_path / "b")
    with store.write() as tx:
        recipients.move(tx, customer, country="GB")
        recipients.declare(tx, customer, storage=["SE"])
    assert refused(store, extract, tmp_path / "c") == "outside_eea"
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"level": [1]}, "limit": 5})
    with store.ledger.read() as connection:
        campaign = customers.campaigns(connection)[0]["campaign"]
        assert processing.recipient(connection, customer, at=NOW)["stopped_by"] == "outside_eea"
    with pytest.raises(LicenceRefused):
        place(store, campaign, criteria)
    for wrong in ("GB", "XX"):
        with pytest.raises((InvalidTransition, InvalidInput)), store.write() as tx:
            recipients.move(tx, customer, country=wrong)


@pytest.mark.parametrize("options", [["--country", "US"], ["--storage", "US"], ["--subcontractors", "SE,CH"]])
def test_R077_a_customer_outside_is_not_even_recorded(
    register_store: Store, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["customer", "add", "--name", "Ulko Oy", "--business-id", "6000009-4", *options]
    session = Session(clock=register_store.clock)
    assert main([*line, "--home", str(register_store.settings.home), "--json"], session=session) == 3
    assert "outside_eea" in capsys.readouterr().out
    with register_store.ledger.read() as connection:
        assert customers.customer_ids(connection) == []


def test_R076_the_register_of_recipients_tells_who_they_are_and_what_stops_them(
    register_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    open_campaign(register_store)
    with register_store.ledger.read() as connection:
        [customer] = customers.customer_ids(connection)
    home = str(register_store.settings.home)
    register_store.ledger.close()

    def run(*words: str) -> str:
        assert main([*words, "--home", home], session=Session(clock=register_store.clock)) == 0
        return capsys.readouterr().out

    assert "contact_state  declared" in run("customer", "show", customer)
    assert "roles  ['campaign']" in run("customer", "show", customer)
    assert "contact_untested" in run("customer", "contact", "failed", customer, "--reason", "dead") + run(
        "customer", "list"
    )
    assert "SE" in run("customer", "move", customer, "--country", "SE")
    assert "stopped_by  contact_untested" in run("customer", "declare", customer, "--storage", "se")
    run("customer", "contact", "set", customer, "uusi@asiakas.example")
    assert "stopped_by  –" in run("customer", "show", customer)
