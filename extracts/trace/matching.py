"""Joins a suspect with the manifests in a private DuckDB connection and brings back counts, never pairs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core import identity
from core.errors import ConfigError, StoreError
from extracts.gate.channels import CHANNELS, Layer, Unit
from extracts.trace.score import Floats, Tally
from extracts.trace.segments import stored
from extracts.trace.suspect import Suspect
from ledger.store import Store
from ledger.traces import PlacedSeed, ReleasedExtract

CONSTANT = 0.96
"""A channel of which a larger share shows one symbol was normalised and says nothing (fingerprint.md 2.5)."""
OPTIONAL_CONSTANT = 0.99
"""The same for optional cells, of which 3 % are blank: at 0.96 they would never be read."""
LINKED = frozenset(channel.name for channel in CHANNELS if channel.unit is Unit.COMPANY)
"""Channels whose symbol is a company's: one bit per extract, however many rows show it (fingerprint.md 8)."""
_OPTIONAL = frozenset(channel.name for channel in CHANNELS if channel.layer is Layer.OPTIONAL)


@dataclass(frozen=True)
class Manifest:
    """What a manifest says of itself in its footer."""

    extract: str
    eligible: int
    delivered: int
    key_id: str
    hot: int | None = None
    """How many of the eligible were hot rows, where all that were withheld are among these."""

    @property
    def shares(self) -> tuple[float, float]:
        """π, the delivered share: of the eligible, or of those that are not hot and of the hot rows."""
        if self.hot:
            return 1.0, (self.hot - self.eligible + self.delivered) / self.hot
        share = self.delivered / self.eligible if 0 < self.delivered <= self.eligible else 1.0
        return share, share


@dataclass(frozen=True)
class Channel:
    """What the suspect shows of one channel, over distinct units (companies, where it is linked)."""

    name: str
    zeros: int
    ones: int
    erased: int

    @property
    def dropped(self) -> bool:
        """Decided by the leak alone."""
        limit = OPTIONAL_CONSTANT if self.name in _OPTIONAL else CONSTANT
        return self.zeros + self.ones == 0 or max(self.zeros, self.ones) > limit * (self.zeros + self.ones)


@dataclass(frozen=True)
class SeedHit:
    """One seed seen in the suspect, and the lines that show it."""

    extract: str
    seed: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Mark:
    """One mark of a unit: the extract's symbol, the prior of symbol 1, whether the extract's own scope drew it (else
    the customer's), and what the suspect shows: 0, 1, -1 for erased, None for unknown."""

    symbol: int
    p: float
    own: bool
    seen: int | None


@dataclass(frozen=True)
class LeakedUnit:
    """One unit of an extract's pool that the suspect shows."""

    unit: str
    company: str
    number: int | None
    """Row of the delivered file; None: withheld."""
    share: float | None
    """π among the units of its history; None: delivered or withheld says nothing."""
    lines: tuple[int, ...]
    marks: tuple[Mark | None, ...]


@contextmanager
def open_matching(
    store: Store, *, suspect: Suspect, extracts: Sequence[ReleasedExtract], kind: type[Matching] | None = None
) -> Iterator[Matching]:
    """Open a connection, locked down to the manifests, with the suspect blinded in it.

    ``kind``: :class:`Matching` over the manifests themselves, or ``indexed.Indexed`` over their index.
    """
    home = str(store.settings.home.resolve())  # as text: ten thousand Path objects take longer than the search
    paths = [f"{home}/{extract.manifest}" for extract in extracts]
    there = stored(store)
    missing = [one.extract for one in extracts if one.manifest not in there]
    if missing:
        raise StoreError("manifest_damaged", extract=missing[0])
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": store.settings.memory_limit,
            "threads": store.settings.threads,
            "temp_directory": str(store.home.temporary.resolve()),
            "preserve_insertion_order": False,
        },
    )
    try:
        connection.execute(sql.load("quiet"))
        connection.execute(
            sql.load("extracts/trace_directories"),
            {"directories": [str(directory.resolve()) for directory in (store.home.manifests, store.home.temporary)]},
        )
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        for macro in ("hmac_hex", "hmac64"):
            connection.execute(sql.load(macro))
        yield (kind or Matching)(connection, store=store, suspect=suspect, paths=paths, extracts=extracts)
    except duckdb.Error as error:
        raise StoreError("manifests_failed", reason=type(error).__name__) from error
    finally:
        connection.close()


