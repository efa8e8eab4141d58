"""Which k-1 of k true responsibility areas (k at least 3): one that nobody asked for is left out."""

from __future__ import annotations

import pyarrow as pa

from extracts.gate.channels.base import HIGH, LOW, Layer, Unit
from extracts.gate.channels.list_order import LIST

_LEAST = 3


class Areas:
    """Of the two last areas that the campaign is not about, the first is left out for 0, the second for 1."""

    name = "areas"
    layer = Layer.ALTERNATIVE
    unit = Unit.ROLE
    columns = ("responsibilities",)
    needs = ("spare_areas",)
    biases = (LOW, HIGH)

    def render(self, cell: str, symbol: int, *others: str | None) -> str:
        listed = cell.split(LIST.separator)
        given = (others[0] if others else None) or ""
        spare = sorted({area for area in given.split(LIST.separator) if area and area in listed})
        if len(set(listed)) < _LEAST or len(spare) < 2:
            return cell
        return LIST.separator.join(area for area in listed if area != spare[-2:][symbol])

    def exact(self, cell: str | None) -> str:
        return LIST.canonicalise(cell)

    def canonicalise(self, cell: str | None) -> str:
        return LIST.canonicalise(cell)

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        _, canonical = LIST.read(column)
        return canonical, canonical


AREAS = Areas()
