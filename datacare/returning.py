"""The return of a job: the customer's own rows with what changed, and a report (R046, R047).

Whatever is said of a row is said by the gate, under the bans of the moment. Of everything else the row says
``no_update``: nothing changed, nobody found, somebody banned, erased, restricted or not told yet look the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FenceMoved, InvalidInput, LicenceRefused
from datacare import explaining, health, licence_check, matching, report
from datacare.jobs import REJECTIONS, Upload, upload
from datacare.remembering import CONFLICT, KEPT, NEW, TOLD, Memory
from extracts.care_folder import Folder
from extracts.gate import care_files
from ledger import care_jobs
from ledger.engine import Transaction
from ledger.store import Store
from schemas.care import FIELDS

Row = dict[str, Any]

UPDATED, NO_UPDATE = "updated", "no_update"
"""The two codes of a row."""
STATUS = ("rajaus_state", "rajaus_p", "rajaus_why", "rajaus_status", "rajaus_changes")
CHANGE_COLUMNS = ("row", "id", "kind", "field", "column", "old", "new", "source", "source_date", "applied")
_TRIES = 10


def return_job(store: Store, job: str, *, to: Path, keep: Sequence[str] = (), whole: bool = False) -> Row:
    """Write what goes back into ``to``: ``{"job", "return", "rows", "updated", "changes": {kind: n}, "must_go",
    "kept", "told", "files": [{path, sha256}]}``.

    The rows leave as they came, in their order, corrected where the instruction says so and the field is not in
    ``keep``. After an earlier return under the agreement only rows with news go back, unless ``whole``; a value that
    the customer changed since, while the register did not, stays (``kept``).

    Raises ``NotFound``, ``InvalidTransition``, ``InvalidInput`` (value_unknown), ``LicenceRefused`` (care_held,
    care_due, care_not_instructed, …), ``Conflict`` (care_snapshot_moved), ``BanUnreadable``, ``GateBroken``,
    ``StoreError``.
    """
    for field in keep:
        if field not in FIELDS:
            raise InvalidInput("value_unknown", field="keep", value=field, allowed=", ".join(FIELDS))
    row, folder = matching.standing(store, job, "returned", operation="correct")
    if care_jobs.held(row):
        found = ", ".join(one["finding"] for one in row["findings"])
        raise LicenceRefused("care_held", job=job, findings=found)
    for attempt in range(1, _TRIES + 1):
        try:
            return _attempt(store, row, folder, to=to, keep=keep, whole=whole)
        except FenceMoved:
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def _attempt(store: Store, row: Row, folder: Folder, *, to: Path, keep: Sequence[str], whole: bool) -> Row:
    held = upload(folder)
    decided = folder.read_table(matching.DECISIONS)
    with store.ledger.read() as connection:
        terms = care_jobs.instructed(connection, row["agreement"], row["instruction"])
    with matching.matched_register(store, row) as register:
        found = matching.changes(store, register, folder, row, held=held)
    memory = Memory(store, row["agreement"], held) if "repeat" in terms["operations"] else None
    told = _wanted(found.changes, fields=set(terms["fields"]) - set(keep))
    states = [NEW] * len(told) if memory is None else memory.judge(told)
    told = told.append_column("since", pa.array(states, pa.string()))
    news = told.filter(pc.is_in(told["since"], pa.array([NEW, CONFLICT] + ([TOLD] if whole else []))))
    rows = made_rows(held, decided, news=news, why=_why(folder, decided))
    must_go = None
    if "licence_check" in terms["operations"]:
        must_go = licence_check.find(store, row["customer"], held=held)
        rows = licence_check.marked(rows, held, must_go=must_go)
    if not (whole or memory is None or memory.first):
        rows = rows.filter(_news(rows))
    facts = health.facts(row, held, decided=decided, found=found, news=news)
    with care_files.staged(store) as directory:
        _write(directory, row["job"], held=held, rows=rows, news=news)
        rejected = directory / f"{row['job']}-rejected.csv"
        rejected.write_bytes(folder.read(REJECTIONS))
        if "report" in terms["operations"]:
            report.write(facts, directory, at=store.now())
        recorded: list[str] = []

        def record(tx: Transaction, files: list[Mapping[str, Any]]) -> None:
            personal = news.filter(news["personal"])
            values = {
                "fence": found.fence, "rows": len(rows), "changed": len(pc.unique(news["row"])),
                "fields": dict(Counter(field for field in news["field"].to_pylist() if field)), "files": files,
            }  # fmt: skip
            persons = personal["person"].drop_null().to_pylist()
            recorded.append(care_jobs.returned(tx, row["job"], values, persons=persons, keep_days=terms["keep_days"]))

        files = care_files.hand_over(store, directory, to, fence=found.fence, record=record)
    if memory is not None:
        memory.keep(told)
    since = Counter(states)
    return {
        "job": row["job"],
        "return": recorded[0],
        "rows": len(rows),
        "updated": len(pc.unique(news["row"])),
        "changes": matching.kinds(news),
        "must_go": None if must_go is None else len(must_go),
        "kept": since[KEPT],
        "told": since[TOLD],
        "files": files,
    }


def _news(rows: pa.Table) -> pa.Array:
    """Rows that say something: a change, or that they must go."""
    changed = pc.equal(rows["rajaus_status"], UPDATED)
    if licence_check.COLUMN not in rows.column_names:
        return changed
    return pc.or_(changed, pc.is_valid(rows[licence_check.COLUMN]))


def _wanted(changes: pa.Table, *, fields: set[str]) -> pa.Table:
    """Flags, and values of the fields that may be put right."""
    return changes.filter(pc.is_in(changes["field"], pa.array(["", *sorted(fields)])))


def _why(folder: Folder, decided: pa.Table) -> pa.Array:
    candidates = folder.read_table(matching.CANDIDATES)
    return explaining.why(decided, candidates, fitted=folder.read_facts(matching.WEIGHTS))


def made_rows(held: Upload, decided: pa.Table, *, news: pa.Table, why: pa.Array) -> pa.Table:
    """The customer's own columns, corrected, and :data:`STATUS` behind them: every row that came in, in order."""
    columns = {name: held.table[name].combine_chunks() for name in held.header}
    place = {row: at for at, row in enumerate(held.table["row"].to_pylist())}
    said: list[list[str]] = [[] for _ in place]
    values: dict[str, list[str | None]] = {}
    for change in news.to_pylist():
        at = place[change["row"]]
        said[at].append(in_words(change))
        column = held.mapping.get(change["field"])
        if column is not None and change["since"] != CONFLICT and change["new"] is not None:
            values.setdefault(column, columns[column].to_pylist())[at] = change["new"]
    columns |= {name: pa.array(cells, pa.string()) for name, cells in values.items()}
    taken = pc.equal(decided["state"], "auto")
    status = {
        "rajaus_state": decided["state"],
        "rajaus_p": pc.if_else(taken, pc.round(decided["p"], 4), None).cast(pa.string()),
        "rajaus_why": why,
        "rajaus_status": pa.array([UPDATED if one else NO_UPDATE for one in said], pa.string()),
        "rajaus_changes": pa.array(["; ".join(one) or None for one in said], pa.string()),
    }
    return pa.table(columns | status)


