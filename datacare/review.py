"""The doubtful rows of a job, for a person to decide: the likeliest first, three candidates at most (R049).

Shown of a candidate are name and city, and that it was shown is in the audit before it is. A decision says who and
when; it holds for this job at once and for the agreement's later uploads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from core.ids import business_id, org_id
from datacare import learning, matching, row_keys
from datacare.jobs import Upload, upload
from extracts.gate import care as gate
from ledger import care_decisions
from ledger.store import Store

Row = dict[str, Any]
NOBODY = "none"
_OWN = ("name", "identifier", "city", "first_name", "last_name", "contact")


def queue(store: Store, job: str, *, limit: int | None = None) -> list[Row]:
    """Rows that wait for a decision, the likeliest first: ``{"row", "own": {field: cell}, "candidates": [{…}]}``.

    ``own`` is what the customer's row says; a candidate has ``organisation``, ``name``, ``city`` and ``p``.

    Raises as ``matching.match_job``, and ``Conflict`` (care_snapshot_moved).
    """
    row, folder = matching.standing(store, job, "matched", operation="review")
    decided = folder.read_table(matching.DECISIONS)
    waiting = decided.filter(pc.and_(pc.equal(decided["state"], "review"), pc.equal(decided["by"], "matcher")))
    waiting = waiting.sort_by([("p", "descending"), ("row", "ascending")]).slice(0, limit)
    best = _candidates(folder.read_table(matching.CANDIDATES), waiting["row"])
    shown = sorted({one["rid"] for several in best.values() for one in several})
    with matching.matched_register(store, row) as register:
        with store.write() as tx:
            for number, several in best.items():
                organisations = [one["rid"] for one in several]
                tx.audit("care.candidates_shown", job=job, row=number, organisations=organisations)
            if not best:
                tx.abandon()
        faces = gate.organisation_faces(store, register, shown)
    held = upload(folder)
    cells = _own(held)
    return [
        {
            "row": number,
            "own": cells[number],
            "candidates": [
                {"organisation": business_id(one["rid"]), "p": round(one["p"], 4)} | faces[one["rid"]]
                for one in best.get(number, [])
                if one["rid"] in faces
            ],
        }
        for number in waiting["row"].to_pylist()
    ]


def decide(store: Store, job: str, row_number: int, *, organisation: str) -> Row:
    """Say which of its candidates a row is, or :data:`NOBODY`: ``{"job", "row", "organisation", "by"}``.

    Raises ``InvalidInput`` (care_row_unknown; value_unknown for what is no candidate of the row), and as :func:`queue`.
    """
    row, folder = matching.standing(store, job, "matched", operation="review")
    decided = folder.read_table(matching.DECISIONS)
    numbers = decided["row"].to_pylist()
    if row_number not in numbers:
        raise InvalidInput("care_row_unknown", job=job, row=row_number)
    at = numbers.index(row_number)
    allowed = _candidates(folder.read_table(matching.CANDIDATES), pa.chunked_array([[row_number]])).get(row_number, [])
    names = {business_id(one["rid"]) for one in allowed}
    if organisation != NOBODY and organisation not in names:
        said = ", ".join([*sorted(names), NOBODY])
        raise InvalidInput("value_unknown", field="organisation", value=organisation, allowed=said)
    org = None if organisation == NOBODY else org_id(organisation)
    key = row_keys.keys(store, row["agreement"], upload(folder))[at]
    said_now: Mapping[bytes, Row] = {key: {"organisation": org, "position": None}}
    line = matching.apply(decided.slice(at, 1), said_now, keys=[key])
    folder.write_table(matching.DECISIONS, pa.concat_tables([decided.slice(0, at), line, decided.slice(at + 1)]))
    learning.note(store, row["agreement"], key, candidates=allowed)
    with store.write() as tx:
        care_decisions.record(tx, job=job, agreement=row["agreement"], row=row_number, key=key, org=org, position=None)
    return {"job": job, "row": row_number, "organisation": organisation, "by": store.actor}


def _candidates(table: pa.Table, rows: pa.ChunkedArray) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    asked = pc.is_in(table["row"], pc.unique(rows).cast(pa.int64()))
    for one in table.filter(asked).sort_by([("row", "ascending"), ("rank", "ascending")]).to_pylist():
        found.setdefault(one["row"], []).append(one)
    return found


def _own(held: Upload) -> dict[int, dict[str, str | None]]:
    columns = {field: held.table[held.mapping[field]].to_pylist() for field in _OWN if field in held.mapping}
    return {
        row: {field: cells[at] for field, cells in columns.items() if cells[at]}
        for at, row in enumerate(held.table["row"].to_pylist())
    }
