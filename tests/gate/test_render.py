"""Files of an extract: golden bytes, typed cells, and no formula in any of them (R033, R090, T12)."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, strategies as st

from core.errors import StoreError
from extracts.gate import render

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
CARD = "KÄYTTÖEHDOT\n\nVain kampanjaan.\n\nTERMS OF USE\n"
POLICY = '{\n "@type": "Agreement"\n}\n'
LICENCE = render.Enclosed(CARD, POLICY)
TABLE = pa.table(
    {
        "row": pa.array([1, 2], pa.int32()),
        "organisation_name": ["Åströmin Paja Oy", 'Oy "Laatu", Ab'],
        "last_name": ["Öhman", None],
        "mobile": ["+358 40 1234567", None],
    }
)

PAYLOADS = [
    '=HYPERLINK("http://x.example","Tilaa")',
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\x00=1",
    "=",
    "+358 40 12345678901234567890",
    "+35840-123",
    "+",
    "=IMPORTXML(CONCAT(A1))",
    "-2+3+cmd|' /C calc'!A0",
]
"""Values as they come in from imports, all of them a formula or part of one in some spreadsheet."""


def written(form: str, table: pa.Table, directory: Path) -> Path:
    path = directory / f"x{render.FORMATS[form][0]}"
    render.FORMATS[form][1](table, path, LICENCE, AT)
    return path


def names(values: list[str | None]) -> pa.Table:
    return pa.table(
        {"row": pa.array(range(1, len(values) + 1), pa.int32()), "last_name": pa.array(values, pa.string())}
    )


def test_csv_golden(tmp_path: Path) -> None:
    assert (
        written("csv", TABLE, tmp_path).read_bytes()
        == (
            '"row","organisation_name","last_name","mobile"\r\n'
            '1,"Åströmin Paja Oy","Öhman","+358 40 1234567"\r\n'
            '2,"Oy ""Laatu"", Ab",,\r\n'
        ).encode()
    )


def test_csv_for_excel_golden(tmp_path: Path) -> None:
    assert (
        written("csv-excel", TABLE, tmp_path).read_bytes()
        == b"\xef\xbb\xbf"
        + (
            '"row";"organisation_name";"last_name";"mobile"\r\n'
            '1;"Åströmin Paja Oy";"Öhman";"+358 40 1234567"\r\n'
            '2;"Oy ""Laatu"", Ab";;\r\n'
        ).encode()
    )


def test_json_lines_golden(tmp_path: Path) -> None:
    assert written("jsonl", TABLE, tmp_path).read_text(encoding="utf-8") == (
        '{"row":1,"organisation_name":"Åströmin Paja Oy","last_name":"Öhman","mobile":"+358 40 1234567"}\n'
        '{"row":2,"organisation_name":"Oy \\"Laatu\\", Ab","last_name":null,"mobile":null}\n'
    )


def test_parquet_keeps_values_and_carries_the_licence(tmp_path: Path) -> None:
    """R033"""
    found = pq.read_table(written("parquet", TABLE, tmp_path))
    assert found.to_pydict() == TABLE.to_pydict()
    assert found.schema.metadata[b"licence"].decode() == CARD
    assert found.schema.metadata[b"licence_odrl"].decode() == POLICY


def test_workbook_has_text_cells_a_frozen_filtered_header_and_the_licence(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written("xlsx", TABLE, tmp_path))
    assert book.sheetnames == ["Poiminta", "Käyttöehdot", "LICENCE.jsonld"], "importers read the first sheet"
    sheet = book["Poiminta"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        list(TABLE.column_names),
        [1, "Åströmin Paja Oy", "Öhman", "+358 40 1234567"],
        [2, 'Oy "Laatu", Ab', None, None],
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:D3")
    assert book.active.title == "Poiminta"
    assert not any(one.merged_cells.ranges for one in book), "a screen reader loses its place in merged cells"
    assert book.properties.title == "x"
    assert "Käyttöehdot" in book.properties.description, "where the terms are is said before anything is opened"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.column_dimensions["B"].width > sheet.column_dimensions["A"].width
    assert [row[0].value for row in book["Käyttöehdot"].iter_rows() if row[0].value] == [
        "KÄYTTÖEHDOT",
        "Vain kampanjaan.",
        "TERMS OF USE",
    ]
    assert "\n".join(row[0].value for row in book["LICENCE.jsonld"].iter_rows()) + "\n" == POLICY


@pytest.mark.parametrize("form", ["csv", "csv-excel"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_csv_cell_starts_with_a_trigger(form: str, payload: str, tmp_path: Path) -> None:
    """R090, T12"""
    text = written(form, names([payload]), tmp_path).read_bytes().decode("utf-8-sig")
    [_, [_, cell]] = csv.reader(io.StringIO(text, newline=""), delimiter=";" if form == "csv-excel" else ",")
    assert cell == "'" + payload


@pytest.mark.parametrize("payload", PAYLOADS)
def test_workbook_cells_are_text_whatever_they_hold(payload: str, tmp_path: Path) -> None:
    """R090: typed cells keep the value; what XML cannot hold is gone."""
    table = names([payload, "https://x.example/", "007"])
    sheet = openpyxl.load_workbook(written("xlsx", table, tmp_path))["Poiminta"]
    cells = [sheet.cell(row, 2) for row in (2, 3, 4)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    assert cells[0].value.replace("_x000D_", "\r") == payload.replace("\x00", "")
    assert cells[2].value == "007"


def test_phones_stay_intact_in_phone_columns_alone(tmp_path: Path) -> None:
    """R090"""
    table = pa.table(
        {
            "row": pa.array([1], pa.int32()),
            "mobile": ["+358401234567"],
            "organisation_phone": ["+358 9 123456"],
            "title": ["+358401234567"],
        }
    )
    text = written("csv", table, tmp_path).read_text(encoding="utf-8")
    assert text.splitlines()[1] == '1,"+358401234567","+358 9 123456","\'+358401234567"'


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20) | st.none()


@given(st.lists(texts, min_size=1, max_size=5))
def test_csv_and_json_round_trip(values: list[str | None]) -> None:
    """R090: what a reader gets back is the value, but for the apostrophe."""
    with tempfile.TemporaryDirectory() as directory:
        text = written("csv", names(values), Path(directory)).read_bytes().decode()
        lines = written("jsonl", names(values), Path(directory)).read_text(encoding="utf-8").split("\n")[:-1]
    found = [row[1] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    trigger = tuple("=+-@\t\r")
    assert found == [("'" if (value or "").startswith(trigger) else "") + (value or "") for value in values]
    assert [json.loads(line)["last_name"] for line in lines] == values


def test_an_empty_table_is_a_header(tmp_path: Path) -> None:
    for form in render.FORMATS:
        assert written(form, names([]), tmp_path).exists()


def test_a_full_or_read_only_disk_is_a_store_error(tmp_path: Path) -> None:
    for form in render.FORMATS:
        with pytest.raises(StoreError):
            written(form, TABLE, tmp_path / "missing")
