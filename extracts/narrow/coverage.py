"""How much of the register, and of each part of it, somebody obtained in twelve months. For our own eyes (T07)."""

from __future__ import annotations

from typing import Any

from extracts.narrow import history, percent
from extracts.narrow.history import Customers, History
from extracts.narrow.review import WHOLE, limits
from ledger import customers
from ledger.store import Store
from register import strata
from register.query import open_register


def coverage(store: Store, customer: str) -> dict[str, Any]:
    """What a customer's group obtained, for itself or, as a reseller, for others: ``{"customer", "customers", "since",
    "extracts", "persons", "planned", "register_persons", "percent", "cap", "circle", "recipients", "parts"}``.

    ``planned`` are further persons of orders that may still be cut; ``circle`` is whoever is tied to it by mail domain
    too. ``recipients`` and ``parts`` have the largest first; of the parts a person counts who is still in the register.
    Raises ``NotFound`` (customer_unknown, snapshot_none) and ``StoreError`` (manifest_damaged).
    """
    with store.ledger.read() as connection:
        customers.customer(connection, customer)
        who = history.parties(connection, recipient=customer, party=customer)
        past = history.read(store, connection, who, planned=False)
        planned = history.read(store, connection, who).obtained(who.group).persons
        names = {row["customer"]: row["name"] for row in customers.customers(connection)}
    mine = past.obtained(who.group)
    with open_register(store, holder="coverage") as register:
        sizes = strata.sizes(register)
        known = strata.linked(register, mine.words, fingerprint=store.key("fingerprint"))
        parts: list[dict[str, Any]] = [
            {
                "dimension": part.dimension,
                "value": part.value,
                "label": strata.label(register, part),
                "persons": persons,
                "of": sizes[part],
                "percent": percent(persons, sizes[part]),
            }
            for part, persons in strata.spread(register, known).items()
            if part != WHOLE
        ]
    parts.sort(key=lambda part: (-part["percent"], -part["of"], part["dimension"], part["value"]))
    whole = sizes.get(WHOLE, 0)
    return {
        "customer": customer,
        "customers": sorted(who.group),
        "since": history.first_day(store),
        "extracts": sum(bool({one.customer, one.party} & who.group) for one in past.extracts),
        "persons": mine.persons,
        "planned": planned - mine.persons,
        "register_persons": whole,
        "percent": percent(mine.persons, whole),
        "cap": limits(store.settings).year_cap(whole),
        "circle": {"customers": len(who.circle), "persons": past.obtained(who.circle).persons},
        "recipients": _recipients(past, who.group, names),
        "parts": parts,
    }


def _recipients(past: History, group: Customers, names: dict[str, str]) -> list[dict[str, Any]]:
    """Distinct persons by recipient, of what the group received or ordered."""
    ours = [one for one in past.extracts if {one.customer, one.party} & group]
    found: list[dict[str, Any]] = [
        {"customer": one, "name": names[one], "persons": past.received(one, ours).persons}
        for one in sorted({extract.customer for extract in ours})
    ]
    return sorted(found, key=lambda row: (-row["persons"], row["customer"]))
