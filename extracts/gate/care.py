"""What changed about the rows a customer has: the gate's door for data care (R013, R046, R047).

The caller hands over which row is which organisation and position, and the customer's own cells; what comes out is
about those rows alone. Of a banned, erased or restricted person, of one who may not be told of, and of one who has not
changed, the same comes out: nothing. Both ban checks look: at the ids, and at the cells of both sides (T19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dateutil.relativedelta import relativedelta

import sql
from core.errors import BanUnreadable, GateBroken
from core.identity import fold_names, normalise_emails, normalise_phones
from extracts.gate import fence as bans_fence
from ledger import bans, heartbeat, notices, outside_lists, sources, suppression
from ledger.bans import Blocked, key_message
from ledger.store import Store
from register.rows import Register, care_faces, care_people, care_rows, care_seats, care_successors, lent, query
from schemas import codes

Row = dict[str, Any]

PAIRS = pa.schema(
    [
        ("row", pa.int64()),
        ("org", pa.int32()),
        ("position", pa.int32()),
        ("renamed", pa.bool_()),
        ("absent", pa.bool_()),
    ]
)
"""``renamed``: the row has a name the organisation had before. ``absent``: nobody of the organisation is its person."""
FIELDS = ("name", "street", "postcode", "city", "phone", "domain", "title", "email", "mobile", "person")
"""Columns of the customer's cells; a missing one is null everywhere. ``person`` is the whole name."""
KINDS = ("ceased", "successor", "renamed", "moved", "new_phone", "new_web", "person_left", "new_title", "new_email")
CHANGES = pa.schema(
    [
        ("row", pa.int64()),
        ("kind", pa.string()),
        ("field", pa.string()),
        ("state", pa.string()),
        ("old", pa.string()),
        ("new", pa.string()),
        ("source", pa.string()),
        ("date", pa.date32()),
        ("personal", pa.bool_()),
        ("person", pa.int32()),
    ]
)
"""``state`` is changed or completed; ``person`` is the register's id, for the record of who was told of."""
_SEAT = {"row": "row", "org": "org", "title": "f_title", "person": "f_person"}
_CANARY, _CANARY_EMAIL = -1, "canary@gate.invalid"
_CELLS = ("row", "email", "mobile", "organisation_phone", "business_id", "organisation_fold", "name_fold")


@dataclass(frozen=True)
class Found:
    """What is to be told of an upload, and what is to be counted of it."""

    changes: pa.Table
    organisations: pa.Table
    """``row, ceased, industry, staff_class, reachable`` of matched rows whose organisation may be told of."""
    fence: int


def changes(store: Store, register: Register, pairs: pa.Table, cells: pa.Table, *, filled: Sequence[str] = ()) -> Found:
    """Compare the customer's ``cells(row, FIELDS…)`` with the register, for the matched ``pairs`` (:data:`PAIRS`).

    ``filled`` are fields whose empty cells may be filled, where the instruction says so. Raises ``BanUnreadable``,
    ``GateBroken`` (canary_released) and ``StoreError``.
    """
    moment = _moment(store)
    blocked, since, quarantined = moment.blocked, moment.since, moment.quarantined
    controller = store.settings.controller
    pairs = pairs.select(PAIRS.names).cast(PAIRS)
    known = _known(store, register, pairs, moment)
    mine = _mine(cells, known, pairs)
    banned = _banned(store, register, mine, known, moment.keys)
    org_ok, person_ok = _allowed(register, known, blocked, banned)
    mine = mine.append_column("org_ok", org_ok).append_column("person_ok", person_ok)
    with lent(register.connection, care_mine=mine, care_theirs=_theirs(known)):
        compared = query(register.connection, "extracts/care_compare", {"filled": list(filled)})
    parts = [compared.filter(pc.is_in(compared["state"], pa.array(["changed", "completed"])))]
    absent = pairs.filter(pc.fill_null(pairs["absent"], False))["row"].combine_chunks()
    unseated = pc.and_(
        pc.is_in(known["row"], absent), pc.invert(pc.is_in(known["row"], banned["row"].combine_chunks()))
    )
    asked = mine.append_column("org", known["org"]).filter(pc.and_(unseated, org_ok))
    parts.append(_left(register, asked, blocked, since, controller))
    parts.append(_successors(register, known.filter(org_ok), blocked, controller))
    told = pa.concat_tables([_shaped(part, known) for part in parts])
    told = told.filter(pc.invert(pc.is_in(told["source"], pa.array(quarantined, pa.string()))))
    facts = known.filter(org_ok).select(["row", "ceased", "industry", "industry_version", "staff_class"])
    order = [("row", "ascending"), ("kind", "ascending"), ("field", "ascending")]
    return Found(told.sort_by(order), facts, moment.fence)


