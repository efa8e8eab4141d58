"""How names, addresses and identifiers are read for matching."""

from __future__ import annotations

import pyarrow as pa
import pytest

from datacare.match import names, parties


def spelled(text: str) -> tuple[str, str | None]:
    rows, tokens = names.name_rows(pa.array([1]), pa.array([text]), former=pa.array([False]))
    row = rows.to_pylist()[0]
    return " ".join(token["text"] for token in tokens.to_pylist()), row["form"]


@pytest.mark.parametrize(
    ("text", "words", "form"),
    [
        ("Oy Tetaa Hammas Ab", "teta hamas", "OY"),
        ("Tetaa Hammas oyj", "teta hamas", "OYJ"),
        ("As. Oy Katuhovi", "katuhovi", "OY"),
        ("T:mi Talo Uotila", "talo uotila", "TMI"),
        ("Kalastajat r.y.", "kalastajat", "AYH"),
        ("MÃ¤kelÃ¤ Rak. Oy", "makela rakenus", "OY"),
        ("Maekelae Rakennus", "makela rakenus", None),
        ("Pekka & Pojat Ky", "peka pojat", "KY"),
        ("Acme Holdings, Inc.", "acme holdings", "INC"),
        ("Oy", "OY", None),
    ],
)
def test_a_name_is_its_words_without_form_and_slips_of_spelling(text: str, words: str, form: str | None) -> None:
    assert spelled(text) == (words, form)


def test_names_that_are_missing_or_only_marks_have_no_row() -> None:
    rows, tokens = names.name_rows(pa.array([1, 2, 3]), pa.array([None, "…", ""]), former=pa.array([False] * 3))
    assert (len(rows), len(tokens)) == (0, 0)


@pytest.mark.parametrize(
    ("street", "number", "found"),
    [
        ("Marjaniementie 15 B 3", None, ("marjaniementie", "15")),
        ("12 Main St.", None, ("mainst", "12")),
        ("PL 123", None, ("pl", "123")),
        ("PB 7", None, ("pl", "7")),
        ("Hämeentie", "0042", ("hamentie", "42")),
        ("Tori", None, ("tori", None)),
        (None, None, (None, None)),
    ],
)
def test_an_address_is_a_street_and_the_first_number(
    street: str | None, number: str | None, found: tuple[str | None, str | None]
) -> None:
    streets, numbers = names.streets(pa.array([street], pa.string()), pa.array([number], pa.string()))
    assert (streets[0].as_py(), numbers[0].as_py()) == found


@pytest.mark.parametrize(
    ("website", "email", "host"),
    [
        ("https://www.Pulu.example/yhteys?x=1", None, "pulu.example"),
        (None, "a@pulu.example", "pulu.example"),
        (None, "a@gmail.com", None),
        ("ei ole", "a@pulu.example", "pulu.example"),
    ],
)
def test_a_domain_comes_from_the_website_or_a_work_address(
    website: str | None, email: str | None, host: str | None
) -> None:
    found = names.domains(pa.array([website], pa.string()), pa.array([email], pa.string()))
    assert found[0].as_py() == host


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1999-02-01", "19990201"),
        ("19990201", "19990201"),
        ("1.2.1999", "19990201"),
        ("12/31/1999", "19991231"),
        ("31.12.1999", "19991231"),
        ("eilen", None),
        (None, None),
    ],
)
def test_dates_are_read_as_they_are_written(text: str | None, day: str | None) -> None:
    assert names.dates(pa.array([text], pa.string()))[0].as_py() == day


def test_a_business_id_is_repaired_and_a_wrong_one_kept_as_it_stands() -> None:
    found, valid = parties.identifiers(pa.array(["0201256-6", "FI02012566", "2012566", "0201256-7", None]))
    assert found.to_pylist() == ["02012566", "02012566", "02012566", "02012567", None]
    assert valid.to_pylist() == [True, True, True, False, False]


def test_numbers_of_another_kind_are_not_taken_for_business_ids() -> None:
    """Of random eight-digit numbers every eleventh has a right check digit by chance."""
    numbers = pa.array([f"{number:08d}" for number in range(20_000_000, 20_000_400, 4)])
    found, valid = parties.identifiers(numbers)
    assert found.to_pylist() == numbers.to_pylist()
    assert not any(valid.to_pylist())


def test_a_person_in_one_cell_keeps_every_word_but_the_title() -> None:
    table = pa.table(
        {"name": ["tj Varjonen, Ritva", "Matti"], "first_name": [None, "Liisa"], "last_name": [None, "Ek"]}
    )
    rows = parties.person_rows(table, pids=pa.array([1, 2]), persons=pa.array([1, 2])).to_pylist()
    assert rows[0]["whole"] == ["varjonen", "ritva"]
    assert (rows[1]["first"], rows[1]["last"]) == (["lisa"], ["ek"])
