"""Who belongs together: a customer's group, and the circle of those who may be one behind several names (R030, T07)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger import tables
from schemas import codes


@dataclass(frozen=True)
class Party:
    """A customer as far as it tells whom it belongs to."""

    customer: str
    parent: str | None = None
    contact: str | None = None
    """Its mailbox."""


def group(parties: Iterable[Party], customer: str) -> frozenset[str]:
    """The customer, its parents, and all their subsidiaries, however many steps away (R030)."""
    return _together(customer, [(one.customer, one.parent) for one in parties if one.parent])


def circle(parties: Sequence[Party], customer: str) -> frozenset[str]:
    """Everybody tied to the customer by group or by the domain of its mailbox.

    Ties are followed one after the other: a shell of a subsidiary belongs to the circle. A mail provider's domain ties
    nobody.
    """
    ties: list[tuple[str, Hashable]] = []
    for one in parties:
        found = (one.parent, domain(one.contact))
        ties += [(one.customer, tie) for tie in found if tie is not None]
    return _together(customer, ties)


def parties(connection: Connection) -> list[Party]:
    """Every customer there is or was: one that was removed still ties those who are left."""
    of = tables.customer.c
    return [Party(*row) for row in connection.execute(select(of.customer, of.parent, of.contact))]


def members(connection: Connection, customer: str) -> list[str]:
    """The customer's group as the ledger has it, by id."""
    return sorted(group(parties(connection), customer))


@dataclass(frozen=True)
class _Domain:
    name: str


_NOBODYS = frozenset({"example.com", "example.net", "example.org"})
"""Domains that stand for others in texts (RFC 2606)."""


def domain(contact: str | None) -> _Domain | None:
    """The domain of a mailbox; None without one, and for one where anybody or nobody has a mailbox."""
    name = (contact or "").rpartition("@")[2].strip().lower()
    return _Domain(name) if name and name not in codes.public_mail_domains() | _NOBODYS else None


def _together(start: str, ties: Iterable[tuple[str, Hashable]]) -> frozenset[str]:
    """Everybody reached from ``start`` over shared ties; a tie that is a customer's id leads on from there."""
    tied: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for customer, tie in ties:
        tied[customer].add(tie)
        tied[tie].add(customer)
    reached: set[Hashable] = {start}
    unfollowed: list[Hashable] = [start]
    while unfollowed:
        new = tied[unfollowed.pop()] - reached
        reached |= new
        unfollowed += new
    return frozenset(one for one in reached if isinstance(one, str))
