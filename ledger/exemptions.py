"""Exemptions from telling a person (Art. 14(5)): reasoned, proposed by one, approved by another, with a review day.

None is automatic, and cost alone is no reason (R096). A person under an exemption counts as told from its approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from dateutil.relativedelta import relativedelta
from sqlalchemy import Connection, Select, and_, insert, or_, select, update

from core.errors import InvalidInput, InvalidTransition, NotFound, PermissionRefused
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
GROUNDS = ("14(5)(a)", "14(5)(b)", "14(5)(c)", "14(5)(d)")
"""The person has the information; impossible or disproportionate; laid down by law; professional secrecy."""
REVIEW_MONTHS = 12
_LEAST_REASON = 40
"""Characters; a word or two is not a reason."""


def propose(tx: Transaction, *, ground: str, reason: str, persons: Sequence[int], review_on: date, today: date) -> str:
    """Record why these persons need not be told; it has no effect until somebody else approves it. Returns its id.

    Raises ``InvalidInput``: value_unknown (ground), value_missing (persons), exemption_reason_short,
    exemption_review_late.
    """
    if ground not in GROUNDS:
        raise InvalidInput("value_unknown", field="ground", value=ground, allowed=", ".join(GROUNDS))
    if len(reason.strip()) < _LEAST_REASON:
        raise InvalidInput("exemption_reason_short", least=_LEAST_REASON)
    listed = sorted({int(person) for person in persons})
    if not listed:
        raise InvalidInput("value_missing", field="persons")
    if not today < review_on <= today + relativedelta(months=REVIEW_MONTHS):
        raise InvalidInput("exemption_review_late", months=REVIEW_MONTHS)
    exemption = new_id("exemption")
    facts = {"exemption": exemption, "ground": ground, "persons": len(listed), "review_on": review_on}
    row = facts | {"reason": reason.strip(), "proposed_at": tx.at, "proposed_by": tx.actor}
    tx.execute(insert(tables.notice_exemption), row)
    tx.execute(insert(tables.notice_exempted), [{"exemption": exemption, "person": person} for person in listed])
    tx.audit("exemption.proposed", **facts)
    return exemption


def approve(tx: Transaction, exemption: str, *, approver: str, today: date) -> None:
    """Let an exemption take effect. Raises ``PermissionRefused`` (exemption_needs_two), ``InvalidTransition``."""
    row = _locked(tx, exemption)
    if row["approved_on"] is not None or row["ended_on"] is not None:
        raise _wrong_state(row, "approved")
    if not approver.strip() or approver.strip() == row["proposed_by"]:
        raise PermissionRefused("exemption_needs_two", exemption=exemption)
    _set(tx, exemption, {"approved_on": today, "approved_by": approver.strip()})
    tx.audit("exemption.approved", exemption=exemption, approver=approver.strip())


def end(tx: Transaction, exemption: str, *, today: date) -> None:
    """Take an exemption back; whoever it covered is untold again at once. Raises ``InvalidTransition``."""
    row = _locked(tx, exemption)
    if row["ended_on"] is not None:
        raise _wrong_state(row, "ended")
    _set(tx, exemption, {"ended_on": today})
    tx.audit("exemption.ended", exemption=exemption)


def exemptions(connection: Connection, *, today: date) -> list[Row]:
    """All exemptions, the newest first, with their ``state``: proposed, in force, lapsed (past its review), ended."""
    table = tables.notice_exemption
    rows = connection.execute(select(table).order_by(table.c.proposed_at.desc(), table.c.exemption)).mappings()
    return [dict(row) | {"state": state(row, today=today)} for row in rows]


def state(row: Any, *, today: date) -> str:
    """proposed, in force, lapsed or ended; pure."""
    if row["ended_on"] is not None:
        return "ended"
    if row["approved_on"] is None:
        return "proposed"
    return "in force" if today <= row["review_on"] else "lapsed"


def in_force(connection: Connection, *, today: date) -> pa.Table:
    """``person, told_on`` of the exemptions that hold today: the day of approval counts as the day of notice."""
    table = tables.notice_exemption.c
    return _covered(connection, _exempted().where(table.ended_on.is_(None), table.review_on >= today))


def lapsed(connection: Connection, *, today: date) -> pa.Table:
    """``person, told_on`` of the exemptions that held once and hold no longer."""
    table = tables.notice_exemption.c
    return _covered(connection, _exempted().where(or_(table.ended_on.is_not(None), table.review_on < today)))


def _exempted() -> Select[Any]:
    table, covered = tables.notice_exemption, tables.notice_exempted
    return (
        select(covered.c.person, table.c.approved_on)
        .join(table, table.c.exemption == covered.c.exemption)
        .where(and_(table.c.approved_on.is_not(None)))
    )


def _covered(connection: Connection, query: Select[Any]) -> pa.Table:
    rows = connection.execute(query).all()
    return pa.table(
        {
            "person": pa.array([row[0] for row in rows], pa.int32()),
            "told_on": pa.array([row[1] for row in rows], pa.date32()),
        }
    )


def _locked(tx: Transaction, exemption: str) -> Row:
    table = tables.notice_exemption
    row = tx.one(select(table).where(table.c.exemption == exemption).with_for_update())
    if row is None:
        raise NotFound("exemption_unknown", exemption=exemption)
    return dict(row)


def _set(tx: Transaction, exemption: str, values: Row) -> None:
    table = tables.notice_exemption
    tx.execute(update(table).where(table.c.exemption == exemption).values(values))


def _wrong_state(row: Row, event: str) -> InvalidTransition:
    known = "ended" if row["ended_on"] is not None else "approved"
    return InvalidTransition("transition_invalid", kind="exemption", id=row["exemption"], state=known, event=event)
