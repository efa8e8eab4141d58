"""Continuous use as it is agreed: opening, looking at and ending a subscription (R041-R043).

It begins with an agreement of its own and is judged as any order is; nothing turns a campaign's extract into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from core.clock import helsinki_day
from core.errors import CriteriaError, InvalidInput, LicenceRefused, Refused
from extracts.gate.continuous import ACKNOWLEDGE_WITHIN, Use
from extracts.narrow import held
from extracts.narrow.review import Asked, Review, review
from extracts.orders import check_formats, fields_of
from extracts.selection import Commission, selector
from ledger import controllers, customers, heartbeat, obtained, orders, subscriptions, trusted_time
from ledger.engine import Connection
from ledger.store import Store
from register.query import Register, Selector, Statement, open_register, select, standing, withheld_share
from schemas import codes
from schemas.criteria import Criteria, Exclusions, parse_criteria

Row = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a recipient is to be kept up to date with."""

    agreement: str
    criteria: Criteria
    subject: Sequence[str]
    purpose: str
    channels: Sequence[str]
    name: str
    fields: Sequence[str] = ()
    formats: Sequence[str] = ("csv",)
    reason: str | None = None
    """Why it may exceed the caps (R029)."""
    marks_off: Sequence[str] = codes.MARKS_OFF
    """Layers and channels of marks it is without (R037)."""


def open_subscription(store: Store, wish: Wish, *, role: str = "sales") -> Row:
    """Open a subscription: ``{"subscription", "order", "state", "statement", "findings", "narrowness"}``.

    Its standing order is ``approved``, or waits for a second person as any order over the caps does (R029). Nothing is
    delivered yet. Raises ``InvalidInput``, ``CriteriaError`` (criteria_not_standing), ``LicenceRefused``
    (agreement_mode, agreement_not_in_force, outside_eea, subject_outside, field_not_licensed, channel_fax), ``Refused``
    (order_selects_nobody).
    """
    check_standing(wish.criteria)
    check_formats(wish.formats)
    fields = fields_of(wish.fields, wish.channels)
    with open_register(store, holder="subscription") as register, store.write() as tx:
        heartbeat.check_fresh(tx.connection, store.settings, now=store.now())
        identifier = customers.open_continuous(
            tx,
            agreement_id=wish.agreement,
            name=wish.name,
            subject=wish.subject,
            purpose=wish.purpose,
            channels=wish.channels,
            marks_off=wish.marks_off,
        )
        campaign = customers.campaign(tx.connection, identifier)
        terms = customers.agreement(tx.connection, wish.agreement)
        work = Commission(campaign, terms, customers.customer(tx.connection, campaign["customer"]))
        chosen = selector(store, tx.connection, work, wish.criteria)
        withheld = withheld_share(select(register, chosen).pool, chosen.smallest_share)
        statement, units = standing(register, chosen, withheld=withheld)
        if statement.to_deliver == 0:
            raise Refused("order_selects_nobody", selected=statement.selected)
        asked = Asked(work, chosen, statement, fields, pool=units)
        reviewed = review(store, tx.connection, register, asked)
        reviewed.check()
        order = orders.draft(
            tx,
            campaign=identifier,
            criteria=wish.criteria.document(),
            fields=fields,
            formats=list(dict.fromkeys(wish.formats)),
            reason=wish.reason,
            role=role,
        )
        values = {
            "findings": reviewed.documents,
            "narrowness": reviewed.narrowness.document(),
            "statement": statement.document(),
            "snapshot": register.snapshot,
        }
        state = orders.happen(
            tx,
            order,
            event="held" if held(reviewed.findings) else "accepted",
            role=role,
            reason=wish.reason,
            values=values,
            ids={"to_deliver": statement.to_deliver, "findings": [one.code for one in reviewed.findings]},
        )
        obtained.plan(tx, order=order, tokens=reviewed.tokens, ends_at=campaign["ends_at"])
        subscriptions.open_subscription(tx, subscription=identifier, order=order, withheld=withheld)
    return {
        "subscription": identifier,
        "order": order,
        "state": state,
        "statement": statement.document(),
        "findings": reviewed.documents,
        "narrowness": reviewed.narrowness.document(),
    }


def review_standing(
    store: Store, register: Register, use: Use, *, chosen: Selector, statement: Statement, units: pa.Table
) -> Review:
    """What the rules of the narrowest selection say of a subscription as it now is: its persons and what its recipient
    and everybody who counts with it got otherwise (R029, R030)."""
    work = Commission(dict(use.campaign), dict(use.agreement), dict(use.customer))
    asked = Asked(work, chosen, statement, use.order["fields"], use.order["order"], units)
    with store.ledger.read() as connection:
        return review(store, connection, register, asked, planned=False)


