"""The count statement: what a selection gives, and where every row of it goes. For our own eyes.

Customers and resellers ask ``extracts.narrow.questions``.
"""

from __future__ import annotations

from typing import Any

from extracts import own_lists
from extracts.narrow.review import Asked, read_meter
from extracts.selection import commission, selector
from ledger.store import Store
from register.query import explain, facets, open_register, select
from schemas.criteria import Criteria


def count(
    store: Store,
    campaign: str,
    criteria: Criteria,
    *,
    with_facets: bool = False,
    with_meter: bool = False,
    explained: bool = False,
) -> dict[str, Any]:
    """State the count, by the very predicate of the cut (R009, R029); ``staff`` is never shown to customers, nor what
    ``explained`` adds: the rows that each criterion takes away.

    ``with_meter`` adds ``narrowness``: how far the selection is from the narrowest, and what would narrow it. Not
    limited, but logged, on the node that writes the ledger (R080). Raises ``LicenceRefused`` when the campaign or its
    agreement has ended, or the subject does not fit.
    """
    own = own_lists.read(criteria.exclude)
    with open_register(store, holder="count") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            chosen = selector(store, connection, work, criteria, own=own)
        statement = select(register, chosen)
        document = {"snapshot": register.snapshot} | statement.document()
        counted = facets(register, chosen) if with_facets or with_meter else {}
        if with_facets:
            document["facets"] = counted
        if explained:
            document["explain"] = explain(register, chosen)
        if with_meter:
            document["narrowness"] = read_meter(register, Asked(work, chosen, statement), facets=counted).document()
    if store.settings.ledger_role == "primary":
        figures = {"selected": statement.selected, "to_deliver": statement.to_deliver}
        with store.write() as tx:
            tx.audit("count.stated", campaign=campaign, snapshot=document["snapshot"], **figures)
    return document
