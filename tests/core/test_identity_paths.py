"""The quick ways through a column give what the slow ones give, value by value."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings, strategies as st
from stdnum.fi import ytunnus

from core import identity

_DIGITS = st.text("0123456789", min_size=4, max_size=11)
_PARTED = st.builds(
    lambda start, digits, marks: start + "".join(d + m for d, m in zip(digits, marks, strict=False)),
    st.sampled_from(["0", "+358", "+358 ", "00358", "", "(0", "+46", "0 "]),
    _DIGITS,
    st.lists(st.sampled_from(["", "", "", " ", "-", ") "]), min_size=11, max_size=11),
)
_FINNISH = st.builds(
    lambda start, area, digits: start + area + digits,
    st.sampled_from(["0", "+358", "+358 ", "+358-"]),
    st.sampled_from(["40", "41", "45", "49", "50", "9", "2", "3", "5", "6", "8", "13", "18", "19", "10", "20", "29",
                     "30", "39", "75", "800", "600", "700", "701", "116"]),
    st.text("0123456789 -", min_size=3, max_size=10),
)  # fmt: skip
_WORDS = st.text(
    st.sampled_from("abcÅÄÖåäöéßŁ \t\n\u00a0\u200b\u00ad\u0308\u0301\ufeff\ud7a3-–'’.,;\x00\x1f\u2003"), max_size=12
)


@settings(deadline=None)
@given(st.lists(_PARTED | _FINNISH, max_size=20))
def test_a_column_of_phones_is_normalised_as_the_parser_does_each(numbers: list[str]) -> None:
    column = identity.normalise_phones(pa.array([*numbers, None], pa.string())).to_pylist()
    assert column == [*(identity._e164(number) for number in numbers), None]


def test_the_usual_finnish_numbers_skip_the_parser() -> None:
    numbers = ["+358401234567", "040 123 4567", "09-1234 567", "06 414 8005", "020 7123 456", "+358 18 12345"]
    assert identity.normalise_phones(pa.array(numbers)).to_pylist() == [
        "+358401234567", "+358401234567", "+35891234567", "+35864148005", "+358207123456", "+3581812345"]  # fmt: skip
    assert identity.normalise_phones(pa.array(["(06) 414 8005", "414 8005", "09 1234 567 (vaihde)"])).to_pylist() == [
        "+35864148005", None, "+35891234567"]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.from_regex(r"\A[0-9]{7}-[0-9]\Z") | st.from_regex(r"\A(FI)?[0-9]{6,9}(-[0-9])?\Z"), max_size=20))
def test_a_column_of_business_ids_is_read_as_each_alone(numbers: list[str]) -> None:
    column = identity.normalise_business_ids(pa.array([*numbers, None], pa.string())).to_pylist()
    assert column == [*(identity._business_id(number) for number in numbers), None]
    assert all(ytunnus.is_valid(number) for number in column if number)


@settings(deadline=None)
@given(st.lists(_WORDS | st.none(), max_size=10))
def test_tidy_cells_need_no_cleaning(words: list[str | None]) -> None:
    column = pa.array(words, pa.string())
    assert identity.clean_text(column).to_pylist() == identity._cleaned(column).to_pylist()


@settings(deadline=None)
@given(st.lists(_WORDS | st.text(st.sampled_from("aäöåéüøšžßæłÄÖÉİ\u0308\u0301 '`&.-"), max_size=8), max_size=10))
def test_R018_most_names_are_folded_without_the_classes_of_unicode(names: list[str]) -> None:
    column = pa.array([*names, None], pa.string())
    slow = pc.utf8_trim_whitespace(identity._folded(pc.utf8_lower(pc.utf8_normalize(column, form="NFKC"))))
    assert identity.fold_names(column).to_pylist() == [name or None for name in slow.to_pylist()]


_ADDRESS = st.from_regex(r"\A[a-zA-ZäÅ.+_ <>]{1,6}@[a-zA-Zö0-9-]{1,4}(\.[a-z-]{1,3}){0,2}>?\Z")


@settings(deadline=None)
@given(st.lists(_ADDRESS, min_size=1, max_size=6))
def test_an_email_is_normalised_the_same_alone_and_beside_untidy_ones(addresses: list[str]) -> None:
    together = identity.normalise_emails(pa.array([*addresses, "Mailto: Untidy@Firma.example"])).to_pylist()
    assert together == [*(identity.normalise_email(address) for address in addresses), "untidy@firma.example"]


def test_an_identity_code_is_seen_in_either_case_and_a_phone_number_is_not_one() -> None:
    """R004."""
    cells = ["hetu 131052-308t.", "131052-308T", "131052-308U", "010170+1231", "040123-4567", "2026-11-22", None]
    assert identity.looks_like_identity_code(pa.array(cells)).to_pylist() == [
        True, True, True, False, False, False, False]  # fmt: skip
