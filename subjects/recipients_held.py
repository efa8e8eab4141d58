"""Holdings: every delivered row of somebody, with the recipient by name (R057, C-154/21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from extracts.gate import minimise
from ledger import disclosures
from ledger.disclosures import Disclosure
from ledger.store import Store
from subjects import recipients_index, recipients_rows
from subjects.recipients_subscribed import fates

PREPARED, HELD, ENDED = "prepared", "held", "ended"
"""States of a delivered row: it never left the house; its recipient may have it; it had to be disposed of by now."""


@dataclass(frozen=True)
class Holding:
    """One row of somebody in an extract: what went to whom, for what, and whether it is still there."""

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
    target: str
    """What was asked for: person, position or organisation."""
    id: int
    delta: int | None = None
    """Of continuous use: the number of the delta; ``campaign`` is then the subscription."""
    key: str | None = None
    """Of continuous use: by which the recipient knows the row."""
    removed_by: Mapping[str, Any] | None = None
    """Of continuous use: the delta that removes it, as the ledger has it."""
    running: bool = False
    """The campaign or continuous use is not over."""

    @property
    def by_delta(self) -> bool:
        """Whether the recipient learns by the next delta and not by a message (R042)."""
        return self.delta is not None and self.running


def holdings(
    store: Store, persons: Sequence[int], *, positions: Sequence[int] = (), organisations: Sequence[int] = ()
) -> list[Holding]:
    """Every row of these persons (positions, organisations) in any extract, oldest first, ended ones included.

    Seeds and withheld rows are in none (R038). Raises ``StoreError`` (manifest_damaged, manifests_failed).
    """
    with store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    if not among:
        return []
    wanted = recipients_rows.tokens(store, persons=persons, positions=positions, organisations=organisations)
    return found_in(store, among, wanted)


def held(store: Store, wanted: pa.Table) -> list[Holding]:
    """The rows with one of these tokens that a recipient may still have."""
    with store.ledger.read() as connection:
        among = disclosures.disclosures(connection)
    now, days = store.now(), store.settings.disposal_days
    likely = [one for one in among if state_of(one, now=now, disposal_days=days) == HELD]
    return [one for one in found_in(store, likely, wanted) if one.state == HELD]


def state_of(disclosure: Disclosure, *, now: datetime, disposal_days: int) -> str:
    """What has become of the rows of an extract at that instant: ``prepared``, ``held`` or ``ended``; the recipient's
    statement that they are gone ends them too (R035)."""
    if disclosure.delivered_at is None:
        return PREPARED
    if disclosure.disposed_on is not None:
        return ENDED
    return HELD if now < disclosure.ends_at + timedelta(days=disposal_days) else ENDED


def found_in(store: Store, among: Sequence[Disclosure], wanted: pa.Table) -> list[Holding]:
    """The rows of these extracts with one of these tokens (``recipients_rows.TOKENS``)."""
    by_manifest = {one.manifest: one for one in among}
    now, days = store.now(), store.settings.disposal_days
    made = []
    likely = recipients_index.narrowed(store, among, wanted["token"])
    rows = recipients_rows.find(store, wanted, among=likely).to_pylist()
    subscribed = fates(store, rows, by_manifest)
    for row in rows:
        one = by_manifest[row["filename"]]
        state, fate = state_of(one, now=now, disposal_days=days), subscribed.get((one.extract, row["number"]))
        made.append(
            Holding(
                person=row["id"] if row["target"] == "person" else None,
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
                state=ENDED if state == HELD and fate is not None and fate.gone else state,
                target=row["target"],
                id=row["id"],
                delta=one.delta,
                key=None if fate is None else fate.key,
                removed_by=None if fate is None else fate.removed_by,
                running=now < one.ends_at,
            )
        )
    return sorted(made, key=lambda one: (one.released_at, one.extract, one.row, one.target, one.id))
