"""What a row is known by from one upload of a customer to the next: a keyed hash of its id, or of what it says (R045).

The key is the agreement's own and lies with the jobs' keys; when it goes, nobody can tell which row a hash was.
"""

from __future__ import annotations

from collections import Counter

from datacare.jobs import Upload
from extracts import care_folder
from extracts.care_folder import Folder
from ledger.store import Store

_BYTES = 16


def memory(store: Store, agreement: str) -> Folder:
    """The folder in which an agreement's returns are remembered; made when it is first needed."""
    return care_folder.find(store, agreement) if care_folder.exists(store, agreement) else _made(store, agreement)


def _made(store: Store, agreement: str) -> Folder:
    care_folder.destroy(store, agreement)  # half of one: a folder without its key can be read by nobody
    return care_folder.create(store, agreement)


def keys(store: Store, agreement: str, held: Upload) -> list[bytes]:
    """A key for every row, in their order.

    Rows that are alike in all that is mapped, and have no id, share one; of an id that several rows have, what the row
    says is part of the key."""
    key = memory(store, agreement).key
    own = held.mapping.get("id")
    ids = held.table[own].to_pylist() if own is not None else [None] * len(held.table)
    often = Counter(ids)
    fields = sorted(field for field in held.mapping if field != "id")
    said = list(zip(*(held.table[held.mapping[field]].to_pylist() for field in fields), strict=True))
    made = []
    for at, identifier in enumerate(ids):
        text = (identifier or "").strip()
        parts = ["id", text] if text and often[identifier] == 1 else ["row", text, *(cell or "" for cell in said[at])]
        made.append(key.mac("\x1f".join(parts).encode())[:_BYTES])
    return made
