"""The count statement: what a selection gives, and where every row of it goes."""

from __future__ import annotations

from typing import Any

from extracts.selection import commission, selector
from ledger.store import Store
from register.query import facets, open_register, select
from schemas.criteria import Criteria


def count(store: Store, campaign: str, criteria: Criteria, *, with_facets: bool = False) -> dict[str, Any]:
    """State the count, by the very predicate of the cut (R009, R029); ``staff`` is never shown to customers.

    Raises ``LicenceRefused`` when the campaign or its agreement has ended, or the subject does not fit.
    """
    with open_register(store, holder="count") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            chosen = selector(store, connection, work, criteria)
        document = {"snapshot": register.snapshot} | select(register, chosen).document()
        if with_facets:
            document["facets"] = facets(register, chosen)
        return document
