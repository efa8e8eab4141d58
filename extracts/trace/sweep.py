"""One pass over the index: every extract's leaked units, counted for its e-value (fingerprint.md 2.5, 2.6, 5).

The same counts as ``sql/extracts/trace_pool``, ``trace_marked`` and ``trace_tally`` give over the manifests themselves,
which a trace still uses for the few extracts that it shows; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from extracts.trace.index import Array, Faces, Segment, words

_UNKNOWN, _ERASED = 2, 3
"""Readings of a mark besides the symbols 0 and 1."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Leaked:
    """The units seen in the suspect: ``unit`` × 2 words by their number, and every cell seen beside them."""

    unit: Array
    cells: Array
    """Sorted: a cell mixed with the number of its unit."""
    counted: Array
    """Which of the units to look for."""

    @classmethod
    def of(cls, table: pa.Table) -> Leaked:
        """From ``leaked(leaked, unit, cells)``, numbered from 1."""
        order = np.argsort(table["leaked"].to_numpy())
        lists = table["cells"].combine_chunks()
        flat = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
        owner = np.repeat(np.arange(len(lists)), np.asarray(lists.value_lengths()))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return cls(words(table["unit"])[order], np.sort(_cell_of(rank[owner], flat)), np.ones(len(order), bool))

    def only(self, units: Array) -> Leaked:
        """The same, with only some units looked for."""
        return replace(self, counted=np.isin(np.arange(len(self.unit)), units))

    def shows(self, unit: Array, cell: Array) -> Array:
        """Whether the suspect shows the cell beside the unit."""
        wanted = _cell_of(unit, cell)
        if not len(self.cells):
            return np.zeros(len(wanted), bool)
        found = np.minimum(np.searchsorted(self.cells, wanted), len(self.cells) - 1)
        return np.asarray(self.cells[found] == wanted)


@dataclass
class Swept:
    """What one pass gives; entries stand for ``units`` equal rows of an extract."""

    extract: Array
    delivered: Array
    hot: Array
    """0 or 1."""
    ratio: Array
    """entries × channels: ``1(y = x) / P(y)``; NaN where nothing could be read."""
    units: Array
    seen: Mapping[str, Array]
    """Per channel, how many units (companies, where linked) show 0, show 1, and were erased."""
    matched: int


