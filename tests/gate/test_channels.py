"""Every channel: two true ways to write a cell, one thing that both mean (R037; fingerprint.md 2.2, row 18)."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from extracts.gate.channels import (
    ADDRESS,
    AREAS,
    BLANK,
    BY_NAME,
    CHANNELS,
    FORM,
    LANDLINE,
    LIST,
    PARALLEL,
    TITLE,
    TITLES,
    WWW,
    Channel,
    Layer,
    Unit,
)
from extracts.gate.marking import UNITS
from schemas import codes

symbols = st.sampled_from([0, 1])
lists = st.lists(st.sampled_from(list(codes.responsibilities())), unique=True, max_size=6).map(
    lambda found: ";".join(sorted(found))
)
RENDERINGS = [channel for channel in CHANNELS if channel.layer is Layer.RENDERING]


def named(channel: Channel) -> str:
    return channel.name


def read(channel: Channel, cell: str) -> tuple[str | None, str | None]:
    exact, canonical = channel.read(pa.array([cell], pa.string()))
    return exact[0].as_py(), canonical[0].as_py()


def test_names_are_distinct_and_every_unit_has_a_nonce() -> None:
    names = [channel.name for channel in CHANNELS]
    assert len(set(names)) == len(names)
    assert list(BY_NAME) == [channel.name for channel in CHANNELS]
    assert {channel.unit for channel in CHANNELS} <= set(UNITS) == set(Unit)


@given(lists, symbols)
def test_R037_the_order_of_a_list_is_a_mark_and_its_members_are_not(cell: str, symbol: int) -> None:
    shown = LIST.render(cell, symbol)
    assert LIST.canonicalise(shown) == cell
    if ";" in cell:
        assert read(LIST, shown) == (LIST.exact(shown), cell)
        assert LIST.render(cell, 0) != LIST.render(cell, 1)


@given(lists.filter(lambda cell: ";" in cell), symbols, st.sampled_from([" ; ", ", ", " | ", ";"]))
def test_the_order_of_a_list_survives_other_separators_and_case(cell: str, symbol: int, separator: str) -> None:
    shown = LIST.render(cell, symbol)
    assert read(LIST, shown.replace(";", separator).lower())[0] == LIST.exact(shown)


def test_an_order_that_is_neither_rendering_reads_as_itself() -> None:
    assert read(LIST, "GM;IT;FIN") == ("GM;IT;FIN", "FIN;GM;IT")


odd = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="aAåB019 \u00a0,.;/-&yo", max_size=30),
    st.lists(
        st.sampled_from(
            ["Oy", "OY", "ab", "Toimitusjohtaja", "tj.", "Osakas", ", ", " ja ", "/", "12", "a", " ", "ſ", "2 B"]
        )
    ).map("".join),
)


@pytest.mark.parametrize("channel", RENDERINGS, ids=named)
@given(cell=odd, symbol=symbols)
def test_R037_acceptance_18_no_rendering_changes_what_odd_text_means(channel: Channel, cell: str, symbol: int) -> None:
    shown = channel.render(cell, symbol) or ""
    assert channel.canonicalise(shown) == channel.canonicalise(cell)
    other = channel.render(cell, 1 - symbol)
    if shown != other:
        assert channel.exact(shown) != channel.exact(other)
        assert channel.render(shown, symbol) == shown


TABLE = [
    (ADDRESS, "Mannerheimintie 2a B 12", "Mannerheimintie 2a B 12", "Mannerheimintie 2 a B 12"),
    (ADDRESS, "Varastokatu 43 C", "Varastokatu 43C", "Varastokatu 43 C"),
    (ADDRESS, "Isokatu 84-86", None, None),
    (ADDRESS, "PL 12", None, None),
    (FORM, "Ramux oy", "Ramux Oy", "Ramux OY"),
    (FORM, "Oy Ramux Ab", "Oy Ramux Ab", "OY Ramux AB"),
    (FORM, "Asunto Oy Helsingin Koivu", "Asunto Oy Helsingin Koivu", "Asunto OY Helsingin Koivu"),
    (FORM, "Oyster Bar", None, None),
    (FORM, "Ypäjän melojat ry", None, None),
    (TITLE, "Toimitusjohtaja", "Toimitusjohtaja", "Tj."),
    (TITLE, "Hallituksen puheenjohtaja", "Hallituksen puheenjohtaja", "Hallituksen pj."),
    (TITLE, "tj.", None, None),
    (TITLE, "Talousjohtaja", None, None),
    (TITLES, "Toimitusjohtaja, osakas", "Osakas, toimitusjohtaja", "Toimitusjohtaja, osakas"),
    (TITLES, "Kehitysjohtaja, digitaaliset palvelut", None, None),
    (LIST, "FIN;IT", "FIN;IT", "IT;FIN"),
]


@pytest.mark.parametrize(("channel", "cell", "zero", "one"), TABLE)
def test_renderings_as_worked_out(channel: Channel, cell: str, zero: str | None, one: str | None) -> None:
    """R037"""
    shown = channel.render(cell, 0), channel.render(cell, 1)
    assert shown == ((zero, one) if zero else (cell, cell))
    if zero:
        for text in shown:
            assert read(channel, str(text)) == (channel.exact(text), channel.canonicalise(cell))
            assert read(channel, str(text).upper())[1] == channel.canonicalise(cell)


def test_a_mark_is_read_whatever_the_other_marks_of_the_cell_are() -> None:
    """Two channels live in a title: each reads its own bit alone."""
    cell = "Toimitusjohtaja, osakas"
    for order in (0, 1):
        for short in (0, 1):
            shown = str(TITLE.render(TITLES.render(cell, order), short))
            assert TITLES.exact(shown) == TITLES.exact(TITLES.render(cell, order))
            assert TITLE.exact(shown) == TITLE.exact(TITLE.render(cell, short))


def test_a_parallel_name_is_a_registered_one_and_other_spellings_of_it_are_read() -> None:
    cell, names = "Heinonen Yhtiöt Oy", "Heinonen Companies Ltd\x1eHeinonen Bolag Ab"
    assert PARALLEL.render(cell, 0, names) == cell
    assert PARALLEL.render(cell, 1, names) == "Heinonen Companies Ltd"
    assert PARALLEL.render(cell, 1, None) == PARALLEL.render(cell, 1, "HEINONEN yhtiöt OY") == cell
    column = pa.array(["HEINONEN  COMPANIES LTD", "Toinen Oy", None])
    assert PARALLEL.read(column)[0].to_pylist() == ["heinonen companies ltd", "toinen oy", None]
    assert PARALLEL.read(pa.array(["Matti", "Liisa"]))[0].null_count == 2


@pytest.mark.parametrize(
    ("cell", "spare", "zero", "one"),
    [
        ("FIN;GM;HR;IT", "FIN;GM;HR", "FIN;HR;IT", "FIN;GM;IT"),
        ("FIN;GM;IT", "FIN;GM", "GM;IT", "FIN;IT"),
        ("FIN;GM;IT", "GM", None, None),
        ("FIN;IT", "FIN", None, None),
        ("FIN;GM;IT", "", None, None),
    ],
)
def test_an_area_nobody_asked_for_may_be_left_out(cell: str, spare: str, zero: str | None, one: str | None) -> None:
    shown = AREAS.render(cell, 0, spare), AREAS.render(cell, 1, spare)
    assert shown == ((zero, one) if zero else (cell, cell))
    if zero:
        assert AREAS.read(pa.array([LIST.render(shown[0], 1)]))[0].to_pylist() == [zero]


def test_an_optional_cell_is_shown_or_blank_and_a_blank_is_read_only_in_a_column_of_its_kind() -> None:
    assert (WWW.render("www.firma.example", 0), WWW.render("www.firma.example", 1)) == ("www.firma.example", None)
    assert LANDLINE.render("+358391234567", 1, "0") == "+358391234567"
    assert LANDLINE.render("+358391234567", 1, "1") is None
    column = pa.array(["https://Firma.example/", None, "www.toinen.example", ""])
    assert WWW.read(column)[0].to_pylist() == ["firma.example", BLANK, "toinen.example", BLANK]
    assert WWW.read(pa.array(["Matti", None, "Liisa", None]))[0].null_count == 4
    assert WWW.exact("www.firma.example") == "firma.example"
