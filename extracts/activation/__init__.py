"""Activation: a person of an extract responded, and the customer may keep the record as its own (R034).

The customer reports row, day, act and evidence. What counts is decided here: only who was delivered to it in that
extract, only after the delivery and until some days after the campaign's end, and never in bulk without two persons.
A control record that is said to have responded is recorded as the strong signal it is, and shown to the customer as
accepted: else reports would tell who is a control record (decision 19).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from core.clock import helsinki_day
from core.errors import LicenceRefused, Refused
from core.files import publish_file, storing
from extracts.activation import meant
from extracts.activation.decide import BULK, closes_at, review_needed, verdict
from extracts.activation.reported import judge
from extracts.customer_file import read
from extracts.gate.listed import delivered
from extracts.gate.recheck import banned_rows
from ledger import activations, customers, cuts, disclosures, endings, tasks, trusted_time
from ledger.activations import OPEN, REJECTED, RELEASED
from ledger.engine import Transaction
from ledger.store import Store
from schemas.activation import COLUMNS, REASONS

Row = dict[str, Any]
TASK = "activation_review"
REVIEW_WITHIN = timedelta(days=3)


def report(store: Store, extract_id: str, file: Path) -> Row:
    """Take a customer's report of responders in: ``{"report", "extract", "read", "accepted", "refused", "duplicates",
    "reasons": {reason: n}, "verdict", "review", "refused_file", "seeds"}``; ``read`` = ``accepted`` + ``refused``.

    ``duplicates`` were reported before and are accepted again. While ``review`` is open none of its rows counts.
    ``refused_file``: CSV of row, field and reason, without cells. ``seeds`` and ``review`` are for staff alone, see
    :func:`for_customer`.

    Raises ``NotFound``, ``FileRejected``, ``LicenceRefused``: extract_not_held (never delivered), extract_revoked,
    extract_disposed, activation_late.
    """
    with store.ledger.read() as connection:
        extract = cuts.extract(connection, extract_id)
        first, ends_at = _window(store, connection, extract)
    received = read(file, COLUMNS, cell_limit=store.settings.cell_limit)
    judged = judge(received, delivered_on=helsinki_day(first), today=store.today())
    listed, marker = delivered(store, extract)
    found = meant.find(
        store, judged.rows, listed=listed, marker=marker, unavailable=banned_rows(store, extract, listed)
    )
    refused = pa.concat_tables([judged.refused, found.refused]).sort_by("line")
    reasons = dict(sorted(Counter(refused["reason"].to_pylist()).items()))
    with store.write() as tx:
        cuts.lock(tx, extract_id)
        fresh, duplicates = _new(tx, extract_id, found.rows)
        seeds = sorted(row["seed"] for row in fresh if row["seed"] is not None)
        before = activations.reported(tx.connection, extract_id)
        persons = sum(seed is None for seed in before.values()) + len(fresh) - len(seeds)
        judgement = verdict(
            persons,
            extract["persons"],
            flag_percent=store.settings.activation_flag_percent,
            hold_percent=store.settings.activation_hold_percent,
            floor=store.settings.activation_floor,
        )
        review = OPEN if review_needed(judgement, new=len(fresh), seeds=seeds) else None
        made = {
            "extract": extract_id,
            "customer": extract["customer"],
            "file_sha256": received.sha256,
            "read": received.read,
            "accepted": len(found.rows),
            "refused": len(refused),
            "duplicates": duplicates,
            "reasons": reasons,
            "activated": persons,
            "persons": extract["persons"],
            "verdict": judgement,
            "review": review,
            "campaign_ends_at": ends_at,
        }
        identifier = activations.record(tx, made, fresh)
        if seeds:
            tx.audit("seeds.hit", via="activation", report=identifier, extract=extract_id, seeds=seeds)
        if review == OPEN:
            due_on = helsinki_day(tx.at + REVIEW_WITHIN)
            ids = {"report": identifier, "extract": extract_id, "bulk": judgement == BULK, "seeds": len(seeds)}
            tasks.open_task(tx, kind=TASK, due_on=due_on, ids=ids)
    return {
        "report": identifier,
        **{name: made[name] for name in ("extract", "read", "accepted", "refused", "duplicates", "reasons")},
        "verdict": judgement,
        "review": review,
        "refused_file": _refused_file(store, identifier, refused),
        "seeds": seeds,
    }


def _window(store: Store, connection: Any, extract: Row) -> tuple[datetime, datetime]:
    """When the extract was first handed over, and when its campaign ends; refused outside the time to report in."""
    extract_id = extract["extract"]
    if extract["state"] == "revoked":
        raise LicenceRefused("extract_revoked", extract=extract_id)
    first = disclosures.disclosure(connection, extract_id).delivered_at
    if first is None:
        raise LicenceRefused("extract_not_held", extract=extract_id)
    stated = endings.statement(connection, extract_id)
    if stated is not None:
        raise LicenceRefused("extract_disposed", extract=extract_id, day=stated["stated_on"])
    ends_at = customers.over_at(customers.campaign(connection, extract["campaign"]))
    closes = closes_at(ends_at, grace_days=store.settings.activation_grace_days)
    if trusted_time.now(connection, store.now()) >= closes:
        raise LicenceRefused("activation_late", extract=extract_id, until=endings.due_day(closes))
    return first, ends_at


def _new(tx: Transaction, extract: str, rows: pa.Table) -> tuple[list[Row], int]:
    """The rows that nobody reported before, each once, and how many were reported before or twice."""
    known = set(activations.reported(tx.connection, extract))
    fresh: dict[int, Row] = {}
    columns = ("number", "person_token", "seed", "act", "acted_on", "evidence", "reference")
    for row in rows.select(columns).to_pylist():
        if row["number"] not in known:
            fresh.setdefault(row["number"], row)
    return list(fresh.values()), len(rows) - len(fresh)


def _refused_file(store: Store, report: str, refused: pa.Table) -> str | None:
    """Row, field and reason of what was refused, for the customer; None when nothing was."""
    if not len(refused):
        return None
    words = [REASONS[reason] for reason in refused["reason"].to_pylist()]
    table = refused.rename_columns({"line": "row"}).append_column("meaning", pa.array(words, pa.string()))
    staged, final = store.home.staging / f"{report}.csv", store.home.quarantine / f"{report}.csv"
    with storing(staged):
        csv.write_csv(table, staged)
    publish_file(staged, final)
    return str(final)


def for_customer(document: Row) -> Row:
    """What a customer may see of its report: a control record looks like any other row, and a review is told of only
    when the share alone explains it."""
    shown = {
        name: document[name] for name in ("report", "extract", "read", "accepted", "refused", "duplicates", "reasons")
    }
    return shown | {"review": document["review"] if document["verdict"] == BULK else None}


def review(store: Store, report_id: str, *, release: bool, grounds: str, approver: str | None = None) -> Row:
    """Close the review of a report: released by two persons its rows count; rejected they never did.

    Raises ``NotFound``, ``InvalidTransition`` when none is open, ``Refused`` (activation_needs_two) for a release
    without grounds and a second person, and for a rejection without grounds.
    """
    second = (approver or "").strip()
    if not grounds.strip() or (release and second in ("", store.actor)):
        raise Refused("activation_needs_two", report=report_id)
    with store.write() as tx:
        activations.decide(
            tx, report_id, event=RELEASED if release else REJECTED, grounds=grounds.strip(), approver=second or None
        )
        for task in tasks.tasks_of(tx.connection, kind=TASK, name="report", value=report_id):
            tasks.close_task(tx, task)
    return show(store, report_id)


def show(store: Store, report_id: str) -> Row:
    """A report with its accepted ``rows``: number, act, day, evidence, reference, and ``seed``. Raises ``NotFound``."""
    with store.ledger.read() as connection:
        row = activations.report(connection, report_id)
        rows = activations.rows(connection, report_id)
    names = ("number", "act", "acted_on", "evidence", "reference", "seed")
    return row | {"rows": [{name: one[name] for name in names} for one in rows]}


def listing(
    store: Store, *, extract: str | None = None, customer: str | None = None, review: str | None = None
) -> list[Row]:
    """Reports, oldest first, without their rows."""
    with store.ledger.read() as connection:
        if customer is not None:
            customers.customer(connection, customer)
        of = None if customer is None else [customer]
        return activations.reports(connection, extract=extract, customers=of, review=review)
