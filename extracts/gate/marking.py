"""Setting the marks of an extract: per channel one pass over whole columns (fingerprint.md 2.1, R037)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from extracts.gate.channels import CHANNELS, LANDLINE, Channel, Layer, Unit
from extracts.gate.fingerprint import Marker, alternatives, draws, rendered, token_texts
from extracts.gate.minimise import licensed
from register.rows import lent, query
from schemas import codes

UNITS: Mapping[Unit, str] = MappingProxyType({Unit.ROLE: "unit", Unit.COMPANY: "company_unit"})
"""Column of the rows with the random nonce of each kind of unit."""
MARKS = (
    ("symbol", pa.int8()),
    ("p", pa.float64()),
    ("scope", pa.int8()),
    ("alt0", pa.uint64()),
    ("alt1", pa.uint64()),
    ("canonical", pa.uint64()),
)
"""What a manifest says of each channel."""


def enabled(campaign: Mapping[str, Any], order: Mapping[str, Any], *, columns: Sequence[str]) -> tuple[Channel, ...]:
    """The channels of an extract: all but those, or the layers, that its campaign is without; a cell of an order that
    asks for some columns only is never left blank, and a switchboard only beside the mobile number."""
    off, named = set(campaign.get("marks_off", codes.MARKS_OFF)), set(order["fields"] or ())
    if named >= set(licensed(campaign["channels"])):  # everything is what an order has that names nothing
        named = set()
    if "mobile" not in columns:
        off.add(LANDLINE.name)
    return tuple(
        channel
        for channel in CHANNELS
        if not off & {channel.name, channel.layer}
        and not (channel.layer is Layer.OPTIONAL and named & set(channel.columns))
    )


def mark(
    connection: duckdb.DuckDBPyConnection,
    rows: pa.Table,
    *,
    columns: Sequence[str],
    marker: Marker,
    ban_url: str,
    channels: Sequence[Channel] = CHANNELS,
) -> tuple[pa.Table, pa.Table]:
    """The rows with their ban links and marked cells, and what the manifest says of it, row by row.

    ``rows`` has ``unit`` and ``company_unit`` TEXT (random nonces, or what a seed has instead) and the channels'
    columns with the register's values, with what the channels need besides; a channel that is not among ``channels``,
    or none of whose columns is among ``columns``, is left alone. The second table:
    ``ban_token BINARY`` and per channel ``symbol, p, scope, alt0, alt1, canonical``, null where there was no choice.
    """
    inner, outer = marker.token_key.pads
    values = {"inner": inner, "outer": outer, "tag": marker.token_tag.hex()}
    with lent(connection, gate_units=pa.table({"place": _places(rows), "unit": rows["unit"]})):
        tokens = query(connection, "extracts/tokens", values)["token"].combine_chunks()
    marked = rows.append_column("ban_url", pc.binary_join_element_wise(ban_url, token_texts(tokens), ""))
    marks = {"ban_token": tokens}
    for channel in CHANNELS:
        shown = columns if channel in channels else ()
        marked, said = _channel(marked, channel=channel, columns=shown, marker=marker)
        marks |= said
    return marked, pa.table(marks)


def _channel(
    rows: pa.Table, *, channel: Channel, columns: Sequence[str], marker: Marker
) -> tuple[pa.Table, dict[str, pa.Array]]:
    """The rows with the marks of one channel, and what the manifest says of them."""
    shown = [name for name in channel.columns if name in columns]
    nothing = {f"{channel.name}_{name}": pa.nulls(len(rows), kind) for name, kind in MARKS}
    if not shown:
        return rows, nothing
    cells, *others = (
        pa.concat_arrays([rows[name].combine_chunks() for name in names])
        for names in (shown, *([name] * len(shown) for name in channel.needs))
    )
    both = alternatives(channel, cells, others=others, key=marker.blind_key)
    found = {name: both.slice(at * len(rows), len(rows)) for at, name in enumerate(shown)}
    choice = reduce(pc.or_, (choices["choice"] for choices in found.values()))
    if not pc.any(choice).as_py():
        return rows, nothing
    said = _drawn(rows[UNITS[channel.unit]], choice, channel=channel, marker=marker)
    for name, choices in found.items():
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, rendered(rows[name], choices, symbols=said["symbol"]))
    said |= {name: pc.coalesce(*(one[name] for one in found.values())) for name in ("alt0", "alt1", "canonical")}
    return rows, {f"{channel.name}_{name}": said[name] for name, _ in MARKS}


def _drawn(units: pa.ChunkedArray, choice: pa.ChunkedArray, *, channel: Channel, marker: Marker) -> dict[str, pa.Array]:
    """``symbol, p, scope`` row by row, null where there is no choice. Each unit is drawn once."""
    encoded = pc.if_else(choice, units, None).combine_chunks().dictionary_encode()
    drawn = draws(marker, encoded.dictionary.to_pylist(), channel=channel)
    return {name: pa.array(column).take(encoded.indices) for name, column in drawn.items()}


def _places(rows: pa.Table) -> pa.Array:
    return pa.array(range(len(rows)), pa.int32())
