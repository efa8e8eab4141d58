"""Stop lists: what goes to each recipient about rows it holds, and the word that comes back (R023, R063).

Files are for recipients without a webhook, and for new values, which no webhook carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage

from core.clock import HELSINKI, day_start
from core.errors import InvalidInput
from core.files import sha256_file, storing
from extracts.gate import stop_list as gate
from ledger import bans, messages, subscriptions, told
from ledger.engine import Transaction
from ledger.store import Store
from subjects import texts
from subjects.recipients import sweep
from subjects.stop_list_keys import Keys, importable

Row = dict[str, Any]
REMIND_AFTER = timedelta(days=2)
"""A message sent so long ago and not acknowledged is reminded of, and again every day."""
_REMIND_AGAIN = timedelta(days=1)
DISPOSAL_REMINDED = timedelta(days=7)
"""A disposal that is not stated is reminded of so long before it is due, and then every week."""


def listing(store: Store, *, customer: str | None = None, state: str | None = None) -> list[Row]:
    """All messages, oldest first, with ``late_to_send`` and ``late_to_acknowledge`` as of now. Sweeps first."""
    if state is not None and state not in messages.STATES:
        raise InvalidInput("value_unknown", field="state", value=state, allowed=", ".join(messages.STATES))
    sweep(store)
    with store.ledger.read() as connection:
        found = messages.messages(connection, customer=customer, states=None if state is None else [state])
    return [_judged(store, row) for row in found]


def pending(store: Store) -> Row:
    """``to_send``, ``to_acknowledge``, ``blocked``: the customers that get nothing new until they answer, and
    ``subscriptions`` whose next delta has a removal to bring (``subscription, customer, owed_by, late``)."""
    waiting = [row for row in listing(store) if row["state"] in messages.OPEN_STATES]
    with store.ledger.read() as connection:
        owing = [row for row in subscriptions.subscriptions(connection) if row["owed_by"] is not None]
    now = store.now()
    return {
        "subscriptions": [
            {name: row[name] for name in ("subscription", "customer", "owed_by")} | {"late": now >= row["owed_by"]}
            for row in owing
            if subscriptions.running(row, at=now)
        ],
        "to_send": [row for row in waiting if row["state"] == "open"],
        "to_acknowledge": [row for row in waiting if row["state"] != "open"],
        "blocked": sorted({row["customer"] for row in waiting if row["late_to_acknowledge"]}),
    }


def _judged(store: Store, row: Row) -> Row:
    now = store.now()
    return row | {
        "late_to_send": row["state"] == "open" and now >= row["send_by"],
        "late_to_acknowledge": row["state"] in messages.OPEN_STATES and now >= row["acknowledge_by"],
    }


def show(store: Store, message: str) -> Row:
    """One message with its ``rows`` and ``attempts``; new values and causes are not shown. Raises ``NotFound``."""
    with store.ledger.read() as connection:
        found = messages.message(connection, message)
        entries = messages.entries(connection, message)
        tries = messages.attempts(connection, message)
    rows = [
        {"extract": entry["extract"], "row": entry["number"] or None, "fields": sorted(entry["changes"] or {})}
        for entry in entries
    ]
    return _judged(store, found) | {"rows": rows, "attempts": tries}


def export(store: Store, out: Path, *, customer: str | None = None, recipient: str | None = None) -> Row:
    """Write the messages not sent yet as files, one set per recipient: CSV, JSON, and the letter that goes with them.

    They count as sent: write them when you send them. ``recipient`` is an age public key and needs ``customer``:
    files are encrypted to it. Returns ``{"recipients": [{"customer", "name", "contact", "messages", "rows",
    "files"}]}``.
    """
    return {"recipients": _hand_out(store, out, customer=customer, recipient=recipient, states=("open",))}


def remind(store: Store, out: Path, *, customer: str | None = None, recipient: str | None = None) -> Row:
    """The same for messages sent two days ago or earlier and not acknowledged, at most once a day each."""
    return {"recipients": _hand_out(store, out, customer=customer, recipient=recipient, states=("sent",))}


def due_for_reminder(row: Row, *, now: datetime) -> bool:
    """Whether a sent message should be reminded of at that instant."""
    last = row["reminded_at"]
    if row["code"] == messages.DISPOSE:
        started = max(row["acknowledge_by"] - DISPOSAL_REMINDED, row["sent_at"] + REMIND_AFTER)
        return bool(now >= started and (last is None or now >= last + DISPOSAL_REMINDED))
    return bool(now >= row["sent_at"] + REMIND_AFTER and (last is None or now >= last + _REMIND_AGAIN))


def _hand_out(
    store: Store, out: Path, *, customer: str | None, recipient: str | None, states: Sequence[str]
) -> list[Row]:
    key = _recipient(recipient, customer)
    with storing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with nothing_untold(store) as tx:
        wanted = messages.messages(tx.connection, customer=customer, states=states)
        if states == ("sent",):
            wanted = [row for row in wanted if due_for_reminder(row, now=tx.at)]
        by_recipient: dict[str, list[Row]] = {}
        for row in wanted:
            by_recipient.setdefault(row["customer"], []).append(row)
        made = [_write(store, tx, rows, out=out, key=key) for _, rows in sorted(by_recipient.items())]
        if not made:
            tx.abandon()
    return made


@contextmanager
def nothing_untold(store: Store) -> Iterator[Transaction]:
    """A transaction under the fence lock in which every standing ban has its messages: what is read in it is not
    overtaken by a ban that nobody has told the recipients of."""
    while True:
        sweep(store)
        with store.write() as tx:
            bans.lock_fence(tx)
            if not told.untold_hits(tx.connection)[0]:
                yield tx
                return
            tx.abandon()


def _write(store: Store, tx: Transaction, sent: Sequence[Row], *, out: Path, key: Any) -> Row:
    customer = sent[0]["customer"]
    content = gate.collect(tx.connection, sent)
    keys = Keys(store, tx.connection, content)
    content = keys.named(content)
    stamp = tx.at.strftime("%Y%m%dT%H%M%SZ")
    stem = f"stop-list-{customer.removeprefix('customer-')}-{stamp}"
    json_file, csv_file, text_file = (out / f"{stem}{suffix}" for suffix in (".json", ".csv", ".txt"))
    gate.write_json(
        {"recipient": customer, "made_at": tx.at, "controller": store.settings.controller, "messages": content},
        json_file,
    )
    gate.write_csv(content, csv_file)
    with storing(text_file):
        text_file.write_text(letter(store, sent)["text"], encoding="utf-8")
        text_file.chmod(0o600)
    for_crm = importable(keys, content, directory=out, stem=stem)
    files = [_sealed(path, key) for path in (json_file, csv_file, text_file, *for_crm)]
    for row in sent:
        messages.record_attempt(
            tx, row["message"], via="file", outcome="delivered", detail=f"sha256 {sha256_file(files[0])}"
        )
    return {
        "customer": customer,
        "name": sent[0]["name"],
        "contact": sent[0]["contact"],
        "messages": [row["message"] for row in sent],
        "rows": sum(row["rows"] for row in sent),
        "files": [str(path) for path in files],
    }


def letter(store: Store, sent: Sequence[Row], *, announced: bool = False) -> dict[str, str]:
    """What the recipient is to do, in three languages: ``{"subject", "text"}``. ``announced``: the new values come in a
    file of their own."""
    due = min(row["acknowledge_by"] for row in sent)
    subjects, parts = [], []
    for language in texts.LANGUAGES:
        said = texts.filled(
            texts.text("stop_list", language),
            {
                "controller": store.settings.controller,
                "contact": store.settings.contact,
                "name": sent[0]["name"],
                "messages": ", ".join(row["message"] for row in sent),
                "due": _moment(due, language),
            },
        )
        subjects.append(said["title"])
        extra = [said["announced"]] if announced else []
        parts.append("\n\n".join([said["title"], *said["paragraphs"], *extra]))
    return {"subject": " / ".join(subjects), "text": "\n\n---\n\n".join(parts) + "\n"}


def _moment(at: datetime, language: str) -> str:
    """An instant as a Finnish calendar day and time of day."""
    local = at.astimezone(HELSINKI)
    if language == "en":
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local.day}.{local.month}.{local.year} {'kello' if language == 'fi' else 'klockan'} {local:%H.%M}"


def _recipient(text: str | None, customer: str | None) -> Any:
    if text is None:
        return None
    if customer is None:
        raise InvalidInput("value_missing", field="customer")
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise InvalidInput("recipient_invalid") from error


def _sealed(path: Path, key: Any) -> Path:
    if key is None:
        return path
    sealed = path.with_name(f"{path.name}.age")
    with storing(path):
        pyrage.encrypt_file(str(path), str(sealed), [key])
        sealed.chmod(0o600)
        path.unlink()
    return sealed


def acknowledge(store: Store, message: str, *, by: str, on: date | None = None) -> Row:
    """Record that the recipient says it has done what a message asked, and who there said so.

    ``on``: the day it said so, if it was earlier. Raises ``NotFound``, ``InvalidInput`` (value_missing, date_future),
    ``InvalidTransition`` when it was acknowledged before.
    """
    if not by.strip():
        raise InvalidInput("value_missing", field="by")
    if on is not None and on > store.today():
        raise InvalidInput("date_future", field="on")
    with store.write() as tx:
        at = None if on is None or on == store.today() else day_start(on)
        messages.acknowledge(tx, message, by=by.strip()[:200], at=at)
    return show(store, message)


def give_up(store: Store, message: str, *, effort: str) -> Row:
    """Record that a recipient cannot be reached and what was tried (T15); it goes on getting nothing new.

    Raises ``NotFound``, ``InvalidInput`` (value_missing), ``InvalidTransition``.
    """
    if not effort.strip():
        raise InvalidInput("value_missing", field="effort")
    with store.write() as tx:
        messages.give_up(tx, message, effort=effort.strip())
    return show(store, message)
