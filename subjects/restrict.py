"""Restricting persons (Art. 18): neither used nor changed nor deleted, and told before it is lifted (R062).

The restriction acts at once through the fence; every publish carries the rows over as they are, whatever the sources
say, and retention and erasure leave them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.errors import InvalidInput
from ledger import bans, restrictions
from ledger.store import Store
from register.erase_keys import present
from register.query import open_register
from subjects import cases, identity_check, recipients_told

Row = dict[str, Any]

TOLD_VIA = ("phone", "letter", "email", "web", "visit")


def restrict(
    store: Store, persons: Sequence[int], *, via: str, received_on: date | None = None, case: str | None = None
) -> Row:
    """Restrict persons at once, tell whoever holds them, and close the case: ``{"restriction", "persons", "case"}``.

    Raises ``InvalidInput`` (value_missing, value_unknown, date_future) and ``NotFound`` (person_unknown,
    snapshot_none).
    """
    if not persons:
        raise InvalidInput("value_missing", field="person")
    received = received_on or store.today()
    with open_register(store, holder="restriction") as register:
        whom = sorted(present(register, persons))
    case = case or cases.open_case(store, right="restriction", via=via, received_on=received_on, persons=whom)
    with store.write() as tx:
        bans.lock_fence(tx)
        ban = identity_check.restrict(tx, whom, via=via, received_on=received)
        tx.audit("subject.restricted", ban=ban, persons=whom, case=case)
    recipients_told.tell_bans(store)
    cases.complete(store, case, outcome="granted", detail={"restriction": ban})
    return {"restriction": ban, "persons": whom, "case": case}


def tell(store: Store, ban: str, *, via: str, on: date | None = None) -> Row:
    """Record that the persons were told that the restriction will be lifted (Art. 18(3)).

    Raises ``InvalidInput`` (value_unknown, date_future), ``NotFound`` (restriction_unknown), ``InvalidTransition``.
    """
    if via not in TOLD_VIA:
        raise InvalidInput("value_unknown", field="via", value=via, allowed=", ".join(TOLD_VIA))
    day = on or store.today()
    if day > store.today():
        raise InvalidInput("date_future", field="on")
    with store.write() as tx:
        restrictions.tell(tx, ban, via=via, told_on=day)
    return {"restriction": ban, "told_on": day, "via": via}


def lift(store: Store, ban: str, *, reason: str) -> Row:
    """Lift a restriction, once the persons were told; from the next publish on the sources speak again.

    Raises ``InvalidInput`` (value_missing), ``NotFound`` (restriction_unknown), ``InvalidTransition``, and ``Refused``
    (restriction_not_told).
    """
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    with store.write() as tx:
        fence = restrictions.lift(tx, ban, reason=reason)
    return {"restriction": ban, "state": "lifted", "fence": fence}