def in_words(change: Mapping[str, Any]) -> str:
    """``email: old → new (source, date)``, or the kind alone for what has no value."""
    values = f": {change['old'] or '–'} → {change['new']}" if change["new"] is not None else ""
    where = ", ".join(str(part) for part in (change["source"], change["date"]) if part is not None)
    mark = " [ristiriita]" if change["since"] == CONFLICT else ""
    return f"{change['field'] or change['kind']}{values} ({where}){mark}"


def change_lines(held: Upload, news: pa.Table) -> pa.Table:
    """The changes one a line: :data:`CHANGE_COLUMNS`."""
    own = held.mapping.get("id")
    names = held.table[own].to_pylist() if own is not None else [None] * len(held.table)
    ids = dict(zip(held.table["row"].to_pylist(), names, strict=True))
    columns = [held.mapping.get(field) for field in news["field"].to_pylist()]
    conflict = pc.equal(news["since"], CONFLICT).to_pylist()
    applied = [
        "yes" if column is not None and new is not None and not both else "no"
        for column, new, both in zip(columns, news["new"].to_pylist(), conflict, strict=True)
    ]
    return pa.table(
        {
            "row": news["row"].cast(pa.string()),
            "id": pa.array([ids[row] for row in news["row"].to_pylist()], pa.string()),
            "kind": news["kind"],
            "field": news["field"],
            "column": pa.array(columns, pa.string()),
            "old": news["old"],
            "new": news["new"],
            "source": news["source"],
            "source_date": news["date"].cast(pa.string()),
            "applied": pa.array(applied, pa.string()),
        }
    )


def _write(directory: Path, job: str, *, held: Upload, rows: pa.Table, news: pa.Table) -> None:
    phones = {held.mapping[field] for field in ("phone", "mobile") if field in held.mapping}
    care_files.write_table(rows, directory / f"{job}-rows.csv", phones=phones)
    care_files.write_table(change_lines(held, news), directory / f"{job}-changes.csv", phones={"old", "new"})
