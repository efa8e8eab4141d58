"""An order from draft to decision: what is asked is fixed, counted and frozen, and whatever stands against it is found.

The steps and who may take them are in ``schemas.order_states``; what makes an order wait for a second person is asked
of ``extracts.narrow`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput, LicenceRefused, Refused
from extracts.narrow import Finding, held
from extracts.narrow.review import review
from extracts.selection import check_acknowledged, commission, licensed_fields, selector
from ledger import customers, orders
from ledger.engine import Transaction
from ledger.store import Store
from register.query import Statement, open_register, select
from schemas import codes
from schemas.criteria import Criteria, parse_criteria

Row = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What is ordered for a campaign. ``fields`` narrow what its channels license and can never widen it."""

    campaign: str
    criteria: Criteria
    fields: Sequence[str] = ()
    formats: Sequence[str] = ("csv",)
    reason: str | None = None
    """Why it may exceed the caps (R029)."""


def place(
    store: Store,
    campaign: str,
    criteria: Criteria,
    *,
    fields: Sequence[str] = (),
    formats: Sequence[str] = ("csv",),
    reason: str | None = None,
    role: str = "sales",
) -> Row:
    """Draft and submit in one: ``{"order", "state", "statement", "findings"}``.

    ``approved`` when nothing stands against it, else ``awaiting approval`` (R029). Raises ``Refused``
    (order_selects_nobody), and whatever :func:`draft` raises; nothing is recorded then.
    """
    wish = Wish(campaign, criteria, fields, formats, reason)
    narrowed = _checked(store, wish)
    counted = _count(store, wish.campaign, wish.criteria)
    with store.write() as tx:
        order = _draft(tx, wish, narrowed, role=role)
        state = _submit(tx, order, counted, role=role, freeze=True)
    return _submitted(order, state, counted.statement.document(), counted.findings)


def draft(store: Store, wish: Wish, *, role: str = "sales") -> Row:
    """Record what is wanted, and ask for nothing yet: ``{"order", "state"}``.

    Raises ``InvalidInput`` (value_unknown) and ``LicenceRefused``: field_not_licensed, or the campaign is over.
    """
    narrowed = _checked(store, wish)
    with store.write() as tx:
        order = _draft(tx, wish, narrowed, role=role)
    return {"order": order, "state": "draft"}


def revise(store: Store, order_id: str, changes: Mapping[str, Any], *, role: str = "sales") -> Row:
    """Change ``criteria``, ``fields``, ``formats`` or ``reason`` of a draft; a quote falls: ``{"order", "state"}``."""
    with store.ledger.read() as connection:
        row = orders.order(connection, order_id)
    wish = Wish(
        row["campaign"],
        changes.get("criteria") or parse_criteria(row["criteria"]),
        changes.get("fields", row["fields"]),
        changes.get("formats") or row["formats"],
        changes.get("reason", row["reason"]),
    )
    values = {
        "criteria": wish.criteria.document(),
        "fields": _checked(store, wish),
        "formats": list(dict.fromkeys(wish.formats)),
        "reason": wish.reason,
        "statement": None,
        "findings": [],
        "snapshot": None,
    }
    with store.write() as tx:
        state = orders.happen(tx, order_id, event="revised", role=role, values=values, ids={"changed": sorted(changes)})
    return {"order": order_id, "state": state}


def submit(store: Store, order_id: str, *, reason: str | None = None, role: str = "sales") -> Row:
    """Ask for a drafted or quoted order: ``{"order", "state", "statement", "findings"}``, as :func:`place`.

    The statement of a quoted order stays as it was quoted; what stands against it is looked for anew.
    """
    with store.ledger.read() as connection:
        row = orders.order(connection, order_id)
    counted = _count(store, row["campaign"], parse_criteria(row["criteria"]))
    with store.write() as tx:
        freeze = orders.catch_up(tx, order_id)[0]["state"] != "quoted"
        state = _submit(tx, order_id, counted, role=role, freeze=freeze, reason=reason)
        statement = orders.order(tx.connection, order_id)["statement"]
    return _submitted(order_id, state, statement, counted.findings)


