"""Deciding on breaches: when the clock starts, what is still missing, when a case may be closed (R092, Art. 33 and 34).

What may be done is decided by pure functions over the case and its notices; ``ledger.breaches`` writes it down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import InvalidInput, InvalidTransition, Refused
from core.ids import new_id
from core.settings import Settings
from ledger import breaches, customers, exposure
from ledger.engine import Connection, Transaction
from ledger.store import Store

Row = dict[str, Any]
AUTHORITY = "authority"
"""Recipient of a notice: the Data Protection Ombudsman. Any other recipient is a customer's id."""
FACTS = ("nature", "consequences", "measures", "advice", "contact")
"""What the officer writes, each in one or more languages; ``advice`` is for the persons alone."""
LANGUAGES = ("fi", "sv", "en")
OPEN_LETTERS = ("due", "exported", "failed")


@dataclass(frozen=True)
class Blocker:
    """A reason why a case cannot be closed: an error code with its ids."""

    code: str
    ids: Mapping[str, Any]


def missing_facts(case: Mapping[str, Any]) -> tuple[str, ...]:
    """What Art. 33(3) asks for and the case does not have yet; the contact has a default in the settings."""
    facts, impact = case["facts"], case["impact"]
    have = {"nature": facts.get("nature"), "persons": impact.get("persons") is not None, "records": "rows" in impact}
    have |= {"consequences": facts.get("consequences"), "measures": facts.get("measures")}
    return tuple(name for name, value in have.items() if not value)


