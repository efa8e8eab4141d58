"""Telling recipients of corrections (R060, R063): also of one that was made after the snapshot was built from which an
extract was cut, so that the file goes out with the old value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger import bans, disclosures, told
from ledger.corrections import Correction
from ledger.messages import Entry
from ledger.store import Store
from ledger.told import Outdated
from subjects import recipients_rows
from subjects.recipients_held import HELD, Holding, found_in, state_of
from subjects.recipients_told import queue

_FIELDS = ("name", "title", "responsibilities", "email", "mobile", "postal_street", "postal_postcode", "postal_city")
"""Corrected fields that leave in extracts."""


def tell_corrections(store: Store) -> int:
    """Queue an update for every held row that lacks a standing correction, each correction once per row.

    Called by every correction and every sweep. Returns the number of messages queued.
    """
    with store.ledger.read() as connection:
        outdated, upto = told.untold_corrections(connection, fields=_FIELDS)
        among = disclosures.disclosures(connection, [one.extract for one in outdated])
    if upto is None:
        return 0
    now, days = store.now(), store.settings.disposal_days
    held = [one for one in among if state_of(one, now=now, disposal_days=days) == HELD]
    entries = _entries(found_in(store, held, _tokens(store, outdated)), outdated)
    with store.write() as tx:
        bans.lock_fence(tx)
        queued = queue(tx, entries, code="update")
        told.mark_told(tx, told.CORRECTIONS, fence=upto)
        tx.audit("recipients.told", corrections=sum(map(len, entries.values())), messages=len(queued))
    return len(queued)


def _tokens(store: Store, outdated: Sequence[Outdated]) -> Any:
    """Tokens of the corrected: a name concerns every row of the person, a field those of its position."""
    corrected = [correction for one in outdated for correction in one.corrections]
    persons = {correction.person for correction in corrected if correction.position is None}
    positions = {correction.position for correction in corrected if correction.position is not None}
    return recipients_rows.tokens(store, persons=sorted(persons), positions=sorted(positions))


def _entries(found: Iterable[Holding], outdated: Sequence[Outdated]) -> dict[str, list[Entry]]:
    """Entries per recipient; it is told only of columns it got."""
    lacking: dict[tuple[str, str, int], list[Correction]] = {}
    for one in outdated:
        for made in one.corrections:
            target, subject = ("person", made.person) if made.position is None else ("position", made.position)
            lacking.setdefault((one.extract, target, subject), []).append(made)
    entries: dict[str, list[Entry]] = {}
    for row in found:
        for made in lacking.get((row.extract, row.target, row.id), ()):
            changes = {name: value for name, value in _changes(made).items() if name in row.fields}
            if changes:
                entries.setdefault(row.customer, []).append(Entry(row.extract, row.row, made.correction, changes))
    return entries


def _changes(made: Correction) -> Mapping[str, Any]:
    """Columns of an extract to their new values."""
    if made.field == "name":
        return dict(made.value)
    value = made.value
    return {made.field: ";".join(value) if isinstance(value, list) else value}
