"""Where a mark can live: true alternatives of one cell, one module per channel (fingerprint.md 2.2, R037).

A new channel is one more module and one more object in ``CHANNELS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from extracts.gate.channels.address import ADDRESS as ADDRESS
from extracts.gate.channels.areas import AREAS as AREAS
from extracts.gate.channels.base import BLANK as BLANK, Channel as Channel, Layer as Layer, Unit as Unit
from extracts.gate.channels.form_case import FORM as FORM
from extracts.gate.channels.list_order import LIST as LIST
from extracts.gate.channels.optional_cells import LANDLINE as LANDLINE, WWW as WWW
from extracts.gate.channels.parallel_name import PARALLEL as PARALLEL
from extracts.gate.channels.title_order import TITLES as TITLES
from extracts.gate.channels.title_short import TITLE as TITLE

CHANNELS: tuple[Channel, ...] = (PARALLEL, AREAS, LIST, FORM, ADDRESS, TITLES, TITLE, WWW, LANDLINE)
"""What extracts carry, unless their campaign is without them, in the order in which they are applied: what a later one
renders is what the earlier ones left."""
BY_NAME: Mapping[str, Channel] = MappingProxyType({channel.name: channel for channel in CHANNELS})
"""As manifests name them."""
