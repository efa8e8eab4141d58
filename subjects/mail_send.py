"""Sending what waits in the outbox, or writing it as files for a mail program to send.

Every message is settled in a transaction of its own after the server has taken it. When the process dies in between,
the message is sent again under the same Message-ID: once too often rather than not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, InvalidTransition
from core.files import storing
from ledger import bans, notices, outbox, tasks
from ledger.engine import Transaction
from ledger.notices import Outcome
from ledger.store import Store
from subjects import mail, smtp
from subjects.deadlines import working_day_from
from subjects.smtp import Relay

Row = dict[str, Any]

FAILED = "mail failed"
"""Kind of the task that a message leaves which could not be sent."""
UNREADABLE = "unreadable"
_TASK_DAYS = 2
_ENDING = ".eml"


def send(store: Store, *, sleep: Callable[[float], None] = time.sleep) -> Row:
    """Send what is queued, each once in a run: ``{"sent", "deferred", "failed", "dropped", "mails": [{"mail", "kind",
    "about", "outcome", "detail"}]}``.

    What the server defers stays for the next run, until ``mail_give_up_hours`` are over; what it refuses has failed,
    and a task says so. Raises ``ConfigError`` (mail_unset), ``StoreError`` (mail_unreachable: what was not sent waits).
    """
    document: Row = {"sent": 0, "deferred": 0, "failed": 0, "dropped": 0, "mails": []}
    began = store.now()
    with Relay(store.settings, sleep) as relay:
        while (row := _claimed(store, began)) is not None:
            event, detail = _try(store, row, relay)
            _settle(store, row, event, detail)
            document["failed" if event == "refused" else event] += 1
            names = {name: row[name] for name in ("mail", "kind", "about")}
            document["mails"].append(names | {"outcome": "failed" if event == "refused" else event, "detail": detail})
    return document


def export(store: Store, out: Path) -> Row:
    """Write what is queued as ``.eml`` files, one each, and count it as exported: write them when you send them.

    Returns ``{"exported", "dropped", "failed", "files"}``. Raises ``StoreError`` (not_writable, disk_full).
    """
    began = store.now()
    files: list[str] = []
    counts = {"dropped": 0, "failed": 0}
    with storing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    while (row := _claimed(store, began)) is not None:
        content = _opened(store, row)
        if not _wanted(store, row):
            _settle(store, row, "dropped", None)
            counts["dropped"] += 1
        elif content is None:
            _settle(store, row, "refused", UNREADABLE)
            counts["failed"] += 1
        else:
            path = out / f"{row['mail']}{_ENDING}"
            with storing(path):
                path.write_bytes(content)
                path.chmod(0o600)
            _settle(store, row, "exported", None)
            files.append(str(path))
    return {"exported": len(files), **counts, "files": files}


def retry(store: Store, mail_id: str) -> str:
    """Queue a failed message again; returns its state.

    Raises ``NotFound`` (mail_unknown), ``InvalidTransition``: also for a notice, since who was not reached by a failed
    notice is written to anew (``subjects.notices``).
    """
    with store.ledger.read() as connection:
        row = outbox.find(connection, mail_id)
    if row["kind"] == mail.NOTICE:
        raise InvalidTransition(
            "transition_invalid", kind="notice", id=row["about"], state=row["state"], event="sent again"
        )
    with store.write() as tx:
        return outbox.settle(tx, mail_id, event="requeued")


def drop(store: Store, mail_id: str, *, reason: str) -> str:
    """Give a message up; its text is deleted. Returns its state.

    Raises ``NotFound`` (mail_unknown), ``InvalidTransition``, ``InvalidInput`` (value_missing).
    """
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    with store.ledger.read() as connection:
        row = outbox.find(connection, mail_id)
    _settle(store, row, "dropped", reason.strip())
    return "dropped"


def _claimed(store: Store, began: Any) -> Row | None:
    with store.ledger.locking() as connection:
        return outbox.claim(connection, at=store.now(), before=began)


def _try(store: Store, row: Row, relay: Relay) -> tuple[str, str | None]:
    """What became of a message, and why."""
    if not _wanted(store, row):
        return "dropped", None
    content = _opened(store, row)
    if content is None:
        return "refused", UNREADABLE
    try:
        answer = relay.send(message_from_bytes(content, policy=policy.SMTP))
    except smtp.Unusable as error:
        with store.ledger.read() as connection:
            waiting, _, _ = outbox.waiting(connection)
        _settle(store, row, "deferred", str(error))
        raise smtp.unreachable(store.settings, error, waiting=waiting) from error
    too_late = row["queued_at"] + timedelta(hours=store.settings.mail_give_up_hours) <= store.now()
    if answer.outcome == "deferred" and too_late:
        return "refused", f"given up, {answer.detail}"
    return answer.outcome, answer.detail


def _opened(store: Store, row: Row) -> bytes | None:
    """The message as it was sealed; None when its time is over, or its key file is missing."""
    key = next((key for key in store.keys(mail.KEY) if key.key_id == row["key_id"]), None)
    if key is None or row["content"] is None:
        return None
    try:
        return key.unseal(row["content"], bound=row["mail"])
    except ValueError:
        return None


def _wanted(store: Store, row: Row) -> bool:
    """A notice is not sent to somebody who meanwhile banned everything, or was erased."""
    if row["kind"] != mail.NOTICE:
        return True
    _, person = _notice(row)
    with store.ledger.read() as connection:
        return person not in bans.blocked(connection, channels=["email"]).persons.to_pylist()


def _notice(row: Row) -> tuple[str, int]:
    batch, person = row["about"].split("/")
    return batch, int(person)


def _settle(store: Store, row: Row, event: str, detail: str | None) -> None:
    """Write down what became of a message, and what follows from it."""
    with store.write() as tx:
        outbox.settle(tx, row["mail"], event=event, detail=detail)
        if row["kind"] == mail.NOTICE and event in ("sent", "refused", "dropped"):
            batch, person = _notice(row)
            outcome = "sent" if event == "sent" else "failed"
            notices.record(tx, batch, [Outcome(person, outcome, store.today(), row["mail"])])
            if event == "refused":  # a failed notice is never sent after all: another channel is tried (R096)
                outbox.settle(tx, row["mail"], event="dropped")
        elif event == "refused":
            _task(tx, store, row)
        elif event == "dropped":
            for task in tasks.tasks_of(tx.connection, kind=FAILED, name="mail", value=row["mail"]):
                tasks.close_task(tx, task)


def _task(tx: Transaction, store: Store, row: Row) -> None:
    ids = {"mail": row["mail"], "what": row["kind"], "about": row["about"]}
    tasks.open_task(tx, kind=FAILED, due_on=working_day_from(store.today() + timedelta(days=_TASK_DAYS)), ids=ids)
