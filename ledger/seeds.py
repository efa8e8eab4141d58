"""The stock of seeds: who they are, in which extract they went out. A seed is used once and never again (R038)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, exc, func, insert, select, update

from core.clock import day_start
from core.errors import Conflict, NotFound
from core.ids import new_id
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]
KINDS = ("host", "fictitious")
_BATCH = 500
_SEED = tables.seed.c


def add(tx: Transaction, rows: Sequence[Row], *, kind: str, ready_on: date, snapshot: str | None = None) -> list[str]:
    """Add seeds to the stock, ``rows`` with the table's columns of name, addresses, organisation; ``snapshot`` is the
    one they were made like. Returns their ids."""
    common = {"kind": kind, "ready_on": ready_on, "snapshot": snapshot, "added_at": tx.at, "state": "ready"}
    stocked = [row | common | {"seed": new_id("seed")} for row in rows]
    if stocked:
        tx.execute(insert(tables.seed), stocked)
    tx.audit("seeds.added", kind=kind, seeds=len(stocked), ready_on=ready_on.isoformat())
    return [row["seed"] for row in stocked]


def ready(connection: Connection, *, today: date, limit: int) -> list[Row]:
    """Usable seeds, hosts first, then the oldest."""
    query = (
        select(tables.seed)
        .where(_SEED.state == "ready", _SEED.ready_on <= today)
        .order_by(_SEED.kind.desc(), _SEED.added_at, _SEED.seed)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def allocate(tx: Transaction, numbers: Mapping[str, int], *, extract: str) -> None:
    """Bind seeds to row numbers of an extract; ``Conflict`` (seeds_taken) when another extract has one of them."""
    taken = tx.execute(
        update(tables.seed)
        .where(_SEED.seed.in_(list(numbers)), _SEED.state == "ready")
        .values(state="allocated", extract=extract)
    ).rowcount
    if taken != len(numbers):
        raise Conflict("seeds_taken", tries=1)
    statement = update(tables.seed).where(_SEED.seed == bindparam("of")).values(number=bindparam("at"))
    tx.execute(statement, [{"of": seed, "at": number} for seed, number in numbers.items()])
    tx.audit("seeds.allocated", extract=extract, seeds=len(numbers))


def numbers(connection: Connection, extract: str) -> list[int]:
    """Row numbers of an extract that are seeds."""
    return list(connection.execute(select(_SEED.number).where(_SEED.extract == extract)).scalars())


_UNUSED = (_SEED.kind == "fictitious", _SEED.state == "ready")


def unlike(connection: Connection) -> list[str]:
    """Unused fictitious seeds that were made like no register: there was none yet."""
    return list(connection.execute(select(_SEED.seed).where(*_UNUSED, _SEED.snapshot.is_(None))).scalars())


def like_a_register(connection: Connection) -> int:
    """How many unused fictitious seeds were made like one."""
    return connection.execute(select(func.count()).where(*_UNUSED, _SEED.snapshot.is_not(None))).scalar_one()


def retire(tx: Transaction, seeds: Sequence[str], *, reason: str) -> None:
    """Take unused seeds out of the stock for good (T10)."""
    for part in _parts(seeds):
        tx.execute(update(tables.seed).where(_SEED.seed.in_(part), _SEED.state == "ready").values(state="retired"))
    tx.audit("seeds.retired", seeds=list(seeds), reason=reason)


def standing(connection: Connection) -> list[Row]:
    """Every seed that is not retired, used or not, by id."""
    query = select(tables.seed).where(_SEED.state != "retired").order_by(_SEED.seed)
    return [dict(row) for row in connection.execute(query).mappings()]


def retire_resembled(tx: Transaction, seeds: Sequence[str]) -> tuple[list[str], list[str]]:
    """Retire seeds that somebody in the register resembles, used ones too: they prove nothing any more (T10). Returns
    those that were not retired before, and the extracts that hold such."""
    found: list[Any] = []
    for part in _parts(seeds):
        here = _SEED.seed.in_(part), _SEED.state != "retired"
        found += tx.execute(select(_SEED.seed, _SEED.extract).where(*here)).all()
        tx.execute(update(tables.seed).where(*here).values(state="retired"))
    extracts = sorted({row.extract for row in found if row.extract is not None})
    if found:
        retired = sorted(row.seed for row in found)
        tx.audit("seeds.retired", seeds=retired, extracts=extracts, reason="equals the register")
    return sorted(row.seed for row in found), extracts


def _parts(seeds: Sequence[str]) -> list[list[str]]:
    """As many at a time as a database takes in one list."""
    wanted = sorted(seeds)
    return [wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH)]


def used(connection: Connection, columns: Sequence[str]) -> dict[str, set[Any]]:
    """Values that seeds already have in these columns; a new seed takes none of them."""
    rows = connection.execute(select(*(_SEED[name] for name in columns))).all()
    return {name: {row[place] for row in rows} for place, name in enumerate(columns)}


def of_extract(connection: Connection, extract: str) -> list[Row]:
    """The seeds in an extract, by row number."""
    query = select(tables.seed).where(_SEED.extract == extract).order_by(_SEED.number)
    return [dict(row) for row in connection.execute(query).mappings()]


def seeds(connection: Connection, *, state: str | None = None) -> list[Row]:
    """The stock without names and addresses, oldest first."""
    columns = [_SEED[name] for name in ("seed", "kind", "state", "ready_on", "added_at", "extract", "number")]
    query = select(*columns).order_by(_SEED.added_at, _SEED.seed)
    if state is not None:
        query = query.where(_SEED.state == state)
    return [dict(row) for row in connection.execute(query).mappings()]


def counts(connection: Connection) -> dict[str, int]:
    """Seeds by state."""
    found = connection.execute(select(_SEED.state, func.count()).group_by(_SEED.state)).all()
    return dict.fromkeys(("ready", "allocated", "retired"), 0) | {row[0]: row[1] for row in found}


def record_hit(tx: Transaction, seed: str, *, kind: str, via: str, received_on: date) -> Row:
    """Record that somebody used a seed's row: evidence of whose copy is used, and no ban (R038, R039). Returns it."""
    row = {
        "hit": new_id("hit"), "seed": seed, "kind": kind, "via": via, "received_on": received_on,
        "recorded_at": tx.at, "recorded_by": tx.actor, "answered_as": new_id("ban"),
    }  # fmt: skip
    tx.execute(insert(tables.seed_hit), row)
    tx.audit("seed.hit", hit=row["hit"], seed=seed, kind=kind, via=via)
    return row