def sweep(
    segments: Sequence[Segment],
    leaked: Leaked,
    *,
    channels: Sequence[str],
    linked: frozenset[str],
    extract_of: Mapping[str, int],
    barred: Array,
) -> Swept:
    """Count the leaked units of every extract.

    ``extract_of`` numbers the extracts by manifest; ``barred`` are pairs that say nothing: extract ×
    leaked units + unit from 0, sorted.
    """
    parts, seen = [], {name: set[tuple[int, int, int]]() for name in channels}
    units = np.zeros(len(leaked.unit), bool)
    shown = {name: np.zeros((len(leaked.unit), 4), bool) for name in channels if name not in linked}
    for segment in segments:
        found = members(segment, leaked, extract_of=extract_of, barred=barred)
        if not len(found.member):
            continue
        units[found.leaked] = True
        code = np.zeros(len(found.member), np.int64)
        values, base = [], 1
        for name in channels:
            faces = segment.faces.get(name)
            if faces is None or not len(faces.entry):
                values.append((base, 1, np.array([np.nan])))
                continue
            mark = np.asarray(faces.of_member[found.member])
            if name in linked:
                reading, companies = _linked(segment, faces, mark, found, leaked)
                for key in companies:
                    seen[name].add(key)
            else:
                reading = _own(segment, faces, mark, found, leaked)
                shown[name][found.leaked[found.delivered], reading[found.delivered]] = True
            digit, ratios = _digits(faces, mark, reading, delivered=found.delivered)
            code += digit * base
            values.append((base, len(ratios), ratios))
            base *= len(ratios)
        code = 4 * code + found.state
        kinds, kind = np.unique(code, return_inverse=True)
        pair, counts = np.unique(found.extract * np.int64(len(kinds)) + kind, return_counts=True)
        of = kinds[pair % len(kinds)]
        ratio = (
            np.stack([ratios[of // 4 // base % size] for base, size, ratios in values], axis=1)
            if values
            else (np.zeros((len(of), 0)))
        )
        parts.append((pair // len(kinds), of % 2 == 1, of % 4 // 2, ratio, counts))
    nothing = (np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64), np.zeros((0, len(channels))))
    columns = [np.concatenate(column) for column in zip(*(parts or [(*nothing, nothing[0])]), strict=True)]
    counted = {
        name: np.array([len({one[:2] for one in seen[name] if one[2] == symbol}) for symbol in (0, 1, _ERASED)])
        if name in linked
        else shown[name][:, (0, 1, _ERASED)].sum(axis=0)
        for name in channels
    }
    extract, delivered, hot, ratio, number = columns
    return Swept(extract, delivered, hot, ratio, number, seen=counted, matched=int(units.sum()))


@dataclass(frozen=True)
class Found:
    """The rows of one segment that hold leaked units, by unit; parallel arrays."""

    member: Array
    entry: Array
    leaked: Array
    extract: Array
    place: Array
    state: Array

    @property
    def delivered(self) -> Array:
        return (self.state & 1) > 0


def members(segment: Segment, leaked: Leaked, *, extract_of: Mapping[str, int], barred: Array) -> Found:
    wanted = np.flatnonzero(leaked.counted)
    first, last = (_search(segment.unit, leaked.unit[wanted], side=side) for side in ("left", "right"))
    counts = last - first
    entries = _ranges(first, counts)
    of_entry = np.repeat(wanted, counts)
    starts = np.asarray(segment.offsets[entries])
    held = np.asarray(segment.offsets[entries + 1]) - starts
    member = _ranges(starts, held)
    entry, unit = np.repeat(entries, held), np.repeat(of_entry, held)
    place = np.asarray(segment.place[member])
    extract = np.array([extract_of.get(manifest, -1) for manifest in segment.manifests], np.int64)[place]
    kept = extract >= 0
    if len(barred):
        kept &= ~np.isin(extract * len(leaked.unit) + unit, barred)
    member, entry, unit, place, extract = (one[kept] for one in (member, entry, unit, place, extract))
    return Found(member, entry, unit, extract, place, np.asarray(segment.state[member]))


def _search(units: Array, wanted: Array, *, side: str) -> Array:
    """Where each wanted unit's entries begin or end; units are ordered by their two words."""
    have, want = (np.ascontiguousarray(one).astype(">u8").view("S16").ravel() for one in (units, wanted))
    return np.searchsorted(have, want, side=side)  # type: ignore[call-overload, no-any-return]


def _ranges(start: Array, length: Array) -> Array:
    """``start[0] … start[0] + length[0] - 1, start[1] …``."""
    total = int(length.sum())
    begins = np.cumsum(length) - length
    return np.repeat(start - begins, length) + np.arange(total)


def _reading(zero: Array, one: Array, same: Array) -> Array:
    return np.select([zero & one, zero, one, same], [_ERASED, 0, 1, _ERASED], _UNKNOWN).astype(np.int8)


def _of_entry(segment: Segment, found: Found, values: Array) -> Array:
    """Per entry of the segment a value of the rows found, -1 for the others."""
    spread = np.full(len(segment.unit), -1, np.int64)
    spread[found.entry] = values
    return spread


def _own(segment: Segment, faces: Faces, mark: Array, found: Found, leaked: Leaked) -> Array:
    """What is read of a channel whose symbol is the unit's own."""
    unit = _of_entry(segment, found, found.leaked)[faces.entry]
    asked = np.flatnonzero(unit >= 0)
    of_face = np.full(len(faces.entry) + 1, _UNKNOWN, np.int8)
    of_face[asked] = _reading(
        *(leaked.shows(unit[asked], cell[asked]) for cell in (faces.alt0, faces.alt1, faces.canonical))
    )
    return of_face[np.where(mark >= 0, mark >> 1, len(faces.entry))]


def _linked(
    segment: Segment, faces: Faces, mark: Array, found: Found, leaked: Leaked
) -> tuple[Array, list[tuple[int, int, int]]]:
    """What is read of a channel whose symbol is a company's: borne by the first of its leaked rows in an extract.

    Also the companies with their readings, to count the channel's symbols: (word, word, reading).
    """
    entries = np.unique(found.entry)
    names, of_entry = np.unique(segment.company[entries], axis=0, return_inverse=True)
    company = np.full(len(segment.unit), -1, np.int64)
    company[entries] = of_entry.ravel()
    unit = _of_entry(segment, found, found.leaked)
    asked = np.flatnonzero(company[faces.entry] >= 0)
    shapes = np.stack(
        [
            company[faces.entry[asked]].astype(np.uint64),
            *(cell[asked] for cell in (faces.alt0, faces.alt1, faces.canonical)),
        ],
        axis=1,
    )
    shape, which = np.unique(shapes, axis=0, return_inverse=True)
    owner = shape[:, 0].astype(np.int64)
    turn = np.arange(len(shape)) - np.searchsorted(owner, owner)
    of_face = np.full(len(faces.entry) + 1, -1, np.int64)
    of_face[asked] = which.ravel()
    row_shape = of_face[np.where(mark >= 0, mark >> 1, len(faces.entry))]
    group = found.place.astype(np.int64) * len(names) + company[found.entry]
    groups = (int(found.place.max()) + 1) * len(names)
    reading = np.full(len(mark), _UNKNOWN, np.int8)
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        at = np.full(len(names), -1, np.int64)
        at[owner[turn == number]] = np.flatnonzero(turn == number)
        asks = entries[at[company[entries]] >= 0]
        cells = shape[at[company[asks]]]
        said = []
        for column in (1, 2, 3):
            of = np.zeros(len(segment.unit), bool)
            of[asks] = leaked.shows(unit[asks], cells[:, column])
            any_row = np.zeros(groups, bool)
            any_row[group[of[found.entry]]] = True
            said.append(any_row)
        here = np.flatnonzero((row_shape >= 0) & (turn[np.maximum(row_shape, 0)] == number) & found.delivered)
        reading[here] = _reading(*(any_row[group[here]] for any_row in said))
    valid = np.flatnonzero((reading != _UNKNOWN) & found.delivered)
    zero, one, bearer = np.zeros(groups, bool), np.zeros(groups, bool), np.full(groups, -1, np.int64)
    zero[group[valid[reading[valid] == 0]]] = True
    one[group[valid[reading[valid] == 1]]] = True
    bearer[group[valid[::-1]]] = valid[::-1]  # rows are by unit: the first stays
    borne = bearer[bearer >= 0]
    final = np.full(len(mark), _UNKNOWN, np.int8)
    at_group = group[borne]
    final[borne] = np.select([zero[at_group] & one[at_group], zero[at_group], one[at_group]], [_ERASED, 0, 1], _ERASED)
    kinds = np.unique(at_group % len(names) * 4 + final[borne])
    return final, [(int(names[kind // 4, 0]), int(names[kind // 4, 1]), int(kind % 4)) for kind in kinds]


def _digits(faces: Faces, mark: Array, reading: Array, *, delivered: Array) -> tuple[Array, Array]:
    """Each row's ratio as a place in a short list of ratios."""
    p = np.append(faces.p, np.nan)
    ratio = np.full(len(mark), np.nan)
    read = np.flatnonzero((reading < _UNKNOWN) & (mark >= 0) & delivered)
    prior = p[mark[read] >> 1]
    ratio[read] = np.where(reading[read] == (mark[read] & 1), 1 / np.where(reading[read] == 1, prior, 1 - prior), 0.0)
    ratios, digit = np.unique(ratio, return_inverse=True)  # NaN last, once
    return digit.astype(np.int64), ratios


def _cell_of(unit: Array, cell: Array) -> Array:
    """A cell mixed with its unit, so that one search answers for both."""
    return np.asarray(cell ^ ((unit.astype(np.uint64) + np.uint64(1)) * _ODD))
