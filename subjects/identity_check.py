"""Who asks, without hurdles: nobody proves an identity unless a reasonable doubt was written down first (R055, T23).

A request needs nothing but itself: its reply goes to an address at work that the register knows already, so an impostor
gets nothing. Only a recorded doubt, or a wish to have the reply elsewhere, opens an identity query; then every way of
:data:`WAYS` is offered, none of them is a condition, and a signature or a copy of an identity document is never asked
for: there is no place to store one. The clock stands while the query is open (Art. 12(6); EDPB 01/2022). Bans ask
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import HELSINKI
from core.errors import InvalidInput, Refused
from ledger import bans, requests, restrictions, tasks
from ledger.engine import Transaction
from ledger.store import Store
from subjects import cases, recipients
from subjects.deadlines import office_is_open
from subjects.texts import filled, text

Row = dict[str, Any]

DOUBTS = ("unknown_address", "conflicting_details", "for_another", "several_persons", "signs_of_misuse")
"""What a reasonable doubt can be; none of them is "no form", "no signature" or "no identity document"."""

WAYS = ("known_address", "call_back", "signed_document", "visit")
"""How a person may show who he or she is, all offered at once: a reply from the known work address, our call to the
known number, a document signed electronically or by hand if the person prefers that, a visit with an identity seen."""

SEND = ("known_address", "visit", "verified_address")
"""Where a reply goes: the known address at work; handed over at a visit; elsewhere, after the identity was verified."""

_CONTACT_DAYS = 3


def ask(store: Store, case: str, *, doubt: str, reason: str) -> Row:
    """Open an identity query: the doubt is recorded, the clock stands, every way is offered.

    Returns ``{"case", "ways", "restriction", "text"}``.
    An erasure or restriction under doubt restricts the persons at once and leaves a task to contact them at the known
    address: an impostor erases nobody, and the real person loses nothing by the wait (T23). Raises ``InvalidInput``
    (value_unknown), ``Refused`` (doubt_unfounded), ``InvalidTransition``.
    """
    if doubt not in DOUBTS:
        raise InvalidInput("value_unknown", field="doubt", value=doubt, allowed=", ".join(DOUBTS))
    if not reason.strip():
        raise Refused("doubt_unfounded", case=case)
    with store.write() as tx:
        row = requests.lock(tx, case)
        values = {"identity": "asked", "paused_on": store.today()}
        cases.advance(tx, row, event="identity_asked", values=values, ids={"doubt": doubt}, reason=reason)
        persons = requests.persons_of(tx.connection, case)
        ban = None
        if row["right"] in ("erasure", "restriction") and persons:
            ban = restrict(tx, persons, via=row["via"], received_on=row["received_on"])
            due_on = store.today() + timedelta(days=_CONTACT_DAYS)
            tasks.open_task(tx, kind="contact person", due_on=due_on, ids={"case": case, "ban": ban})
    if ban is not None:
        recipients.tell(store, persons=persons, code="remove", cause=ban)
    return {"case": case, "ways": list(WAYS), "restriction": ban, "text": query_text(store, row)}


def restrict(tx: Transaction, persons: list[int], *, via: str, received_on: date) -> str:
    """Restrict these persons in this transaction (Art. 18); returns the block, an older one if they have it."""
    standing = restrictions.persons(tx.connection, among=persons)
    if set(standing) >= set(persons):
        return standing[persons[0]]
    ban, _ = bans.record(
        tx,
        kind=restrictions.KIND,
        target="person",
        via=via,
        received_on=received_on,
        channel=None,
        keys=(),
        key_id="",
        hits=[("person", person, False) for person in persons],
    )
    return ban


def verify(store: Store, case: str, *, way: str, seen_by: str | None = None, at: datetime | None = None) -> date:
    """Record that the person is who he or she says; the clock goes on. Returns the new last day.

    A visit stores "ID seen by X" and when, on working days 9-14 in Helsinki; never a number or a copy (B30, B31).
    Raises ``InvalidInput`` (value_unknown, value_missing: seen-by, visit_closed), ``InvalidTransition``.
    """
    if way not in WAYS:
        raise InvalidInput("value_unknown", field="way", value=way, allowed=", ".join(WAYS))
    ids: Row = {"way": way}
    if way == "visit":
        moment = at or store.now()
        if not (seen_by or "").strip():
            raise InvalidInput("value_missing", field="seen-by")
        if not office_is_open(moment):
            raise InvalidInput("visit_closed", at=moment.astimezone(HELSINKI).strftime("%Y-%m-%d %H:%M"))
        ids |= {"seen_by": seen_by, "seen_at": moment.isoformat()}
    return _go_on(store, case, event="identity_verified", identity="verified", ids=ids, paused=_days_stood)


def drop(store: Store, case: str, *, reason: str) -> date:
    """Take an identity query back: it was not needed, so the clock never stood. Returns the last day."""
    return _go_on(
        store, case, event="identity_dropped", identity="not_asked", ids={}, paused=lambda _: 0, reason=reason
    )


def check_send(row: Mapping[str, Any], send: str) -> None:
    """Whether a reply may go there; raises ``InvalidInput`` (value_unknown), ``Refused`` (reply_elsewhere).

    After a verified visit, anywhere the person says; without any verification, to the known address only (T23).
    """
    if send not in SEND:
        raise InvalidInput("value_unknown", field="send", value=send, allowed=", ".join(SEND))
    if send != "known_address" and row["identity"] != "verified":
        raise Refused("reply_elsewhere", case=row["case"])


def query_text(store: Store, row: Mapping[str, Any]) -> str:
    """What the person is told: why we ask, the ways, that none is a condition, that neither copy nor signature is."""
    words = text("identity", row["language"])
    values = {"contact": store.settings.contact, "case": row["case"]}
    ways = "\n".join(f"- {words['ways'][way]}" for way in WAYS)
    return f"{filled(words['intro'], values)}\n\n{ways}\n\n{filled(words['end'], values)}"


def _days_stood(since_until: tuple[date, date]) -> int:
    since, until = since_until
    return (until - since).days


def _go_on(
    store: Store,
    case: str,
    *,
    event: str,
    identity: str,
    ids: Row,
    paused: Callable[[tuple[date, date]], int],
    reason: str | None = None,
) -> date:
    with store.write() as tx:
        row = requests.lock(tx, case)
        days = row["paused_days"]
        if row["paused_on"] is not None:
            days += paused((row["paused_on"], store.today()))
        due_on = cases.due(store, row | {"paused_days": days})
        values = {"identity": identity, "paused_on": None, "paused_days": days, "due_on": due_on}
        cases.advance(tx, row, event=event, values=values, ids=ids | {"due_on": due_on.isoformat()}, reason=reason)
    return due_on
