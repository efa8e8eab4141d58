"""From a row's ban link back to the row: which extract, which number, and the tokens of who is in it (R040).

The first 32 bits of a token are keyed to its extract, so one manifest is opened and not all; the other 96 are keyed to
the row. What is no token of ours is known without opening any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow.compute as pc

from core.errors import StoreError
from core.files import sha256_file
from extracts.gate import manifest
from extracts.gate.fingerprint import Marker
from ledger import customers, cuts, seeds, subscriptions
from ledger.engine import Connection
from ledger.store import Store


@dataclass(frozen=True)
class Row:
    """A delivered row. A seed's row has ``seed`` and no tokens; of a row whose links were cut (R072) only the extract
    is known, and the end of its campaign."""

    extract: str
    customer: str
    ends_at: datetime
    number: int | None = None
    unit: bytes = b""
    person: bytes = b""
    company: bytes = b""
    seed: str | None = None

    @property
    def linked(self) -> bool:
        """Whether it still leads to somebody."""
        return self.number is not None


def find(store: Store, token: bytes) -> Row | None:
    """The row of a ban token; None when it is none of ours. Void extracts never left and have none.

    Raises ``StoreError`` (manifest_damaged).
    """
    cut: Row | None = None
    with store.ledger.read() as connection:
        standing = subscriptions.ids(connection)  # their links stay the same from delta to delta
        for extract in cuts.extracts(connection):
            scope = extract["campaign"] if extract["campaign"] in standing else extract["extract"]
            for key in store.keys("fingerprint"):
                marker = Marker(key, scope, extract["customer"])
                if extract["state"] == "void" or not token.startswith(marker.token_tag):
                    continue
                ends_at = customers.campaign(connection, extract["campaign"])["ends_at"]
                known = Row(extract["extract"], extract["customer"], ends_at)
                found = _seed(connection, known, marker, token) or _listed(store, extract, known, token)
                if found is not None:
                    return found
                cut = known  # of its extract, and in the manifest no more
    return cut


def _seed(connection: Connection, known: Row, marker: Marker, token: bytes) -> Row | None:
    for seed in seeds.of_extract(connection, known.extract):
        if marker.token(seed["seed"]) == token:
            return Row(known.extract, known.customer, known.ends_at, seed["number"], seed=seed["seed"])
    return None


def _listed(store: Store, extract: dict[str, str], known: Row, token: bytes) -> Row | None:
    path = store.path(extract["manifest"])
    if not path.is_file() or sha256_file(path) != extract["manifest_sha256"]:
        raise StoreError("manifest_damaged", extract=known.extract)
    listed, _ = manifest.read(path)
    for row in listed.filter(pc.equal(listed["ban_token"], token)).to_pylist():
        return Row(
            known.extract, known.customer, known.ends_at, row["number"], row["unit"], row["person"], row["company"]
        )
    return None
