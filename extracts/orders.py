"""Placing and deciding orders: the statement is frozen, fields and formats checked, caps guarded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.errors import InvalidInput, LicenceRefused, Refused
from extracts.narrow import held
from extracts.narrow.review import review
from extracts.selection import check_acknowledged, commission, licensed_fields, selector
from ledger import orders
from ledger.store import Store
from register.query import open_register, select
from schemas import codes
from schemas.criteria import Criteria


def place(
    store: Store,
    campaign: str,
    criteria: Criteria,
    *,
    fields: Sequence[str] = (),
    formats: Sequence[str] = ("csv",),
    reason: str | None = None,
) -> dict[str, Any]:
    """Place an order: ``approved`` within the caps, else ``awaiting approval`` (R029).

    ``fields`` narrows what the campaign's channels license and can never widen it.
    """
    for name in formats:
        if name not in codes.FORMATS:
            raise InvalidInput("value_unknown", field="formats", value=name, allowed=", ".join(codes.FORMATS))
    with open_register(store, holder="order") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            check_acknowledged(store, connection, work.customer["customer"])
            chosen = selector(store, connection, work, criteria)
        statement = select(register, chosen)
        if statement.to_deliver == 0:
            raise Refused("order_selects_nobody", selected=statement.selected)
        found = review(store, register, statement)
        findings = [finding.document() for finding in found]
        state = "awaiting approval" if held(found) else "approved"
        with store.write() as tx:
            order = orders.place(
                tx,
                campaign=campaign,
                criteria=criteria.document(),
                fields=_fields(fields, work.campaign["channels"]),
                formats=list(dict.fromkeys(formats)),
                state=state,
                statement=statement.document(),
                findings=findings,
                snapshot=register.snapshot,
                reason=reason,
            )
    return {"order": order, "state": state, "statement": statement.document(), "findings": findings}


def _fields(asked: Sequence[str], channels: Sequence[str]) -> list[str]:
    licensed = licensed_fields(channels)
    for name in asked:
        if name not in codes.EXTRACT_FIELDS:
            raise InvalidInput("value_unknown", field="fields", value=name, allowed=", ".join(codes.EXTRACT_FIELDS))
        if name not in licensed:
            raise LicenceRefused("field_not_licensed", field=name, channels=", ".join(channels))
    return [name for name in licensed if not asked or name in asked or name in ("row", "ban_url")]


def decide(store: Store, order: str, *, event: str, by: str | None = None, reason: str | None = None) -> dict[str, Any]:
    """Approve or reject an order that waits; the approver is another person than the one who placed it."""
    with store.write() as tx:
        return {"order": order, "state": orders.decide(tx, order, event=event, by=by, reason=reason)}
