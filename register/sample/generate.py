"""A synthetic register of any size: five files, the same bytes for the same size, seed and date.

Organisations are made a chunk at a time with Arrow and NumPy, so memory stays the same for any size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from core.errors import InvalidInput
from core.files import storing
from register.sample import bans, crm, organisations, persons
from register.sample.draw import Draw, Ints, share
from register.sample.organisations import LEAST, MOST, Domains, Organisations, business_ids, draw_organisations
from register.sample.persons import Positions, draw_positions
from register.sample.text import CsvFile, take

CHUNK = 50_000
AS_OF = date(2026, 11, 15)
MOST_SEED = 2**63 - 1
_EPOCH = date(1970, 1, 1)
_ORGANISATIONS, _POSITIONS, _PICKS, _CRM = range(4)
_STRANGERS = 1 << 20
_LENT = ("visiting_street", "visiting_postcode", "visiting_city", "phone", "municipality")


@dataclass
class _Register:
    """A register in the making: chunk after chunk, serial numbers and domains run on."""

    seed: int
    as_of: int
    domains: Domains = field(default_factory=Domains)
    organisations: int = 0
    positions: int = 0
    persons: int = 0
    bans: int = 0

    def chunk(self, ids: pa.Array, number: int) -> tuple[Organisations, Positions]:
        """The organisations of these Y-tunnus numbers and everyone in them."""
        made = draw_organisations(
            Draw(self.seed, number, _ORGANISATIONS),
            ids,
            first=self.organisations,
            domains=self.domains,
            as_of=self.as_of,
        )
        seated = draw_positions(
            Draw(self.seed, number, _POSITIONS),
            made,
            first_position=self.positions,
            first_person=self.persons,
            as_of=self.as_of,
        )
        self.organisations += len(made)
        self.positions += len(seated)
        self.persons += seated.persons
        return made, seated

    def bans_of(self, made: Organisations, seated: Positions, *, draw: Draw) -> pa.Table:
        """The bans due by now, filed by persons of this chunk."""
        filing = draw.some(bans.wanted(self.persons) - self.bans, seated.owner)
        filed = bans.draw_bans(draw, _at_work(made, seated, filing), first=self.bans, as_of=self.as_of)
        self.bans += len(filed)
        return filed


def generate(
    out: Path,
    *,
    organisations: int,
    seed: int = 1,
    as_of: date = AS_OF,
    advance: Callable[[int], None] = lambda _n: None,
) -> dict[str, Any]:
    """Write organisations.csv, positions.csv, crm.csv, crm_truth.csv and bans.csv into ``out`` (made if missing).

    ``as_of`` is the day the data is of; no date is later. ``advance`` is told the organisations done. Returns the
    counts ``{"organisations", "persons", "positions", "crm", "bans", "out"}``.

    Raises ``InvalidInput`` for a size the Y-tunnus numbers do not suffice for or a negative seed, ``StoreError``
    when ``out`` cannot be written.
    """
    for name, value, least, most in (("organisations", organisations, LEAST, MOST), ("seed", seed, 0, MOST_SEED)):
        if not least <= value <= most:
            raise InvalidInput("size_out_of_range", field=name, least=least, most=most)
    rows = crm.wanted(organisations)
    ids = business_ids(organisations + rows.known + rows.unknown)
    register = _Register(seed, (as_of - _EPOCH).days)
    with storing(out):
        out.mkdir(parents=True, exist_ok=True)
        known = _write_register(out, register, ids.slice(0, organisations), customers=rows.known, advance=advance)
        counts = {"organisations": organisations, "persons": register.persons, "positions": register.positions}
        written = _write_crm(out, register, ids.slice(organisations), known=known, rows=rows)
    return {**counts, "crm": written, "bans": register.bans, "out": str(out)}


def _write_register(
    out: Path, register: _Register, ids: pa.Array, *, customers: int, advance: Callable[[int], None]
) -> pa.Table:
    """Write organisations, positions and bans; return ``customers`` positions, spread over all chunks."""
    known = []
    with (
        CsvFile(out / "organisations.csv", organisations.COLUMNS) as organisations_file,
        CsvFile(out / "positions.csv", persons.COLUMNS) as positions_file,
        CsvFile(out / "bans.csv", bans.COLUMNS) as bans_file,
    ):
        for number, start in enumerate(range(0, len(ids), CHUNK)):
            made, seated = register.chunk(ids.slice(start, CHUNK), number)
            picks = Draw(register.seed, number, _PICKS)
            quota = share(customers, start, step=len(made), whole=len(ids))
            known.append(_at_work(made, seated, picks.some(quota, np.ones(len(seated), bool))))
            organisations_file.append(made.table)
            positions_file.append(seated.table)
            bans_file.append(register.bans_of(made, seated, draw=picks))
            advance(len(made))
    return pa.concat_tables(known)


def _write_crm(out: Path, register: _Register, ids: pa.Array, *, known: pa.Table, rows: crm.Rows) -> int:
    """Write the CRM and its truth; return the number of rows. The strangers' organisations have ``ids``."""
    made, seated = register.chunk(ids, _STRANGERS)
    heads = np.flatnonzero(np.diff(seated.organisation, prepend=-1))
    table, truth = crm.draw_crm(
        Draw(register.seed, _STRANGERS, _CRM),
        known,
        strangers=_at_work(made, seated, heads),
        rows=rows,
        as_of=register.as_of,
    )
    with (
        CsvFile(out / "crm.csv", crm.COLUMNS, delimiter=";", newline="\r\n", bom=True) as crm_file,
        CsvFile(out / "crm_truth.csv", crm.TRUTH_COLUMNS) as truth_file,
    ):
        crm_file.append(table)
        truth_file.append(truth)
    return len(table)


def _at_work(made: Organisations, seated: Positions, picked: Ints) -> pa.Table:
    """The picked positions with their organisations' name, address and phone."""
    home = seated.organisation[picked]
    table = seated.table.take(pa.array(picked))
    for name, source in (("organisation", "name"), *((name, name) for name in _LENT)):
        table = table.append_column(name, take(made.table[source].combine_chunks(), home))
    return table
