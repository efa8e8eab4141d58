"""What was returned to a customer, as keyed digests, so that the next return tells only what is new (R045).

Per row and field: what the customer had (``mine``), and what the register had if that was another value (``theirs``).
From it follows the three-way rule: a value that the customer changed since, while the register stayed as it was, is the
customer's own edit and stays.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from core.identity import fold_names, normalise_phones
from datacare import row_keys
from datacare.jobs import Upload
from extracts.care_folder import Folder
from ledger.store import Store
from schemas.care import FIELDS

RETURNED = "returned"
_BYTES = 8
_SCHEMA = pa.schema([("key", pa.binary()), ("what", pa.string()), ("mine", pa.binary()), ("theirs", pa.binary())])

Digests = Mapping[tuple[bytes, str], tuple[bytes | None, bytes | None]]
"""(row key, field or kind) to (mine, theirs)."""
NEW, TOLD, KEPT, CONFLICT = "new", "told", "kept", "conflict"


def judged(now: bytes, register: bytes, *, before: tuple[bytes | None, bytes | None] | None) -> str:
    """What a change is after an earlier return: new, told before, kept (the customer's own edit) or a conflict (both
    sides changed: told, and the cell left alone). ``now`` and ``register`` are digests of what each has. Pure."""
    if before is None:
        return NEW
    mine, theirs = before
    known = register == (theirs if theirs is not None else mine)
    edited = now != mine
    if known:
        return KEPT if edited else TOLD
    return CONFLICT if edited else NEW


def plain(field: str, values: pa.Array) -> list[str]:
    """Values in a form that spelling does not change; a missing one is empty."""
    text = pc.fill_null(values.cast(pa.string()), "")
    form = normalise_phones(text) if field in ("phone", "mobile") else fold_names(text)
    made: list[str] = pc.coalesce(form, pc.utf8_lower(pc.utf8_trim_whitespace(text))).to_pylist()
    return made


class Memory:
    """An agreement's returns."""

    def __init__(self, store: Store, agreement: str, held: Upload) -> None:
        self._folder: Folder = row_keys.memory(store, agreement)
        self.keys = row_keys.keys(store, agreement, held)
        self._held = held
        rows = held.table["row"].to_pylist()
        self._key_of = dict(zip(rows, self.keys, strict=True))
        self.before: Digests = self._read()

    @property
    def first(self) -> bool:
        """Whether nothing was returned before."""
        return not self.before

    def _read(self) -> Digests:
        if not self._folder.has(RETURNED):
            return {}
        columns = self._folder.read_table(RETURNED).to_pydict()
        keys = zip(columns["key"], columns["what"], strict=True)
        return dict(zip(keys, zip(columns["mine"], columns["theirs"], strict=True), strict=True))

    def _digests(self, field: str, values: pa.Array) -> list[bytes]:
        key = self._folder.key
        return [key.mac(f"{field}\x1f{value}".encode())[:_BYTES] for value in plain(field, values)]

    def _told(self, told: pa.Table) -> list[tuple[tuple[bytes, str], bytes, bytes]]:
        """Of each change its place in the memory and the digests of both sides, in their order."""
        what = pc.if_else(pc.equal(told["field"], ""), told["kind"], told["field"]).combine_chunks()
        made: list[tuple[tuple[bytes, str], bytes, bytes]] = [((b"", ""), b"", b"")] * len(told)
        for name in pc.unique(what).to_pylist():
            places = pc.indices_nonzero(pc.equal(what, name))
            part = told.take(places)
            mine, theirs = (self._digests(name, part[side].combine_chunks()) for side in ("old", "new"))
            keys = [(self._key_of[row], name) for row in part["row"].to_pylist()]
            for place, one in zip(places.to_pylist(), zip(keys, mine, theirs, strict=True), strict=True):
                made[place] = one
        return made

    def judge(self, told: pa.Table) -> list[str]:
        """What each change is, see :func:`judged`."""
        return [judged(mine, theirs, before=self.before.get(key)) for key, mine, theirs in self._told(told)]

    def keep(self, told: pa.Table) -> None:
        """Remember this return: the customer's values of the mapped fields, and what it was told (with ``since``)."""
        made: dict[tuple[bytes, str], tuple[bytes | None, bytes | None]] = dict(self.before)
        for field in (field for field in FIELDS if field in self._held.mapping):
            values = self._held.table[self._held.mapping[field]].combine_chunks()
            made |= {
                (key, field): (digest, None)
                for key, digest in zip(self.keys, self._digests(field, values), strict=True)
            }
        for (key, mine, theirs), state in zip(self._told(told), told["since"].to_pylist(), strict=True):
            # An edit of the customer's own stays one however often it comes back: its base is not moved.
            made[key] = (self.before[key][0] if state in (KEPT, CONFLICT) else mine, theirs)
        lines = [
            {"key": key, "what": what, "mine": mine, "theirs": theirs} for (key, what), (mine, theirs) in made.items()
        ]
        self._folder.write_table(RETURNED, pa.Table.from_pylist(lines, schema=_SCHEMA))
