"""The index of the manifests on disk: segments under ``manifests/trace/``, each over some million manifest rows.

A manifest that no segment covers is indexed in memory for the trace at hand, so a missing, old or damaged index costs
time and never an answer. What is unlinked from a manifest goes from here too (:func:`forget`, R072).
"""

from __future__ import annotations

import json
import math
import mmap
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

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
"""What is read from manifests at a time."""
MERGED, LARGE = 4, 16_000_000
"""So many segments become one, unless they are large already."""
_LISTED, _HELD = "segment.json", "arrays"


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
_FACES = ("entry", "p", "alt0", "alt1", "canonical", "of_member")
_ALIGNED = 64


def _save(store: Store, segment: Segment) -> Segment:
    """Keep it; returns it as it is kept."""
    directory = _root(store) / new_id("segment")
    staged = _root(store) / new_id("staged")
    with storing(staged):
        staged.mkdir(mode=0o700, parents=True)
        arrays = {name: getattr(segment, name) for name in _ARRAYS}
        arrays |= {
            f"{channel}.{name}": getattr(faces, name) for channel, faces in segment.faces.items() for name in _FACES
        }
        with (staged / _HELD).open("wb") as file:
            places = {name: _append(file, array) for name, array in arrays.items()}
            file.write(b"\0")  # never empty: what is empty cannot be mapped
        listed = {
            "manifests": segment.manifests,
            "facts": segment.facts,
            "channels": list(segment.faces),
            "arrays": places,
        }
        (staged / _LISTED).write_text(json.dumps(listed), encoding="utf-8")
        staged.rename(directory)
    return _load(directory) or segment


def _append(file: BinaryIO, array: Array) -> tuple[str, tuple[int, ...], int]:
    """Write an array behind the others, column by column; its type, its shape and where it begins."""
    file.write(bytes(-file.tell() % _ALIGNED))
    place = file.tell()
    file.write(array.tobytes(order="F"))
    return array.dtype.str, array.shape, place


def _load(directory: Path) -> Segment | None:
    """A segment as it was saved, all arrays in one mapped file; None where it is damaged."""
    try:
        listed = json.loads((directory / _LISTED).read_text(encoding="utf-8"))
        with (directory / _HELD).open("rb") as file:
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

        def array(name: str) -> Array:
            kind, shape, place = listed["arrays"][name]
            return np.frombuffer(held, kind, math.prod(shape), place).reshape(shape, order="F")

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
    except (OSError, ValueError, KeyError, TypeError):
        return None
