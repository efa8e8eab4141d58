"""Bans that reached us before they were recorded: what left the house in between is a breach candidate (T20, R094).

The clock starts with the day a ban was received, wherever it lay since: with a reseller, in a mailbox nobody read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.clock import day_start
from ledger import bans, breaches, cuts
from ledger.engine import Transaction
from ledger.store import Store
from register.ban_search import Found
from subjects.ban_request import BanRequest
from subjects.recipients_held import Holding, holdings

_IDS = {"person": "persons", "position": "positions", "organisation": "organisations"}


@dataclass(frozen=True)
class Late:
    """Extracts per request, by its number, and how many extracts there were when they were looked through."""

    by_request: Mapping[int, Sequence[str]] = field(default_factory=dict)
    seen: int | None = None

    def extracts(self, number: int) -> Sequence[str]:
        return self.by_request.get(number, ())


def find(store: Store, filed: Sequence[tuple[BanRequest, Found]]) -> Late:
    """For each ban that was received before today: the extracts released since that day that hold somebody it hits.

    Raises ``StoreError`` (manifest_damaged, manifests_failed).
    """
    today = store.today()
    late = {
        number: (request.received_on, request.channel, found.hits)
        for number, (request, found) in enumerate(filed)
        if request.received_on is not None and request.received_on < today and found.hits
    }
    if not late:
        return Late()
    with store.ledger.read() as connection:
        seen = len(cuts.extracts(connection))
    ids: dict[str, set[int]] = {name: set() for name in _IDS.values()}
    for _, _, hits in late.values():
        for target, subject, _, _ in hits:
            ids[_IDS[target]].add(subject)
    held: dict[tuple[str, int], list[Holding]] = {}
    if seen:
        for one in holdings(
            store,
            sorted(ids["persons"]),
            positions=sorted(ids["positions"]),
            organisations=sorted(ids["organisations"]),
        ):
            held.setdefault((one.target, one.id), []).append(one)
    by_request = {
        number: sorted(
            {
                one.extract
                for target, subject, _, narrow in hits
                for one in held.get((target, subject), ())
                if one.released_at >= day_start(received)
                and bans.concerns(channel, one.channels)
                and bans.concerns(narrow, one.channels)
            }
        )
        for number, (received, channel, hits) in late.items()
    }
    return Late({number: extracts for number, extracts in by_request.items() if extracts}, seen)


def outrun(tx: Transaction, late: Late) -> bool:
    """Whether an extract was released after they were looked through; the caller holds the fence and looks again."""
    return late.seen is not None and len(cuts.extracts(tx.connection)) != late.seen


def report(tx: Transaction, ban: str, extracts: Sequence[str]) -> list[str]:
    """Open the breach candidate of a ban that came too late for these extracts; returns them."""
    if extracts:
        breaches.open_candidate(tx, trigger="late_ban", key=ban, ids={"ban": ban, "extracts": list(extracts)})
    return list(extracts)
