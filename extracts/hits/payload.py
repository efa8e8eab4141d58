"""What a mail or telephone gateway posts, saved as a file: JSON, one event or a list of them, or one event a line.

An event says ``to`` (text, list, or list of objects with ``email``), ``from``, ``at`` and, for mail, the whole message
as ``raw``. The names that common gateways use instead are in :data:`NAMES`; the names of objects round an event are in
``_AROUND``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import FileRejected
from extracts.hits import mail
from extracts.hits.calls import keep, numbers
from extracts.hits.sighting import Sighting, addresses, domain_of, instant, past

NAMES: Mapping[str, tuple[str, ...]] = {
    "to": ("to", "recipient", "recipients", "rcpt_to", "envelope_to", "called"),
    "from": ("from", "sender", "mail_from", "envelope_from", "caller"),
    "at": ("at", "timestamp", "received_at", "time", "date"),
    "raw": ("raw", "mime", "body-mime"),
    "id": ("id", "event_id", "message-id", "message_id", "uuid"),
}
"""What an event says → the names it is looked for under, the first that has a value counts."""
_AROUND = ("event-data", "data", "payload")
_LISTS = ("events", "items", "messages", "calls")
LARGEST = 64 << 20
"""Bytes of a payload; a gateway's are some kilobytes."""


def read(path: Path, *, now: datetime) -> Iterator[Sighting | None]:
    """Every event; None: it is no object, or a line is no JSON.

    Raises ``FileRejected`` (file_missing, file_empty; file_damaged when it is no JSON at all or too large).
    """
    try:
        if path.stat().st_size > LARGEST:
            raise FileRejected("file_damaged", file=path.name, reason=f"a payload has {LARGEST >> 20} MB at most")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    text = content.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise FileRejected("file_empty", file=path.name)
    for event in _events(text, file=path.name):
        yield _sighting(event, now=now) if isinstance(event, dict) else None


def _events(text: str, *, file: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text, file=file)
    if isinstance(found, dict):
        inside = next((found[name] for name in _LISTS if isinstance(found.get(name), list)), None)
        return [found] if inside is None else inside
    return found if isinstance(found, list) else [None]


def _lines(text: str, *, file: str) -> list[Any]:
    events = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            events.append(json.loads(line))
        except (ValueError, RecursionError):
            events.append(None)
    if not any(isinstance(event, dict) for event in events):
        raise FileRejected("file_damaged", file=file, reason="no event is JSON")
    return events


def _sighting(event: dict[str, Any], *, now: datetime) -> Sighting:
    said = {name.lower(): value for name, value in event.items()}
    for name in _AROUND:
        if isinstance(said.get(name), dict):
            said |= {inner.lower(): value for inner, value in said[name].items()}
    envelope = said.get("envelope")
    if isinstance(envelope, dict):
        said |= {f"envelope_{inner.lower()}": value for inner, value in envelope.items()}
    message = _first(said, "raw")
    if isinstance(message, str):
        return mail.raw(message.encode("utf-8", errors="surrogateescape"), now=now)
    to, senders = _texts(_first(said, "to")), _texts(_first(said, "from"))
    emails, phones = addresses(" ".join(to)), numbers([text for text in to if "@" not in text])
    sent_by = sorted(addresses(" ".join(senders)))
    callers = sorted(numbers([text for text in senders if "@" not in text]))
    return Sighting(
        kinds=frozenset({"email", "phone"}),
        to=emails | phones,
        sender=domain_of(sent_by[0]) if sent_by else next(iter(callers), None),
        at=_at(_first(said, "at"), now=now),
        identity=partial(_identity, event, said, to),
        keep=partial(keep, event),
        suffix=".json",
    )


def _first(said: Mapping[str, Any], name: str) -> Any:
    return next((said[other] for other in NAMES[name] if said.get(other) not in (None, "", [])), None)


def _texts(value: Any) -> list[str]:
    """Texts in a value that is one, a list of them, or objects with ``email``, ``address`` or ``number``."""
    if isinstance(value, (str, int)):
        return [str(value)]
    if isinstance(value, dict):
        return [text for name in ("email", "address", "number") for text in _texts(value.get(name))]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def _at(value: Any, *, now: datetime) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    found = instant(str(value), now=now)
    if found is None:
        try:
            found = past(parsedate_to_datetime(str(value)), now=now)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return found


def _identity(event: dict[str, Any], said: Mapping[str, Any], to: list[str]) -> bytes:
    """By the gateway's own id where there is one: it posts an event again when it got no answer."""
    own = _first(said, "id")
    same = [own, to] if isinstance(own, (str, int)) else event
    return hashlib.sha256(json.dumps(["event", same], sort_keys=True, default=str).encode()).digest()
