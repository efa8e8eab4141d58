"""Testing that a recipient's contact answers: a letter with a token that comes back (R076)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from core.clock import helsinki_day
from core.files import storing
from ledger import customers, recipients
from ledger.store import Store
from subjects.texts import LANGUAGES, filled, text

Row = dict[str, Any]


def send(store: Store, customer: str, *, to: Path) -> Row:
    """Begin a test and write the letter to send, in three languages: ``{"test", "token", "answer_by", "letter"}``.

    The letter is sent to the contact by whoever runs the service; the token is told this once. Raises ``NotFound``,
    ``LicenceRefused`` (contact_missing) and ``StoreError``.
    """
    with store.write() as tx:
        made = recipients.send_test(tx, customer, settings=store.settings)
        name = customers.customer(tx.connection, customer)["name"]
        values = {
            "name": name,
            "token": made["token"],
            "day": helsinki_day(made["answer_by"] - timedelta(seconds=1)).isoformat(),
            "controller": store.settings.controller,
            "contact": store.settings.contact,
        }
        parts = [filled(text("contact_test", language), values) for language in LANGUAGES]
        letter = "\n\n—\n\n".join("\n\n".join([part["title"], *part["paragraphs"]]) for part in parts)
        path = to / f"contact-{made['test']}.txt"
        with storing(path):
            to.mkdir(parents=True, exist_ok=True)
            path.write_text(letter + "\n", encoding="utf-8")
            path.chmod(0o600)
    return made | {"letter": str(path)}
