"""Reading files: encodings, delimiters, shapes, damage. A file is read rightly, or refused by name and row."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from core.errors import FileRejected
from ledger.store import Store
from register.sources import tabular
from register.sources.intake import find_format
from register.sources.load import load_files
from register.sources.text import Dialect, find_dialect
from tests.sources.files import (
    ORGANISATION,
    POSITION,
    everything_in,
    organisations,
    positions,
    quarantined,
    stored,
    write_csv,
)  # fmt: skip

NAMES = [
    {"business_id": "0112038-9", "name": "Mäyräkoiran Öljy & Ångström Oy", "visiting_city": "Hämeenkyrö", "form": "OY"}
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encoding_and_delimiter_are_detected(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = write_csv(tmp_path / "o.csv", NAMES, encoding=encoding, delimiter=delimiter)
    dialect = find_dialect(file)
    table = tabular.open_csv(file, dialect)
    assert [name.lstrip("\ufeff") for name in table.header] == list(NAMES[0])
    (chunk,) = table.chunks
    assert [column[0].as_py() for column in chunk.cells.columns] == list(NAMES[0].values())


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_file_in_another_encoding_is_stored_without_mojibake(store: Store, tmp_path: Path, encoding: str) -> None:
    load_files(store, source="s", files=[write_csv(tmp_path / "o.csv", NAMES, encoding=encoding)])
    (row,) = stored(store, "organisations")
    assert (row["name"], row["visiting_city"]) == ("Mäyräkoiran Öljy & Ångström Oy", "Hämeenkyrö")


@pytest.mark.parametrize("encoding", ["cp850", "mac-roman"])
def test_an_old_code_page_is_refused_and_not_guessed(tmp_path: Path, encoding: str) -> None:
    file = write_csv(tmp_path / "o.csv", NAMES, encoding=encoding)
    with pytest.raises(FileRejected) as error:
        find_dialect(file)
    assert (error.value.code, error.value.ids["row"]) == ("file_encoding", 1)
    assert find_dialect(file, encoding=encoding).encoding == encoding


def test_latin_1_declared_utf_8_is_refused_at_its_row(store: Store, tmp_path: Path) -> None:
    rows = [{"VAT": "2336509-6", "Nimi": "Plain Oy"}] * 3 + [{"VAT": "0112038-9", "Nimi": "Jäätelö Oy"}]
    file = write_csv(tmp_path / "o.csv", rows, encoding="latin-1")
    mapping = tmp_path / "map.json"
    mapping.write_text(
        '{"kind": "organisations", "columns": {"business_id": "VAT", "name": "Nimi"}, "encoding": "utf-8"}'
    )
    before = everything_in(store.home)
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[file], mapping=mapping)
    assert error.value.ids == {"file": "o.csv", "row": 4, "encoding": "utf-8"}
    assert everything_in(store.home) == before


def test_a_file_that_mixes_encodings_is_refused_at_the_first_foreign_row(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "o.csv", NAMES)
    file.write_bytes(file.read_bytes() + "0112038-9,Jäätelö,Tampere,OY\r\n".encode("latin-1"))
    with pytest.raises(FileRejected) as error:
        find_dialect(file)
    assert error.value.ids["row"] == 2


def test_multi_line_cells_quotes_and_delimiters_in_cells_survive(store: Store, tmp_path: Path) -> None:
    name = 'Nokia, "suuri"; Oyj'
    file = organisations(tmp_path / "o.csv", {"name": name, "visiting_street": "Karakaari 7\nB-talo"}, {})
    load_files(store, source="s", files=[file])
    rows = stored(store, "organisations")
    assert [(row["row"], row["name"]) for row in rows] == [(1, name), (2, "Nokia Oyj")]
    assert rows[0]["visiting_street"] == "Karakaari 7 B-talo"


def test_rows_of_the_wrong_width_are_quarantined_and_the_others_keep_their_numbers(
    store: Store, tmp_path: Path
) -> None:
    file = positions(tmp_path / "p.csv", *[{} for _ in range(6)])
    lines = file.read_text().splitlines()
    lines[2] += ",one too many"
    lines[5] = "P5,0112038-9"
    file.write_text("\n".join(lines) + "\n\n")
    document = load_files(store, source="s", files=[file])
    assert (document["read"], document["accepted"], document["quarantined"]) == (6, 4, 2)
    assert quarantined(document) == [("p.csv", 2, "", "row_misshapen"), ("p.csv", 5, "", "row_misshapen")]
    assert [(row["row"], row["source_id"]) for row in stored(store, "positions")] == [
        (1, "P1"), (3, "P3"), (4, "P4"), (6, "P6")]  # fmt: skip


def test_an_irregular_row_deep_in_the_file_keeps_every_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow's parser hands over to Python's at the first irregular row, wherever the blocks break."""
    monkeypatch.setattr(tabular, "_BLOCK", 4096)
    file = tmp_path / "f.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["number", "text"])
        for number in range(1, 2001):
            writer.writerow([number, f"line\n{number}"] + (["extra"] if number == 1500 else []))
    chunks = list(tabular.open_csv(file, Dialect("utf-8", ",")).chunks)
    numbers = [number for chunk in chunks for number in chunk.rows.to_pylist()]
    cells = [int(cell) for chunk in chunks for cell in chunk.cells.column(0).to_pylist()]
    assert numbers == cells == [number for number in range(1, 2001) if number != 1500]
    assert [number for chunk in chunks for number, _ in chunk.misshapen] == [1500]


