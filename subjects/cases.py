"""The register of cases: every right, from any channel, one clock (R054).

States are data: :data:`TRANSITIONS` says what may happen in which state, ``docs/rights.md`` draws it, and whatever is
not in it is refused with ``InvalidTransition``. A marketing ban is never a case: nobody assesses, refuses or charges
it, and no identity is asked (R015, R066); ``subjects.bans`` files it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import InvalidInput, InvalidTransition, Refused
from ledger import requests
from ledger.engine import Transaction
from ledger.store import Store
from subjects.deadlines import last_day

Row = dict[str, Any]

RIGHTS = ("access", "rectification", "erasure", "restriction", "objection", "portability", "complaint", "authority")
VIA = ("phone", "letter", "email", "web", "visit", "customer", "reseller", "authority", "controller")
"""``controller``: on our own initiative, for instance a correction after a bounced message."""

ELECTRONIC = frozenset({"email", "web"})
"""Who asks electronically is answered electronically, unless he asks otherwise (Art. 12(3), 15(3); R056)."""

LANGUAGES = ("fi", "sv", "en")
OUTCOMES = ("granted", "partly", "no_data", "upheld", "withdrawn")
"""What :func:`complete` may say. A refusal is none of them: it needs grounds and two persons (R066)."""

STANDING = ("open", "waiting", "fee")
"""States of a case that still needs doing."""


@dataclass(frozen=True)
class Transition:
    """One thing that can happen to a case."""

    event: str
    sources: tuple[str, ...]
    target: str


TRANSITIONS = (
    Transition("identity_asked", ("open",), "waiting"),
    Transition("identity_verified", ("waiting",), "open"),
    Transition("identity_dropped", ("waiting",), "open"),
    Transition("identity_failed", ("waiting",), "refused"),
    Transition("extended", ("open",), "open"),
    Transition("order_moved", ("open",), "open"),
    Transition("assessed", ("open",), "open"),
    Transition("replied", ("open",), "open"),
    Transition("fee_told", ("open",), "fee"),
    Transition("fee_accepted", ("fee",), "open"),
    Transition("fee_charged", ("done",), "done"),
    Transition("completed", ("open",), "done"),
    Transition("refused", ("open",), "refused"),
    Transition("withdrawn", STANDING, "withdrawn"),
)
"""Everything that can happen, and where it leads. ``opened`` makes an ``open`` case."""

_TARGETS = {(source, step.event): step.target for step in TRANSITIONS for source in step.sources}


def target_of(state: str, event: str) -> str | None:
    """The state after an event; None when it cannot happen in this state. Pure."""
    return _TARGETS.get((state, event))


def diagram() -> str:
    """The states as a Mermaid diagram, for ``docs/rights.md``."""
    lines = ["stateDiagram-v2", "    [*] --> open: opened"]
    lines += [f"    {source} --> {step.target}: {step.event}" for step in TRANSITIONS for source in step.sources]
    ends = sorted({step.target for step in TRANSITIONS} - set(STANDING))
    return "\n".join([*lines, *(f"    {end} --> [*]" for end in ends)])


def open_case(
    store: Store,
    *,
    right: str,
    via: str,
    received_on: date | None = None,
    persons: Iterable[int] = (),
    note: str | None = None,
    language: str = "fi",
    electronic: bool | None = None,
    counterpart: str | None = None,
    order_due_on: date | None = None,
    follows: str | None = None,
) -> str:
    """Open a case and start its clock; returns its id.

    Nothing more than the request itself is needed: no form, no account, no identity document (R055). ``persons`` are
    register ids where they are known already. ``order_due_on`` is the day that an authority set, ``counterpart`` its
    name. Raises ``InvalidInput`` (value_unknown, date_future, value_missing), ``NotFound`` (case_unknown: follows).
    """
    for field, value, allowed in (("right", right, RIGHTS), ("via", via, VIA), ("language", language, LANGUAGES)):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    if right == "authority" and not (counterpart or "").strip():
        raise InvalidInput("value_missing", field="authority")
    received = received_on or store.today()
    if received > store.today():
        raise InvalidInput("date_future", field="received")
    values = {
        "right": right,
        "via": via,
        "electronic": via in ELECTRONIC if electronic is None else electronic,
        "language": language,
        "received_on": received,
        "order_due_on": order_due_on,
        "state": "open",
        "identity": "not_asked",
        "counterpart": counterpart,
        "follows": follows,
        "note": note,
    }
    with store.write() as tx:
        if follows is not None:
            requests.find(tx.connection, follows)
        due_on = due(store, values | {"extended_on": None, "paused_days": 0})
        return requests.open_case(tx, values | {"due_on": due_on}, persons=persons)


def complete(store: Store, case: str, *, outcome: str, detail: Mapping[str, Any] | None = None) -> None:
    """Close a case with what came of it; ``detail`` holds ids, codes, counts and digests, never contact data.

    Raises ``NotFound`` (case_unknown), ``InvalidInput`` (value_unknown), ``InvalidTransition`` when it is closed
    already or waits for an identity, and ``Refused`` (refusal_needs_grounds): see ``subjects.refusals`` (R066).
    """
    if outcome == "refused":
        raise Refused("refusal_needs_grounds", case=case)
    if outcome not in OUTCOMES:
        raise InvalidInput("value_unknown", field="outcome", value=outcome, allowed=", ".join(OUTCOMES))
    with store.write() as tx:
        event = "withdrawn" if outcome == "withdrawn" else "completed"
        advance(tx, requests.lock(tx, case), event=event, outcome=outcome, ids={"outcome": outcome, **(detail or {})})


def advance(
    tx: Transaction,
    row: Row,
    *,
    event: str,
    values: Mapping[str, Any] | None = None,
    ids: Mapping[str, Any] | None = None,
    reason: str | None = None,
    outcome: str | None = None,
) -> str:
    """Let an event happen to a locked case (``requests.lock``): state, columns, event and audit. Returns the state.

    Raises ``InvalidTransition`` when the table of transitions does not have it.
    """
    state = check(row, event)
    changed = {"state": state, **(values or {})}
    if state not in STANDING and state != row["state"]:
        changed |= {"closed_at": tx.at, "closed_by": tx.actor, "outcome": outcome or state}
    requests.happen(tx, row["case"], event=event, values=changed, ids=ids, reason=reason)
    return state


def check(row: Mapping[str, Any], event: str) -> str:
    """The state that an event would lead to; raises ``InvalidTransition`` when it cannot happen now."""
    state = target_of(row["state"], event)
    if state is None:
        raise InvalidTransition(
            "transition_invalid", kind="case", id=row["case"], state=row["state"], event=event.replace("_", " ")
        )
    return state


def due(store: Store, row: Mapping[str, Any]) -> date:
    """The last day of a case: an authority's own day, else one month, or three when it was extended in time (R054)."""
    if row["order_due_on"] is not None:
        return date.fromisoformat(str(row["order_due_on"]))
    return last_day(row["received_on"], months=months(store, row), paused_days=row["paused_days"])


