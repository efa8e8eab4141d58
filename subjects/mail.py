"""Letters by e-mail: written, sealed and queued in the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from core.errors import InvalidInput
from core.identity import normalise_email
from core.ids import new_id
from core.settings import Settings
from ledger import outbox
from ledger.engine import Transaction
from ledger.store import Store

BAN_CONFIRMATION, REPLY, NOTICE, DRILL, FORWARD = "ban_confirmation", "reply", "notice", "drill", "forward"
KEY = "mail"


@dataclass(frozen=True)
class Attachment:
    """A file that goes along."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What is said to whom."""

    to: str
    subject: str
    text: str
    language: str
    attachments: Sequence[Attachment] = ()


def address(text: str, *, field: str) -> str:
    """An e-mail address in normal form. Raises ``InvalidInput`` (email_invalid)."""
    found = normalise_email(text)
    if found is None:
        raise InvalidInput("email_invalid", field=field)
    return found


def queue(tx: Transaction, store: Store, letter: Letter, *, kind: str, about: str) -> str:
    """Queue a letter; it goes with the next ``rajaus mail send``. Returns the id of the mail.

    ``about`` is the id of the ban, case or notice it belongs to. Raises ``InvalidInput`` (email_invalid).
    """
    mail = new_id("mail")
    key = store.key(KEY)
    sealed = key.seal(message(store.settings, letter, mail=mail, at=tx.at).as_bytes(), bound=mail)
    outbox.queue(tx, mail=mail, kind=kind, about=about, content=sealed, key_id=key.key_id)
    return mail


def message(settings: Settings, letter: Letter, *, mail: str, at: datetime) -> EmailMessage:
    """The letter as RFC 5322 has it. Its Message-ID stays the same however often it is sent."""
    made = EmailMessage(policy=policy.SMTP)
    sender = address(settings.sender, field="mail_from")
    made["From"] = formataddr((settings.controller, sender))
    made["To"] = address(letter.to, field="to")
    made["Subject"] = " ".join(letter.subject.split())
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{mail}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's automatic answer answers it
    made.set_content(letter.text if letter.text.endswith("\n") else letter.text + "\n")
    made["Content-Language"] = letter.language
    for one in letter.attachments:
        made.add_attachment(one.content, maintype="application", subtype="octet-stream", filename=one.name)
    return made