def approve(store: Store, subscription: str, *, by: str | None = None, reason: str) -> Row:
    """A second person lets a subscription exceed caps: ``{"subscription", "order", "findings"}``.

    Raises ``NotFound``, ``InvalidInput`` (value_missing), ``Refused`` (order_too_large), ``PermissionRefused``
    (two_persons_needed), ``InvalidTransition`` while its order itself waits to be approved.
    """
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    with store.ledger.read() as connection:
        use = use_of(store, connection, subscription)
        work = Commission(dict(use.campaign), dict(use.agreement), dict(use.customer))
        chosen = selector(store, connection, work, parse_criteria(use.order["criteria"]))
    with open_register(store, holder="subscription") as register:
        statement, units = standing(register, chosen, withheld=use.subscription["withheld"])
        reviewed = review_standing(store, register, use, chosen=chosen, statement=statement, units=units)
    reviewed.check()
    order = use.order["order"]
    codes_found = [one.code for one in reviewed.findings if one.severity == "hold"]
    with store.write() as tx:
        orders.happen(
            tx,
            order,
            event="widened",
            by=by,
            reason=reason,
            values={"findings": reviewed.documents},
            ids={"to_deliver": statement.to_deliver, "findings": codes_found},
        )
    return {"subscription": subscription, "order": order, "findings": reviewed.documents}


def check_standing(criteria: Criteria) -> None:
    """Raise ``CriteriaError`` (criteria_not_standing) for what only a single order can mean."""
    for key, given in (
        ("limit", criteria.limit is not None),
        ("sample", criteria.sample != "random"),
        ("exclude", criteria.exclude != Exclusions()),
        ("cells", criteria.cells is not None),
    ):
        if given:
            raise CriteriaError("criteria_not_standing", key=key)


def use_of(store: Store, connection: Connection, subscription: str) -> Use:
    """The rows of the ledger that a delivery is for, the order as it now stands. Raises ``NotFound``."""
    row = subscriptions.subscription(connection, subscription)
    campaign = customers.campaign(connection, subscription)
    now = trusted_time.now(connection, store.now())
    order = orders.order(connection, row["order"]) | {"state": orders.state(connection, row["order"], at=now)}
    return Use(
        subscription=row,
        order=order,
        campaign=campaign,
        customer=customers.customer(connection, campaign["customer"]),
        agreement=customers.agreement(connection, campaign["agreement"]),
        controller=controllers.controller(connection, campaign["agreement"]),
    )


def show(store: Store, subscription: str) -> Row:
    """One subscription with its state, what is owed, and its deltas. Raises ``NotFound``."""
    with store.ledger.read() as connection:
        use = use_of(store, connection, subscription)
        known = subscriptions.deltas(connection, subscription)
        now = trusted_time.now(connection, store.now())
    document = _summary({**use.campaign, **use.subscription}, known, now=now)
    return document | {
        "criteria": use.order["criteria"],
        "fields": use.order["fields"],
        "formats": use.order["formats"],
        "order_state": use.order["state"],
        "controller": use.controller,
        "deltas": [_delta(row, now=now) for row in known],
    }


def listing(store: Store, *, customer: str | None = None) -> list[Row]:
    """All subscriptions, newest first, each with ``state``, ``held`` and what is owed on either side."""
    with store.ledger.read() as connection:
        now = trusted_time.now(connection, store.now())
        rows = subscriptions.subscriptions(connection, customer=customer)
        return [_summary(row, subscriptions.deltas(connection, row["subscription"]), now=now) for row in rows]


def _summary(row: Row, known: Sequence[Row], *, now: datetime) -> Row:
    """``owed_by``: a removal waits and must be delivered by then. ``unacknowledged``: the first delta with removals
    that the recipient has not acknowledged; from ``additions_stop_at`` on it gets removals only."""
    delivered = [delta for delta in known if delta["delivered_at"] is not None]
    waiting = [delta for delta in delivered if delta["removed"] and delta["acknowledged_at"] is None]
    names = ("subscription", "customer", "agreement", "name", "purpose", "channels", "opened_at", "ends_at", "owed_by")
    return {name: row[name] for name in names} | {
        "state": "running" if subscriptions.running(row, at=now) else "ended",
        "order": row["order"],
        "held": delivered[-1]["held"] if delivered else 0,
        "delta": delivered[-1]["delta"] if delivered else None,
        "unacknowledged": waiting[0]["delta"] if waiting else None,
        "additions_stop_at": waiting[0]["delivered_at"] + ACKNOWLEDGE_WITHIN if waiting else None,
    }


def _delta(row: Row, *, now: datetime) -> Row:
    names = (
        "delta", "extract", "previous", "whole", "added", "changed", "removed", "held", "additions_stopped", "snapshot",
        "released_at", "delivered_at", "acknowledged_at", "acknowledged_by",
    )  # fmt: skip
    delivered = row["delivered_at"]
    late = bool(
        row["removed"]
        and row["acknowledged_at"] is None
        and delivered is not None
        and delivered + ACKNOWLEDGE_WITHIN <= now
    )
    return {name: row[name] for name in names} | {"late_to_acknowledge": late}


def stop(store: Store, subscription: str) -> Row:
    """End a subscription before its agreement does; nothing more of it goes out. Raises ``NotFound``,
    ``LicenceRefused`` (subscription_ended)."""
    with store.write() as tx:
        subscriptions.subscription(tx.connection, subscription, lock=True)
        campaign = customers.campaign(tx.connection, subscription)
        now = trusted_time.now(tx.connection, store.now())
        if not subscriptions.running(campaign, at=now):
            raise LicenceRefused("subscription_ended", subscription=subscription)
        customers.close_campaign(tx, subscription)
        tx.audit("subscription.stopped", subscription=subscription, day=helsinki_day(now))
    return {"subscription": subscription, "state": "ended"}
