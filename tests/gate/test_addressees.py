"""Where to write to registered persons: the one door for letters, logged before it opens."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from core.errors import InvalidInput
from extracts.gate.addressees import ADDRESSEES, addressees, swedish_municipalities
from ledger import bans, consultations, notices
from ledger.store import Store
from register.publish import publish
from register.query import find_persons, open_register
from tests.register.loads import A, B, load, organisation, position


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    """Four persons of two organisations, one of them in a Swedish-speaking municipality."""
    load(
        store,
        "source",
        [
            organisation(A, municipality="091", visiting_street="Katu 1", visiting_postcode="00100",
                         visiting_city="Helsinki"),
            organisation(B, municipality="478", postal_street="PB 5", postal_postcode="22101",
                         postal_city="Mariehamn"),
        ],
        [
            position("1", "Anna Aho", A, email="anna@a.example", verified=date(2026, 1, 1)),
            position("2", "Anna Aho", A, title="Toimitusjohtaja", email="anna.aho@a.example", verified=date(2026, 9, 1),
                     postal_street="Polku 2", postal_postcode="00200", postal_city="Helsinki"),
            position("3", "Bo Berg", B, email="info@b.example"),
            position("4", "Carl Ceder", B, email="info@b.example"),
            position("5", "Dan Dahl", B),
        ],
    )  # fmt: skip
    publish(store)
    found = {}
    with open_register(store, holder="test") as register:
        for name, org in (("aho anna", A), ("berg bo", B), ("carl ceder", B), ("dahl dan", B)):
            (found[name.split()[0]],) = find_persons(
                register, tokens=name.split(), organisations=[int(org.replace("-", ""))]
            )
    return found


def rows(table: pa.Table) -> dict[int, dict[str, object]]:
    return {row["asked"]: row for row in table.to_pylist()}


def test_the_latest_verified_address_of_each_kind(store: Store, people: dict[str, int]) -> None:
    found = rows(addressees(store, [people["aho"], people["dahl"], 999_999], purpose="notice"))
    anna, dan = found[people["aho"]], found[people["dahl"]]
    assert (anna["email"], anna["postal_street"], anna["postal_postcode"]) == (
        "anna.aho@a.example", "Polku 2", "00200",
    )  # fmt: skip
    assert (dan["email"], dan["postal_street"], dan["postal_city"]) == (None, "PB 5", "Mariehamn")
    assert 999_999 not in found


def test_a_mailbox_that_others_read_is_marked(store: Store, people: dict[str, int]) -> None:
    found = rows(addressees(store, list(people.values()), purpose="notice"))
    assert {name for name, person in people.items() if found[person]["email_shared"]} == {"berg", "carl"}


def test_R097_the_language_is_the_persons_own_else_the_municipalitys(store: Store, people: dict[str, int]) -> None:
    with store.write() as tx:
        notices.set_language(tx, people["dahl"], language="en")
    found = rows(addressees(store, list(people.values()), purpose="notice"))
    assert [found[people[name]]["language"] for name in ("aho", "berg", "dahl")] == ["fi", "sv", "en"]
    assert {"478", "499"} <= swedish_municipalities()
    assert "091" not in swedish_municipalities()


def test_a_language_that_no_notice_is_in_is_refused(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(InvalidInput):
            notices.set_language(tx, 1, language="de")
        tx.abandon()


def test_a_banned_person_can_be_written_to(store: Store, people: dict[str, int]) -> None:
    with store.write() as tx:
        bans.record(
            tx, target="person", via="phone", received_on=store.today(), channel=None, keys=[], key_id="k",
            hits=[("person", people["aho"], False)],
        )  # fmt: skip
    assert people["aho"] in rows(addressees(store, [people["aho"]], purpose="breach"))


def test_R058_the_look_is_in_the_read_log_with_its_purpose(store: Store, people: dict[str, int]) -> None:
    addressees(store, [people["aho"]], purpose="Art. 34 letter", kind="letter", case="breach-1")
    with store.ledger.read() as connection:
        (look,) = consultations.of_person(connection, people["aho"])
    assert (look["kind"], look["purpose"], look["case"]) == ("letter", "Art. 34 letter", "breach-1")


def test_without_a_purpose_nothing_is_read(store: Store, people: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        addressees(store, [people["aho"]], purpose=" ")


def test_nobody_asked_for_is_an_empty_table(store: Store, people: dict[str, int]) -> None:
    table = addressees(store, [], purpose="notice")
    assert (len(table), table.schema) == (0, ADDRESSEES)
