"""Balancing tests and impact assessments on file: dated, owned, with a review day; the newest of a purpose counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import Connection, func, insert, select

from core.errors import InvalidInput, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction
from schemas import codes
from schemas.assessments import DPIA, KINDS, REVIEW_MONTHS, shipped_texts

Row = dict[str, Any]


def file(
    tx: Transaction,
    *,
    kind: str,
    purpose: str | None,
    owner: str,
    made_on: date,
    review_on: date,
    text: str,
    today: date,
    shipped: bool = False,
) -> str:
    """File an assessment; it replaces the one before it for the same purpose, which stays on record. Returns its id.

    Raises ``InvalidInput``: value_unknown (kind, purpose), value_missing (owner, text, a lia's purpose), date_future,
    dates_reversed, and assessment_review_late when the review is later than twelve months after ``made_on`` (R099).
    """
    if kind not in KINDS:
        raise InvalidInput("value_unknown", field="kind", value=kind, allowed=", ".join(KINDS))
    if kind == "lia" and purpose is None:
        raise InvalidInput("value_missing", field="purpose")
    if (kind == "lia") != (purpose is not None) or (purpose is not None and purpose not in codes.PURPOSES):
        allowed = ", ".join(codes.PURPOSES) if kind == "lia" else "none: it covers all purposes"
        raise InvalidInput("value_unknown", field="purpose", value=purpose, allowed=allowed)
    for field, value in (("owner", owner), ("text", text)):
        if not value.strip():
            raise InvalidInput("value_missing", field=field)
    if made_on > today:
        raise InvalidInput("date_future", field="made")
    if review_on < made_on:
        raise InvalidInput("dates_reversed", since=made_on, until=review_on)
    if review_on > made_on + relativedelta(months=REVIEW_MONTHS):
        raise InvalidInput("assessment_review_late", months=REVIEW_MONTHS, made=made_on)
    assessment = new_id("assessment")
    digest = hashlib.sha256(text.encode()).hexdigest()
    tx.execute(
        insert(tables.assessment),
        {
            "assessment": assessment, "number": _next(tx.connection), "kind": kind, "purpose": purpose,
            "owner": owner.strip(), "made_on": made_on, "review_on": review_on, "text": text, "sha256": digest,
            "shipped": shipped, "filed_at": tx.at, "filed_by": tx.actor,
        },
    )  # fmt: skip
    tx.audit("assessment.filed", assessment=assessment, kind=kind, purpose=purpose, sha256=digest, shipped=shipped)
    return assessment


def file_shipped(tx: Transaction, *, today: date, wait_days: int) -> list[str]:
    """File the product's own texts for the dpia and every purpose that has none yet; the actor owns them (R099)."""
    standing = current(tx.connection)
    return [
        file(
            tx, kind="dpia" if key == DPIA else "lia", purpose=None if key == DPIA else key, owner=tx.actor,
            made_on=today, review_on=today + relativedelta(months=REVIEW_MONTHS), text=text, today=today, shipped=True,
        )
        for key, text in shipped_texts(wait_days=wait_days).items()
        if key not in standing
    ]  # fmt: skip


def _next(connection: Connection) -> int:
    return (connection.execute(select(func.max(tables.assessment.c.number))).scalar_one() or 0) + 1


def assessments(connection: Connection) -> list[Row]:
    """Every assessment ever filed, the newest first, with its ``key``: the purpose, or ``dpia``; without its text."""
    table = tables.assessment
    columns = [column for column in table.c if column.name != "text"]
    query = select(*columns).order_by(table.c.number.desc())
    return [dict(row) | {"key": row["purpose"] or DPIA} for row in connection.execute(query).mappings()]


def current(connection: Connection) -> Mapping[str, Row]:
    """The newest assessment of every purpose, and of ``dpia``."""
    newest: dict[str, Row] = {}
    for row in assessments(connection):
        newest.setdefault(row["key"], row)
    return newest


def reviews(connection: Connection) -> dict[str, date]:
    """Purpose, and ``dpia``, to the review day of its newest assessment: what the gate decides by."""
    return {key: row["review_on"] for key, row in current(connection).items()}


def show(connection: Connection, assessment: str) -> Row:
    """One assessment with its text; raises ``NotFound`` (assessment_unknown)."""
    query = select(tables.assessment).where(tables.assessment.c.assessment == assessment)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("assessment_unknown", assessment=assessment)
    return dict(row)
