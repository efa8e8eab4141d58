"""Gathering what the rules of the narrowest selection look at."""

from __future__ import annotations

from core.settings import Settings
from extracts.narrow import Facts, Finding, Limits, findings
from ledger.store import Store
from register.query import Register, Statement, deliverable_rows


def limits(settings: Settings) -> Limits:
    """The caps as the installation has them."""
    return Limits(rows=settings.row_cap, share_percent=settings.share_cap_percent, share_floor=settings.share_cap_floor)


def review(store: Store, register: Register, statement: Statement) -> list[Finding]:
    """What is to be said of an order that would deliver what ``statement`` states."""
    return findings(Facts(limits(store.settings), rows=statement.to_deliver, register_rows=deliverable_rows(register)))
