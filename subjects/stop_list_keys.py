"""The keys by which a recipient knows the rows of a stop list, and the stop list as its CRM's importer reads it.

A file of a CRM's importer brought a key with each row (``rajaus_key``); the file that closes the row's channels again
holds the keys and nothing else of anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.files import storing
from extracts.gate import files, presets
from ledger import disclosures, seeds
from ledger.disclosures import Disclosure
from ledger.engine import Connection
from ledger.store import Store
from schemas import crm
from schemas.codes import CRM_FORMATS
from subjects.recipients_subscribed import key_of_unit, keys_of_rows

Row = Mapping[str, Any]
REMOVE = "remove"


class Keys:
    """Keys of the rows that some messages name."""

    def __init__(self, store: Store, connection: Connection, content: Iterable[Row]) -> None:
        named = {row["extract"] for message in content for row in message["rows"]}
        self._known = {one.extract: one for one in disclosures.disclosures(connection, sorted(named))}
        self._of_deltas = {
            one.extract: {**keys_of_rows(store, one), **_seed_keys(store, connection, one)}
            for one in self._known.values()
            if one.delta is not None
        }

    def of(self, extract: str, row: int | None) -> Iterator[str]:
        """The key of a row; of every row when none is named."""
        if extract in self._of_deltas:
            keys = self._of_deltas[extract]
            yield from (keys.values() if row is None else filter(None, [keys.get(row)]))
        elif row is not None:
            yield f"{extract}-{row}"
        else:
            yield from (f"{extract}-{number}" for number in range(1, self._known[extract].rows + 1))

    def named(self, content: Sequence[Row]) -> list[dict[str, Any]]:
        """The messages, each row of continuous use with its ``key``: row numbers of deltas say little to anybody."""
        return [
            {
                **message,
                "rows": [
                    row
                    if row["extract"] not in self._of_deltas or row["row"] is None
                    else {**row, "key": next(self.of(row["extract"], row["row"]), None)}
                    for row in message["rows"]
                ],
            }
            for message in content
        ]

    def formats(self, extract: str) -> list[str]:
        """The CRM formats in which the recipient got an extract."""
        return [form for form in self._known[extract].formats if form in CRM_FORMATS]


def _seed_keys(store: Store, connection: Connection, one: Disclosure) -> dict[int, str]:
    unit = store.key("fingerprint").derive("unit")
    return {
        int(seed["number"]): key_of_unit(store, one.campaign, unit.mac(seed["seed"].encode())[:16])
        for seed in seeds.of_extract(connection, one.extract)
    }


def importable(keys: Keys, content: Iterable[Row], *, directory: Path, stem: str) -> list[Path]:
    """Write the rows to be removed for every CRM in whose form the recipient got one of them: the keys, and every
    channel closed. Returns the files, none of them when there is no such row."""
    wanted: dict[str, dict[str, None]] = {}
    for message in content:
        if message["code"] != REMOVE:
            continue
        for row in message["rows"]:
            for form in keys.formats(row["extract"]):
                wanted.setdefault(form, {}).update(dict.fromkeys(keys.of(row["extract"], row["row"])))
    made = []
    for form, found in sorted(wanted.items()):
        profile = crm.profiles()[form]
        shaped = presets.Shaped(presets.removals(profile, pa.array(list(found), pa.string())), frozenset())
        for file in files.importable(profile, shaped, directory=directory, stem=f"{stem}-{form}"):
            with storing(file.path):
                file.path.chmod(0o600)
            made.append(file.path)
    return made
