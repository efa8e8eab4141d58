"""What one message, call or letter says: to whom, from whom, when, and how it is known again (R039)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from core.clock import HELSINKI

Kind = Literal["email", "phone", "post"]
FORMATS = ("mail", "calls", "webhook")
"""What hits are read from."""

_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]\\@]{1,64}@[^\s<>,;:\"'()\[\]\\@]{1,255}")
_FORMS = (
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H.%M.%S", "%d.%m.%Y %H.%M", "%d.%m.%Y klo %H.%M",
    "%d.%m.%Y klo %H:%M", "%d.%m.%Y klo %H.%M.%S", "%d.%m.%Y klo %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
_MILLISECONDS = 13


@dataclass(frozen=True)
class Sighting:
    """One thing that was read."""

    kinds: frozenset[Kind]
    to: frozenset[str]
    """Addresses in lower case and numbers in E.164 that it went to; empty: it does not say."""
    sender: str | None
    """The domain or the number it says it comes from: a claim, not a proof."""
    at: datetime | None
    """When it arrived or was made; None when it does not say."""
    identity: Callable[[], bytes]
    """What is the same however often, and in whatever box, the same thing is read."""
    keep: Callable[[Path], None]
    """Writes the copy that is kept as evidence."""
    suffix: str


def addresses(text: str) -> frozenset[str]:
    """Every e-mail address in a header or cell, in lower case; domains written in ASCII (RFC 3490) in both ways."""
    found = {one.lower().strip(".") for one in _ADDRESS.findall(text)}
    return frozenset(found | {_readable(one) for one in found if "xn--" in one})


def _readable(address: str) -> str:
    local, _, domain = address.partition("@")
    try:
        return f"{local}@{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address


def domain_of(address: str | None) -> str | None:
    """The domain of an address, without a dot at its end."""
    return address.rpartition("@")[2].strip(".").lower() or None if address else None


def instant(text: str | None, *, now: datetime) -> datetime | None:
    """An instant as people and machines write it: ISO 8601, seconds since 1970, ``24.11.2026 klo 9.15``. Without a zone
    it is Finnish time. None: it is none, or lies in the future."""
    text = " ".join((text or "").split())
    if _EPOCH.fullmatch(text):
        whole = int(text) / 1000 if len(text) == _MILLISECONDS else float(text)
        return past(datetime.fromtimestamp(whole, UTC), now=now)
    readings: list[Callable[[str], datetime]] = [datetime.fromisoformat]
    readings += [partial(_in_form, form=form) for form in _FORMS]
    for read in readings:
        try:
            return past(read(text), now=now)
        except ValueError:
            continue
    return None


def _in_form(text: str, *, form: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=HELSINKI)


def past(at: datetime, *, now: datetime) -> datetime | None:
    """The instant in UTC; None when it is more than a day ahead (a clock that is wrong proves nothing), ``now`` when it
    is less."""
    try:
        at = (at if at.tzinfo is not None else at.replace(tzinfo=HELSINKI)).astimezone(UTC)
    except OverflowError:
        return None
    return None if at > now + timedelta(days=1) else min(at, now)
