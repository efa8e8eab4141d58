"""R092: the clock, and what stands between a breach and its closing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import HELSINKI, fixed_clock
from core.errors import InvalidInput, InvalidTransition, Refused
from ledger import breaches as ledger_breaches, customers
from ledger.store import Store, open_store
from subjects import breaches
from tests.moment import NOW

FRIDAY = datetime(2026, 11, 20, 16, tzinfo=HELSINKI)


def case_of(store: Store, breach: str) -> dict[str, Any]:
    with store.ledger.read() as connection:
        return ledger_breaches.case(connection, breach)


def at(store: Store, moment: datetime, **settings: Any) -> Store:
    return open_store(store.settings.model_copy(update=settings), clock=fixed_clock(moment))


def test_R092_friday_16_runs_out_on_monday_16_weekend_included(any_store: Store) -> None:
    breach = breaches.report(any_store, what="Läppäri varastettu", aware_at=FRIDAY)
    case = case_of(any_store, breach)
    assert case["due_at"] == datetime(2026, 11, 23, 16, tzinfo=HELSINKI)
    assert breaches.hours_left(case, now=FRIDAY.astimezone(UTC)) == 72
    assert breaches.hours_left(case, now=datetime(2026, 11, 23, 17, tzinfo=HELSINKI)) == -1


def test_R092_the_hours_are_elapsed_ones_on_the_night_the_clocks_go_back(store: Store) -> None:
    breach = breaches.report(store, what="x", aware_at=datetime(2026, 10, 23, 16, tzinfo=HELSINKI))
    assert case_of(store, breach)["due_at"] == datetime(2026, 10, 26, 15, tzinfo=HELSINKI)


def test_R092_the_hours_are_a_setting_and_a_running_clock_keeps_its_own(store: Store) -> None:
    longer = at(store, NOW, breach_hours=96)
    breach = breaches.report(longer, what="x", aware_at=FRIDAY)
    assert case_of(store, breach)["due_at"] == datetime(2026, 11, 24, 16, tzinfo=HELSINKI)
    assert case_of(store, breach)["hours"] == 96


def test_a_candidates_clock_starts_when_it_was_found_and_later_only_with_a_reason(store: Store) -> None:
    with store.write() as tx:
        breach = ledger_breaches.open_candidate(tx, trigger="late_ban", key="ban-a", ids={})
    assert breach
    later = at(store, NOW + timedelta(hours=30))
    with pytest.raises(InvalidInput) as caught:
        breaches.confirm(later, breach, aware_at=NOW + timedelta(hours=10))
    assert caught.value.ids == {"field": "because"}
    assert breaches.confirm(later, breach) == NOW + timedelta(hours=72)


def test_nobody_becomes_aware_in_the_future(store: Store) -> None:
    with pytest.raises(InvalidInput) as caught:
        breaches.report(store, what="x", aware_at=NOW + timedelta(minutes=1))
    assert caught.value.code == "date_future"


def test_a_candidate_is_dismissed_with_a_reason_stays_on_record_and_can_come_back(store: Store) -> None:
    with store.write() as tx:
        breach = ledger_breaches.open_candidate(tx, trigger="seed_hit", key="extract-a", ids={})
    assert breach
    with pytest.raises(InvalidInput):
        breaches.dismiss(store, breach, because="  ")
    breaches.dismiss(store, breach, because="Our own control file")
    assert case_of(store, breach)["state"] == "dismissed"
    breaches.confirm(store, breach)
    assert case_of(store, breach)["state"] == "open"


BASE: dict[str, Any] = {
    "breach": "breach-a", "role": "controller", "risk": "risk", "due_at": NOW, "late_reason": None,
    "no_letters_reason": None, "impact": {"persons": 3, "rows": 3},
    "facts": {name: {"fi": "…"} for name in ("nature", "consequences", "measures")},
}  # fmt: skip
IN_TIME = {"recipient": "authority", "sent_at": NOW - timedelta(hours=1), "final": 1}
TOO_LATE = IN_TIME | {"sent_at": NOW + timedelta(seconds=1)}
INTERIM = IN_TIME | {"final": 0}
TOLD = {"recipient": "customer-a", "sent_at": NOW, "final": 1}


@pytest.mark.parametrize(
    ("changed", "notices", "letters", "expected"),
    [
        ({}, [IN_TIME], {}, []),
        ({"risk": None}, [IN_TIME], {}, ["breach_risk_undecided"]),
        ({}, [], {}, ["breach_not_notified"]),
        ({"risk": "none"}, [], {}, []),
        ({"risk": "none", "facts": {}}, [], {}, ["breach_facts_missing"]),
        ({}, [TOO_LATE], {}, ["breach_late_unexplained"]),
        ({"late_reason": "The officer was in hospital"}, [TOO_LATE], {}, []),
        ({}, [INTERIM], {}, ["breach_facts_missing"]),
        ({}, [INTERIM, TOO_LATE], {}, []),
        ({"impact": {}}, [INTERIM], {}, ["breach_facts_missing"]),
        ({"role": "processor"}, [], {}, ["breach_customer_not_told"]),
        ({"role": "processor"}, [TOLD], {}, []),
        ({"risk": "high"}, [IN_TIME], {"sent": 2, "impossible": 1}, []),
        ({"risk": "high"}, [IN_TIME], {"sent": 2, "due": 1}, ["breach_letters_open"]),
        ({"risk": "high"}, [IN_TIME], {"exported": 1}, ["breach_letters_open"]),
        ({"risk": "high"}, [IN_TIME], {"failed": 1}, ["breach_letters_open"]),
        ({"risk": "high", "no_letters_reason": "The file was encrypted (34(3)(a))"}, [IN_TIME], {"due": 1}, []),
        ({"risk": "risk"}, [IN_TIME], {"none": 3}, []),
    ],
)  # fmt: skip
def test_R092_what_stands_between_a_breach_and_its_closing(
    changed: dict[str, Any], notices: list[Any], letters: dict[str, int], expected: list[str]
) -> None:
    found = breaches.blockers(BASE | changed, notices, letters=letters, now=NOW)
    assert [one.code for one in found] == expected


def test_R092_a_late_notice_without_reason_cannot_be_closed_and_with_it_can(store: Store) -> None:
    breach = breaches.report(store, what="Tiedosto väärälle", aware_at=FRIDAY)
    late = at(store, FRIDAY + timedelta(hours=73))
    facts = {name: {"fi": "…"} for name in ("consequences", "measures")}
    breaches.assess(late, breach, facts=facts, risk="risk", because="Names and e-mails of five persons")
    with late.write() as tx:
        ledger_breaches.change(tx, breach, values={"impact": {"persons": 5, "rows": 5}})
        tx.audit("test.impact")
    breaches.notify(late, breach, to="authority", reference="TSV/1/2026", final=True)
    with pytest.raises(Refused) as caught:
        breaches.close(late, breach)
    assert caught.value.code == "breach_late_unexplained"
    breaches.assess(late, breach, late_reason="Found on the third day to concern persons")
    breaches.close(late, breach)
    assert case_of(store, breach)["closed_by"] == "tester"
    with pytest.raises(InvalidTransition):
        breaches.notify(late, breach, to="authority", reference="x")


def test_R092_phased_notice_keeps_what_was_missing_and_a_final_one_misses_nothing(store: Store) -> None:
    breach = breaches.report(store, what="Tiedosto väärälle")
    first = breaches.notify(store, breach, to="authority", reference="TSV/1/2026")
    assert first["missing"] == ["persons", "records", "consequences", "measures"]
    with pytest.raises(Refused) as caught:
        breaches.notify(store, breach, to="authority", reference="TSV/1/2026", final=True)
    assert caught.value.code == "breach_facts_missing"


def test_R092_a_risk_is_decided_with_its_ground_also_when_it_is_none(store: Store) -> None:
    breach = breaches.report(store, what="x")
    with pytest.raises(InvalidInput):
        breaches.assess(store, breach, risk="none")
    with pytest.raises(InvalidInput):
        breaches.assess(store, breach, risk="some", because="x")
    breaches.assess(store, breach, risk="none", because="The file was encrypted and the key is safe")
    with store.ledger.read() as connection:
        events = ledger_breaches.events(connection, breach)
    assert events[-1]["reason"] == "The file was encrypted and the key is safe"
    assert [event["number"] for event in events] == [1, 2, 3]


@pytest.mark.parametrize("facts", [{"rumour": {"fi": "x"}}, {"nature": {"de": "x"}}])
def test_facts_are_those_of_the_article_in_a_language_we_offer(store: Store, facts: Any) -> None:
    breach = breaches.report(store, what="x")
    with pytest.raises(InvalidInput) as caught:
        breaches.assess(store, breach, facts=facts)
    assert caught.value.code == "value_unknown"


def test_R094_a_breach_of_data_processed_for_a_customer_waits_until_the_customer_was_told(store: Store) -> None:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Asiakas Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
    breach = breaches.report(store, what="CRM file sent to another customer", customer=customer)
    breaches.assess(
        store, breach, risk="risk", because="x", facts={"consequences": {"fi": "x"}, "measures": {"fi": "x"}}
    )
    with store.write() as tx:
        ledger_breaches.change(tx, breach, values={"impact": {"persons": 5, "rows": 5}})
        tx.audit("test.impact")
    with pytest.raises(Refused) as caught:
        breaches.close(store, breach)
    assert caught.value.code == "breach_customer_not_told"
    breaches.notify(store, breach, to=customer, reference="mail 17")
    breaches.close(store, breach)


def test_a_report_with_a_trigger_that_found_it_already_confirms_that_case(store: Store) -> None:
    with store.write() as tx:
        found = ledger_breaches.open_candidate(tx, trigger="wrong_recipient", key="extract-a", ids={})
    assert breaches.report(store, what="x", trigger="wrong_recipient", key="extract-a") == found
    with pytest.raises(InvalidTransition):
        breaches.report(store, what="x", trigger="wrong_recipient", key="extract-a")
