"""The case of a company's form in its name: "Oy" or "OY". The form stays where the register has it."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa

from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct

_ANYWHERE = "oyj|oy|abp|ab"
_FORM = re.compile(
    rf"(?i)(?:^\s*|(?<=as )|(?<=asunto )|(?<=kiinteistö )|(?<=bostads )|(?<=fastighets ))(?:{_ANYWHERE})(?=\s)"
    rf"|(?<=\s)(?:{_ANYWHERE}|ky|ay)(?=\s*$)"
)
"""First in the name, last in it, or behind the word that makes it a housing or real estate company."""


class FormCase:
    """``Oy`` is 0, ``OY`` is 1; a name with two forms, "Oy X Ab", has them alike."""

    name = "form"
    layer = Layer.RENDERING
    unit = Unit.COMPANY
    columns = ("organisation_name",)
    needs = ()
    biases = (LOW, HIGH)
    _shape = rf"(?i)(^|\s)({_ANYWHERE}|ky|ay)(\s|$)"

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        if len(cell.split()) < 2:  # a form alone is no name
            return cell
        return _FORM.sub(lambda found: found[0].upper() if symbol else found[0].capitalize(), cell)

    def exact(self, cell: str | None) -> str:
        spaced = " ".join(unicodedata.normalize("NFKC", cell or "").split())
        parts, end = [], 0
        for found in _FORM.finditer(spaced):
            parts += [spaced[end : found.start()].casefold(), found[0]]
            end = found.end()
        return "".join([*parts, spaced[end:].casefold()])

    def canonicalise(self, cell: str | None) -> str:
        return fold(cell or "")

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        return over_distinct(column, self._reading, pattern=self._shape)

    def _reading(self, cell: str) -> Reading:
        return self.exact(cell), self.canonicalise(cell)


FORM = FormCase()
