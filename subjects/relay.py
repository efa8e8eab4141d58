"""What persons tell a reseller reaches us within a working day; one that passes nothing on is flagged (R053).

A ban that a reseller passes on takes effect at once, like any other. The reseller is told that it was received and
nothing of whom it hit.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import day_end, helsinki_day
from core.errors import InvalidInput
from ledger import resellers
from ledger.resellers import Party
from ledger.store import Store
from subjects import ban_request, cases
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from subjects.deadlines import working_day_from

Row = dict[str, Any]


def due_at(received_on: date) -> datetime:
    """By when a reseller must have passed on what reached it on a day: the end of the next working day."""
    return day_end(working_day_from(received_on + timedelta(days=1)))


def ban(store: Store, party: Party, request: BanRequest) -> Row:
    """Pass a ban on: ``{"relay", "kind", "received_on", "due_at", "late"}``. It is logged before it is filed.

    Raises ``InvalidInput`` as ``subjects.bans.add_ban`` does, and for a day in the future.
    """
    received = _received(store, request.received_on)
    ban_request.clear(store, replace(request, via="reseller"))  # whoever nobody can be told by is refused, not logged
    told = _record(store, party, kind="ban", received=received)
    filed = add_ban(
        replace(store, actor=party.token),
        replace(request, via="reseller", received_on=received, reference=told["relay"]),
    )
    with store.write() as tx:
        resellers.became(tx, told["relay"], filed["ban"] or filed["drill"])
    return told


def request(
    store: Store, party: Party, *, right: str, received_on: date | None, reference: str, language: str = "fi"
) -> Row:
    """Pass another request on: it opens a case, whose clock began when the reseller received it (R054).

    ``reference`` says under what the reseller keeps the letter, so that the person's own words can be had; it names
    nobody. Raises ``InvalidInput`` (value_unknown, value_missing, date_future).
    """
    received = _received(store, received_on)
    if right not in cases.RIGHTS:
        raise InvalidInput("value_unknown", field="right", value=right, allowed=", ".join(cases.RIGHTS))
    if not reference.strip():
        raise InvalidInput("value_missing", field="reference")
    acting = replace(store, actor=party.token)
    case = cases.open_case(
        acting, right=right, via="reseller", received_on=received, note=reference.strip(), language=language
    )
    told = _record(store, party, kind="request", received=received, outcome=case)
    return told | {"case": case}


def drill(store: Store, party: Party, code: str) -> Row:
    """Pass a drill's made-up request on. Raises ``NotFound`` (drill_unknown)."""
    with store.write() as tx:
        row = resellers.drill_of(tx, party, code)
        told = resellers.record_relay(
            tx,
            party,
            kind="drill",
            received_on=helsinki_day(row["made_at"]),
            due_at=row["due_at"],
            outcome=row["drill"],
        )
        resellers.end_drill(tx, row["drill"], relay=told["relay"])
    return told


def begin_drill(store: Store, customer: str) -> Row:
    """Begin a drill of a reseller: ``{"drill", "code", "due_at"}``. Raises as ``ledger.resellers.add_drill``."""
    with store.write() as tx:
        return resellers.add_drill(tx, customer, due_at=due_at(store.today()))


def standing(store: Store) -> list[Row]:
    """Every reseller with what it passed on and its ``flag``: ``drill_missed``, ``drill_late``, ``inactive`` or None.

    ``{"customer", "name", "since", "relays", "late", "last_at", "drilled_at", "flag"}``. The newest drill decides; a
    reseller that passed nothing on, drill or not, for the days of the setting is inactive.
    """
    now, quiet = store.now(), timedelta(days=store.settings.relay_quiet_days)
    found = []
    with store.ledger.read() as connection:
        for one in resellers.resellers(connection, today=store.today()):
            passed = resellers.relays(connection, reseller=one["customer"])
            drills = resellers.drills(connection, one["customer"])
            last = resellers.latest_by(passed, "relayed_at")
            flag = _flag(drills, now=now)
            if flag is None and now - (last or day_end(one["since"])) > quiet:
                flag = "inactive"
            found.append(
                one
                | {
                    "relays": len(passed),
                    "late": sum(row["late"] for row in passed),
                    "last_at": last,
                    "drilled_at": drills[0]["made_at"] if drills else None,
                    "flag": flag,
                }
            )
    return found


def _flag(drills: list[Row], *, now: datetime) -> str | None:
    if not drills:
        return None
    newest = drills[0]
    if newest["relayed_at"] is None:
        return "drill_missed" if newest["due_at"] <= now else None
    return "drill_late" if newest["late"] else None


def _received(store: Store, received_on: date | None) -> date:
    received = received_on or store.today()
    if received > store.today():
        raise InvalidInput("date_future", field="received")
    return received


def _record(store: Store, party: Party, *, kind: str, received: date, outcome: str | None = None) -> Row:
    with store.write() as tx:
        return resellers.record_relay(
            tx, party, kind=kind, received_on=received, due_at=due_at(received), outcome=outcome
        )
