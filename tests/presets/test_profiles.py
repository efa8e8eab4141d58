"""Files for CRM importers: their columns, who must not be contacted, how large they get, what comes back of them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from core.files import sha256_file
from extracts.gate import csvw, files, presets, render
from extracts.trace import trace
from ledger.store import Store
from schemas import codes, crm
from tests.gate import house

EXPECTED = Path(__file__).parent / "expected"
ALL = tuple(codes.CHANNELS)
NAMED = ("hubspot", "salesforce", "dynamics", "pipedrive")


def facts(channels: tuple[str, ...] = ALL) -> presets.Facts:
    return presets.Facts("extract-x", "Syksyn tarjous", "Rekisteri Oy", date(2026, 11, 30), channels)


def extract_rows(count: int = 3, channels: tuple[str, ...] = ALL, **cells: Any) -> pa.Table:
    """Rows as the gate has them for these channels; ``cells`` replaces columns."""
    plain: dict[str, list[Any]] = {
        "organisation_name": [f"Firma {n} Oy" for n in range(count)],
        "business_id": [f"600000{n % 10}-0" for n in range(count)],
        "industry": ["62100"] * count,
        "industry_label": ["Ohjelmistot"] * count,
        "staff_class": ["4"] * count,
        "revenue_class": ["5"] * count,
        "visiting_street": ["Kauppakatu 1"] * count,
        "visiting_postcode": ["00100"] * count,
        "visiting_city": ["Helsinki"] * count,
        "postal_street": ["PL 1"] * count,
        "postal_postcode": ["00101"] * count,
        "postal_city": ["Helsinki"] * count,
        "organisation_phone": ["+358 9 1234567"] * count,
        "website": ["https://www.Firma.example/yhteys"] * count,
        "first_name": ["Åsa"] * count,
        "last_name": [f"Öhman-{n}" for n in range(count)],
        "title": ["Tietohallintojohtaja"] * count,
        "responsibilities": ["IT;FIN"] * count,
        "email": [f"asa.ohman{n}@firma.example" for n in range(count)],
        "mobile": [f"+35840123456{n % 10}" for n in range(count)],
        "ban_url": [f"https://kielto.example/{n}" for n in range(count)],
    }
    columns = {"row": pa.array(range(1, count + 1), pa.int32())} | plain | cells
    licensed = [name for name, needs in codes.EXTRACT_FIELDS.items() if needs is None or needs in channels]
    return pa.table({name: columns[name] for name in licensed})


def shaped(form: str, rows: pa.Table, channels: tuple[str, ...] = ALL) -> presets.Shaped:
    keys = presets.keys("extract-x", rows["row"].combine_chunks())
    return presets.shaped(crm.profiles()[form], rows, keys=keys, facts=facts(channels))


def read(buffer: Any) -> list[dict[str, str]]:
    text = buffer.to_pybytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_file(form: str, rows: pa.Table, channels: tuple[str, ...] = ALL) -> list[dict[str, str]]:
    made = shaped(form, rows, channels)
    return read(render.csv_bytes(made.table, phones=made.phones))


@pytest.mark.parametrize("form", NAMED)
def test_an_importer_gets_its_own_column_names(form: str) -> None:
    """The names as the importers' public documentation has them (docs/crm-presets.md)."""
    expected = (EXPECTED / f"{form}.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert shaped(form, extract_rows()).table.column_names == expected


def test_the_generic_profile_has_every_column_of_an_extract() -> None:
    header = shaped("generic", extract_rows()).table.column_names
    assert set(codes.EXTRACT_FIELDS) - set(header) == {"row"}


@pytest.mark.parametrize("form", codes.CRM_FORMATS)
def test_no_profile_loses_a_mark_or_the_way_to_ban(form: str) -> None:
    """R037 R040: the marked column, the ban link and the key are in every file."""
    profile = crm.profiles()[form]
    fields = {name for column in profile.columns for name in column.fields}
    assert {"responsibilities", "ban_url", "first_name", "last_name", "organisation_name", "email", "mobile"} <= fields
    assert {column.fact for column in profile.columns if column.fact} >= {"key", "source", "licence_until"}


FLAGS = [
    # profile, column, channel, set, not set
    ("generic", "do_not_email", "email", "true", "false"),
    ("generic", "do_not_call", "phone", "true", "false"),
    ("generic", "do_not_post", "post", "true", "false"),
    ("hubspot", "hs_marketable_status", "email", "Non-marketing contact", "Marketing contact"),
    ("hubspot", "rajaus_do_not_call", "phone", "true", "false"),
    ("hubspot", "rajaus_do_not_post", "post", "true", "false"),
    ("salesforce", "HasOptedOutOfEmail", "email", "1", "0"),
    ("salesforce", "DoNotCall", "phone", "1", "0"),
    ("salesforce", "rajaus_do_not_post__c", "post", "1", "0"),
    ("dynamics", "donotemail", "email", "Do Not Allow", "Allow"),
    ("dynamics", "donotbulkemail", "email", "Do Not Allow", "Allow"),
    ("dynamics", "donotphone", "phone", "Do Not Allow", "Allow"),
    ("dynamics", "donotpostalmail", "post", "Do Not Allow", "Allow"),
    ("pipedrive", "rajaus_do_not_email", "email", "Yes", "No"),
    ("pipedrive", "rajaus_do_not_call", "phone", "Yes", "No"),
    ("pipedrive", "rajaus_do_not_post", "post", "Yes", "No"),
]


@pytest.mark.parametrize(("form", "column", "channel", "forbidden", "allowed"), FLAGS)
def test_a_channel_that_is_not_licensed_is_set_to_do_not_contact(
    form: str, column: str, channel: str, forbidden: str, allowed: str
) -> None:
    others = tuple(one for one in ALL if one != channel)
    assert {row[column] for row in as_file(form, extract_rows(), ALL)} == {allowed}
    assert {row[column] for row in as_file(form, extract_rows(channels=others), others)} == {forbidden}


@pytest.mark.parametrize(
    ("form", "column", "value"),
    [
        ("generic", "do_not_fax", "true"),
        ("salesforce", "HasOptedOutOfFax", "1"),
        ("dynamics", "donotfax", "Do Not Allow"),
    ],
)
def test_fax_is_never_a_channel(form: str, column: str, value: str) -> None:
    """R002"""
    assert {row[column] for row in as_file(form, extract_rows())} == {value}


def test_pipedrive_is_never_told_that_a_person_consented() -> None:
    """Its campaigns go to ``subscribed`` alone; without an address the status would make the import fail."""
    assert {row["marketing_status"] for row in as_file("pipedrive", extract_rows())} == {"no_consent"}
    phone = ("phone",)
    assert "marketing_status" not in shaped("pipedrive", extract_rows(channels=phone), phone).table.column_names


@pytest.mark.parametrize("form", codes.CRM_FORMATS)
def test_a_file_read_back_is_the_extract(form: str) -> None:
    """Round trip: every field that the profile carries comes back as it was, numbers with their +358."""
    rows = extract_rows()
    profile, back = crm.profiles()[form], as_file(form, rows)
    given = rows.to_pylist()
    assert len(back) == len(given)
    for number, (want, got) in enumerate(zip(given, back, strict=True), start=1):
        for column in profile.columns:
            if column.joined:
                assert got[column.header] == f"{want['first_name']} {want['last_name']}"
            elif column.shape == "domain":
                assert got[column.header] == "firma.example"
            elif column.fields:
                assert got[column.header] == want[column.fields[0]]
        assert got[profile.key] == f"extract-x-{number}"
        assert "2026-11-30" in got.values()
        assert "Rekisteri Oy" in got.values()


@pytest.mark.parametrize("form", codes.CRM_FORMATS)
@pytest.mark.parametrize("payload", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-1", "\t=1", "\r=1"])
def test_no_cell_is_a_formula_and_no_number_is_harmed(form: str, payload: str) -> None:
    """R090, T12"""
    rows = extract_rows(1, last_name=[payload], title=[payload], mobile=["+358401234567"])
    [row] = as_file(form, rows)
    assert not any(cell.startswith(("=", "@", "-", "\t", "\r")) for cell in row.values())
    assert sorted(cell for cell in row.values() if cell.startswith("+")) == ["+358 9 1234567", "+358401234567"]
    assert "'" + payload in row.values()


def test_a_number_that_is_a_formula_is_no_number() -> None:
    [row] = as_file("hubspot", extract_rows(1, mobile=["+358401234567,A1"]))
    assert row["mobilephone"] == "'+358401234567,A1"


@pytest.mark.parametrize(
    ("max_rows", "max_bytes", "sizes"),
    [(None, None, [10]), (4, None, [4, 4, 2]), (10, None, [10]), (1, None, [1] * 10), (None, 1, [1] * 10)],
)
def test_files_are_cut_where_the_importer_would_refuse_them(
    max_rows: int | None, max_bytes: int | None, sizes: list[int]
) -> None:
    limits = {"max_rows": max_rows, "max_bytes": max_bytes}
    parts = list(render.csv_parts(extract_rows(10), separator=",", mark=b"", phones=render.PHONES, **limits))
    assert [rows for rows, _ in parts] == sizes
    found = [row for _, content in parts for row in read(content)]
    assert found == read(render.csv_bytes(extract_rows(10)))


def test_no_part_is_larger_than_the_importer_takes() -> None:
    """Rows of very different length: a part that came out too large is cut again."""
    rows = extract_rows(40, title=["x" * (2_000 if n > 30 else 1) for n in range(40)])
    limits = {"max_rows": 25, "max_bytes": 9_000}
    parts = list(render.csv_parts(rows, separator=",", mark=b"", phones=render.PHONES, **limits))
    assert all(content.size <= 9_000 and count <= 25 for count, content in parts)
    assert sum(count for count, _ in parts) == 40


def test_parts_are_numbered_files(tmp_path: Path) -> None:
    profile = crm.Profile("hubspot", "x", ",", False, [], crm.profiles()["hubspot"].columns, max_rows=2)
    made = list(
        files.importable(profile, shaped("hubspot", extract_rows(3)), directory=tmp_path, stem="extract-x-hubspot")
    )
    assert [(file.path.name, file.rows) for file in made] == [
        ("extract-x-hubspot-1.csv", 2),
        ("extract-x-hubspot-2.csv", 1),
    ]


@pytest.mark.parametrize("form", codes.CRM_FORMATS)
def test_a_file_of_rows_to_be_removed_says_nothing_of_the_persons(form: str) -> None:
    """Keys alone, and every channel closed: the importer matches by the key it got with the row."""
    profile = crm.profiles()[form]
    table = presets.removals(profile, pa.array(["k-1", "k-2"]))
    assert table[profile.key].to_pylist() == ["k-1", "k-2"]
    personal = {column.header for column in profile.columns if column.fields or column.fact not in (None, "key")}
    assert not personal & set(table.column_names)
    closed = {column.header: column.yes for column in profile.columns if column.denies and not column.needs}
    assert closed
    for header, value in closed.items():
        assert set(table[header].to_pylist()) == {value}


def test_the_description_beside_a_file_is_csv_on_the_web() -> None:
    """W3C Metadata Vocabulary for Tabular Data: context, url, dialect and a name for every column."""
    columns = ["row", "organisation_name", "Person name"]
    text = csvw.metadata("x.csv", columns, separator=";", title="K", publisher="R", licence="LICENCE.txt", at=house.NOW)
    found = json.loads(text)
    assert found["@context"][0] == "http://www.w3.org/ns/csvw"
    assert (found["url"], found["dialect"]["delimiter"]) == ("x.csv", ";")
    described = found["tableSchema"]["columns"]
    assert [column["titles"]["fi"][0] for column in described] == columns
    assert [column["name"] for column in described] == ["row", "organisation_name", "column_3"]
    assert described[1]["titles"] == {"fi": ["organisation_name", "Organisaatio"], "sv": "Organisation",
                                      "en": "Organisation"}  # fmt: skip
    assert (described[0]["datatype"], found["tableSchema"]["primaryKey"]) == ("integer", "row")


def test_every_column_of_an_extract_has_a_name_in_three_languages() -> None:
    assert list(codes.extract_fields()) == list(codes.EXTRACT_FIELDS)
    assert all(label.fi and label.sv and label.en for label in codes.extract_fields().values())


def test_a_release_for_all_importers_matches_its_ledger(store: Store) -> None:
    """Through the gate: each file has its rows, its description and its digest."""
    people = house.people(40)
    house.publish(store, people)
    made = house.deal(store, channels=("email", "phone"), formats=list(codes.CRM_FORMATS))
    result = house.release(store, made, house.pool_of(people))
    for file in result["files"]:
        path = Path(file["path"])
        assert sha256_file(path) == file["sha256"]
        assert path.with_name(f"{path.name}{csvw.SUFFIX}").is_file()
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert len(rows) == file["rows"] == 45
        key = crm.profiles()[file["format"]].key
        assert [row[key] for row in rows] == [f"{result['extract']}-{number}" for number in range(1, 46)]


@pytest.mark.parametrize("form", codes.CRM_FORMATS)
def test_a_leaked_importers_file_traces(store: Store, form: str) -> None:
    """R039: the marks survive the CRM's own column names and order."""
    people = house.people(160)
    house.publish(store, people)
    made = house.deal(store, channels=("email", "phone"), formats=[form])
    result = house.release(store, made, house.pool_of(people, withheld=8))
    [file] = result["files"]
    found = trace(store, Path(file["path"]))
    assert [one["extract"] for one in found["accused"]] == [result["extract"]]
    assert found["matched"] == file["rows"]
    assert len(found["seeds"]) == result["seeds"]
