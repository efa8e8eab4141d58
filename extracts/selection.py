"""From a campaign and its criteria to the one selector that count, order and cut share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.clock import helsinki_day
from core.errors import HistoryMoved, LicenceRefused, NotFound
from core.keys import Words
from extracts import earlier, own_lists, pressure
from extracts.own_lists import OwnList
from ledger import (
    bans,
    customers,
    cuts,
    end_customers,
    groups,
    heartbeat,
    notice_versions,
    notices,
    recipients,
    sources,
    trusted_time,
)
from ledger.engine import Connection
from ledger.store import Store
from register.query import Exclusion, HotRows, Selector
from schemas import codes
from schemas.criteria import Criteria, Exclusions

Row = dict[str, Any]


@dataclass(frozen=True)
class Commission:
    """The rows of the ledger that a count, order or cut is for."""

    campaign: Row
    agreement: Row
    customer: Row


def commission(store: Store, connection: Connection, campaign_id: str, *, planning: bool = False) -> Commission:
    """Fetch campaign, agreement and recipient, and check that they are in force and inside the EEA (R027, R077).

    ``planning`` lets a campaign that has not started yet be counted and ordered. Raises ``BanUnreadable`` on a node
    whose view of the bans is too old to count with (R016), and, unless ``planning``, ``StoreError`` (clock_untrusted);
    an end that was seen before a clock went back stays an end (R036).
    """
    heartbeat.check_fresh(connection, store.settings, now=store.now())
    campaign = customers.campaign(connection, campaign_id)
    agreement = customers.agreement(connection, campaign["agreement"])
    if agreement["mode"] == "continuous":  # it has a subscription, whose deliveries go another way (R043)
        needed = {"mode": agreement["mode"], "needed": "campaigns"}
        raise LicenceRefused("agreement_mode", agreement=agreement["agreement"], **needed)
    customer = customers.customer(connection, campaign["customer"])
    recipients.check_places(connection, customer, at=store.now())
    if agreement["mode"] == "reseller":
        end_customers.check(connection, customer, campaign)
    now = trusted_time.now(connection, store.now())
    customers.check_in_force(campaign, agreement, now=now, today=helsinki_day(now), planning=planning)
    if not planning:
        trusted_time.check(store, connection)
    return Commission(campaign, agreement, customer)


def selector(
    store: Store, connection: Connection, work: Commission, criteria: Criteria, *, own: Sequence[OwnList] = ()
) -> Selector:
    """Everything that decides the selection, read in one ledger transaction; ``own``: the customer's lists.

    Raises ``LicenceRefused`` when the criteria ask only for responsibilities outside the campaign's subject (R028),
    and ``NotFound`` (campaign_unknown) for an earlier campaign that was not the customer's.
    """
    subject = work.campaign["subject"]
    asked = set(criteria.person.responsibility or ()) | set(criteria.person.purchasing or ())
    if asked and not asked & set(subject):
        raise LicenceRefused("subject_outside", subject=", ".join(subject), asked=", ".join(sorted(asked)))
    fingerprint = store.key("fingerprint")
    customer = work.customer["customer"]
    return Selector(
        criteria=criteria,
        subject=subject,
        blocked=bans.blocked(connection, channels=work.campaign["channels"]),
        quarantined_sources=sorted(sources.quarantined_sources(connection)),
        exclusion=Exclusion(
            level=criteria.exclude.earlier_orders,
            earlier=_earlier(store, connection, customer, criteria.exclude),
            own=own_lists.merged(own),
        ),
        today=store.today(),
        verified_months=store.settings.verified_months,
        notice_wait_days=store.settings.notice_wait_days,
        draw=work.campaign["campaign"],
        rank_key=fingerprint.derive("sel").sub(customer),
        smallest_share=store.settings.withhold_share_traced,
        voided=notices.voided(connection, today=store.today()),
        notice_version=notice_versions.material_in_effect(connection, today=store.today()),
        pressed=_pressed(store, pressing(store, connection, work), work),
        hot=HotRows(fingerprint.derive("hot"), least) if (least := store.settings.hot_rows_from) else None,
    )


def pressing(store: Store, connection: Connection, work: Commission) -> pressure.Running:
    """The campaigns that count for contact pressure; none where any number is allowed. A continuous use takes nobody
    back for that: who is in it is known there already."""
    if not store.settings.pressure_campaigns or work.agreement["mode"] == "continuous":
        return {}
    return cuts.running(connection, now=store.now(), days=store.settings.pressure_days)


def check_pressure(
    store: Store, connection: Connection, work: Commission, *, seen: pressure.Running, pressed: Words
) -> None:
    """Raise ``HistoryMoved`` (pressed_since) when a cut of somebody else brought a person to the limit after ``seen``.

    ``pressed`` are those who were at the limit when the selection was made. Call it under the fence's lock.
    """
    running = pressing(store, connection, work)
    if running != seen and len(np.setdiff1d(_pressed(store, running, work), pressed)):
        raise HistoryMoved("pressed_since")


def _pressed(store: Store, running: pressure.Running, work: Commission) -> Words:
    """Persons whom the campaign may not have, because they are in as many others as may be."""
    if not running:
        return np.empty(0, np.uint64)
    own, most = work.campaign["campaign"], store.settings.pressure_campaigns
    return pressure.pressed(store, running=running, own=own, most=most)


def _earlier(store: Store, connection: Connection, customer: str, wanted: Exclusions) -> Words:
    """The words of the earlier deliveries that are asked about."""
    if wanted.earlier_orders == "none":
        return np.empty(0, np.uint64)
    whose = groups.members(connection, customer) if wanted.earlier_orders_of == "group" else [customer]
    _check_campaigns(connection, whose, wanted.earlier_orders_campaigns or ())
    found = [
        earlier.received(
            store,
            customer=one,
            column=earlier.COLUMNS[wanted.earlier_orders],
            manifests=[row["manifest"] for row in rows],
            asked=[row["manifest"] for row in rows if _asked(row, wanted)],
        )
        for one in whose
        if (rows := cuts.disclosed(connection, one))
    ]
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def _asked(extract: Row, wanted: Exclusions) -> bool:
    since, campaigns = wanted.earlier_orders_since, wanted.earlier_orders_campaigns
    return (since is None or helsinki_day(extract["released_at"]) >= since) and (
        campaigns is None or extract["campaign"] in campaigns
    )


def _check_campaigns(connection: Connection, whose: Sequence[str], campaigns: Sequence[str]) -> None:
    """Campaigns of others are as unknown as those that there are not."""
    for one in campaigns:
        if customers.campaign(connection, one)["customer"] not in whose:
            raise NotFound("campaign_unknown", campaign=one)


def licensed_fields(channels: Sequence[str]) -> list[str]:
    """Extract columns that these channels need, in the contract's order (R029)."""
    return [name for name, channel in codes.EXTRACT_FIELDS.items() if channel is None or channel in channels]
