"""A street address with a letter behind the number: "2a B 12" or "2 a B 12"."""

from __future__ import annotations

import re

import pyarrow as pa

from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct

_LETTER = r"(?<![^\W_])([0-9]+) ?([a-zåäöA-ZÅÄÖ])(?!\w)"
"""A number and one letter, of the house or of the stair."""


class Address:
    """The space between number and letter: none is 0, one is 1. Case stays: "2a" is a house, "2 A" a stair."""

    name = "address"
    layer = Layer.RENDERING
    unit = Unit.COMPANY
    columns = ("visiting_street", "postal_street")
    needs = ()
    biases = (LOW, HIGH)
    _letter = re.compile(_LETTER)
    _shape = r"(?i)\pL.*[0-9] ?[a-zåäö]([^\pL]|$)"

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        return self._letter.sub(r"\1 \2" if symbol else r"\1\2", cell, count=1)

    def exact(self, cell: str | None) -> str:
        return fold(cell or "")

    def canonicalise(self, cell: str | None) -> str:
        return self._letter.sub(r"\1\2", fold(cell or ""))

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        return over_distinct(column, self._reading, pattern=self._shape)

    def _reading(self, cell: str) -> Reading:
        return self.exact(cell), self.canonicalise(cell)


ADDRESS = Address()
