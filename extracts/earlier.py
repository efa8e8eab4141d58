"""What a customer was delivered before: the blinded words of its manifests, gathered so that ten thousand are one read.

An index, derived and rebuildable: per customer and column a few segments under ``manifests/received/``, each the sorted
distinct words of consecutive extracts. Segments double in size, so there are never many and each person is in few of
them. What no segment covers is read from the manifests themselves, so a missing, old or damaged index costs time and
never an answer. Segments are sealed with a key: without it they tell nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from core.errors import StoreError
from core.files import publish_file, remove, storing
from core.ids import new_id
from core.keys import Key, Words
from ledger.store import Store
from register.link_keys import blinding, words

COLUMNS = {"person": "person", "site": "site", "organisation": "company"}
"""Level of an exclusion to the column of the manifest that it compares."""
LEAST = 16
"""Fewer manifests than this are not worth a segment of their own."""
_BATCH = 4_000_000
"""Words that are gathered before a segment is written."""


@dataclass(frozen=True)
class _Segment:
    """Sorted distinct words of the delivered rows of some manifests; ``path`` is None until it is written."""

    path: Path | None
    manifests: Sequence[str]
    words: Words

    def joined(self, later: _Segment) -> _Segment:
        return _Segment(None, [*self.manifests, *later.manifests], np.union1d(self.words, later.words))


def received(store: Store, *, customer: str, column: str, manifests: Sequence[str], asked: Collection[str]) -> Words:
    """The words in ``column`` of the delivered rows of ``asked``; a word may come several times.

    ``manifests`` are all of the customer's, oldest first (paths as in the ledger); ``asked`` some or all of them.
    Raises ``StoreError`` (manifest_damaged) when one that is needed cannot be read.
    """
    wanted = set(asked)
    shelf = _Shelf(store, customer, column)
    segments = list(shelf.sound(manifests))
    covered = {name for segment in segments for name in segment.manifests}
    if sum(name not in covered for name in manifests) >= LEAST:
        with suppress(StoreError):  # a node that cannot write reads all the same
            segments = shelf.extend(manifests)
    found = [segment.words for segment in segments if wanted.issuperset(segment.manifests)]
    read = {name for segment in segments if wanted.issuperset(segment.manifests) for name in segment.manifests}
    found += [words_of(store, name, column=column) for name in manifests if name in wanted - read]
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def words_of(store: Store, manifest: str, *, column: str) -> Words:
    """The blinded words in a column of a manifest's delivered rows, each once. Raises ``StoreError``."""
    try:
        table = pq.read_table(store.path(manifest), columns=[column, "number"])
    except (OSError, ValueError) as error:
        raise StoreError("manifest_damaged", extract=manifest) from error
    tokens = table.filter(table["number"].is_valid())[column].drop_null()
    return np.unique(blinding(store.key("fingerprint")).blind(words(tokens)))


@dataclass(frozen=True)
class _Shelf:
    """The segments of one customer and column."""

    store: Store
    customer: str
    column: str

    @property
    def directory(self) -> Path:
        return self.store.home.manifests / "received" / self.customer

    @property
    def seal(self) -> Key:
        return blinding(self.store.key("fingerprint")).derive("segment").sub(self.customer)

    def sound(self, manifests: Sequence[str]) -> Iterator[_Segment]:
        """The segments that can be read and name no manifest but these, in the order of the deliveries."""
        place = {name: number for number, name in enumerate(manifests)}
        found = [segment for path in self.directory.glob(f"{self.column}-*.segment") if (segment := self.read(path))]
        sound = [segment for segment in found if place.keys() >= set(segment.manifests)]
        yield from sorted(sound, key=lambda segment: place[segment.manifests[0]])

    def extend(self, manifests: Sequence[str]) -> list[_Segment]:
        """Cover what is outside, join segments of like size, and remove what is no good; nothing if another does it."""
        with storing(self.directory):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self.directory) as mine:
            kept = list(self.sound(manifests))
            if not mine:
                return kept
            covered = {name for segment in kept for name in segment.manifests}
            for gathered in self._gathered(name for name in manifests if name not in covered):
                kept.append(gathered)
                while len(kept) > 1 and len(kept[-2].words) < 2 * len(kept[-1].words):
                    last = kept.pop()
                    kept.append(kept.pop().joined(last))
            kept = [segment if segment.path else self._write(segment) for segment in kept]
            paths = {segment.path for segment in kept}
            for path in self.directory.glob(f"{self.column}-*"):
                if path not in paths:
                    remove(path)
            return kept

    def _gathered(self, names: Iterable[str]) -> Iterator[_Segment]:
        batch: list[str] = []
        parts: list[Words] = []
        for name in names:
            batch.append(name)
            parts.append(words_of(self.store, name, column=self.column))
            if sum(map(len, parts)) >= _BATCH:
                yield _Segment(None, batch, np.unique(np.concatenate(parts)))
                batch, parts = [], []
        if batch:
            yield _Segment(None, batch, np.unique(np.concatenate(parts)))

    def read(self, path: Path) -> _Segment | None:
        """A segment; None when it is damaged or just removed."""
        try:
            content = self.seal.unseal(path.read_bytes())
        except (OSError, ValueError):
            return None
        size = int.from_bytes(content[:4])
        header = json.loads(content[4 : 4 + size])
        return _Segment(path, header["manifests"], np.frombuffer(content, dtype=np.uint64, offset=4 + size))

    def _write(self, segment: _Segment) -> _Segment:
        header = json.dumps({"manifests": list(segment.manifests)}).encode()
        header += b" " * (-(len(header) + 4) % 8)  # the words begin at a multiple of their size
        name = f"{self.column}-{new_id('segment')}"
        staged = self.directory / f"{name}.part"
        with storing(staged):
            staged.write_bytes(self.seal.seal(len(header).to_bytes(4) + header + segment.words.tobytes()))
        publish_file(staged, self.directory / f"{name}.segment")
        return _Segment(self.directory / f"{name}.segment", segment.manifests, segment.words)


def forget(store: Store, manifests: Collection[str]) -> int:
    """Remove the segments that hold words of these manifests, which are no more; returns how many. The rest is
    gathered again when it is asked for."""
    gone = set(manifests)
    removed = 0
    for path in (store.home.manifests / "received").glob("*/*.segment"):
        column = path.name.partition("-")[0]
        segment = _Shelf(store, path.parent.name, column).read(path)
        if segment is None or gone.intersection(segment.manifests):
            remove(path)
            removed += 1
    return removed


@contextmanager
def alone(directory: Path) -> Iterator[bool]:
    """Whether this process may write the segments; the lock goes with the process."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
