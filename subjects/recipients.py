"""Who holds a person's data after delivery, and telling them what to do with the rows (R023, R057, R063, Art. 19).

A recipient learns a row key (extract and row number) and a neutral code, ``remove`` or ``update``; a ban, an erasure
and a restriction look the same to it (R023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from extracts import ending
from ledger import messages, told
from ledger.messages import CODES
from ledger.store import Store
from schemas import codes
from subjects import disposal, recipients_rows
from subjects.recipients_corrected import tell_corrections as tell_corrections
from subjects.recipients_held import Holding as Holding, holdings as holdings
from subjects.recipients_told import (
    tell_bans as tell_bans,
    tell_extract as tell_extract,
    tell_rows,
    tell_source as tell_source,
)


def sweep(store: Store) -> int:
    """Queue whatever is not queued yet, for bans, quarantined sources, corrections and campaigns that are over; returns
    how many messages."""
    with store.ledger.read() as connection:
        quarantined = told.untold_sources(connection)
    queued = tell_bans(store) + sum(tell_source(store, source) for source in quarantined) + tell_corrections(store)
    ending.sweep(store)
    return queued + len(disposal.ask(store))


def tell(
    store: Store,
    *,
    persons: Sequence[int],
    code: str,
    cause: str,
    changes: Mapping[str, Any] | None = None,
    positions: Sequence[int] = (),
    organisations: Sequence[int] = (),
) -> int:
    """Queue a message to every recipient that still holds these persons; returns how many messages were queued.

    ``cause`` is the id of the ban, case or correction: said again, it queues nothing new. For a ban it is the ban's id;
    then the ban itself says whom and which channels it concerns, together with whatever else is still to be told.
    ``changes`` (code ``update``): column of an extract to its new value, None when it is no more; a recipient is told
    only of columns it got. A row that is to be removed is never updated.

    Raises ``InvalidInput`` (value_unknown) for a code or column that there is not, (value_missing) for an update of
    nothing.
    """
    _check(code, changes)
    with store.ledger.read() as connection:
        is_ban = code == "remove" and messages.is_ban(connection, cause)
    if is_ban:
        return tell_bans(store)
    wanted = recipients_rows.tokens(store, persons=persons, positions=positions, organisations=organisations)
    return tell_rows(store, wanted, code=code, cause=cause, changes=changes or {})


def _check(code: str, changes: Mapping[str, Any] | None) -> None:
    if code not in CODES:
        raise InvalidInput("value_unknown", field="code", value=code, allowed=", ".join(CODES))
    if code == "update" and not changes:
        raise InvalidInput("value_missing", field="changes")
    for name in changes or ():
        if name not in codes.EXTRACT_FIELDS:
            raise InvalidInput("value_unknown", field="changes", value=name, allowed=", ".join(codes.EXTRACT_FIELDS))


def informed(store: Store, person: int) -> list[dict[str, Any]]:
    """Which recipients were told about a person, for the person who asks (R063, Art. 19): per row ``customer_name``,
    ``campaign_name``, ``code``, ``queued_at``, ``sent_at``, ``acknowledged_at`` and ``state``, oldest first. A
    recipient of continuous use is told by the deltas that remove or renew the row; ``message`` is then null."""
    known = holdings(store, [person])
    found = {(one.extract, one.row): one for one in known}
    with store.ledger.read() as connection:
        rows = [row for row in messages.of_rows(connection, found) if row["code"] in CODES]
    by_message = [
        {
            **_whom(one),
            "message": row["message"],
            "code": row["code"],
            "queued_at": row["created_at"],
            "sent_at": row["sent_at"],
            "acknowledged_at": row["settled_at"] if row["state"] == "acknowledged" else None,
            "state": row["state"],
        }
        for row in rows
        for place, one in sorted(found.items())
        if place[0] == row["extract"] and row["number"] in (messages.EVERY_ROW, place[1])
    ]
    by_delta = [told for one in known if one.delta is not None for told in _by_delta(one, known)]
    return sorted(by_message + by_delta, key=lambda one: (one["queued_at"], one["code"] == "remove", one["extract"]))


def _whom(one: Holding) -> dict[str, Any]:
    return {
        "customer": one.customer,
        "customer_name": one.customer_name,
        "campaign_name": one.campaign_name,
        "extract": one.extract,
        "row": one.row,
    }


def _by_delta(one: Holding, known: Sequence[Holding]) -> Iterator[dict[str, Any]]:
    """What a row of continuous use was followed by: its removal, or itself, when it renews an earlier one."""
    if one.removed_by is not None:
        done = one.removed_by["acknowledged_at"]
        yield _whom(one) | {
            "message": None,
            "code": "remove",
            "queued_at": one.removed_by["released_at"],
            "sent_at": one.removed_by["delivered_at"],
            "acknowledged_at": done,
            "state": "sent" if done is None else "acknowledged",
        }
    renews = any(other.key == one.key and (other.delta or 0) < (one.delta or 0) for other in known)
    if one.delivered_at is not None and renews:
        yield _whom(one) | {
            "message": None,
            "code": "update",
            "queued_at": one.released_at,
            "sent_at": one.delivered_at,
            "acknowledged_at": None,
            "state": "sent",
        }
