"""Idempotency keys: the same request made twice makes one order (T17).

A key is claimed before the work begins, so that a second click meets the first one in flight, and bound to its order in
the very transaction that makes it. It is kept as long as its rule of retention says; only digests are stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.clock import helsinki_day
from core.errors import Conflict, InvalidInput
from core.ids import new_id
from ledger import tables
from ledger.engine import Ledger, Transaction
from schemas import retention

LONGEST = 200
"""Characters a key may have."""
ABANDONED = timedelta(minutes=10)
"""A request in flight for longer has died; whoever asks again goes on in its place."""


@dataclass(frozen=True)
class Claim:
    """A customer's key, claimed for one request. ``order``: what an earlier request with the same body made."""

    customer: str
    key_sha256: str
    claim: str
    order: str | None


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a request, the same for the same values in whatever order of names."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(ledger: Ledger, *, customer: str, key: str, body: Mapping[str, Any], at: datetime) -> Claim:
    """Claim a key for a request, or find what it made before.

    Raises ``InvalidInput`` (request_key_invalid), and ``Conflict``: key_reused for another body, key_in_flight while
    another request with the key is worked on.
    """
    if not key.strip() or len(key) > LONGEST:
        raise InvalidInput("request_key_invalid", limit=LONGEST)
    hashed, asked, mine = hashlib.sha256(key.encode()).hexdigest(), digest(body), new_id("claim")
    table = tables.idempotency_key
    this = (table.c.customer == customer) & (table.c.key_sha256 == hashed)
    with ledger.locking() as connection:
        _serialise(connection, customer)
        row = connection.execute(select(table).where(this)).mappings().one_or_none()
        if row is not None and retention.rule("table", table.name).due(row["claimed_at"], today=helsinki_day(at)):
            connection.execute(delete(table).where(this))
            row = None
        values = {"body_sha256": asked, "claim": mine, "claimed_at": at}
        if row is None:
            connection.execute(insert(table), {"customer": customer, "key_sha256": hashed, **values})
            return Claim(customer, hashed, mine, None)
        if row["body_sha256"] != asked:
            raise Conflict("key_reused")
        if row["order"] is not None:
            return Claim(customer, hashed, row["claim"], row["order"])
        if at - row["claimed_at"] < ABANDONED:
            raise Conflict("key_in_flight")
        connection.execute(update(table).where(this).values(**values))
    return Claim(customer, hashed, mine, None)


def _serialise(connection: Connection, customer: str) -> None:
    """One claim of a customer after the other, also where no row of the key is there to be locked yet."""
    connection.execute(
        select(tables.customer.c.customer).where(tables.customer.c.customer == customer).with_for_update()
    )


def settle(tx: Transaction, held: Claim, *, order: str) -> None:
    """Bind the key to the order that this transaction makes.

    Raises ``Conflict`` (key_in_flight) when the request was taken for dead and another one works in its place.
    """
    bound = tx.execute(update(tables.idempotency_key).where(_mine(held)).values(order=order))
    if bound.rowcount != 1:
        raise Conflict("key_in_flight")


def drop(ledger: Ledger, held: Claim) -> None:
    """Let a key go whose request failed: it made nothing, and may be asked again."""
    with ledger.locking() as connection:
        connection.execute(delete(tables.idempotency_key).where(_mine(held)))


def _mine(held: Claim) -> Any:
    table = tables.idempotency_key.c
    same = (table.customer == held.customer) & (table.key_sha256 == held.key_sha256)
    return same & (table.claim == held.claim) & table.order.is_(None)
