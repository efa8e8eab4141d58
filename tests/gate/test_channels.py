"""Every channel: two true ways to write a cell, one thing that both mean (R037; fingerprint.md 2.2, row 18)."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from extracts.gate.channels import CHANNELS, LIST, Channel, Layer, Unit
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


@pytest.mark.parametrize("channel", RENDERINGS, ids=named)
@given(cell=st.text(max_size=40), symbol=symbols)
def test_R037_no_rendering_changes_what_odd_text_means(channel: Channel, cell: str, symbol: int) -> None:
    """Acceptance case 18 on text that no register holds."""
    shown = channel.render(cell, symbol)
    assert channel.canonicalise(shown) == channel.canonicalise(cell)
    if channel.render(cell, 0) != channel.render(cell, 1):
        assert channel.exact(channel.render(cell, 0)) != channel.exact(channel.render(cell, 1))
