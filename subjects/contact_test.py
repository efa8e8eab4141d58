"""Testing that a recipient's contact answers: a letter with a token that comes back (R076)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import helsinki_day
from core.files import storing
from ledger import customers, recipients
from ledger.store import Store
from subjects import mail
from subjects.mail import Letter
from subjects.texts import LANGUAGES, filled, text

Row = dict[str, Any]
KIND = "contact_test"


def send(store: Store, customer: str, *, to: Path | None = None) -> Row:
    """Begin a test and mail the letter, in three languages: ``{"test", "answer_by", "mail"}``.

    With ``to`` it is written there instead, for another way to the contact: ``{"test", "answer_by", "letter",
    "token"}``. Raises ``NotFound``, ``LicenceRefused`` (contact_missing) and ``StoreError``.
    """
    with store.write() as tx:
        made = recipients.send_test(tx, customer, settings=store.settings)
        token = made.pop("token")
        row = customers.customer(tx.connection, customer)
        subject, letter = _letter(store, row["name"], token, answer_by=made["answer_by"])
        if to is None:
            wanted = Letter(row["contact"], subject, letter, LANGUAGES[0])
            return made | {"mail": mail.queue(tx, store, wanted, kind=KIND, about=customer)}
        path = to / f"contact-{made['test']}.txt"
        with storing(path):
            to.mkdir(parents=True, exist_ok=True)
            path.write_text(letter + "\n", encoding="utf-8")
            path.chmod(0o600)
    return made | {"letter": str(path), "token": token}


def _letter(store: Store, name: str, token: str, *, answer_by: datetime) -> tuple[str, str]:
    """Subject and text; the test's last whole day is named."""
    values = {
        "name": name,
        "token": token,
        "day": helsinki_day(answer_by - timedelta(days=1)).isoformat(),
        "controller": store.settings.controller,
        "contact": store.settings.contact,
    }
    parts = [filled(text("contact_test", language), values) for language in LANGUAGES]
    return parts[0]["title"], "\n\n—\n\n".join("\n\n".join([part["title"], *part["paragraphs"]]) for part in parts)
