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
from extracts.trace.merging import ranges

_UNKNOWN, _ERASED = 2, 3
"""Readings of a mark besides the symbols 0 and 1."""
_DENSE = 1 << 22
"""Up to so many kinds of rows are counted by a table."""
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
        code = found.state.astype(np.int64)
        values, base = [], 4
        for name in channels:
            faces = segment.faces.get(name)
            if faces is None or not len(faces.entry):
                values.append((base, 1, np.array([np.nan])))
                continue
            mark = np.asarray(faces.of_member[found.member])
            if name in linked:
                reading, companies = _linked(segment, faces, mark, found, leaked)
                seen[name].update(companies)
            else:
                reading = _own(faces, mark, found, leaked)
                shown[name][found.leaked[found.delivered], reading[found.delivered]] = True
            digit, ratios = _digits(faces, mark, reading, delivered=found.delivered)
            code += digit * base
            values.append((base, len(ratios), ratios))
            base *= len(ratios)
        kinds, kind = _numbered(code, below=base)
        counts = np.bincount(found.extract * np.int64(len(kinds)) + kind)
        pair = np.flatnonzero(counts)
        of = kinds[pair % len(kinds)]
        ratio = (
            np.stack([ratios[of // base % size] for base, size, ratios in values], axis=1)
            if values
            else (np.zeros((len(of), 0)))
        )
        parts.append((pair // len(kinds), of % 2 == 1, of % 4 // 2, ratio, counts[pair]))
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
    at: Array
    """Per row, its place among ``entries``."""
    extract: Array
    place: Array
    state: Array
    entries: Array
    """The entries of leaked units, ascending."""
    units: Array
    """Of each of these, the number of its unit."""

    @property
    def delivered(self) -> Array:
        return (self.state & 1) > 0

    @property
    def leaked(self) -> Array:
        """Per row, the number of its unit."""
        return np.asarray(self.units[self.at])


def members(segment: Segment, leaked: Leaked, *, extract_of: Mapping[str, int], barred: Array) -> Found:
    wanted = np.flatnonzero(leaked.counted)
    words = np.asarray(segment.unit[:, 0])
    first, last = (np.searchsorted(words, leaked.unit[wanted, 0], side=side) for side in ("left", "right"))
    entries, units = ranges(first, last - first), np.repeat(wanted, last - first)
    same = segment.unit[entries, 1] == leaked.unit[units, 1]
    order = np.argsort(entries[same])
    entries, units = entries[same][order], units[same][order]
    starts = np.asarray(segment.offsets[entries])
    held = np.asarray(segment.offsets[entries + 1]) - starts
    member, at = ranges(starts, held), np.repeat(np.arange(len(entries)), held)
    place = np.asarray(segment.place[member])
    extract = np.array([extract_of.get(manifest, -1) for manifest in segment.manifests], np.int64)[place]
    kept = extract >= 0
    if len(barred):
        kept &= ~np.isin(extract * len(leaked.unit) + units[at], barred)
    if not kept.all():
        member, at, place, extract = (one[kept] for one in (member, at, place, extract))
    return Found(member, at, extract, place, np.asarray(segment.state[member]), entries, units)


def _numbered(codes: Array, *, below: int) -> tuple[Array, Array]:
    """The distinct codes, and each one's number among them."""
    if below > _DENSE:
        return np.unique(codes, return_inverse=True)
    kinds = np.flatnonzero(np.bincount(codes, minlength=below))
    number = np.zeros(below, np.int64)
    number[kinds] = np.arange(len(kinds))
    return kinds, number[codes]


def _reading(zero: Array, one: Array, same: Array) -> Array:
    return np.select([zero & one, zero, one, same], [_ERASED, 0, 1, _ERASED], _UNKNOWN).astype(np.int8)


def _faces_of(faces: Faces, entries: Array) -> tuple[Array, Array]:
    """The faces of some entries, and of each the place of its entry among them; faces are by entry."""
    first, last = (np.searchsorted(faces.entry, entries, side=side) for side in ("left", "right"))
    return ranges(first, last - first), np.repeat(np.arange(len(entries)), last - first)


def _own(faces: Faces, mark: Array, found: Found, leaked: Leaked) -> Array:
    """What is read of a channel whose symbol is the unit's own."""
    asked, at = _faces_of(faces, found.entries)
    of_face = np.full(len(faces.entry) + 1, _UNKNOWN, np.int8)
    cells = (faces.alt0[asked], faces.alt1[asked], faces.canonical[asked])
    of_face[asked] = _reading(*(leaked.shows(found.units[at], cell) for cell in cells))
    return np.asarray(of_face[mark >> 1])  # no mark: -1, the last


def _linked(
    segment: Segment, faces: Faces, mark: Array, found: Found, leaked: Leaked
) -> tuple[Array, list[tuple[int, int, int]]]:
    """What is read of a channel whose symbol is a company's: borne by the first of its leaked rows in an extract.

    Also the companies with their readings, to count the channel's symbols: (word, word, reading).
    """
    names, company = np.unique(segment.company[found.entries], axis=0, return_inverse=True)
    company = company.ravel()
    asked, at = _faces_of(faces, found.entries)
    shapes = np.stack(
        [company[at].astype(np.uint64), *(cell[asked] for cell in (faces.alt0, faces.alt1, faces.canonical))], axis=1
    )
    shape, which = np.unique(shapes, axis=0, return_inverse=True)
    owner = shape[:, 0].astype(np.int64)
    turn = np.arange(len(shape)) - np.searchsorted(owner, owner)
    of_face = np.full(len(faces.entry) + 1, -1, np.int64)
    of_face[asked] = which.ravel()
    row_shape = of_face[mark >> 1]
    group = found.place.astype(np.int64) * len(names) + company[found.at]
    groups = (int(found.place.max()) + 1) * len(names)
    reading = np.full(len(mark), _UNKNOWN, np.int8)
    delivered = found.delivered
    for number in range(int(turn.max()) + 1 if len(turn) else 0):
        shape_of = np.full(len(names), -1, np.int64)
        shape_of[owner[turn == number]] = np.flatnonzero(turn == number)
        asks = np.flatnonzero(shape_of[company] >= 0)
        cells = shape[shape_of[company[asks]]]
        said = []
        for column in (1, 2, 3):
            of = np.zeros(len(found.entries), bool)
            of[asks] = leaked.shows(found.units[asks], cells[:, column])
            any_row = np.zeros(groups, bool)
            any_row[group[of[found.at]]] = True
            said.append(any_row)
        here = np.flatnonzero((row_shape >= 0) & (turn[np.maximum(row_shape, 0)] == number) & delivered)
        reading[here] = _reading(*(any_row[group[here]] for any_row in said))
    valid = np.flatnonzero((reading != _UNKNOWN) & delivered)
    zero, one, bearer = np.zeros(groups, bool), np.zeros(groups, bool), np.full(groups, -1, np.int64)
    zero[group[valid[reading[valid] == 0]]] = True
    one[group[valid[reading[valid] == 1]]] = True
    bearer[group[valid[::-1]]] = valid[::-1]  # rows are by unit: the first stays
    borne = bearer[bearer >= 0]
    final = np.full(len(mark), _UNKNOWN, np.int8)
    at_group = group[borne]
    final[borne] = np.select([zero[at_group] & one[at_group], zero[at_group], one[at_group]], [_ERASED, 0, 1], _ERASED)
    kinds = np.flatnonzero(np.bincount(at_group % len(names) * 4 + final[borne]))
    return final, [(int(names[kind // 4, 0]), int(names[kind // 4, 1]), int(kind % 4)) for kind in kinds]


def _digits(faces: Faces, mark: Array, reading: Array, *, delivered: Array) -> tuple[Array, Array]:
    """Each row's ratio as a place in a short list of ratios: NaN, where nothing was read; 0, for the other symbol;
    and for the right one, by the symbol and each prior that there is."""
    priors = np.unique(faces.p)
    ratios = np.concatenate([[np.nan, 0.0], 1 / (1 - priors), 1 / priors])
    digit = np.zeros(len(mark), np.int64)
    read = np.flatnonzero((reading < _UNKNOWN) & (mark >= 0) & delivered)
    marks, symbol = mark[read], reading[read].astype(np.int64)
    prior = np.searchsorted(priors, faces.p)[marks >> 1]
    digit[read] = np.where(symbol == (marks & 1), 2 + symbol * len(priors) + prior, 1)
    return digit, ratios


def _cell_of(unit: Array, cell: Array) -> Array:
    """A cell mixed with its unit, so that one search answers for both."""
    return np.asarray(cell ^ ((unit.astype(np.uint64) + np.uint64(1)) * _ODD))
