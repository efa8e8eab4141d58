"""Rectification holds against every import and is told to whoever holds the row (R060); bounces (R011)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import InvalidInput, InvalidTransition, NotFound
from core.identity import PRIVATE_MAIL_DOMAINS
from ledger import bans, consultations, corrections, requests, tasks
from ledger.store import Store
from register.publish import publish
from subjects import rectify
from subjects.rectify import Rectification
from tests.register.contents import other_names, person_at, position_at, rows
from tests.register.loads import A, B, load, organisation, position

PRIVATE = min(PRIVATE_MAIL_DOMAINS)
OLD, NEW = "matti@a.example", "matti.virtanen@a.example"


def _publish(store: Store, *positions: dict[str, Any], source: str = "own") -> None:
    load(store, source, [organisation(A), organisation(B)], positions)
    publish(store, force=True)


def _row(store: Store, source_id: str = "1") -> dict[str, Any]:
    return rows(store, "position", "source_id")[source_id]


def _correct(store: Store, **values: str | None) -> dict[str, Any]:
    person, place = person_at(store, "1"), position_at(store, "1")
    return rectify.rectify(store, Rectification(person=person, position=place, values=values, via="phone"))


def test_R060_a_later_import_with_the_old_value_does_not_undo_a_correction(store: Store) -> None:
    """R060: under the same and under a new source id; id and nonce of the position go on."""
    _publish(store, position("1", title="Johtaja", email=OLD), position("2", "Aino Laine", B))
    before = _row(store)
    _correct(store, title="Hankintajohtaja", email=NEW, responsibilities="FIN; IT", level="1")
    publish(store)
    after = _row(store)
    assert (after["title"], after["email"], after["responsibilities"], after["level"]) == (
        "Hankintajohtaja", NEW, ["FIN", "IT"], 1,
    )  # fmt: skip
    assert (after["position"], after["person"], after["nonce"]) == (
        before["position"], before["person"], before["nonce"],
    )  # fmt: skip
    assert (after["title_load"], after["title_date"]) == (None, date(2026, 11, 22))
    for source_id in ("1", "77"):
        _publish(store, position(source_id, title="Johtaja", email=OLD), position("2", "Aino Laine", B))
        again = _row(store, source_id)
        assert (again["title"], again["email"]) == ("Hankintajohtaja", NEW)
        assert (again["position"], again["person"]) == (before["position"], before["person"])


def test_R060_a_source_that_catches_up_meets_the_same_person(store: Store) -> None:
    _publish(store, position("1", title="Johtaja", email=OLD))
    person = person_at(store, "1")
    _correct(store, email=NEW)
    publish(store)
    _publish(store, position("88", "Matti Virtanen", B, email=NEW), source="second")
    assert person_at(store, "88") == person


def test_R060_only_the_corrected_position_changes(store: Store) -> None:
    _publish(
        store, position("1", title="Johtaja", email=OLD), position("2", "Matti Virtanen", B, email=OLD, title="Jäsen")
    )
    assert person_at(store, "1") == person_at(store, "2")
    _correct(store, title="Talousjohtaja", mobile="040 123 4567")
    publish(store)
    assert (_row(store)["title"], _row(store)["mobile"]) == ("Talousjohtaja", "+358401234567")
    assert (_row(store, "2")["title"], _row(store, "2")["mobile"]) == ("Jäsen", None)


def test_R060_a_corrected_title_can_be_selected_by(store: Store) -> None:
    _publish(store, position("1", title="Johtaja"))
    _correct(store, title="Ainutlaatuinen nimike")
    publish(store)
    titles = {row["fold"]: number for number, row in rows(store, "title", "title").items()}
    assert rows(store, "selectable", "position")[position_at(store, "1")]["title"] == titles["ainutlaatuinen nimike"]


def test_R060_a_corrected_name_keeps_the_other_for_matching(store: Store) -> None:
    """R018: a ban under the name that the sources go on giving must find its holder."""
    _publish(store, position("1", "Liisa Mäkelä"))
    person = person_at(store, "1")
    rectify.rectify(store, Rectification(person=person, values={"last_name": "Mäkelä-Aho"}, via="email"))
    for _ in range(2):
        publish(store)
        row = rows(store, "person", "person")[person]
        assert (row["first_name"], row["last_name"], row["name_fold"]) == ("Liisa", "Mäkelä-Aho", "liisa makela aho")
        assert other_names(store, person) == {"liisa makela"}
    _publish(store, position("5", "Liisa Mäkelä"))
    assert person_at(store, "5") == person


def test_R060_the_history_says_who_what_and_when(store: Store) -> None:
    _publish(store, position("1", title="Johtaja"))
    person = person_at(store, "1")
    first = _correct(store, title="Päällikkö")
    second = _correct(store, title="Toimitusjohtaja")
    story = rectify.history(store, person, purpose="test")
    told = [(one["value"], one["was"], one["source"], one["ended_at"] is None) for one in story]
    assert sorted(told) == [  # both were recorded at the same instant
        ("Päällikkö", "Johtaja", "data subject", False),
        ("Toimitusjohtaja", "Johtaja", "data subject", True),
    ]
    with store.ledger.read() as connection:
        case = requests.find(connection, second["case"])
        assert (case["right"], case["state"], case["persons"]) == ("rectification", "done", [person])
        assert consultations.of_person(connection, person)
    assert first["corrections"][0]["field"] == "title"


def test_R060_a_disputed_fact_stays_with_the_statement_beside_it(store: Store) -> None:
    """Art. 16: supplementing; the register's value stands."""
    _publish(store, position("1", title="Johtaja"))
    asked = Rectification(
        person=person_at(store, "1"), position=position_at(store, "1"), values={"title": "Ministeri"}, disputed=True,
        statement="Olen mielestäni ministeri.", via="letter",
    )  # fmt: skip
    document = rectify.rectify(store, asked)
    publish(store)
    assert _row(store)["title"] == "Johtaja"
    [noted] = rectify.history(store, person_at(store, "1"), purpose="test")
    assert (noted["disputed"], noted["statement"]) == (True, "Olen mielestäni ministeri.")
    with store.ledger.read() as connection:
        assert requests.find(connection, document["case"])["outcome"] == "partly"


