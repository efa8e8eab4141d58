"""Filing many bans at once from a CSV: checked whole, resolved together, committed a few hundred at a time.

Each row is filed once, whatever happens: it carries the file's digest and its number, so a file that was interrupted is
simply imported again, and what stands already is passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import FileRejected, InvalidInput, RajausError
from core.files import sha256_file
from ledger import bans, snapshots
from ledger.store import Store
from register.ban_search import Found
from register.opened import opened_once
from subjects import ban_request, drill, late_bans
from subjects.ban_request import BanRequest
from subjects.bans import record, resolve
from subjects.recipients_told import tell_bans

COLUMNS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "former_last_name",
    "organisation",
    "business_id",
    "municipality",
    "whole_organisation",
    "channel",
    "via",
    "received",
    "reference",
)
_TOGETHER = 20_000
_PER_TRANSACTION = 500
_YES = ("1", "true", "yes", "x", "kyllä")


@opened_once
def import_bans(store: Store, path: Path, *, advance: Callable[[int], None] = lambda _n: None) -> dict[str, Any]:
    """File every row of a CSV of bans (``COLUMNS``); the file is checked whole before the first is filed.

    Returns ``{"read", "filed", "already", "drills", "matched", "held", "fence", "released_meanwhile"}``; ``already``
    counts rows of this very file that were filed before, ``drills`` made-up ones (R100). Nothing in a file lifts or
    narrows a ban that stands (R022). Raises ``FileRejected``, and ``InvalidInput`` (ban_file_row) naming the row.
    """
    requests = _read(store, path)
    digest = _digest(path)
    with store.ledger.read() as connection:
        filed = bans.filed_batches(connection, f"{digest}:")
        fence = bans.fence_value(connection)
    totals: dict[str, Any] = dict.fromkeys(("read", "filed", "already", "matched", "held"), 0)
    totals |= {"read": len(requests), "fence": fence, "released_meanwhile": []}
    numbered = [(f"{digest}:{number}", request, clear) for number, (request, clear) in enumerate(requests, start=1)]
    fresh = [row for row in numbered if row[0] not in filed]
    totals["already"] = len(numbered) - len(fresh)
    waiting = [row for row in fresh if drill.arrived(store, row[1].email or "", via=row[1].via) is None]
    totals["drills"] = len(fresh) - len(waiting)
    advance(len(numbered) - len(waiting))
    while waiting:
        done = _file(store, waiting[:_TOGETHER], totals, advance=advance)
        waiting = waiting[done:]
    tell_bans(store)
    return totals


_Row = tuple[str, BanRequest, dict[str, Any]]


def _file(store: Store, rows: Sequence[_Row], totals: dict[str, Any], *, advance: Callable[[int], None]) -> int:
    """File rows against one snapshot until they are filed or it is replaced; returns how many."""
    with store.ledger.read() as connection:
        snapshot = snapshots.current(connection)
    found = resolve(store, [clear for _, _, clear in rows], snapshot)
    late = late_bans.find(store, [(request, found[n]) for n, (_, request, _) in enumerate(rows)])
    for start in range(0, len(rows), _PER_TRANSACTION):
        part = rows[start : start + _PER_TRANSACTION]
        with store.write() as tx:
            bans.lock_fence(tx)
            if snapshots.current(tx.connection) != snapshot or late_bans.outrun(tx, late):
                tx.abandon()
                return start
            for number, (batch, request, _) in enumerate(part, start=start):
                ban, fence = record(tx, store, request, found=found[number], batch=batch)
                extracts = late_bans.report(tx, ban, late.extracts(number))
                _count(totals, found[number], fence=fence, extracts=extracts)
        advance(len(part))
    return len(rows)


def _count(totals: dict[str, Any], found: Found, *, fence: int, extracts: Sequence[str]) -> None:
    totals["filed"] += 1
    totals["matched"] += found.matched
    totals["held"] += found.held
    totals["fence"] = fence
    totals["released_meanwhile"] = sorted({*totals["released_meanwhile"], *extracts})


def _digest(path: Path) -> str:
    return sha256_file(path)[:32]


def _read(store: Store, path: Path) -> list[tuple[BanRequest, dict[str, Any]]]:
    """Every row as a request, as said and in normal form."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := {"via"} - set(reader.fieldnames or ()):
                raise FileRejected("file_columns_missing", file=path.name, columns=", ".join(sorted(missing)))
            rows = list(reader)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=path.name, row=1, encoding="UTF-8") from error
    requests = []
    for number, row in enumerate(rows, start=1):
        try:
            request = _request(row)
            requests.append((request, ban_request.clear(store, request)))
        except RajausError as error:
            raise InvalidInput("ban_file_row", file=path.name, row=number, reason=str(error)) from error
    return requests


def _request(row: Mapping[str, str | None]) -> BanRequest:
    values = {name: (row.get(name) or "").strip() or None for name in COLUMNS}
    try:
        received = date.fromisoformat(values["received"]) if values["received"] else None
    except ValueError as error:
        raise InvalidInput("date_invalid", field="received") from error
    return BanRequest(
        via=values["via"] or "list",
        email=values["email"],
        phone=values["phone"],
        first_name=values["first_name"],
        last_name=values["last_name"],
        former_last_name=values["former_last_name"],
        organisation=values["organisation"],
        business_id=values["business_id"],
        municipality=values["municipality"],
        whole_organisation=(values["whole_organisation"] or "").lower() in _YES,
        channel=values["channel"],
        received_on=received,
        reference=values["reference"],
    )
