"""The cut: an approved order becomes an extract, through the gate. A ban that arrives meanwhile always wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.errors import FenceMoved, HistoryMoved, LicenceRefused, Refused
from core.keys import Words
from extracts import ending, gate, own_lists
from extracts.narrow.review import Asked, Review, review
from extracts.pressure import Running
from extracts.selection import Commission, check_pressure, commission, pressing, selector
from ledger import orders
from ledger.engine import Transaction
from ledger.store import Store
from register.opened import opened_once
from register.query import Statement, open_register, select
from schemas.criteria import parse_criteria

TRIES = 20


def _nothing(_step: Any) -> None:
    return None


@opened_once
def cut(
    store: Store,
    order_id: str,
    *,
    advance: Callable[[int], None] = _nothing,
    checkpoint: Callable[[str], None] = _nothing,
) -> dict[str, Any]:
    """Cut an approved order: ``{"extract", "rows", "persons", "seeds", "snapshot", "fence", "files"}``.

    The selection is made anew with the bans of this moment; when a newer ban touches it before the release commits,
    it is made again (R014). It never delivers more than the order's own statement said. The caps are looked at again
    too, with what everybody concerned got since the approval: an order that exceeds one it was not approved for waits
    anew (R030). Raises ``LicenceRefused``, ``Refused`` (order_held), ``FenceMoved`` after ``TRIES`` rounds.
    """
    gate.recover(store)
    ending.sweep(store)
    with store.ledger.read() as connection:
        order = orders.order(connection, order_id)
        own = own_lists.kept(store, connection, order_id)
    if order["state"] != "approved":
        raise LicenceRefused("order_not_approved", order=order_id, state=order["state"])
    criteria = parse_criteria(order["criteria"])
    for _ in range(TRIES):
        with open_register(store, holder=f"cut {order_id}") as register:
            with store.ledger.read() as connection:
                work = commission(store, connection, order["campaign"])
                seen = pressing(store, connection, work)
                chosen = selector(store, connection, work, criteria, own=own)
            statement = _bounded(select(register, chosen), order)
            if statement.to_deliver == 0:
                raise LicenceRefused("order_empty", order=order_id)
            with store.ledger.read() as connection:
                asked = Asked(work, chosen, statement, order["fields"], order_id)
                reviewed = review(store, connection, register, asked, planned=False)
            _check_approved(store, order, reviewed)
            confirm = _confirming(store, reviewed, work, seen=seen, pressed=chosen.pressed)
            try:
                return gate.release(
                    store,
                    register,
                    order=order,
                    campaign=work.campaign,
                    customer=work.customer,
                    agreement=work.agreement,
                    pool=reviewed.pool,
                    fence=chosen.blocked.fence,
                    confirm=confirm,
                    advance=advance,
                    checkpoint=checkpoint,
                )
            except (FenceMoved, HistoryMoved):
                continue
    raise FenceMoved("fence_moved", tries=TRIES)


def _confirming(
    store: Store, reviewed: Review, work: Commission, *, seen: Running, pressed: Words
) -> Callable[[Transaction], None]:
    """What is looked at once more under the fence's lock: the caps of those concerned, and contact pressure."""

    def confirm(tx: Transaction) -> None:
        reviewed.history.check(tx)
        check_pressure(store, tx.connection, work, seen=seen, pressed=pressed)

    return confirm


def _bounded(statement: Statement, order: Mapping[str, Any]) -> Statement:
    """No more than the order's own statement said: that was quoted, judged and approved (R029). What a publish added
    since is left out, and counts as over the limits of the order."""
    stated = (order["statement"] or {}).get("to_deliver", statement.to_deliver)
    over = max(0, statement.to_deliver - stated)
    return replace(statement, to_deliver=statement.to_deliver - over, capped=statement.capped + over)


def _check_approved(store: Store, order: Mapping[str, Any], reviewed: Review) -> None:
    """Let an order wait again, and raise ``Refused`` (order_held), when it exceeds what it was submitted and approved
    with."""
    reviewed.check()
    new = reviewed.unapproved(order)
    if not new:
        return
    values = {"findings": reviewed.documents}
    with store.write() as tx:
        orders.happen(tx, order["order"], event="held_back", values=values, ids={"findings": new})
    raise Refused("order_held", order=order["order"], findings=", ".join(new))
