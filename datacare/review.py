"""The doubtful rows of a job, for a person to decide: the likeliest first, three candidates at most (R049).

First which organisation a row is, then, of rows whose organisation is taken, who its person is. Shown of a candidate
are name and city, or name and title, and that it was shown is in the audit before it is. Whoever is banned, erased or
restricted is never shown (R047). A decision says who and when; it holds for this job at once and for the agreement's
later uploads.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from core.ids import business_id, org_id
from datacare import learning, matching, row_keys
from datacare.jobs import Upload, upload
from extracts.care_folder import Folder
from extracts.gate import care as gate
from ledger import care_decisions
from ledger.store import Store
from register.query import Register

Row = dict[str, Any]
NOBODY = "none"
ORGANISATION, PERSON = "organisation", "person"
_OWN = ("name", "identifier", "city", "first_name", "last_name", "contact", "title")


def queue(store: Store, job: str, *, limit: int | None = None) -> list[Row]:
    """Rows that wait for a decision, the likeliest first, organisations before persons: ``{"row", "of", "own": {field:
    cell}, "candidates": [{…}]}``; ``limit`` rows at most.

    ``of`` is organisation or person, ``own`` what the customer's row says. A candidate has ``organisation``, ``name``,
    ``city`` and ``p``, or ``position``, ``name``, ``title`` and ``p``. A row none of whose persons may be shown stays
    untouched and does not wait.

    Raises as ``matching.match_job``, and ``Conflict`` (care_snapshot_moved).
    """
    row, folder = matching.standing(store, job, "matched", operation="review")
    held, decided = upload(folder), folder.read_table(matching.DECISIONS)
    own = _own(held)
    with matching.matched_register(store, row) as register:
        found = _organisations(store, register, decided, folder, limit=limit)
        left = None if limit is None else limit - len(found)
        people = folder.read_table(matching.PEOPLE)
        found += _persons(store, register, decided, people, cells=matching.cells(held), limit=left)
    with store.write() as tx:
        for item in sorted(found, key=lambda item: (item["row"], item["of"])):
            if item["of"] == PERSON:
                positions = [one["position"] for one in item["candidates"]]
                tx.audit("care.persons_shown", job=job, row=item["row"], positions=positions)
            elif item["candidates"]:
                organisations = [org_id(one["organisation"]) for one in item["candidates"]]
                tx.audit("care.candidates_shown", job=job, row=item["row"], organisations=organisations)
        if not any(item["candidates"] for item in found):
            tx.abandon()
    return [{"row": item["row"], "of": item["of"], "own": own[item["row"]]} | item for item in found]


def _organisations(
    store: Store, register: Register, decided: pa.Table, folder: Folder, *, limit: int | None
) -> list[Row]:
    waiting = decided.filter(pc.and_(pc.equal(decided["state"], "review"), pc.equal(decided["by"], "matcher")))
    waiting = waiting.sort_by([("p", "descending"), ("row", "ascending")]).slice(0, limit)
    best = _candidates(folder.read_table(matching.CANDIDATES), waiting["row"])
    faces = gate.organisation_faces(store, register, sorted({one["rid"] for some in best.values() for one in some}))
    return [
        {
            "row": number,
            "of": ORGANISATION,
            "candidates": [
                {"organisation": business_id(one["rid"]), "p": round(one["p"], 4)} | faces[one["rid"]]
                for one in best.get(number, [])
                if one["rid"] in faces
            ],
        }
        for number in waiting["row"].to_pylist()
    ]


def _persons(
    store: Store, register: Register, decided: pa.Table, people: pa.Table, *, cells: pa.Table, limit: int | None
) -> list[Row]:
    doubtful = pc.and_(pc.equal(decided["state"], "auto"), pc.equal(decided["person_state"], "review"))
    waiting = decided.filter(pc.and_(doubtful, decided["named"]))
    several = waiting.select(["row", "org"]).join(people, ["row", "org"], join_type="inner")
    several = several.sort_by([("row", "ascending"), ("p", "descending"), ("position", "ascending")])
    faces = gate.person_faces(store, register, several.select(["row", "org", "position"]).combine_chunks(), cells)
    shown: dict[int, list[Row]] = {}
    for one in several.to_pylist():
        if (face := faces.get((one["row"], one["position"]))) is not None:
            candidate = {"position": one["position"], "p": round(one["p"], 4)} | face
            shown.setdefault(one["row"], []).append(candidate)
    order = sorted(shown, key=lambda row: (-shown[row][0]["p"], row))
    return [{"row": row, "of": PERSON, "candidates": shown[row]} for row in order[:limit]]


def decide(store: Store, job: str, row_number: int, *, organisation: str) -> Row:
    """Say which of its candidates a row is, or :data:`NOBODY`: ``{"job", "row", "organisation", "by"}``.

    Raises ``InvalidInput`` (care_row_unknown; value_unknown for what is no candidate of the row), and as :func:`queue`.
    """
    work = _Deciding(store, job, row_number)
    allowed = _candidates(work.folder.read_table(matching.CANDIDATES), pa.chunked_array([[row_number]]))
    several = allowed.get(row_number, [])
    names = {business_id(one["rid"]) for one in several}
    _check("organisation", organisation, names)
    work.keep({"organisation": None if organisation == NOBODY else org_id(organisation)})
    learning.note(store, work.job["agreement"], work.key, candidates=several)
    work.record()
    return {"job": job, "row": row_number, "organisation": organisation, "by": store.actor}


def decide_person(store: Store, job: str, row_number: int, *, position: str) -> Row:
    """Say which of its candidates a row's person is, or :data:`NOBODY` of these: ``{"job", "row", "position", "by"}``.

    ``position`` is what :func:`queue` calls it. Raises ``InvalidInput`` (care_row_unknown; value_unknown for one that
    is no candidate, or may not be told of by now, and for a row whose organisation is not taken), and as :func:`queue`.
    """
    work = _Deciding(store, job, row_number)
    people = work.folder.read_table(matching.PEOPLE)
    of_row = pc.and_(
        pc.equal(people["row"], row_number), pc.equal(people["org"], pa.scalar(work.line["org"], pa.int32()))
    )
    asked = people.filter(of_row).select(["row", "org", "position"]).combine_chunks()
    if work.line["state"] != "auto" or not work.line["named"]:
        allowed = "a row whose organisation is taken and that names somebody"
        raise InvalidInput("value_unknown", field="row", value=row_number, allowed=allowed)
    cells = matching.cells(upload(work.folder))
    with matching.matched_register(store, work.job) as register:
        faces = gate.person_faces(store, register, asked, cells)
    _check("position", position, {str(one) for _, one in faces})
    work.keep(
        {"organisation": work.line["org"], "position": None if position == NOBODY else int(position), "of_person": True}
    )
    work.record()
    return {"job": job, "row": row_number, "position": position, "by": store.actor}


class _Deciding:
    """One row of a job that somebody decides about. Raises ``InvalidInput`` (care_row_unknown)."""

    def __init__(self, store: Store, job: str, row_number: int) -> None:
        self.store, self.number = store, row_number
        self.job, self.folder = matching.standing(store, job, "matched", operation="review")
        self._decided = self.folder.read_table(matching.DECISIONS)
        numbers = self._decided["row"].to_pylist()
        if row_number not in numbers:
            raise InvalidInput("care_row_unknown", job=job, row=row_number)
        self._at = numbers.index(row_number)
        self.line: Row = self._decided.slice(self._at, 1).to_pylist()[0]
        self.key = row_keys.keys(store, self.job["agreement"], upload(self.folder))[self._at]
        self._said: Row = {}

    def keep(self, said: Row) -> None:
        """Let a decision hold in this job."""
        self._said = {"position": None, "of_person": False} | said
        before, at = self._decided, self._at
        standing = set() if self._said["position"] is None else {self._said["position"]}
        line = matching.apply(before.slice(at, 1), {self.key: self._said}, keys=[self.key], standing=standing)
        after = pa.concat_tables([before.slice(0, at), line, before.slice(at + 1)])
        self.folder.write_table(matching.DECISIONS, after)

    def record(self) -> None:
        """Write down who decided it."""
        said = self._said
        with self.store.write() as tx:
            care_decisions.record(
                tx, job=self.job["job"], agreement=self.job["agreement"], row=self.number, key=self.key,
                org=said["organisation"], position=said["position"], of_person=said["of_person"],
            )  # fmt: skip


def _check(field: str, said: str, allowed: set[str]) -> None:
    if said != NOBODY and said not in allowed:
        raise InvalidInput("value_unknown", field=field, value=said, allowed=", ".join([*sorted(allowed), NOBODY]))


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
