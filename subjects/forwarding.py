"""A person's request that reached us and is a data care customer's to answer goes to that customer (R050).

We are its processor: we neither answer nor decide, we pass the message on within two working days and help from there
(Art. 28(3)(e)). What the person wrote goes along sealed and is kept nowhere; the ledger knows a digest.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.errors import FileRejected, InvalidInput, LicenceRefused
from core.ids import new_id
from ledger import care_forwards, care_instructions, customers, requests
from ledger.store import Store
from subjects import cases, mail
from subjects.access_view import day_text
from subjects.deadlines import working_day_from
from subjects.mail import Attachment, Letter
from subjects.reply_mail import LARGEST
from subjects.texts import filled, text

Row = dict[str, Any]
WORKING_DAYS = 2


def due(received_on: date) -> date:
    """The last day for passing on what came in on a day: the second working day after it."""
    day = received_on
    for _ in range(WORKING_DAYS):
        day = working_day_from(day + timedelta(days=1))
    return day


def forward(
    store: Store,
    agreement: str,
    file: Path,
    *,
    right: str,
    via: str,
    received_on: date | None = None,
    case: str | None = None,
    language: str = "fi",
) -> Row:
    """Queue a person's message, as it came, to the customer's contact: ``{"forward", "customer", "mail", "due_on"}``.

    ``file`` is the message, or a note of what was said; it leaves with the next ``rajaus mail send`` and no copy of it
    stays. ``case``: where the request concerns our register too, the case it was opened as, which goes on. An ended or
    withdrawn agreement stands in no way. Raises ``NotFound`` (agreement_unknown, case_unknown), ``LicenceRefused``
    (agreement_mode, contact_missing), ``InvalidInput`` (value_unknown, date_future, email_invalid, size_out_of_range),
    ``FileRejected`` (file_missing).
    """
    for field, value, allowed in (("right", right, cases.RIGHTS), ("via", via, cases.VIA)):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    received = received_on or store.today()
    if received > store.today():
        raise InvalidInput("date_future", field="received")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileRejected("file_missing", file=file.name) from error
    if not 0 < len(content) <= LARGEST:
        raise InvalidInput("size_out_of_range", field="bytes of the file", least=1, most=LARGEST)
    identifier = new_id("forward")
    with store.write() as tx:
        terms = customers.agreement(tx.connection, agreement)
        if terms["mode"] != care_instructions.MODE:
            raise LicenceRefused("agreement_mode", agreement=agreement, mode=terms["mode"], needed="data care")
        customer = customers.customer(tx.connection, terms["customer"])
        if customer["contact"] is None:
            raise LicenceRefused("contact_missing", customer=customer["customer"])
        values = {
            "forward": identifier, "agreement": agreement, "right": right, "via": via, "received_on": received,
            "due_on": due(received), "file_sha256": hashlib.sha256(content).hexdigest(), "case": case,
        }  # fmt: skip
        attached = Attachment(f"{identifier}{file.suffix.lower()}", content)  # a file's name may name the person
        letter = _letter(store, values, to=customer["contact"], language=language, attached=attached)
        values["mail"] = mail.queue(tx, store, letter, kind=mail.FORWARD, about=identifier)
        care_forwards.record(tx, values)
        if case is not None:
            requests.lock(tx, case)
            requests.happen(tx, case, event="forwarded", ids={"forward": identifier, "customer": customer["customer"]})
    return {
        "forward": identifier, "customer": customer["customer"], "mail": values["mail"], "due_on": values["due_on"],
    }  # fmt: skip


def _letter(store: Store, values: Row, *, to: str, language: str, attached: Attachment) -> Letter:
    words = text("forward", language)
    said = {
        "forward": values["forward"],
        "agreement": values["agreement"],
        "received": day_text(values["received_on"], language),
        "right": text("access", language)["rights"][values["right"]],
        "via": words["via"][values["via"]],
        "controller": store.settings.controller,
        "contact": store.settings.contact,
    }
    body = "\n\n".join([*(filled(paragraph, said) for paragraph in words["paragraphs"]), store.settings.controller])
    return Letter(to, filled(words["subject"], said), body, language, [attached])