class Matching:
    """The steps of one trace; each table it makes lives in the private connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        store: Store,
        suspect: Suspect,
        paths: list[str],
        extracts: Sequence[ReleasedExtract],
    ) -> None:
        self._connection, self._paths, self._extracts, self._store = connection, paths, extracts, store
        key = store.key("fingerprint")
        for name, table in (
            ("suspect_email", suspect.emails),
            ("suspect_phone", suspect.phones),
            ("suspect_name", suspect.names),
            ("suspect_business_id", suspect.business_ids),
            ("suspect_organisation", suspect.organisations),
            ("suspect_rendering", _renderings(suspect)),
            ("extract", _extract_table(extracts, paths)),
        ):
            connection.register(name, table)
        self._key_id = key.key_id
        self._known: dict[tuple[str, ...], list[str]] = {}
        self._placed: str | None = None
        inner, outer = key.derive("blind").pads
        keys = {"inner": inner, "outer": outer}
        connection.execute(sql.load("extracts/trace_keys"), keys)
        connection.execute(sql.load("extracts/trace_cells"), keys)

    def manifests(self) -> list[Manifest]:
        """The manifests' own descriptions, in the order of the extracts."""
        found = self._described()
        manifests = []
        for extract, path in zip(self._extracts, self._paths, strict=True):
            described = found.get(path, {})
            if described.get("extract") != extract.extract:
                raise StoreError("manifest_damaged", extract=extract.extract)
            if described["key_id"] != self._key_id:  # its blind indexes would match nobody
                raise ConfigError("key_missing", key=described["key_id"])
            manifests.append(
                Manifest(
                    extract.extract,
                    described["eligible"],
                    described["delivered"],
                    described["key_id"],
                    described.get("hot"),
                )
            )
        return manifests

    def _described(self) -> Mapping[str, Mapping[str, Any]]:
        """What each manifest says of itself, by path."""
        rows = self._connection.execute(sql.load("extracts/trace_manifests"), {"manifests": self._paths}).fetchall()
        return {filename: json.loads(description) for filename, description in rows}

    def match(self) -> int:
        """Find the leaked units and their places in every pool; returns how many units were seen."""
        self._run("candidates", "sightings", "leaked", "pool", "ambiguous", "marked", manifests=self._paths)
        row = self._connection.execute(sql.load("extracts/trace_matched_units")).fetchone()
        return int(row[0]) if row else 0

    def matched_lines(self, seeds: Sequence[SeedHit]) -> int:
        """Suspect lines that show a unit or a seed."""
        rows = self._connection.execute(sql.load("extracts/trace_matched_lines")).fetchall()
        return len({line for (line,) in rows} | {line for hit in seeds for line in hit.lines})

    def channels(self) -> tuple[Channel, ...]:
        """The manifests' channels in their column order, with what the suspect shows of each."""
        names = self._names(self._paths)
        counted = self._connection.execute(sql.load("extracts/trace_channels"), {"linked": _linked(names)})
        seen = {(channel, symbol): cells for channel, symbol, cells in counted.fetchall()}
        return tuple(
            Channel(name, *(seen.get((number, symbol), 0) for symbol in (0, 1, -1)))
            for number, name in enumerate(names)
        )

    def _run(self, *steps: str, manifests: list[str]) -> None:
        """Statements of the match, over some of the manifests."""
        bound: dict[str, Any] = {"manifests": manifests, "linked": _linked(self._names(manifests))}
        for step in steps:
            statement = sql.load(f"extracts/trace_{step}")
            self._connection.execute(statement, {name: bound[name] for name in bound if f"${name}" in statement})

    def _names(self, manifests: list[str]) -> list[str]:
        """The channels of some manifests, in the order in which the statements list them."""
        if tuple(manifests) not in self._known:
            described = self._connection.execute(sql.load("extracts/trace_channel_names"), {"manifests": manifests})
            self._known[tuple(manifests)] = [name.removesuffix("_symbol") for (name, *_) in described.fetchall()]
        return self._known[tuple(manifests)]

    def tally(self, channels: Sequence[Channel], *, share: Floats) -> Tally:
        """Counts for :func:`extracts.trace.score.e_values` over all extracts, each with its own ``Manifest.shares``."""
        table = self._counts("trace_tally", channels)
        of = share[table["extract"].to_numpy(), table["hot"].to_numpy().astype(np.int64)]
        return _tally(table, _matrix(table["ratio"], channels), of)

    def customer_tally(self, channels: Sequence[Channel], *, customer: str) -> tuple[Tally, Tally]:
        """The same for one customer's extracts, with π among units of equal history; and once more with only what
        its campaigns do not share: of a unit that stands in two of them, the extract's own symbols."""
        self._place(customer)
        table = self._counts("trace_customer_tally", channels, linked=_linked([one.name for one in channels]))
        shared = table["shared"].to_numpy()
        share = table["share"].to_numpy().astype(np.float64)
        whole, own = (_matrix(table[name], channels) for name in ("ratio", "own_ratio"))
        return _tally(table, whole, share), _tally(table, own, np.where(shared, np.nan, share))

    def seeds(self, placed: Sequence[PlacedSeed]) -> list[SeedHit]:
        """The seeds that the suspect shows."""
        self._connection.register("seed", _seed_table(placed))
        rows = self._connection.execute(sql.load("extracts/trace_seeds")).fetchall()
        return [SeedHit(extract, seed, tuple(lines)) for extract, seed, lines in rows]

    def lines(self, extract: int) -> list[tuple[int, int]]:
        """(suspect line, row of the delivered file) pairs for one extract."""
        return self._connection.execute(sql.load("extracts/trace_lines"), {"extract": extract}).fetchall()

    def units(self, extract: int) -> tuple[list[str], list[LeakedUnit]]:
        """The channels of an extract's customer, and the extract's leaked units with their marks in that order."""
        customer = self._extracts[extract].customer
        self._place(customer)
        found = self._connection.execute(sql.load("extracts/trace_units"), {"extract": extract}).fetchall()
        units = [
            LeakedUnit(
                unit, company, number, share, tuple(lines),
                tuple(Mark(**mark) if mark["symbol"] is not None else None for mark in marks),
            )
            for unit, company, number, share, lines, marks in found
        ]  # fmt: skip
        return self._names(self._marked_in(customer)), units

    def _of_customer(self, customer: str) -> list[str]:
        return [path for one, path in zip(self._extracts, self._paths, strict=True) if one.customer == customer]

    def _marked_in(self, _customer: str) -> list[str]:
        """The manifests over which the table of marks stands."""
        return self._paths

    def _place(self, customer: str) -> None:
        if self._placed == customer:
            return
        self._placed = customer
        bound = {"customer": customer, "manifests": self._of_customer(customer)}
        self._connection.execute(sql.load("extracts/trace_placed"), bound)

    def _counts(self, statement: str, channels: Sequence[Channel], **bound: Any) -> pa.Table:
        dropped = [number for number, channel in enumerate(channels) if channel.dropped]
        statement = sql.load(f"extracts/{statement}")
        return self._connection.sql(statement, params={"dropped": dropped, **bound}).to_arrow_table()


