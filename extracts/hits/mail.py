"""Messages of a mailbox as sightings: the headers say to whom; a body is only read when its message is a hit."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from core import mailboxes
from core.files import copied
from extracts.hits.sighting import Kind, Sighting, addresses, domain_of, past

_LARGEST_HEAD = 1 << 18
"""Bytes of a message in which its headers are looked for; what follows is text to us."""
_LINE = 1 << 16
_RECIPIENTS = (
    "To", "Cc", "Bcc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To",
    "Apparently-To", "Resent-To", "Resent-Cc", "X-Delivered-To", "X-RCPT-To",
)  # fmt: skip
_FOR = re.compile(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)
_SAME = ("Message-ID", "Date", "From", "Subject")
"""Headers that no server and no mail program changes on the way."""
_ESCAPED = re.compile(rb">+From ")
_MAIL: frozenset[Kind] = frozenset({"email"})


def read(path: Path, *, now: datetime) -> Iterator[Sighting]:
    """Every message of a mailbox. Raises ``FileRejected`` (file_missing, file_format_unknown)."""
    for _, file in mailboxes.messages(path):
        yield sighting(file, now=now)


def raw(content: bytes, *, now: datetime) -> Sighting:
    """A message as a mail gateway hands it over."""
    return sighting(io.BytesIO(content), now=now)


def sighting(file: BinaryIO, *, now: datetime) -> Sighting:
    """What the message in ``file`` says. One that is no message at all went to nobody."""
    head, body_at = _head(file)
    made = BytesHeaderParser(policy=compat32).parsebytes(head)
    went_to = " ".join([*(text for name in _RECIPIENTS for text in _texts(made, name))])
    passed = [match.group(1) for text in _texts(made, "Received") if (match := _FOR.search(text))]
    senders = sorted(addresses(next(iter(_texts(made, "From")), "")))
    return Sighting(
        kinds=_MAIL,
        to=addresses(" ".join([went_to, *passed])),
        sender=domain_of(senders[0] if senders else None),
        at=_arrived(made, now=now),
        identity=lambda: _identity(made, file, body_at),
        keep=lambda path: _keep(file, path),
        suffix=".eml",
    )


def _head(file: BinaryIO) -> tuple[bytes, int]:
    """The header lines and where the body begins."""
    file.seek(0)
    lines, size = [], 0
    while size < _LARGEST_HEAD:
        line = file.readline(_LINE)
        size += len(line)
        if not line.strip(b"\r\n"):
            break
        lines.append(line)
    return b"".join(lines), size


def _texts(made: Message, name: str) -> list[str]:
    """Every header of that name as text, whatever is wrong with it."""
    try:
        return [" ".join(str(value).split()) for value in made.get_all(name, [])]
    except (ValueError, LookupError, AttributeError, TypeError):
        return []


def _arrived(made: Message, *, now: datetime) -> datetime | None:
    """What our own server wrote into the topmost Received line; else the sender's date."""
    received = next(iter(_texts(made, "Received")), "")
    for text in (received.rpartition(";")[2], next(iter(_texts(made, "Date")), "")):
        try:
            at = parsedate_to_datetime(text.strip())
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        found = past(at if at.tzinfo is not None else at.replace(tzinfo=UTC), now=now)
        if found is not None:
            return found
    return None


def _identity(made: Message, file: BinaryIO, body_at: int) -> bytes:
    """Digest of what is the same in an mbox, a Maildir and a file: line ends, the mbox's ``>From`` and empty lines at
    the end do not count."""
    digest = hashlib.sha256()
    for name in _SAME:
        digest.update(f"{name}:{next(iter(_texts(made, name)), '')}\n".encode(errors="replace"))
    file.seek(body_at)
    empty = 0
    while line := file.readline(_LINE):
        text = line.rstrip(b"\r\n")
        if not text:
            empty += 1
            continue
        digest.update(b"\n" * empty + (text[1:] if _ESCAPED.match(text) else text) + b"\n")
        empty = 0
    return digest.digest()


def _keep(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    copied(file, path)