@dataclass(frozen=True)
class _Moment:
    """What may not be told at this moment, and since when a position must be verified and told."""

    fence: int
    blocked: Blocked
    keys: pa.Table
    voided: pa.Table
    quarantined: list[str]
    since: Row


def _moment(store: Store) -> _Moment:
    settings, today = store.settings, store.today()
    with store.ledger.read() as connection:
        heartbeat.check_fresh(connection, settings, now=store.now())
        outside_lists.check_lists(connection, settings, today=today)
        return _Moment(
            fence=bans.fence_value(connection),
            blocked=bans.blocked(connection, channels=None),
            keys=suppression.release_keys(store, connection, channels=codes.CHANNELS),
            voided=notices.voided(connection, today=today),
            quarantined=sorted(sources.quarantined_sources(connection)),
            since={
                "verified_since": today - relativedelta(months=settings.verified_months),
                "notified_by": today - timedelta(days=settings.notice_wait_days),
            },
        )


def _known(store: Store, register: Register, pairs: pa.Table, moment: _Moment) -> pa.Table:
    """What the register knows of the pairs, and which of their positions may be told of at all."""
    lists = {"controller": store.settings.controller, "quarantined": moment.quarantined}
    asked = pairs.select(["row", "org", "position"])
    return care_rows(register, asked, voided=moment.voided, values=moment.since | lists)


def _shaped(part: pa.Table, known: pa.Table) -> pa.Table:
    person = known["person"].take(pc.index_in(part["row"], known["row"].combine_chunks()))
    person = pc.if_else(part["personal"], person, pa.scalar(None, person.type))
    return part.append_column("person", person).select(CHANGES.names).cast(CHANGES)


def _text(table: pa.Table, name: str) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(len(table), pa.string())
    trimmed = pc.utf8_trim_whitespace(table[name].cast(pa.string()).combine_chunks())
    return pc.if_else(pc.equal(pc.utf8_length(trimmed), 0), None, trimmed)


