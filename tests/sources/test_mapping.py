"""Columns of a file to fields of the register, and the columns that refuse it (R004)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import FileRejected
from ledger.store import Store
from register.sources.load import load_files
from register.sources.mapping import TARGETS, built_in, make_plan, read_mapping
from schemas import codes
from tests.sources.files import POSITION, REFERENCE, everything_in, organisations, positions, stored, write_csv

PROFINDER_ORGANISATION = {
    "Y-tunnus": "0112038-9", "Virallinen nimi": "Nokia Oyj", "Markkinointinimi": "Nokia", "Emoyhtiön Y-tunnus": "",
    "Päätoimiala": "70100 Pääkonttorien toiminta", "Liikevaihto (tuhatta €)": "22258000", "Henkilöstö": "86689",
    "Liikevaihdon muutos": "-11", "Liikevaihtoluokka": "vähintään 200 milj. euroa",
    "Henkilökuntaluokka": "yli 1000 henkilöä", "Kunta": "Espoo", "Maakunta": "Uusimaa",
    "Käyntiosoitteen postitoimipaikka": "ESPOO",
}  # fmt: skip
PROFINDER_CONTACT = {
    "Y-tunnus": "0112038-9", "Virallinen nimi": "Nokia Oyj", "Etunimi": "Maija", "Sukunimi": "Mäkelä",
    "Titteli": "Talousjohtaja", "Vastuualueet": "Talous ja hallinto, Tietohallinto", "Asema": "Johto", "Ranking": "1",
    "Sähköpostiosoite": "maija.makela@nokia.example", "Puhelin": "040 123 4567",
}  # fmt: skip


def test_the_products_own_columns_are_those_of_the_contract() -> None:
    """R004: what can be known of a person is this list and nothing else."""
    assert TARGETS["positions"] == (
        "source_id", "business_id", "first_name", "last_name", "title", "responsibilities", "purchasing", "level",
        "email", "mobile", "postal_street", "postal_postcode", "postal_city", "started", "verified", "notified",
        "source_date",
    )  # fmt: skip
    assert set(TARGETS["organisations"]) >= {
        "business_id", "kind", "name", "parallel_names", "auxiliary_names", "form", "industry", "industry_version",
        "staff_class", "revenue_class", "visiting_street", "postal_city", "municipality", "phone", "fax", "website",
        "it_workstations", "it_servers", "it_erp", "source_date",
    }  # fmt: skip


def test_every_built_in_mapping_names_known_fields() -> None:
    for mapping in built_in():
        mapping.check(mapping.name)
    assert {mapping.name for mapping in built_in()} >= {"PRH excerpt", "Profinder organisations", "Profinder contacts"}


def test_profinder_organisations_load_without_a_mapping_file(store: Store, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "yritykset.csv", [PROFINDER_ORGANISATION], delimiter=";", encoding="utf-8-sig")
    document = load_files(store, source="profinder", files=[file])
    assert document["files"][0]["mapping"] == "Profinder organisations"
    assert document["ignored_columns"] == [
        "Emoyhtiön Y-tunnus", "Henkilöstö", "Liikevaihdon muutos", "Liikevaihto (tuhatta €)", "Maakunta"]  # fmt: skip
    (row,) = stored(store, "organisations")
    assert (row["business_id"], row["name"], row["kind"]) == ("0112038-9", "Nokia Oyj", "company")
    assert (row["industry"], row["industry_version"]) == ("70100", "TOL2025")
    assert (row["staff_class"], row["revenue_class"], row["municipality"]) == (9, 9, "049")
    assert (row["auxiliary_names"], row["visiting_city"]) == (["Nokia"], "ESPOO")


def test_a_form_says_the_kind_better_than_the_mappings_constant(store: Store, tmp_path: Path) -> None:
    rows = [PROFINDER_ORGANISATION | {"Yhtiömuoto": "Aatteellinen yhdistys"},
            PROFINDER_ORGANISATION | {"Yhtiömuoto": "", "Y-tunnus": "2336509-6"}]  # fmt: skip
    load_files(store, source="profinder", files=[write_csv(tmp_path / "y.csv", rows)])
    assert [row["kind"] for row in stored(store, "organisations")] == ["association", "company"]


def test_profinder_contacts_load_and_their_made_up_key_is_a_hash(store: Store, tmp_path: Path) -> None:
    second = PROFINDER_CONTACT | {"Titteli": "Hallituksen jäsen", "Vastuualueet": "Hallitus"}
    file = write_csv(tmp_path / "henkilot.csv", [PROFINDER_CONTACT, second], delimiter=";", encoding="cp1252")
    document = load_files(store, source="profinder", files=[file])
    assert (document["accepted"], document["files"][0]["mapping"]) == (2, "Profinder contacts")
    assert document["ignored_columns"] == ["Ranking", "Virallinen nimi"]
    rows = stored(store, "positions")
    assert (rows[0]["last_name"], rows[0]["responsibilities"], rows[0]["level"]) == ("Mäkelä", ["FIN", "IT"], 2)
    assert (rows[0]["email"], rows[0]["mobile"]) == ("maija.makela@nokia.example", "+358401234567")
    keys = {row["source_id"] for row in rows}
    assert len(keys) == 2
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)


@pytest.mark.parametrize("suffix", [".json", ".toml"])
def test_a_mapping_file_joins_renames_and_adds_constants(store: Store, tmp_path: Path, suffix: str) -> None:
    mapping = tmp_path / f"map{suffix}"
    if suffix == ".json":
        mapping.write_text(json.dumps({
            "kind": "organisations",
            "columns": {"business_id": "VAT", "name": "Firma", "industry": "Ala",
                        "visiting_street": ["Katu", "Numero"]},
            "constants": {"kind": "public", "industry_version": "TOL2008", "source_date": "2026-01-31"},
        }))  # fmt: skip
    else:
        mapping.write_text(
            'kind = "organisations"\n[columns]\nbusiness_id = "VAT"\nname = "Firma"\nindustry = "Ala"\n'
            'visiting_street = ["Katu", "Numero"]\n[constants]\nkind = "public"\nindustry_version = "TOL2008"\n'
            'source_date = "2026-01-31"\n'
        )
    rows = [{"VAT": "FI01120389", "Firma": "Nokia", "Katu": "Karakaari", "Numero": "7", "Ala": "62.01", "Muu": "x"}]
    document = load_files(store, source="own", files=[write_csv(tmp_path / "f.csv", rows)], mapping=mapping)
    assert document["ignored_columns"] == ["Muu"]
    (row,) = stored(store, "organisations")
    assert (row["business_id"], row["visiting_street"], row["kind"]) == ("0112038-9", "Karakaari 7", "public")
    assert (row["industry"], row["industry_version"], str(row["source_date"])) == ("6201", "TOL2008", "2026-01-31")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON or TOML"),
        ('{"kind": "people", "columns": {}}', "kind must be"),
        ('{"kind": "positions", "columns": {"hetu": "Hetu"}}', "no such field: hetu"),
        ('{"kind": "positions", "columns": {}, "extra": 1}', "extra"),
        ('{"kind": "positions", "columns": ["a"]}', "columns"),
    ],
)
def test_a_bad_mapping_file_is_refused_with_what_is_wrong(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "map.json").write_text(content)
    with pytest.raises(FileRejected, match=reason) as error:
        read_mapping(tmp_path / "map.json")
    assert error.value.code == "mapping_invalid"


def test_a_mapping_whose_columns_the_file_lacks_is_refused(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "map.json"
    mapping.write_text('{"kind": "organisations", "columns": {"business_id": "VAT", "name": ["Firma", "Osasto"]}}')
    file = write_csv(tmp_path / "f.csv", [{"VAT": "0112038-9", "Firma": "Nokia"}])
    with pytest.raises(FileRejected, match="Osasto") as error:
        load_files(store, source="own", files=[file], mapping=mapping)
    assert error.value.code == "file_columns_missing"


@pytest.mark.parametrize("column", [
    "hetu", "Henkilötunnus", "Syntymäaika", "birth_date", "birthDate", "Sukupuoli", "gender", "Puhuttelu", "SSN",
    "personalIdentityCode", "Kotiosoite", "Puolue", "nationality",
])  # fmt: skip
@pytest.mark.parametrize("kind", ["organisations", "positions"])
def test_a_column_about_the_person_refuses_any_file(store: Store, tmp_path: Path, kind: str, column: str) -> None:
    """R004: hetu, birth, gender, salutation."""
    before = everything_in(store.home)
    header = [*TARGETS[kind], column]
    with pytest.raises(FileRejected, match=column) as error:
        make_plan(header, file="f.csv")
    assert error.value.code == "file_person_column"
    assert everything_in(store.home) == before


def test_an_unknown_column_beside_persons_refuses_the_file_and_beside_organisations_is_reported(
    store: Store, tmp_path: Path
) -> None:
    """R004: the list is closed."""
    persons = write_csv(tmp_path / "p.csv", [POSITION | {"harrastukset": "golf"}])
    before = everything_in(store.home)
    with pytest.raises(FileRejected, match="harrastukset"):
        load_files(store, source="s", files=[persons])
    assert everything_in(store.home) == before
    others = write_csv(
        tmp_path / "o.csv", [{"business_id": "0112038-9", "name": "Nokia", "form": "OYJ", "perustettu": "1865"}]
    )
    assert load_files(store, source="s", files=[others])["ignored_columns"] == ["perustettu"]


def test_a_mapping_may_name_columns_to_leave_out_but_not_forbidden_ones(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "map.json"
    columns = {name: name for name in POSITION}
    mapping.write_text(json.dumps({"kind": "positions", "columns": columns, "ignore": ["Huomio", "Hetu"]}))
    noted = write_csv(tmp_path / "p.csv", [POSITION | {"Huomio": "soita"}])
    assert load_files(store, source="s", files=[noted], mapping=mapping)["ignored_columns"] == ["Huomio"]
    coded = write_csv(tmp_path / "q.csv", [POSITION | {"Hetu": ""}])
    with pytest.raises(FileRejected, match="Hetu"):
        load_files(store, source="s", files=[coded], mapping=mapping)


@pytest.mark.parametrize(
    ("drop", "missing"), [("source_id", "source_id"), ("last_name", "last_name"), ("business_id", "business_id")]
)
def test_a_missing_column_is_named(drop: str, missing: str) -> None:
    with pytest.raises(FileRejected, match=missing) as error:
        make_plan([name for name in TARGETS["positions"] if name != drop], file="p.csv")
    assert error.value.code == "file_columns_missing"


def test_a_positions_file_needs_a_column_of_responsibilities() -> None:
    """R006."""
    header = [name for name in TARGETS["positions"] if name not in ("responsibilities", "purchasing")]
    with pytest.raises(FileRejected, match="responsibilities"):
        make_plan(header, file="p.csv")


def test_a_file_of_neither_kind_is_refused_without_quoting_it(tmp_path: Path) -> None:
    with pytest.raises(FileRejected) as error:
        make_plan(["Matti Meikäläinen", "matti@firma.example"], file="x.csv")
    assert error.value.code == "file_columns_unrecognised"
    assert "Matti" not in str(error.value)


@pytest.mark.parametrize("field", ["title", "postal_street", "source_id", "mobile"])
def test_an_identity_code_in_any_field_refuses_the_file_and_is_not_quoted(
    store: Store, tmp_path: Path, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    """R004."""
    before = everything_in(store.home)
    file = positions(tmp_path / "p.csv", {}, {field: "ks. 131052-308T"})
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[file])
    assert error.value.code == "file_identity_code"
    assert error.value.ids == {"file": "p.csv", "row": 2, "column": field}
    assert "131052" not in str(error.value) + caplog.text
    assert everything_in(store.home) == before


def test_an_identity_code_in_an_ignored_column_or_a_misshapen_row_refuses_the_file(
    store: Store, tmp_path: Path
) -> None:
    """R004: in an ignored column, and in a row of the wrong shape."""
    ignored = write_csv(tmp_path / "o.csv", [{"business_id": "0112038-9", "name": "Nokia", "huom": "131052-308T"}])
    with pytest.raises(FileRejected, match="huom"):
        load_files(store, source="s", files=[ignored])
    ragged = organisations(tmp_path / "r.csv", {}, {})
    ragged.write_text(ragged.read_text() + "0112038-9,131052-308t\n")
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[ragged])
    assert (error.value.code, error.value.ids["row"]) == ("file_identity_code", 3)


def test_the_reference_excerpt_of_110_real_companies_loads_without_a_mapping_file(store: Store) -> None:
    document = load_files(store, source="prh", files=[REFERENCE / "companies_prh_excerpt.csv"])
    assert (document["read"], document["accepted"]) == (110, 110)
    rows = {row["business_id"]: row for row in stored(store, "organisations")}
    first = rows["2638680-2"]
    assert (first["name"], first["form"], first["kind"]) == ("1269 Mikko Nygren Oy", "OY", "company")
    assert (first["industry"], first["industry_version"]) == ("47110", "TOL2025")
    assert (first["visiting_street"], first["municipality"], first["ceased"]) == ("Vilhonkatu 4", "091", False)
    assert sum(row["ceased"] for row in rows.values()) == 1
    assert {row["kind"] for row in rows.values()} == {"company", "association"}
    assert sum(row["industry_version"] == "TOL2008" for row in rows.values()) == 1
    assert all(codes.industry_known(row["industry_version"], row["industry"]) for row in rows.values())
