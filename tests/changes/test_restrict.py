"""Restriction: neither used nor changed nor deleted, and the person is told before it is lifted (R062)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.errors import InvalidInput, InvalidTransition, NotFound, Refused
from ledger import bans, requests
from ledger.store import Store
from register.publish import publish
from subjects import rectify, restrict
from subjects.erase import ErasureRequest, erase
from subjects.rectify import Rectification
from tests.register.contents import other_names, person_at, position_at, rows
from tests.register.loads import A, B, C, load, organisation, position

M1 = "+358401234567"


def _publish(store: Store, *positions: dict[str, Any], orgs: tuple[str, ...] = (A, B), source: str = "own") -> None:
    load(store, source, [organisation(one) for one in orgs], positions)
    publish(store, force=True)


def _restrict(store: Store, *persons: int) -> str:
    return str(restrict.restrict(store, persons, via="letter")["restriction"])


def _blocked(store: Store) -> list[int]:
    with store.ledger.read() as connection:
        return sorted(bans.blocked(connection, channels=["email"]).persons.to_pylist())


def test_R062_a_restricted_person_is_not_used(any_store: Store) -> None:
    """R062: on both ledgers, at once; the case is opened and closed."""
    store = any_store
    _publish(store, position("1"), position("2", "Aino Laine", B))
    document = restrict.restrict(store, [person_at(store, "1")], via="letter", received_on=date(2026, 11, 20))
    assert _blocked(store) == [person_at(store, "1")]
    with store.ledger.read() as connection:
        case = requests.find(connection, document["case"])
    assert (case["right"], case["state"]) == ("restriction", "done")


def test_R062_no_source_changes_a_restricted_row_and_none_deletes_it(store: Store) -> None:
    """R062: the source changes it, drops it, drops its organisation; it stays as it was, under its ids."""
    _publish(store, position("1", "Liisa Mäkelä", title="Johtaja", mobile=M1), position("2", "Aino Laine", B))
    _publish(store, position("1", "Liisa Laine", title="Johtaja", mobile=M1), position("2", "Aino Laine", B))
    person = person_at(store, "1")
    before = rows(store, "position", "source_id")["1"]
    names = rows(store, "person", "person")[person], other_names(store, person)
    assert names[1] == {"liisa makela"}
    _restrict(store, person)
    for positions, orgs in (
        ((position("1", "Liisa Uusi", title="Päällikkö", mobile=M1, email="x@a.example"),), (A, B)),
        ((position("9", "Liisa Laine", mobile=M1),), (A, B)),
        ((), (A, B)),
        ((), (B,)),
    ):
        _publish(store, *positions, position("2", "Aino Laine", B), orgs=orgs)
        found = {row["source_id"]: row for row in rows(store, "position", "position").values()}
        assert set(found) == {"1", "2"}
        assert found["1"] == before
        assert (rows(store, "person", "person")[person], other_names(store, person)) == names
        assert before["org"] in rows(store, "organisation", "org")
        assert before["title_load"] in rows(store, "load", "load")
        assert rows(store, "selectable", "position")[before["position"]]["title"] is not None


def test_R062_rows_of_somebody_else_go_on_as_ever(store: Store) -> None:
    _publish(store, position("1", "Liisa Laine"), position("2", "Aino Laine", B, title="Johtaja"))
    _restrict(store, person_at(store, "1"))
    _publish(
        store,
        position("1", "Liisa Laine"),
        position("2", "Aino Laine", B, title="Päällikkö"),
        position("3", "Eero", C),
        orgs=(A, B, C),
    )
    assert rows(store, "position", "source_id")["2"]["title"] == "Päällikkö"
    assert position_at(store, "3")


def test_R062_somebody_found_to_be_the_restricted_person_is_blocked_too(store: Store) -> None:
    """The ids stay apart until the restriction is lifted; then they merge as ever."""
    _publish(store, position("1", business_id=A), position("2", business_id=B))
    kept, other = person_at(store, "1"), person_at(store, "2")
    ban = _restrict(store, other)
    _publish(store, position("1", business_id=A, mobile=M1), position("2", business_id=B, mobile=M1))
    assert set(rows(store, "person", "person")) == {kept, other}
    assert _blocked(store) == [kept, other]
    assert rows(store, "position", "source_id")["1"]["mobile"] is None
    restrict.tell(store, ban, via="letter")
    restrict.lift(store, ban, reason="settled")
    publish(store)
    assert set(rows(store, "person", "person")) == {kept}
    assert rows(store, "position", "source_id")["1"]["mobile"] == M1


def test_R062_it_is_not_lifted_before_the_person_was_told(store: Store) -> None:
    """R062, Art. 18(3)."""
    _publish(store, position("1", title="Johtaja"))
    ban = _restrict(store, person_at(store, "1"))
    with pytest.raises(Refused) as raised:
        restrict.lift(store, ban, reason="settled")
    assert raised.value.code == "restriction_not_told"
    assert _blocked(store)
    restrict.tell(store, ban, via="letter", on=date(2026, 11, 21))
    restrict.lift(store, ban, reason="settled")
    assert _blocked(store) == []
    with pytest.raises(InvalidTransition):
        restrict.lift(store, ban, reason="settled")
    _publish(store, position("1", title="Päällikkö"))
    assert rows(store, "position", "source_id")["1"]["title"] == "Päällikkö"


def test_R062_a_restricted_person_is_not_erased(store: Store) -> None:
    _publish(store, position("1"))
    person = person_at(store, "1")
    _restrict(store, person)
    with pytest.raises(Refused) as raised:
        erase(store, ErasureRequest(persons=[person], ground="objection", via="email"))
    assert raised.value.code == "person_restricted"
    assert person in rows(store, "person", "person")


def test_R062_a_correction_waits_for_the_restriction_to_end(store: Store) -> None:
    """Contested accuracy: restricted, checked, corrected, lifted."""
    _publish(store, position("1", title="Johtaja"))
    person, place = person_at(store, "1"), position_at(store, "1")
    ban = _restrict(store, person)
    rectify.rectify(store, Rectification(person=person, position=place, values={"title": "Päällikkö"}))
    publish(store)
    assert rows(store, "position", "position")[place]["title"] == "Johtaja"
    restrict.tell(store, ban, via="email")
    restrict.lift(store, ban, reason="checked")
    publish(store)
    assert rows(store, "position", "position")[place]["title"] == "Päällikkö"


def test_R062_a_restriction_during_a_publish_holds_in_the_new_snapshot(store: Store) -> None:
    """It came after the build had read whom to leave alone: the build is done again."""
    _publish(store, position("1", title="Johtaja"))
    person = person_at(store, "1")
    load(store, "own", [organisation(A)], [position("1", title="Päällikkö")])
    done = []

    def meanwhile(step: str) -> None:
        if step == "sealed" and not done:
            done.append(_restrict(store, person))

    publish(store, checkpoint=meanwhile)
    assert rows(store, "position", "source_id")["1"]["title"] == "Johtaja"


def test_bad_requests_are_refused(store: Store) -> None:
    _publish(store, position("1"))
    for persons, via, error in (([], "letter", InvalidInput), ([1], "smoke", InvalidInput), ([99], "letter", NotFound)):
        with pytest.raises(error):
            restrict.restrict(store, persons, via=via)
    with pytest.raises(NotFound):
        restrict.tell(store, "ban-none", via="letter")
    assert _blocked(store) == []