def hits(connection: Connection, *, seed: str | None = None, kind: str | None = None) -> list[Row]:
    """What was seen of seeds, the newest first, with the ``extract`` and ``number`` of the row."""
    hit = tables.seed_hit
    query = select(hit, _SEED.extract, _SEED.number).join(tables.seed, _SEED.seed == hit.c.seed)
    query = query.order_by(hit.c.recorded_at.desc(), hit.c.hit)
    if seed is not None:
        query = query.where(hit.c.seed == seed)
    if kind is not None:
        query = query.where(hit.c.kind == kind)
    return [dict(row) for row in connection.execute(query).mappings()]


# --- who wrote to or called them -------------------------------------------------------------------------------------


class Known(NamedTuple):
    """What gives a seed away when it is written to or called. A host's company number is its company's, not its own."""

    seed: str
    state: str
    extract: str | None
    email: str
    mobile: str
    phone: str | None


@dataclass(frozen=True)
class Placement:
    """The extract a seed stands in, and when and how its rows may be used."""

    extract: str
    campaign: str
    channels: list[str]
    starts_at: datetime
    ends_at: datetime
    """The end of the campaign, or its closing if that came earlier."""
    released_at: datetime
    delivered_at: datetime | None
    """When it was first handed over; None: it never left the house."""


def known(connection: Connection) -> list[Known]:
    """Every seed there ever was, by id."""
    return _known(connection, None)


def known_one(connection: Connection, seed: str) -> Known:
    """One seed; raises ``NotFound`` (seed_unknown)."""
    for one in _known(connection, seed):
        return one
    raise NotFound("seed_unknown", seed=seed)


def _known(connection: Connection, seed: str | None) -> list[Known]:
    phone = case((_SEED.kind == "fictitious", _SEED.phone))
    query = select(_SEED.seed, _SEED.state, _SEED.extract, _SEED.email, _SEED.mobile, phone).order_by(_SEED.seed)
    return [Known(*row) for row in connection.execute(query if seed is None else query.where(_SEED.seed == seed))]


def placement(connection: Connection, extract: str) -> Placement:
    """Where the seeds of an extract stand."""
    one, campaign, delivery = tables.extract.c, tables.campaign.c, tables.delivery.c
    first = select(func.min(delivery.delivered_at)).where(delivery.extract == extract).scalar_subquery()
    query = (
        select(
            one.campaign, campaign.channels, campaign.starts_on, campaign.ends_at, campaign.closed_at, one.released_at,
            first.label("delivered_at"),
        )
        .join(tables.campaign, campaign.campaign == one.campaign)
        .where(one.extract == extract)
    )  # fmt: skip
    row = connection.execute(query).one()
    return Placement(
        extract=extract,
        campaign=row.campaign,
        channels=list(row.channels),
        starts_at=day_start(row.starts_on),
        ends_at=row.ends_at if row.closed_at is None else min(row.ends_at, row.closed_at),
        released_at=row.released_at,
        delivered_at=row.delivered_at,
    )


def set_senders(tx: Transaction, campaign: str, senders: Sequence[str]) -> None:
    """The domains and numbers that a campaign is sent from, in place of those before."""
    sender = tables.campaign_sender
    tx.execute(delete(sender).where(sender.c.campaign == campaign))
    rows = [{"campaign": campaign, "sender": one, "declared_at": tx.at} for one in senders]
    if rows:
        tx.execute(insert(sender), rows)
    tx.audit("campaign.senders", campaign=campaign, senders=len(rows))


def senders(connection: Connection, campaign: str) -> list[str]:
    """The domains and numbers that the customer declared for a campaign; empty: it declared none."""
    sender = tables.campaign_sender.c
    query = select(sender.sender).where(sender.campaign == campaign).order_by(sender.sender)
    return list(connection.execute(query).scalars())


def hit_known(connection: Connection, digest: str) -> bool:
    """Whether this message to this seed was recorded before."""
    hit = tables.seed_hit.c
    return connection.execute(select(hit.hit).where(hit.digest == digest)).first() is not None


def record_sighting(tx: Transaction, row: Row) -> str | None:
    """Record that somebody wrote to or called a seed, ``row`` with the columns of the table; returns the id of the hit,
    None when another process recorded the same (R039)."""
    hit = new_id("hit")
    try:
        with tx.connection.begin_nested():
            tx.execute(insert(tables.seed_hit), row | {"hit": hit, "recorded_at": tx.at, "recorded_by": tx.actor})
    except exc.IntegrityError:
        return None
    tx.audit("seed.hit", hit=hit, **{name: row[name] for name in ("seed", "kind", "via", "verdict", "evidence_sha256")})
    return hit


def evidence(connection: Connection) -> dict[str, datetime]:
    """Copies that were kept, by path relative to the home, and when the hit was recorded."""
    hit = tables.seed_hit.c
    rows = connection.execute(select(hit.evidence, hit.recorded_at).where(hit.evidence.is_not(None)))
    return {row.evidence: row.recorded_at for row in rows}
