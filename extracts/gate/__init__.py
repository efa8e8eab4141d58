"""The gate: the only door through which rows leave (R013). Callers hand it ids and a purpose, never rows.

The order of a release is policy, bans, rows by id, an independent second check of the cells, minimising, seeds,
marks, manifest, files in staging, digests, one ledger transaction under the fence, and then the visible directory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Conflict, FenceMoved, GateBroken, LicenceRefused
from core.files import sha256_file, storing
from core.ids import new_id
from core.keys import Key
from extracts.gate import fence as bans_fence, manifest, marking, minimise, placement, policy, staging
from extracts.gate.fingerprint import Marker
from extracts.gate.recheck import banned_since
from extracts.gate.render import FORMATS, Enclosed
from extracts.gate.staging import Staged, recover
from extracts.licence import CARD, POLICY
from extracts.licence.content import rows_sha256
from extracts.licence.deal import Deal, deal_of
from extracts.licence.issue import card_text, policy_text
from extracts.licence.policy import Delivered
from ledger import (
    assessments,
    bans,
    cuts,
    heartbeat,
    licences,
    links,
    messages,
    outside_lists,
    seeds as stock,
    snapshots,
    suppression,
)
from ledger.engine import Transaction
from ledger.store import Store
from register.rows import Register, personal_rows
from schemas import codes

__all__ = ["FORMATS", "banned_since", "recover", "release"]

_log = logging.getLogger("rajaus")

Row = Mapping[str, Any]
LICENCE = "licence"
"""Format of the licence, card and policy, among an extract's files."""

_TRIES = 10
_WORKING = (
    "position",
    "unit",
    "organisation_name",
    "first_name",
    "last_name",
    "industry",
    "industry_version",
    "responsibilities",
)
"""What ordering, seeds and marks work with besides the columns of the extract."""


def _nothing(_: Any) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class _Job:
    """One release: what it is for and where it works."""

    store: Store
    register: Register
    order: Row
    campaign: Row
    customer: Row
    agreement: Row
    deal: Deal
    advance: Callable[[int], None]
    checkpoint: Callable[[str], None]

    @property
    def ring(self) -> Sequence[Key]:
        """The suppression key in use and the retired ones."""
        return self.store.keys("suppression")

    def marker(self, extract: str) -> Marker:
        return Marker(self.store.key("fingerprint"), extract, self.customer["customer"])


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
    advance: Callable[[int], None] = _nothing,
    checkpoint: Callable[[str], None] = _nothing,
) -> dict[str, Any]:
    """Release the delivered rows of ``pool(position, person, org INT32, delivered BOOL)`` as the extract of an order.

    ``order``, ``campaign``, ``customer`` (the recipient) and ``agreement`` are rows of the ledger; ``fence`` is the
    value at which the pool was judged. Returns ``{"extract", "rows", "persons", "seeds", "snapshot", "fence",
    "files": [{"path", "format", "rows", "sha256"}]}``; ``rows`` = ``persons`` + ``seeds``.

    Nothing is fetchable before its ledger row is committed (R032). Raises ``LicenceRefused``, ``BanUnreadable``,
    ``GateBroken``, ``Refused`` (seeds_exhausted), ``Conflict`` (extract_exists, seeds_taken), and ``FenceMoved``
    when a newer ban touches the pool: the caller judges it again.
    """
    with store.ledger.read() as connection:
        terms = licences.in_force(connection, today=store.today())
        overdue = messages.unacknowledged(connection, customer=customer["customer"], at=store.now())
        assessed = assessments.reviews(connection)
    deal = deal_of(store.settings, campaign=campaign, customer=customer, terms=terms)
    job = _Job(store, register, order, campaign, customer, agreement, deal, advance, checkpoint)
    grace = store.settings.assessment_grace_days
    case = policy.Case(order, campaign, customer, agreement, store.now(), overdue, assessed=assessed, grace_days=grace)
    policy.check(case)
    for key in policy.warnings(case):
        _log.warning("The assessment for %s is past its review day; cuts will be refused soon (R099).", key)
    checkpoint("policy")
    rows, fence = _cleared(job, pool, fence)
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


def _cleared(job: _Job, pool: pa.Table, fence: int) -> tuple[pa.Table, int]:
    """The pool's rows with their text after both ban checks, and the fence value up to which they hold."""
    with job.store.ledger.read() as connection:
        heartbeat.check_fresh(connection, job.store.settings, now=job.store.now())
        outside_lists.check_lists(connection, job.store.settings, today=job.store.today())
        fence = min(fence, bans.fence_value(connection))  # before the bans: a later one is looked at again below
        blocked = bans.blocked(connection, channels=job.campaign["channels"])
        keys = suppression.release_keys(job.store, connection, channels=job.campaign["channels"])
    if len(bans_fence.exclude(job.register.connection, pool, blocked)) < len(pool):
        raise FenceMoved("fence_moved", tries=1)
    job.checkpoint("bans")
    subject = job.campaign["subject"]
    rows = personal_rows(job.register, pool, subject=subject, channels=job.campaign["channels"])
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


@dataclass(frozen=True)
class _Made:
    """What lies in staging: rows in delivery order (with ``seed`` and ``row``), the files, the manifest's digest."""

    rows: pa.Table
    files: list[dict[str, Any]]
    manifest_sha256: str

    @property
    def seeds(self) -> dict[str, int]:
        """Seed to row number."""
        placed = self.rows.filter(pc.is_valid(self.rows["seed"]))
        return dict(zip(placed["seed"].to_pylist(), placed["row"].to_pylist(), strict=True))

    @property
    def persons(self) -> int:
        return int(self.rows["seed"].null_count)


