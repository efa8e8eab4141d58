"""What every release shares: the job, the two looks at the bans, the order of the rows, the files' digests.

A campaign's extract and a delta of continuous use differ in what they hold and not in how rows are cleared (R013).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import FenceMoved, GateBroken, LicenceRefused
from core.files import sha256_file
from core.keys import Key
from extracts.gate import fence as bans_fence
from extracts.gate.files import File
from extracts.gate.fingerprint import Marker
from ledger import bans, heartbeat, outside_lists, recipients, suppression
from ledger.engine import Transaction
from ledger.store import Store
from register.rows import Register, personal_rows
from schemas import codes

Row = Mapping[str, Any]
WORKING = (
    "position",
    "unit",
    "company_unit",
    "organisation_name",
    "first_name",
    "last_name",
    "industry",
    "industry_version",
    "responsibilities",
    "parallel_names",
    "spare_areas",
    "spare_phone",
)
"""What ordering, seeds and marks work with besides the columns of the extract."""


def nothing(_: Any) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Job:
    """One release: what it is for and where it works."""

    store: Store
    register: Register
    order: Row
    campaign: Row
    customer: Row
    agreement: Row
    confirm: Callable[[Transaction], None]
    advance: Callable[[int], None]
    checkpoint: Callable[[str], None]

    @property
    def ring(self) -> Sequence[Key]:
        """The suppression key in use and the retired ones."""
        return self.store.keys("suppression")

    def marker(self, extract: str) -> Marker:
        return Marker(self.store.key("fingerprint"), extract, self.customer["customer"])


def cleared(job: Job, pool: pa.Table, *, fence: int) -> tuple[pa.Table, int]:
    """The pool's rows with their text after both ban checks, and the fence value up to which they hold."""
    with job.store.ledger.read() as connection:
        heartbeat.check_fresh(connection, job.store.settings, now=job.store.now())
        outside_lists.check_lists(connection, job.store.settings, today=job.store.today())
        recipients.check_places(connection, job.customer, at=job.store.now())
        fence = min(fence, bans.fence_value(connection))  # before the bans: a later one is looked at again below
        blocked = bans.blocked(connection, channels=job.campaign["channels"])
        keys = suppression.release_keys(job.store, connection, channels=job.campaign["channels"])
    if len(bans_fence.exclude(job.register.connection, pool, blocked)) < len(pool):
        raise FenceMoved("fence_moved", tries=1)
    job.checkpoint("bans")
    subject = job.campaign["subject"]
    person = (job.order["criteria"] or {}).get("person") or {}
    asked = [*(person.get("responsibility") or ()), *(person.get("purchasing") or ())]
    rows = personal_rows(job.register, pool, subject=subject, channels=job.campaign["channels"], asked=asked)
    if len(rows) != len(pool):
        raise GateBroken("rows_missing", missing=len(pool) - len(rows), snapshot=job.register.snapshot)
    outside = len(rows) - (pc.sum(rows["fits"]).as_py() or 0)
    if outside:
        raise LicenceRefused("rows_outside_subject", rows=outside, subject=", ".join(subject))
    job.checkpoint("rows")
    delivered = rows.filter(rows["delivered"])
    if bans_fence.banned_cells(job.register.connection, delivered, keys=keys, ring=job.ring):
        raise GateBroken("banned_row_found")
    job.checkpoint("check")
    return rows, fence


def in_order(delivered: pa.Table, seeds: pa.Table) -> pa.Table:
    """Persons and seeds together, by organisation and last name, numbered from 1; labels of industries added."""
    persons = delivered.append_column("seed", pa.nulls(len(delivered), pa.string()))
    rows = pa.concat_tables([persons, seeds])
    order = pa.table(
        {name: pc.utf8_lower(rows[name]) for name in ("organisation_name", "last_name", "first_name")}
        | {"unit": rows["unit"]}
    )
    rows = rows.take(pc.sort_indices(order, sort_keys=[(name, "ascending") for name in order.column_names]))
    rows = rows.append_column("row", pa.array(range(1, len(rows) + 1), pa.int32()))
    if "industry_label" in rows.column_names:
        return rows
    return rows.append_column("industry_label", industry_labels(rows))


def industry_labels(rows: pa.Table) -> pa.Array:
    """Finnish labels; each distinct code is looked up once."""
    keys = pc.dictionary_encode(pc.binary_join_element_wise(rows["industry_version"], rows["industry"], " "))
    keys = keys.combine_chunks()
    labels = [codes.industry_label(*key.split(" ", 1)) for key in keys.dictionary.to_pylist()]
    return pc.take(pa.array([label.fi if label else None for label in labels], pa.string()), keys.indices)


def unmoved(job: Job, tx: Transaction, delivered: pa.Table, *, fence: int) -> int:
    """Lock the fence and return its value; ``FenceMoved`` when a ban newer than ``fence`` touches a row (R014)."""
    value = bans.lock_fence(tx)
    if value == fence:
        return value
    connection = job.register.connection
    newer = bans.blocked(tx.connection, channels=job.campaign["channels"], newer_than=fence)
    channels = job.campaign["channels"]
    keys = suppression.release_keys(job.store, tx.connection, channels=channels, newer_than=fence)
    if len(bans_fence.exclude(connection, delivered, newer)) < len(delivered) or (
        len(keys) and bans_fence.banned_cells(connection, delivered, keys=keys, ring=job.ring)
    ):
        raise FenceMoved("fence_moved", tries=1)
    return value


def sealed(made: Sequence[File]) -> list[dict[str, Any]]:
    """The files as the ledger has them, with their digests."""
    return [
        {
            "name": file.path.name,
            "format": file.format,
            "rows": file.rows,
            "sha256": sha256_file(file.path),
            "bytes": file.path.stat().st_size,
        }
        for file in made
    ]
