"""Rows of a customer's own register that came from our extracts for campaigns that are over, and may not stay.

Asked for by the customer in its instruction for data care. It is told, and nobody else: nothing is recorded against it,
for a processor does not use what it was handed for purposes of its own (Art. 28(3)(a), 28(10)).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extracts import leftover as checks
from extracts.gate.leftover import forms, hashed
from extracts.gate.listed import delivered, scratch
from ledger import activations, leftovers, trusted_time
from ledger.store import Store

FIELDS = ("email", "phone", "first_name", "last_name", "person", "business_id")
HELD = pa.schema([("row", pa.int64()), ("extract", pa.string()), ("campaign", pa.string()), ("ended_on", pa.date32())])


def still_held(store: Store, customer: str, *, cells: pa.Table) -> pa.Table:
    """Rows of ``cells(row INT64, mobile, FIELDS…)`` that must go, as :data:`HELD`, by row; the last extract is named.

    A row stays when its person responded to the customer, or under something of the customer's that runs. Control
    records are rows like others. Raises ``StoreError`` (manifest_damaged), ``ConfigError`` (key_missing).
    """
    with store.ledger.read() as connection:
        now = trusted_time.now(connection, store.now())
        over = leftovers.ended(connection, customer, now=now)
        responded = activations.persons(connection, customer)
        live = leftovers.live(connection, customer, now=now)
    texts = {name: cells[name].combine_chunks() for name in (*FIELDS, "mobile")}
    first = forms({name: texts[name] for name in FIELDS}, rows=len(cells))
    second = forms({"phone": texts["mobile"]}, rows=len(cells))
    found: dict[int, dict[str, Any]] = {}
    for one in over:
        listed, marker = delivered(store, one["row"])
        with scratch(store) as connection:
            ways = hashed(connection, first, key=marker.leftover_key)
            mobiles = hashed(connection, second, key=marker.leftover_key)
        held = pa.table(
            {
                "record": cells["row"].cast(pa.string()),
                "email": ways["email"],
                "phone": ways["phone"],
                "mobile": mobiles["phone"],
                "name": ways["name"],
            }
        )
        verdicts = checks.verdicts(store, held, listed=listed, responded=responded, live=live)
        for record in verdicts.filter(pc.is_null(verdicts["ground"]))["record"].to_pylist():
            number = int(record)
            found[number] = {
                "row": number, "extract": one["extract"], "campaign": one["campaign"], "ended_on": one["ended_on"],
            }  # fmt: skip
    return pa.Table.from_pylist([found[number] for number in sorted(found)], schema=HELD)
