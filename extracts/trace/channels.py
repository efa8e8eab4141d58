"""How the cells of a suspect are read per channel of the manifests: the exact rendering and what it stands for.

Each channel of the gate knows how its own marks come back (``extracts.gate.channels``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pyarrow as pa

from extracts.gate.channels import CHANNELS as MARKED

Reader = Callable[[pa.Array], tuple[pa.Array, pa.Array]]
"""A column's text to (exact rendering, canonical form), null where the cell is not of the channel."""

CHANNELS: Mapping[str, Reader] = MappingProxyType({channel.name: channel.read for channel in MARKED})


_LAYERS = {channel.name: str(channel.layer) for channel in MARKED}


def layer_of(channel: str) -> str:
    """The layer of a channel (fingerprint.md 2.2); one that is no more is a layer of its own."""
    return _LAYERS.get(channel, channel)
