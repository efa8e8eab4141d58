"""Cells are known by what they hold, whatever the columns are called and however they stand (R039)."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from extracts.gate.channels import LIST
from extracts.trace.suspect import Suspect, read_suspect
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
