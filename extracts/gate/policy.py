"""May these rows go out? Data and the present instant in, ``LicenceRefused`` or nothing out; no database (R027).

The truth table is ``RULES``: read from the top, the first rule of that use which does not hold refuses with its reason.
A rule that only stops additions lets removals go on: they protect the person (R042).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.clock import day_start, helsinki_day
from core.errors import LicenceRefused
from extracts.gate.minimise import licensed
from schemas import assessments, codes

Row = Mapping[str, Any]

CAMPAIGN, CONTINUOUS = "campaign", "continuous"
"""Uses of rows: for a named campaign, or as a controller of one's own over time."""
USES: Mapping[str, tuple[str, ...]] = {CAMPAIGN: ("campaign", "reseller"), CONTINUOUS: ("continuous",)}
"""Agreement modes under which rows may go out for a use."""
_NEEDED = {CAMPAIGN: "campaigns", CONTINUOUS: "continuous use"}
_STANDING = ("approved", "cut", "delivered", "running")
"""States of a standing order under which deltas go out."""


@dataclass(frozen=True)
class Block:
    """Something owed from before that stands in the way of anything new, and the ids that say where."""

    code: str
    ids: Row


BLOCKS = ("disposal_overdue", "leftover_found", "activation_in_review")
"""Codes of blocks that lie on a whole group of customers."""


@dataclass(frozen=True)
class Case:
    """Everything the decision rests on."""

    order: Row
    campaign: Row
    customer: Row
    agreement: Row
    now: datetime
    unacknowledged: Sequence[Row] = ()
    """Messages about delivered rows that the recipient should have acknowledged by now (R023)."""
    assessed: Mapping[str, date] = field(kw_only=True)
    """Review day of the newest balancing test of each purpose, and of the ``dpia`` (R099)."""
    blocks: Sequence[Block] = field(default=(), kw_only=True)
    """What its group still owes from earlier campaigns, besides acknowledgements (R035)."""
    grace_days: int = field(default=30, kw_only=True)
    """Days for which an assessment past its review day still carries cuts."""
    use: str = field(default=CAMPAIGN, kw_only=True)
    controller: Row | None = field(default=None, kw_only=True)
    """Continuous use: the recipient as a controller of its own (R041)."""
    unacknowledged_deltas: Sequence[Row] = field(default=(), kw_only=True)
    """Continuous use: deltas with removals that the recipient should have acknowledged by now (R042)."""

    @property
    def today(self) -> date:
        return helsinki_day(self.now)

    @property
    def asked(self) -> set[str]:
        """Responsibility areas that the selection asks for."""
        person = self.order["criteria"].get("person", {})
        return {*(person.get("responsibility") or ()), *(person.get("purchasing") or ())}

    @property
    def needed(self) -> tuple[str, str]:
        """The assessments that a disclosure for this purpose rests on."""
        return (self.campaign["purpose"], assessments.DPIA)

    @property
    def unassessed(self) -> Sequence[str]:
        """Needed assessments that are not on file."""
        return [key for key in self.needed if key not in self.assessed]

    def lapsed(self, *states: assessments.State) -> Sequence[str]:
        """Needed assessments on file that are past their review day, in these states."""
        return [
            key
            for key in self.needed
            if key in self.assessed
            and assessments.state(self.assessed[key], today=self.today, grace_days=self.grace_days) in states
        ]

    def block(self, code: str) -> Block | None:
        """The first block of that code."""
        return next((block for block in self.blocks if block.code == code), None)

    @property
    def unlicensed(self) -> Sequence[str]:
        """Fields asked for that the campaign's channels do not need."""
        allowed = licensed(self.campaign["channels"])
        return [field for field in self.order["fields"] or () if field not in allowed]


@dataclass(frozen=True)
class Rule:
    """One condition of release; when it does not hold, its code and ids make the refusal."""

    code: str
    holds: Callable[[Case], bool]
    ids: Callable[[Case], dict[str, Any]]
    uses: Sequence[str] = (CAMPAIGN, CONTINUOUS)
    stops: Sequence[str] = ()
    """Uses in which it stops additions alone."""

    def refuses(self, case: Case) -> bool:
        """Whether the release is refused by it."""
        return case.use in self.uses and case.use not in self.stops and not self.holds(case)


def _eea(case: Case) -> bool:
    return codes.in_eea(case.customer["country"], day=case.today)


def unacknowledged_ids(message: Row) -> dict[str, Any]:
    """What a refusal says of the message that stands in the way."""
    due = helsinki_day(message["acknowledge_by"])
    return {"customer": message["customer"], "message": message["message"], "due": due}


def _order_stands(case: Case) -> bool:
    return bool(case.order["state"] in (("approved",) if case.use == CAMPAIGN else _STANDING))


def _unblocked(code: str) -> Rule:
    """Nothing of that kind is owed."""

    def ids(case: Case) -> dict[str, Any]:
        block = case.block(code)
        return {} if block is None else dict(block.ids)

    return Rule(code, lambda case: case.block(code) is None, ids, stops=(CONTINUOUS,))


