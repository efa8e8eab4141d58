"""Who is who across loads and sources: stable ids of persons and positions."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.store import Store
from register.publish import publish
from tests.register.contents import aliases, other_names, person_at, position_at, rows
from tests.register.loads import A, B, C, load, organisation, position

E1, E2 = "matti@a.example", "toinen@a.example"
M1, M2 = "+358401234567", "+358407654321"


def _publish(store: Store, *positions: dict[str, Any], source: str = "own") -> None:
    """Publish after a full load of these positions."""
    load(store, source, [organisation(A), organisation(B), organisation(C)], positions)
    publish(store, force=True)


@pytest.mark.parametrize("key", [{"email": E1}, {"mobile": M1}, {}])
def test_a_person_under_a_new_source_id_stays_the_same_person(store: Store, key: dict[str, str]) -> None:
    """By e-mail, by mobile, or by name and organisation alone."""
    _publish(store, position("0", "Aino Laine"), position("1", **key))
    person, seat = person_at(store, "1"), position_at(store, "1")
    _publish(store, position("0", "Aino Laine"), position("77", **key))
    assert (person_at(store, "77"), position_at(store, "77")) == (person, seat)


@pytest.mark.parametrize("source_id", ["1", "77"])
def test_a_changed_surname_keeps_the_person_and_the_former_name(store: Store, source_id: str) -> None:
    """By source id, or by mobile, and first name (R018)."""
    _publish(store, position("1", "Liisa Mäkelä", mobile=M1))
    person = person_at(store, "1")
    _publish(store, position(source_id, "Liisa Virtanen", mobile=M1))
    assert person_at(store, source_id) == person
    assert other_names(store, person) == {"liisa makela"}
    _publish(store, position(source_id, "Liisa Laine", mobile=M1))
    assert other_names(store, person) == {"liisa makela", "liisa virtanen"}


def test_another_first_name_under_the_same_source_id_is_another_person(store: Store) -> None:
    _publish(store, position("1", "Liisa Mäkelä"))
    person = person_at(store, "1")
    _publish(store, position("1", "Kalle Mäkelä"))
    assert person_at(store, "1") != person


def test_a_changed_employer_keeps_the_person_and_makes_a_new_position(store: Store) -> None:
    _publish(store, position("1", email=E1))
    person, seat = person_at(store, "1"), position_at(store, "1")
    _publish(store, position("1", business_id=B, email="matti@b.example"))
    assert person_at(store, "1") == person
    assert position_at(store, "1") != seat


def test_homonyms_in_one_organisation_stay_apart(store: Store) -> None:
    """Same name and organisation, other e-mail and mobile; also when both come back under new source ids."""
    _publish(store, position("1", email=E1, mobile=M1), position("2", email=E2, mobile=M2))
    one, other = person_at(store, "1"), person_at(store, "2")
    assert one != other
    _publish(store, position("8", email=E2, mobile=M2), position("9", email=E1, mobile=M1))
    assert (person_at(store, "9"), person_at(store, "8")) == (one, other)


def test_a_homonym_elsewhere_is_another_person(store: Store) -> None:
    _publish(store, position("1", business_id=A), position("2", business_id=B))
    assert person_at(store, "1") != person_at(store, "2")


@pytest.mark.parametrize("emails", [(E1, E2), (E1, None), (None, None)])
def test_colleagues_on_one_telephone_stay_apart(store: Store, emails: tuple[str | None, str | None]) -> None:
    """Same first name and number, but one source names two surnames in one organisation at a time."""
    one, other = emails
    _publish(
        store, position("1", "Matti Salo", email=one, mobile=M1), position("2", "Matti Aho", email=other, mobile=M1)
    )
    assert person_at(store, "1") != person_at(store, "2")


def test_one_email_shows_that_two_surnames_are_one_person(store: Store) -> None:
    married = position("2", "Liisa Aho", email=E1, mobile=M1, title="Toimitusjohtaja")
    _publish(store, position("1", "Liisa Salo", email=E1, mobile=M1), married)
    assert person_at(store, "1") == person_at(store, "2")


def test_a_number_that_went_to_a_colleague_does_not_take_the_identity_along(store: Store) -> None:
    _publish(store, position("1", "Matti Salo", email=E1, mobile=M1))
    person = person_at(store, "1")
    _publish(store, position("1", "Matti Salo", email=E1, mobile=M2), position("2", "Matti Aho", email=E2, mobile=M1))
    assert person_at(store, "1") == person != person_at(store, "2")


def test_several_positions_and_sources_are_one_person(store: Store) -> None:
    load(
        store,
        "own",
        [organisation(A), organisation(B)],
        [position("1", mobile=M1), position("2", business_id=B, mobile=M1)],
    )
    load(store, "prh", [], [position("p", business_id=B, title="Hallituksen jäsen")])
    publish(store)
    persons = {row["person"] for row in rows(store, "position", "position").values()}
    assert len(persons) == 1
    assert len(rows(store, "position", "position")) == 3


def test_two_former_persons_found_to_be_one_keep_the_smaller_id(store: Store) -> None:
    """The other becomes an alias, and aliases accumulate (R018)."""
    _publish(store, position("1", business_id=A), position("2", business_id=B), position("3", business_id=C))
    first, second, third = (person_at(store, number) for number in "123")
    _publish(store, position("1", mobile=M1), position("2", business_id=B), position("3", business_id=C, mobile=M1))
    assert person_at(store, "3") == first
    assert aliases(store) == {third: first}
    _publish(
        store,
        position("1", mobile=M1),
        position("2", business_id=B, mobile=M1),
        position("3", business_id=C, mobile=M1),
    )
    assert aliases(store) == {second: first, third: first}


def test_an_alias_follows_when_its_person_becomes_one(store: Store) -> None:
    _publish(store, position("1", business_id=A), position("2", business_id=B), position("3", business_id=C))
    first, second, third = (person_at(store, number) for number in "123")
    _publish(store, position("1"), position("2", business_id=B, email=E1), position("3", business_id=C, email=E1))
    assert aliases(store) == {third: second}
    _publish(
        store, position("1", email=E1), position("2", business_id=B, email=E1), position("3", business_id=C, email=E1)
    )
    assert aliases(store) == {second: first, third: first}


def test_ids_are_never_used_again(store: Store) -> None:
    _publish(store, position("1", "Aino Laine"), position("2", "Kalle Aho"))
    gone = person_at(store, "2"), position_at(store, "2")
    _publish(store, position("1", "Aino Laine"))
    _publish(store, position("1", "Aino Laine"), position("3", "Pekka Salo"))
    assert person_at(store, "3") > gone[0]
    assert position_at(store, "3") > gone[1]


def test_a_person_without_a_position_is_not_in_the_snapshot(store: Store) -> None:
    """R005."""
    _publish(store, position("1", "Aino Laine"), position("2", "Kalle Aho"))
    assert len(rows(store, "person", "person")) == 2
    _publish(store, position("1", "Aino Laine"))
    assert [row["first_name"] for row in rows(store, "person", "person").values()] == ["Aino"]


def test_a_retitled_position_keeps_its_id(store: Store) -> None:
    """By source id; and as the only one of the person there, when the source id changed as well."""
    _publish(store, position("1", mobile=M1))
    seat = position_at(store, "1")
    _publish(store, position("1", mobile=M1, title="Toimitusjohtaja"))
    assert position_at(store, "1") == seat
    _publish(store, position("5", mobile=M1, title="Johtaja"))
    assert position_at(store, "5") == seat


def test_positions_of_one_person_keep_their_ids_by_title(store: Store) -> None:
    _publish(store, position("1", title="Johtaja"), position("2", title="Päällikkö"))
    director, manager = position_at(store, "1"), position_at(store, "2")
    _publish(store, position("8", title="PÄÄLLIKKÖ"), position("9", title="johtaja"))
    assert (position_at(store, "9"), position_at(store, "8")) == (director, manager)


def test_nonces_go_with_the_ids(store: Store) -> None:
    """A unit keeps its nonce for life, and no two units share one."""
    _publish(store, position("1", "Aino Laine"), position("2", "Kalle Aho"))
    keys = (("organisation", "org"), ("person", "person"), ("position", "position"))
    before = {table: {k: row["nonce"] for k, row in rows(store, table, key).items()} for table, key in keys}
    _publish(store, position("91", "Aino Laine"), position("2", "Kalle Aho"), position("3", "Pekka Salo"))
    after = {table: {k: row["nonce"] for k, row in rows(store, table, key).items()} for table, key in keys}
    for table, nonces in after.items():
        assert before[table].items() <= nonces.items()
        assert len(set(nonces.values())) == len(nonces)


def test_the_last_row_with_a_source_id_stands(store: Store) -> None:
    load(store, "own", [organisation(A)], [position("1", title="Vanha"), position("2", "Aino Laine")])
    load(store, "own", [], [position("1", title="Uusi")], mode="update")
    publish(store)
    assert {row["source_id"]: row["title"] for row in rows(store, "position", "position").values()} == {
        "1": "Uusi",
        "2": "Tietohallintojohtaja",
    }
