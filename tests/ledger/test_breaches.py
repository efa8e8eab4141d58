"""The breach register's ledger side: candidates, once each; the clock; states as data."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.errors import InvalidTransition, NotFound
from ledger import breaches, tables
from ledger.store import Store


def candidate(store: Store, trigger: str = "seed_hit", key: str = "extract-a") -> str | None:
    with store.write() as tx:
        tx.audit("test.found")
        return breaches.open_candidate(tx, trigger=trigger, key=key, ids={"extract": key})


@pytest.mark.parametrize("trigger", [trigger for trigger in breaches.TRIGGERS if trigger != "reported"])
def test_R094_each_trigger_opens_one_candidate_once(any_store: Store, trigger: str) -> None:
    first = candidate(any_store, trigger)
    assert first is not None
    assert candidate(any_store, trigger) is None
    assert candidate(any_store, trigger, "extract-b") is not None
    with any_store.ledger.read() as connection:
        case = breaches.case(connection, first)
        assert (case["state"], case["trigger"], case["found_at"]) == ("candidate", trigger, any_store.now())
        audited = connection.execute(select(tables.audit.c.ids).where(tables.audit.c.action == "breach.found"))
        assert [row.ids["key"] for row in audited] == ["extract-a", "extract-b"]


def test_R094_two_processes_that_find_the_same_thing_open_one_case_and_neither_fails(any_store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: candidate(any_store), range(8)))
    assert len([case for case in opened if case]) == 1


def test_R094_a_candidate_is_as_durable_as_what_found_it(store: Store) -> None:
    with store.write() as tx:
        breaches.open_candidate(tx, trigger="late_ban", key="ban-a", ids={})
        tx.abandon()
    with store.ledger.read() as connection:
        assert breaches.cases(connection) == []


def test_an_unknown_trigger_is_a_programming_error(store: Store) -> None:
    with store.write() as tx, pytest.raises(LookupError):
        tx.audit("test.found")
        breaches.open_candidate(tx, trigger="rumour", key="x", ids={})


def test_an_unknown_case_is_not_found(store: Store) -> None:
    with store.ledger.read() as connection, pytest.raises(NotFound) as caught:
        breaches.case(connection, "breach-nothing")
    assert caught.value.code == "breach_unknown"


@pytest.mark.parametrize("state", breaches.STATES)
@pytest.mark.parametrize("event", ["confirm", "dismiss", "close", "reopen"])
def test_a_case_moves_as_the_table_says_and_not_otherwise(store: Store, state: str, event: str) -> None:
    case = candidate(store)
    assert case
    with store.write() as tx:
        breaches.change(tx, case, values={"state": state})
        tx.audit("test.set")
    with store.write() as tx:
        tx.audit("test.tried")
        expected = breaches.TRANSITIONS.get((state, event))
        if expected is None:
            with pytest.raises(InvalidTransition):
                breaches.move(tx, case, event=event, values={})
        else:
            assert breaches.move(tx, case, event=event, values={}, reason="why") == expected
