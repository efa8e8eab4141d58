"""Delivering continuous use: the first delivery is everybody, every later one what differs (R042).

A delta that was made and never handed over is handed over first, unless a ban since then concerns it: then it is
withdrawn and made anew, so that a ban always wins.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import FenceMoved, HistoryMoved, InvalidInput, LicenceRefused, StoreError
from core.files import remove, sha256_file
from extracts import ending, gate
from extracts.deliver import hand_over
from extracts.gate import continuous, delta
from extracts.gate.continuous import NOBODY, Former, Use
from extracts.narrow.review import Review
from extracts.selection import Commission, selector
from extracts.subscriptions import review_standing, use_of
from ledger import customers, cuts, heartbeat, outside_lists, recipients, subscriptions
from ledger.engine import Connection, Transaction
from ledger.integrity import require_intact
from ledger.store import Store
from register.query import open_register, standing
from schemas.criteria import parse_criteria

Row = dict[str, Any]
TRIES = 20


def _nothing(_step: Any) -> None:
    return None


def deliver(
    store: Store,
    subscription: str,
    to: Path,
    *,
    whole: bool = False,
    recipient: str | None = None,
    advance: Callable[[int], None] = _nothing,
    checkpoint: Callable[[str], None] = _nothing,
) -> Row:
    """Make the next delta and hand it over: ``{"subscription", "delta", "previous", "extract", "delivery", "added",
    "changed", "removed", "held", "additions_stopped", "acknowledge_by", "files"}``; ``delta`` null: nothing differs.

    ``whole``: every row, for a recipient that lost one; it drops what is not in it. Raises ``LicenceRefused``
    (subscription_ended, controller_unnamed, duty_unconfirmed and whatever the policy says; removal_unacknowledged when
    additions are stopped and there is nothing to remove), ``FenceMoved`` after ``TRIES`` rounds, ``StoreError``
    (state_damaged), and what a campaign's delivery raises.
    """
    gate.recover(store)
    ending.sweep(store)
    require_intact(store)
    for _ in range(TRIES):
        with store.ledger.read() as connection:
            use = _checked(store, connection, subscription)
            waiting = _waiting(connection, subscription)
        if waiting is None:
            try:
                made = _next(store, use, whole=whole, advance=advance, checkpoint=checkpoint)
            except (FenceMoved, HistoryMoved):
                continue
            if made is None:
                return _no_change(store, subscription)
            with store.ledger.read() as connection:
                waiting = _waiting(connection, subscription)
            if waiting is None:  # withdrawn meanwhile, by an erasure
                continue
        try:
            return _hand_over(store, waiting, to=to, recipient=recipient)
        except LicenceRefused as refused:
            if refused.code not in ("extract_banned_since", "extract_files_gone"):
                raise
            with store.write() as tx:
                cuts.end(tx, waiting["extract"], event="void", reason=refused.code)
    raise FenceMoved("fence_moved", tries=TRIES)


def again(store: Store, subscription: str, number: int, *, to: Path, recipient: str | None = None) -> Row:
    """Hand a delta over once more, as it was, while its files lie here and no ban since then concerns it.

    Raises ``NotFound`` (delta_unknown), ``LicenceRefused`` (extract_banned_since, extract_files_gone: then a whole
    delivery helps), and what :func:`deliver` raises.
    """
    gate.recover(store)
    ending.sweep(store)
    require_intact(store)
    with store.ledger.read() as connection:
        _checked(store, connection, subscription)
        row = subscriptions.delta(connection, subscription, number)
    if row["extract_state"] != "released":
        raise LicenceRefused("extract_revoked", extract=row["extract"])
    return _hand_over(store, row, to=to, recipient=recipient)


def acknowledge(store: Store, subscription: str, number: int, *, by: str) -> Row:
    """The recipient says that it has applied every delta up to this one: ``{"subscription", "acknowledged"}``.

    Raises ``NotFound``, ``InvalidInput`` (value_missing), ``InvalidTransition``.
    """
    if not by.strip():
        raise InvalidInput("value_missing", field="by")
    with store.write() as tx:
        done = subscriptions.acknowledge(tx, subscription, upto=number, by=by.strip()[:200])
    return {"subscription": subscription, "acknowledged": done}


def _checked(store: Store, connection: Connection, subscription: str) -> Use:
    """The use, when anything of it may go out at all."""
    use = use_of(store, connection, subscription)
    heartbeat.check_fresh(connection, store.settings, now=store.now())
    customers.check_present(dict(use.customer))
    recipients.check_deliverable(connection, use.customer, at=store.now())
    continuous.check(store, connection, use)
    outside_lists.check_lists(connection, store.settings, today=store.today())
    return use


def _waiting(connection: Connection, subscription: str) -> Row | None:
    """The delta that was made and not handed over."""
    known = subscriptions.deltas(connection, subscription)
    last = known[-1] if known else None
    return last if last and last["delivered_at"] is None and last["extract_state"] == "released" else None


def _next(
    store: Store, use: Use, *, whole: bool, advance: Callable[[int], None], checkpoint: Callable[[str], None]
) -> Row | None:
    """Make the next delta from the present register and bans; None when nothing differs."""
    criteria = parse_criteria(use.order["criteria"])
    work = Commission(dict(use.campaign), dict(use.agreement), dict(use.customer))
    with open_register(store, holder=f"deliver {use.id}") as register:
        with store.ledger.read() as connection:
            chosen = selector(store, connection, work, criteria)
            former = _former(store, connection, use.id, needed=not whole)
        statement, pool = standing(register, chosen, withheld=use.subscription["withheld"])
        reviewed = review_standing(store, register, use, chosen=chosen, statement=statement, units=pool)
        return continuous.release(
            store,
            register,
            use=use,
            pool=pool,
            fence=chosen.blocked.fence,
            former=former,
            whole=whole,
            over=_over(use, reviewed),
            confirm=reviewed.history.check,
            advance=advance,
            checkpoint=checkpoint,
        )


def _over(use: Use, reviewed: Review) -> LicenceRefused | None:
    """Why additions wait for a second person: with them a cap would be exceeded that nobody approved (R030)."""
    new = reviewed.unapproved(use.order)
    return LicenceRefused("additions_over_caps", subscription=use.id, findings=", ".join(new)) if new else None


def _former(store: Store, connection: Connection, subscription: str, *, needed: bool) -> Former:
    """What the recipient has by the last delta that was handed over. Raises ``StoreError`` (state_damaged) when it is
    not known and ``needed``."""
    handed = [row for row in subscriptions.deltas(connection, subscription) if row["delivered_at"] is not None]
    if not handed:
        return NOBODY
    last = handed[-1]
    path = store.path(last["state"])
    whole = path.is_file() and sha256_file(path) == last["state_sha256"]
    if not whole and needed:
        raise StoreError("state_damaged", subscription=subscription, delta=last["delta"])
    state = delta.read(path) if whole else NOBODY.state
    return Former(last["delta"], state, subscriptions.seeds(connection, subscription))


def _hand_over(store: Store, row: Row, *, to: Path, recipient: str | None) -> Row:
    """Hand a delta over; what was owed and it settles is settled in the same transaction, older states go."""
    with store.ledger.read() as connection:
        extract, listed = cuts.extract(connection, row["extract"]), cuts.files(connection, row["extract"])

    def settle(tx: Transaction) -> None:
        subscriptions.settle(tx, row["subscription"], fence=extract["fence"])

    delivery, files = hand_over(store, extract, listed, to=to, recipient=recipient, also=settle)
    _forget(store, row["subscription"])
    due = store.now() + continuous.ACKNOWLEDGE_WITHIN if row["removed"] else None
    names = ("subscription", "delta", "previous", "extract", "whole", "added", "changed", "removed", "held")
    return {name: row[name] for name in names} | {
        "additions_stopped": row["additions_stopped"],
        "snapshot": extract["snapshot"],
        "delivery": delivery,
        "acknowledge_by": due,
        "files": files,
    }


def _forget(store: Store, subscription: str) -> None:
    """States before the one that was handed over last are of no more use."""
    with store.ledger.read() as connection:
        known = subscriptions.deltas(connection, subscription)
        needed = {row["state"] for row in known if row["delivered_at"] is None}
        handed = [row["state"] for row in known if row["delivered_at"] is not None]
    for state in {*handed[:-1]} - {*needed, *handed[-1:]}:
        remove(store.path(state))


def _no_change(store: Store, subscription: str) -> Row:
    with store.ledger.read() as connection:
        last = [row for row in subscriptions.deltas(connection, subscription) if row["delivered_at"] is not None][-1]
    return {
        "subscription": subscription,
        "delta": None,
        "previous": last["delta"],
        "added": 0,
        "changed": 0,
        "removed": 0,
        "held": last["held"],
        "files": [],
    }
