"""Which delivered row each row of a report means: by number, ban link, e-mail, or name with Y-tunnus (R034)."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

import sql
from extracts.activation.reported import REFUSED
from extracts.gate.fingerprint import Marker
from extracts.gate.listed import scratch
from ledger.store import Store


@dataclass(frozen=True)
class Meant:
    """``rows``: the reported ones with ``person_token`` and ``seed`` of the delivered row ``number`` they mean;
    ``refused`` (``REFUSED``): those that mean none, or nobody knows which, or one that cannot be activated."""

    rows: pa.Table
    refused: pa.Table


def find(store: Store, reported: pa.Table, *, listed: pa.Table, marker: Marker, unavailable: pa.Array) -> Meant:
    """Find them. ``listed`` are the delivered rows, ``unavailable`` the numbers of those that are not to be had."""
    inner, outer = marker.blind_key.pads
    with scratch(store, reported=reported, listed=listed) as connection:
        found = connection.sql(
            sql.load("extracts/activation_rows"), params={"blind_inner": inner, "blind_outer": outer}
        ).to_arrow_table()
    one = pc.equal(found["fitting"], 1)
    number = pc.if_else(one, found["number"], None)
    reason = pc.case_when(
        pc.make_struct(
            pc.greater(found["fitting"], 1), pc.and_(pc.invert(one), pc.greater(found["touched"], 0)), pc.invert(one),
            pc.is_in(number, unavailable),
        ),
        pa.scalar("ambiguous"), pa.scalar("keys_disagree"), pa.scalar("not_delivered"), pa.scalar("unavailable"),
    )  # fmt: skip
    judged = pa.table({"line": found["line"], "meant": number, "reason": reason})
    bad = judged.filter(pc.is_valid(judged["reason"]))
    refused = pa.table({"line": bad["line"], "field": pa.nulls(len(bad), pa.string()), "reason": bad["reason"]}).cast(
        REFUSED
    )
    good = judged.filter(pc.is_null(judged["reason"])).drop_columns("reason")
    known = listed.select(["number", "person", "seed"]).rename_columns({"number": "meant", "person": "person_token"})
    rows = reported.drop_columns("number").join(good, "line", join_type="inner").join(known, "meant", join_type="inner")
    return Meant(rows.rename_columns({"meant": "number"}).sort_by("line"), refused)
