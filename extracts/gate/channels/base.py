"""What a channel is, and what all of them share (fingerprint.md 2.2, 2.5). Text and columns in and out; no database."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

HIGH, LOW = 0.7887, 0.2113
"""The two biases of a symbol (Tardos position, fingerprint.md 2.1)."""
BLANKED = 0.03
"""Share of units of which an optional cell is left blank."""
BLANK = ""
"""Exact form of a cell that is left blank."""

Reading = tuple[str, str]
"""Exact and canonical form of a cell."""


class Unit(StrEnum):
    """What one symbol belongs to. However many rows show it, it is one symbol (fingerprint.md 8, linked rows)."""

    ROLE = "role"
    """A position: one person in one organisation under one title."""
    COMPANY = "company"
    """An organisation: its name, addresses and numbers look alike on each of its rows in an extract."""


class Layer(StrEnum):
    """What a mark survives (fingerprint.md 2.2)."""

    RENDERING = "L1"
    ALTERNATIVE = "L2"
    OPTIONAL = "L3"


class Channel(Protocol):
    """Two true ways to write one cell. A symbol, 0 or 1, says which of them an extract shows."""

    @property
    def name(self) -> str:
        """Part of the keyed messages and of the manifest's column names: it never changes."""

    @property
    def layer(self) -> Layer: ...

    @property
    def unit(self) -> Unit: ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the extract that it renders, all of a row by the same symbol. What the manifest says is of the
        first that offers a choice."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the register, besides the cell, that the alternatives are taken from."""

    @property
    def biases(self) -> tuple[float, float]:
        """The two probabilities of symbol 1, of which a keyed bit of the unit picks one."""

    def render(self, cell: str, symbol: int, *others: str | None) -> str | None:
        """The cell as the symbol has it; ``others`` are the cells of ``needs``. Both symbols give the same where there
        is no choice. Marks of other channels in the cell stay."""

    def exact(self, cell: str | None) -> str:
        """A cell with everything gone but this channel's own mark: what is blinded into the manifest."""

    def canonicalise(self, cell: str | None) -> str:
        """A cell with the mark gone too. Of L1 all renderings agree here, and with the register's own value (R037)."""

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        """A suspect's column, of whatever it is, as exact and canonical forms; null where a cell is not of the
        channel. Depends on the suspect alone."""


def fold(text: str) -> str:
    """NFKC, case folded, white space collapsed (fingerprint.md 2.5)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def over_distinct(
    column: pa.Array, read: Callable[[str], Reading | None], *, pattern: str
) -> tuple[pa.Array, pa.Array]:
    """Read each distinct cell that matches ``pattern`` (RE2) once: exact and canonical forms of the whole column."""
    encoded = pc.dictionary_encode(column)
    plausible = pc.fill_null(pc.match_substring_regex(encoded.dictionary, pattern), False).to_pylist()
    found = [
        read(cell) if likely else None for cell, likely in zip(encoded.dictionary.to_pylist(), plausible, strict=True)
    ]
    exact, canonical = (
        pc.take(pa.array([reading[part] if reading else None for reading in found], pa.string()), encoded.indices)
        for part in (0, 1)
    )
    return exact, canonical