def _finish(job: _Job, staged: Staged, rows: pa.Table, fence: int) -> dict[str, Any]:
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
            for file in made.files
            if file["format"] != LICENCE
        ],
    }


def _make(job: _Job, staged: Staged, rows: pa.Table) -> _Made:
    """Everything of the extract in its private directory: from the fewest fields to the digests."""
    store, marker, connection = job.store, job.marker(staged.extract), job.register.connection
    columns = minimise.columns(job.campaign["channels"], job.order["fields"])
    delivered = minimise.narrow(rows, (*columns, *_WORKING)).filter(rows["delivered"])
    job.checkpoint("minimise")
    chosen = placement.choose(store, job.register, persons=len(delivered), marker=marker)
    numbered = _numbered(delivered, placement.dress(delivered, chosen, marker=marker))
    job.checkpoint("seeds")
    marked, marks = marking.mark(connection, numbered, columns=columns, marker=marker, ban_url=store.settings.ban_url)
    job.checkpoint("fingerprint")
    disclosed = marks.append_column("position", numbered["position"]).append_column("number", numbered["row"])
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
    }
    manifest.write(manifest.build(connection, rows, disclosed, marker=marker), staged.manifest, facts=facts)
    job.checkpoint("manifest")
    _render(job, staged, minimise.narrow(marked, columns))
    job.checkpoint("render")
    made = _Made(numbered, _listed(_paths(job, staged), len(numbered)), sha256_file(staged.manifest))
    staged.sync()
    job.checkpoint("hash")
    return made


def _commit(job: _Job, staged: Staged, rows: pa.Table, made: _Made, fence: int) -> int:
    """The one ledger transaction, under the fence: extract, files, seeds, order and audit. Returns the fence value."""
    with job.store.write() as tx:
        fence = _unmoved(job, tx, rows.filter(rows["delivered"]), fence)
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
            "terms": job.deal.terms_version,
            "manifest": job.store.relative(staged.manifest_address(job.store, made.manifest_sha256)),
            "manifest_sha256": made.manifest_sha256,
        }
        cuts.record(tx, extract=extract, files=made.files)
        stock.allocate(tx, made.seeds, extract=staged.extract)
        if snapshots.current(tx.connection) != job.register.snapshot:
            # A publish that came in between kept no links for an extract it could not see (R072).
            links.keep(tx, manifest.links(staged.manifest, numbered=made.rows, rows=rows))
        job.checkpoint("recorded")
        staged.publish_manifest(job.store, made.manifest_sha256)
        job.checkpoint("manifest published")
    return fence


def _numbered(delivered: pa.Table, seeds: pa.Table) -> pa.Table:
    """Persons and seeds together, by organisation and last name, numbered from 1; labels of industries added."""
    persons = delivered.append_column("seed", pa.nulls(len(delivered), pa.string()))
    rows = pa.concat_tables([persons, seeds])
    order = pa.table(
        {name: pc.utf8_lower(rows[name]) for name in ("organisation_name", "last_name", "first_name")}
        | {"unit": rows["unit"]}
    )
    rows = rows.take(pc.sort_indices(order, sort_keys=[(name, "ascending") for name in order.column_names]))
    return rows.append_column("row", pa.array(range(1, len(rows) + 1), pa.int32())).append_column(
        "industry_label", _industry_labels(rows)
    )


def _industry_labels(rows: pa.Table) -> pa.Array:
    """Finnish labels; each distinct code is looked up once."""
    keys = pc.dictionary_encode(pc.binary_join_element_wise(rows["industry_version"], rows["industry"], " "))
    keys = keys.combine_chunks()
    labels = [codes.industry_label(*key.split(" ", 1)) for key in keys.dictionary.to_pylist()]
    return pc.take(pa.array([label.fi if label else None for label in labels], pa.string()), keys.indices)


def _render(job: _Job, staged: Staged, table: pa.Table) -> None:
    """The files of the rows, then the card, then the policy, which names the digest of every other file."""
    key, at = job.store.key("licence"), job.store.now()
    delivered = Delivered(staged.extract, job.register.snapshot, len(table), rows_sha256(table))
    text = card_text(job.deal, delivered, key=key)
    enclosed = Enclosed(text, policy_text(job.deal, delivered, key=key, at=at))
    *files, policy_path = _paths(job, staged)
    for form, path in files:
        if form == LICENCE:
            _write(path, text)
        else:
            FORMATS[form][1](table, path, enclosed, at)
            job.advance(len(table))
    whole = replace(delivered, files=_listed(files, len(table)))
    _write(policy_path[1], policy_text(job.deal, whole, key=key, at=at))


def _write(path: Path, text: str) -> None:
    with storing(path):
        path.write_text(text, encoding="utf-8")


def _listed(files: Sequence[tuple[str, Path]], rows: int) -> list[dict[str, Any]]:
    """The files as the ledger has them."""
    return [
        {
            "name": path.name,
            "format": form,
            "rows": 0 if form == LICENCE else rows,
            "sha256": sha256_file(path),
            "bytes": path.stat().st_size,
        }
        for form, path in files
    ]


def _paths(job: _Job, staged: Staged) -> list[tuple[str, Path]]:
    """Format and staged path of every file of the extract, the licence card and the policy last."""
    formats = list(dict.fromkeys(job.order["formats"]))
    files = [(form, staged.files / f"{staged.extract}{FORMATS[form][0]}") for form in formats]
    return [*files, (LICENCE, staged.files / CARD), (LICENCE, staged.files / POLICY)]


def _unmoved(job: _Job, tx: Transaction, delivered: pa.Table, fence: int) -> int:
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
