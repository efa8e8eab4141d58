"""Stop lists by e-mail, to recipients that have a contact and no webhook: row keys and codes, never a value.

As with webhooks an update is only announced; its file is exported (``subjects.stop_list``). The table of messages is
the queue: what fails stays open for the next run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from core.errors import InvalidInput
from extracts.gate import stop_list as gate
from ledger import messages, webhooks
from ledger.store import Store
from subjects import mail, smtp
from subjects.mail import Attachment, Letter
from subjects.smtp import Answer, Relay
from subjects.stop_list import due_for_reminder, letter, nothing_untold
from subjects.texts import LANGUAGES

Row = dict[str, Any]
VIA = "email"
UNREACHABLE = "no usable contact"


def send(
    store: Store, *, customer: str | None = None, reminders: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Row:
    """Mail the messages not sent yet (``reminders``: those to be reminded of) to recipients without a webhook.

    Returns ``{"sent", "announced", "failed", "without_contact", "messages": [{"message", "customer", "outcome",
    "detail"}]}``. Raises ``ConfigError`` (mail_unset), ``StoreError`` (mail_unreachable).
    """
    with nothing_untold(store) as tx:
        wanted = messages.messages(tx.connection, customer=customer, states=["sent" if reminders else "open"])
        if reminders:
            wanted = [row for row in wanted if due_for_reminder(row, now=tx.at)]
        hooks = {row["customer"]: webhooks.webhook(tx.connection, row["customer"]) for row in wanted}
        wanted = [row for row in wanted if (hook := hooks[row["customer"]]) is None or hook["disabled_at"] is not None]
        content = {row["message"]: one for row, one in zip(wanted, gate.collect(tx.connection, wanted), strict=True)}
        tx.abandon()
    document: Row = {"sent": 0, "announced": 0, "failed": 0, "without_contact": 0, "messages": []}
    with Relay(store.settings, sleep) as relay:
        for number, row in enumerate(wanted):
            if row["contact"] is None:
                document["without_contact"] += 1
                continue
            try:
                answer = _mailed(store, relay, row, content[row["message"]])
            except smtp.Unusable as error:
                raise smtp.unreachable(store.settings, error, waiting=len(wanted) - number) from error
            document["messages"].append(_told(store, row, answer))
            document["sent" if (made := document["messages"][-1]["outcome"]) == "delivered" else made] += 1
    return document


def _mailed(store: Store, relay: Relay, row: Row, content: Row) -> Answer:
    words = letter(store, [row], announced=row["code"] == "update")
    rows = [
        {name: value for name, value in one.items() if name != "changes"}
        | ({"fields": sorted(one["changes"])} if "changes" in one else {})
        for one in content["rows"]
    ]
    listed = {name: content[name] for name in ("message", "code", "created_at", "acknowledge_by")} | {"rows": rows}
    text = json.dumps(listed, ensure_ascii=False, indent=2, default=lambda value: value.isoformat())
    files = [Attachment(f"{row['message']}.json", text.encode())]
    if row["code"] == "remove":
        files.append(Attachment(f"{row['message']}.csv", gate.as_csv([content])))
    try:
        made = mail.message(
            store.settings,
            Letter(row["contact"], words["subject"], words["text"], ", ".join(LANGUAGES), files),
            mail=row["message"],
            at=store.now(),
        )
    except InvalidInput:
        return Answer("refused", UNREACHABLE)
    return relay.send(made)


def _told(store: Store, row: Row, answer: Answer) -> Row:
    """Write down one try."""
    arrived = "delivered" if row["code"] == "remove" else "announced"
    outcome = arrived if answer.outcome == "sent" else "failed"
    with store.write() as tx:
        messages.record_attempt(tx, row["message"], via=VIA, outcome=outcome, detail=answer.detail)
    return {"message": row["message"], "customer": row["customer"], "outcome": outcome, "detail": answer.detail}
