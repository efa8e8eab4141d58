"""Data care jobs in the ledger: what came in, what was done, what went back, and that it is gone (R045, R050)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.clock import helsinki_day
from core.errors import InvalidTransition, LicenceRefused, NotFound, PermissionRefused
from core.ids import new_id
from ledger import care_instructions, tables
from ledger.engine import Transaction
from schemas import care

Row = dict[str, Any]
OPEN, MATCHED, RETURNED, CLOSED = "open", "matched", "returned", "closed"
DELETE, RETURN = care.AT_END
TRANSITIONS: Mapping[tuple[str, str], str] = {
    (OPEN, "matched"): MATCHED,
    (MATCHED, "matched"): MATCHED,
    (RETURNED, "matched"): MATCHED,
    (MATCHED, "returned"): RETURNED,
    (RETURNED, "returned"): RETURNED,
}
"""(state, event) → new state; whatever is not closed yet can be closed."""
_JOB, _RETURN, _PERSON = tables.care_job, tables.care_return, tables.care_return_person
MEMORY_DAYS = 30
"""Days after its agreement's end for which what was returned is remembered; decisions go on the same day."""
_BATCH = 500


def record(tx: Transaction, values: Mapping[str, Any], *, keep_days: int) -> None:
    """Record an opened job with its columns ``values``; its files are here until ``keep_days`` from today."""
    due = helsinki_day(tx.at) + timedelta(days=keep_days)
    row = {"state": OPEN, "due_on": due, "opened_at": tx.at, "opened_by": tx.actor} | dict(values)
    tx.execute(insert(_JOB), row)
    named = ("job", "agreement", "customer", "file_sha256", "rows", "rejected", "columns")
    tx.audit("care.opened", **{name: row[name] for name in named})


