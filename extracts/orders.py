"""An order from draft to decision: what is asked is fixed, counted and frozen, and whatever stands against it is found.

The steps and who may take them are in ``schemas.order_states``; what makes an order wait for a second person is asked
of ``extracts.narrow`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from core.errors import InvalidInput, LicenceRefused, NotFound, Refused
from extracts import own_lists
from extracts.gate import blocks
from extracts.narrow import held, questions
from extracts.narrow.review import Asked, Review, review
from extracts.own_lists import OwnList
from extracts.selection import Commission, commission, licensed_fields, selector
from ledger import customers, idempotency, obtained, orders, prices
from ledger.engine import Connection, Transaction
from ledger.idempotency import Claim
from ledger.store import Store
from register.opened import opened_once
from register.query import Statement, open_register, select
from schemas import codes
from schemas.criteria import Criteria, parse_criteria
from schemas.prices import Price, rates

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
    with_sources: bool = False
    """Whether a file beside the rows says where each cell is from."""


@opened_once
def place(
    store: Store,
    campaign: str,
    criteria: Criteria,
    *,
    fields: Sequence[str] = (),
    formats: Sequence[str] = ("csv",),
    reason: str | None = None,
    with_sources: bool = False,
    role: str = "sales",
    key: str | None = None,
) -> Row:
    """Draft and submit in one: ``{"order", "state", "statement", "shown", "findings", "narrowness", "price"}``.

    ``approved`` when nothing stands against it, else ``awaiting approval`` (R029). With a ``key`` the same request made
    again finds the order it made, as it now is, and says ``"repeated": true`` (T17). Raises ``Refused``
    (order_selects_nobody), ``Conflict`` (key_reused, key_in_flight) and whatever :func:`draft` raises; nothing is
    recorded then.
    """
    wish = Wish(campaign, criteria, fields, formats, reason, with_sources)
    narrowed = _checked(store, wish)
    own = own_lists.read(criteria.exclude)
    if key is None:
        return _place(store, wish, narrowed, own, role=role, claim=None)
    body = asdict(wish) | {"criteria": criteria.document(), "fields": sorted(narrowed), "formats": sorted({*formats})}
    body |= {"own_lists": {one.key: one.sha256 for one in own}}
    claim = idempotency.claim(store.ledger, customer=_orderer(store, campaign), key=key, body=body, at=store.now())
    if claim.order is not None:
        shown = show(store, claim.order)
        return {name: shown[name] for name in _SUBMITTED} | {"repeated": True}
    try:
        return _place(store, wish, narrowed, own, role=role, claim=claim)
    except BaseException:
        idempotency.drop(store.ledger, claim)
        raise


_SUBMITTED = ("order", "state", "statement", "shown", "findings", "narrowness", "price")
_STAFF = ("sales", "privacy")
"""Roles of our own people."""


def _place(
    store: Store, wish: Wish, fields: Sequence[str], own: Sequence[OwnList], *, role: str, claim: Claim | None
) -> Row:
    counted = _count(store, wish.campaign, wish.criteria, fields=fields, own=own, role=role)
    with store.write() as tx:
        order = _draft(tx, wish, fields, role=role)
        own_lists.keep(store, tx, order, own)
        _submit(tx, order, counted, role=role, freeze=True)
        if claim is not None:
            idempotency.settle(tx, claim, order=order)
        return _submitted(tx.connection, order)


def _orderer(store: Store, campaign: str) -> str:
    """Who orders for a campaign: its customer, or the reseller."""
    with store.ledger.read() as connection:
        agreement = customers.campaign(connection, campaign)["agreement"]
        return str(customers.agreement(connection, agreement)["customer"])


def draft(store: Store, wish: Wish, *, role: str = "sales") -> Row:
    """Record what is wanted, and ask for nothing yet: ``{"order", "state"}``.

    Raises ``InvalidInput`` (value_unknown) and ``LicenceRefused``: field_not_licensed, or the campaign is over.
    """
    narrowed = _checked(store, wish)
    own = own_lists.read(wish.criteria.exclude)
    with store.write() as tx:
        order = _draft(tx, wish, narrowed, role=role)
        own_lists.keep(store, tx, order, own)
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
        row["with_sources"],
    )
    values = {
        "criteria": wish.criteria.document(),
        "fields": _checked(store, wish),
        "formats": list(dict.fromkeys(wish.formats)),
        "reason": wish.reason,
        "statement": None,
        "shown": None,
        "findings": [],
        "narrowness": None,
        "snapshot": None,
        "price": None,
        "quoted_until": None,
    }
    own = own_lists.read(wish.criteria.exclude)
    with store.write() as tx:
        state = orders.happen(tx, order_id, event="revised", role=role, values=values, ids={"changed": sorted(changes)})
        if "criteria" in changes:
            own_lists.replace(store, tx, order_id, own)
    return {"order": order_id, "state": state}


def quote(store: Store, order_id: str, *, role: str = "sales") -> Row:
    """Count and price a draft, and freeze both until a day: ``{"order", "state", "statement", "price",
    "quoted_until"}``.

    Exact: no more rows than quoted are ever delivered or billed. Raises ``NotFound`` (price_list_none) and ``Refused``
    (order_selects_nobody).
    """
    with store.ledger.read() as connection:
        row = orders.order(connection, order_id)
        ends_on = customers.campaign(connection, row["campaign"])["ends_on"]
        own = own_lists.kept(store, connection, order_id)
    criteria = parse_criteria(row["criteria"])
    counted = _count(store, row["campaign"], criteria, fields=row["fields"], own=own, role=role, order=order_id)
    if counted.price is None:
        raise NotFound("price_list_none", day=store.today(), mode=counted.work.agreement["mode"])
    until = min(store.today() + timedelta(days=store.settings.quote_days), ends_on)
    values = counted.frozen() | {"quoted_until": until}
    ids = {"to_deliver": counted.statement.to_deliver, "amount": str(counted.price.amount), "until": until.isoformat()}
    with store.write() as tx:
        orders.happen(tx, order_id, event="quoted", role=role, values=values, ids=ids)
        own_lists.counted(tx, order_id, left_out=counted.statement.left_out["own_lists"])
        made = orders.order(tx.connection, order_id)
    return {name: made[name] for name in ("order", "state", "statement", "shown", "price", "quoted_until")}


def submit(store: Store, order_id: str, *, reason: str | None = None, role: str = "sales") -> Row:
    """Ask for a drafted or quoted order; returns what :func:`place` does.

    Statement and price of a quoted order stay as they were quoted, and what stands against it is looked for anew.
    Raises ``Refused`` (quote_expired).
    """
    with store.ledger.read() as connection:
        row = orders.order(connection, order_id)
        own = own_lists.kept(store, connection, order_id)
    criteria = parse_criteria(row["criteria"])
    counted = _count(store, row["campaign"], criteria, fields=row["fields"], own=own, role=role, order=order_id)
    with store.write() as tx:
        row, _ = orders.catch_up(tx, order_id)
        quoted = row["state"] == "quoted"
        if quoted and store.today() > row["quoted_until"]:
            raise Refused("quote_expired", order=order_id, until=row["quoted_until"])
        _submit(tx, order_id, counted, role=role, freeze=not quoted, reason=reason)
        return _submitted(tx.connection, order_id)


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
            "own_lists": own_lists.told(connection, order_id),
        }


# --- counting, pricing, submitting ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    """A selection as counted now, what it costs, and what stands against it."""

    snapshot: str
    statement: Statement
    shown: Row
    """The statement as the customer sees it."""
    review: Review
    work: Commission
    price: Price | None
    """None: no list is in force for the agreement's mode."""

    def frozen(self) -> Row:
        """The columns of the order that keep it."""
        price = None if self.price is None else self.price.document()
        stated = {"statement": self.statement.document(), "shown": self.shown}
        return {**stated, "snapshot": self.snapshot, "price": price}


