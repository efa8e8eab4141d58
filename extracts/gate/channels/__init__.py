"""Where a mark can live: true alternatives of one cell, one module per channel (fingerprint.md 2.2, R037).

A new channel is one more module and one more object in ``CHANNELS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from extracts.gate.channels.base import BLANK as BLANK, Channel as Channel, Layer as Layer, Unit as Unit
from extracts.gate.channels.list_order import LIST as LIST

CHANNELS: tuple[Channel, ...] = (LIST,)
"""In the order in which they are applied: what a later one renders is what the earlier ones left."""
BY_NAME: Mapping[str, Channel] = MappingProxyType({channel.name: channel for channel in CHANNELS})
