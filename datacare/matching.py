"""A job matched with the register: which row is which organisation and person, how surely, and why (R049).

Kept in the job's folder, sealed: ``decisions``, one line a row; ``candidates``, the best few of each row;
``people``, the best few persons of each of these; ``weights``.
They hold ids and scores; what is in the register is asked of the gate when it is needed, so that a ban counts at once.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Conflict
from core.files import storing
from core.ids import business_id
from datacare import columns, explaining, harvest, learning, row_keys
from datacare.jobs import Upload, permitted, upload
from datacare.match import Matched, decide, index_snapshot, match, parties_of
from datacare.match.weights import LEVELS, MEASURES
from extracts import care_folder
from extracts.care_folder import Folder
from extracts.gate import care as gate
from ledger import care_decisions, care_jobs
from ledger.store import Store
from register.query import Register, open_register

Row = dict[str, Any]

DECISIONS, CANDIDATES, PEOPLE, WEIGHTS = "decisions", "candidates", "people", "weights"
STATES = ("auto", "none", "review")
SHOWN = 3
_FILLED = ("phone", "domain", "title", "email", "mobile")
DECIDED = pa.schema(
    [
        ("row", pa.int64()),
        ("org", pa.int32()),
        ("p", pa.float64()),
        ("state", pa.string()),
        ("position", pa.int32()),
        ("person_p", pa.float64()),
        ("person_state", pa.string()),
        ("renamed", pa.bool_()),
        ("named", pa.bool_()),
        ("by", pa.string()),
    ]
)
"""``by``: matcher or person. ``named``: the row names somebody. The names agreed by a former one: ``renamed``."""
_PERSONS = pa.schema([("row", pa.int64()), ("org", pa.int32()), ("position", pa.int32()), ("p", pa.float64())])


def match_job(store: Store, job: str) -> Row:
    """Match a job with the published register: ``{"job", "snapshot", "rows", "organisations": {auto, none, review},
    "persons": {…}, "changes": {kind: n}, "held": [finding], "taught", "seconds"}``. The same file, snapshot and
    decisions give the same; ``taught`` is how many decided rows of the customer the weights were fitted to as well.

    Rows that somebody decided about, now or in an earlier upload of the agreement, stand as decided. Raises
    ``NotFound`` (job_unknown, snapshot_none), ``InvalidTransition``, ``LicenceRefused`` (care_due,
    care_not_instructed, …), ``BanUnreadable``, ``ConfigError`` (care_engine_missing), ``StoreError``.
    """
    started = time.monotonic()
    row, folder = standing(store, job, "matched")
    held = upload(folder)
    snapshot, index = index_snapshot(store, store.home.care_index)
    parties = parties_of(columns.mapped(held.cells, held.mapping))
    taught = learning.taught(store, row, held)
    with _scratch(store, job) as scratch:
        settings = store.settings
        found = match(
            index,
            parties,
            taught=taught,
            memory=settings.memory_limit,
            threads=settings.threads,
            scratch=scratch,
            engine=settings.care_engine,
        )
    decided = _decided(store, row, held, found, people=set(parties.person["pid"].to_pylist()))
    folder.write_table(DECISIONS, decided)
    candidates = _candidates(held, found)
    folder.write_table(CANDIDATES, candidates)
    folder.write_table(PEOPLE, _people(held, found, candidates))
    folder.write_facts(WEIGHTS, explaining.facts(found.weights))
    with open_register(store, holder="data care", snapshot=snapshot) as register:
        told = changes(store, register, folder, row, held=held).changes
    findings = harvest.findings(store, row, held=held, told=told)
    counts = {
        "organisations": _counted(decided["state"]),
        "persons": _counted(decided.filter(decided["named"])["person_state"]),
        "changes": kinds(told),
    }
    with store.write() as tx:
        care_jobs.matched(tx, job, snapshot=snapshot, counts=counts, findings=findings)
    seconds = round(time.monotonic() - started, 2)
    said = [one["finding"] for one in findings]
    told_of = {"held": said, "taught": found.taught, "seconds": seconds}
    return {"job": job, "snapshot": snapshot, "rows": len(decided), **counts, **told_of}


def standing(store: Store, job: str, event: str, *, operation: str = "match") -> tuple[Row, Folder]:
    """A job that an event may happen to, and its folder. Raises as :func:`match_job`."""
    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    care_jobs.check(row, event, today=store.today())
    permitted(store, row["agreement"], operation)
    return row, care_folder.find(store, job)


@contextmanager
def matched_register(store: Store, row: Mapping[str, Any]) -> Iterator[Register]:
    """The register a job was matched with. Raises ``Conflict`` (care_snapshot_moved) when another is published."""
    with open_register(store, holder="data care") as register:
        if register.snapshot != row["snapshot"]:
            raise Conflict("care_snapshot_moved", job=row["job"], snapshot=row["snapshot"])
        yield register


def changes(
    store: Store, register: Register, folder: Folder, row: Mapping[str, Any], *, held: Upload | None = None
) -> gate.Found:
    """What the gate tells of a matched job now: only of rows that were taken, by the matcher or by a person."""
    held = held or upload(folder)
    decided = folder.read_table(DECISIONS)
    with store.ledger.read() as connection:
        terms = care_jobs.instructed(connection, row["agreement"], row["instruction"])
    filled = [field for field in _FILLED if field in held.mapping] if "complete" in terms["operations"] else []
    return gate.changes(store, register, pairs(decided), cells(held), filled=filled)


def pairs(decided: pa.Table) -> pa.Table:
    """The rows that were taken, as the gate wants them; a person only where that is as sure as the organisation."""
    taken = decided.filter(pc.equal(decided["state"], "auto"))
    sure = pc.equal(taken["person_state"], "auto")
    position = pc.if_else(sure, taken["position"], pa.scalar(None, pa.int32()))
    absent = pc.and_(pc.equal(taken["person_state"], "none"), taken["named"])
    made = {"row": taken["row"], "org": taken["org"], "position": position, "renamed": taken["renamed"]}
    return pa.table(made | {"absent": absent}).cast(gate.PAIRS)


def cells(held: Upload) -> pa.Table:
    """The customer's cells under the gate's names."""
    mapped = columns.mapped(held.cells, held.mapping)
    text = {name: mapped[name] for name in mapped.column_names if name in gate.FIELDS}
    first, last, whole = (
        mapped[name] if name in mapped.column_names else pa.chunked_array([pa.nulls(len(mapped), pa.string())])
        for name in ("first_name", "last_name", "contact")
    )
    both = pc.utf8_trim_whitespace(pc.binary_join_element_wise(pc.fill_null(first, ""), pc.fill_null(last, ""), " "))
    person = pc.if_else(pc.equal(both, ""), whole, both)
    return pa.table({"row": held.table["row"], **text, "person": person})


def kinds(told: pa.Table) -> dict[str, int]:
    """How many rows each kind of change was found of."""
    found = told.group_by("kind").aggregate([("row", "count_distinct")])
    by_kind = dict(zip(found["kind"].to_pylist(), found["row_count_distinct"].to_pylist(), strict=True))
    return {kind: by_kind.get(kind, 0) for kind in gate.KINDS}


def _counted(states: pa.ChunkedArray) -> dict[str, int]:
    found = {one["values"]: one["counts"] for one in pc.value_counts(states.combine_chunks()).to_pylist()}
    return {state: found.get(state, 0) for state in STATES}


def _decided(store: Store, job: Row, held: Upload, found: Matched, *, people: set[int]) -> pa.Table:
    """One line a row of the upload, as the matcher judges it, or as somebody decided."""
    pids = pa.array(range(len(held.table)), pa.int64())
    judged = decide(found.parties, found.persons, pids=pids)
    best = found.parties.select(["pid", "rid", "former"])
    place = pc.index_in(_pair(judged["pid"], judged["rid"]), value_set=_pair(best["pid"], best["rid"]).combine_chunks())
    renamed = pc.fill_null(pc.equal(best["former"].take(place), 1), False)
    made = pa.table(
        {
            "row": held.table["row"],
            "org": judged["rid"],
            "p": judged["p"],
            "state": judged["state"],
            "position": judged["person"],
            "person_p": judged["person_p"],
            "person_state": judged["person_state"],
            "renamed": renamed,
            "named": pc.is_in(pids, pa.array(sorted(people), pa.int64())),
            "by": pa.repeat("matcher", len(pids)),
        }
    ).cast(DECIDED)
    with store.ledger.read() as connection:
        decisions = care_decisions.of_agreement(connection, job["agreement"])
    standing = {one for one in pc.unique(found.persons["person"]).to_pylist() if decisions}
    keys = row_keys.keys(store, job["agreement"], held) if decisions else []
    return apply(made, decisions, keys=keys, standing=standing)


def apply(
    decided: pa.Table, decisions: Mapping[bytes, Row], *, keys: list[bytes], standing: Collection[int]
) -> pa.Table:
    """The decisions of people over those of the matcher. Of a person who is no candidate any more (``standing``), as
    who left or was erased, what was decided says nothing."""
    if not decisions:
        return decided
    lines = decided.to_pylist()
    for line, key in zip(lines, keys, strict=True):
        said = decisions.get(key)
        if said is None:
            continue
        org = said["organisation"]
        same = org == line["org"]
        line |= {"org": org, "state": "none" if org is None else "auto", "by": "person"}
        line["renamed"] = line["renamed"] and same
        if said["of_person"] and said["position"] is None:
            line |= {"position": None, "person_state": "none"}
        elif said["of_person"] and said["position"] in standing:
            line |= {"position": said["position"], "person_state": "auto"}
        elif not same or line["person_state"] != "auto":
            line |= {"position": None, "person_state": "review" if line["named"] else "none"}
    return pa.Table.from_pylist(lines, schema=DECIDED)


def _pair(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    """Two ids as one number, for a look-up; the second is below 2^31."""
    return pc.add(pc.multiply(first.cast(pa.int64()), 1 << 31), second.cast(pa.int64()))


def _candidates(held: Upload, found: Matched) -> pa.Table:
    """The best few of each row with how they agree, and the weights behind the probability."""
    order = [("pid", "ascending"), ("p", "descending"), ("rid", "ascending")]
    parties = found.parties.sort_by(order)
    pid = parties["pid"].to_numpy()
    rank: list[int] = []
    last = -1
    for number in pid.tolist():
        rank.append(0 if number != last else rank[-1] + 1)
        last = number
    parties = parties.append_column("rank", pa.array(rank, pa.int32())).filter(pc.less(pa.array(rank), SHOWN))
    row = held.table["row"].take(parties["pid"])
    kept = [name for name in ("rid", "p", "rank", *LEVELS, *MEASURES) if name in parties.column_names]
    return pa.table({"row": row, **{name: parties[name] for name in kept}})


def _people(held: Upload, found: Matched, candidates: pa.Table) -> pa.Table:
    """``row, org, position, p``: the best few persons of each candidate of each row, the likeliest first."""
    persons = found.persons.select(["pid", "rid", "person", "p"])
    row = held.table["row"].take(persons["pid"]).combine_chunks()
    of_candidate = pc.is_in(
        _pair(row, persons["rid"]), value_set=_pair(candidates["row"], candidates["rid"]).combine_chunks()
    )
    lines = pa.table({"row": row, "org": persons["rid"], "position": persons["person"], "p": persons["p"]}).cast(
        _PERSONS
    )
    order = [("row", "ascending"), ("org", "ascending"), ("p", "descending"), ("position", "ascending")]
    lines = lines.filter(of_candidate).sort_by(order)
    rank: list[int] = []
    last = None
    for pair in zip(lines["row"].to_pylist(), lines["org"].to_pylist(), strict=True):
        rank.append(rank[-1] + 1 if pair == last else 0)
        last = pair
    return lines.filter(pc.less(pa.array(rank, pa.int64()), SHOWN))


@contextmanager
def _scratch(store: Store, job: str) -> Iterator[Path]:
    """Where the match may spill; nothing of it stays."""
    directory = store.home.temporary / f"care-{job}"
    with storing(directory):
        directory.mkdir(mode=0o700, exist_ok=True)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def organisation_ids(orgs: pa.ChunkedArray) -> pa.Array:
    """Register ids as business ids; null stays null."""
    return pa.array([None if org is None else business_id(org) for org in orgs.to_pylist()], pa.string())
