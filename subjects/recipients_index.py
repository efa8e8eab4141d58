"""An index of the manifests: which of them may hold a token, without opening them all.

Derived and rebuildable: sorted arrays under ``manifests/index/``, each over some hundred manifests. What it does not
cover is looked through, and what it names is looked up in the manifest itself, so a missing, old or damaged index costs
time and never an answer. It holds the first 48 bits of keyed tokens beside the manifest's place.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from core.files import publish_file, remove, sha256_file, storing
from core.ids import new_id
from extracts.gate.manifest import batches
from ledger.disclosures import Disclosure
from ledger.store import Store

Words = npt.NDArray[np.uint64]

LEAST = 64
"""Fewer new manifests than this are not worth a segment of their own."""
_GROWTH = 16
"""A segment is added when the manifests outside are a sixteenth of those inside: so there are never many segments."""
_SEGMENT_ROWS = 4_000_000
MOST_TOKENS = 1_000
"""A question about more tokens than this is put to all manifests at once."""
_COLUMNS = ("unit", "person", "company")
_PLACE = np.uint64(0xFFFF)
"""The bits of a word that say which manifest."""


@dataclass(frozen=True)
class _Segment:
    """One sorted array and the manifests whose tokens are in it; a word is 48 bits of token and 16 of place."""

    words: Words
    manifests: Sequence[str]


def narrowed(store: Store, among: Sequence[Disclosure], tokens: pa.ChunkedArray) -> list[Disclosure]:
    """Those of ``among`` that may hold one of the tokens: named by the index, or not covered by it."""
    if len(tokens) > MOST_TOKENS or len(among) < LEAST:
        return list(among)
    keys = np.unique(_keys(pa.chunked_array([tokens.cast(pa.binary(16))])))
    covered: set[str] = set()
    named: set[str] = set()
    for segment in _segments(store):
        covered.update(segment.manifests)
        for key in keys:
            start = np.searchsorted(segment.words, key)
            end = np.searchsorted(segment.words, key | _PLACE, side="right")
            named.update(segment.manifests[int(word & _PLACE)] for word in segment.words[start:end])
    return [one for one in among if one.manifest not in covered or one.manifest in named]


def refresh(store: Store, among: Sequence[Disclosure], *, force: bool = False) -> int:
    """Index the manifests that are not in it yet, when they are many enough (or ``force``); returns how many were.

    A segment that names a manifest which is no more is removed with all it says: its others are indexed again. Nothing
    is done while another process does it.
    """
    present = {one.manifest for one in among if store.path(one.manifest).is_file()}
    with storing(_directory(store)):
        _directory(store).mkdir(mode=0o700, exist_ok=True)
    with _alone(store) as alone:
        if not alone:
            return 0
        covered = _covered(store, present, verify=force)
        if not _due(len(present - covered), len(covered), force=force):
            return 0
        new = sorted(present - (covered if force else _covered(store, present, verify=True)))
        for batch in batches({name: store.path(name) for name in new}, rows=_SEGMENT_ROWS, most=int(_PLACE)):
            _write(store, batch)
    return len(new)


def _due(outside: int, inside: int, *, force: bool) -> bool:
    return outside > 0 and (force or outside >= max(LEAST, inside // _GROWTH))


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """Whether this process may write the index; the lock goes with the process."""
    descriptor = os.open(_directory(store), os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _directory(store: Store) -> Path:
    return store.home.manifests / "index"


def _segments(store: Store) -> Iterator[_Segment]:
    """The segments that can be read; a damaged one is as good as none."""
    for listed in sorted(_directory(store).glob("*.json")):
        try:
            manifests = json.loads(listed.read_text(encoding="ascii"))
            words = np.load(listed.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            continue
        if words.dtype == np.uint64 and words.ndim == 1:
            yield _Segment(words, manifests)


def _covered(store: Store, present: set[str], *, verify: bool) -> set[str]:
    """What the sound segments cover; those that name a manifest which is no more, and debris, are removed. ``verify``
    compares every segment with its digest."""
    covered: set[str] = set()
    kept: set[str] = set()
    for listed in sorted(_directory(store).glob("*.json")):
        words = listed.with_suffix(".npy")
        try:
            manifests = json.loads(listed.read_text(encoding="ascii"))
            whole = sha256_file(words) == listed.stem if verify else words.is_file()
        except (OSError, ValueError):
            whole, manifests = False, []
        if whole and present.issuperset(manifests):
            covered.update(manifests)
            kept.add(listed.stem)
    for path in _directory(store).glob("*"):
        if path.stem not in kept:
            remove(path)
    return covered


def _write(store: Store, manifests: Sequence[str]) -> None:
    parts = [_words(store.path(manifest), place) for place, manifest in enumerate(manifests)]
    words = np.sort(np.concatenate(parts))
    directory = _directory(store)
    staged = directory / f"{new_id('staged')}.npy"
    with storing(staged):
        np.save(staged, words, allow_pickle=False)
    name = sha256_file(staged)
    publish_file(staged, directory / f"{name}.npy")
    listed = directory / f"{new_id('staged')}.part"
    with storing(listed):
        listed.write_text(json.dumps(list(manifests)), encoding="ascii")
    publish_file(listed, directory / f"{name}.json")  # last: without it the array is debris


def _words(path: Path, place: int) -> Words:
    """The tokens of one manifest's delivered rows, each once."""
    table = pq.read_table(path, columns=[*_COLUMNS, "number"])
    table = table.filter(table["number"].is_valid())
    keys = np.unique(np.concatenate([_keys(table[name].drop_null()) for name in _COLUMNS]))
    words: Words = keys | np.uint64(place)
    return words


def _keys(tokens: pa.ChunkedArray) -> Words:
    """The first 48 bits of each 16-byte token, in the upper bits of a word."""
    raw = b"".join(tokens.to_pylist())
    first: Words = np.frombuffer(raw, dtype=">u8").reshape(-1, 2)[:, 0].astype(np.uint64)
    return first & ~_PLACE