def months(store: Store, row: Mapping[str, Any]) -> int:
    """How many months the case has: the law's one, and two more after an extension; both are settings."""
    further = store.settings.request_extension_months if row["extended_on"] is not None else 0
    return store.settings.request_months + further


def extend(store: Store, case: str, *, reason: str) -> date:
    """Record that the person was told, today, of two further months and why (Art. 12(3)); returns the new last day.

    Raises ``Refused``: extension_needs_reason; extension_too_late after the first period, so from day 31 or 32 on;
    extension_twice; extension_of_order (only the authority can move its own day).
    """
    if not reason.strip():
        raise Refused("extension_needs_reason", case=case)
    with store.write() as tx:
        row = requests.lock(tx, case)
        if row["order_due_on"] is not None:
            raise Refused("extension_of_order", case=case)
        if row["extended_on"] is not None:
            raise Refused("extension_twice", case=case, day=row["extended_on"])
        if store.today() > row["due_on"]:
            raise Refused("extension_too_late", case=case, day=row["due_on"])
        due_on = due(store, row | {"extended_on": store.today()})
        values = {"extended_on": store.today(), "due_on": due_on}
        advance(tx, row, event="extended", values=values, ids={"due_on": due_on.isoformat()}, reason=reason)
    return due_on


def move_order(store: Store, case: str, *, until: date, reference: str) -> None:
    """An authority gave its order another day; ``reference`` is its letter.

    Raises ``Refused`` (authority_order_unknown).
    """
    with store.write() as tx:
        row = requests.lock(tx, case)
        if row["right"] != "authority" or not reference.strip():
            raise Refused("authority_order_unknown", case=case)
        values = {"order_due_on": until, "due_on": until}
        advance(tx, row, event="order_moved", values=values, ids={"due_on": until.isoformat()}, reason=reference)


def agenda(store: Store) -> Row:
    """What stands open on this day, and what is overdue; an empty list says that it was looked at (R054).

    ``{"checked_on", "open", "overdue": [case…], "soon": [due within 7 days…], "later", "paused": [the clock stands]}``.
    """
    today = store.today()
    with store.ledger.read() as connection:
        rows = requests.cases(connection, states=STANDING)
    running = [row for row in rows if row["paused_on"] is None]
    return {
        "checked_on": today,
        "open": len(rows),
        "overdue": [_brief(row, today) for row in running if row["due_on"] < today],
        "soon": [_brief(row, today) for row in running if 0 <= (row["due_on"] - today).days <= _SOON_DAYS],
        "later": [_brief(row, today) for row in running if (row["due_on"] - today).days > _SOON_DAYS],
        "paused": [_brief(row, today) for row in rows if row["paused_on"] is not None],
    }


_SOON_DAYS = 7


def _brief(row: Row, today: date) -> Row:
    names = ("case", "right", "via", "state", "received_on", "due_on", "paused_on", "counterpart")
    return {name: row[name] for name in names} | {"days_left": (row["due_on"] - today).days}


def show(store: Store, case: str) -> Row:
    """One case with its persons and events. Raises ``NotFound`` (case_unknown)."""
    with store.ledger.read() as connection:
        row = requests.find(connection, case)
        return row | {"events": requests.events(connection, case)}
