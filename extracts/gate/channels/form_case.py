"""The case of a company's form in its name: "Oy" or "OY". The form stays where the register has it."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa

from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct

_SPACES = re.compile(r"(\s+)")
_FORMS = frozenset({"oyj", "oy", "abp", "ab"})
_LAST = _FORMS | {"ky", "ay"}
_BEFORE = frozenset({"as", "asunto", "kiinteistö", "bostads", "fastighets"})
"""Words that make it a housing or real estate company, with the form behind them."""


class FormCase:
    """``Oy`` is 0, ``OY`` is 1; a name with two forms, "Oy X Ab", has them alike."""

    name = "form"
    layer = Layer.RENDERING
    unit = Unit.COMPANY
    columns = ("organisation_name",)
    needs = ()
    biases = (LOW, HIGH)
    _shape = rf"(?i)(^|\s)({'|'.join(sorted(_LAST))})(\s|$)"

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        parts, places = _parted(cell)
        for place in places:
            parts[place] = parts[place].upper() if symbol else parts[place].capitalize()
        return "".join(parts)

    def exact(self, cell: str | None) -> str:
        parts, places = _parted(" ".join(unicodedata.normalize("NFKC", cell or "").split()))
        return "".join(part if place in places else part.casefold() for place, part in enumerate(parts))

    def canonicalise(self, cell: str | None) -> str:
        return fold(cell or "")

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        return over_distinct(column, self._reading, pattern=self._shape)

    def _reading(self, cell: str) -> Reading:
        return self.exact(cell), self.canonicalise(cell)


def _parted(cell: str) -> tuple[list[str], list[int]]:
    """A name as its words and what is between them, and the places of its forms: the first word, the last, or the one
    behind the word that makes it a housing or real estate company. A form alone is no name."""
    parts = _SPACES.split(cell)
    words = [place for place in range(0, len(parts), 2) if parts[place]]
    if len(words) < 2:
        return parts, []
    first, last = words[0], words[-1]
    folded = [part.casefold() for part in parts]
    return parts, [
        place
        for place in words
        if folded[place] in (_LAST if place == last else _FORMS)
        and (place in (first, last) or folded[place - 2] in _BEFORE)
    ]


FORM = FormCase()
