"""Contact pressure: who is in as many campaigns as a person may be, whoever's those campaigns are.

Counted from the manifests. An index, derived and rebuildable, keeps for every person in a running campaign in how many,
and apart from that the few who are near the limit, which is all that most questions need. What changed since it was
written, a new extract or a campaign that is over, is added or taken away when it is asked. Sealed, like the segments of
``extracts.earlier``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import StoreError
from core.files import publish_file, storing
from core.ids import new_id
from core.keys import Key, Words
from extracts.earlier import alone, words_of
from ledger.store import Store
from register.link_keys import blinding

Running = Mapping[str, Sequence[str]]
"""Campaign to the manifests of its extracts."""
Numbers = npt.NDArray[np.int32]

LEAST = 16
"""Fewer changed manifests than this are not worth writing the index anew."""
_GROWTH = 16
"""It is written anew when a sixteenth of its manifests have changed."""
_MARGIN = 2
"""Who is so few campaigns below the limit is near it."""
_BATCH = 8_000_000


@dataclass(frozen=True)
class Tally:
    """Distinct words in ascending order, and in how many campaigns each is."""

    words: Words
    numbers: Numbers

    @classmethod
    def of(cls, words: Words, *, each: int) -> Tally:
        return cls(words, np.full(len(words), each, np.int32))

    @classmethod
    def together(cls, parts: Sequence[Tally]) -> Tally:
        """The sum; words that come to nothing are dropped."""
        words = np.concatenate([np.empty(0, np.uint64), *(part.words for part in parts)])
        numbers = np.concatenate([np.empty(0, np.int32), *(part.numbers for part in parts)])
        order = np.argsort(words, kind="stable")
        words, numbers = words[order], numbers[order]
        if not len(words):
            return cls(words, numbers)
        first = np.flatnonzero(np.concatenate([[True], words[1:] != words[:-1]]))
        summed = np.add.reduceat(numbers, first, dtype=np.int32)
        return cls(words[first][summed != 0], summed[summed != 0])

    def at_least(self, number: int) -> Tally:
        enough = self.numbers >= number
        return Tally(self.words[enough], self.numbers[enough])

    def number_of(self, words: Words) -> Numbers:
        """In how many each word is; 0 for one that is not in it."""
        if not len(self.words):
            return np.zeros(len(words), np.int32)
        place = np.minimum(np.searchsorted(self.words, words), len(self.words) - 1)
        return np.where(self.words[place] == words, self.numbers[place], 0).astype(np.int32)


def pressed(store: Store, *, running: Running, own: str, most: int) -> Words:
    """Persons who are in ``most`` or more of the running campaigns other than ``own``, as blinded words.

    Raises ``StoreError`` (manifest_damaged) when a manifest that is needed cannot be read.
    """
    others = {campaign: manifests for campaign, manifests in running.items() if campaign != own}
    index = _Index(store)
    covered = index.covered(most)
    changed = _changed(covered, running)
    if sum(len(running.get(one, ())) + len(covered.get(one, ())) for one in changed) >= max(
        LEAST, sum(map(len, covered.values())) // _GROWTH
    ):
        with suppress(StoreError):  # a node that cannot write counts all the same
            covered = index.write(running, most=most)
    try:
        shift, known = _counted(store, index, covered, others)
    except StoreError:  # what the index counted can no longer be read: without it
        shift, known = _counted(store, index, {}, others)
    total = known.number_of(shift.words) + shift.numbers
    standing = known.at_least(most).words
    return np.concatenate([standing[shift.number_of(standing) == 0], shift.words[total >= most]])


def _counted(store: Store, index: _Index, covered: Running, others: Running) -> tuple[Tally, Tally]:
    """What has changed since the index was written, and as much of the index as is needed to judge that."""
    shift = Tally.together(list(_shifts(store, covered, others)))
    if not covered:
        return shift, Tally.together([])
    return shift, index.near if not len(shift.numbers) or shift.numbers.max() <= _MARGIN else index.all


def _changed(covered: Running, running: Running) -> list[str]:
    return [one for one in sorted({*covered, *running}) if sorted(covered.get(one, ())) != sorted(running.get(one, ()))]


def _shifts(store: Store, covered: Running, others: Running) -> Iterator[Tally]:
    """What the campaigns that changed since add to the index and take from it."""
    for campaign in _changed(covered, others):
        before, now = (_persons(store, one.get(campaign, ())) for one in (covered, others))
        yield Tally.of(np.setdiff1d(now, before, assume_unique=True), each=1)
        yield Tally.of(np.setdiff1d(before, now, assume_unique=True), each=-1)


def _persons(store: Store, manifests: Sequence[str]) -> Words:
    """The distinct persons that a campaign's manifests name."""
    parts = [words_of(store, name, column="person") for name in manifests]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)


