"""What a person is told who filed a ban: that it works, what it covers, and that nothing is asked of him (R015, R017).

The text is the same whether the register knows the person, knows several who could be meant, or nobody: whoever writes
in another's name learns nothing from it (T04, T23).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.clock import helsinki_day
from core.errors import InvalidInput
from ledger import bans
from ledger.engine import Transaction
from ledger.store import Store
from subjects import mail
from subjects.mail import Letter
from subjects.texts import filled, text

_REST = ("nothing_asked", "recipients", "stored", "lifting", "complaint", "reference", "contact")


def confirmation(store: Store, ban: str, *, language: str, mail_to: str | None = None) -> dict[str, Any]:
    """``{"ban", "language", "subject", "text"}`` to send back by the channel the ban came through; with ``mail_to`` it
    is queued to that address too, as ``mail``.

    That it was made is audited. Raises ``NotFound`` (ban_unknown), and ``InvalidInput`` (email_invalid; value_unknown
    for another language or for a ban that nobody filed: a restriction, an erasure or an outside list has its own
    answer).
    """
    with store.write() as tx:
        row = bans.show(tx.connection, ban)
        said = worded(store, row, reference=ban, language=language)
        if row["kind"] not in ("processing", "disclosure"):
            raise InvalidInput("value_unknown", field="ban", value=row["kind"], allowed="processing, disclosure")
        sent = {} if mail_to is None else {"mail": queue(tx, store, ban, said, to=mail_to, language=language)}
        tx.audit("ban.confirmed", ban=ban, language=language)
    return {"ban": ban, "language": language, **said, **sent}


def queue(tx: Transaction, store: Store, ban: str, said: Mapping[str, str], *, to: str, language: str) -> str:
    """Queue a confirmation to an address; returns the mail's id. Raises ``InvalidInput`` (email_invalid)."""
    letter = Letter(to, said["subject"], said["text"], language)
    return mail.queue(tx, store, letter, kind=mail.BAN_CONFIRMATION, about=ban)


def worded(store: Store, row: Mapping[str, Any], *, reference: str, language: str) -> dict[str, str]:
    """``{"subject", "text"}`` about a ban with ``target, channel, received_on, recorded_at``; nothing is audited.

    Raises ``InvalidInput`` (value_unknown) for another language, or for a ban on something else.
    """
    words = text("ban_confirmation", language)
    if row["target"] not in words["scope"]:
        raise InvalidInput("value_unknown", field="ban", value=row["target"], allowed=", ".join(words["scope"]))
    values = {
        "ban": reference,
        "controller": store.settings.controller,
        "contact": store.settings.contact,
        "received": _day(row["received_on"], language),
        "recorded": _day(helsinki_day(row["recorded_at"]), language),
    }
    scope = [words["scope"][row["target"]], *([words["channel"][row["channel"]]] if row["channel"] else [])]
    paragraphs = [words["received"], " ".join(scope), *(words[name] for name in _REST)]
    return {"subject": words["subject"], "text": "\n\n".join(filled(paragraph, values) for paragraph in paragraphs)}


def _day(day: date, language: str) -> str:
    return f"{day:%d %B %Y}" if language == "en" else f"{day.day}.{day.month}.{day.year}"
