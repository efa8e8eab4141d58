"""Taking persons out of the register for good: their rows out of every stored file, themselves out of the snapshot.

Deleting in place leaves the bytes where they were (M3), so nothing is deleted: files are written anew without the rows
and the old ones removed (R061). The new snapshot is a copy of the published one without the persons, so nobody else's
id, nonce or data change, and loads that wait for a publish go on waiting. Sources and snapshot are two ledger
transactions; whoever is stopped between them begins again and finds the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import NotFound
from core.files import publish_file, remove as remove_file, store_by_content, storing
from core.ids import new_id
from ledger import bans, links, snapshots, sources
from ledger.engine import Transaction
from ledger.snapshots import Published
from ledger.store import Store
from register import erase_rows
from register.build import FILE, TABLES
from register.departed import departing
from register.engine import SCHEMA_VERSION, Workshop, building
from register.publish import retire
from register.sealing import STAGED, publishing, seal, sweep
from register.snapshot import verify
from register.sources.stored import compression, write_without
from register.sources.workshop import standstill

_PERSON, _POSITION, _ORGANISATION = (pa.schema([(name, pa.int32())]) for name in ("person", "position", "org"))
_COPIED = (
    "load", "load_set", "industry", "form", "organisation", "position", "sourced", "person", "person_name",
    "person_alias", "person_obtained", "organisation_key", "selectable", "title", "erp",
)  # fmt: skip
"""In this order: a later table looks at earlier ones. ``meta`` and ``stratum`` are written, not copied."""


def _nowhere(_name: str) -> None:
    """Nobody watches between the steps."""


@dataclass(frozen=True)
class Gone:
    """Whom and what to take out, by register id; a sole trader's organisation goes with its only person."""

    persons: Sequence[int] = ()
    positions: Sequence[int] = ()
    organisations: Sequence[int] = ()


@dataclass(frozen=True)
class Removed:
    """What was taken out. ``snapshot`` is the published one without it, None when nothing had to be copied; ``former``
    are the snapshots that still hold it on disk until their readers let go."""

    source_rows: int
    source_files: int
    persons: int
    positions: int
    organisations: int
    snapshot: str | None
    former: Sequence[str]
    links_kept: int = 0
    """Tokens kept of those who were ever delivered, so that the recipients can still be named (R072)."""

    @property
    def counts(self) -> dict[str, int]:
        names = ("source_rows", "source_files", "persons", "positions", "organisations", "links_kept")
        return {name: getattr(self, name) for name in names}


def _unrecorded(_tx: Transaction, _removed: Removed) -> None:
    """Nothing is written beside what the removal itself writes."""


def remove(
    store: Store,
    gone: Gone,
    *,
    record: Callable[[Transaction, Removed], None] = _unrecorded,
    checkpoint: Callable[[str], None] = _nowhere,
) -> Removed:
    """Write the stored files and the published snapshot anew without these; waits for loads that are under way.

    ``record`` writes what the caller wants to keep, in the transaction that moves the pointer (or alone, when nothing
    of them was left in the snapshot). Nothing is done twice. An old snapshot is removed when its last reader lets go:
    see :func:`waiting`. The caller has blocked the persons and has seen to it that none of them is restricted (R062).
    Raises ``NotFound`` (snapshot_none), ``Conflict`` (publish_running) and ``StoreError`` (snapshot_damaged,
    disk_full, …): what is published then stays.
    """
    with standstill(store), publishing(store):
        sweep(store)
        verify(store)
        with store.ledger.read() as connection:
            published = snapshots.published(connection)
            former = [one.snapshot for one in snapshots.standing(connection)]
        if published is None:
            raise NotFound("snapshot_none")
        with _workshop(store) as directory:
            rows, counts = _find(store, directory, gone, published)
            checkpoint("found")
            files = _rewrite(store, directory, rows)
            checkpoint("rewritten")
        removed = Removed(len(rows), files, *counts, snapshot=None, former=former)
        if any(counts):
            with _workshop(store) as directory:
                removed = _copy(store, directory, gone, published, removed, record=record, checkpoint=checkpoint)
        else:
            with store.write() as tx:
                removed = replace(removed, former=[one for one in former if one != published.snapshot])
                tx.audit("register.removed", **removed.counts)
                record(tx, removed)
    retire(store)
    checkpoint("retired")
    return removed


def waiting(store: Store, former: Sequence[str]) -> list[str]:
    """Which of these snapshots a reader still holds; what nobody holds is retired and removed first."""
    retire(store)
    with store.ledger.read() as connection:
        standing = {one.snapshot for one in snapshots.standing(connection)}
    return [one for one in former if one in standing]


