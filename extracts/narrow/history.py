"""What a recipient, its group, its circle and its reseller obtained before an order, and may still obtain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

from core.clock import day_start
from core.errors import HistoryMoved, StoreError
from extracts.narrow import Pieces, Reach
from extracts.narrow.obtained import Arrays, Obtained, persons_of
from extracts.narrow.pieces import parts
from extracts.narrow.tokens import Persons, distinct
from ledger import groups, obtained as past
from ledger.engine import Connection, Transaction
from ledger.groups import circle, group
from ledger.obtained import Extract, Plan
from ledger.store import Store

MONTHS = 12
"""How far back cumulative caps look (R030)."""

Customers = frozenset[str]


@dataclass(frozen=True)
class Parties:
    """Everybody concerned by an order of a party for a recipient."""

    group: Customers
    """The recipient with its parents and their subsidiaries."""
    circle: Customers
    """The group, and whoever is tied to it otherwise."""
    reseller: Customers
    """The group of who orders for the recipient; empty when it orders itself."""

    @property
    def everybody(self) -> Customers:
        return self.circle | self.reseller


@dataclass(frozen=True)
class History:
    """What everybody concerned by an order has, and what is planned for them."""

    store: Store
    arrays: Arrays
    parties: Parties
    extracts: Sequence[Extract]
    plans: Sequence[Plan]

    def obtained(self, of: Customers) -> Obtained:
        """Distinct persons that these customers got, ordered, or may still get. Raises ``StoreError``."""
        more = [one.tokens for one in self.plans if {one.customer, one.party} & of]
        since = first_day(self.store).toordinal()
        return self.arrays.obtained(of, self._extracts(of), since=since, more=more)

    def received(self, customer: str, extracts: Sequence[Extract]) -> Obtained:
        """Distinct persons in those of these extracts that one customer received. Raises ``StoreError``."""
        theirs = [one for one in extracts if one.customer == customer]
        return self.arrays.obtained((), theirs, since=first_day(self.store).toordinal())

    def reach(self, of: Customers, persons: Persons) -> Reach:
        """What they have, and what these persons would add. Raises ``StoreError`` (manifest_damaged)."""
        before = self.obtained(of)
        return Reach(len(of), before.persons, before.new(persons))

    def pieces(self, criteria: Mapping[str, Any], persons: Persons, *, order: str | None) -> Pieces | None:
        """Running or planned orders that are parts of one selection with these criteria, apart from ``order`` itself;
        None without any."""
        now = self.store.now()
        running = [one for one in self.extracts if one.ends_at > now and one.order != order]
        others: Sequence[Extract | Plan] = [*running, *self.plans]
        orders, keys = parts(criteria, {one.order: one.criteria for one in others})
        if not orders:
            return None
        held = [persons_of(self.store, one) for one in running if one.order in orders]
        held += [Persons.of(one.tokens, day=0) for one in self.plans if one.order in orders]
        return Pieces(orders, keys, sum(map(len, distinct([persons, *held]))))

    def check(self, tx: Transaction) -> None:
        """Raise ``HistoryMoved`` (obtained_since) when somebody concerned got another extract meanwhile.

        Call it under the fence's lock, where releases queue: then no two of them pass a cap together.
        """
        seen = {one.extract for one in self.extracts}
        now = past.names(tx.connection, self.parties.everybody, since=day_start(first_day(self.store)))
        if now - seen:
            raise HistoryMoved("obtained_since", extract=min(now - seen))

    def _extracts(self, of: Customers) -> list[Extract]:
        return [one for one in self.extracts if {one.customer, one.party} & of]


def first_day(store: Store) -> date:
    """The first day of the period that cumulative caps look at."""
    return store.today() - relativedelta(months=MONTHS)


def parties(connection: Connection, *, recipient: str, party: str) -> Parties:
    """Who is concerned by an order of ``party`` for ``recipient``: the same when it orders for itself."""
    known = groups.parties(connection)
    reseller: Customers = group(known, party) if party != recipient else frozenset()
    return Parties(group(known, recipient), circle(known, recipient), reseller)


def read(
    store: Store, connection: Connection, concerned: Parties, *, planned: bool = True, but: str | None = None
) -> History:
    """Everything that bears on an order. ``planned`` takes in what may still be cut, apart from the order ``but``."""
    everybody, since = concerned.everybody, day_start(first_day(store))
    found = past.extracts(connection, everybody, since=since)
    arrays = Arrays(store)
    with suppress(StoreError):  # a node that cannot write reads all the same
        arrays.refresh(everybody, found, since=first_day(store).toordinal())
    planned_orders = past.plans(connection, everybody, at=store.now(), but=but) if planned else []
    return History(store, arrays, concerned, found, planned_orders)
