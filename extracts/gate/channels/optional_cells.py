"""Cells that the campaign does not need, blank for a few units: a website, a switchboard beside a mobile number."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from core.identity import normalise_phone, normalise_phones
from extracts.gate.channels.base import BLANK, BLANKED, Layer, Unit

SPARE = "1"
"""In the column that says so: the cell can be spared."""
_LEAST = 0.3
"""Share of a column's cells that are of the channel where its empty ones are read as left blank."""
_E164 = re.compile(r"^\+[0-9]{7,15}$")
_LIKELY = r"^[^\pL@]+$"
"""Of a number (RE2). Its length is asked apart: a counted class of all letters takes 30 ms to compile, every time."""
_FEWEST, _MOST = 6, 29
_SITE = re.compile(r"^(?:https?://)?(?:www\.)?([^\s@/]+\.[a-zåäö]{2,}(?:/\S*)?)$")


class OptionalCell:
    """Shown is 0, blank is 1. ``needs`` names columns that say ``SPARE`` where the cell is not needed."""

    layer = Layer.OPTIONAL
    unit = Unit.COMPANY
    biases = (BLANKED, BLANKED)

    def __init__(
        self,
        name: str,
        *,
        column: str,
        needs: tuple[str, ...],
        known: Callable[[str], str | None],
        all_known: Callable[[pa.Array], pa.Array],
    ) -> None:
        self.name, self.columns, self.needs = name, (column,), needs
        self._known, self._all_known = known, all_known

    def render(self, cell: str, symbol: int, *others: str | None) -> str | None:
        spare = all(other == SPARE for other in others)
        return None if symbol and spare and self.exact(cell) != BLANK else cell

    def exact(self, cell: str | None) -> str:
        return (self._known(cell) if cell else None) or BLANK

    def canonicalise(self, cell: str | None) -> str:
        return self.exact(cell)

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        """An empty cell reads as left blank where the column is one of the channel, else as nothing."""
        encoded = pc.dictionary_encode(column)
        known = pc.take(self._all_known(encoded.dictionary), encoded.indices)
        if len(column) == 0 or known.null_count > (1 - _LEAST) * len(column):
            return known, known
        empty = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)
        read = pc.if_else(empty, BLANK, known)
        return read, read


def _site(cell: str) -> str | None:
    """A site without its scheme, ``www.`` and a closing slash."""
    found = _SITE.match(cell.strip().lower().rstrip("/"))
    return found[1] if found else None


def _number(cell: str) -> str | None:
    """E.164, as the register has it; what has no digits enough is never parsed."""
    if _E164.match(cell):
        return cell
    return normalise_phone(cell) if sum(letter.isdigit() for letter in cell) >= _FEWEST and len(cell) <= _MOST else None


def _sites(cells: pa.Array) -> pa.Array:
    return pa.array([_site(cell) if cell else None for cell in cells.to_pylist()], pa.string())


def _numbers(cells: pa.Array) -> pa.Array:
    """The same as :func:`_number` for a whole column; a cell with letters in it is no number."""
    length = pc.utf8_length(cells)
    short = pc.and_(pc.greater_equal(length, _FEWEST), pc.less_equal(length, _MOST))
    likely = pc.fill_null(pc.and_(short, pc.match_substring_regex(cells, _LIKELY)), False)
    others = pc.if_else(likely, cells, pa.scalar(None, pa.string()))
    plain = pc.fill_null(pc.match_substring_regex(cells, _E164.pattern), False)
    return pc.if_else(plain, cells, normalise_phones(others))


WWW = OptionalCell("www", column="website", needs=(), known=_site, all_known=_sites)
LANDLINE = OptionalCell(
    "landline", column="organisation_phone", needs=("spare_phone",), known=_number, all_known=_numbers
)
