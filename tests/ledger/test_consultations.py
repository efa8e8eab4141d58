"""R058, R088, C-579/21: every look at a person is on record, with its purpose and without who looked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.errors import InvalidInput
from ledger import consultations, tables
from ledger.store import Store


def look(store: Store, *persons: int, purpose: str = "access request", case: str | None = None) -> str | None:
    with store.write() as tx:
        tx.audit("looked")
        return consultations.record(tx, persons=persons, kind="access reply", purpose=purpose, case=case)


def test_R058_R088_a_person_is_told_when_and_why_but_not_by_whom(any_store: Store) -> None:
    look(any_store, 7, 8, case="case-1")
    look(any_store, 7, purpose="ban by phone")
    look(any_store, 9)
    with any_store.ledger.read() as connection:
        seen = consultations.of_person(connection, 7)
        assert consultations.of_person(connection, 10) == []
    assert [(row["purpose"], row["case"]) for row in sorted(seen, key=lambda row: row["purpose"])] == [
        ("access request", "case-1"),
        ("ban by phone", None),
    ]
    assert all(row["at"] == any_store.now() for row in seen)
    assert "tester" not in str(seen)


def test_R088_the_audit_names_the_persons_of_a_small_look_and_counts_those_of_a_large_one(any_store: Store) -> None:
    look(any_store, 3, 1, 3)
    look(any_store, *range(100))
    with any_store.ledger.read() as connection:
        query = select(tables.audit.c.ids).where(tables.audit.c.action == "person.consulted").order_by("seq")
        small, large = connection.execute(query).scalars()
        assert len(consultations.of_person(connection, 99)) == 1
    assert (small["persons"], small["who"]) == (2, [1, 3])
    assert large["persons"] == 100
    assert "who" not in large


def test_a_look_needs_a_purpose_and_somebody(store: Store) -> None:
    with pytest.raises(InvalidInput):
        look(store, 1, purpose=" ")
    assert look(store) is None