def decide(store: Store, order: str, *, event: str, by: str | None = None, reason: str | None = None) -> Row:
    """Let ``approved`` or ``refused`` happen to an order: ``{"order", "state"}``.

    An approval needs another person than who shaped the order, and a justification by either of them: raises
    ``PermissionRefused`` (two_persons_needed), ``LicenceRefused`` (justification_missing) and ``InvalidTransition``.
    """
    with store.write() as tx:
        state = orders.happen(tx, order, event=event, by=by, reason=reason)
        if event == "approved" and not (reason or orders.order(tx.connection, order)["reason"] or "").strip():
            raise LicenceRefused("justification_missing", order=order)
    return {"order": order, "state": state}


def cancel(store: Store, order: str, *, reason: str | None = None, role: str = "sales") -> Row:
    """Whoever ordered wants it no more; not after the cut: ``{"order", "state"}``."""
    with store.write() as tx:
        return {"order": order, "state": orders.happen(tx, order, event="cancelled", role=role, reason=reason)}


def show(store: Store, order_id: str) -> Row:
    """One order as of now, with its events. Raises ``NotFound`` (order_unknown)."""
    with store.ledger.read() as connection:
        row = orders.order(connection, order_id)
        now = store.now()
        return row | {
            "state": orders.state(connection, order_id, at=now),
            "events": orders.events(connection, order_id, at=now),
        }


# --- counting and submitting ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    """A selection as counted now, and what stands against it."""

    snapshot: str
    statement: Statement
    findings: Sequence[Finding]


def _count(store: Store, campaign: str, criteria: Criteria) -> _Counted:
    with open_register(store, holder="order") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            check_acknowledged(store, connection, work.customer["customer"])
            chosen = selector(store, connection, work, criteria)
        statement = select(register, chosen)
        if statement.to_deliver == 0:
            raise Refused("order_selects_nobody", selected=statement.selected)
        return _Counted(register.snapshot, statement, review(store, register, statement))


def _submit(
    tx: Transaction, order: str, counted: _Counted, *, role: str, freeze: bool, reason: str | None = None
) -> str:
    """Accept or hold an order; ``freeze``: its statement is that of this count."""
    values: Row = {"findings": [finding.document() for finding in counted.findings]}
    values |= {"reason": reason} if reason else {}
    if freeze:
        values |= {"statement": counted.statement.document(), "snapshot": counted.snapshot}
    ids = {"to_deliver": counted.statement.to_deliver, "findings": [finding.code for finding in counted.findings]}
    event = "held" if held(counted.findings) else "accepted"
    return orders.happen(tx, order, event=event, role=role, reason=reason, values=values, ids=ids)


def _submitted(order: str, state: str, statement: Row, found: Sequence[Finding]) -> Row:
    documents = [finding.document() for finding in found]
    return {"order": order, "state": state, "statement": statement, "findings": documents}


def _draft(tx: Transaction, wish: Wish, fields: Sequence[str], *, role: str) -> str:
    return orders.draft(
        tx,
        campaign=wish.campaign,
        criteria=wish.criteria.document(),
        fields=fields,
        formats=list(dict.fromkeys(wish.formats)),
        reason=wish.reason,
        role=role,
    )


def _checked(store: Store, wish: Wish) -> list[str]:
    """The fields of the extract, after formats and fields were looked at, and that the campaign is not over."""
    check_formats(wish.formats)
    with store.ledger.read() as connection:
        campaign = customers.campaign(connection, wish.campaign)
        agreement = customers.agreement(connection, campaign["agreement"])
    customers.check_in_force(campaign, agreement, now=store.now(), today=store.today(), planning=True)
    return fields_of(wish.fields, campaign["channels"])


def check_formats(formats: Sequence[str]) -> None:
    """Raise ``InvalidInput`` (value_unknown) for a format that there is not."""
    for name in formats:
        if name not in codes.FORMATS:
            raise InvalidInput("value_unknown", field="formats", value=name, allowed=", ".join(codes.FORMATS))


def fields_of(asked: Sequence[str], channels: Sequence[str]) -> list[str]:
    """The licensed fields, narrowed to those asked for. Raises ``InvalidInput`` (value_unknown) and
    ``LicenceRefused`` (field_not_licensed)."""
    licensed = licensed_fields(channels)
    for name in asked:
        if name not in codes.EXTRACT_FIELDS:
            raise InvalidInput("value_unknown", field="fields", value=name, allowed=", ".join(codes.EXTRACT_FIELDS))
        if name not in licensed:
            raise LicenceRefused("field_not_licensed", field=name, channels=", ".join(channels))
    return [name for name in licensed if not asked or name in asked or name in ("row", "ban_url")]
