"""Cells are known by what they hold, whatever the columns are called and however they stand (R039)."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from core.errors import FileRejected
from extracts.gate.channels import LIST
from extracts.trace.suspect import Suspect, read_suspect
from tests.care.protected import encrypted
from tests.trace.house import leak, people

PEOPLE = people(40, seed=5)
FILLERS = ["toimitusjohtaja", "2a B 12", "00100", "HELSINKI", "62010", "2026-11-22", "www.firma.example", "", "100-199"]


def _texts(table: pa.Table) -> set[tuple[int, str]]:
    return {(row["line"], row["text"]) for row in table.to_pylist()}


def _sorted_names(suspect: Suspect) -> set[tuple[int, str]]:
    return {(line, " ".join(sorted(text.split()))) for line, text in _texts(suspect.names)}


@settings(max_examples=40, deadline=None)
@given(
    order=st.permutations(range(8)),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    header=st.booleans(),
    upper=st.booleans(),
    ending=st.sampled_from(["\r\n", "\n"]),
)
def test_the_readings_do_not_depend_on_order_headings_delimiter_or_encoding(
    order: list[int], delimiter: str, encoding: str, header: bool, upper: bool, ending: str
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "l.csv"
        with file.open("w", encoding=encoding, newline="") as stream:
            writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending)
            if header:
                writer.writerow([f"Sarake {number}" for number in range(8)])
            for number, person in enumerate(PEOPLE):
                cells = [
                    person.email,
                    person.mobile,
                    person.first,
                    person.last,
                    person.organisation,
                    person.business_id,
                    ";".join(person.codes),
                    FILLERS[number % len(FILLERS)],
                ]
                writer.writerow([(cells[place] or "").upper() if upper else cells[place] for place in order])
        suspect = read_suspect(file)
    assert suspect.read == len(PEOPLE)
    assert _texts(suspect.emails) == {(line, person.email) for line, person in enumerate(PEOPLE, start=1)}
    assert _texts(suspect.phones) == {(line, person.mobile) for line, person in enumerate(PEOPLE, start=1)}
    assert _texts(suspect.business_ids) == {(line, person.business_id) for line, person in enumerate(PEOPLE, start=1)}
    assert {(line, person.name_tokens) for line, person in enumerate(PEOPLE, start=1)} <= _sorted_names(suspect)
    assert {(line, person.organisation_fold) for line, person in enumerate(PEOPLE, start=1)} <= _texts(
        suspect.organisations
    )
    assert {(row["line"], row["exact"]) for row in suspect.cells["list"].to_pylist()} == {
        (line, ";".join(person.codes)) for line, person in enumerate(PEOPLE, start=1) if len(person.codes) > 1
    }


@pytest.mark.parametrize(
    "written",
    ["+358 40 123 4567", "040-1234567", "(040) 123 4567", "358401234567", "401234567", "00358401234567",
     "tel:+358401234567", "040\u00a0123\u00a04567", "+358 (0)40 123 4567"],
)  # fmt: skip
def test_a_phone_number_is_read_however_it_is_written(tmp_path: Path, written: str) -> None:
    """Spreadsheets drop the plus or the zero in front."""
    assert _texts(read_suspect(leak(tmp_path / "l.csv", [{"a": written}])).phones) == {(1, "+358401234567")}


@pytest.mark.parametrize("written", ["1234567-8", "2026-11-22", "00100", "22.11.2026", "12345", "1.5"])
def test_other_numbers_are_no_phone_numbers(tmp_path: Path, written: str) -> None:
    file = leak(tmp_path / "l.csv", [{"a": written, "b": "joku@muu.example"}])
    assert read_suspect(file).phones.num_rows == 0


@pytest.mark.parametrize(
    "written",
    [
        "Matti <Matti.M@Firma.example>",
        "mailto:matti.m@firma.example",
        "matti.m@firma.example, toinen@firma.example",
        " MATTI.M@FIRMA.EXAMPLE ",
    ],
)
def test_an_email_is_read_however_it_is_written(tmp_path: Path, written: str) -> None:
    file = leak(tmp_path / "l.csv", [{"a": written, "b": "x"}])
    assert (1, "matti.m@firma.example") in _texts(read_suspect(file).emails)


def test_rows_of_unequal_length_blank_rows_and_a_title_above_are_read(tmp_path: Path) -> None:
    lines = [
        "Liidit",
        "",
        "Nimi;Posti",
        *(f"{person.last} {person.first};{person.email}" for person in PEOPLE),
        ";;",
        "loppu",
    ]
    (tmp_path / "l.csv").write_text("\n".join(lines), encoding="utf-8")
    suspect = read_suspect(tmp_path / "l.csv")
    assert {text for _, text in _texts(suspect.emails)} == {person.email for person in PEOPLE}
    assert {text for _, text in _sorted_names(suspect)} >= {person.name_tokens for person in PEOPLE}


def test_titles_and_towns_are_not_taken_for_names(tmp_path: Path) -> None:
    titles = ["Toimitusjohtaja", "Hallituksen puheenjohtaja", "IT-päällikkö", "Talousjohtaja", "Myyntipäällikkö"]
    rows = [{"t": titles[number % 5], "k": "Helsinki", "e": person.email or ""} for number, person in enumerate(PEOPLE)]
    assert read_suspect(leak(tmp_path / "l.csv", rows)).names.num_rows == 0


@pytest.mark.parametrize(
    ("cell", "exact"),
    [
        ("IT;PUR", "IT;PUR"),
        ("PUR; IT", "PUR;IT"),
        ("pur / it", "PUR;IT"),
        ("IT|PUR|HR", "IT;PUR;HR"),
        ("PUR IT", "PUR;IT"),
        ("Tietohallinto, Myynti", "IT;SAL"),
        ("Försäljning\nIT", "SAL;IT"),
        ("IT", None),
        ("IT;FOO", None),
        ("Katu 1, 00100", None),
        ("", None),
        (None, None),
        (";;", None),
    ],
)
def test_a_list_of_responsibilities_keeps_its_order(cell: str | None, exact: str | None) -> None:
    """R037: the mark is the order."""
    found, canonical = LIST.read(pa.array([cell], pa.string()))
    assert found.to_pylist() == [exact]
    assert canonical.to_pylist() == [";".join(sorted(exact.split(";"))) if exact else None]


def test_running_text_gives_every_address_and_number_in_it(tmp_path: Path) -> None:
    """R039: a mail or a chat with contacts in it, several to a line."""
    a, b, c, d = PEOPLE[:4]
    (tmp_path / "chat.txt").write_text(
        f'Hei, tässä "uusia liidejä: {a.email}, {b.email}.\n\nSoita {a.first}lle p. 040 {b.mobile[6:]} tai '
        f"{(c.email or '').upper()}; toinen numero ({c.mobile})!\nloput 22.11.2026: <{d.email}>|{d.mobile}\n",
        encoding="utf-8",
    )
    suspect = read_suspect(tmp_path / "chat.txt")
    assert {text for _, text in _texts(suspect.emails)} == {a.email, b.email, c.email, d.email}
    assert {text for _, text in _texts(suspect.phones)} == {b.mobile, c.mobile, d.mobile}


def test_two_rows_of_headings_are_no_data(tmp_path: Path) -> None:
    rows = [["Henkilö", "", "Yhteys"], ["Etunimi", "Sukunimi", "Sähköposti"]]
    rows += [[person.first, person.last, person.email or ""] for person in PEOPLE]
    with (tmp_path / "l.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    suspect = read_suspect(tmp_path / "l.csv")
    assert suspect.read == len(PEOPLE)
    assert (1, PEOPLE[0].email) in _texts(suspect.emails)


@pytest.mark.parametrize(
    ("written", "read"), [("Haemaelaeinen Maeija", "hamalainen maija"), ("Toermae Paeivi", "paivi torma")]
)
def test_a_name_in_letters_of_another_keyboard_is_read(tmp_path: Path, written: str, read: str) -> None:
    rows = [{"n": f"{person.first} {person.last}", "f": person.organisation} for person in PEOPLE]
    suspect = read_suspect(leak(tmp_path / "l.csv", [*rows, {"n": written, "f": "Firma Oy"}]))
    assert (len(PEOPLE) + 1, read) in _sorted_names(suspect)


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (b"", "file_empty", ""),
        (b" \r\n \n", "file_empty", ""),
        (bytes(range(256)) * 40, "suspect_unreadable", "neither text nor a workbook"),
        (b"PK\x03\x04" + bytes(200), "suspect_unreadable", "a workbook that is damaged"),
        (b"PAR1" + bytes(100), "suspect_unreadable", "Parquet or JSON lines that are damaged"),
        (b"{not json", "suspect_unreadable", "Parquet or JSON lines that are damaged"),
        (b"a;b\n", "file_header_only", ""),
        (b"lorem ipsum\ndolor sit\namet\n", "suspect_nothing_readable", ""),
    ],
)
def test_rubbish_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str, reason: str) -> None:
    (tmp_path / "rubbish").write_bytes(content)
    with pytest.raises(FileRejected, match=reason or None) as refused:
        read_suspect(tmp_path / "rubbish")
    assert refused.value.code == code


def test_a_workbook_behind_a_password_is_refused_with_the_reason(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["sähköposti"])
    book.save(tmp_path / "open.xlsx")
    (tmp_path / "locked.xlsx").write_bytes(encrypted((tmp_path / "open.xlsx").read_bytes(), password="x"))
    with pytest.raises(FileRejected, match="a password protects it"):
        read_suspect(tmp_path / "locked.xlsx")


def test_a_quotation_mark_that_never_closes_swallows_nothing(tmp_path: Path) -> None:
    rows = [f'{person.first};{person.last};{person.email};12" putki' for person in PEOPLE] * 200
    rows[3] = '"' + rows[3]
    (tmp_path / "l.csv").write_text("\n".join(rows), encoding="utf-8")
    assert read_suspect(tmp_path / "l.csv").read == len(rows)


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "a") as packed:
        packed.filelist[0].file_size = 3 << 30
        packed._didModify = True
    with pytest.raises(FileRejected) as refused:
        read_suspect(tmp_path / "bomb.xlsx")
    assert refused.value.code == "suspect_unreadable"
