"""Records of processing from what is live (R095), and the assessments that purposes rest on (R099)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from core.errors import InvalidInput, LicenceRefused
from extracts.cut import cut
from extracts.orders import place
from ledger import assessments, customers, processing, processors, sources
from ledger.store import Store
from schemas import codes, processing as described, retention
from schemas.register import LAYOUTS
from service.cli import main
from service.cli.common import Session
from subjects import records
from tests.notices.house import DAY, at

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(store: Store, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: str, day: date = DAY) -> tuple[int, dict[str, Any]]:
        session = Session(home=store.home.root, json=True, clock=at(store, day).clock)
        code = main([*arguments, "--json"], session)
        return code, json.loads(capsys.readouterr().out)

    return go


def with_settings(store: Store, **values: Any) -> Store:
    return type(store)(store.settings.model_copy(update=values), store.home, store.ledger, store.clock, store.actor)


def test_R095_the_record_equals_schema_settings_and_ledger(store: Store) -> None:
    with store.write() as tx:
        sources.ensure_source(tx, "ytj", ground="GDPR 6(1)(f)")
        buyer = customers.add_customer(
            tx, name="Ostaja Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
        customers.add_agreement(tx, customer_id=buyer, mode="campaign", starts_on=DAY, ends_on=date(2027, 1, 1))
        processors.add(tx, "Kone Oy", {"category": "hosting"})
    with store.ledger.read() as connection:
        listed = processors.listing(connection, today=store.today())
    record = records.art30(with_settings(store, controller_phone="+358 9 1"))
    told = {
        table: sorted(field for one in found.values() for field in one["fields"])
        for table, found in record["categories"].items()
    }
    for table, layout in LAYOUTS.items():
        assert told[table] == sorted(set(layout.names) - {"file", "row"})
    assert [one["purpose"] for one in record["purposes"]] == list(codes.PURPOSES)
    assert all(one["balancing_test"]["state"] == "valid" for one in record["purposes"])
    assert record["sources"] == [{"source": "ytj", "ground": "GDPR 6(1)(f)", "in_use": True}]
    assert record["recipients"]["named"] == [
        {"customer": buyer, "name": "Ostaja Oy", "business_id": "6000001-0", "country": "FI", "modes": ["campaign"]}
    ]
    assert record["processors"] == listed == records.art30(store, processor=True)["sub_processors"]
    assert [one["name"] for one in listed] == ["Kone Oy"]
    assert {one["of"] for one in record["periods"]} == {
        rule.key for rule in retention.rules().values() if rule.kind != "template"
    }
    settings = store.settings
    assert record["controller"]["business_id"] == settings.controller_business_id
    assert record["controller"]["responsible"] == settings.responsible
    values = {one["measure"]: one["value"] for one in record["measures"]}
    assert values["days between notice and first disclosure"] == settings.notice_wait_days
    assert record["transfers"].startswith("none")


def test_R095_a_field_without_a_category_stops_the_record(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wider = LAYOUTS["positions"].append(pa.field("linkedin", pa.string()))
    monkeypatch.setattr(described, "LAYOUTS", {**LAYOUTS, "positions": wider})
    described.categorised.cache_clear()
    try:
        with pytest.raises(InvalidInput) as caught:
            records.art30(store)
        assert (caught.value.code, caught.value.ids["field"]) == ("field_uncategorised", "linkedin")
    finally:
        monkeypatch.undo()
        described.categorised.cache_clear()


def test_R095_no_record_without_a_responsible_person(store: Store) -> None:
    with pytest.raises(InvalidInput) as caught:
        records.art30(with_settings(store, responsible="  "))
    assert caught.value.code == "value_missing"


@pytest.mark.parametrize("act", ["523/1999", "516/2004"])
def test_R095_a_repealed_act_is_no_ground(any_store: Store, act: str) -> None:
    with any_store.write() as tx:
        with pytest.raises(InvalidInput) as caught:
            sources.ensure_source(tx, "old", ground=f"Henkilötietolaki {act} 19 §")
        assert (caught.value.code, caught.value.ids) == ("ground_repealed", {"act": act})
        sources.ensure_source(tx, "new", ground="GDPR 6(1)(f), 1050/2018")


def test_R095_no_shipped_ground_or_text_rests_on_a_repealed_act(store: Store) -> None:
    whole = json.dumps(records.art30(store), default=str, ensure_ascii=False)
    assert described.repealed_acts(whole) == []
    assert described.repealed_acts("1523/1999 ja 523/19990") == []


def test_R095_the_processor_record_names_each_controller_of_data_care(any_store: Store) -> None:
    with any_store.write() as tx:
        care = customers.add_customer(
            tx, name="Hoidettava Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
        customers.add_agreement(tx, customer_id=care, mode="datacare", starts_on=DAY, ends_on=date(2027, 1, 1))
    record = records.art30(any_store, processor=True)
    (one,) = record["controllers"]
    assert (one["name"], one["in_force"]) == ("Hoidettava Oy", True)
    with any_store.ledger.read() as connection:
        assert processing.recipients(connection) == []


def test_R095_the_verbs_print_both_records(run: Run) -> None:
    code, document = run("records", "art30")
    assert (code, document["record"], document["encryption"]["database_files"]) == (0, "30(1)", False)
    assert run("records", "art30", "--processor")[1]["record"] == "30(2)"
    for language in ("fi", "sv", "en"):
        notice = run("records", "notice", "--language", language)[1]
        assert (notice["language"], notice["faults"], notice["differs"]) == (language, [], [])
    assert run("records", "notice", "--version", "7")[0] == 4


def test_R099_a_new_store_carries_the_shipped_assessments_marked_as_such(store: Store, run: Run) -> None:
    with store.ledger.read() as connection:
        found = assessments.current(connection)
    assert set(found) == {*codes.PURPOSES, "dpia"}
    assert {(row["shipped"], row["owner"], row["review_on"]) for row in found.values()} == {
        (True, "tester", date(2027, 11, 22))
    }
    with store.ledger.read() as connection:
        assert "to be adopted" in assessments.show(connection, found["sales"]["assessment"])["text"]
    findings = run("doctor")[1]["findings"]
    assert any("to be adopted" in finding and "dpia" in finding for finding in findings)
    assert any("in charge" in finding for finding in findings)


def test_R099_filing_replaces_the_shipped_text_and_doctor_is_content(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "test.md"
    file.write_text("# Our own test", encoding="utf-8")
    for purpose in codes.PURPOSES:
        assert run("assessment", "add", str(file), "--purpose", purpose, "--owner", "Officer")[1]["purpose"] == purpose
    made = run("assessment", "add", str(file), "--kind", "dpia", "--owner", "Officer")[1]
    listed = run("assessment", "list")[1]["assessments"]
    assert [row["state"] for row in listed].count("valid") == 5
    assert [row["state"] for row in listed].count("replaced") == 5
    assert run("assessment", "show", made["assessment"])[1]["text"] == "# Our own test"
    assert run("assessment", "show", "assessment-none")[1]["error"]["code"] == "assessment_unknown"
    assert not any("shipped" in finding for finding in run("doctor")[1]["findings"])
    assert any("overdue" in finding for finding in run("doctor", day=date(2027, 12, 1))[1]["findings"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--purpose", "sales", "--owner", " "], "value_missing"),
        (["--owner", "Officer"], "value_missing"),
        (["--kind", "dpia", "--purpose", "sales", "--owner", "Officer"], "value_unknown"),
        (["--purpose", "sales", "--owner", "O", "--made", "2026-11-23"], "date_future"),
        (["--purpose", "sales", "--owner", "O", "--review", "2026-11-01"], "dates_reversed"),
        (["--purpose", "sales", "--owner", "O", "--review", "2027-11-23"], "assessment_review_late"),
    ],
)
def test_R099_an_assessment_has_an_owner_a_date_and_a_review_within_twelve_months(
    run: Run, tmp_path: Path, arguments: list[str], code: str
) -> None:
    file = tmp_path / "test.md"
    file.write_text("text", encoding="utf-8")
    assert run("assessment", "add", str(file), *arguments)[1]["error"]["code"] == code


def test_R099_a_cut_is_refused_when_its_assessment_has_expired(register_store: Store, campaign: str) -> None:
    """The shipped assessments of November 2026 hold to 22 November 2027 and carry cuts for thirty days more."""
    from datetime import timedelta

    from sqlalchemy import update

    from ledger import tables
    from schemas.criteria import parse_criteria

    with register_store.write() as tx:
        tx.execute(update(tables.assessment).values(review_on=DAY - timedelta(days=31)))
        tx.audit("test.expired")
    criteria = parse_criteria(
        {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}, "limit": 20}
    )
    order = place(register_store, campaign, criteria)["order"]
    with pytest.raises(LicenceRefused) as caught:
        cut(register_store, order)
    assert caught.value.code == "assessment_expired"


def test_R099_an_overdue_assessment_carries_the_cut_with_a_warning(
    register_store: Store, campaign: str, caplog: pytest.LogCaptureFixture
) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from ledger import tables
    from schemas.criteria import parse_criteria

    with register_store.write() as tx:
        tx.execute(update(tables.assessment).values(review_on=DAY - timedelta(days=30)))
        tx.audit("test.overdue")
    criteria = parse_criteria(
        {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}, "limit": 20}
    )
    order = place(register_store, campaign, criteria)["order"]
    assert cut(register_store, order)["rows"] > 0
    assert "past its review day" in caplog.text
