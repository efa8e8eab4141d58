"""What one licence is about, as plain facts: the card, the policy and the message text are made of these alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import day_start, helsinki_day
from core.settings import Settings
from schemas.licence import Terms


@dataclass(frozen=True)
class Party:
    """A legal entity as a licence names it."""

    name: str
    business_id: str
    country: str
    contact: str | None


@dataclass(frozen=True)
class Deal:
    """Who may do what with which extract, until when."""

    controller: Party
    customer: Party
    campaign: str
    campaign_name: str
    purpose: str
    channels: Sequence[str]
    subject: Sequence[str]
    since: date
    until: date
    starts_at: datetime
    ends_at: datetime
    disposal_at: datetime
    """The instant by which the rows must be gone (R035)."""
    register: str
    terms: Terms
    terms_version: int
    terms_sha256: str
    names: str
    """What the names of things in a policy begin with."""
    continuous: bool = False
    """Continuous use: the customer is a controller of its own and keeps the rows while the agreement runs (R041)."""

    @property
    def disposal_on(self) -> date:
        """The last Finnish day on which the statement of disposal is in time."""
        return helsinki_day(self.disposal_at - timedelta(microseconds=1))


def deal_of(
    settings: Settings,
    *,
    campaign: Mapping[str, Any],
    customer: Mapping[str, Any],
    terms: Mapping[str, Any],
    continuous: bool = False,
) -> Deal:
    """The facts of a licence; ``campaign`` (or the use), ``customer`` and ``terms`` (``ledger.licences``) are rows."""
    return Deal(
        controller=Party(settings.controller, settings.controller_business_id, "FI", settings.contact),
        customer=Party(customer["name"], customer["business_id"], customer["country"], customer["contact"]),
        campaign=campaign["campaign"],
        campaign_name=campaign["name"],
        purpose=campaign["purpose"],
        channels=campaign["channels"],
        subject=campaign["subject"],
        since=campaign["starts_on"],
        until=campaign["ends_on"],
        starts_at=day_start(campaign["starts_on"]),
        ends_at=campaign["ends_at"],
        disposal_at=campaign["ends_at"] + timedelta(days=settings.disposal_days),
        register=settings.register_name,
        terms=terms["text"],
        terms_version=terms["version"],
        terms_sha256=terms["sha256"],
        names=settings.licence_names,
        continuous=continuous,
    )
