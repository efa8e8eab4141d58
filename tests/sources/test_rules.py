"""Every rule of a row, one bad cell at a time: the reason, the field, and that the row beside it stands."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import Store, create_store
from register.sources.load import load_files
from schemas.register import SCHEMAS
from tests.conftest import NOW
from tests.sources.files import organisations, positions, quarantined, stored

ORGANISATION_RULES = [
    ("business_id", "0112038-8", "business_id_invalid"),
    ("business_id", "12345678", "business_id_invalid"),
    ("business_id", "", "business_id_missing"),
    ("kind", "guild", "kind_unknown"),
    ("name", " \u200b ", "name_missing"),
    ("form", "XYZ", "form_unknown"),
    ("industry", "99999", "industry_unknown"),
    ("industry_version", "TOL1995", "industry_version_unknown"),
    ("staff_class", "10", "staff_class_unknown"),
    ("revenue_class", "x", "revenue_class_unknown"),
    ("visiting_postcode", "0260", "postcode_malformed"),
    ("postal_postcode", "SE-11122", "postcode_malformed"),
    ("municipality", "999", "municipality_unknown"),
    ("phone", "414 8005", "phone_malformed"),
    ("fax", "none", "phone_malformed"),
    ("it_workstations", "-3", "number_malformed"),
    ("it_servers", "many", "number_malformed"),
    ("source_date", "2026-11-23", "date_in_future"),
    ("source_date", "1949-12-31", "date_too_old"),
    ("source_date", "yesterday", "date_malformed"),
]
POSITION_RULES = [
    ("source_id", "", "source_id_missing"),
    ("business_id", "0869288-2", "business_id_invalid"),
    ("business_id", "", "business_id_missing"),
    ("first_name", "", "name_missing"),
    ("last_name", "", "name_missing"),
    ("responsibilities", "IT;XX", "responsibility_unknown"),
    ("purchasing", "everything", "responsibility_unknown"),
    ("level", "5", "level_unknown"),
    ("email", "maija.makela@gmail.com", "email_private"),
    ("email", "Maija.Makela@PP.INET.FI", "email_private"),
    ("email", "maija.makela(at)nokia.example", "email_malformed"),
    ("mobile", "12345", "phone_malformed"),
    ("postal_postcode", "ABCDE", "postcode_malformed"),
    ("started", "2026-12-01", "date_in_future"),
    ("started", "31.2.2020", "date_malformed"),
    ("verified", "2019-12-31", "verified_before_started"),
    ("verified", "2027-01-01", "date_in_future"),
    ("notified", "2030-01-01", "date_in_future"),
    ("source_date", "20261122", "date_malformed"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One load of both files: a good row first, then one row for every rule, bad in that one cell."""
    at = tmp_path_factory.mktemp("rules")
    store = create_store(load_settings(env={}, home=at / "home"), clock=fixed_clock(NOW))
    files = [
        organisations(at / "o.csv", {}, *({field: cell} for field, cell, _ in ORGANISATION_RULES)),
        positions(at / "p.csv", {}, *({field: cell} for field, cell, _ in POSITION_RULES)),
    ]
    document = load_files(store, source="s", files=files)
    store.ledger.engine.dispose()
    return document


@pytest.mark.parametrize(
    ("file", "row", "field", "reason"),
    [("o.csv", row, field, reason) for row, (field, _, reason) in enumerate(ORGANISATION_RULES, 2)]
    + [("p.csv", row, field, reason) for row, (field, _, reason) in enumerate(POSITION_RULES, 2)],
)
def test_a_bad_row_goes_to_quarantine_with_field_and_reason(
    judged: dict[str, Any], file: str, row: int, field: str, reason: str
) -> None:
    """R001, R003, R004, R006, R010."""
    found = [entry[2:] for entry in quarantined(judged) if entry[:2] == (file, row)]
    assert (field, reason) in found
    assert {other for other, _ in found} <= {field, "verified"}


def test_only_the_bad_rows_are_kept_out(judged: dict[str, Any]) -> None:
    by_kind = {load["kind"]: load for load in judged["loads"]}
    for kind, rules in (("organisations", ORGANISATION_RULES), ("positions", POSITION_RULES)):
        assert by_kind[kind]["quarantined"] == len(rules)
        assert by_kind[kind]["accepted"] == 1
    assert judged["reasons"]["date_in_future"] == 4
    assert judged["reasons"]["email_private"] == 2


