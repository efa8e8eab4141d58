"""Which of a company's registered names: its own or its parallel one, "Ramux Oy" or "Ramux Ab"."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from extracts.gate.channels.base import HIGH, LOW, Layer, Reading, Unit, fold, over_distinct

BETWEEN = "\x1e"
"""Between the parallel names of one company."""
_FORMS = r"(?i)\b(oyj?|abp?|ky|ay|ltd|inc|osk|ry|rf)\b"
_LEAST = 0.2
"""Share of a column's cells that name a company's form where the column is one of companies."""


class ParallelName:
    """The registered name is 0, the first registered parallel name is 1; both are true and survive any spelling."""

    name = "parallel"
    layer = Layer.ALTERNATIVE
    unit = Unit.COMPANY
    columns = ("organisation_name",)
    needs = ("parallel_names",)
    biases = (LOW, HIGH)

    def render(self, cell: str, symbol: int, *others: str | None) -> str:
        other = next((name for name in (others[0] or "").split(BETWEEN) if name), cell) if others else cell
        return other if symbol and fold(other) != fold(cell) else cell

    def exact(self, cell: str | None) -> str:
        return fold(cell or "")

    def canonicalise(self, cell: str | None) -> str:
        return fold(cell or "")

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        named = pc.mean(pc.match_substring_regex(pc.drop_null(column), _FORMS).cast(pa.float64())).as_py()
        if (named or 0.0) < _LEAST:
            return pa.nulls(len(column), pa.string()), pa.nulls(len(column), pa.string())
        return over_distinct(column, self._reading, pattern=r"\pL")

    def _reading(self, cell: str) -> Reading:
        return self.exact(cell), self.canonicalise(cell)


PARALLEL = ParallelName()
