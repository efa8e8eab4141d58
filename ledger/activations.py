"""Activations in the ledger: what customers reported, what counts of it, and what waits for two persons (R034).

A reported row gives the right to keep the record when its report needs no review, or two persons released it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select, tuple_, update

from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
OPEN, RELEASED, REJECTED = "open", "released", "rejected"
TRANSITIONS: Mapping[tuple[str | None, str], str] = {(OPEN, RELEASED): RELEASED, (OPEN, REJECTED): REJECTED}
"""(review, event) → review. A report without a review stays without one."""
_BATCH = 500

_REPORT, _ACTIVATION = tables.activation_report, tables.activation


def record(tx: Transaction, report: Row, rows: Sequence[Row]) -> str:
    """Record a report (the table's columns but id, time and actor) with its accepted rows; returns its id."""
    identifier = new_id("report")
    values = {"report": identifier, "received_at": tx.at, "recorded_by": tx.actor}
    tx.execute(insert(_REPORT), report | values)
    own = {"report": identifier, "extract": report["extract"]}
    made = [row | own | {"activation": new_id("activation")} for row in rows]
    for start in range(0, len(made), _BATCH):
        tx.execute(insert(_ACTIVATION), made[start : start + _BATCH])
    tx.audit(
        "activation.reported",
        report=identifier,
        **{name: report[name] for name in ("extract", "customer", "read", "accepted", "refused", "duplicates")},
        verdict=report["verdict"],
        review=report["review"],
    )
    return identifier


def report(connection: Connection, report: str) -> Row:
    """One report; raises ``NotFound`` (report_unknown)."""
    row = connection.execute(select(_REPORT).where(_REPORT.c.report == report)).mappings().one_or_none()
    if row is None:
        raise NotFound("report_unknown", report=report)
    return dict(row)


def reports(
    connection: Connection,
    *,
    extract: str | None = None,
    customers: Sequence[str] | None = None,
    review: str | None = None,
) -> list[Row]:
    """Reports, oldest first."""
    query = select(_REPORT).order_by(_REPORT.c.received_at, _REPORT.c.report)
    if extract is not None:
        query = query.where(_REPORT.c.extract == extract)
    if customers is not None:
        query = query.where(_REPORT.c.customer.in_(list(customers)))
    if review is not None:
        query = query.where(_REPORT.c.review == review)
    return [dict(row) for row in connection.execute(query).mappings()]


def rows(connection: Connection, report: str) -> list[Row]:
    """The accepted rows of a report, by number."""
    query = select(_ACTIVATION).where(_ACTIVATION.c.report == report).order_by(_ACTIVATION.c.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def _counting() -> Select[Any]:
    return select(_ACTIVATION).join(_REPORT, _REPORT.c.report == _ACTIVATION.c.report)


def reported(connection: Connection, extract: str) -> dict[int, str | None]:
    """Row numbers of an extract that were reported and not rejected, with their seed (null: a person)."""
    query = _counting().where(
        _ACTIVATION.c.extract == extract, or_(_REPORT.c.review.is_(None), _REPORT.c.review != REJECTED)
    )
    return {row.number: row.seed for row in connection.execute(query)}


def activated(connection: Connection, extract: str) -> list[Row]:
    """The rows of an extract that its recipient may keep, by number, control records among them: to the recipient they
    look like any other. With ``received_at`` of their report."""
    query = (
        select(_ACTIVATION, _REPORT.c.received_at)
        .join(_REPORT, _REPORT.c.report == _ACTIVATION.c.report)
        .where(_ACTIVATION.c.extract == extract, or_(_REPORT.c.review.is_(None), _REPORT.c.review == RELEASED))
        .order_by(_ACTIVATION.c.number)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def of_rows(connection: Connection, places: Iterable[tuple[str, int]]) -> list[Row]:
    """What recipients reported of these (extract, row number) and nobody rejected: ``extract, number, act, acted_on,
    evidence`` and ``counts``, whether the recipient may keep the record by now; by day."""
    wanted = sorted(set(places))
    columns = [_ACTIVATION.c[name] for name in ("extract", "number", "act", "acted_on", "evidence")]
    query = (
        select(*columns, _REPORT.c.review)
        .join(_REPORT, _REPORT.c.report == _ACTIVATION.c.report)
        .where(or_(_REPORT.c.review.is_(None), _REPORT.c.review != REJECTED))
    )
    found: list[Row] = []
    for start in range(0, len(wanted), _BATCH):
        named = tuple_(_ACTIVATION.c.extract, _ACTIVATION.c.number).in_(wanted[start : start + _BATCH])
        found += [dict(row) for row in connection.execute(query.where(named)).mappings()]
    made = [{name: row[name] for name in row if name != "review"} | {"counts": row["review"] != OPEN} for row in found]
    return sorted(made, key=lambda row: (row["acted_on"], row["extract"], row["number"]))


def persons(connection: Connection, customer: str) -> set[bytes]:
    """Tokens of everybody whose record the customer may keep, from whichever of its extracts."""
    query = (
        select(_ACTIVATION.c.person_token)
        .join(_REPORT, _REPORT.c.report == _ACTIVATION.c.report)
        .where(
            _REPORT.c.customer == customer,
            _ACTIVATION.c.person_token.is_not(None),
            or_(_REPORT.c.review.is_(None), _REPORT.c.review == RELEASED),
        )
    )
    return {bytes(token) for token in connection.execute(query).scalars()}


def decide(tx: Transaction, report_id: str, *, event: str, grounds: str, approver: str | None) -> Row:
    """Close a review; returns the report as it now is. Raises ``NotFound``, ``InvalidTransition``."""
    row = tx.one(select(_REPORT).where(_REPORT.c.report == report_id).with_for_update())
    if row is None:
        raise NotFound("report_unknown", report=report_id)
    review = TRANSITIONS.get((row["review"], event))
    if review is None:
        state = row["review"] or "not in review"
        raise InvalidTransition("transition_invalid", kind="report", id=report_id, state=state, event=event)
    values = {
        "review": review, "decided_at": tx.at, "decided_by": tx.actor, "approved_by": approver, "grounds": grounds,
    }  # fmt: skip
    tx.execute(update(_REPORT).where(_REPORT.c.report == report_id).values(**values))
    tx.audit(f"activation.{event}", report=report_id, extract=row["extract"], approver=approver)
    return dict(row) | values
