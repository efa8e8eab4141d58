"""Whom several customers together got to know in a period, counted exactly and quickly (R030, R053).

The manifests are the truth. For each customer an array of its distinct persons is kept beside them, with the list of
the extracts it covers; extracts outside are read from their manifests. The arrays are derived: a missing, old or
damaged one costs time and never an answer. They are sealed with a key, as ``extracts.earlier`` does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.clock import helsinki_day
from core.errors import StoreError
from core.files import publish_file, remove, storing
from core.ids import new_id
from core.keys import Key, Words
from extracts.earlier import alone
from extracts.narrow.tokens import SIZE, Persons, distinct, merged
from ledger.obtained import Extract
from ledger.store import Store

LEAST = 8
"""Fewer new extracts of a customer than this are not worth writing its array anew."""
_LENGTH = 8
"""Bytes of an array's first number, the size of its list of extracts."""
_GROWTH = 64
"""It is written anew when the extracts outside are a sixty-fourth of those inside."""


@dataclass(frozen=True)
class Obtained:
    """Distinct persons, in parts that share none."""

    parts: Sequence[Persons]

    @cached_property
    def persons(self) -> int:
        return sum(len(part) for part in self.parts)

    def new(self, persons: Persons) -> int:
        """How many of ``persons`` are not among them."""
        known = np.zeros(len(persons), np.bool_)
        for part in self.parts:
            known |= persons.among(part)
        return int(len(persons) - known.sum())

    @property
    def words(self) -> Words:
        """The first half of each token, by which a snapshot knows the person."""
        return np.concatenate([part.upper for part in self.parts]) if self.parts else np.empty(0, np.uint64)


@dataclass(frozen=True)
class _Kept:
    persons: Persons
    extracts: Mapping[str, int]
    """Extract to its day."""

    def fits(self, mine: Sequence[Extract], *, since: int) -> bool:
        """Whether every extract in it that is of the period still counts: one that became void does not."""
        standing = {one.extract for one in mine}
        return all(extract in standing or day < since for extract, day in self.extracts.items())


@dataclass(frozen=True)
class Arrays:
    """The kept arrays of a store, each read once."""

    store: Store
    read: dict[str, _Kept | None] = field(default_factory=dict, repr=False)

    def obtained(
        self, customers: Collection[str], extracts: Sequence[Extract], *, since: int, more: Sequence[bytes] = ()
    ) -> Obtained:
        """The persons of ``extracts``, which are all that ``customers`` received or ordered in the period, and of
        ``more`` tokens. ``since`` is the ordinal of the period's first day. Raises ``StoreError`` (manifest_damaged).
        """
        parts: list[Persons] = []
        covered: set[str] = set()
        for customer, mine in _by_customer(customers, extracts).items():
            kept = self._kept(customer, mine, since=since)
            if kept is not None and not covered.issuperset(kept.extracts):
                parts.append(kept.persons.since(since))
                covered |= kept.extracts.keys()
        outside = [persons_of(self.store, one) for one in extracts if one.extract not in covered]
        parts.append(merged([*outside, *(Persons.of(one, day=since) for one in more)]))
        return Obtained(distinct(parts))

    def refresh(
        self, customers: Collection[str], extracts: Sequence[Extract], *, since: int, force: bool = False
    ) -> int:
        """Bring the customers' arrays up to date where it is worth it; returns how many were. Arguments as above.

        Nothing is done while another process does it.
        """
        due = {}
        for customer, mine in _by_customer(customers, extracts).items():
            kept = self._kept(customer, mine, since=since)
            inside = kept.extracts if kept is not None else {}
            outside = [one for one in mine if one.extract not in inside]
            if outside and (force or len(outside) >= max(LEAST, len(inside) // _GROWTH)):
                due[customer] = (kept, mine, outside)
        if not due:
            return 0
        with storing(_directory(self.store)):
            _directory(self.store).mkdir(mode=0o700, exist_ok=True)
        with alone(_directory(self.store)) as only:
            for customer, (kept, mine, outside) in due.items() if only else ():
                standing = [kept.persons.since(since)] if kept is not None else []
                persons = merged([*standing, *(persons_of(self.store, one) for one in outside)])
                covered = {one.extract: _day(one) for one in mine}
                _write(self.store, customer, persons, covered)
                self.read[customer] = _Kept(persons, covered)
        return len(due) if only else 0

    def _kept(self, customer: str, mine: Sequence[Extract], *, since: int) -> _Kept | None:
        """A customer's array, when everything in it still counts."""
        if customer not in self.read:
            self.read[customer] = _read(self.store, customer)
        kept = self.read[customer]
        return kept if kept is not None and kept.fits(mine, since=since) else None


def persons_of(store: Store, extract: Extract) -> Persons:
    """The delivered persons of one extract. Raises ``StoreError`` (manifest_damaged)."""
    try:
        table = pq.read_table(store.path(extract.manifest), columns=["person", "number"])
        delivered = table.filter(table["number"].is_valid())["person"].combine_chunks()
    except (OSError, pa.ArrowException) as error:
        raise StoreError("manifest_damaged", extract=extract.extract) from error
    tokens = delivered.buffers()[1] if len(delivered) else b""
    start = delivered.offset * SIZE
    return Persons.of(bytes(tokens)[start : start + len(delivered) * SIZE], day=_day(extract))


def _by_customer(customers: Collection[str], extracts: Sequence[Extract]) -> Mapping[str, list[Extract]]:
    """What each customer received or ordered, the one with most first."""
    found: defaultdict[str, list[Extract]] = defaultdict(list)
    for one in extracts:
        for customer in {one.customer, one.party}.intersection(customers):
            found[customer].append(one)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _day(extract: Extract) -> int:
    return helsinki_day(extract.released_at).toordinal()


def _directory(store: Store) -> Path:
    return store.home.manifests / "obtained"


def _seal(store: Store, customer: str) -> Key:
    return store.key("fingerprint").derive("obtained").sub(customer)


def _path(store: Store, customer: str) -> Path:
    return _directory(store) / f"{customer}.array"


def _read(store: Store, customer: str) -> _Kept | None:
    """A customer's array; None when there is none, or it is not what was written."""
    try:
        content = _seal(store, customer).unseal(_path(store, customer).read_bytes())
    except (OSError, ValueError):
        return None
    size = int.from_bytes(content[:_LENGTH])
    words = np.frombuffer(content, np.uint64, offset=_LENGTH + size).reshape(3, -1)
    extracts = json.loads(content[_LENGTH : _LENGTH + size])
    return _Kept(Persons(words[0], words[1], words[2].astype(np.int32)), extracts)


def _write(store: Store, customer: str, persons: Persons, extracts: Mapping[str, int]) -> None:
    header = json.dumps(dict(extracts)).encode()
    header += b" " * (-len(header) % _LENGTH)  # the words begin at a multiple of their size
    words = np.stack([persons.upper, persons.lower, persons.day.astype(np.uint64)])
    staged = _directory(store) / f"{new_id('staged')}.part"
    with storing(staged):
        staged.write_bytes(_seal(store, customer).seal(len(header).to_bytes(_LENGTH) + header + words.tobytes()))
    publish_file(staged, _path(store, customer))
    for debris in _directory(store).glob("*.part"):
        remove(debris)


def forget(store: Store, extracts: Collection[str]) -> int:
    """Remove the arrays that hold persons of these extracts, whose manifests name nobody any more; returns how many."""
    gone = set(extracts)
    removed = 0
    for path in _directory(store).glob("*.array"):
        kept = _read(store, path.stem)
        if kept is None or gone.intersection(kept.extracts):
            remove(path)
            removed += 1
    return removed