@pytest.mark.parametrize("length", [10_001, 10 << 20])
def test_a_cell_over_the_limit_refuses_the_file_with_row_and_field(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(tabular, "_BLOCK", 1 << 20)
    before = everything_in(store.home)
    file = positions(tmp_path / "p.csv", {}, {"title": "x" * length}, {})
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[file])
    assert error.value.ids == {"file": "p.csv", "row": 2, "column": "title", "length": length, "limit": 10_000}
    assert everything_in(store.home) == before


def test_a_cell_of_the_limit_is_accepted(store: Store, tmp_path: Path) -> None:
    load_files(store, source="s", files=[positions(tmp_path / "p.csv", {"title": "ä" * 10_000})])
    assert len(stored(store, "positions")[0]["title"]) == 10_000


def test_a_quote_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "_BLOCK", 4096)
    monkeypatch.setattr(tabular, "_LONGEST_CELL", 8192)
    file = tmp_path / "f.csv"
    file.write_text('a,b\n1,2\n3,"' + "4\n" * 20_000)
    with pytest.raises(FileRejected) as error:
        list(tabular.open_csv(file, Dialect("utf-8", ",")).chunks)
    assert (error.value.code, error.value.ids["row"]) == ("file_cell_too_long", "after 1")


# --- XLSX and Parquet -------------------------------------------------------------------------------------------------


def _workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(at, column, value)
    return path


def test_xlsx_cells_keep_what_they_meant(store: Store, tmp_path: Path) -> None:
    """Numbers lose no leading zeros of codes, dates are dates, empty rows are none."""
    header = [
        "business_id",
        "name",
        "form",
        "visiting_postcode",
        "municipality",
        "staff_class",
        "source_date",
        "it_servers",
    ]
    rows: list[list[object]] = [
        header,
        ["0112038-9", "Nokia Oyj", "OYJ", 180, 91, 9, date(2026, 5, 1), 12.0],
        [],
        ["2336509-6", "Supercell Oy", "OY", "00180", "091", "7", "2.5.2026", 0],
    ]
    file = _workbook(tmp_path / "o.xlsx", {"Tyhjä": [], "Yritykset": rows})
    document = load_files(store, source="s", files=[file])
    assert (document["read"], document["accepted"]) == (2, 2)
    assert document["files"][0]["format"] == "xlsx"
    first, second = stored(store, "organisations")
    assert (first["visiting_postcode"], first["municipality"], first["staff_class"]) == ("00180", "091", 9)
    assert (first["source_date"], first["it_servers"]) == (date(2026, 5, 1), 12)
    assert (second["row"], second["visiting_postcode"], second["source_date"]) == (2, "00180", date(2026, 5, 2))