def _count(
    store: Store,
    campaign: str,
    criteria: Criteria,
    *,
    fields: Sequence[str],
    own: Sequence[OwnList],
    role: str,
    order: str | None = None,
) -> _Counted:
    with open_register(store, holder="order") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            blocks.check(connection, work.customer["customer"], at=store.now())
            chosen = selector(store, connection, work, criteria, own=own)
        statement = select(register, chosen)
        question = questions.prepare(store, register, work=work, chosen=chosen, statement=statement)
        shown = _shown(question, statement, role=role)
        with store.ledger.read() as connection:
            reviewed = review(store, connection, register, Asked(work, chosen, statement, fields, order))
        reviewed.check()
    with store.ledger.read() as connection:
        price = _price(connection, work, fields, rows=statement.to_deliver, day=store.today())
    return _Counted(register.snapshot, statement, shown, reviewed, work, price)


def _shown(asked: questions.Asked, statement: Statement, *, role: str) -> Row:
    """The statement as the customer sees it; an order is a question too (R026, R080). Our own people may order a
    handful; whoever asks from outside may not, since it would tell who is in the register and not banned."""
    if role in _STAFF:
        if statement.to_deliver == 0:
            raise Refused("order_selects_nobody", selected=statement.selected)
        return asked.answer(limited=False)
    shown = asked.answer(limited=True)
    if statement.to_deliver == 0 or not isinstance(shown["to_deliver"], int):
        raise Refused("order_too_small", least=shown["in_steps_of"])
    return shown


def _price(connection: Connection, work: Commission, fields: Sequence[str], *, rows: int, day: date) -> Price | None:
    mode = work.agreement["mode"]
    listed = prices.in_force(connection, day=day)
    found = None if listed is None else rates(listed["modes"], mode)
    if listed is None or found is None:
        return None
    return Price(listed["price_list"], listed["currency"], mode, found.of_row(fields), found.minimum, rows)


def _submit(
    tx: Transaction, order: str, counted: _Counted, *, role: str, freeze: bool, reason: str | None = None
) -> None:
    """Accept or hold an order; ``freeze``: its statement and price are those of this count."""
    found = counted.review.findings
    values: Row = {"findings": counted.review.documents, "narrowness": counted.review.narrowness.document()}
    values |= {"reason": reason} if reason else {}
    values |= counted.frozen() if freeze else {}
    ids = {"to_deliver": counted.statement.to_deliver, "findings": [finding.code for finding in found]}
    event = "held" if held(found) else "accepted"
    orders.happen(tx, order, event=event, role=role, reason=reason, values=values, ids=ids)
    own_lists.counted(tx, order, left_out=counted.statement.left_out["own_lists"])
    obtained.plan(tx, order=order, tokens=counted.review.tokens, ends_at=counted.work.campaign["ends_at"])


def _submitted(connection: Connection, order: str) -> Row:
    row = orders.order(connection, order)
    return {name: row[name] for name in _SUBMITTED}


def _draft(tx: Transaction, wish: Wish, fields: Sequence[str], *, role: str) -> str:
    return orders.draft(
        tx,
        campaign=wish.campaign,
        criteria=wish.criteria.document(),
        fields=fields,
        formats=list(dict.fromkeys(wish.formats)),
        reason=wish.reason,
        with_sources=wish.with_sources,
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
