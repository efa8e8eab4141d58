"""The gate: the only door through which rows leave (R013). Callers hand it ids and a purpose, never rows.

The order of a release is policy, bans, rows by id, an independent second check of the cells, minimising, seeds,
marks, manifest, files in staging, digests, one ledger transaction under the fence, and then the visible directory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Conflict, LicenceRefused
from core.files import sha256_file
from core.ids import new_id
from extracts.gate import (
    blocks,
    files,
    leftover,
    manifest,
    marking,
    minimise,
    placement,
    policy,
    presets,
    provenance,
    seeds,
    staging,
)
from extracts.gate.clearing import WORKING, Job, Row, cleared, in_order, nothing, sealed, unmoved
from extracts.gate.commitment import commitment
from extracts.gate.files import BESIDE, FORMATS, LICENCE
from extracts.gate.recheck import banned_since
from extracts.gate.staging import Staged, recover
from extracts.licence.deal import deal_of
from ledger import assessments, customers, cuts, licences, links, messages, seeds as stock, snapshots, trusted_time
from ledger.engine import Transaction
from ledger.store import Store
from register.rows import Register, cell_sources

__all__ = ["FORMATS", "LICENCE", "banned_since", "recover", "release"]

_log = logging.getLogger("rajaus")

CELL = "cell"
"""Column of a pool that is parted into test cells."""
HOT = "hot"
"""Column of a pool that withholds among hot rows alone (fingerprint.md 2.3)."""
_TRIES = 10


def release(
    store: Store,
    register: Register,
    *,
    order: Row,
    campaign: Row,
    customer: Row,
    agreement: Row,
    pool: pa.Table,
    fence: int,
    confirm: Callable[[Transaction], None] = nothing,
    advance: Callable[[int], None] = nothing,
    checkpoint: Callable[[str], None] = nothing,
) -> dict[str, Any]:
    """Release the delivered rows of ``pool(position, person, org INT32, delivered BOOL)`` as the extract of an order,
    each test cell in files of its own where the pool has ``cell TEXT``; ``hot BOOL`` goes into the manifest.

    ``order``, ``campaign``, ``customer`` (the recipient) and ``agreement`` are rows of the ledger; ``fence`` is the
    value at which the pool was judged. Returns ``{"extract", "rows", "persons", "seeds", "snapshot", "fence",
    "files": [{"path", "format", "rows", "sha256"}]}``; ``rows`` = ``persons`` + ``seeds``.

    Nothing is fetchable before its ledger row is committed (R032). Raises ``LicenceRefused``, ``BanUnreadable``,
    ``GateBroken``, ``Refused`` (seeds_exhausted), ``Conflict`` (extract_exists, seeds_taken), and ``FenceMoved``
    when a newer ban touches the pool: the caller judges it again.
    """
    job = Job(store, register, order, campaign, customer, agreement, confirm, advance, checkpoint)
    with store.ledger.read() as connection:
        overdue = messages.unacknowledged(connection, customer=customer["customer"], at=store.now())
        owed = blocks.of_group(connection, customer["customer"], at=store.now())
        assessed = assessments.reviews(connection)
        now = trusted_time.now(connection, store.now())
    grace = store.settings.assessment_grace_days
    case = policy.Case(
        order, campaign, customer, agreement, now, overdue, assessed=assessed, blocks=owed, grace_days=grace
    )
    policy.check(case)
    for key in policy.warnings(case):
        _log.warning("The assessment for %s is past its review day; cuts will be refused soon (R099).", key)
    checkpoint("policy")
    rows, fence = cleared(job, pool, fence=fence)
    for name in (CELL, HOT):
        if name in pool.column_names:
            rows = rows.append_column(name, pool[name].take(pc.index_in(rows["position"], pool["position"])))
    if not pc.any(rows["delivered"]).as_py():
        raise LicenceRefused("order_empty", order=order["order"])
    for attempt in range(1, _TRIES + 1):
        with staging.begin(store, new_id("extract")) as staged:
            try:
                return _finish(job, staged, rows, fence)
            except Conflict as conflict:
                if conflict.code != "seeds_taken" or attempt == _TRIES:
                    raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Made:
    """What lies in staging: rows in delivery order (with ``seed`` and ``row``), the files, the manifest's digest."""

    rows: pa.Table
    listed: list[dict[str, Any]]
    manifest_sha256: str
    terms: int
    """Version of the terms of use that the licence carries."""

    @property
    def seeds(self) -> dict[str, int]:
        """Seed to row number."""
        placed = self.rows.filter(pc.is_valid(self.rows["seed"]))
        return dict(zip(placed["seed"].to_pylist(), placed["row"].to_pylist(), strict=True))

    @property
    def persons(self) -> int:
        return int(self.rows["seed"].null_count)


def _finish(job: Job, staged: Staged, rows: pa.Table, fence: int) -> dict[str, Any]:
    made = _make(job, staged, rows)
    fence = _commit(job, staged, rows, made, fence)
    job.checkpoint("committed")
    final = staged.publish(job.store)
    job.checkpoint("published")
    return {
        "extract": staged.extract,
        "rows": len(made.rows),
        "persons": made.persons,
        "seeds": len(made.seeds),
        "snapshot": job.register.snapshot,
        "fence": fence,
        "files": [
            {"path": str(final / file["name"])} | {name: file[name] for name in ("format", "rows", "sha256")}
            for file in made.listed
            if file["format"] not in BESIDE
        ],
    }


