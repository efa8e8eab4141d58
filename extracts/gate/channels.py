"""Where a mark can live: true alternatives of one cell (fingerprint.md 2.2). Pure text in, text out.

Every alternative canonicalises to the register's value, so that no mark makes a person's data untrue (R037).
A new channel is one more object in ``CHANNELS``; its name is part of the keyed messages and never changes.
"""

from __future__ import annotations

import re
from typing import Protocol


class Channel(Protocol):
    """Two true renderings of one cell."""

    @property
    def name(self) -> str: ...

    @property
    def column(self) -> str:
        """The extract's column it renders."""

    def normal(self, cell: str) -> str:
        """The cell as it may come back from a spreadsheet, with spelling differences gone and the mark kept."""

    def canonical(self, cell: str) -> str:
        """The register's value behind any rendering."""

    def render(self, canonical: str, symbol: int) -> str:
        """The rendering of a canonical value for symbol 0 or 1; the same for both when there is no choice."""

    def read(self, cell: str) -> int | None:
        """The symbol a cell shows; None when it shows none."""


class ListOrder:
    """Order of the codes in a multi-valued cell: ascending is 0, descending is 1."""

    name = "list"
    column = "responsibilities"
    separator = ";"
    _split = re.compile(r"[;,|/\n]")

    def _codes(self, cell: str) -> list[str]:
        return [code for part in self._split.split(cell) if (code := part.strip().upper())]

    def normal(self, cell: str) -> str:
        return self.separator.join(self._codes(cell))

    def canonical(self, cell: str) -> str:
        return self.separator.join(sorted(self._codes(cell)))

    def render(self, canonical: str, symbol: int) -> str:
        return self.separator.join(sorted(self._codes(canonical), reverse=bool(symbol)))

    def read(self, cell: str) -> int | None:
        shown = self.normal(cell)
        canonical = self.canonical(cell)
        seen = [symbol for symbol in (0, 1) if shown == self.render(canonical, symbol)]
        return seen[0] if len(seen) == 1 else None


LIST = ListOrder()
CHANNELS: tuple[Channel, ...] = (LIST,)
