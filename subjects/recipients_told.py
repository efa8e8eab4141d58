"""Telling recipients: what bans, quarantined sources and recalled extracts ask of those who hold rows (R023, R063).

A ban commits without waiting for its messages. A sweep queues them afterwards from what the ledger says, so none is
lost when a process dies in between: the ledger remembers up to which fence value the recipients were told.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from core.errors import InvalidInput, LicenceRefused, StoreError
from ledger import bans, disclosures, messages, subscriptions, told
from ledger.engine import Transaction
from ledger.messages import EVERY_ROW, Entry
from ledger.store import Store
from ledger.told import Hit
from subjects import recipients_index, recipients_rows
from subjects.deadlines import next_working_day_ends
from subjects.recipients_held import HELD, Holding, held, state_of

_log = logging.getLogger(__name__)

ACKNOWLEDGE_WITHIN = timedelta(days=5)
"""From the ban: a recipient that has not said by then that the row is gone gets nothing new (R023)."""
LONGEST_CAUSE = 100
_SUBJECTS = {"person": "persons", "position": "positions", "organisation": "organisations"}


def tell_bans(store: Store) -> int:
    """Queue messages for every hit of a standing ban, erasure or restriction that no recipient was told of yet.

    A ban of one channel concerns the campaigns that use it, just as at the fence. Candidates held until somebody
    decides are told too: the working day runs for the one among them who asked (R018, R023). Returns the number of
    messages queued.
    """
    with store.ledger.read() as connection:
        hits, upto = told.untold_hits(connection)
    if not hits:
        return 0
    subjects: dict[str, set[int]] = {}
    for hit in hits:
        subjects.setdefault(_SUBJECTS[hit.target], set()).add(hit.id)
    wanted = recipients_rows.tokens(store, **{name: sorted(ids) for name, ids in subjects.items()})
    found = held(store, wanted)
    concerned = _concerned(found, hits)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, _entries(concerned), code="remove")
        owe(tx, _running(one for one, _ in concerned))
        told.mark_told(tx, told.BANS, fence=upto)
        tx.audit("recipients.told", hits=len(hits), messages=len(queued), fence=upto)
    _index(store)
    return len(queued)


def _index(store: Store) -> None:
    """Keep the index of manifests up to date. The messages are queued: what goes wrong here must not look as if they
    were not, and the next sweep tries again."""
    try:
        with store.ledger.read() as connection:
            recipients_index.refresh(store, disclosures.disclosures(connection))
    except StoreError as error:
        _log.warning("the index of manifests could not be written: %s", error)


def _concerned(found: Iterable[Holding], hits: Iterable[Hit]) -> list[tuple[Holding, str]]:
    """Each row with the first ban that concerns it in its campaign's channels."""
    of: dict[tuple[str, int], list[Hit]] = {}
    for hit in hits:
        of.setdefault((hit.target, hit.id), []).append(hit)
    concerned = []
    for one in found:
        for hit in of[one.target, one.id]:
            if bans.concerns(hit.channel, one.channels):
                concerned.append((one, hit.ban))
                break
    return concerned


def _entries(concerned: Iterable[tuple[Holding, str]]) -> dict[str, list[Entry]]:
    """Entries per recipient; a running subscription has none, its next delta removes the row."""
    entries: dict[str, list[Entry]] = {}
    for one, ban in concerned:
        if not one.by_delta:
            entries.setdefault(one.customer, []).append(Entry(one.extract, one.row, ban))
    return entries


def _running(found: Iterable[Holding]) -> set[str]:
    """Subscriptions among the holders whose next delta will tell."""
    return {one.campaign for one in found if one.by_delta}


def owe(tx: Transaction, running: Collection[str]) -> None:
    """Running subscriptions owe a delta as soon as others owe a message (R023). The caller holds the fence lock."""
    if running:
        fence = bans.fence_value(tx.connection)
        subscriptions.owe(tx, sorted(set(running)), by=deadlines(tx.at)["send_by"], fence=fence)


def tell_source(store: Store, source: str) -> int:
    """Queue messages about every held row of which nothing but this quarantined source knows anything (R008, R063).

    Said again, it queues nothing new. Returns the number of messages queued.
    """
    found = held(store, recipients_rows.tokens_of_source(store, source))
    cause = told.source_subject(source)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, entries_of(found, cause), code="remove")
        owe(tx, _running(found))
        told.mark_told(tx, cause, fence=0)
        tx.audit("recipients.told", source=source, rows=len(found), messages=len(queued))
    return len(queued)


def tell_extract(store: Store, extract: str, *, cause: str) -> str | None:
    """Ask the recipient of an extract to remove every row of it; None when it was asked before.

    Raises ``NotFound`` (extract_unknown), and ``LicenceRefused`` (extract_not_held) when it never left the house or
    had to be disposed of by now; extract_of_subscription for a delta of one that runs: end it first.
    """
    check_cause(cause)
    with store.ledger.read() as connection:
        one = disclosures.disclosure(connection, extract)
    if state_of(one, now=store.now(), disposal_days=store.settings.disposal_days) != HELD:
        raise LicenceRefused("extract_not_held", extract=extract)
    if one.delta is not None and store.now() < one.ends_at:
        raise LicenceRefused("extract_of_subscription", extract=extract, subscription=one.campaign)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, {one.customer: [Entry(extract, EVERY_ROW, cause)]}, code="remove")
        if not queued:
            tx.abandon()
    return queued[0] if queued else None


def tell_rows(store: Store, wanted: pa.Table, *, code: str, cause: str, changes: Mapping[str, object]) -> int:
    """Queue messages about the held rows with one of these tokens; returns the number of messages queued."""
    check_cause(cause)
    found = held(store, wanted)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, entries_of(found, cause, changes=changes if code == "update" else None), code=code)
        if code == "remove":  # new values come with the delta after the next publish
            owe(tx, _running(found))
        if not queued and not (code == "remove" and any(one.by_delta for one in found)):
            tx.abandon()
    return len(queued)


def entries_of(
    found: Iterable[Holding], cause: str, *, changes: Mapping[str, object] | None = None
) -> dict[str, list[Entry]]:
    """Entries per recipient. With ``changes`` a recipient is told only of columns it got, or of nothing."""
    entries: dict[str, list[Entry]] = {}
    for one in found:
        if one.by_delta:
            continue
        new = None if changes is None else {name: value for name, value in changes.items() if name in one.fields}
        if new != {}:
            entries.setdefault(one.customer, []).append(Entry(one.extract, one.row, cause, new))
    return entries


def queue(tx: Transaction, entries: Mapping[str, Sequence[Entry]], *, code: str) -> list[str]:
    """Queue one message per recipient with what is new to it; returns the messages. The caller holds the fence lock."""
    due = deadlines(tx.at)
    queued = [
        messages.queue(tx, customer=customer, code=code, entries=asked, **due)
        for customer, asked in sorted(entries.items())
    ]
    return [message for message in queued if message is not None]


def check_cause(cause: str) -> None:
    """Raise ``InvalidInput`` (value_missing, size_out_of_range) for a cause that cannot be kept."""
    if not cause.strip():
        raise InvalidInput("value_missing", field="cause")
    if len(cause) > LONGEST_CAUSE:
        raise InvalidInput("size_out_of_range", field="cause", least=1, most=LONGEST_CAUSE)


def deadlines(at: datetime) -> dict[str, datetime]:
    """By when a message queued at that instant must be sent (one working day) and acknowledged (five days)."""
    return {"send_by": next_working_day_ends(at), "acknowledge_by": at + ACKNOWLEDGE_WITHIN}