def _make(job: Job, staged: Staged, rows: pa.Table) -> _Made:
    """Everything of the extract in its private directory: from the fewest fields to the digests."""
    store, marker, connection = job.store, job.marker(staged.extract), job.register.connection
    columns = minimise.columns(job.campaign["channels"], job.order["fields"])
    working = [*columns, *WORKING, CELL]
    if job.order.get("with_sources"):
        found = cell_sources(job.register, rows, controller=store.settings.controller)
        rows, working = provenance.joined(rows, found), [*working, *provenance.COLUMNS]
    delivered = minimise.narrow(rows, working).filter(rows["delivered"])
    job.checkpoint("minimise")
    wanted = seeds.needed(len(delivered))
    chosen = placement.choose(store, job.register, delivered=delivered, known=rows, wanted=wanted, marker=marker)
    numbered = in_order(
        delivered, placement.dress(delivered, chosen, marker=marker, known=rows, criteria=job.order["criteria"])
    )
    job.checkpoint("seeds")
    channels = marking.enabled(job.campaign, job.order, columns=columns)
    marked, marks = marking.mark(
        connection, numbered, columns=columns, marker=marker, ban_url=store.settings.ban_url, channels=channels
    )
    job.checkpoint("fingerprint")
    bare = minimise.narrow(marked, columns)
    disclosed = marks.append_column("position", numbered["position"]).append_column("number", numbered["row"])
    held = leftover.indexed(connection, bare, key=marker.leftover_key)
    for field in held.column_names:
        disclosed = disclosed.append_column(field, held[field])
    disclosed = disclosed.filter(pc.is_valid(disclosed["position"]))
    facts = {
        "extract": staged.extract,
        "customer": job.customer["customer"],
        "campaign": job.campaign["campaign"],
        "reseller": job.agreement["customer"] if job.agreement["mode"] == "reseller" else None,
        "key_id": marker.key.key_id,
        "eligible": len(rows),
        "delivered": len(delivered),
        "released_at": store.now().isoformat(),
        "channels": [channel.name for channel in channels],
    }
    if HOT in rows.column_names:
        facts["hot"] = pc.sum(rows[HOT]).as_py()
    manifest.write(manifest.build(connection, rows, disclosed, marker=marker), staged.manifest, facts=facts)
    job.checkpoint("manifest")
    with store.ledger.read() as ledger:
        terms = licences.in_force(ledger, today=store.today())
    sources = provenance.table(marked, columns=columns) if job.order.get("with_sources") else None
    cells = numbered[CELL].combine_chunks() if CELL in numbered.column_names else None
    rendered = _render(job, staged, bare, terms=terms, sources=sources, cells=cells)
    job.checkpoint("render")
    made = _Made(numbered, sealed(rendered), sha256_file(staged.manifest), terms["version"])
    staged.sync()
    job.checkpoint("hash")
    return made


def _commit(job: Job, staged: Staged, rows: pa.Table, made: _Made, fence: int) -> int:
    """The one ledger transaction, under the fence: extract, files, seeds, order and audit. Returns the fence value."""
    committed = commitment(job.marker(staged.extract), staged.manifest)
    with job.store.write() as tx:
        fence = unmoved(job, tx, rows.filter(rows["delivered"]), fence=fence)
        job.confirm(tx)
        now = trusted_time.now(tx.connection, job.store.now())
        customers.check_not_over(customers.campaign(tx.connection, job.campaign["campaign"]), now=now)
        extract = {
            "extract": staged.extract,
            "order": job.order["order"],
            "campaign": job.campaign["campaign"],
            "customer": job.customer["customer"],
            "snapshot": job.register.snapshot,
            "fence": fence,
            "rows": len(made.rows),
            "persons": made.persons,
            "seeds": len(made.seeds),
            "pool": len(rows),
            "terms": made.terms,
            "manifest": job.store.relative(staged.manifest_address(job.store, made.manifest_sha256)),
            "manifest_sha256": made.manifest_sha256,
        }
        cuts.record(tx, extract=extract, files=made.listed)
        tx.audit("extract.committed", extract=staged.extract, **committed)
        stock.allocate(tx, made.seeds, extract=staged.extract)
        if snapshots.current(tx.connection) != job.register.snapshot:
            # A publish that came in between kept no links for an extract it could not see (R072).
            links.keep(tx, manifest.links(staged.manifest, numbered=made.rows, rows=rows))
        job.checkpoint("recorded")
        staged.publish_manifest(job.store, made.manifest_sha256)
        job.checkpoint("manifest published")
    return fence


def _render(
    job: Job, staged: Staged, table: pa.Table, *, terms: Row, sources: pa.Table | None, cells: pa.Array | None
) -> list[files.File]:
    """All files of the extract, in its private directory."""
    facts = presets.Facts(
        extract=staged.extract,
        campaign=job.campaign["name"],
        source=job.store.settings.controller,
        licence_until=job.campaign["ends_on"],
        channels=job.campaign["channels"],
    )
    said = files.Terms(
        deal=deal_of(job.store.settings, campaign=job.campaign, customer=job.customer, terms=terms),
        snapshot=job.register.snapshot,
        key=job.store.key("licence"),
        at=job.store.now(),
        facts=facts,
        keys=presets.keys(staged.extract, table["row"].combine_chunks()),
        sources=sources,
        cells=cells,
    )
    return files.write(table, staged.files, formats=job.order["formats"], terms=said, advance=job.advance)
