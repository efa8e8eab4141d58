"""Orders in a ledger of their own, and a slow reading of the table of steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.clock import fixed_clock
from ledger import orders
from ledger.store import Store
from tests.published import open_campaign

CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}}


def at(store: Store, moment: datetime, *, actor: str | None = None) -> Store:
    """The same store at another instant, and by somebody else."""
    return replace(store, clock=fixed_clock(moment), actor=actor or store.actor)


def noon(*day: int) -> datetime:
    return datetime(*day, 10, tzinfo=UTC)


def drafted(store: Store, campaign: str | None = None, **more: Any) -> str:
    """A draft that the ledger alone knows: no register is needed."""
    campaign = campaign or open_campaign(store)
    with store.write() as tx:
        return orders.draft(tx, campaign=campaign, criteria=CRITERIA, fields=[], formats=["csv"], reason=None, **more)


def bring(store: Store, order: str, *events: str, role: str = "sales", by: str | None = None) -> str:
    """Let events happen one after the other; returns the last state."""
    state = ""
    for event in events:
        with store.write() as tx:
            second = "second" if event in ("approved", "widened") and by is None else by
            state = orders.happen(tx, order, event=event, role=role, by=second)
    return state


TO = {
    "draft": (),
    "quoted": ("quoted",),
    "awaiting approval": ("held",),
    "approved": ("accepted",),
    "cut": ("accepted", "cut"),
    "delivered": ("accepted", "cut", "delivered"),
    "refused": ("held", "refused"),
    "cancelled": ("cancelled",),
    "revoked": ("accepted", "cut", "revoked"),
}
"""How an order comes to each state that an act leads to."""