def first_notice(notices: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The notice that stops the clock: the first to the authority, complete or not (Art. 33(4))."""
    sent = [notice for notice in notices if notice["recipient"] == AUTHORITY]
    return min(sent, key=lambda notice: notice["sent_at"], default=None)


def late(case: Mapping[str, Any], notices: Sequence[Mapping[str, Any]], *, now: datetime) -> bool:
    """Whether the authority was, or by now would be, notified after the clock."""
    if case["due_at"] is None or case["risk"] == "none":
        return False
    first = first_notice(notices)
    return bool((first["sent_at"] if first else now) > case["due_at"])


def blockers(
    case: Mapping[str, Any], notices: Sequence[Mapping[str, Any]], *, letters: Mapping[str, int], now: datetime
) -> list[Blocker]:
    """Everything that stands between this case and its closing, most important first (R092)."""
    breach, found = case["breach"], []
    if case["risk"] is None:
        return [Blocker("breach_risk_undecided", {"breach": breach})]
    risky = case["risk"] != "none"
    missing = missing_facts(case)
    if case["role"] == "processor":
        if not any(notice["recipient"] != AUTHORITY for notice in notices):
            found.append(Blocker("breach_customer_not_told", {"breach": breach}))
    elif risky:
        if first_notice(notices) is None:
            found.append(Blocker("breach_not_notified", {"breach": breach}))
        if late(case, notices, now=now) and not case["late_reason"]:
            found.append(Blocker("breach_late_unexplained", {"breach": breach, "due": case["due_at"].isoformat()}))
        if notices and not missing and not any(notice["final"] for notice in notices):
            found.append(Blocker("breach_facts_missing", {"breach": breach, "missing": "the final notice"}))
    if missing:
        found.append(Blocker("breach_facts_missing", {"breach": breach, "missing": ", ".join(missing)}))
    waiting = sum(letters.get(state, 0) for state in OPEN_LETTERS)
    if case["risk"] == "high" and case["role"] == "controller" and waiting and not case["no_letters_reason"]:
        found.append(Blocker("breach_letters_open", {"breach": breach, "open": waiting}))
    return found


def hours_left(case: Mapping[str, Any], *, now: datetime) -> float | None:
    """Hours until the clock ends, negative when it has; None when no clock runs."""
    return None if case["due_at"] is None else round((case["due_at"] - now).total_seconds() / 3600, 1)


def report(
    store: Store,
    *,
    what: str,
    aware_at: datetime | None = None,
    trigger: str = "reported",
    key: str | None = None,
    customer: str | None = None,
) -> str:
    """Open a breach that somebody told us of; the clock starts at ``aware_at`` (default: now). Returns its id.

    ``customer``: the data were processed for this customer, who is to be told without delay (Art. 33(2)). When the
    trigger has opened a case for ``key`` before, that case is confirmed. Raises ``InvalidInput`` (value_missing,
    value_unknown, date_future), ``NotFound``, ``InvalidTransition``.
    """
    _words(what=what)
    if trigger not in breaches.TRIGGERS:
        raise InvalidInput("value_unknown", field="trigger", value=trigger, allowed=", ".join(breaches.TRIGGERS))
    aware = _aware(store, aware_at)
    with store.write() as tx:
        if customer is not None:
            customers.customer(tx.connection, customer)
        named = key or new_id("report")
        ids = {"customer": customer} if customer else {}
        breach = breaches.open_candidate(tx, trigger=trigger, key=named, ids=ids)
        breach = breach or breaches.case_of(tx.connection, trigger=trigger, key=named)
        values = {"role": "processor" if customer else "controller", "facts": {"nature": {"fi": what}}}
        breaches.move(tx, breach, event="confirm", values=values, reason=what)
        breaches.start_clock(tx, breach, aware_at=aware, hours=store.settings.breach_hours)
    return breach


def confirm(store: Store, breach: str, *, aware_at: datetime | None = None, because: str | None = None) -> datetime:
    """Make a candidate a breach; returns when its clock ends.

    The clock starts when the product found it, unless ``aware_at`` says otherwise; a later start needs a reason,
    because finding and being reasonably certain are usually the same moment. Raises ``InvalidInput`` (value_missing,
    date_future), ``NotFound``, ``InvalidTransition``.
    """
    with store.write() as tx:
        case = breaches.locked(tx, breach)
        aware = _aware(store, aware_at or case["found_at"])
        if aware > case["found_at"]:
            _words(because=because)
        breaches.move(tx, breach, event="confirm", values={}, reason=because)
        return breaches.start_clock(tx, breach, aware_at=aware, hours=store.settings.breach_hours)


def dismiss(store: Store, breach: str, *, because: str) -> None:
    """Decide that a candidate is no breach, and why; it stays on record (Art. 33(5)) and can be confirmed later.

    Raises ``InvalidInput`` (value_missing), ``NotFound``, ``InvalidTransition``.
    """
    _words(because=because)
    with store.write() as tx:
        breaches.move(tx, breach, event="dismiss", values={}, reason=because)


def assess(
    store: Store,
    breach: str,
    *,
    facts: Mapping[str, Mapping[str, str]] | None = None,
    risk: str | None = None,
    because: str | None = None,
    happened: tuple[datetime | None, datetime | None] = (None, None),
    late_reason: str | None = None,
    no_letters_reason: str | None = None,
) -> Row:
    """Write down what is known by now; only what is given changes. Returns the case.

    ``facts``: field of :data:`FACTS` → language → text. A ``risk`` (none, risk, high) needs ``because``; a high one
    makes letters due (Art. 34), for whoever the impact named. Raises ``InvalidInput`` (value_missing, value_unknown),
    ``NotFound``, ``InvalidTransition`` unless the case is open.
    """
    _known(facts or {})
    with store.write() as tx:
        case = _open(tx, breach, "assessed")
        kept = {name: dict(texts) for name, texts in case["facts"].items()}
        for name, texts in (facts or {}).items():
            kept[name] = kept.get(name, {}) | dict(texts)
        values: Row = {"facts": kept}
        values |= {name: at for name, at in zip(("happened_from", "happened_until"), happened, strict=True) if at}
        reasons = {"late_reason": late_reason, "no_letters_reason": no_letters_reason}
        values |= {name: reason for name, reason in reasons.items() if reason}
        if risk is not None:
            if risk not in breaches.RISKS:
                raise InvalidInput("value_unknown", field="risk", value=risk, allowed=", ".join(breaches.RISKS))
            _words(because=because)
            values["risk"] = risk
            exposure.letters_due(tx, breach, due=risk == "high")
        breaches.change(tx, breach, values=values)
        known = sorted((facts or {}).keys() | (values.keys() - {"facts"}))
        breaches.note(tx, breach, event="assessed", ids={"known": known, "risk": risk or case["risk"]}, reason=because)
        return breaches.case(tx.connection, breach)


def notify(
    store: Store,
    breach: str,
    *,
    to: str,
    reference: str,
    sent_at: datetime | None = None,
    final: bool = False,
    late_reason: str | None = None,
) -> Row:
    """Record that the authority (or a customer, by id) was notified; returns the notice.

    Facts still missing are noted with it and follow in a later phase (Art. 33(4)); a final notice may miss none.
    Raises ``Refused`` (breach_facts_missing), ``InvalidInput`` (value_missing, date_future), ``NotFound``.
    """
    _words(reference=reference)
    sent = _aware(store, sent_at, field="sent")
    with store.write() as tx:
        case = _open(tx, breach, "notified")
        if to != AUTHORITY:
            customers.customer(tx.connection, to)
        missing = missing_facts(case)
        if final and missing:
            raise Refused("breach_facts_missing", breach=breach, missing=", ".join(missing))
        if late_reason:
            breaches.change(tx, breach, values={"late_reason": late_reason})
        breaches.record_notice(
            tx, breach, recipient=to, sent_at=sent, reference=reference, missing=missing, final=final
        )
        return breaches.notices(tx.connection, breach)[-1]


def close(store: Store, breach: str) -> None:
    """Close a case in which nothing is open any more. Raises ``Refused`` with the first of its :func:`blockers`."""
    with store.write() as tx:
        case = _open(tx, breach, "closed")
        letters = exposure.letter_counts(tx.connection, breach)
        for blocker in blockers(case, breaches.notices(tx.connection, breach), letters=letters, now=tx.at):
            raise Refused(blocker.code, **blocker.ids)
        breaches.move(tx, breach, event="close", values={"closed_at": tx.at, "closed_by": tx.actor})


def reopen(store: Store, breach: str, *, because: str) -> None:
    """Open a closed case again, on something new. Raises ``InvalidInput``, ``NotFound``, ``InvalidTransition``."""
    _words(because=because)
    with store.write() as tx:
        breaches.move(tx, breach, event="reopen", values={"closed_at": None, "closed_by": None}, reason=because)


def document(connection: Connection, breach: str, *, now: datetime, settings: Settings) -> Row:
    """The case with everything that hangs on it, for people and for the export: ids, counts and the officer's words."""
    case = breaches.case(connection, breach)
    notices, letters = breaches.notices(connection, breach), exposure.letter_counts(connection, breach)
    contact = dict.fromkeys(LANGUAGES, settings.contact)
    found = blockers(case, notices, letters=letters, now=now) if case["state"] == "open" else []
    return case | {
        "facts": {"contact": contact} | case["facts"],
        "hours_left": hours_left(case, now=now) if case["state"] == "open" else None,
        "late": late(case, notices, now=now),
        "missing": list(missing_facts(case)),
        "blockers": [Refused(one.code, **one.ids).args[0] for one in found],
        "letters": letters,
        "notices": notices,
        "events": breaches.events(connection, breach),
    }


def _open(tx: Transaction, breach: str, event: str) -> Row:
    case = breaches.locked(tx, breach)
    if case["state"] != "open":
        raise InvalidTransition("transition_invalid", kind="breach", id=breach, state=case["state"], event=event)
    return case


def _words(**texts: str | None) -> None:
    for name, text in texts.items():
        if not (text or "").strip():
            raise InvalidInput("value_missing", field=name)


def _known(facts: Mapping[str, Mapping[str, str]]) -> None:
    for name, texts in facts.items():
        if name not in FACTS:
            raise InvalidInput("value_unknown", field="facts", value=name, allowed=", ".join(FACTS))
        for language in texts:
            if language not in LANGUAGES:
                raise InvalidInput("value_unknown", field=name, value=language, allowed=", ".join(LANGUAGES))


def _aware(store: Store, at: datetime | None, *, field: str = "aware") -> datetime:
    at = at or store.now()
    if at > store.now():
        raise InvalidInput("date_future", field=field)
    return at
