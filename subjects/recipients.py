"""Who holds a person's data after delivery, and telling them what to do with the rows (R023, R057, R063, Art. 19).

A recipient learns a row key (extract and row number) and a neutral code, ``remove`` or ``update``; a ban, an erasure
and a restriction look the same to it (R023).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import day_end, helsinki_day
from core.errors import InvalidInput
from extracts.gate import minimise
from ledger import bans, disclosures, messages
from ledger.disclosures import Disclosure
from ledger.engine import Transaction
from ledger.messages import CODES, Entry
from ledger.store import Store
from subjects import recipients_rows
from subjects.deadlines import is_working_day

HELD = "held"
"""State of a row that its recipient may still have."""


@dataclass(frozen=True)
class Holding:
    """One delivered row of a person: what went to whom, for what, and whether it is still there."""

    person: int | None
    """As asked for; None when a position or an organisation was asked for."""
    position: int | None
    """None when the position is no longer known."""
    extract: str
    row: int
    """Row number in the delivered file."""
    customer: str
    customer_name: str
    """The recipient: a legal entity, named also when it is a customer no more (C-154/21, T15)."""
    business_id: str
    reseller: str | None
    reseller_name: str | None
    """Who ordered for the recipient; a reseller itself never holds rows (R051)."""
    campaign: str
    campaign_name: str
    purpose: str
    channels: list[str]
    fields: list[str]
    """The columns that the recipient got, the row number and the ban link included."""
    released_at: datetime
    delivered_at: datetime | None
    ends_at: datetime
    """The end of the campaign."""
    state: str
    """``prepared`` (never left the house), ``held``, or ``ended``: the data had to be disposed of by now."""


def holdings(
    store: Store, persons: Sequence[int], *, positions: Sequence[int] = (), organisations: Sequence[int] = ()
) -> list[Holding]:
    """Every row of these persons (positions, organisations) in any extract, oldest first, ended ones included.

    Seeds and withheld rows are in none (R038). Raises ``StoreError`` (manifest_damaged, manifests_failed).
    """
    with store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    return _held_in(store, among, persons=persons, positions=positions, organisations=organisations)


def state_of(disclosure: Disclosure, *, now: datetime, disposal_days: int) -> str:
    """What has become of a row of this extract at that instant: ``prepared``, ``held`` or ``ended``."""
    if disclosure.delivered_at is None:
        return "prepared"
    return HELD if now < disclosure.ends_at + timedelta(days=disposal_days) else "ended"


def tell(
    store: Store,
    *,
    persons: Sequence[int],
    code: str,
    cause: str,
    changes: Mapping[str, Any] | None = None,
    positions: Sequence[int] = (),
    organisations: Sequence[int] = (),
) -> int:
    """Queue a message to every recipient that still holds these persons; returns how many messages were queued.

    ``cause`` is the id of the ban, case or correction: said again, it queues nothing new, and for a ban it is the ban's
    id. ``changes`` (code ``update``): column of an extract to its new value; a recipient is told only of columns it
    got. A row that is to be removed is never updated, and a banned person's row never gets a new value.
    Raises ``InvalidInput`` (value_unknown) for another code.
    """
    if code not in CODES:
        raise InvalidInput("value_unknown", field="code", value=code, allowed=", ".join(CODES))
    with store.ledger.read() as connection:
        among = _holding(store, disclosures.disclosures(connection))
    found = _held_in(store, among, persons=persons, positions=positions, organisations=organisations)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, _due(found), code=code, cause=cause, changes=changes)
        if not queued:
            tx.abandon()
    return len(queued)


def queue(
    tx: Transaction, found: Iterable[Holding], *, code: str, cause: str, changes: Mapping[str, Any] | None = None
) -> list[str]:
    """Queue ``found`` as one message per recipient; returns the messages' ids. The caller holds the fence lock."""
    by_recipient: dict[str, list[Entry]] = {}
    for one in found:
        told = None
        if code == "update":
            told = {name: value for name, value in (changes or {}).items() if name in one.fields}
            if not told:
                continue
        by_recipient.setdefault(one.customer, []).append(Entry(one.extract, one.row, told))
    queued = [
        messages.queue(tx, customer=customer, code=code, cause=cause, entries=entries, **deadlines(tx.at))
        for customer, entries in sorted(by_recipient.items())
    ]
    return [message for message in queued if message is not None]


ACKNOWLEDGE_WITHIN = timedelta(days=5)
"""From the ban: a recipient that has not said by then that the row is gone gets nothing new (R023)."""


def deadlines(at: datetime) -> dict[str, datetime]:
    """By when a message queued at that instant must be sent (one working day) and acknowledged (five days)."""
    return {"send_by": day_end(_working_day_after(helsinki_day(at))), "acknowledge_by": at + ACKNOWLEDGE_WITHIN}


def _working_day_after(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def _holding(store: Store, all_of_them: Sequence[Disclosure]) -> list[Disclosure]:
    return [
        one for one in all_of_them if state_of(one, now=store.now(), disposal_days=store.settings.disposal_days) == HELD
    ]


def _due(found: Iterable[Holding]) -> list[Holding]:
    return [one for one in found if one.state == HELD]


def _held_in(
    store: Store,
    among: Sequence[Disclosure],
    *,
    persons: Sequence[int],
    positions: Sequence[int],
    organisations: Sequence[int],
) -> list[Holding]:
    if not among or not (persons or positions or organisations):
        return []
    wanted = recipients_rows.tokens(store, persons=persons, positions=positions, organisations=organisations)
    rows = recipients_rows.find(store, wanted, among=among).to_pylist()
    by_manifest = {one.manifest: one for one in among}
    now, days = store.now(), store.settings.disposal_days
    made = []
    for row in rows:
        one = by_manifest[row["filename"]]
        made.append(
            Holding(
                person=row["person"],
                position=row["position"],
                extract=one.extract,
                row=row["number"],
                customer=one.customer,
                customer_name=one.customer_name,
                business_id=one.business_id,
                reseller=one.reseller,
                reseller_name=one.reseller_name,
                campaign=one.campaign,
                campaign_name=one.campaign_name,
                purpose=one.purpose,
                channels=one.channels,
                fields=list(minimise.columns(one.channels, one.fields)),
                released_at=one.released_at,
                delivered_at=one.delivered_at,
                ends_at=one.ends_at,
                state=state_of(one, now=now, disposal_days=days),
            )
        )
    return sorted(made, key=lambda one: (one.released_at, one.extract, one.row, one.person or 0))
