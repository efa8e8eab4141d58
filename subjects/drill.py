"""Knowing a synthetic request when it comes in, and the alarm when a channel stays silent (R100, T20).

A synthetic request is a ban by an address that nobody has: a keyed word at :data:`DOMAIN`, or the word as a ban link.
Only this store can make such a word, so whatever channel brings it in knows it for a drill: it is closed by itself, is
neither a ban nor a case, and is in no figure.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import datetime, timedelta
from typing import Any

from core.errors import StoreError
from ledger import drills, tasks
from ledger.store import Store
from subjects import mail

Row = dict[str, Any]

DOMAIN = "koe.invalid"
"""RFC 2606: no mail server delivers there, so the word is no address of anybody."""
SILENT = "channel silent"
"""Kind of the task that a silent channel leaves; it is closed when something comes in."""
BY_HAND = "drill by hand"
_KEPT = timedelta(days=60)
_LETTERS = 26
_WORD = re.compile(rf"(?<![a-z0-9])[a-z2-7]{{{_LETTERS}}}(?![a-z0-9])")
_VIA = {"email": "mailbox"}


def address(store: Store, channel: str, drill: str) -> str:
    """The address that stands for a drill."""
    return f"{_word(store, channel, drill)}@{DOMAIN}"


def _word(store: Store, channel: str, drill: str) -> str:
    key = store.key(mail.KEY).derive("drill")
    return base64.b32encode(key.mac(f"{channel}|{drill}".encode())[:16]).decode().rstrip("=").lower()


def find(store: Store, text: str) -> Row | None:
    """The drill whose word is in a text; None when there is none, as in everything that people write."""
    words = set(_WORD.findall(text.lower()))
    if not words:
        return None
    with store.ledger.read() as connection:
        recent = drills.since(connection, store.now() - _KEPT)
    for one in recent:
        expected = _word(store, one["channel"], one["drill"])
        if any(hmac.compare_digest(expected, word) for word in words):
            return one
    return None


def arrived(store: Store, text: str, *, via: str) -> Row | None:
    """If a text is a drill's, close it, and the alarm of its channel: ``{"drill", "channel", "counted"}``; else None.

    A word counts for the channel that it was put into; handed in elsewhere it is known and counts for none.
    """
    one = find(store, text)
    if one is None:
        return None
    counted = _VIA.get(via, via) == one["channel"]
    with store.write() as tx:
        if counted:
            drills.arrive(tx, one["drill"], channel=one["channel"])
            for kind, name, value in ((SILENT, "channel", one["channel"]), (BY_HAND, "drill", one["drill"])):
                for task in tasks.tasks_of(tx.connection, kind=kind, name=name, value=value):
                    tasks.close_task(tx, task)
        else:
            tx.audit("drill.elsewhere", drill=one["drill"], via=via)
    return {"drill": one["drill"], "channel": one["channel"], "counted": counted}


def status(store: Store) -> Row:
    """``{"ok", "hours", "channels": [{"channel", "last_sent", "last_arrived", "state"}]}``; ``state`` is ``heard``,
    ``silent`` for longer than ``drill_hours``, ``waiting`` for its first arrival, or ``never drilled``."""
    with store.ledger.read() as connection:
        known = drills.last(connection)
    rows = []
    for channel in store.settings.drill_channels:
        row = known.get(channel)
        times = {name: row[name] if row else None for name in ("last_sent", "last_arrived")}
        rows.append({"channel": channel, **times, "state": _state(store, row)})
    alarming = [row["channel"] for row in rows if row["state"] in ("silent", "never drilled")]
    return {"ok": not alarming, "hours": store.settings.drill_hours, "silent": alarming, "channels": rows}


def _state(store: Store, row: Row | None) -> str:
    if row is None:
        return "never drilled"
    since: datetime = row["last_arrived"] or row["first_sent"]
    if store.now() > since + timedelta(hours=store.settings.drill_hours):
        return "silent"
    return "heard" if row["last_arrived"] else "waiting"


def check(store: Store) -> Row:
    """:func:`status`, with a task for every channel that is silent, once until something comes in.

    Raises ``StoreError`` (channel_silent) when one is.
    """
    document = status(store)
    if document["ok"]:
        return document
    with store.write() as tx:
        silent = [
            channel
            for channel in document["silent"]
            if not tasks.tasks_of(tx.connection, kind=SILENT, name="channel", value=channel)
        ]
        for channel in silent:
            tasks.open_task(tx, kind=SILENT, due_on=store.today(), ids={"channel": channel})
        if not silent:
            tx.abandon()
    raise StoreError("channel_silent", channels=", ".join(document["silent"]), hours=document["hours"], status=document)