def test_a_position_needs_a_responsibility_of_either_sort(store: Store, tmp_path: Path) -> None:
    """R006."""
    file = positions(
        tmp_path / "p.csv", {"responsibilities": "", "purchasing": ""}, {"responsibilities": ""}, {"purchasing": ""}
    )
    document = load_files(store, source="s", files=[file])
    assert quarantined(document) == [("p.csv", 1, "responsibilities", "responsibility_missing")]
    rows = stored(store, "positions")
    assert [(row["responsibilities"], row["purchasing"]) for row in rows] == [(None, ["IT"]), (["FIN", "IT"], None)]


def test_a_row_with_several_faults_lists_them_all_and_counts_once(store: Store, tmp_path: Path) -> None:
    file = positions(tmp_path / "p.csv", {}, {"first_name": "", "level": "9", "verified": "2030-01-01"})
    document = load_files(store, source="s", files=[file])
    assert (document["accepted"], document["quarantined"]) == (1, 1)
    assert document["reasons"] == {"date_in_future": 1, "level_unknown": 1, "name_missing": 1}
    assert {(row, field) for _, row, field, _ in quarantined(document)} == {
        (2, "first_name"),
        (2, "level"),
        (2, "verified"),
    }


def test_the_quarantine_file_holds_no_cell_content(store: Store, tmp_path: Path) -> None:
    secret = "salainen.osoite@gmail.com"
    file = positions(tmp_path / "p.csv", {}, {"email": secret, "first_name": "Tuntematon", "level": "77"})
    document = load_files(store, source="s", files=[file])
    text = Path(document["quarantine_file"]).read_text(encoding="utf-8")
    assert document["quarantined"] == 1
    assert not any(part in text for part in ("salainen", "gmail", "Tuntematon", "77", "P2"))


def test_accepted_values_are_stored_in_the_registers_forms(store: Store, tmp_path: Path) -> None:
    organisation = {
        "parallel_names": "Nokia Abp; Nokia Corporation",
        "form": "Osakeyhtiö",
        "municipality": "",
        "industry_version": "TOL 2025",
        "phone": "010 448 8000",
        "it_workstations": "1 200",
        "kind": "",
    }
    position = {"responsibilities": "IT; FIN;IT", "email": " Maija.Makela@Nokia.Example ", "mobile": "040 123 4567",
                "business_id": "FI01120389", "started": "1.2.2020", "postal_postcode": "FI-02610"}  # fmt: skip
    load_files(
        store, source="s",
        files=[organisations(tmp_path / "o.csv", organisation), positions(tmp_path / "p.csv", position)],
    )  # fmt: skip
    (org,) = stored(store, "organisations")
    assert org["parallel_names"] == ["Nokia Abp", "Nokia Corporation"]
    assert (org["form"], org["kind"], org["industry_version"]) == ("OY", "company", "TOL2025")
    assert (org["municipality"], org["phone"], org["it_workstations"]) == ("049", "+358104488000", 1200)
    assert (org["ceased"], org["sole_trader"], org["auxiliary_names"]) == (False, False, None)
    (row,) = stored(store, "positions")
    assert row["responsibilities"] == ["FIN", "IT"]
    assert (row["email"], row["mobile"]) == ("maija.makela@nokia.example", "+358401234567")
    assert (row["business_id"], row["postal_postcode"]) == ("0112038-9", "02610")
    assert (str(row["started"]), row["level"], row["name_fold"]) == ("2020-02-01", 2, "maija makela orn")


def test_a_sole_trader_is_flagged(store: Store, tmp_path: Path) -> None:
    """R010."""
    load_files(store, source="s", files=[organisations(tmp_path / "o.csv", {"form": "F26"}, {})])
    assert [row["sole_trader"] for row in stored(store, "organisations")] == [True, False]


def test_organisations_of_all_three_kinds_load(store: Store, tmp_path: Path) -> None:
    """R001."""
    changes = ({"kind": "public", "form": "F41"}, {"kind": "association", "form": "AYH"}, {"business_id": "0869288-1"})
    file = organisations(tmp_path / "o.csv", *changes)
    load_files(store, source="s", files=[file])
    assert [row["kind"] for row in stored(store, "organisations")] == ["public", "association", "company"]


def test_every_reason_is_explained_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    explained = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    schemas = [schema(date(2026, 11, 22)) for schema in SCHEMAS.values()]
    known = {check.error for schema in schemas for column in schema.columns.values() for check in column.checks}
    assert explained == known | {"key_duplicate", "row_misshapen"}
