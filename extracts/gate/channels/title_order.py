"""The order of two titles in one cell: "Toimitusjohtaja, osakas" or "Osakas, toimitusjohtaja"."""

from __future__ import annotations

import pyarrow as pa

from extracts.gate.channels import title_words
from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct


class TitleOrder:
    """By the alphabet is 0, the other way is 1; what stands between the two stays. Both must be titles of the list:
    "Kehitysjohtaja, digitaaliset palvelut" is one title."""

    name = "titles"
    layer = Layer.RENDERING
    unit = Unit.ROLE
    columns = ("title",)
    needs = ()
    biases = (LOW, HIGH)

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        found = title_words.two(cell)
        if found is None:
            return cell
        first, between, second = found
        ordered = sorted((first, second), key=lambda part: title_words.expanded(fold(part)), reverse=bool(symbol))
        if ordered == [first, second]:
            return cell
        if first[0].isupper() and second[0].islower():  # the capital is the cell's
            return f"{second[0].upper()}{second[1:]}{between}{first[0].lower()}{first[1:]}"
        return f"{second}{between}{first}"

    def exact(self, cell: str | None) -> str:
        return "; ".join(title_words.parts(title_words.expanded(fold(cell or ""))))

    def canonicalise(self, cell: str | None) -> str:
        return title_words.canonical(cell)

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        return over_distinct(column, self._reading, pattern=title_words.BETWEEN.pattern)

    def _reading(self, cell: str) -> Reading | None:
        parts = title_words.parts(title_words.expanded(fold(cell)))
        return (
            (self.exact(cell), self.canonicalise(cell))
            if len(parts) == 2 and title_words.known() >= set(parts)
            else None
        )


TITLES = TitleOrder()