def test_parquet_of_typed_columns_loads(store: Store, tmp_path: Path) -> None:
    table = pa.table({
        "source_id": pa.array(["P1", "P2"]).dictionary_encode(), "business_id": ["0112038-9", "2336509-6"],
        "first_name": ["Maija", "Matti"], "last_name": ["Mäkelä", "Niemi"],
        "responsibilities": pa.array([["IT", "FIN"], ["HR"]]), "level": pa.array([1, 4], pa.int64()),
        "verified": pa.array([date(2026, 1, 2), None]),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "p.parquet")
    document = load_files(store, source="s", files=[tmp_path / "p.parquet"])
    assert document["files"][0]["format"] == "parquet"
    rows = stored(store, "positions")
    assert [row["responsibilities"] for row in rows] == [["FIN", "IT"], ["HR"]]
    assert [(row["level"], row["verified"]) for row in rows] == [(1, date(2026, 1, 2)), (4, None)]


# --- files that are refused -------------------------------------------------------------------------------------------


def _truncated(path: Path, share: float = 0.6) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("e.csv", b"", "file_empty"),
        ("e.json", b"", "file_empty"),
        ("e.xlsx", b"", "file_empty"),
        ("blank.csv", b"\xef\xbb\xbf\r\n\r\n", "file_empty"),
        ("h.csv", b"business_id,name\r\n", "file_header_only"),
        ("x.xlsx", b"PK\x03\x04 not a workbook", "file_damaged"),
        ("p.parquet", b"PAR1 and no more", "file_damaged"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(1, 200)), "file_format_unknown"),
        ("bad.csv", b"business_id,name\n0112038-9,J\xe4\x84\x94\xff\x81\n", "file_encoding"),
    ],
)
def test_an_unusable_file_is_refused_and_the_store_unchanged(
    store: Store, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    before = everything_in(store.home)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[tmp_path / name])
    assert (error.value.code, error.value.ids["file"]) == (code, name)
    assert everything_in(store.home) == before


def test_damaged_xlsx_and_parquet_are_refused(tmp_path: Path) -> None:
    book = _truncated(_workbook(tmp_path / "o.xlsx", {"A": [["business_id", "name"]] + [["0112038-9", "x"]] * 500}))
    with pytest.raises(FileRejected, match="damaged"):
        tabular.open_xlsx(book)
    pq.write_table(pa.table({"business_id": ["0112038-9"] * 500}), tmp_path / "o.parquet")
    with pytest.raises(FileRejected, match="damaged"):
        tabular.open_parquet(_truncated(tmp_path / "o.parquet"))


def test_a_parquet_file_damaged_inside_is_refused_while_reading(store: Store, tmp_path: Path) -> None:
    rows = [POSITION | {"source_id": f"P{number}"} for number in range(5000)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet", compression="zstd")
    content = bytearray((tmp_path / "p.parquet").read_bytes())
    content[200:2000] = bytes(1800)
    (tmp_path / "p.parquet").write_bytes(content)
    before = everything_in(store.home)
    with pytest.raises(FileRejected) as error:
        load_files(store, source="s", files=[tmp_path / "p.parquet"])
    assert error.value.code == "file_damaged"
    assert everything_in(store.home) == before


def test_a_missing_file_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match=r"no\.csv") as error:
        load_files(store, source="s", files=[tmp_path / "no.csv"])
    assert error.value.code == "file_missing"


def test_formats_are_told_by_content_not_by_name(tmp_path: Path) -> None:
    write_csv(tmp_path / "table.dat", [ORGANISATION])
    _workbook(tmp_path / "book.bin", {"A": [["a"]]})
    pq.write_table(pa.table({"a": [1]}), tmp_path / "columns.bin")
    (tmp_path / "bulk.txt").write_text("\ufeff  [{}]", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "all.bin", "w") as archive:
        archive.writestr("data.json", "[]")
    found = {path.name: find_format(path) for path in tmp_path.iterdir()}
    assert found == {
        "table.dat": "csv",
        "book.bin": "xlsx",
        "columns.bin": "parquet",
        "bulk.txt": "ytj",
        "all.bin": "ytj",
    }
