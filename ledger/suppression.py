"""Every key that stops something, of whoever's ban: the persons' own and those of outside lists (R020, R025).

Three questions, three answers: what is not stored, whom a new snapshot's publish must find again, and what no cell of a
released file may carry.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from sqlalchemy import Connection

from ledger import ban_keys, outside_lists
from ledger.store import Store


def import_keys(store: Store, connection: Connection) -> pa.Table:
    """Keys whose rows are not stored (R020); rows of ``ledger.ban_keys.SCHEMA``."""
    lists = outside_lists.keys(store, connection)
    return pa.concat_tables([ban_keys.suppression_keys(connection), lists.filter(lists["channel"].is_null())])


def publish_keys(store: Store, connection: Connection, *, newer_than: int | None = None) -> pa.Table:
    """Keys by which a publish finds again whom the bans hit; ``newer_than`` a fence value only."""
    return pa.concat_tables(
        [
            ban_keys.standing_keys(connection, newer_than=newer_than),
            outside_lists.keys(store, connection, newer_than=newer_than),
        ]
    )


def release_keys(
    store: Store, connection: Connection, *, channels: Sequence[str], newer_than: int | None = None
) -> pa.Table:
    """Keys that no cell of a file for these channels may carry; ``newer_than`` a fence value only."""
    return pa.concat_tables(
        [
            ban_keys.release_keys(connection, channels=channels, newer_than=newer_than),
            outside_lists.keys(store, connection, newer_than=newer_than, channels=channels),
        ]
    )
