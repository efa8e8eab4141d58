"""Building a snapshot: merge by source priority, keep provenance per field group, flatten for counting.

Everything is set-based in DuckDB and materialised step by step (``sql/register/build_*.sql``). Given the same
loads and previous snapshot, a build gives the same content; only the nonces of new units are random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from ledger.sources import Load
from ledger.store import Store
from register import identity, link_keys, notices
from register.changes import Changes
from register.engine import SCHEMA_VERSION, Workshop, building
from schemas import codes

TABLES = (
    "meta", "load", "load_set", "industry", "form", "title", "erp", "organisation", "person", "person_name",
    "person_alias", "person_obtained", "position", "sourced", "organisation_key", "selectable", "stratum",
)  # fmt: skip
FILE = "register.duckdb"
"""The name a snapshot is built under: DuckDB calls the catalog after it."""
STEPS = 9
"""How often :func:`build` calls ``advance``."""


@dataclass(frozen=True)
class Built:
    """What a build made, and how it compares with the snapshot before it."""

    organisations: int
    persons: int
    positions: int
    before: int
    """Positions of the previous snapshot."""
    lost: int
    """How many of those are not in this one."""
    moved: pa.Table
    """``target, former, id``: ids that ended in another (R018)."""
    departed: pa.Table
    """``kind, person, position, organisation, nonce, source``: ids whose nonce is not in this one."""


def build(
    store: Store,
    *,
    file: Path,
    loads: Sequence[Load],
    previous: Path | None,
    changes: Changes,
    origin: Mapping[str, str],
    advance: Callable[[int], None],
    checkpoint: Callable[[str], None],
) -> Built:
    """Build a snapshot from these loads into ``file`` (named :data:`FILE`, must not exist) and close it.

    ``previous`` is the snapshot whose ids, nonces and former names go on; ``changes`` are what the ledger says against
    the sources (R060-R062); ``origin`` goes into ``meta``. There must be loads of both kinds. Raises ``StoreError``
    (disk_full, publish_failed).
    """
    with building(store, file) as shop:
        _open(shop, store, loads=loads, previous=previous, changes=changes)
        for name, step in (
            ("organisations", _organisations), ("texts", _texts), ("persons", identity.persons),
            ("notices", partial(notices.apply, store=store)),
            ("seats", identity.positions), ("names", _persons), ("positions", _positions),
            ("selectable", partial(_selectable, store=store)),
        ):  # fmt: skip
            step(shop)
            advance(1)
            checkpoint(f"build.{name}")
        built = _close(shop, {**origin, "link_key": store.key("fingerprint").key_id})
        advance(1)
        return built


def find_persons(shop: Workshop, store: Store, *, loads: Sequence[Load], previous: Path, changes: Changes) -> None:
    """The steps of a build up to who is who: fills ``seat (rid, person, org, title, sid)`` for the rows of these loads
    as the next publish would, and leaves ``position_input`` and ``live_load`` to be read."""
    _open(shop, store, loads=loads, previous=previous, changes=changes)
    _texts(shop)
    identity.persons(shop)


def _open(shop: Workshop, store: Store, *, loads: Sequence[Load], previous: Path | None, changes: Changes) -> None:
    if previous is None:
        shop.run("build_attach_nothing", "build_use_previous", *(f"snapshot_{table}" for table in TABLES))
        shop.run("build_use_register")
    else:
        shop.execute("build_attach_previous", {"path": str(previous)})
    shop.run(*(f"snapshot_{table}" for table in TABLES))
    for name, table in changes.tables.items():
        shop.connection.register(name, table)
    shop.run("build_former_sourced" if shop.row("build_sourced_known") != (0,) else "build_former_sourced_none")
    shop.run("build_restricted_now")
    shop.connection.register("live_load", _live_loads(store, loads))
    shop.connection.register(
        "kind", pa.table({"kind": list(codes.KINDS), "number": pa.array(codes.KINDS.values(), pa.uint8())})
    )
    shop.connection.register(
        "region_of", pa.table({"municipality": list(codes.region_of()), "region": list(codes.region_of().values())})
    )
    for kind in ("organisation", "position"):
        files = sorted({str(store.path(load.data)) for load in loads if load.kind == f"{kind}s"})
        shop.execute(f"build_{kind}_file_variable", {"files": files})
        shop.run(f"build_{kind}_input")


def _live_loads(store: Store, loads: Sequence[Load]) -> pa.Table:
    """The loads in order of arrival; ``standing`` 1 is the source that wins."""
    standing = {priority: place for place, priority in enumerate(sorted({load.priority for load in loads}), start=1)}
    return pa.table(
        {
            "kind": [load.kind for load in loads],
            "ordinal": pa.array(range(1, len(loads) + 1), pa.int32()),
            "load": pa.array([load.load for load in loads], pa.int32()),
            "source": [load.source for load in loads],
            "standing": pa.array([standing[load.priority] for load in loads], pa.int32()),
            "obtained_on": pa.array([load.obtained_on for load in loads], pa.date32()),
            "path": [str(store.path(load.data)) for load in loads],
        }
    )


def _organisations(shop: Workshop) -> None:
    shop.run("build_organisation_row", "build_organisation_lone", "build_organisation_pick")
    shop.run("build_organisation_choice", "build_organisation_single", "build_organisation_merged")
    shop.drop("organisation_row")
    shop.run("build_organisation_name", "build_organisation_former")
    shop.fold("build_organisation_name_texts", "build_organisation_fold")
    shop.drop("organisation_name")
    shop.run("build_organisation")
    shop.drop("organisation_pick", "organisation_fold", "organisation_lone")
    shop.run("build_organisation_frozen")


def _texts(shop: Workshop) -> None:
    shop.fold("build_first_name_texts", "build_first_name_fold")
    shop.fold("build_title_texts", "build_title", "build_title_fold")


def _persons(shop: Workshop) -> None:
    shop.run("build_person_row", "build_person_row_best")
    shop.drop("position_row")
    shop.run("build_corrected_name", "build_person", "build_person_name")
    if shop.row("build_corrected_any")[1]:
        shop.run("build_person_name_corrected")
    shop.run("build_person_frozen", "build_person_name_frozen")


def _positions(shop: Workshop) -> None:
    shop.run("build_position_pick")
    shop.drop("seat", "unit")
    shop.run("build_position_choice", "build_position_single", "build_position_merged", "build_corrected")
    shop.run("build_position")
    if shop.row("build_corrected_any")[0]:
        shop.run("build_sourced")
    shop.run("build_position_frozen", "build_sourced_frozen")
    shop.drop("position_pick", "position_of", "person_row")


def _selectable(shop: Workshop, store: Store) -> None:
    shop.run("build_load", "build_load_frozen", "build_industry", "build_form")
    shop.fold("build_erp_texts", "build_erp", "build_erp_fold")
    keys = link_keys.prepare(shop, store.key("fingerprint"))
    shop.run("build_traits", "build_deliverable")
    shop.execute("build_mail_domain", {"public_domains": list(codes.public_mail_domains())})
    shop.execute("build_organisation_key", keys.unit)
    shop.execute("build_person_link", keys.person)
    shop.execute("build_site_link", keys.site)
    shop.run("build_organisation_stamp", "build_stamp", "build_stamp_set", "build_load_set")
    shop.execute("build_selectable", {"codes": list(codes.responsibility_bits())})
    shop.run("stratum_member", "build_stratum")


def _close(shop: Workshop, origin: Mapping[str, str]) -> Built:
    organisations, persons, positions, selectable = shop.row("build_counts")
    before, lost = shop.row("build_lost_positions")
    version = shop.row("build_industry_version")
    next_person, next_position = identity.next_ids(shop)
    meta = {
        **origin, "schema_version": SCHEMA_VERSION,
        "industry_version": version[0] if version else codes.INDUSTRY_VERSIONS[-1],
        "next_person": next_person, "next_position": next_position,
        "organisations": organisations, "persons": persons, "positions": positions, "selectable": selectable,
        **notices.facts(shop),
    }  # fmt: skip
    shop.execute("build_meta", {"keys": list(meta), "values": [str(value) for value in meta.values()]})
    moved, departed = shop.table("identity_moved_rows"), shop.table("build_departed")
    shop.run("build_detach_previous", "build_checkpoint")
    return Built(organisations, persons, positions, before, lost, moved, departed)
