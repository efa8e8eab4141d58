"""Orders: what was asked for which campaign, what was stated, who approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidTransition, NotFound, PermissionRefused
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("awaiting approval", "approved"): "approved",
    ("awaiting approval", "rejected"): "rejected",
    ("approved", "rejected"): "rejected",
    ("approved", "cut"): "cut",
}
"""(state, event) → new state. An order within the caps is placed as ``approved``."""


def order(connection: Connection, order: str) -> Row:
    """One order; raises ``NotFound``."""
    row = connection.execute(select(tables.order).where(tables.order.c.order == order)).mappings().one_or_none()
    if row is None:
        raise NotFound("order_unknown", order=order)
    return dict(row)


def orders(connection: Connection, *, campaign: str | None = None) -> list[Row]:
    """Orders, newest first."""
    query = select(tables.order).order_by(tables.order.c.placed_at.desc(), tables.order.c.order)
    if campaign is not None:
        query = query.where(tables.order.c.campaign == campaign)
    return [dict(row) for row in connection.execute(query).mappings()]


def place(
    tx: Transaction,
    *,
    campaign: str,
    criteria: Mapping[str, Any],
    fields: Sequence[str],
    formats: Sequence[str],
    state: str,
    statement: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]],
    snapshot: str,
    reason: str | None,
) -> str:
    """Record an order with its count statement and what the rules of the narrowest selection found (R029)."""
    identifier = new_id("order")
    tx.execute(
        insert(tables.order),
        {
            "order": identifier,
            "campaign": campaign,
            "criteria": dict(criteria),
            "fields": list(fields),
            "formats": list(formats),
            "state": state,
            "statement": dict(statement),
            "findings": [dict(finding) for finding in findings],
            "snapshot": snapshot,
            "placed_by": tx.actor,
            "placed_at": tx.at,
            "reason": reason,
        },
    )
    tx.audit(
        "order.placed",
        order=identifier,
        campaign=campaign,
        state=state,
        to_deliver=statement["to_deliver"],
        findings=[finding["code"] for finding in findings],
    )
    return identifier


def decide(tx: Transaction, order_id: str, *, event: str, by: str | None = None, reason: str | None = None) -> str:
    """Move an order along ``TRANSITIONS``; returns the new state.

    Raises ``InvalidTransition``, and ``PermissionRefused`` when who placed an order would approve it (R029).
    """
    row = tx.one(select(tables.order).where(tables.order.c.order == order_id).with_for_update())
    if row is None:
        raise NotFound("order_unknown", order=order_id)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="order", id=order_id, state=row["state"], event=event)
    if event == "approved" and (by or tx.actor) == row["placed_by"]:
        raise PermissionRefused("two_persons_needed", order=order_id)
    values: dict[str, Any] = {"state": state}
    if event != "cut":
        values |= {"decided_by": by or tx.actor, "decided_at": tx.at} | ({"reason": reason} if reason else {})
    tx.execute(update(tables.order).where(tables.order.c.order == order_id).values(**values))
    tx.audit(f"order.{event}", order=order_id, state=state)
    return state
