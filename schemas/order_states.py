"""The life of an order as data: what may happen in which state, who may do it, and what time alone brings.

``STEPS`` is the one table; the ledger obeys it, ``docs/orders.md`` draws it, and whatever is not in it is refused.
That a campaign runs or has ended is a fact of the clock: :func:`passed` derives it from the campaign's dates, so no job
has to run for an end to hold (R036).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from core.errors import InvalidTransition, PermissionRefused

ROLES = ("sales", "privacy", "reseller", "customer", "clock")
"""Who acts: sales operations, the privacy officer, a reseller, the recipient, or time itself."""

_STAFF = ("sales", "privacy")
_ORDERING = ("sales", "reseller")


@dataclass(frozen=True)
class Step:
    """One thing that can happen to an order. ``second``: by somebody else than who shaped the order (R029)."""

    event: str
    sources: tuple[str, ...]
    target: str
    by: tuple[str, ...]
    meaning: str
    second: bool = False


STEPS = (
    Step("drafted", (), "draft", _ORDERING, "criteria, fields and formats are fixed for a campaign"),
    Step("revised", ("draft", "quoted"), "draft", _ORDERING, "something was changed; a quote no longer holds"),
    Step("quoted", ("draft", "quoted"), "quoted", _ORDERING, "statement and price are frozen until a day"),
    Step("accepted", ("draft", "quoted"), "approved", _ORDERING, "submitted, and nothing stands against it"),
    Step("held", ("draft", "quoted"), "awaiting approval", _ORDERING, "submitted, and exceeds a cap"),
    Step("held_back", ("approved",), "awaiting approval", _STAFF, "at the cut it exceeds a cap that nobody approved"),
    Step("approved", ("awaiting approval",), "approved", _STAFF, "a second person approved it", second=True),
    Step("refused", ("awaiting approval", "approved"), "refused", _STAFF, "somebody refused it"),
    Step(
        "cancelled",
        ("draft", "quoted", "awaiting approval", "approved"),
        "cancelled",
        _ORDERING,
        "whoever ordered wants it no more",
    ),
    Step(
        "lapsed",
        ("draft", "quoted", "awaiting approval", "approved"),
        "cancelled",
        ("clock",),
        "the campaign ended before the cut",
    ),
    Step("cut", ("approved",), "cut", _STAFF, "the gate released the extract"),
    Step("delivered", ("cut", "delivered"), "delivered", (*_STAFF, "customer"), "the files were handed over"),
    Step("delivered", ("running",), "running", (*_STAFF, "customer"), "handed over once more"),
    *(
        Step("widened", (state,), state, _STAFF, "a second person lets a standing order exceed a cap", second=True)
        for state in ("approved", "cut", "delivered", "running")
    ),
    Step("started", ("delivered",), "running", ("clock",), "the campaign began, or had begun"),
    Step("ended", ("cut", "delivered", "running"), "ended", ("clock",), "the campaign ended"),
    Step(
        "disposed",
        ("ended", "revoked"),
        "disposed",
        (*_STAFF, "customer"),
        "the recipient stated that the rows are gone",
    ),
    Step("revoked", ("cut", "delivered", "running", "ended"), "revoked", _STAFF, "the extract was withdrawn"),
    Step("voided", ("cut",), "revoked", _STAFF, "the extract was never fetchable: a ban or damage after a crash"),
)
"""Everything that can happen to an order. One without sources makes it."""

STATES = (
    "draft", "quoted", "awaiting approval", "approved", "cut", "delivered", "running", "ended", "disposed",
    "refused", "cancelled", "revoked",
)  # fmt: skip

MOVED_BY_TIME = tuple(state for state in STATES if any("clock" in step.by and state in step.sources for step in STEPS))
"""States that time alone may end."""

BEFORE_CUT = ("draft", "quoted", "awaiting approval", "approved")
"""States of an order that may still be cut."""

_STEP: Mapping[tuple[str | None, str], Step] = MappingProxyType(
    {(source, step.event): step for step in STEPS for source in step.sources or (None,)}
)


def step_of(state: str | None, event: str) -> Step | None:
    """The step that an event is in this state; None when it cannot happen. ``state`` None: there is no order yet."""
    return _STEP.get((state, event))


def check_step(order: str, *, state: str | None, event: str, role: str, second: bool) -> Step:
    """The step, or the reason against it. ``second``: whether who acts had no hand in the order so far.

    Raises ``InvalidTransition`` (transition_invalid) when it cannot happen in this state, and ``PermissionRefused``:
    role_may_not for a role that may not do it, two_persons_needed when it takes a second person (R029).
    """
    step = step_of(state, event)
    if step is None:
        raise InvalidTransition("transition_invalid", kind="order", id=order, state=state, event=event)
    if role not in step.by:
        raise PermissionRefused("role_may_not", role=role, event=event, order=order)
    if step.second and not second:
        raise PermissionRefused("two_persons_needed", order=order)
    return step


def may_step(*, state: str | None, event: str, role: str, second: bool) -> bool:
    """Whether :func:`check_step` would pass."""
    step = step_of(state, event)
    return step is not None and role in step.by and (second or not step.second)


@dataclass(frozen=True)
class Window:
    """When a campaign begins, and when it is over: at its end, or at its closing if that came earlier."""

    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        return self.ends_at if self.closed_at is None else min(self.ends_at, self.closed_at)


@dataclass(frozen=True)
class Passed:
    """A step that time has brought, and the instant at which it did."""

    step: Step
    at: datetime


def passed(state: str, *, since: datetime, window: Window, now: datetime) -> list[Passed]:
    """What time has brought an order that came to ``state`` at ``since``, in order; empty when nothing."""
    instants = {"started": window.starts_at, "lapsed": window.over_at, "ended": window.over_at}
    found: list[Passed] = []
    while True:
        due = [
            (max(instants[step.event], since), step)
            for step in STEPS
            if "clock" in step.by and state in step.sources and instants[step.event] <= now
        ]
        if not due:
            return found
        at, step = min(due, key=lambda one: one[0])
        found.append(Passed(step, at))
        state, since = step.target, at


def state_at(state: str, *, since: datetime, window: Window, now: datetime) -> str:
    """The state of an order at an instant: the one last recorded, moved on by what time has brought since."""
    steps = passed(state, since=since, window=window, now=now)
    return steps[-1].step.target if steps else state


def diagram() -> str:
    """The states as a Mermaid diagram; what time brings is marked."""
    alias = {state: state.replace(" ", "_") for state in STATES}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state}" as {name}' for state, name in alias.items() if state != name]
    for step in STEPS:
        label = f"{step.event} (time)" if "clock" in step.by else step.event
        for source in step.sources or (None,):
            begin = "[*]" if source is None else alias[source]
            lines.append(f"    {begin} --> {alias[step.target]}: {label}")
    leaving = {source for step in STEPS for source in step.sources}
    lines += [f"    {alias[state]} --> [*]" for state in STATES if state not in leaving]
    return "\n".join(lines)
