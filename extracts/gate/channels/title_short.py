"""Accepted abbreviations of titles: "Toimitusjohtaja" or "Tj.", "Hallituksen puheenjohtaja" or "Hallituksen pj."."""

from __future__ import annotations

import pyarrow as pa

from extracts.gate.channels import title_words
from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct


class TitleShort:
    """As the register has it is 0, abbreviated is 1. An abbreviation of the register's own is never written out: it
    may stand for something else ("tj." is a foreman too). The level of a title never changes."""

    name = "title"
    layer = Layer.RENDERING
    unit = Unit.ROLE
    columns = ("title",)
    needs = ()
    biases = (LOW, HIGH)
    _shape = r"(?i)(tj|pj|johtaja|jäsen|hall\.|direktör|\bvd\b|ordf)"

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        return title_words.abbreviated(cell) if symbol else cell

    def exact(self, cell: str | None) -> str:
        return "; ".join(sorted(title_words.parts(fold(cell or ""))))

    def canonicalise(self, cell: str | None) -> str:
        return title_words.canonical(cell)

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        return over_distinct(column, self._reading, pattern=self._shape)

    def _reading(self, cell: str) -> Reading:
        return self.exact(cell), self.canonicalise(cell)


TITLE = TitleShort()
