"""Disposal: when a campaign is over its recipient states that the rows are gone (R035).

It is asked by a message of the stop-list machinery, so that webhook, files, reminders and acknowledgement are one way
for everything a recipient is told. Whoever has not stated in time gets nothing new, nor does its group.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.clock import day_start, helsinki_day
from core.errors import InvalidInput, LicenceRefused
from core.files import sha256_file, storing
from extracts.gate.blocks import blocks
from ledger import activations, bans, customers, cuts, disclosures, endings, messages, tasks, trusted_time
from ledger.disclosures import Disclosure
from ledger.messages import DISPOSE, EVERY_ROW, Entry
from ledger.store import Store
from subjects import documents
from subjects.access_view import day_text
from subjects.deadlines import next_working_day_ends
from subjects.texts import filled, text

Row = dict[str, Any]
TASK = "disposal"


def ask(store: Store) -> list[str]:
    """Ask for every statement that is owed and was not asked for yet; returns the messages. Said again, asks nothing.

    A recall of the whole extract, asked before, does not stand for it: to remove rows and to state that they are gone
    are two things.
    """
    with store.ledger.read() as connection:
        if not endings.unasked(connection):
            return []
    made = []
    with store.write() as tx:
        bans.lock_fence(tx)  # sweeps queue one after the other
        for owed in endings.unasked(tx.connection):
            message = messages.queue(
                tx,
                customer=owed["customer"],
                code=DISPOSE,
                entries=[Entry(owed["extract"], EVERY_ROW, owed["campaign"])],
                send_by=next_working_day_ends(tx.at),
                acknowledge_by=owed["due_at"],
            )
            ids = {"extract": owed["extract"], "customer": owed["customer"]}
            task = tasks.open_task(tx, kind=TASK, due_on=endings.due_day(owed["due_at"]), ids=ids)
            endings.asked(tx, owed["extract"], message=message, task=task)
            made += [message] if message else []
        if not made:
            tx.abandon()  # another sweep asked
    return made


def statement(store: Store, extract: str, *, by: str, on: date | None = None) -> Row:
    """Record that ``by`` at the recipient states that the rows of an extract are gone; before the end it may, too.

    Rows of responders are exempt. Raises ``NotFound``, ``InvalidInput`` (value_missing, date_future, date_before),
    ``LicenceRefused`` (extract_not_held) for what was never handed over, ``InvalidTransition`` when stated before.
    """
    if not by.strip():
        raise InvalidInput("value_missing", field="by")
    day = on or store.today()
    if day > store.today():
        raise InvalidInput("date_future", field="on")
    with store.ledger.read() as connection:
        first = _delivered_at(disclosures.disclosure(connection, extract))
    if day < helsinki_day(first):
        raise InvalidInput("date_before", field="on", least=helsinki_day(first))
    with store.write() as tx:
        end = endings.end(tx.connection, extract)
        if end is not None and end["message"] is not None and endings.statement(tx.connection, extract) is None:
            at = None if day == store.today() else day_start(day)
            messages.acknowledge(tx, end["message"], by=by.strip()[:200], at=at)
        else:
            endings.state(tx, extract, by=by.strip()[:200], on=day)
    return show(store, extract)


def _delivered_at(one: Disclosure) -> datetime:
    if one.delivered_at is None:
        raise LicenceRefused("extract_not_held", extract=one.extract)
    return one.delivered_at


def show(store: Store, extract: str) -> Row:
    """``{"extract", "customer", "ended_at", "due", "stated_by", "stated_on", "blocked", "blocked_by"}``; null: not yet.

    ``blocked``: whether its customer may get nothing new; ``blocked_by``: the codes of the reasons.
    Raises ``NotFound``, ``LicenceRefused`` (extract_not_held).
    """
    with store.ledger.read() as connection:
        one = disclosures.disclosure(connection, extract)
        _delivered_at(one)
        end, word = endings.end(connection, extract), endings.statement(connection, extract)
        blocked = blocks(connection, one.customer, at=store.now())
    return {
        "extract": extract,
        "customer": one.customer,
        "ended_at": end and end["ended_at"],
        "due": endings.due_day(end["due_at"]) if end and end["due_at"] else None,
        "stated_by": word and word["stated_by"],
        "stated_on": word and word["stated_on"],
        "blocked": bool(blocked),
        "blocked_by": list(dict.fromkeys(block.code for block in blocked)),
    }


def _ranges(numbers: Sequence[int]) -> str:
    """``3–5, 9`` of rising numbers; a dash of none."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts) or "–"