RULES: tuple[Rule, ...] = (
    Rule(
        "subscription_ended",
        lambda c: c.campaign["closed_at"] is None and c.now < c.campaign["ends_at"],
        lambda c: {"subscription": c.campaign["campaign"]},
        uses=(CONTINUOUS,),
    ),
    Rule(
        "agreement_not_in_force",
        lambda c: c.agreement["starts_on"] <= c.today <= c.agreement["ends_on"],
        lambda c: {"agreement": c.agreement["agreement"], "day": c.today},
    ),
    Rule(
        "agreement_mode",
        lambda c: c.agreement["mode"] in USES[c.use],
        lambda c: {"agreement": c.agreement["agreement"], "mode": c.agreement["mode"], "needed": _NEEDED[c.use]},
    ),
    Rule(
        "recipient_differs",
        lambda c: (
            c.customer["customer"] == c.campaign["customer"]
            and (c.agreement["mode"] == "reseller" or c.campaign["customer"] == c.agreement["customer"])
        ),
        lambda c: {"campaign": c.campaign["campaign"], "customer": c.customer["customer"]},
    ),
    Rule("outside_eea", _eea, lambda c: {"country": c.customer["country"]}),
    Rule(
        "campaign_closed",
        lambda c: c.campaign["closed_at"] is None,
        lambda c: {"campaign": c.campaign["campaign"]},
        uses=(CAMPAIGN,),
    ),
    Rule(
        "campaign_not_started",
        lambda c: c.now >= day_start(c.campaign["starts_on"]),
        lambda c: {"campaign": c.campaign["campaign"], "since": c.campaign["starts_on"]},
    ),
    Rule(
        "campaign_ended",
        lambda c: c.now < c.campaign["ends_at"],
        lambda c: {"campaign": c.campaign["campaign"], "until": c.campaign["ends_on"]},
        uses=(CAMPAIGN,),
    ),
    Rule(
        "controller_unnamed",
        lambda c: c.controller is not None,
        lambda c: {"agreement": c.agreement["agreement"]},
        uses=(CONTINUOUS,),
    ),
    Rule(
        "duty_unconfirmed",
        lambda c: c.controller is not None and c.controller["confirmed_at"] is not None,
        lambda c: {"agreement": c.agreement["agreement"]},
        uses=(CONTINUOUS,),
    ),
    Rule(
        "purpose_unknown",
        lambda c: c.campaign["purpose"] in codes.PURPOSES,
        lambda c: {"campaign": c.campaign["campaign"], "purpose": c.campaign["purpose"]},
    ),
    Rule("purpose_not_assessed", lambda c: not c.unassessed, lambda c: {"missing": ", ".join(c.unassessed)}),
    Rule(
        "assessment_expired",
        lambda c: not c.lapsed("expired"),
        lambda c: {"purpose": c.lapsed("expired")[0], "review_on": c.assessed[c.lapsed("expired")[0]]},
    ),
    Rule(
        "channel_fax",
        lambda c: bool(c.campaign["channels"]) and set(c.campaign["channels"]) <= set(codes.CHANNELS),
        lambda _: {},
    ),
    Rule("order_not_approved", _order_stands, lambda c: {"order": c.order["order"], "state": c.order["state"]}),
    Rule(
        "subject_outside",
        lambda c: bool(c.campaign["subject"]) and (not c.asked or bool(c.asked & set(c.campaign["subject"]))),
        lambda c: {"subject": ", ".join(c.campaign["subject"]), "asked": ", ".join(sorted(c.asked))},
    ),
    Rule(
        "field_not_licensed",
        lambda c: not c.unlicensed,
        lambda c: {"field": c.unlicensed[0], "channels": ", ".join(c.campaign["channels"])},
    ),
    Rule(
        "stop_list_unacknowledged",
        lambda c: not c.unacknowledged,
        lambda c: unacknowledged_ids(c.unacknowledged[0]),
        stops=(CONTINUOUS,),
    ),
    Rule(
        "removal_unacknowledged",
        lambda c: not c.unacknowledged_deltas,
        lambda c: {"subscription": c.campaign["campaign"], "delta": c.unacknowledged_deltas[0]["delta"]},
        uses=(CONTINUOUS,),
        stops=(CONTINUOUS,),
    ),
    *(_unblocked(code) for code in BLOCKS),
)


def warnings(case: Case) -> Sequence[str]:
    """Assessments that still carry the release, though their review day has passed (R099)."""
    return case.lapsed("overdue")


def check(case: Case) -> None:
    """Raise ``LicenceRefused`` with the reason of the first rule that does not hold."""
    for rule in RULES:
        if rule.refuses(case):
            raise LicenceRefused(rule.code, **rule.ids(case))


def stopped(case: Case) -> LicenceRefused | None:
    """Why additions are stopped while removals go on; None: they are not."""
    for rule in RULES:
        if case.use in rule.stops and case.use in rule.uses and not rule.holds(case):
            return LicenceRefused(rule.code, **rule.ids(case))
    return None


def allows(case: Case) -> bool:
    """Whether :func:`check` would pass."""
    return not any(rule.refuses(case) for rule in RULES)
