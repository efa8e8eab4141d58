"""Matching over the index of the manifests: the same answers without opening ten thousand files (fingerprint.md 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

import sql
from extracts.trace.index import KEYS, Array, Segment
from extracts.trace.matching import LINKED, Channel, LeakedUnit, Matching
from extracts.trace.score import Floats, Tally
from extracts.trace.segments import open_segments
from extracts.trace.sweep import Leaked, Swept, members, sweep

_KINDS = (8, 4, 2, 1)
"""Kinds of blind indexes, in the order of ``KEYS``."""
_BITS = np.uint64(64 - 22)


class Indexed(Matching):
    """Sweeps all extracts in the index; the few that are shown, or whose customer is looked at, are read from their
    manifests by the statements of :class:`Matching`."""

    _marked: str | None = None
    """The customer whose pools are at hand."""

    @cached_property
    def _segments(self) -> list[Segment]:
        return open_segments(
            self._store, [one.manifest for one in sorted(self._extracts, key=lambda one: one.released_at)]
        )

    @cached_property
    def _numbered(self) -> Mapping[str, int]:
        return {one.manifest: number for number, one in enumerate(self._extracts)}

    @cached_property
    def _channels(self) -> list[str]:
        return list(dict.fromkeys(name for segment in self._segments for name in segment.faces))

    def _described(self) -> Mapping[str, Mapping[str, Any]]:
        facts = {
            manifest: fact
            for segment in self._segments
            for manifest, fact in zip(segment.manifests, segment.facts, strict=True)
        }
        return {path: facts[one.manifest] for one, path in zip(self._extracts, self._paths, strict=True)}

    def match(self) -> int:
        self._connection.register("candidate", self._candidates())
        for step in ("sightings", "leaked"):
            self._connection.execute(sql.load(f"extracts/trace_{step}"))
        leaked = self._asked("leaked_units")
        shown = Leaked.of(leaked)
        self._swept: Swept = sweep(
            self._segments,
            shown,
            channels=self._channels,
            linked=LINKED,
            extract_of=self._numbered,
            barred=self._barred(leaked, shown),
        )
        return self._swept.matched

    def _asked(self, statement: str) -> pa.Table:
        return self._connection.sql(sql.load(f"extracts/trace_{statement}")).to_arrow_table()

    def _candidates(self) -> pa.Table:
        """Units of which a blind index occurs in the suspect, with all their blind indexes."""
        asked = self._asked("asked")
        kind, key = asked["kind"].to_numpy(), asked["key"].to_numpy()
        wanted = [np.unique(key[kind == one]) for one in _KINDS]
        units, keys = [np.zeros((0, 2), np.uint64)], [np.zeros((0, len(KEYS)), np.uint64)]
        for segment in self._segments:
            hits = np.zeros(len(segment.identity), bool)
            for column, these in enumerate(wanted):
                hits |= _among(np.asarray(segment.identity[:, column]), these)
            units.append(segment.unit[segment.identity_entry[hits]])
            keys.append(segment.identity[hits])
        unit, index = np.concatenate(units), np.concatenate(keys)
        rows = np.unique(np.concatenate([unit, index], axis=1), axis=0)
        tokens = pa.Array.from_buffers(
            pa.binary(16), len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows[:, :2]).astype(">u8").tobytes())]
        )
        columns = {
            name: pa.array(rows[:, 2 + column], pa.uint64(), mask=rows[:, 2 + column] == 0)
            for column, name in enumerate(KEYS)
        }
        return pa.table({"unit": tokens, **columns})

    def _barred(self, leaked: pa.Table, shown: Leaked) -> Array:
        """The (extract, unit) pairs in which a line that fits several units says nothing: one number each."""
        tied = self._asked("tied")["leaked"].to_numpy() - 1
        none = np.zeros(0, np.int64)
        if not len(tied):
            return none
        pairs = [none]
        for segment in self._segments:
            found = members(segment, shown.only(tied), extract_of=self._numbered, barred=none)
            pairs.append(found.extract * len(leaked) + found.leaked)
        pair = np.unique(np.concatenate(pairs))
        pool = pa.table({"extract": pair // len(leaked), "leaked": (pair % len(leaked) + 1).astype(np.int32)})
        self._connection.register("tied_pool", pool)
        for step in ("tied_pool", "ambiguous"):
            self._connection.execute(sql.load(f"extracts/trace_{step}"))
        left = self._asked("pairs")
        return np.setdiff1d(pair, left["extract"].to_numpy() * len(leaked) + left["leaked"].to_numpy() - 1)

    def channels(self) -> tuple[Channel, ...]:
        return tuple(Channel(name, *(int(count) for count in self._swept.seen[name])) for name in self._channels)

    def tally(self, channels: Sequence[Channel], *, share: Floats) -> Tally:
        swept = self._swept
        ratio = swept.ratio.copy()
        ratio[:, [channel.dropped for channel in channels]] = np.nan
        return Tally(swept.extract, swept.delivered, ratio, swept.units, share[swept.extract, swept.hot])

    def customer_tally(self, channels: Sequence[Channel], *, customer: str) -> tuple[Tally, Tally]:
        self._mark(customer)
        by_name = {channel.name: channel for channel in channels}
        listed = [by_name[name] for name in self._names(self._marked_in(customer))]
        whole, own = super().customer_tally(listed, customer=customer)
        return tuple(_spread(tally, listed, channels) for tally in (whole, own))  # type: ignore[return-value]

    def units(self, extract: int) -> tuple[list[str], list[LeakedUnit]]:
        self._mark(self._extracts[extract].customer)
        return super().units(extract)

    def _mark(self, customer: str) -> None:
        if self._marked == customer:
            return
        self._marked = customer
        self._run("pool", "ambiguous", "marked", manifests=self._marked_in(customer))

    def _marked_in(self, customer: str) -> list[str]:
        return self._of_customer(customer)

    def lines(self, extract: int) -> list[tuple[int, int]]:
        self._marked = None
        self._run("pool", "ambiguous", manifests=[self._paths[extract]])
        return super().lines(extract)


def _among(values: Array, wanted: Array) -> Array:
    """Which values are wanted (sorted, random words): a table of their first bits rules most out."""
    if not len(wanted):
        return np.zeros(len(values), bool)
    table = np.zeros(1 << 22, bool)
    table[wanted >> _BITS] = True
    likely = np.flatnonzero(table[values >> _BITS])
    place = np.minimum(np.searchsorted(wanted, values[likely]), len(wanted) - 1)
    found = np.zeros(len(values), bool)
    found[likely[wanted[place] == values[likely]]] = True
    return found


def _spread(tally: Tally, listed: Sequence[Channel], channels: Sequence[Channel]) -> Tally:
    """The counts with a column for every channel: what the customer's manifests do not have was not read."""
    ratio = np.full((len(tally.ratio), len(channels)), np.nan)
    for column, channel in enumerate(listed):
        ratio[:, [one.name for one in channels].index(channel.name)] = tally.ratio[:, column]
    return Tally(tally.extract, tally.delivered, ratio, tally.units, tally.share)