def listing(store: Store, *, customer: str | None = None, owed: bool = False) -> list[Row]:
    """Every disposal that is owed or was stated, the most pressing first, with ``due`` and if it is ``overdue``."""
    with store.ledger.read() as connection:
        if customer is not None:
            customers.customer(connection, customer)
        rows = endings.disposals(connection, customers=None if customer is None else [customer], owed=owed)
        now = trusted_time.now(connection, store.now())
    return [
        {name: row[name] for name in ("extract", "campaign", "customer", "name", "contact", "ended_at")}
        | {"due": endings.due_day(row["due_at"]), "stated_by": row["stated_by"], "stated_on": row["stated_on"]}
        | {"overdue": row["stated_on"] is None and now >= row["due_at"]}
        for row in rows
    ]


def document(store: Store, extract: str, *, to: Path, language: str = "fi") -> Row:
    """Write the statement as ``<extract>-disposal.json`` and ``.pdf`` into ``to``: as recorded, or to be signed.

    Returns what the JSON says and the ``files``. Raises ``NotFound``, ``LicenceRefused`` (extract_not_held),
    ``InvalidInput`` (value_unknown) and ``StoreError``.
    """
    words = text("disposal", language)
    with store.ledger.read() as connection:
        one = disclosures.disclosure(connection, extract)
        delivered_at = _delivered_at(one)
        row = cuts.extract(connection, extract)
        word = endings.statement(connection, extract)
        kept = [row["number"] for row in activations.activated(connection, extract)]
    due_at = endings.disposal_due(one.ends_at, days=store.settings.disposal_days)
    facts = {
        "extract": extract,
        "recipient": one.customer_name,
        "business_id": one.business_id,
        "campaign": one.campaign_name,
        "rows": row["rows"],
        "kept": kept,
        "delivered_at": delivered_at,
        "ends_at": one.ends_at,
        "due": endings.due_day(due_at),
        "stated_by": word and word["stated_by"],
        "stated_on": word and word["stated_on"],
        "recorded_at": word and word["recorded_at"],
    }
    shown = {
        "recipient": f"{one.customer_name} ({one.business_id})",
        "campaign": one.campaign_name,
        "extract": extract,
        "rows": row["rows"],
        "kept": _ranges(kept),
        "delivered": day_text(helsinki_day(delivered_at), language),
        "ended": day_text(endings.due_day(one.ends_at), language),
        "due": day_text(facts["due"], language),
    }
    values = shown | {"controller": store.settings.controller, "contact": store.settings.contact}
    signed = [word["stated_by"], day_text(word["stated_on"], language)] if word else ["", ""]
    letter = {
        "language": language,
        "title": words["title" if word else "title_form"],
        "sender": [store.settings.controller, store.settings.controller_address, store.settings.contact],
        "date": day_text(store.today(), language),
        "reference": extract,
        "footer": words["page"],
        "facts": [[label, shown[name]] for name, label in words["facts"].items()],
        "paragraphs": filled(words["statement"], values),
        "signature": [[label, value] for label, value in zip(words["signature"].values(), signed, strict=True)],
        "signed": word is not None,
        "end": [] if word else filled(words["end"], values),
    }
    files = [to / f"{extract}-disposal.json", to / f"{extract}-disposal.pdf"]
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        files[0].write_text(json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
        files[0].chmod(0o600)
    documents.render_pdf("disposal", letter, path=files[1], at=store.now())
    return facts | {"files": [{"path": str(path), "sha256": sha256_file(path)} for path in files]}