def _street(cells: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(fold_names(cells), r"\s*\d.*$", "")


def _domain(cells: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.utf8_lower(cells), r"^(https?://)?(www\.)?([^/?#:]*).*$", r"\3")


def _mine(cells: pa.Table, known: pa.Table, pairs: pa.Table) -> pa.Table:
    """The customer's side, one line per line of ``known``, with what it is compared by."""
    place = pc.index_in(known["row"], cells["row"].combine_chunks())
    part = cells.take(place)
    raw = {name: _text(part, name) for name in FIELDS}
    email = normalise_emails(raw["email"])
    renamed = pairs["renamed"].take(pc.index_in(known["row"], pairs["row"].combine_chunks())).combine_chunks()
    return pa.table(
        {"row": known["row"]}
        | raw
        | {
            "f_street": _street(raw["street"]),
            "f_city": fold_names(raw["city"]),
            "n_phone": normalise_phones(raw["phone"]),
            "n_mobile": normalise_phones(raw["mobile"]),
            "n_email": email,
            "mail_local": pc.replace_substring_regex(email, "@.*$", ""),
            "n_domain": _domain(raw["domain"]),
            "f_title": fold_names(raw["title"]),
            "f_person": fold_names(raw["person"]),
            "renamed": pc.fill_null(renamed, False),
        }
    )


def _theirs(known: pa.Table) -> pa.Table:
    """The register's side, under names that do not meet the customer's."""
    text = {name: known[name].combine_chunks() for name in known.column_names}
    kept = [
        "row", "ceased", "visiting_street", "visiting_postcode", "visiting_city", "website", "name_source", "name_date",
        "visiting_source", "visiting_date", "phone_source", "phone_date", "website_source", "website_date",
        "title_source", "title_date", "email_source", "email_date", "mobile_source", "mobile_date",
    ]  # fmt: skip
    return pa.table(
        {name: text[name] for name in kept}
        | {
            "t_name": text["name"],
            "t_street": _street(text["visiting_street"]),
            "t_postal_street": _street(text["postal_street"]),
            "t_city": fold_names(text["visiting_city"]),
            "t_phone": text["phone"],
            "t_domain": _domain(text["website"]),
            "t_title": text["title"],
            "f_t_title": fold_names(text["title"]),
            "t_email": text["email"],
            "t_mobile": text["mobile"],
        }
    )


def _banned(store: Store, register: Register, mine: pa.Table, known: pa.Table, keys: pa.Table) -> pa.Table:
    """``row, whole`` of rows that carry a banned key on either side; a planted row must be among them (R024)."""
    schema = pa.schema([(name, pa.int64() if name == "row" else pa.string()) for name in _CELLS])
    shared = {"row": known["row"], "business_id": known["business_id"], "organisation_fold": known["organisation_fold"]}
    customers = shared | {
        "email": mine["n_email"], "mobile": pc.coalesce(mine["n_mobile"], mine["n_phone"]),
        "organisation_phone": pa.nulls(len(known), pa.string()), "name_fold": mine["f_person"],
    }  # fmt: skip
    registers = shared | {
        "email": known["email"], "mobile": known["mobile"], "organisation_phone": known["phone"],
        "name_fold": known["person_fold"],
    }  # fmt: skip
    canary = pa.Table.from_pylist([{"row": _CANARY, "email": _CANARY_EMAIL}], schema=schema)
    sides = [pa.table({name: side[name] for name in _CELLS}).cast(schema) for side in (customers, registers)]
    ring = {key.key_id: key for key in store.keys("suppression")}
    planted = [("email", key.mac(key_message("email", _CANARY_EMAIL)), key.key_id) for key in ring.values()]
    names = ("kind", "key", "key_id")
    asked = pa.concat_tables(
        [keys.select(names), pa.table(dict(zip(names, map(list, zip(*planted, strict=True)), strict=True)))]
    )
    register.connection.execute(sql.load("name_tokens"))
    found = []
    with lent(register.connection, care_cells=pa.concat_tables([*sides, canary]), gate_ban_keys=asked):
        for key_id in sorted(set(asked["key_id"].to_pylist())):
            if key_id not in ring:
                raise BanUnreadable("suppression_key_missing", key_id=key_id)
            inner, outer = ring[key_id].pads
            kinds = sorted(set(asked.filter(pc.equal(asked["key_id"], key_id))["kind"].to_pylist()))
            values = {"inner": inner, "outer": outer, "kinds": kinds, "key_id": key_id}
            hits = query(register.connection, "extracts/care_banned", values)
            if _CANARY not in hits["row"].to_pylist():
                raise GateBroken("canary_released")
            found.append(hits)
    return pa.concat_tables(found)


def _allowed(register: Register, known: pa.Table, blocked: Blocked, banned: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Per line of ``known``: whether its organisation, and whether its person may be told of.

    A ban of the person alone leaves the organisation's part as it is for every other row about that organisation: a row
    that stood out by saying less would name the banned (R047). A sole trader is its person.
    """
    rows = known["row"].combine_chunks()
    placed = known.filter(pc.is_valid(known["position"]))
    pool = pa.table({name: placed[name] for name in ("position", "person", "org")})
    pool = pool.group_by(["position", "person", "org"]).aggregate([])
    pool = pool.append_column("delivered", pa.repeat(pa.scalar(True), len(pool)))
    passed = bans_fence.exclude(register.connection, pool, blocked)["position"].combine_chunks()
    person = pc.and_(pc.is_in(known["position"], passed), known["deliverable"]).combine_chunks()
    person = pc.and_(pc.fill_null(person, False), pc.invert(pc.is_in(rows, banned["row"].combine_chunks())))
    whole = banned.filter(banned["whole"])["row"].combine_chunks()
    organisation = pc.invert(pc.or_(pc.is_in(known["org"], blocked.organisations), pc.is_in(rows, whole)))
    own = pc.and_(known["sole_trader"], pc.and_(pc.is_valid(known["position"]), pc.invert(person)))
    organisation = pc.and_(organisation, pc.invert(own))
    return organisation.combine_chunks(), person


def _left(register: Register, absent: pa.Table, blocked: Blocked, since: Row, controller: str) -> pa.Table:
    """Rows whose person's seat somebody else holds by now. That a person is missing from the register says nothing:
    whoever was erased, or was never in it, is missing too."""
    asked = pa.table({name: absent[column] for name, column in _SEAT.items()})
    asked = asked.filter(pc.and_(pc.is_valid(asked["title"]), pc.is_valid(asked["person"])))
    ids = {
        name: pa.table({"id": pa.concat_arrays([part.cast(pa.int32()), pa.array([_CANARY], pa.int32())])})
        for name, part in (("gate_persons", blocked.persons), ("gate_positions", blocked.positions))
    }
    found = care_seats(register, asked, blocked=ids, values=since | {"controller": controller})
    rows = len(found)
    return pa.table(
        {
            "row": found["row"], "kind": pa.repeat("person_left", rows), "field": pa.repeat("", rows),
            "state": pa.repeat("changed", rows), "old": pa.nulls(rows, pa.string()), "new": pa.nulls(rows, pa.string()),
            "source": found["source"], "date": found["date"], "personal": pa.repeat(False, rows),
        }
    )  # fmt: skip


def _successors(register: Register, known: pa.Table, blocked: Blocked, controller: str) -> pa.Table:
    ceased = known.filter(known["ceased"]).select(["row", "org"])
    ids = pa.table({"id": pa.concat_arrays([blocked.organisations.cast(pa.int32()), pa.array([_CANARY], pa.int32())])})
    found = care_successors(register, ceased, blocked=ids, controller=controller)
    rows = len(found)
    return pa.table(
        {
            "row": found["row"], "kind": pa.repeat("successor", rows), "field": pa.repeat("", rows),
            "state": pa.repeat("changed", rows), "old": pa.nulls(rows, pa.string()), "new": found["business_id"],
            "source": found["source"], "date": found["date"], "personal": pa.repeat(False, rows),
        }
    )  # fmt: skip


def organisation_faces(store: Store, register: Register, orgs: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """``{"name", "city"}`` of organisations, for a person to tell which one a row is; not of banned ones.

    Raises ``BanUnreadable`` and ``StoreError``.
    """
    with store.ledger.read() as connection:
        heartbeat.check_fresh(connection, store.settings, now=store.now())
        blocked = bans.blocked(connection, channels=None).organisations
    ids = pa.table({"id": pa.concat_arrays([blocked.cast(pa.int32()), pa.array([_CANARY], pa.int32())])})
    wanted = pa.table({"org": pa.array(sorted(set(orgs)), pa.int32())})
    found = care_faces(register, wanted, blocked=ids).to_pylist()
    return {row["org"]: {"name": row["name"], "city": row["city"]} for row in found}


def person_faces(
    store: Store, register: Register, asked: pa.Table, cells: pa.Table
) -> dict[tuple[int, int], dict[str, str | None]]:
    """``{(row, position): {"name", "title"}}`` of ``asked(row, org, position)``, for a person to tell who a row is.

    ``cells`` are the customer's, as in :func:`changes`. Whoever is banned, erased or restricted, by id or by a key that
    either side carries, and whoever may not be told of at all, is not among them. Raises as :func:`changes`.
    """
    if not len(asked):
        return {}
    moment = _moment(store)
    numbers = pa.array(range(len(asked)), pa.int64())  # a row has several candidates, and each is looked at by itself
    no = pa.repeat(pa.scalar(False), len(asked))
    pairs = pa.table({"row": numbers, "org": asked["org"], "position": asked["position"], "renamed": no, "absent": no})
    pairs = pairs.cast(PAIRS)
    known = _known(store, register, pairs, moment)
    own = cells.take(pc.index_in(asked["row"], cells["row"].combine_chunks()))
    own = own.set_column(own.column_names.index("row"), "row", numbers)
    banned = _banned(store, register, _mine(own, known, pairs), known, moment.keys)
    org_ok, person_ok = _allowed(register, known, moment.blocked, banned)
    shown = known.filter(pc.and_(org_ok, person_ok)).select(["row", "position"]).to_pylist()
    people = care_people(
        register, pa.table({"position": pa.array(sorted({one["position"] for one in shown}), pa.int32())})
    )
    faces = {one["position"]: {"name": one["name"], "title": one["title"]} for one in people.to_pylist()}
    rows = asked["row"].to_pylist()
    return {(rows[one["row"]], one["position"]): faces[one["position"]] for one in shown}
