"""A published snapshot as plain rows."""

from __future__ import annotations

from typing import Any

from core.ids import org_id
from ledger.store import Store
from register.snapshot import open_snapshot


def rows(store: Store, table: str, key: str) -> dict[Any, dict[str, Any]]:
    """All rows of a table of the current snapshot, by one column."""
    with open_snapshot(store, holder="test") as snapshot:
        found = snapshot.connection.table(table).to_arrow_table().to_pylist()
    return {row[key]: row for row in found}


def organisation_row(store: Store, business_id: str) -> dict[str, Any]:
    return rows(store, "organisation", "org")[org_id(business_id)]


def person_at(store: Store, source_id: str) -> int:
    """Who holds the position that a source gave under this id."""
    return int(rows(store, "position", "source_id")[source_id]["person"])


def position_at(store: Store, source_id: str) -> int:
    return int(rows(store, "position", "source_id")[source_id]["position"])


def other_names(store: Store, person: int) -> set[str]:
    with open_snapshot(store, holder="test") as snapshot:
        found = snapshot.connection.table("person_name").to_arrow_table().to_pylist()
    return {row["name_fold"] for row in found if row["person"] == person}


def aliases(store: Store) -> dict[int, int]:
    return {former: row["person"] for former, row in rows(store, "person_alias", "former").items()}
