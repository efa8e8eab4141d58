"""What was decided of each row of a job, as a file of ids and scores: no cell of the register, nor of the upload."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from core.errors import InvalidTransition
from core.files import storing
from datacare import matching
from datacare.jobs import Upload, upload
from extracts import care_folder
from ledger import care_jobs
from ledger.store import Store
from register.query import Register

Row = dict[str, Any]
COLUMNS = ("row", "organisation", "organisation_p", "person", "person_p", "state", "changes", "id")


def write(store: Store, job: str, out: Path) -> Row:
    """Write :data:`COLUMNS` as CSV, a line a row in the order of the upload: ``{"job", "rows", "file"}``.

    ``row`` is the number in the file, ``id`` the customer's own where there is one; ``organisation`` a Y-tunnus, empty
    where nobody is likely; ``person`` what the source calls the position; ``changes`` the kinds, joined by ``;``, as
    the bans allow now. Raises ``NotFound``, ``InvalidTransition``, ``Conflict`` (care_snapshot_moved), ``StoreError``.
    """
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    if row["state"] not in (care_jobs.MATCHED, care_jobs.RETURNED):
        raise InvalidTransition("transition_invalid", kind="job", id=job, state=row["state"], event="listed")
    folder = care_folder.find(store, job)
    held = upload(folder)
    decided = folder.read_table(matching.DECISIONS)
    with matching.matched_register(store, row) as register:
        told = matching.changes(store, register, folder, row, held=held).changes
        persons = _source_ids(register, decided["position"])
    table = pa.table(
        {
            "row": decided["row"],
            "organisation": matching.organisation_ids(decided["org"]),
            "organisation_p": pc.round(decided["p"], 4),
            "person": persons,
            "person_p": pc.round(decided["person_p"], 4),
            "state": decided["state"],
            "changes": kinds_by_row(told, decided["row"]),
            "id": own_ids(held),
        }
    )
    with storing(out):
        pacsv.write_csv(table, out, pacsv.WriteOptions(quoting_style="needed"))
        out.chmod(0o600)
    return {"job": job, "rows": len(table), "file": str(out)}


def own_ids(held: Upload) -> pa.Array:
    """The customer's own id of each row; null without one."""
    own = held.mapping.get("id")
    return pa.nulls(len(held.table), pa.string()) if own is None else held.table[own].combine_chunks()


def kinds_by_row(told: pa.Table, rows: pa.ChunkedArray) -> pa.Array:
    """Kinds of change of each row, joined by ``;``; null where there is none."""
    found: dict[int, list[str]] = {}
    for number, kind in zip(told["row"].to_pylist(), told["kind"].to_pylist(), strict=True):
        if kind not in found.setdefault(number, []):
            found[number].append(kind)
    return pa.array([";".join(found[number]) if number in found else None for number in rows.to_pylist()], pa.string())


def _source_ids(register: Register, positions: pa.ChunkedArray) -> pa.Array:
    """What the sources call positions; the register's own number where a source has no name for it."""
    asked = pa.table({"position": pc.unique(positions.drop_null()).cast(pa.int32())})
    register.connection.register("asked", asked)
    try:
        found = register.arrow("register/position_source_ids", {})
    finally:
        register.connection.unregister("asked")
    names = dict(zip(found["position"].to_pylist(), found["source_id"].to_pylist(), strict=True))
    return pa.array(
        [None if one is None else names.get(one) or f"position:{one}" for one in positions.to_pylist()], pa.string()
    )