@contextmanager
def _workshop(store: Store) -> Iterator[Path]:
    """A private directory of which nothing stays; named so that a publish sweeps what a killed one leaves."""
    directory = store.home.staging / new_id(STAGED.rstrip("-"))
    with storing(directory):
        directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        remove_file(directory)


def _named(shop: Workshop, gone: Gone) -> None:
    for name, schema, ids in (
        ("gone", _PERSON, gone.persons),
        ("gone_position", _POSITION, gone.positions),
        ("gone_org", _ORGANISATION, gone.organisations),
    ):
        shop.connection.register(name, pa.table([pa.array(sorted(set(ids)), pa.int32())], schema=schema))


def _find(store: Store, directory: Path, gone: Gone, published: Published) -> tuple[pa.Table, tuple[int, int, int]]:
    """The stored rows to leave out, and how many persons, positions and organisations the snapshot still holds."""
    with building(store, directory / FILE) as shop:
        _named(shop, gone)
        rows = erase_rows.find(shop, store, published=published)
        persons, positions, organisations = shop.row("erase_counts")
        return rows, (persons, positions, organisations)


def _rewrite(store: Store, directory: Path, rows: pa.Table) -> int:
    """Write every file that holds such a row anew, point the loads at the new files, remove the old ones."""
    if not len(rows):
        return 0
    made: dict[str, tuple[str, str, int]] = {}
    for path in pc.unique(rows["path"]).to_pylist():
        staged = directory / "rows.parquet"
        here = rows.filter(pc.equal(rows["path"], path))
        left_out = write_without(Path(path), staged, here, codec=compression(store))
        final, digest = store_by_content(staged, store.home.sources, suffix=".parquet")
        made[store.relative(Path(path))] = (store.relative(final), digest, left_out)
    with store.write() as tx:
        loads = sources.rewrite(tx, made)
        tx.audit("loads.rewritten", loads=loads, rows=len(rows), files=len(made))
    for path in made:
        remove_file(store.path(path))
    return len(made)


def _copy(
    store: Store,
    directory: Path,
    gone: Gone,
    published: Published,
    removed: Removed,
    *,
    record: Callable[[Transaction, Removed], None],
    checkpoint: Callable[[str], None],
) -> Removed:
    """Publish a copy of the snapshot without them."""
    staged = directory / FILE
    with building(store, staged) as shop:
        counts, leaving = _fill(shop, store, gone, published)
    name, digest = seal(store, staged)
    checkpoint("sealed")
    final = store.home.snapshots / f"{name}.duckdb"
    publish_file(staged, final)
    checkpoint("moved")
    with departing(store, leaving) as departed:
        with store.ledger.read() as connection:
            former = departed.disclosed(connection)
        with store.write() as tx:
            bans.lock_fence(tx)
            kept = links.keep(tx, [*former, *departed.disclosed(tx.connection)])
            done = replace(removed, snapshot=name, links_kept=kept)
            snapshots.publish(
                tx, snapshot=name, path=store.relative(final), sha256=digest, schema_version=SCHEMA_VERSION,
                loads=published.loads, seconds=0, **counts,
            )  # fmt: skip
            tx.audit("register.removed", snapshot=name, **done.counts)
            record(tx, done)
            checkpoint("pointing")
    checkpoint("pointed")
    return done


def _fill(shop: Workshop, store: Store, gone: Gone, published: Published) -> tuple[dict[str, int], pa.Table]:
    """Copy everything but what goes into a new snapshot; returns its counts, and whose nonces go (R072)."""
    _named(shop, gone)
    shop.execute("build_attach_previous", {"path": str(store.path(published.path))})
    shop.run(*(f"snapshot_{table}" for table in TABLES))
    shop.run("build_former_sourced" if shop.row("build_sourced_known") != (0,) else "build_former_sourced_none")
    shop.run("erase_person", "erase_organisation", "erase_position")
    shop.run(*(f"erase_copy_{table}" for table in _COPIED))
    shop.run("stratum_member", "build_stratum")
    organisations, persons, positions, selectable = shop.row("build_counts")
    meta = {row["key"]: row["value"] for row in shop.table("erase_meta").to_pylist()}
    meta |= {
        "built_at": store.now().isoformat(), "previous": published.snapshot, "organisations": str(organisations),
        "persons": str(persons), "positions": str(positions), "selectable": str(selectable),
    }  # fmt: skip
    shop.execute("build_meta", {"keys": list(meta), "values": list(meta.values())})
    leaving = shop.table("build_departed")
    shop.run("build_detach_previous", "build_checkpoint")
    return {"organisations": organisations, "persons": persons, "positions": positions}, leaving
