"""The register of cases on both databases: opening, the clock, extension, orders, closing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import InvalidInput, InvalidTransition, NotFound, RajausError, Refused
from ledger import requests, tables
from ledger.store import Store, open_store
from subjects import cases
from tests.house.source import ROOT


def on(store: Store, day: date) -> Store:
    """The same store at noon of another day."""
    return open_store(store.settings, clock=fixed_clock(datetime(day.year, day.month, day.day, 10, tzinfo=UTC)))


def test_R054_every_right_from_every_channel_is_a_case_with_a_last_day(any_store: Store) -> None:
    for right, via in product(cases.RIGHTS, cases.VIA):
        case = cases.open_case(any_store, right=right, via=via, received_on=date(2026, 11, 20), counterpart="TSV")
        row = cases.show(any_store, case)
        assert (row["state"], row["due_on"]) == ("open", date(2026, 12, 21))
        assert [event["event"] for event in row["events"]] == ["opened"]
    assert cases.agenda(any_store)["open"] == len(cases.RIGHTS) * len(cases.VIA)


def test_R054_an_extension_with_its_reason_inside_the_first_month_adds_two(any_store: Store) -> None:
    case = cases.open_case(any_store, right="access", via="email", received_on=date(2026, 10, 23))
    last = on(any_store, date(2026, 11, 23))
    with pytest.raises(Refused) as refused:
        cases.extend(last, case, reason=" ")
    assert refused.value.code == "extension_needs_reason"
    assert cases.extend(last, case, reason="three archives to search") == date(2027, 1, 25)
    with pytest.raises(Refused) as refused:
        cases.extend(last, case, reason="once more")
    assert refused.value.code == "extension_twice"


def test_R054_after_the_first_month_an_extension_is_refused(any_store: Store) -> None:
    case = cases.open_case(any_store, right="access", via="email", received_on=date(2026, 10, 23))
    with pytest.raises(Refused) as refused:
        cases.extend(on(any_store, date(2026, 11, 24)), case, reason="three archives to search")
    assert refused.value.code == "extension_too_late"
    assert cases.show(any_store, case)["due_on"] == date(2026, 11, 23)


def test_R054_the_overdue_list_says_that_it_was_looked_at_even_when_it_is_empty(any_store: Store) -> None:
    case = cases.open_case(any_store, right="access", via="letter", received_on=date(2026, 10, 23))
    quiet = cases.agenda(on(any_store, date(2026, 11, 23)))
    assert (quiet["checked_on"], quiet["open"], quiet["overdue"]) == (date(2026, 11, 23), 1, [])
    late = cases.agenda(on(any_store, date(2026, 11, 24)))
    assert [(row["case"], row["days_left"]) for row in late["overdue"]] == [(case, -1)]


def test_R054_an_authority_s_order_has_the_authority_s_day_and_only_the_authority_moves_it(any_store: Store) -> None:
    with pytest.raises(InvalidInput):
        cases.open_case(any_store, right="authority", via="letter")
    case = cases.open_case(
        any_store,
        right="authority",
        via="letter",
        counterpart="Tietosuojavaltuutetun toimisto",
        order_due_on=date(2026, 11, 30),
    )
    with pytest.raises(Refused) as refused:
        cases.extend(any_store, case, reason="we are busy")
    assert refused.value.code == "extension_of_order"
    cases.move_order(any_store, case, until=date(2026, 12, 7), reference="TSV/1234/2026")
    assert cases.show(any_store, case)["due_on"] == date(2026, 12, 7)
    other = cases.open_case(any_store, right="access", via="letter")
    with pytest.raises(Refused):
        cases.move_order(any_store, other, until=date(2026, 12, 7), reference="TSV/1234/2026")


def test_a_closed_case_stays_closed_and_a_refusal_is_not_a_way_to_complete(any_store: Store) -> None:
    case = cases.open_case(any_store, right="erasure", via="phone", persons=[3, 1, 3])
    with pytest.raises(Refused) as refused:
        cases.complete(any_store, case, outcome="refused")
    assert refused.value.code == "refusal_needs_grounds"
    with pytest.raises(InvalidInput):
        cases.complete(any_store, case, outcome="forgotten")
    cases.complete(any_store, case, outcome="granted", detail={"certificate": "c-1"})
    with pytest.raises(InvalidTransition):
        cases.complete(any_store, case, outcome="granted")
    row = cases.show(any_store, case)
    assert (row["state"], row["outcome"], row["persons"]) == ("done", "granted", [1, 3])
    assert row["events"][-1]["ids"] == {"outcome": "granted", "certificate": "c-1"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"right": "ban", "via": "phone"}, "value_unknown"),
        ({"right": "access", "via": "fax"}, "value_unknown"),
        ({"right": "access", "via": "email", "language": "de"}, "value_unknown"),
        ({"right": "access", "via": "email", "received_on": date(2026, 11, 23)}, "date_future"),
        ({"right": "access", "via": "email", "follows": "case-none"}, "case_unknown"),
    ],
)
def test_what_cannot_be_a_case_is_said_and_nothing_is_written(store: Store, values: dict[str, str], code: str) -> None:
    """R066 too: a ban is no case, so that there is nothing to refuse or to charge."""
    with pytest.raises(RajausError) as refused:
        cases.open_case(store, **values)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert cases.agenda(store)["open"] == 0


def test_an_unknown_case_is_not_found(store: Store) -> None:
    for verb in (cases.show, lambda s, c: cases.complete(s, c, outcome="granted")):
        with pytest.raises(NotFound):
            verb(store, "case-none")


def test_what_happened_in_a_case_is_audited_without_its_words(any_store: Store) -> None:
    case = cases.open_case(any_store, right="access", via="phone", persons=[7], note="Liisa asks about her data")
    cases.extend(any_store, case, reason="Liisa's file is large")
    with any_store.ledger.read() as connection:
        rows = connection.execute(select(tables.audit.c.action, tables.audit.c.ids)).all()
        assert len(requests.of_persons(connection, [7])) == 1
    actions = {row.action for row in rows}
    assert {"subject.opened", "subject.extended"} <= actions
    assert "Liisa" not in str([row.ids for row in rows])


def test_R054_the_diagram_in_the_page_is_drawn_from_the_table_of_transitions() -> None:
    page = (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{cases.diagram()}\n```" in page


def test_every_state_can_be_reached_and_every_standing_state_be_left() -> None:
    reached, waiting = {"open"}, ["open"]
    while waiting:
        state = waiting.pop()
        for step in cases.TRANSITIONS:
            if state in step.sources and step.target not in reached:
                reached.add(step.target)
                waiting.append(step.target)
    named = {state for step in cases.TRANSITIONS for state in (*step.sources, step.target)}
    assert reached == named
    assert all(
        any(state in step.sources and step.target != state for step in cases.TRANSITIONS) for state in cases.STANDING
    )


def test_R055_no_column_of_a_case_can_hold_an_identity_document() -> None:
    """R055, B31: that an identity was seen is recorded; no number, picture or signature has a place."""
    forbidden = ("hetu", "ssn", "passport", "document_number", "id_number", "image", "photo", "scan", "signature")
    columns = {
        f"{table.name}.{column.name}"
        for table in (tables.subject_case, tables.subject_case_person, tables.subject_case_event)
        for column in table.columns
    }
    assert [name for name in columns if any(word in name for word in forbidden)] == []
