"""Prohibition lists kept by others (Robinson, the trade register's marketing bans), dated and keyed on load (R025).

A list is one ban with many keys: whom it hits is in ``ban_hit`` like any other ban's hits, its keys lie in a Parquet
file of the home, keyed hashes alone. The newest good version counts; the one before is replaced in the same
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, insert, select, update

from core.errors import BanUnreadable
from core.files import sha256_file
from core.ids import new_id
from core.settings import Settings
from ledger import bans, tables
from ledger.ban_keys import SCHEMA
from ledger.engine import Transaction
from ledger.store import Store

KEY_KINDS = {"email": "email", "phone": "phone", "business-id": "organisation"}
"""What a list may hold, and the kind of key that becomes of it."""
Row = dict[str, Any]


def current(connection: Connection) -> list[Row]:
    """The version of every list that counts, by name, with its ban's ``channel`` and ``fence``."""
    table = tables.suppression_list
    query = (
        select(table, tables.ban.c.channel, tables.ban.c.fence)
        .join(tables.ban, tables.ban.c.ban == table.c.ban)
        .where(table.c.replaced_at.is_(None))
        .order_by(table.c.list)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def current_of(connection: Connection, name: str) -> Row | None:
    """The version of one list that counts."""
    return next((row for row in current(connection) if row["list"] == name), None)


def files(connection: Connection) -> dict[str, list[datetime | None]]:
    """Every file of keys, by path: when each version that names it was replaced; None: it counts."""
    table = tables.suppression_list.c
    found: dict[str, list[datetime | None]] = {}
    for row in connection.execute(select(table.data, table.replaced_at).order_by(table.data, table.version)):
        found.setdefault(row.data, []).append(row.replaced_at)
    return found


def valid_until(row: Row) -> date:
    """The last day on which a list may be relied upon."""
    day: date = row["dated_on"] + timedelta(days=row["valid_days"])
    return day


def state(row: Row, *, today: date, grace_days: int) -> str:
    """``valid``, ``warned`` (outdated, still used) or ``refused`` (outdated for longer than the grace)."""
    late = (today - valid_until(row)).days
    if late <= 0:
        return "valid"
    return "warned" if late <= grace_days else "refused"


def check_lists(connection: Connection, settings: Settings, *, today: date) -> None:
    """Raise ``BanUnreadable`` (list_outdated) when a list is outdated for longer than the policy lets pass (R025)."""
    for row in current(connection):
        if state(row, today=today, grace_days=settings.list_grace_days) == "refused":
            raise BanUnreadable("list_outdated", list=row["list"], until=valid_until(row))


def keys(
    store: Store, connection: Connection, *, newer_than: int | None = None, channels: Sequence[str] | None = None
) -> pa.Table:
    """Keys (``ledger.ban_keys.SCHEMA``) of all lists that count; with ``channels``, of those that concern one of them.

    Raises ``BanUnreadable`` when a list's file is not what was loaded.
    """
    parts = [SCHEMA.empty_table()]
    for row in current(connection):
        if newer_than is not None and row["fence"] <= newer_than:
            continue
        if channels is None or row["channel"] is None or row["channel"] in channels:
            parts.append(_keys(store, row))
    return pa.concat_tables(parts)


def _keys(store: Store, row: Row) -> pa.Table:
    path = store.path(row["data"])
    if not path.is_file() or sha256_file(path) != row["data_sha256"]:
        raise BanUnreadable("bans_unreadable")
    stored = pq.read_table(path)["key"]
    rows = len(stored)
    constants = {
        "ban": row["ban"], "kind": KEY_KINDS[row["kind"]], "key_id": row["key_id"], "grade": "listed",
        "channel": row["channel"], "fence": row["fence"],
    }  # fmt: skip
    columns = [
        stored.cast(pa.binary())
        if field.name == "key"
        else pa.repeat(pa.scalar(constants[field.name], field.type), rows)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def record_version(tx: Transaction, *, version: Row, channel: str | None, hits: Sequence[tuple[str, int, bool]]) -> str:
    """Make a version the one that counts: its ban with the hits, the ledger row, the version before replaced.

    ``version`` has all columns but version, ban and what the transaction knows. Returns the ban's id. The fence moves
    twice at most, so an extract cut meanwhile is looked at again (R014).
    """
    before = current_of(tx.connection, version["list"])
    ban, fence = bans.record(
        tx, target="list", via="list", received_on=version["dated_on"], channel=channel, keys=(),
        key_id=version["key_id"], hits=hits, reference=version["list"],
    )  # fmt: skip
    if before is not None:
        table = tables.suppression_list
        tx.execute(update(table).where(table.c.version == before["version"]).values(replaced_at=tx.at))
        bans.replace(tx, before["ban"], by=ban)
    row = version | {"version": new_id("list"), "ban": ban, "loaded_at": tx.at, "loaded_by": tx.actor}
    tx.execute(insert(tables.suppression_list), row)
    tx.audit(
        "list.loaded", list=row["list"], version=row["version"], rows=row["rows"], dated_on=row["dated_on"],
        confirmed_by=row["confirmed_by"], hits=len(hits), fence=fence,
    )  # fmt: skip
    return ban