def job(connection: Connection, job_id: str) -> Row:
    """One job; raises ``NotFound`` (job_unknown)."""
    row = connection.execute(select(_JOB).where(_JOB.c.job == job_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("job_unknown", job=job_id)
    return dict(row)


def certificate(connection: Connection, job_id: str) -> Row:
    """The signed certificate of a closed job's deletion; raises ``NotFound`` (job_unknown), ``InvalidTransition``."""
    row = job(connection, job_id)
    if row["certificate"] is None:
        raise InvalidTransition("transition_invalid", kind="job", id=job_id, state=row["state"], event="certified")
    return dict(row["certificate"])


def jobs(connection: Connection, *, agreement: str | None = None, standing: bool = False) -> list[Row]:
    """Jobs, oldest first; ``standing``: those whose files are here."""
    query = select(_JOB).order_by(_JOB.c.opened_at, _JOB.c.job)
    if agreement is not None:
        query = query.where(_JOB.c.agreement == agreement)
    if standing:
        query = query.where(_JOB.c.closed_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


def check(row: Row, event: str, *, today: date) -> str:
    """The state that an event leads to.

    Raises ``InvalidTransition``, and ``LicenceRefused`` (care_due) for all but the closing once the job's time is over.
    """
    closable = CLOSED if row["closed_at"] is None else None
    state = closable if event == "closed" else TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="job", id=row["job"], state=row["state"], event=event)
    if event != "closed" and today > row["due_on"]:
        raise LicenceRefused("care_due", job=row["job"], day=row["due_on"])
    return state


def matched(tx: Transaction, job_id: str, *, snapshot: str, counts: Mapping[str, Any], findings: Sequence[Row]) -> None:
    """Record a match; what looks like harvesting holds the job again, whatever was released before (T19)."""
    row = _locked(tx, job_id)
    values = {
        "state": check(row, "matched", today=helsinki_day(tx.at)), "snapshot": snapshot, "counts": dict(counts),
        "findings": list(findings), "matched_at": tx.at, "released_at": None, "released_by": None,
        "release_approved_by": None, "release_reason": None,
    }  # fmt: skip
    tx.execute(update(_JOB).where(_JOB.c.job == job_id).values(**values))
    tx.audit("care.matched", job=job_id, snapshot=snapshot, findings=[one["finding"] for one in findings])


def release(tx: Transaction, job_id: str, *, approver: str, reason: str) -> None:
    """Let a held job go back after all. Raises ``PermissionRefused`` (care_needs_two), ``InvalidTransition``."""
    row = _locked(tx, job_id)
    if not held(row):
        raise InvalidTransition("transition_invalid", kind="job", id=job_id, state="not held", event="released")
    if not reason.strip() or not approver.strip() or approver == tx.actor:
        raise PermissionRefused("care_needs_two", job=job_id)
    values = {"released_at": tx.at, "released_by": tx.actor, "release_approved_by": approver, "release_reason": reason}
    tx.execute(update(_JOB).where(_JOB.c.job == job_id).values(**values))
    tx.audit("care.released", job=job_id, approver=approver)


def held(row: Row) -> bool:
    """Whether something found stands in the way of a return."""
    return bool(row["findings"]) and row["released_at"] is None


def returned(tx: Transaction, job_id: str, facts: Mapping[str, Any], *, persons: Iterable[int], keep_days: int) -> str:
    """Record files that go back: ``facts`` are the columns of ``care_return``; returns its id. The days until the job
    must be closed run anew from here (R050)."""
    row = _locked(tx, job_id)
    state = check(row, "returned", today=helsinki_day(tx.at))
    if held(row):
        raise LicenceRefused("care_held", job=job_id, findings=", ".join(one["finding"] for one in row["findings"]))
    concerned, identifier = sorted(set(persons)), new_id("return")
    made = {"return": identifier, "job": job_id, "returned_at": tx.at, "returned_by": tx.actor, "own": False}
    tx.execute(insert(_RETURN), made | dict(facts) | {"persons": len(concerned)})
    rows = [{"return": identifier, "person": person} for person in concerned]
    for start in range(0, len(rows), _BATCH):
        tx.execute(insert(_PERSON), rows[start : start + _BATCH])
    due = helsinki_day(tx.at) + timedelta(days=keep_days)
    tx.execute(update(_JOB).where(_JOB.c.job == job_id).values(state=state, returned_at=tx.at, due_on=due))
    tx.audit("care.returned", job=job_id, **{"return": identifier}, rows=facts["rows"], persons=len(concerned))
    return identifier


def handed_back(tx: Transaction, job_id: str, *, fence: int, files: Sequence[Mapping[str, Any]]) -> str:
    """Record that a job's upload went back as it came; returns the return's id. Neither a hold nor the job's last day
    stands in the way of what holds nothing of the register. Raises ``InvalidTransition``."""
    row = _locked(tx, job_id)
    check(row, "closed", today=helsinki_day(tx.at))
    made = {
        "return": new_id("return"), "job": job_id, "returned_at": tx.at, "returned_by": tx.actor, "own": True,
        "fence": fence, "rows": _accepted(row), "changed": 0, "persons": 0, "fields": {}, "files": list(files),
    }  # fmt: skip
    tx.execute(insert(_RETURN), made)
    tx.audit("care.handed_back", job=job_id, **{"return": made["return"]}, rows=made["rows"])
    return str(made["return"])


def went_back(connection: Connection, row: Row) -> Row | None:
    """The last return in which every accepted row of a job went back, corrected or as it came."""
    whole = [one for one in returns(connection, row["job"]) if one["rows"] == _accepted(row)]
    return whole[-1] if whole else None


def at_end(connection: Connection, agreement: str) -> str:
    """What the customer last instructed for the end, whatever the job was begun under: the choice is the controller's
    until the end (Art. 28(3)(g))."""
    row = care_instructions.latest(connection, agreement)
    return DELETE if row is None else str(row["terms"]["at_end"])


def owing(connection: Connection) -> set[str]:
    """Standing jobs that may not be deleted yet: their rows go back first, and have not all gone back."""
    return {
        row["job"]
        for row in jobs(connection, standing=True)
        if at_end(connection, row["agreement"]) == RETURN and _accepted(row) and went_back(connection, row) is None
    }


def _accepted(row: Row) -> int:
    return int(row["rows"] - row["rejected"])


def closed(tx: Transaction, job_id: str, *, certificate: Mapping[str, Any]) -> None:
    """Record that the files of a job are gone. Raises ``InvalidTransition``."""
    row = _locked(tx, job_id)
    state = check(row, "closed", today=helsinki_day(tx.at))
    values = {"state": state, "closed_at": tx.at, "closed_by": tx.actor, "certificate": dict(certificate)}
    tx.execute(update(_JOB).where(_JOB.c.job == job_id).values(**values))
    tx.audit("care.closed", job=job_id, files=len(certificate["files"]))


def instructed(connection: Connection, agreement: str, number: int) -> Row:
    """The terms of the instruction that a job is done under."""
    table = tables.care_instruction
    query = select(table.c.terms).where(table.c.agreement == agreement, table.c.number == number)
    terms: Row = connection.execute(query).scalar_one()
    return terms


def returns(connection: Connection, job_id: str) -> list[Row]:
    """What went back of a job, oldest first."""
    query = select(_RETURN).where(_RETURN.c.job == job_id).order_by(_RETURN.c.returned_at, _RETURN.c["return"])
    return [dict(row) for row in connection.execute(query).mappings()]


def persons_since(connection: Connection, customers: Iterable[str], *, since: datetime) -> set[int]:
    """The persons of whom values went to these customers since an instant (T19)."""
    query = (
        select(_PERSON.c.person)
        .join(_RETURN, _RETURN.c["return"] == _PERSON.c["return"])
        .join(_JOB, _JOB.c.job == _RETURN.c.job)
        .where(_JOB.c.customer.in_(sorted(customers)), _RETURN.c.returned_at >= since)
        .distinct()
    )
    return set(connection.execute(query).scalars())


def of_persons(connection: Connection, persons: Sequence[int]) -> list[Row]:
    """Returns in which a value of these persons went out, oldest first: ``{"return", "job", "customer", "name",
    "business_id", "at", "fields"}`` (R057, C-154/21)."""
    customer = tables.customer.c
    query = (
        select(
            _RETURN.c["return"], _RETURN.c.job, _JOB.c.customer, customer.name, customer.business_id,
            _RETURN.c.returned_at.label("at"), _RETURN.c.fields,
        )
        .join(_JOB, _JOB.c.job == _RETURN.c.job)
        .join(tables.customer, customer.customer == _JOB.c.customer)
        .where(_RETURN.c["return"].in_(select(_PERSON.c["return"]).where(_PERSON.c.person.in_(list(persons)))))
        .order_by(_RETURN.c.returned_at, _RETURN.c["return"])
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def over(connection: Connection, *, today: date) -> list[Row]:
    """Standing jobs whose last day has gone by: ``{"name", "since"}``."""
    query = select(_JOB.c.job.label("name"), _JOB.c.due_on.label("since")).where(
        _JOB.c.closed_at.is_(None), _JOB.c.due_on < today
    )
    return [dict(row) for row in connection.execute(query.order_by(_JOB.c.due_on, _JOB.c.job)).mappings()]


def remembered(connection: Connection) -> set[str]:
    """Agreements under which returns may be remembered."""
    return set(connection.execute(select(_JOB.c.agreement).distinct()).scalars())


def ended(connection: Connection, *, today: date) -> list[Row]:
    """Agreements with jobs that ended longer ago than their memory is kept: ``{"name", "since"}``."""
    agreement = tables.agreement.c
    query = (
        select(agreement.agreement.label("name"), agreement.ends_on.label("since"))
        .where(agreement.ends_on < today - timedelta(days=MEMORY_DAYS))
        .where(agreement.agreement.in_(select(_JOB.c.agreement)))
        .order_by(agreement.ends_on, agreement.agreement)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def open_count(connection: Connection, agreement: str) -> int:
    """How many jobs of an agreement still have files."""
    query = select(func.count()).where(_JOB.c.agreement == agreement, _JOB.c.closed_at.is_(None))
    return int(connection.execute(query).scalar_one())


def _locked(tx: Transaction, job_id: str) -> Row:
    row = tx.one(select(_JOB).where(_JOB.c.job == job_id).with_for_update())
    if row is None:
        raise NotFound("job_unknown", job=job_id)
    return dict(row)
