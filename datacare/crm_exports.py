"""A customer's file as its CRM exported it: known by its headers, its columns told by the CRM's profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import FileRejected
from core.labels import fold_label
from schemas import crm

NONE = "none"
PRESETS = tuple(name for name, profile in crm.profiles().items() if profile.exports)


@dataclass(frozen=True)
class Export:
    """Which CRM's export of what a file is, and ``{field: column}`` of the columns that it says."""

    preset: str
    what: str
    mapping: Mapping[str, str]


def recognised(header: Sequence[str]) -> Export | None:
    """The export that a header is of: of several that it may be, the one that knows most of its columns."""
    folded = {fold_label(name) for name in header}
    found = [
        _read(preset, layout, header)
        for preset in PRESETS
        for layout in crm.profiles()[preset].exports
        if any({fold_label(name) for name in names} <= folded for names in layout.known_by)
    ]
    return max(found, key=lambda export: len(export.mapping), default=None)


def told(header: Sequence[str], preset: str, *, file: str) -> Export:
    """The export that somebody says it is. Raises ``FileRejected`` (mapping_invalid) for one without its columns."""
    found = [_read(preset, layout, header) for layout in crm.profiles()[preset].exports]
    best = max(found, key=lambda export: len(export.mapping))
    if not best.mapping:
        raise FileRejected("mapping_invalid", file=file, reason=f"no column of an export of {preset}")
    return best


def _read(preset: str, layout: crm.Layout, header: Sequence[str]) -> Export:
    by_label = {fold_label(name): name for name in reversed(header)}
    mapping = {
        field: next(by_label[fold_label(name)] for name in names if fold_label(name) in by_label)
        for field, names in layout.fields.items()
        if any(fold_label(name) in by_label for name in names)
    }
    return Export(preset, layout.what, MappingProxyType(mapping))