def test_R060_a_withdrawn_correction_lets_the_sources_speak_again(store: Store) -> None:
    _publish(store, position("1", title="Johtaja"))
    made = _correct(store, title="Päällikkö")["corrections"][0]["correction"]
    publish(store)
    rectify.withdraw(store, made)
    publish(store)
    assert _row(store)["title"] == "Johtaja"
    with pytest.raises(InvalidTransition):
        rectify.withdraw(store, made)


def test_R060_a_correction_follows_a_position_that_merges(store: Store) -> None:
    _publish(store, position("1", title="Johtaja"), position("2", title="Päällikkö"))
    place = position_at(store, "2")
    rectify.rectify(
        store, Rectification(person=person_at(store, "2"), position=place, values={"mobile": "0401234567"}, via="phone")
    )
    for _ in range(2):
        _publish(store, position("1", title="Johtaja"), position("2", title="Johtaja"))
        [left] = rows(store, "position", "position").values()
        assert left["position"] != place
        assert left["mobile"] == "+358401234567"


def test_R011_a_bounced_address_is_out_of_cuts_at_once_and_a_task_stands(store: Store) -> None:
    """R011: out by the fence now, out of the register at the next publish, back with another address."""
    _publish(store, position("1", email=OLD), position("2", "Aino Laine", B, email="aino@b.example"))
    place = position_at(store, "1")
    document = rectify.bounced(store, email=OLD.upper(), via="customer")
    assert document["positions"] == [place]
    with store.ledger.read() as connection:
        assert bans.blocked(connection, channels=["email"]).positions.to_pylist() == [place]
        assert bans.blocked(connection, channels=["post"]).positions.to_pylist() == []
        assert [task["kind"] for task in tasks.list_tasks(connection)] == ["correct address"]
    publish(store)
    assert _row(store)["email"] is None
    with store.ledger.read() as connection:
        assert bans.blocked(connection, channels=["email"]).positions.to_pylist() == []
    _publish(store, position("1", email=OLD), position("2", "Aino Laine", B))
    assert _row(store)["email"] is None
    _publish(store, position("1", email=NEW), position("2", "Aino Laine", B))
    assert _row(store)["email"] == NEW


def test_an_unknown_address_bounces_nobody(store: Store) -> None:
    _publish(store, position("1"))
    assert rectify.bounced(store, email="nobody@a.example", via="customer")["task"] is None


REFUSED: list[tuple[dict[str, str | None], str]] = [
    ({"email": "not an address"}, "email_invalid"),
    ({"email": f"liisa@{PRIVATE}"}, "email_invalid"),
    ({"mobile": "12"}, "phone_invalid"),
    ({"level": "9"}, "value_unknown"),
    ({"responsibilities": "XYZ"}, "value_unknown"),
    ({"postal_postcode": "1"}, "value_unknown"),
    ({"started": "yesterday"}, "date_invalid"),
    ({"salary": "1"}, "value_unknown"),
    ({"title": "x" * 201}, "size_out_of_range"),
    ({"last_name": " "}, "value_missing"),
    ({}, "value_missing"),
]


def test_what_cannot_be_right_is_refused_and_nothing_is_recorded(store: Store) -> None:
    _publish(store, position("1"))
    for values, code in REFUSED:
        with pytest.raises(InvalidInput) as raised:
            _correct(store, **values)
        assert raised.value.code == code, values
    with store.ledger.read() as connection:
        assert corrections.standing(connection) == []
        assert requests.cases(connection) == []


def test_an_unknown_person_or_position_is_not_found(store: Store) -> None:
    _publish(store, position("1"))
    for person, place, code in ((99, None, "person_unknown"), (person_at(store, "1"), 99, "position_unknown")):
        with pytest.raises(NotFound) as raised:
            rectify.rectify(store, Rectification(person=person, position=place, values={"title": "x"}))
        assert raised.value.code == code


def test_the_audit_of_a_correction_holds_no_value(any_store: Store) -> None:
    """R087: on both ledgers."""
    _publish(any_store, position("1", title="Johtaja"))
    _correct(any_store, title="Paljastavanimike", email=NEW)
    with any_store.ledger.read() as connection:
        text = str(connection.exec_driver_sql("SELECT ids FROM audit").fetchall())
    assert "Paljastavanimike" not in text
    assert NEW not in text
