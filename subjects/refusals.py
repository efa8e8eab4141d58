"""Refusing a request or asking a fee: only on documented grounds, by two persons, in time, with the way to complain.

Article 12(4)-(5) and C-526/24: a request is refused or charged only when it is manifestly unfounded or excessive, which
the controller must show; a first request can be excessive only where the abusive intent itself is shown. A right that
the law does not give in the case (Art. 17(3), 20) is refused with the rule named. A fee is told before the work. A ban
is none of this business: it is no case, so there is nothing to refuse or charge (R066).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, Refused
from ledger import requests
from ledger.engine import Transaction
from ledger.store import Store
from subjects import cases, documents
from subjects.access_view import day_text
from subjects.deadlines import last_day
from subjects.texts import filled, text

Row = dict[str, Any]

GROUNDS = ("unfounded", "excessive", "rule", "not_identified")
"""``rule``: the law does not give the right here (``rule=`` names it); ``not_identified``: the query had no answer."""
FEE_GROUNDS = ("unfounded", "excessive", "further_copy")
"""``further_copy``: Art. 15(3), only after a reply that was free."""


@dataclass(frozen=True)
class Grounds:
    """Why, as it is documented; ``evidence`` refers to the papers, ``intent`` to what shows an abusive intent."""

    ground: str
    reason: str
    evidence: str
    approver: str
    rule: str | None = None
    intent: str | None = None


def refuse(store: Store, case: str, grounds: Grounds, *, to: Path) -> Row:
    """Refuse a case and write the letter that says so to ``to``: ``{"case", "state", "file"}``.

    Raises ``InvalidInput`` (value_unknown), ``InvalidTransition``, and ``Refused``: refusal_needs_grounds (reason,
    evidence and a second person, the rule where one is the ground), first_request (no abusive intent shown),
    refusal_too_late (the month is over, and the request is called unfounded or excessive).
    """
    _check(store, case, grounds, allowed=GROUNDS)
    event = "identity_failed" if grounds.ground == "not_identified" else "refused"
    with store.write() as tx:
        row = requests.lock(tx, case)
        cases.check(row, event)
        late = store.today() > _first_day(store, row)
        if grounds.ground in ("unfounded", "excessive"):
            _shown(tx, row, grounds)
            if late:
                raise Refused("refusal_too_late", case=case, day=_first_day(store, row))
        ids = _ids(grounds) | {"late": late}
        values = {"identity": "failed", "paused_on": None} if event == "identity_failed" else {}
        cases.advance(tx, row, event=event, values=values, ids=ids, reason=grounds.reason, outcome="refused")
    values = {"reason": grounds.reason, "rule": grounds.rule or ""}
    file = letter(store, row, name="refusal", part=grounds.ground, values=values, to=to)
    return {"case": case, "state": "refused", "file": str(file)}


def tell_fee(store: Store, case: str, grounds: Grounds, *, euros: int, to: Path) -> Row:
    """Tell the person of a fee before any work is done, and wait for the answer: ``{"case", "state", "file"}``.

    Raises as :func:`refuse`, ``Refused`` (fee_after_work, first_copy_free) and ``InvalidInput`` (size_out_of_range).
    """
    _check(store, case, grounds, allowed=FEE_GROUNDS)
    if not 0 < euros <= _HIGHEST_FEE:
        raise InvalidInput("size_out_of_range", field="euros", least=1, most=_HIGHEST_FEE)
    with store.write() as tx:
        row = requests.lock(tx, case)
        cases.check(row, "fee_told")
        happened = {event["event"] for event in requests.events(tx.connection, case)}
        if happened & {"replied", "fee_accepted"}:
            raise Refused("fee_after_work", case=case)
        if grounds.ground == "further_copy":
            if row["right"] != "access" or not _earlier(tx, row, answered=True):
                raise Refused("first_copy_free", case=case)
        else:
            _shown(tx, row, grounds)
        cases.advance(tx, row, event="fee_told", ids=_ids(grounds) | {"euros": euros}, reason=grounds.reason)
    values = {"reason": grounds.reason, "euros": euros, "rule": grounds.rule or ""}
    file = letter(store, row, name="fee", part=grounds.ground, values=values, to=to)
    return {"case": case, "state": "fee", "euros": euros, "file": str(file)}


_HIGHEST_FEE = 500


def accept_fee(store: Store, case: str) -> None:
    """The person wants the work done at the fee that was told. Raises ``InvalidTransition`` when none was told."""
    with store.write() as tx:
        cases.advance(tx, requests.lock(tx, case), event="fee_accepted")


def charge(store: Store, case: str) -> int:
    """The euros to invoice, once, of a case that is done. Raises ``Refused`` (fee_not_told, fee_charged_already)."""
    with store.write() as tx:
        row = requests.lock(tx, case)
        cases.check(row, "fee_charged")
        events = requests.events(tx.connection, case)
        happened = {event["event"]: event["ids"] for event in events}
        if "fee_accepted" not in happened:
            raise Refused("fee_not_told", case=case)
        if "fee_charged" in happened:
            raise Refused("fee_charged_already", case=case)
        euros = int(happened["fee_told"]["euros"])
        cases.advance(tx, row, event="fee_charged", ids={"euros": euros})
    return euros


def letter(store: Store, row: Mapping[str, Any], *, name: str, part: str, values: Mapping[str, Any], to: Path) -> Path:
    """A letter of a case as PDF: the text ``name``, its paragraph for ``part``, and how to complain (Art. 12(4))."""
    language = row["language"]
    words = text(name, language)
    settings = store.settings
    filling = {
        "received": day_text(row["received_on"], language),
        "right": text("access", language)["rights"][row["right"]],
        "contact": settings.contact,
        **values,
    }
    paragraphs = [words["intro"], words["parts"][part], *words["end"], text("access", language)["texts"]["complaint"]]
    to.mkdir(parents=True, exist_ok=True)
    path = to / f"{name}-{row['case']}.pdf"
    document = {
        "language": language,
        "title": words["title"],
        "sender": [settings.controller, settings.controller_address, settings.contact],
        "date": day_text(store.today(), language),
        "reference": row["case"],
        "footer": settings.controller,
        "paragraphs": [filled(paragraph, filling) for paragraph in paragraphs],
    }
    documents.render_pdf("plain", document, path=path, at=store.now())
    return path


def _check(store: Store, case: str, grounds: Grounds, *, allowed: tuple[str, ...]) -> None:
    if grounds.ground not in allowed:
        raise InvalidInput("value_unknown", field="ground", value=grounds.ground, allowed=", ".join(allowed))
    given = (grounds.reason, grounds.evidence, grounds.approver)
    if not all(part.strip() for part in given) or grounds.approver.strip() == store.actor:
        raise Refused("refusal_needs_grounds", case=case)
    if grounds.ground == "rule" and not (grounds.rule or "").strip():
        raise Refused("refusal_needs_grounds", case=case)


def _shown(tx: Transaction, row: Row, grounds: Grounds) -> None:
    """A first request of a person is excessive or unfounded only with the abusive intent shown (C-526/24)."""
    if not _earlier(tx, row) and not (grounds.intent or "").strip():
        raise Refused("first_request", case=row["case"])


def _earlier(tx: Transaction, row: Row, *, answered: bool = False) -> bool:
    """Whether one of the persons of this case made the same kind of request before."""
    persons = requests.persons_of(tx.connection, row["case"])
    return any(
        earlier["case"] != row["case"]
        and earlier["right"] == row["right"]
        and earlier["opened_at"] <= row["opened_at"]
        and (not answered or earlier["outcome"] == "granted")
        for earlier in requests.of_persons(tx.connection, persons)
    )


def _first_day(store: Store, row: Row) -> date:
    """The last day on which a refusal can still be told in time: the first period, whatever was extended."""
    return last_day(row["received_on"], months=store.settings.request_months, paused_days=row["paused_days"])


def _ids(grounds: Grounds) -> Row:
    """What the case and the audit keep of the grounds; the reason in words stays with the case alone."""
    kept = {"ground": grounds.ground, "approver": grounds.approver, "rule": grounds.rule}
    return {name: value for name, value in kept.items() if value} | {"intent_shown": bool(grounds.intent)}
