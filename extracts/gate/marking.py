"""Setting the marks of an extract: one pass of keyed SQL per channel over whole columns (fingerprint.md 2.1, R037)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from extracts.gate.channels import CHANNELS
from extracts.gate.fingerprint import HIGH, LOW, Marker, alternatives, rendered, token_texts
from register.rows import lent, query


def mark(
    connection: duckdb.DuckDBPyConnection, rows: pa.Table, *, columns: Sequence[str], marker: Marker, ban_url: str
) -> tuple[pa.Table, pa.Table]:
    """The rows with their ban links and marked cells, and what the manifest says of it, row by row.

    ``rows`` has ``unit TEXT`` (a random nonce, or a seed's id) and the channels' columns in canonical form; a channel
    whose column is not among ``columns`` is left alone. The second table: ``ban_token BINARY`` and per channel
    ``symbol, p, scope, alt0, alt1, canonical``, null where there was no choice.
    """
    places = pa.array(range(len(rows)), pa.int32())
    inner, outer = marker.token_key.pads
    values = {"inner": inner, "outer": outer, "tag": marker.token_tag.hex()}
    with lent(connection, gate_units=pa.table({"place": places, "unit": rows["unit"]})):
        tokens = query(connection, "extracts/tokens", values)["token"].combine_chunks()
    marked = rows.append_column("ban_url", pc.binary_join_element_wise(ban_url, token_texts(tokens), ""))
    marks = {"ban_token": tokens}
    for channel in CHANNELS:
        cells = rows[channel.column].combine_chunks()
        offered = cells if channel.column in columns else pa.nulls(len(rows), pa.string())
        choices = alternatives(channel, offered, key=marker.blind_key)
        units = pa.table({"place": places, "unit": rows["unit"], "choice": pc.is_valid(choices["canonical"])})
        with lent(connection, gate_units=units):
            drawn = query(
                connection, "extracts/marks", {**marker.mark_pads(), "channel": channel.name, "high": HIGH, "low": LOW}
            )
        marked = marked.set_column(
            marked.column_names.index(channel.column), channel.column, rendered(cells, choices, symbols=drawn["symbol"])
        )
        for name in ("symbol", "p", "scope"):
            marks[f"{channel.name}_{name}"] = drawn[name]
        for name in ("alt0", "alt1", "canonical"):
            marks[f"{channel.name}_{name}"] = choices[name]
    return marked, pa.table(marks)
