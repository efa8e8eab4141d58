"""One normalisation for imports, bans, matching and traces; it errs towards "the same" (R018, M8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st
from stdnum.fi import ytunnus

from core.identity import (
    clean_text,
    fold_name,
    fold_names,
    looks_like_identity_code,
    normalise_business_id,
    normalise_business_ids,
    normalise_email,
    normalise_emails,
    normalise_phone,
    normalise_phones,
)

NAMES = [
    ("Määttä", "maatta"),
    ("MA\u0308A\u0308TTA\u0308", "maatta"),
    ("Maatta", "maatta"),
    ("Virtanen-Ström", "virtanen strom"),
    ("  Virtanen\u00a0Stro\u0308m ", "virtanen strom"),
    ("O’Brien", "obrien"),
    ("O'Brien", "obrien"),
    ("Åkerblom", "akerblom"),
    ("Müßig", "mussig"),
    ("Sørensen", "sorensen"),
    ("Łukasz", "lukasz"),
    ("Vir\u200btanen", "virtanen"),
    ("ﬁnn", "finn"),
    ("J. P.", "j p"),
    (" - ", None),
    ("", None),
    (None, None),
]

EMAILS = [
    ("Maija.Mallikas@Yritys.Example", "maija.mallikas@yritys.example"),
    (" maija@yritys.example ", "maija@yritys.example"),
    ("mailto:maija@yritys.example", "maija@yritys.example"),
    ("Maija Mallikas <maija@yritys.example>", "maija@yritys.example"),
    ("mai\u200bja@yritys.example", "maija@yritys.example"),
    ("ｍaija@yritys.example", "maija@yritys.example"),
    ("äijä@yritys.example", "äijä@yritys.example"),
    ("a\u0308ija\u0308@yritys.example", "äijä@yritys.example"),
    ("maija@yritys", None),
    ("maija(at)yritys.example", None),
    ("maija@yritys.example; pekka@yritys.example", None),
    ("@yritys.example", None),
    ("", None),
    (None, None),
]

PHONES = [
    ("040 123 4567", "+358401234567"),
    ("+358 40 123 4567", "+358401234567"),
    ("+358401234567", "+358401234567"),
    ("+358 (0)40 123 4567", "+358401234567"),
    ("+358(0)401234567", "+358401234567"),
    ("00358 40 1234567", "+358401234567"),
    ("040-1234567", "+358401234567"),
    ("040\u00a0123\u00a04567", "+358401234567"),
    ("(06) 414 8005", "+35864148005"),
    ("09 4242 300 (vaihde)", "+35894242300"),
    ("+46 8 123 456 78", "+46812345678"),
    ("414 8005", None),
    ("soita vaihteeseen", None),
    ("0", None),
    ("", None),
    (None, None),
]

BUSINESS_IDS = [
    ("0112038-9", "0112038-9"),
    (" 0112038-9 ", "0112038-9"),
    ("01120389", "0112038-9"),
    ("112038-9", "0112038-9"),
    ("FI01120389", "0112038-9"),
    ("FI-0112038-9", "0112038-9"),
    ("0112038\u20139", "0112038-9"),
    ("0112038-8", None),
    ("0112038", None),
    ("12345", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("given_text", "expected"), NAMES)
def test_names(given_text: str | None, expected: str | None) -> None:
    assert fold_name(given_text) == expected


@pytest.mark.parametrize(("given_text", "expected"), EMAILS)
def test_emails(given_text: str | None, expected: str | None) -> None:
    assert normalise_email(given_text) == expected


@pytest.mark.parametrize(("given_text", "expected"), PHONES)
def test_phones(given_text: str | None, expected: str | None) -> None:
    assert normalise_phone(given_text) == expected


@pytest.mark.parametrize(("given_text", "expected"), BUSINESS_IDS)
def test_business_ids(given_text: str | None, expected: str | None) -> None:
    assert normalise_business_id(given_text) == expected


@pytest.mark.parametrize(
    ("column_form", "table"),
    [
        (fold_names, NAMES),
        (normalise_emails, EMAILS),
        (normalise_phones, PHONES),
        (normalise_business_ids, BUSINESS_IDS),
    ],
)
def test_a_column_is_normalised_as_its_values_are(
    column_form: Callable[[pa.Array], pa.Array], table: list[tuple[str | None, str | None]]
) -> None:
    texts, expected = [row[0] for row in table], [row[1] for row in table]
    assert column_form(pa.array(texts, pa.string())).to_pylist() == expected
    assert column_form(pa.chunked_array([texts[:3], texts[3:]], pa.string())).to_pylist() == expected
    assert column_form(pa.array([], pa.string())).to_pylist() == []


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    for normalise in (fold_name, normalise_email, normalise_phone, normalise_business_id):
        once = normalise(text)
        assert normalise(once) == once
    once = clean_text(pa.array([text], pa.string()))
    assert clean_text(once) == once


@settings(max_examples=60)
@given(st.text(alphabet="abcåäöéüAÅÄÖ -'", min_size=1, max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_way_a_name_is_encoded_or_cased_makes_no_other_person(text: str, form: str) -> None:
    for other in (unicodedata.normalize(form, text), text.upper(), f" \u200b{text}\u00ad "):
        assert fold_name(other) == fold_name(text)


@settings(max_examples=300)
@given(st.from_regex(r"\A(\+358|0)[1-9][0-9]{3,11}\Z"), st.integers(2, 6))
def test_the_short_cut_for_finnish_numbers_agrees_with_the_parser(number: str, at: int) -> None:
    parsed = phonenumbers.parse(number, "FI")
    valid = phonenumbers.is_valid_number(parsed)
    expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else None
    assert normalise_phone(number) == expected
    assert normalise_phone(f"{number[:at]} {number[at:]}") == expected


@settings(max_examples=60)
@given(st.integers(0, 9_999_999))
def test_only_the_right_check_digit_is_let_through(number: int) -> None:
    stem = f"{number:07d}"
    passed = [digit for digit in range(10) if normalise_business_id(f"{stem}-{digit}")]
    right = [digit for digit in range(10) if ytunnus.is_valid(f"{stem}{digit}")]
    assert passed == right
    assert len(passed) <= 1


def _with_check(day: str, serial: str, sign: str = "-") -> str:
    return f"{day}{sign}{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(day + serial) % 31]}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (_with_check("131052", "308"), True),
        (f"hetu {_with_check('131052', '308')}.", True),
        (_with_check("010190", "900", "+"), True),
        (_with_check("010101", "900", "A"), True),
        (_with_check("010101", "902", "Y").lower(), True),
        ("040-1234567", False),
        ("311299-1234", False),
        ("991399-123A", False),
        ("0112038-9", False),
        ("2026-11-22", False),
        ("", False),
        (None, False),
    ],
)
def test_personal_identity_codes_are_recognised_in_any_text(text: str | None, found: bool) -> None:
    """R004; the codes here have serial numbers of 900 and over, which nobody is given, or are the usual example."""
    assert looks_like_identity_code(pa.array([text], pa.string())).to_pylist() == [found]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Yritys\t\n Oy ", "Yritys Oy"),
        ("Yritys\u00a0Oy", "Yritys Oy"),
        ("Yri\u200btys", "Yritys"),
        ("A\u030abo", "Åbo"),
        ("\u202eevil", "evil"),
        (" \u200b ", None),
        (None, None),
    ],
)
def test_text_is_cleaned_of_what_nobody_sees(text: str | None, clean: str | None) -> None:
    assert clean_text(pa.array([text], pa.string())).to_pylist() == [clean]
