"""Several segments of the index as one: fewer to open and to search (fingerprint.md 5). Arrays in and out, no file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from extracts.trace.index import Array, Faces, Segment, by_unit, grouped, starts_of


def merged(segments: Sequence[Segment]) -> Segment:
    """One segment of the manifests of all; it gives the same counts."""
    unit, company = (np.concatenate([getattr(one, name) for one in segments]) for name in ("unit", "company"))
    order = by_unit(unit, company)
    first = starts_of(unit[order], company[order])
    entry_of = np.empty(len(order), np.int64)
    entry_of[order] = np.cumsum(first) - 1
    bases = _bases([len(one.unit) for one in segments])
    held = np.concatenate([np.diff(one.offsets) for one in segments])
    members = _bases([len(one.place) for one in segments])
    begins = np.concatenate([one.offsets[:-1] + base for one, base in zip(segments, members, strict=True)])
    member = ranges(begins[order], held[order])
    places = _bases([len(one.manifests) for one in segments])
    names = dict.fromkeys(name for one in segments for name in one.faces)
    ends = np.bincount(entry_of, weights=held).astype(np.int64).cumsum()
    identity_entry, identity = _identity(segments, entry_of, bases)
    return Segment(
        manifests=tuple(name for one in segments for name in one.manifests),
        facts=tuple(fact for one in segments for fact in one.facts),
        unit=np.asfortranarray(unit[order][first]),
        company=company[order][first],
        offsets=np.append(0, ends),
        place=np.concatenate([one.place + np.int32(base) for one, base in zip(segments, places, strict=True)])[member],
        state=np.concatenate([one.state for one in segments])[member],
        identity_entry=identity_entry,
        identity=identity,
        faces={name: _faces(segments, name, entry_of=entry_of, bases=bases, member=member) for name in names},
    )


def ranges(start: Array, length: Array) -> Array:
    """``start[0] … start[0] + length[0] - 1, start[1] …``."""
    total = int(length.sum())
    begins = np.cumsum(length) - length
    return np.repeat(start - begins, length) + np.arange(total)


def _bases(lengths: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(lengths).tolist()][:-1]


def _identity(segments: Sequence[Segment], entry_of: Array, bases: Sequence[int]) -> tuple[Array, Array]:
    entry = np.concatenate([entry_of[one.identity_entry + base] for one, base in zip(segments, bases, strict=True)])
    keys = np.concatenate([one.identity for one in segments])
    order = np.argsort(entry, kind="stable")
    _, kept = grouped(entry[order], keys[order])
    return entry[order][kept].astype(np.int32), np.asfortranarray(keys[order][kept])


def _faces(segments: Sequence[Segment], name: str, *, entry_of: Array, bases: Sequence[int], member: Array) -> Faces:
    there = [(one.faces[name], base) for one, base in zip(segments, bases, strict=True) if name in one.faces]
    entry = np.concatenate([entry_of[faces.entry + base] for faces, base in there])
    p, alt0, alt1, canonical = (
        np.concatenate([getattr(faces, part) for faces, _ in there]) for part in ("p", "alt0", "alt1", "canonical")
    )
    facts = np.stack([p.view(np.uint64), alt0, alt1, canonical], axis=1)
    order = np.argsort(entry, kind="stable")
    group, kept = grouped(entry[order], facts[order])
    face_of = np.empty(len(order), np.int64)
    face_of[order] = group
    parts, base = [], 0
    for one in segments:
        if name not in one.faces:
            parts.append(np.full(len(one.place), -1, np.int32))
            continue
        mark = np.asarray(one.faces[name].of_member)
        renamed = 2 * face_of[np.maximum(mark >> 1, 0) + base] + (mark & 1) if len(face_of) else mark
        parts.append(np.where(mark >= 0, renamed, -1).astype(np.int32))
        base += len(one.faces[name].entry)
    picked = order[kept]
    return Faces(
        entry[picked].astype(np.int32),
        p[picked],
        alt0[picked],
        alt1[picked],
        canonical[picked],
        np.concatenate(parts)[member],
    )
