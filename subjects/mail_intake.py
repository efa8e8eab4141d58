"""Reading the intake mailbox: free-form mails become bans and requests, without a form or an identity (R015, T20).

A mail that says no becomes a ban by its sender's address at once; nobody reads it first. One that asks for a right
becomes a case, one that says neither becomes a task for somebody who reads it. The mail stays in its mailbox: the
ledger keeps a keyed digest of it, what it became, and the day on which our server took it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any

from core import mailboxes
from core.clock import helsinki_day
from core.errors import Conflict
from core.identity import normalise_email
from ledger import intake, tasks
from ledger.store import Store
from subjects import cases, drill, mail, mail_words
from subjects.ban_request import BanRequest
from subjects.bans import Confirm, add_ban
from subjects.deadlines import working_day_from

Row = dict[str, Any]

READ = "read the mail"
"""Kind of the task for a mail that nobody but a person can make out."""
_READ_DAYS = 2
LARGEST = 1 << 20
"""Characters of a mail's text that are looked at."""
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_QUOTED = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:original message|alkuperäinen viesti|ursprungligt meddelande)|_{10,}\s*$"
    r"|(?:from|sent|lähettäjä|lähetetty|från|skickat):\s"
    r"|(?:on|den|ma|ti|ke|to|pe|la|su)\b.{0,200}(?:wrote|skrev|kirjoitti)\s*:\s*$"
    r"|.{0,200}\b(?:kirjoitti|skrev|wrote)\s*:\s*$)",
    re.IGNORECASE,
)
_REPLY = re.compile(r"^\s*(?:re|vs|sv|fw|fwd|vl)\s*:", re.IGNORECASE)
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def read_mailbox(store: Store, path: Path) -> Row:
    """Take every message of an mbox file, a Maildir or one ``.eml`` file that was not read before.

    Returns ``{"read", "already", "kinds": {kind: n}, "items": [{"key", "item", "kind", ids…}]}``; ``key`` names the
    message in its mailbox. Raises ``FileRejected`` (file_missing, file_format_unknown). One message is committed at a
    time: a run that dies goes on with the next.
    """
    document: Row = {"read": 0, "already": 0, "kinds": dict.fromkeys(intake.KINDS, 0), "items": []}
    for key, file in mailboxes.messages(path):
        content = file.read()
        digest = store.key(mail.KEY).derive("intake").mac(content)
        with store.ledger.read() as connection:
            if intake.known(connection, digest) is not None:
                document["already"] += 1
                continue
        kind, outcome, item = _take(store, content, digest)
        document["read"] += 1
        document["kinds"][kind] += 1
        document["items"].append({"key": key, "item": item, "kind": kind, **outcome})
    return document


def _take(store: Store, content: bytes, digest: bytes) -> tuple[str, Row, str]:
    """What a message is, and what it became."""
    made = message_from_bytes(content, policy=policy.default)
    assert isinstance(made, EmailMessage)  # noqa: S101 - the policy makes it one
    received_on = _received_on(store, made)
    text = _text(made)
    found = drill.arrived(store, f"{_header(made, 'Subject')}\n{text}", via="email")
    if found is not None:
        return _recorded(store, digest, "drill", {"drill": found["drill"]}, received_on)
    if _bounce(made):
        return _to_read(store, digest, "bounce", received_on)
    sender = normalise_email(parseaddr(_header(made, "From"))[1])
    if _automatic(made) or sender == normalise_email(store.settings.sender):
        return _recorded(store, digest, "automatic", {}, received_on)
    said = mail_words.read(_own_words(made, text))
    if sender is None or not said.wishes:
        return _to_read(store, digest, "unread", received_on)
    outcome: Row = {}
    if "ban" in said.wishes:
        outcome |= _banned(store, sender, said.language, digest, received_on)
    for right in [wish for wish in said.wishes if wish != "ban"]:
        outcome[right] = cases.open_case(
            store, right=right, via="email", received_on=received_on, language=said.language, electronic=True
        )
    return _recorded(store, digest, "ban" if "ban" in said.wishes else "request", outcome, received_on)


def _banned(store: Store, sender: str, language: str, digest: bytes, received_on: date) -> Row:
    request = BanRequest(via="email", email=sender, received_on=received_on, reference="intake mailbox")
    try:
        filed = add_ban(store, request, batch=f"mail:{digest.hex()}", confirm=Confirm(sender, language))
    except Conflict:  # an earlier run filed it and died before it wrote the item down
        return {}
    return {name: filed[name] for name in ("ban", "matched", "held", "mail")}


def _recorded(store: Store, digest: bytes, kind: str, outcome: Row, received_on: date) -> tuple[str, Row, str]:
    with store.write() as tx:
        item = intake.record(tx, digest=digest, kind=kind, outcome=outcome, received_on=received_on)
    return kind, outcome, item


def _to_read(store: Store, digest: bytes, kind: str, received_on: date) -> tuple[str, Row, str]:
    """Nobody but a person can say what it is: a task, due in two days."""
    with store.write() as tx:
        due_on = working_day_from(store.today() + timedelta(days=_READ_DAYS))
        task = tasks.open_task(tx, kind=READ, due_on=due_on, ids={"what": kind})
        item = intake.record(tx, digest=digest, kind=kind, outcome={"task": task}, received_on=received_on)
    return kind, {"task": task}, item


def _header(made: EmailMessage, name: str) -> str:
    try:
        return str(made.get(name, ""))
    except (ValueError, LookupError, IndexError, AttributeError):  # a header that is none
        return ""


def _received_on(store: Store, made: EmailMessage) -> date:
    """The day our own server wrote into the topmost Received line; else the sender's, never a later one than today."""
    line = next(iter(made.get_all("Received", [])), "")
    for text in (str(line).rpartition(";")[2], _header(made, "Date")):
        try:
            day = helsinki_day(parsedate_to_datetime(text.strip()).astimezone())
        except (ValueError, TypeError, OverflowError):
            continue
        return min(day, store.today())
    return store.today()


def _text(made: EmailMessage) -> str:
    try:
        part = made.get_body(("plain", "html"))
        content = b"" if part is None else part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError):  # a body that is none
        return ""
    if part is None or not isinstance(content, bytes):
        return ""
    text = _decoded(content, part.get_content_charset())
    if part.get_content_subtype() == "html":
        text = _TAG.sub(" ", text)
    return text[:LARGEST]


def _decoded(content: bytes, charset: str | None) -> str:
    """As the mail says; where it says nothing, or what cannot be, as most mails are written."""
    for name in (charset, "utf-8"):
        try:
            return content.decode(name or "us-ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", errors="replace")


def _own_words(made: EmailMessage, text: str) -> str:
    """What the sender wrote, without what he answers to; the subject only of a mail that is no answer."""
    own = []
    for line in text.splitlines():
        if _QUOTED.match(line):
            break
        own.append(line)
    subject = _header(made, "Subject")
    return "\n".join([*([] if made["In-Reply-To"] or _REPLY.match(subject) else [subject]), *own])


def _bounce(made: EmailMessage) -> bool:
    """Whether a mail server reports on a message of ours (RFC 3464): by its type, or by its empty return path."""
    path = made["Return-Path"]
    return made.get_content_type() == "multipart/report" or (path is not None and not str(path).strip("<> "))


def _automatic(made: EmailMessage) -> bool:
    """Whether a machine wrote it (RFC 3834)."""
    submitted = _header(made, "Auto-Submitted").partition(";")[0].strip().lower()
    return submitted not in ("", "no") or _header(made, "Precedence").strip().lower() in _BULK
