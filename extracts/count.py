"""The count statement: what a selection gives, and where every row of it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extracts import own_lists
from extracts.selection import commission, selector
from ledger.store import Store
from register.query import explain, facets, open_register, select
from schemas.criteria import Criteria


def count(
    store: Store, campaign: str, criteria: Criteria, *, with_facets: bool = False, explained: bool = False
) -> dict[str, Any]:
    """State the count, by the very predicate of the cut (R009, R029); ``staff`` is never shown to customers, nor what
    ``explained`` adds: the rows that each criterion takes away.

    Raises ``LicenceRefused`` when the campaign or its agreement has ended, or the subject does not fit.
    """
    own = own_lists.read(criteria.exclude)
    with open_register(store, holder="count") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            chosen = selector(store, connection, work, criteria, own=own)
        document = {"snapshot": register.snapshot} | select(register, chosen).document()
        if with_facets:
            document["facets"] = facets(register, chosen)
        if explained:
            document["explain"] = explain(register, chosen)
        return document


def for_customer(document: Mapping[str, Any], *, threshold: int) -> dict[str, Any]:
    """The statement as a customer or reseller may see it: what would be delivered, in steps of ``threshold``.

    Who is missing and why is nobody's business (R026): no ``staff``, nothing to subtract from, and a number only as the
    multiple of the threshold that it reaches, so that one ban more or less does not show; below it ``fewer than …``.
    """
    shown: dict[str, Any] = {name: stepped(document[name], threshold) for name in ("to_deliver", "organisations")}
    if "facets" in document:
        shown["facets"] = {
            dimension: [value | {"count": stepped(value["count"], threshold)} for value in values]
            for dimension, values in document["facets"].items()
        }
    return {"snapshot": document["snapshot"], "in_steps_of": threshold} | shown


def stepped(number: int, threshold: int) -> int | str:
    """The largest multiple of the threshold that the number reaches, or ``fewer than <threshold>``."""
    return number - number % threshold if number >= threshold else f"fewer than {threshold}"
