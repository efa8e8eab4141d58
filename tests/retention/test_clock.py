"""The periods to the day: the last on which a row is kept, the first on which it goes, leap years, midnight (R069)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, strategies as st

from core.clock import HELSINKI
from ledger.store import Store
from ledger.tables import metadata
from ledger.tables.base import Instant
from schemas.retention import Rule, rules, span
from subjects import retention
from tests.moment import NOW
from tests.retention.house import at, planned
from tests.retention.reference import identity
from tests.retention.rows import Filler


def rule(period: str) -> Rule:
    return Rule("table", "x", "then", "at", period, "delete", "", "because")


@pytest.mark.parametrize(
    ("period", "start", "last"),
    [
        ("P10Y", date(2016, 11, 22), date(2026, 11, 22)),
        ("P10Y", date(2016, 2, 29), date(2026, 2, 28)),
        ("P5Y", date(2020, 2, 29), date(2025, 2, 28)),
        ("P4Y", date(2024, 2, 29), date(2028, 2, 29)),
        ("P24M", date(2024, 2, 29), date(2026, 2, 28)),
        ("P6M", date(2026, 8, 31), date(2027, 2, 28)),
        ("P6M", date(2027, 8, 31), date(2028, 2, 29)),
        ("P30D", date(2028, 1, 31), date(2028, 3, 1)),
        ("P7D", date(2026, 11, 22), date(2026, 11, 29)),
        ("P0D", date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_R069_what_began_then_is_kept_until_the_day_and_goes_on_the_next(period: str, start: date, last: date) -> None:
    one = rule(period)
    assert one.last_day(start) == last
    assert not one.due(start, today=last)
    assert one.due(start, today=last + timedelta(days=1))


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 3, 28, 21, 59, tzinfo=UTC), date(2026, 4, 4)),
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), date(2026, 4, 5)),
        (datetime(2026, 10, 25, 20, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_R069_an_instant_counts_from_its_finnish_day(at: datetime, last: date) -> None:
    """The nights on which the clocks change included."""
    assert rule("P7D").last_day(at) == last


@given(
    start=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    period=st.sampled_from(["P0D", "P1D", "P30D", "P6M", "P24M", "P4Y", "P10Y"]),
    later=st.integers(0, 6000),
)
def test_R069_a_whole_column_is_compared_as_each_of_its_days(start: date, period: str, later: int) -> None:
    """The bound that the database compares with says the same as the rule of each single day."""
    one, today = rule(period), start + timedelta(days=later)
    newest = one.newest_due(today)
    assert newest is not None
    assert one.due(newest, today=today)
    assert not one.due(newest + timedelta(days=1), today=today)
    assert one.due(start, today=today) == (start <= newest)


def test_a_rule_without_an_end_ends_nothing() -> None:
    assert span("-") is None
    assert rule("-").newest_due(date(2099, 1, 1)) is None
    assert not rule("-").due(date(1900, 1, 1), today=date(2099, 1, 1))
    assert not rule("P1D").due(None, today=date(2099, 1, 1))


EDGES = [rule for rule in rules().values() if rule.kind == "table" and rule.action == "delete"]


@pytest.mark.parametrize("day", [date(2036, 11, 22), date(2040, 2, 29), date(2041, 3, 1)])
def test_R069_every_table_keeps_a_row_on_its_last_day_and_lets_it_go_the_day_after(store: Store, day: date) -> None:
    """In the ledger: one row that goes today, and one that goes tomorrow, for every rule there is."""
    _edges(store, day)


def test_R069_the_same_on_postgresql(postgres_store: Store) -> None:
    _edges(postgres_store, date(2040, 2, 29))


def _edges(store: Store, day: date) -> None:
    store = at(store, datetime.combine(day, time(3), HELSINKI))
    filler = Filler(store, random.Random(1))
    filler.days, filler.sharing = (day, day), False  # whatever else is made for these rows is new and theirs alone
    goes, stays = {}, {}
    for one in EDGES:
        newest = one.newest_due(day)
        assert newest is not None
        goes[one.key] = _row(filler, one, newest, time(23, 59, 59))
        stays[one.key] = _row(filler, one, newest + timedelta(days=1), time(0))
    plan = planned(store)
    for one in EDGES:
        assert goes[one.key] in plan[one.key], one.key
        assert stays[one.key] not in plan[one.key], one.key
    for later in (1, 2):  # 1 March of ten years ago ends on 1 March, not on the day after 29 February
        then = at(store, store.now() + timedelta(days=later))
        plan = planned(then)
        for one in EDGES:
            newest = one.newest_due(day) or day
            assert (stays[one.key] in plan[one.key]) == one.due(newest + timedelta(days=1), today=then.today()), one.key
    assert all(stays[one.key] in plan[one.key] for one in EDGES)
    gone = retention.run(store)["disposed"]
    assert [one.key for one in EDGES if not gone.get(one.key)] == []


def _row(filler: Filler, one: Rule, day: date, clock: time) -> str:
    """A row of the rule's table whose period began on that day; its id."""
    table, (since, *_) = metadata.tables[one.table], one.starts
    where = metadata.tables[since.table] if since.table else table
    value = _value(where.c[since.column].type, day, clock)
    if not since.table:
        return identity(table.name, filler.add(table, **{since.column: value}))
    (key,) = [key for key in table.foreign_keys if key.column.table is where]
    parent = filler.add(where, **{since.column: value})
    return identity(table.name, filler.add(table, **{key.parent.name: parent[key.column.name]}))


def _value(kind: Any, day: date, clock: time) -> Any:
    return datetime.combine(day, clock, HELSINKI).astimezone(UTC) if isinstance(kind, Instant) else day


def test_R069_a_request_keeps_its_facts_for_ten_years_and_not_a_day_longer(any_store: Store) -> None:
    """R069: the case, whom it concerned and what happened go together."""
    from ledger import requests
    from subjects import cases

    case = cases.open_case(any_store, right="access", via="email", persons=[1001])
    cases.complete(any_store, case, outcome="granted")
    last = at(any_store, NOW + relativedelta(years=10))
    assert retention.run(last)["disposed"].get("table subject_case") is None
    with any_store.ledger.read() as connection:
        assert requests.find(connection, case)["outcome"] == "granted"
    gone = retention.run(at(any_store, NOW + relativedelta(years=10, days=1)))["disposed"]
    assert (gone["table subject_case"], gone["table subject_case_person"]) == (1, 1)
    assert gone["table subject_case_event"] >= 2
