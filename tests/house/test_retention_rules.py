"""R068: every table and every kind of file has a rule, and every rule can be carried out; else the build fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import Column, Date, ForeignKey, Integer, MetaData, String, Table

from core.files import Home
from ledger import retention_due
from ledger.tables import metadata
from schemas.retention import Rule, in_words, rules, span
from subjects.retention.files import FINDERS

BESIDE = {"temporary": "tmp", "closed": "CLOSED", "ledger": "ledger.db"}
"""Where a thing of the home is not called after its rule."""


def test_R068_every_table_has_a_rule_that_fits_its_columns() -> None:
    assert retention_due.faults() == []


def _with(name: str, *columns: Column[Any]) -> MetaData:
    """The ledger's tables, and one more or another in the place of one."""
    wider = MetaData()
    for table in metadata.tables.values():
        if table.name != name:
            table.to_metadata(wider)
    Table(name, wider, *columns)
    return wider


def test_R068_a_table_without_a_rule_fails_the_build() -> None:
    wider = _with("visitor", Column("visitor", String(40), primary_key=True))
    assert retention_due.faults(wider) == ["table visitor: no rule"]


def test_R068_a_rule_without_its_table_or_column_fails_the_build() -> None:
    fewer = _with("task", Column("task", Integer, primary_key=True), Column("closed_on", Date))
    fewer.remove(fewer.tables["told"])
    assert retention_due.faults(fewer) == ["table task: the start .closed_at is not there", "table told: no such table"]


def test_R068_a_row_that_goes_with_another_must_refer_to_it() -> None:
    wider = _with("breach_event", Column("event", Integer, primary_key=True), Column("of", ForeignKey("task.task")))
    assert retention_due.faults(wider) == ["table breach_event: the row it is deleted with is not there"]


def test_R068_every_place_in_the_home_has_a_rule(tmp_path: Path) -> None:
    named = {name for kind, name in rules() if kind == "files"}
    places = {name for name, value in vars(Home).items() if isinstance(value, property)}
    assert places <= named
    home = Home(tmp_path / "home")
    home.create()
    known = {BESIDE.get(name, name) for name in named}
    assert {path.name for path in home.root.iterdir()} <= known


def test_R068_whatever_a_file_class_says_is_done() -> None:
    """A class that ends by time has somebody who finds what is over; manifests are rewritten."""
    ending = {name for (kind, name), rule in rules().items() if kind == "files" and rule.span is not None}
    assert ending == {*FINDERS, "manifests"}


def test_R069_whistleblowing_and_applications_are_templates_only() -> None:
    templates = {name: rule.period for (kind, name), rule in rules().items() if kind == "template"}
    assert templates == {"whistleblowing": "P5Y", "applications": "P6M"}
    words = ("whistle", "applica", "candidate", "ilmoituskanav")
    assert [name for name in metadata.tables if any(word in name for word in words)] == []


@pytest.mark.parametrize(
    ("table", "period"),
    [
        ("breach", "P10Y"),
        ("subject_case", "P10Y"),
        ("erasure", "P10Y"),
        ("agreement", "P10Y"),
        ("campaign", "P10Y"),
        ("campaign_order", "P10Y"),
        ("extract", "P10Y"),
    ],
)
def test_R069_the_fixed_periods(table: str, period: str) -> None:
    assert rules()["table", table].period == period


@pytest.mark.parametrize("text", ["", "P", "1Y", "P1W", "P-1D", "P1234D", "p1y"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="period"):
        span(text)


@pytest.mark.parametrize(
    ("period", "words"),
    [("P24M", "24 months"), ("P10Y", "10 years"), ("P1D", "1 day"), ("P30D", "30 days"), ("P0D", "at once"), ("-", "")],
)
def test_a_period_in_words(period: str, words: str) -> None:
    assert in_words(period) == words


def test_a_start_is_looked_for_where_the_rule_says() -> None:
    rule = Rule("blank", "customer.contact", "", "<agreement.ends_on|added_at", "P24M", "blank", "", "x")
    assert [(one.table, one.column, one.children) for one in rule.starts] == [
        ("agreement", "ends_on", True),
        ("", "added_at", False),
    ]
    assert (rule.table, rule.span) == ("customer", relativedelta(months=24))


def test_R068_rows_go_before_those_that_take_what_they_refer_to_along() -> None:
    """What of a job's returns names persons goes before the job, with which the returns go."""
    order = [rule.name for rule in retention_due.in_order() if rule.kind == "table"]
    assert order.index("care_return_person") < order.index("care_job")
    assert order.index("other_disclosure") < order.index("agreement")
