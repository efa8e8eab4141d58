"""The table of an order's steps: one truth table for what refuses and what only tells, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, strategies as st

from core.clock import day_end, day_start
from core.errors import InvalidTransition, NotFound, PermissionRefused, RajausError
from extracts import ending
from ledger import orders
from ledger.store import Store
from schemas.order_states import ROLES, STATES, STEPS, Window, check_step, diagram, may_step, passed, state_at, step_of
from tests.house.source import ROOT
from tests.orders import house
from tests.published import open_campaign

EVENTS = sorted({step.event for step in STEPS})

LEGAL = {
    (None, "drafted"): "draft",
    ("draft", "revised"): "draft",
    ("draft", "quoted"): "quoted",
    ("draft", "accepted"): "approved",
    ("draft", "held"): "awaiting approval",
    ("draft", "cancelled"): "cancelled",
    ("draft", "lapsed"): "cancelled",
    ("quoted", "revised"): "draft",
    ("quoted", "quoted"): "quoted",
    ("quoted", "accepted"): "approved",
    ("quoted", "held"): "awaiting approval",
    ("quoted", "cancelled"): "cancelled",
    ("quoted", "lapsed"): "cancelled",
    ("awaiting approval", "approved"): "approved",
    ("awaiting approval", "refused"): "refused",
    ("awaiting approval", "cancelled"): "cancelled",
    ("awaiting approval", "lapsed"): "cancelled",
    ("approved", "held_back"): "awaiting approval",
    ("approved", "refused"): "refused",
    ("approved", "cancelled"): "cancelled",
    ("approved", "lapsed"): "cancelled",
    ("approved", "cut"): "cut",
    ("cut", "delivered"): "delivered",
    ("cut", "revoked"): "revoked",
    ("cut", "voided"): "revoked",
    ("cut", "ended"): "ended",
    ("delivered", "delivered"): "delivered",
    ("delivered", "started"): "running",
    ("approved", "widened"): "approved",
    ("cut", "widened"): "cut",
    ("delivered", "widened"): "delivered",
    ("running", "widened"): "running",
    ("delivered", "ended"): "ended",
    ("delivered", "revoked"): "revoked",
    ("running", "delivered"): "running",
    ("running", "ended"): "ended",
    ("running", "revoked"): "revoked",
    ("ended", "disposed"): "disposed",
    ("ended", "revoked"): "revoked",
    ("revoked", "disposed"): "disposed",
}
"""Written out by hand: what the table of steps must say, and nothing else."""

WHO = {
    "approved": {"sales", "privacy"},
    "refused": {"sales", "privacy"},
    "cut": {"sales", "privacy"},
    "held_back": {"sales", "privacy"},
    "widened": {"sales", "privacy"},
    "revoked": {"sales", "privacy"},
    "voided": {"sales", "privacy"},
    "delivered": {"sales", "privacy", "customer"},
    "disposed": {"sales", "privacy", "customer"},
    "started": {"clock"},
    "ended": {"clock"},
    "lapsed": {"clock"},
}
"""Everything else is for those who order: sales and resellers."""


@pytest.mark.parametrize("state", [None, *STATES])
def test_every_event_in_every_state_by_every_role_is_refused_and_told_alike(state: str | None) -> None:
    """R081: what raises and what tells come from one table, and a role not in it may nothing."""
    for event, role, second in product(EVENTS, ROLES, (True, False)):
        who = WHO.get(event, {"sales", "reseller"})
        legal = (state, event) in LEGAL
        allowed = legal and role in who and (second or event not in ("approved", "widened"))
        assert may_step(state=state, event=event, role=role, second=second) is allowed
        if allowed:
            step = check_step("order-1", state=state, event=event, role=role, second=second)
            assert step.target == LEGAL[state, event]
            continue
        with pytest.raises(RajausError) as refused:
            check_step("order-1", state=state, event=event, role=role, second=second)
        if not legal:
            assert isinstance(refused.value, InvalidTransition)
        else:
            assert isinstance(refused.value, PermissionRefused)
            assert refused.value.code == ("role_may_not" if role not in who else "two_persons_needed")


@pytest.mark.parametrize("state", house.TO)
def test_the_ledger_obeys_the_table_and_writes_every_step_down(any_store: Store, state: str) -> None:
    campaign = open_campaign(any_store, starts_on=date(2026, 11, 23))  # it has not begun: time moves nothing on
    for event in EVENTS:
        order = house.drafted(any_store, campaign)
        if house.TO[state]:
            assert house.bring(any_store, order, *house.TO[state]) == state
        who = next(iter(sorted(WHO.get(event, {"sales"}))))
        with any_store.ledger.read() as connection:
            before = orders.events(connection, order, at=any_store.now())
        if step_of(state, event) is None:
            with pytest.raises(InvalidTransition):
                house.bring(any_store, order, event, role=who)
            continue
        target = house.bring(any_store, order, event, role=who)
        with any_store.ledger.read() as connection:
            after = orders.events(connection, order, at=any_store.now())
            assert orders.order(connection, order)["state"] == target == LEGAL[state, event]
        assert after[:-1] == before
        last = after[-1]
        assert (last["event"], last["source"], last["target"]) == (event, state, target)
        assert (last["number"], last["role"], last["at"]) == (len(after), who, any_store.now())


def test_an_unknown_order_is_not_found(any_store: Store) -> None:
    with pytest.raises(NotFound):
        house.bring(any_store, "order-none", "cancelled")
    with any_store.ledger.read() as connection:
        for look in (orders.state, orders.events):
            with pytest.raises(NotFound):
                look(connection, "order-none", at=any_store.now())


@pytest.mark.parametrize("shaping", [("revised", "held"), ("quoted", "held"), ("held",)])
def test_R029_nobody_who_drafted_changed_or_submitted_an_order_approves_it(
    any_store: Store, shaping: tuple[str, ...]
) -> None:
    order = house.drafted(any_store)
    for event in shaping:
        house.bring(any_store, order, event, by=f"who {event}")
    for author in ("tester", *(f"who {event}" for event in shaping)):
        with pytest.raises(PermissionRefused) as refused:
            house.bring(any_store, order, "approved", by=author)
        assert refused.value.code == "two_persons_needed"
    assert house.bring(any_store, order, "approved", by="somebody else") == "approved"


# --- what time brings -------------------------------------------------------------------------------------------------

START, END = day_start(date(2026, 11, 23)), day_end(date(2026, 11, 30))


@pytest.mark.parametrize(
    ("state", "now", "closed_at", "expected"),
    [
        ("approved", END - timedelta(microseconds=1), None, "approved"),
        ("approved", END, None, "cancelled"),
        ("draft", END, None, "cancelled"),
        ("quoted", END, None, "cancelled"),
        ("awaiting approval", END, None, "cancelled"),
        ("approved", START, START - timedelta(days=1), "cancelled"),
        ("cut", END - timedelta(microseconds=1), None, "cut"),
        ("cut", END, None, "ended"),
        ("delivered", START - timedelta(microseconds=1), None, "delivered"),
        ("delivered", START, None, "running"),
        ("delivered", END - timedelta(microseconds=1), None, "running"),
        ("delivered", END, None, "ended"),
        ("running", END, None, "ended"),
        ("running", START + timedelta(days=2), START + timedelta(days=1), "ended"),
        ("disposed", END, None, "disposed"),
        ("refused", END, None, "refused"),
        ("revoked", END, None, "revoked"),
        ("ended", START, None, "ended"),
    ],
)
def test_R036_running_and_ended_follow_from_the_campaigns_dates_to_the_instant(
    state: str, now: datetime, closed_at: datetime | None, expected: str
) -> None:
    window = Window(START, END, closed_at)
    assert state_at(state, since=START - timedelta(days=3), window=window, now=now) == expected


@pytest.mark.parametrize("end", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)])
def test_R036_an_order_ends_at_24_00_in_helsinki_on_daylight_saving_nights(any_store: Store, end: date) -> None:
    campaign = open_campaign(any_store, starts_on=end - timedelta(days=20), ends_on=end)
    started = house.at(any_store, day_start(end - timedelta(days=5)))
    order = house.drafted(started, campaign)
    house.bring(started, order, "accepted", "cut", "delivered")
    last = day_end(end)
    assert last.utcoffset() == timedelta(0)
    with any_store.ledger.read() as connection:
        assert orders.state(connection, order, at=last - timedelta(microseconds=1)) == "running"
        assert orders.state(connection, order, at=last) == "ended"


def test_what_time_brought_is_written_down_before_the_next_event_at_its_own_instant(any_store: Store) -> None:
    campaign = open_campaign(any_store, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 30))
    order = house.drafted(any_store, campaign)
    house.bring(any_store, order, "accepted", "cut", "delivered")
    late = house.at(any_store, house.noon(2026, 12, 24))
    with any_store.ledger.read() as connection:
        assert orders.order(connection, order)["state"] == "delivered"
        assert orders.moved_by_time(connection, at=late.now()) == [order]
        derived = orders.events(connection, order, at=late.now())
        [listed] = orders.orders(connection, at=late.now(), campaign=campaign)
    assert listed["state"] == "ended"
    house.bring(late, order, "disposed", role="customer")
    with any_store.ledger.read() as connection:
        recorded = orders.events(connection, order, at=late.now())
        assert orders.moved_by_time(connection, at=late.now()) == []
    named = [(event["event"], event["at"], event["actor"]) for event in recorded]
    assert named[4:6] == [("started", START, "clock"), ("ended", END, "clock")]
    assert named[6][0] == "disposed"
    keys = ("number", "event", "source", "target", "at", "actor", "role")
    assert [[event[key] for key in keys] for event in derived] == [
        [event[key] for key in keys] for event in recorded[:-1]
    ]


def test_the_sweep_of_campaigns_writes_down_what_time_brought_to_orders_nobody_touched(any_store: Store) -> None:
    campaign = open_campaign(any_store, starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 30))
    made = {
        state: house.drafted(any_store, campaign) for state in ("draft", "awaiting approval", "delivered", "refused")
    }
    for state, order in made.items():
        if house.TO[state]:
            house.bring(any_store, order, *house.TO[state])
    assert ending.settle_orders(any_store) == []
    late = house.at(any_store, house.noon(2026, 12, 24))
    assert ending.settle_orders(late) == sorted(set(made.values()) - {made["refused"]})
    assert ending.settle_orders(late) == []
    with any_store.ledger.read() as connection:
        found = {state: orders.order(connection, order)["state"] for state, order in made.items()}
        ended = orders.events(connection, made["delivered"], at=late.now())[-1]
    expected = {"draft": "cancelled", "awaiting approval": "cancelled", "delivered": "ended", "refused": "refused"}
    assert found == expected
    assert (ended["at"], ended["actor"], ended["recorded_by"]) == (END, "clock", "tester")


def test_an_order_whose_campaign_ended_before_the_cut_is_not_approved_any_more(any_store: Store) -> None:
    campaign = open_campaign(any_store, ends_on=date(2026, 11, 30))
    order = house.drafted(any_store, campaign)
    house.bring(any_store, order, "held")
    late = house.at(any_store, house.noon(2026, 12, 24))
    with pytest.raises(InvalidTransition) as refused:
        house.bring(late, order, "approved")
    assert refused.value.ids["state"] == "cancelled"


moments = st.integers(0, 40).map(lambda hours: START + timedelta(hours=12 * hours - 240))


@given(
    state=st.sampled_from(STATES),
    since=moments,
    closed=st.none() | moments,
    now=moments,
    stops=st.lists(moments, max_size=4),
)
def test_the_state_of_an_instant_does_not_depend_on_who_looked_before(
    state: str, since: datetime, closed: datetime | None, now: datetime, stops: list[datetime]
) -> None:
    """Written down at any moments in between, or never: the steps and their instants are the same."""
    if since > now:
        since, now = now, since
    window = Window(START, END, closed)
    at_once = passed(state, since=since, window=window, now=now)
    found, here, moved = [], state, since
    for stop in [*sorted(stop for stop in stops if since <= stop <= now), now]:
        for one in passed(here, since=moved, window=window, now=stop):
            found.append(one)
            here, moved = one.step.target, one.at
    assert found == at_once
    assert all(since <= one.at <= now for one in at_once)
    assert [one.at for one in at_once] == sorted(one.at for one in at_once)


def test_the_diagram_in_the_guide_is_drawn_from_the_table() -> None:
    drawn = diagram()
    assert drawn in (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")
    assert drawn.count(" --> ") == len(LEGAL) + len([state for state in STATES if state not in {s for s, _ in LEGAL}])
    assert datetime(2026, 11, 22, 22, tzinfo=UTC) == START