def _linked(names: Sequence[str]) -> list[int]:
    return [number for number, name in enumerate(names) if name in LINKED]


def _matrix(lists: pa.ChunkedArray, channels: Sequence[Channel]) -> Floats:
    """A column of lists, one item a channel, as entries × channels; NaN for null."""
    flat = np.asarray(lists.combine_chunks().flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    return flat.reshape(len(lists), len(channels))


def _tally(table: pa.Table, ratio: Floats, share: Floats) -> Tally:
    return Tally(
        extract=table["extract"].to_numpy().astype(np.int64),
        delivered=table["delivered"].to_numpy(),
        ratio=ratio,
        units=table["units"].to_numpy().astype(np.int64),
        share=share,
    )


def _renderings(suspect: Suspect) -> pa.Table:
    """All channels' cells: channel, line, exact, canonical."""
    return pa.concat_tables(
        [
            table.add_column(0, "channel", pa.array([channel] * table.num_rows, pa.string()))
            for channel, table in suspect.cells.items()
        ]
    )


def _seed_table(placed: Sequence[PlacedSeed]) -> pa.Table:
    """Seeds as match keys: (extract, seed, email, mobile, name, business_id, organisation), all text."""
    told = {name: pa.array([getattr(one, name) for one in placed], pa.string()) for name in PlacedSeed._fields}
    return pa.table(
        {
            "extract": told["extract"],
            "seed": told["seed"],
            "email": identity.normalise_emails(told["email"]),
            "mobile": identity.normalise_phones(told["mobile"]),
            "name": identity.fold_names(pc.binary_join_element_wise(told["first_name"], told["last_name"], " ")),
            "business_id": identity.normalise_business_ids(told["business_id"]),
            "organisation": identity.fold_names(told["organisation_name"]),
        }
    )


def _extract_table(extracts: Sequence[ReleasedExtract], paths: list[str]) -> pa.Table:
    return pa.table(
        {
            "extract": pa.array(range(len(extracts)), pa.int32()),
            "filename": pa.array(paths, pa.string()),
            "customer": pa.array([extract.customer for extract in extracts], pa.string()),
            "campaign": pa.array([extract.campaign for extract in extracts], pa.string()),
            "excluding": pa.array([extract.excluding for extract in extracts], pa.bool_()),
            "turn": pa.array([extract.released_at for extract in extracts], pa.timestamp("us", "UTC")),
        }
    )
