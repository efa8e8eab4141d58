"""The policy's truth table: each rule alone refuses, and nothing else does (R027, R028, R029, R036, R077)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.clock import day_end
from core.errors import LicenceRefused
from extracts.gate import policy

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
END = day_end(date(2026, 11, 30))
REVIEW = date(2027, 11, 1)
LAPSED = date(2026, 10, 22)
"""31 days before NOW: the 30 days of grace are over."""


def case(now: datetime = NOW, **changes: dict[str, Any]) -> policy.Case:
    """A case that is allowed, with some columns changed."""
    rows: dict[str, dict[str, Any]] = {
        "order": {
            "order": "order-1",
            "state": "approved",
            "fields": [],
            "criteria": {"person": {"responsibility": ["IT"]}},
        },
        "campaign": {
            "campaign": "campaign-1",
            "customer": "customer-1",
            "subject": ["IT", "FIN"],
            "purpose": "sales",
            "channels": ["email"],
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2026, 11, 30),
            "ends_at": END,
            "closed_at": None,
        },
        "customer": {"customer": "customer-1", "country": "FI"},
        "agreement": {
            "agreement": "agreement-1",
            "customer": "customer-1",
            "mode": "campaign",
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 12, 31),
        },
    }
    assessed = changes.pop("assessed", {"sales": REVIEW, "dpia": REVIEW})
    return policy.Case(**{name: row | changes.get(name, {}) for name, row in rows.items()}, now=now, assessed=assessed)


CONFIRMED = {"notice_url": "https://asiakas.example/t", "contact": "t@asiakas.example", "confirmed_at": NOW}


def continuous(now: datetime = NOW, controller: dict[str, Any] | None = CONFIRMED, **changes: Any) -> policy.Case:
    """A case of continuous use that is allowed, with some columns changed."""
    columns = {"agreement": {"mode": "continuous"}, "order": {"state": "running"}}
    given = {name: columns.get(name, {}) | changes.pop(name, {}) for name in ("agreement", "campaign", "order")}
    return replace(case(now=now, **given), use=policy.CONTINUOUS, controller=controller, **changes)


OVERDUE = {"customer": "customer-1", "message": "message-1", "acknowledge_by": NOW}

DISPOSAL = policy.Block(
    "disposal_overdue", {"customer": "customer-1", "extract": "extract-1", "due": date(2026, 11, 20)}
)

REVIEW_OPEN = policy.Block(
    "activation_in_review", {"customer": "customer-1", "extract": "extract-1", "report": "report-1"}
)

LEFT = policy.Block("leftover_found", {"customer": "customer-1", "extract": "extract-1", "check": "check-1", "rows": 3})

REFUSED: list[tuple[str, policy.Case]] = [
    ("agreement_not_in_force", case(agreement={"starts_on": date(2026, 11, 23)})),
    ("agreement_not_in_force", case(agreement={"ends_on": date(2026, 11, 21)})),
    ("agreement_mode", case(agreement={"mode": "datacare"})),
    ("agreement_mode", case(agreement={"mode": "continuous"})),
    ("recipient_differs", case(customer={"customer": "customer-2"})),
    ("recipient_differs", case(agreement={"customer": "customer-2"})),
    ("outside_eea", case(customer={"country": "US"})),
    ("outside_eea", case(customer={"country": "GB"})),
    ("outside_eea", case(customer={"country": "??"})),
    ("campaign_closed", case(campaign={"closed_at": NOW})),
    ("campaign_not_started", case(campaign={"starts_on": date(2026, 11, 23)})),
    ("campaign_ended", case(campaign={"ends_at": NOW})),
    ("campaign_ended", case(now=END)),
    ("purpose_unknown", case(campaign={"purpose": "credit scoring"})),
    ("purpose_not_assessed", case(assessed={"dpia": REVIEW, "marketing": REVIEW})),
    ("purpose_not_assessed", case(assessed={"sales": REVIEW})),
    ("assessment_expired", case(assessed={"sales": LAPSED, "dpia": REVIEW})),
    ("assessment_expired", case(assessed={"sales": REVIEW, "dpia": LAPSED})),
    ("channel_fax", case(campaign={"channels": ["email", "fax"]})),
    ("channel_fax", case(campaign={"channels": []})),
    ("order_not_approved", case(order={"state": "awaiting approval"})),
    ("order_not_approved", case(order={"state": "cut"})),
    ("subject_outside", case(order={"criteria": {"person": {"responsibility": ["HR"]}}})),
    ("subject_outside", case(campaign={"subject": []})),
    ("field_not_licensed", case(order={"fields": ["title", "mobile"]})),
    ("field_not_licensed", case(order={"fields": ["postal_city"]})),
    ("stop_list_unacknowledged", replace(case(), unacknowledged=[OVERDUE])),
    ("subscription_ended", continuous(campaign={"closed_at": NOW})),
    ("subscription_ended", continuous(now=END)),
    ("agreement_mode", continuous(agreement={"mode": "campaign"})),
    ("agreement_not_in_force", continuous(agreement={"ends_on": date(2026, 11, 21)})),
    ("controller_unnamed", continuous(controller=None)),
    ("duty_unconfirmed", continuous(controller=CONFIRMED | {"confirmed_at": None})),
    ("order_not_approved", continuous(order={"state": "awaiting approval"})),
    ("order_not_approved", continuous(order={"state": "ended"})),
    ("disposal_overdue", replace(case(), blocks=[DISPOSAL])),
    ("activation_in_review", replace(case(), blocks=[REVIEW_OPEN])),
    ("leftover_found", replace(case(), blocks=[LEFT])),
]

STOPPED: list[tuple[str, policy.Case]] = [
    ("stop_list_unacknowledged", continuous(unacknowledged=[OVERDUE])),
    ("removal_unacknowledged", continuous(unacknowledged_deltas=[{"delta": 3}])),
]
"""Additions stop, removals go on."""

ALLOWED: list[policy.Case] = [
    case(),
    case(now=END - timedelta(microseconds=1)),
    case(customer={"country": "NO"}),
    case(customer={"country": "AX"}),
    case(agreement={"mode": "reseller", "customer": "customer-reseller"}),
    case(order={"criteria": {"person": {"purchasing": ["FIN"], "responsibility": ["HR"]}}}),
    case(order={"criteria": {"person": {"title": ["toimitusjohtaja"]}}}),
    case(order={"fields": ["row", "title", "email"]}),
    case(assessed={"sales": LAPSED + timedelta(days=1), "dpia": NOW.date()}),
    continuous(),
    continuous(order={"state": "approved"}),
    *(stopped for _, stopped in STOPPED),
]


@pytest.mark.parametrize(("code", "refused"), REFUSED)
def test_refuses_with_the_reason(code: str, refused: policy.Case) -> None:
    """R002, R023, R027, R028, R036, R077: fax, missing terms, a foreign subject, a past end, a message that was not
    acknowledged, a country outside the EEA (T09)."""
    with pytest.raises(LicenceRefused) as caught:
        policy.check(refused)
    assert caught.value.code == code
    assert not policy.allows(refused)


@pytest.mark.parametrize("allowed", ALLOWED)
def test_allows(allowed: policy.Case) -> None:
    policy.check(allowed)
    assert policy.allows(allowed)


@pytest.mark.parametrize(
    ("review_on", "warned", "allowed"),
    [
        (date(2026, 11, 22), [], True),
        (date(2026, 11, 21), ["sales"], True),
        (date(2026, 10, 23), ["sales"], True),
        (date(2026, 10, 22), [], False),
    ],
)
def test_R099_an_assessment_past_its_review_warns_for_thirty_days_then_refuses(
    review_on: date, warned: list[str], allowed: bool
) -> None:
    found = case(assessed={"sales": review_on, "dpia": REVIEW})
    assert (list(policy.warnings(found)), policy.allows(found)) == (warned, allowed)


def test_every_rule_has_a_refusal_in_the_table() -> None:
    assert {rule.code for rule in policy.RULES} == {code for code, _ in (*REFUSED, *STOPPED)}


@pytest.mark.parametrize(("code", "given"), STOPPED)
def test_R042_additions_stop_while_removals_go_on(code: str, given: policy.Case) -> None:
    stop = policy.stopped(given)
    assert stop is not None
    assert stop.code == code


@pytest.mark.parametrize("given", [case(), replace(case(), unacknowledged=[OVERDUE]), continuous()])
def test_nothing_else_stops_additions(given: policy.Case) -> None:
    assert policy.stopped(given) is None


@pytest.mark.parametrize(
    ("now", "holds"),
    [(datetime(2026, 3, 29, 20, 59, 59, tzinfo=UTC), True), (datetime(2026, 3, 29, 21, tzinfo=UTC), False)],
)
def test_campaign_ends_at_midnight_in_helsinki_on_the_night_the_clock_changes(now: datetime, holds: bool) -> None:
    """R036: 29.3.2026 ends at 21:00 UTC."""
    last = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 29), "ends_at": day_end(date(2026, 3, 29))}
    assert policy.allows(case(now=now, campaign=last)) is holds