@dataclass(frozen=True)
class _Index:
    """The written tally: everybody, and those near the limit that was in force."""

    store: Store

    @property
    def directory(self) -> Path:
        return self.store.home.manifests / "pressure"

    @property
    def seal(self) -> Key:
        return blinding(self.store.key("fingerprint")).derive("pressure")

    def covered(self, most: int) -> Running:
        """The campaigns and manifests of the tally; none when it cannot be read or was for another limit."""
        header = self._near[0]
        found: Running = header["running"] if header.get("most") == most else {}
        return found

    @cached_property
    def _near(self) -> tuple[dict[str, Any], Tally]:
        return self._read("near")

    @property
    def near(self) -> Tally:
        return self._near[1]

    @property
    def all(self) -> Tally:
        """Everybody; raises ``StoreError`` when it does not belong to those near the limit."""
        header, tally = self._read("all")
        if header != self._near[0]:
            raise StoreError("index_damaged", index="pressure")
        return tally

    def write(self, running: Running, *, most: int) -> Running:
        """Write the tally anew and return what it covers, or what stands when another process is at it."""
        with storing(self.directory):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self.directory) as mine:
            if mine:
                header = {"running": {one: list(manifests) for one, manifests in running.items()}, "most": most}
                tally = self._tallied(running)
                self._store("all", header, tally)
                self._store("near", header, tally.at_least(max(1, most - _MARGIN)))
        self.__dict__.pop("_near", None)
        return self.covered(most)

    def forget(self, manifests: set[str]) -> bool:
        counts = any(manifests.intersection(names) for names in self._near[0].get("running", {}).values())
        if counts:
            for name in ("near", "all"):
                (self.directory / f"{name}.tally").unlink(missing_ok=True)
        return counts

    def _tallied(self, running: Running) -> Tally:
        """From the tally before, where little has changed, else from the manifests."""
        with suppress(StoreError):
            before = self._near[0].get("running", {})
            if before and 2 * len(_changed(before, running)) < len(running):
                return Tally.together([self.all, *_shifts(self.store, before, running)])
        tally = Tally.together([])
        batch: list[Tally] = []
        for manifests in running.values():
            batch.append(Tally.of(_persons(self.store, manifests), each=1))
            if sum(len(part.words) for part in batch) >= _BATCH:
                tally, batch = Tally.together([tally, *batch]), []
        return Tally.together([tally, *batch])

    def _read(self, name: str) -> tuple[dict[str, Any], Tally]:
        try:
            content = self.seal.unseal((self.directory / f"{name}.tally").read_bytes())
        except (OSError, ValueError):
            return {}, Tally.together([])
        size, count = (int.from_bytes(content[start : start + 8]) for start in (0, 8))
        words = np.frombuffer(content, np.uint64, count, 16)
        numbers = np.frombuffer(content, np.int32, count, 16 + 8 * count)
        return json.loads(content[-size:]), Tally(words, numbers)

    def _store(self, name: str, header: object, tally: Tally) -> None:
        told = json.dumps(header).encode()
        parts = (len(told).to_bytes(8), len(tally.words).to_bytes(8), tally.words.tobytes(), tally.numbers.tobytes())
        staged = self.directory / f"{new_id(name)}.part"
        with storing(staged):
            staged.write_bytes(self.seal.seal(b"".join((*parts, told))))
        publish_file(staged, self.directory / f"{name}.tally")


def forget(store: Store, manifests: Collection[str]) -> bool:
    """Remove the tally if it counts one of these manifests, which are no more; it is counted again when asked."""
    return _Index(store).forget(set(manifests))
