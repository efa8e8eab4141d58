"""The budget of persons that a customer's users may look at on pages: by user, by group, by reseller (R088, T21).

For every door that shows rows one page at a time. Whoever pages through the register in many small campaigns meets the
same caps as with files: a page is released, listed in a manifest and kept in the ledger like a file, so it counts like
one.
"""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from core.clock import day_start
from core.errors import Refused
from extracts.narrow import history
from extracts.narrow.history import Customers
from extracts.narrow.obtained import Arrays
from extracts.narrow.review import WHOLE, limits
from extracts.narrow.tokens import Persons
from extracts.selection import commission
from ledger import customers, obtained as past, tasks
from ledger.engine import Transaction
from ledger.store import Store
from register import strata
from register.query import Register

TASK = "view budget"
"""Kind of the task that a stopped user leaves; the audit names the user."""


def check_page(store: Store, register: Register, campaign: str, persons: pa.Array) -> None:
    """Ask before the acting user is shown a page of these persons (ids INT32) for a campaign.

    Raises ``LicenceRefused`` as a cut does, and ``Refused`` (view_budget_spent) when the user, the customer's group
    or its reseller would have had more different persons within twelve months than it may; then a task is open for us.
    """
    tokens = strata.tokens(register, persons, fingerprint=store.key("fingerprint"))
    mine = Persons.of(tokens, day=store.today().toordinal())
    whole = strata.sizes(register).get(WHOLE, 0)
    with store.write() as tx:
        work = commission(store, tx.connection, campaign)
        recipient, party = work.customer["customer"], work.agreement["customer"]
        who = history.parties(tx.connection, recipient=recipient, party=party)
        customers.lock(tx, who.everybody)  # two pages at once see each other
        stopped = _over(store, tx, who, mine, year_cap=limits(store.settings).year_cap(whole))
        if stopped is None:
            tx.audit("page.allowed", campaign=campaign, persons=len(mine))
        else:
            tx.audit("page.stopped", campaign=campaign, **stopped.ids)
            if not tasks.tasks_of(tx.connection, kind=TASK, name="campaign", value=campaign):
                ids = {"campaign": campaign, "budget": stopped.ids["budget"]}
                tasks.open_task(tx, kind=TASK, due_on=store.today() + timedelta(days=1), ids=ids)
    if stopped is not None:
        raise stopped


def _over(store: Store, tx: Transaction, who: history.Parties, mine: Persons, *, year_cap: int) -> Refused | None:
    """The budget that the page would exceed; one that adds nobody exceeds none."""
    first = history.first_day(store)
    since = day_start(first)
    past_of_all = history.read(store, tx.connection, who)
    seen = past.released_by(tx.connection, store.actor, since=since)
    by_user = Arrays(store).obtained((), seen, since=first.toordinal())
    found = [
        (
            "user",
            by_user.persons,
            by_user.new(mine),
            store.settings.view_budget + past.granted(tx.connection, since=since, user=store.actor),
        )
    ]
    scopes: list[tuple[str, Customers]] = [("group", who.group), ("reseller", who.reseller)]
    for name, of in scopes:
        if of:
            reach = past_of_all.reach(of, mine)
            limit = year_cap + past.granted(tx.connection, since=since, to=of)
            found.append((name, reach.before, reach.added, limit))
    for budget, before, added, limit in found:
        if added and before + added > limit:
            return Refused("view_budget_spent", budget=budget, persons=before, limit=limit)
    return None
