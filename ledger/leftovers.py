"""Left-over checks in the ledger: what a recipient was found still to hold, and whether it answers for it (R035)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from core.clock import helsinki_day
from core.errors import InvalidTransition, NotFound
from core.ids import new_id
from ledger import cuts, tables
from ledger.engine import Transaction

Row = dict[str, Any]
_CHECK = tables.leftover_check


def record(tx: Transaction, values: Row) -> str:
    """Record a check (the table's columns but id, time and actor); returns its id."""
    identifier = new_id("check")
    cuts.lock(tx, values["extract"])
    last = tx.execute(select(func.max(_CHECK.c.number)).where(_CHECK.c.extract == values["extract"])).scalar_one()
    made = {"check": identifier, "number": (last or 0) + 1, "checked_at": tx.at, "checked_by": tx.actor}
    tx.execute(insert(_CHECK), values | made)
    counts = {name: values[name] for name in ("extract", "customer", "records", "matched", "stay")}
    tx.audit("leftover.checked", check=identifier, **counts, must_go=len(values["rows"]))
    return identifier


def check(connection: Connection, check: str) -> Row:
    """One check; raises ``NotFound`` (check_unknown)."""
    row = connection.execute(select(_CHECK).where(_CHECK.c.check == check)).mappings().one_or_none()
    if row is None:
        raise NotFound("check_unknown", check=check)
    return dict(row)


def checks(connection: Connection, *, extract: str | None = None, customers: Sequence[str] | None = None) -> list[Row]:
    """Checks, oldest first."""
    query = select(_CHECK).order_by(_CHECK.c.checked_at, _CHECK.c.extract, _CHECK.c.number)
    if extract is not None:
        query = query.where(_CHECK.c.extract == extract)
    if customers is not None:
        query = query.where(_CHECK.c.customer.in_(list(customers)))
    return [dict(row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, *, customers: Sequence[str]) -> list[Row]:
    """The checks that found rows and are the last word on their extract, and that nobody answers for."""
    rows = sorted(checks(connection, customers=customers), key=lambda row: int(row["number"]))
    last: dict[str, Row] = {row["extract"]: row for row in rows}
    return [row for row in last.values() if row["rows"] and row["attested_at"] is None]


def attest(tx: Transaction, check_id: str, *, by: str, on: date, grounds: str) -> None:
    """Record that the recipient answers for what was found. Raises ``NotFound``, and ``InvalidTransition`` for a check
    that found nothing or is answered for."""
    row = tx.one(select(_CHECK).where(_CHECK.c.check == check_id).with_for_update())
    if row is None:
        raise NotFound("check_unknown", check=check_id)
    if not row["rows"] or row["attested_at"] is not None:
        state = "attested" if row["attested_at"] is not None else "clean"
        raise InvalidTransition("transition_invalid", kind="check", id=check_id, state=state, event="attested")
    values = {
        "attested_by": by, "attested_on": on, "attested_at": tx.at, "attested_recorded_by": tx.actor,
        "grounds": grounds,
    }  # fmt: skip
    tx.execute(update(_CHECK).where(_CHECK.c.check == check_id).values(**values))
    tx.audit("leftover.attested", check=check_id, extract=row["extract"], on=on)


@dataclass(frozen=True)
class Live:
    """An extract whose rows its recipient may hold at present, and until when (None: they are its own)."""

    extract: str
    row: Row
    until: datetime | None


def live(connection: Connection, customer: str, *, now: datetime) -> list[Live]:
    """The customer's extracts whose campaign runs, that were handed over and not disposed of since; and what it holds
    for continuous use, which is its own (R041)."""
    extract, campaign, agreement = tables.extract, tables.campaign, tables.agreement
    word = tables.disposal_statement.c
    got = select(func.count()).where(tables.delivery.c.extract == extract.c.extract).correlate(extract)
    runs = and_(campaign.c.ends_at > now, campaign.c.closed_at.is_(None), word.extract.is_(None))
    query = (
        select(extract, campaign.c.ends_at, agreement.c.mode)
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .outerjoin(tables.disposal_statement, word.extract == extract.c.extract)
        .where(
            extract.c.customer == customer,
            extract.c.state == "released",
            got.scalar_subquery() > 0,
            or_(runs, agreement.c.mode == "continuous"),
        )
        .order_by(extract.c.released_at, extract.c.extract)
    )
    found = []
    for row in connection.execute(query).mappings():
        values = {column.name: row[column.name] for column in extract.columns}
        found.append(Live(values["extract"], values, None if row["mode"] == "continuous" else row["ends_at"]))
    return found


def ended(connection: Connection, customer: str, *, now: datetime) -> list[Row]:
    """The customer's extracts that were handed over for campaigns that are over, and whose rows can still be told:
    ``{"extract", "campaign": its name, "ended_on", "row"}``, the one that ended first at the top."""
    extract, campaign, agreement = tables.extract, tables.campaign, tables.agreement
    got = select(func.count()).where(tables.delivery.c.extract == extract.c.extract).correlate(extract)
    query = (
        select(extract, campaign.c.name.label("campaign_name"), campaign.c.ends_at, campaign.c.closed_at)
        .join(campaign, campaign.c.campaign == extract.c.campaign)
        .join(agreement, agreement.c.agreement == campaign.c.agreement)
        .where(
            extract.c.customer == customer,
            extract.c.unlinked_at.is_(None),
            got.scalar_subquery() > 0,
            or_(campaign.c.ends_at <= now, campaign.c.closed_at.is_not(None)),
            agreement.c.mode != "continuous",
        )
        .order_by(campaign.c.ends_at, extract.c.extract)
    )
    found = []
    for row in connection.execute(query).mappings():
        over = row["ends_at"] if row["closed_at"] is None else min(row["ends_at"], row["closed_at"])
        values = {column.name: row[column.name] for column in extract.columns}
        day = helsinki_day(over - timedelta(microseconds=1))
        found.append({"extract": values["extract"], "campaign": row["campaign_name"], "ended_on": day, "row": values})
    return found
