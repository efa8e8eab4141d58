"""The index of the manifests on disk: segments under ``manifests/trace/``, each over some million manifest rows.

A manifest that no segment covers is indexed in memory for the trace at hand, so a missing, old or damaged index costs
time and never an answer. What is unlinked from a manifest goes from here too (:func:`forget`, R072).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.files import storing
from core.ids import new_id
from extracts.gate.manifest import batches
from extracts.trace.index import Array, Faces, Segment, build
from extracts.trace.merging import merged
from ledger.store import Store

LEAST = 64
"""Fewer uncovered manifests than this are not worth a segment; a store with fewer manifests needs none."""
SEGMENT_ROWS = 4_000_000
"""What is read from manifests at a time: 2 GB of memory at the most."""
MERGED, LARGE = 4, 16_000_000
"""So many segments become one, unless they are large already."""
_LISTED = "segment.json"


def stored(store: Store) -> frozenset[str]:
    """The manifests that are there, as the ledger names them: one look, as ten thousand take longer than a search."""
    directory = store.home.manifests
    folder = store.relative(directory)
    return frozenset(f"{folder}/{name}" for name in os.listdir(directory))  # noqa: PTH208


def open_segments(store: Store, manifests: Sequence[str]) -> list[Segment]:
    """Segments that together cover the manifests (paths relative to the home); new ones are kept for the next trace.

    Each manifest is in one of them: what overlaps with another, larger one is left aside.
    """
    asked, there = frozenset(manifests), stored(store)
    wanted = set(asked)
    segments = []
    loaded = [segment for directory in _directories(store) if (segment := _load(directory)) is not None]
    for segment in sorted(loaded, key=lambda one: len(one.manifests), reverse=True):
        of_asked = asked.intersection(segment.manifests)
        if not of_asked:
            continue
        if there.issuperset(segment.manifests) and wanted.issuperset(of_asked):
            segments.append(segment)
            wanted -= of_asked
        elif segment.directory:
            shutil.rmtree(segment.directory, ignore_errors=True)
    ordered = {name: store.path(name) for name in manifests if name in wanted}
    for batch in batches(ordered, rows=SEGMENT_ROWS):
        segment = build(store, batch)
        segments.append(_save(store, segment) if len(batch) >= LEAST else segment)
    return _fewer(store, segments)


def _fewer(store: Store, segments: list[Segment]) -> list[Segment]:
    """The same with small segments merged."""
    small = [one for one in segments if one.directory and len(one.place) < LARGE]
    while len(small) >= MERGED:
        small.sort(key=lambda one: len(one.place))
        parts, small = small[:MERGED], small[MERGED:]
        whole = _save(store, merged(parts))
        for part in parts:
            if part.directory:
                shutil.rmtree(part.directory, ignore_errors=True)
        gone = {part.directory for part in parts}
        segments = [*(one for one in segments if one.directory not in gone or one.directory is None), whole]
        if len(whole.place) < LARGE:
            small.append(whole)
    return segments


def forget(store: Store, manifests: Sequence[str]) -> None:
    """Remove the segments that hold one of the manifests, and debris."""
    gone = set(manifests)
    for directory in _root(store).glob("*"):
        segment = _load(directory)
        if segment is None or gone.intersection(segment.manifests):
            shutil.rmtree(directory, ignore_errors=True)


def _root(store: Store) -> Path:
    return store.home.manifests / "trace"


def _directories(store: Store) -> list[Path]:
    return sorted(path for path in _root(store).glob("*") if not path.name.startswith("staged"))


_ARRAYS = ("unit", "company", "offsets", "place", "state", "identity_entry", "identity")
_FACES = ("entry", "p", "own", "alt0", "alt1", "canonical", "of_member")


def _save(store: Store, segment: Segment) -> Segment:
    """Keep it; returns it as it is kept."""
    directory = _root(store) / new_id("segment")
    staged = _root(store) / new_id("staged")
    with storing(staged):
        staged.mkdir(mode=0o700, parents=True)
        for name in _ARRAYS:
            np.save(staged / f"{name}.npy", getattr(segment, name), allow_pickle=False)
        for channel, faces in segment.faces.items():
            for name in _FACES:
                np.save(staged / f"{channel}.{name}.npy", getattr(faces, name), allow_pickle=False)
        listed = {"manifests": segment.manifests, "facts": segment.facts, "channels": list(segment.faces)}
        (staged / _LISTED).write_text(json.dumps(listed), encoding="utf-8")
        staged.rename(directory)
    return _load(directory) or segment


def _load(directory: Path) -> Segment | None:
    """A segment as it was saved; None where it is damaged."""
    try:
        listed = json.loads((directory / _LISTED).read_text(encoding="utf-8"))

        def array(name: str) -> Array:
            return np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]

        return Segment(
            manifests=tuple(listed["manifests"]),
            facts=tuple(listed["facts"]),
            **{name: array(name) for name in _ARRAYS},
            faces={
                channel: Faces(**{name: array(f"{channel}.{name}") for name in _FACES})
                for channel in listed["channels"]
            },
            directory=directory,
        )
    except (OSError, ValueError, KeyError):
        return None
