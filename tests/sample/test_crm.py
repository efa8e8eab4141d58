"""The worn CRM and its truth: every row's truth is of the register, and what is said to be done was done."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from core.identity import normalise_business_id
from register.sample.generate import generate

Row = dict[str, str]


def read(path: Path, delimiter: str = ",") -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("crm")
    generate(directory, organisations=6000, seed=5)
    return directory


@pytest.fixture(scope="module")
def pairs(out: Path) -> list[tuple[Row, Row]]:
    crm, truth = read(out / "crm.csv", ";"), read(out / "crm_truth.csv")
    assert [row["Asiakasnro"] for row in crm] == [row["crm_id"] for row in truth]
    assert len({row["crm_id"] for row in truth}) == len(truth)
    return list(zip(crm, truth, strict=True))


@pytest.fixture(scope="module")
def register(out: Path) -> tuple[dict[str, Row], dict[str, Row]]:
    organisations = {row["business_id"]: row for row in read(out / "organisations.csv")}
    return organisations, {row["source_id"]: row for row in read(out / "positions.csv")}


def test_it_is_written_as_finnish_excel_writes(out: Path) -> None:
    data = (out / "crm.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    assert b";" in data.splitlines()[0]


def test_truth_is_of_the_register(
    pairs: list[tuple[Row, Row]], register: tuple[dict[str, Row], dict[str, Row]]
) -> None:
    organisations, positions = register
    for _, truth in pairs:
        if truth["source_id"]:
            assert positions[truth["source_id"]]["business_id"] == truth["business_id"]
        if truth["business_id"]:
            assert truth["business_id"] in organisations
        changes = truth["changes"].split(";")
        assert ("organisation_unknown" in changes) == (not truth["business_id"])
        gone = {"organisation_unknown", "person_left", "no_person"} & set(changes)
        assert bool(gone) == (not truth["source_id"])


def test_a_row_without_the_change_still_has_the_registers_value(
    pairs: list[tuple[Row, Row]], register: tuple[dict[str, Row], dict[str, Row]]
) -> None:
    organisations, positions = register
    for crm, truth in pairs:
        changes = set(truth["changes"].split(";"))
        if not truth["business_id"]:
            continue
        if not {"form_variant", "company_typo", "company_upper"} & changes:
            assert crm["Yritys"] == organisations[truth["business_id"]]["name"]
        if not {"id_missing", "id_wrong"} & changes:
            assert normalise_business_id(crm["Y-tunnus"]) == truth["business_id"]
        if truth["source_id"] and not {"old_surname", "name_typo", "name_merged"} & changes:
            last = positions[truth["source_id"]]["last_name"]
            assert crm["Sukunimi"].lower() == last.lower()
        if truth["source_id"] and not {"email_missing", "email_case"} & changes:
            assert crm["Sähköposti"] == positions[truth["source_id"]]["email"]


def test_a_row_with_the_change_shows_it(
    pairs: list[tuple[Row, Row]], register: tuple[dict[str, Row], dict[str, Row]]
) -> None:
    organisations, positions = register
    for crm, truth in pairs:
        changes = set(truth["changes"].split(";"))
        if "id_missing" in changes:
            assert not crm["Y-tunnus"]
        if "id_wrong" in changes:
            assert normalise_business_id(crm["Y-tunnus"]) != truth["business_id"]
        if "company_upper" in changes and "form_variant" not in changes:
            assert sum(letter.islower() for letter in crm["Yritys"]) <= len(" osakeyhtiö")
        if "name_merged" in changes:
            assert crm["Yhteyshenkilö"]
            assert not crm["Sukunimi"]
        if "no_person" in changes:
            assert not crm["Yhteyshenkilö"] + crm["Etunimi"] + crm["Sukunimi"]
        if "old_surname" in changes and "name_merged" not in changes and truth["source_id"]:
            assert crm["Sukunimi"] != positions[truth["source_id"]]["last_name"]
        if "form_variant" in changes and truth["business_id"]:
            assert crm["Yritys"] != organisations[truth["business_id"]]["name"]


def test_organisations_not_in_the_register_are_not_in_it(
    pairs: list[tuple[Row, Row]], register: tuple[dict[str, Row], dict[str, Row]]
) -> None:
    unknown = [crm for crm, truth in pairs if not truth["business_id"]]
    assert len(unknown) / len(pairs) == pytest.approx(0.15, abs=0.02)
    ids = {normalise_business_id(crm["Y-tunnus"]) for crm in unknown} - {None}
    assert ids
    assert not ids & set(register[0])


def test_every_kind_of_wear_occurs_and_duplicates_share_their_truth(pairs: list[tuple[Row, Row]]) -> None:
    changes = Counter(change for _, truth in pairs for change in truth["changes"].split(";"))
    kinds = (
        "organisation_unknown duplicate person_left no_person old_surname nickname moved id_missing id_wrong id_style "
        "email_missing phone_missing address_missing title_missing form_variant company_typo company_upper name_typo "
        "name_upper name_merged phone_style city_upper email_case"
    ).split()
    assert not set(kinds) - set(changes)
    first = {(truth["business_id"], truth["source_id"]) for _, truth in pairs if "duplicate" not in truth["changes"]}
    again = [truth for _, truth in pairs if "duplicate" in truth["changes"]]
    assert all((truth["business_id"], truth["source_id"]) in first for truth in again)
