"""Extracts in the ledger: what was released, its files, its deliveries. The row is a release's commit point (R032)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from core.clock import helsinki_day
from core.errors import Conflict, InvalidTransition, NotFound
from core.ids import new_id
from ledger import orders, tables
from ledger.engine import Transaction

Row = dict[str, Any]

TRANSITIONS: Mapping[tuple[str, str], str] = {("released", "void"): "void", ("released", "revoked"): "revoked"}
"""(state, event) → new state."""


def extract(connection: Connection, extract: str) -> Row:
    """One extract; raises ``NotFound``."""
    row = connection.execute(select(tables.extract).where(tables.extract.c.extract == extract)).mappings().one_or_none()
    if row is None:
        raise NotFound("extract_unknown", extract=extract)
    return dict(row)


def lock(tx: Transaction, extract: str) -> None:
    """Hold an extract's row for the rest of the transaction."""
    tx.execute(select(tables.extract.c.extract).where(tables.extract.c.extract == extract).with_for_update())


def extract_of(connection: Connection, order: str) -> str | None:
    """The extract an order was cut as, if it was; of continuous use the first delivery."""
    return (
        connection.execute(
            select(tables.extract.c.extract).where(tables.extract.c.order == order).order_by(tables.extract.c.part)
        )
        .scalars()
        .first()
    )


def extracts(connection: Connection, *, campaign: str | None = None, customer: str | None = None) -> list[Row]:
    """Extracts, newest first."""
    query = select(tables.extract).order_by(tables.extract.c.released_at.desc(), tables.extract.c.extract)
    if campaign is not None:
        query = query.where(tables.extract.c.campaign == campaign)
    if customer is not None:
        query = query.where(tables.extract.c.customer == customer)
    return [dict(row) for row in connection.execute(query).mappings()]


def disclosed(connection: Connection, customer: str) -> list[Row]:
    """A customer's extracts that are neither void nor unlinked, oldest first, with ``campaign, manifest,
    released_at``."""
    table = tables.extract.c
    query = (
        select(table.extract, table.campaign, table.manifest, table.released_at)
        .where(table.customer == customer, table.state != "void", table.unlinked_at.is_(None))
        .order_by(table.released_at, table.extract)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def running(connection: Connection, *, now: datetime, days: int) -> dict[str, list[str]]:
    """Campaigns that are running, ended at most ``days`` ago or start at most ``days`` from now, with the manifests of
    their extracts that are not void or unlinked."""
    extract, campaign = tables.extract.c, tables.campaign.c
    span = timedelta(days=days)
    query = (
        select(extract.campaign, extract.manifest)
        .join(tables.campaign, campaign.campaign == extract.campaign)
        .where(extract.state != "void", extract.unlinked_at.is_(None))
        .where(campaign.ends_at >= now - span, campaign.starts_on <= helsinki_day(now + span))
        .where(or_(campaign.closed_at.is_(None), campaign.closed_at >= now - span))
        .order_by(extract.campaign, extract.manifest)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.campaign, []).append(row.manifest)
    return found


def files(connection: Connection, extract: str) -> list[Row]:
    """The files of an extract, its licence card included (format ``licence``)."""
    query = (
        select(tables.extract_file).where(tables.extract_file.c.extract == extract).order_by(tables.extract_file.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def manifests(connection: Connection) -> set[str]:
    """Paths of all manifests that an extract points at, relative to the home."""
    return set(connection.execute(select(tables.extract.c.manifest)).scalars())


def record(tx: Transaction, *, extract: Row, files: Sequence[Row]) -> None:
    """Record a release and take its order to ``cut``. ``extract`` has all columns but state, time and actor.

    Raises ``Conflict`` (extract_exists) when the order was cut before: a double click makes no second extract (T17).
    """
    earlier = extract_of(tx.connection, extract["order"])
    if earlier is not None:
        raise Conflict("extract_exists", order=extract["order"], extract=earlier)
    orders.happen(tx, extract["order"], event="cut", ids={"extract": extract["extract"]})
    record_part(tx, extract=extract, files=files)


def record_part(tx: Transaction, *, extract: Row, files: Sequence[Row]) -> None:
    """Record a release of a standing order, which stays as it is until the first part is handed over. ``extract`` also
    has its ``part``."""
    tx.execute(insert(tables.extract), extract | {"state": "released", "released_at": tx.at, "released_by": tx.actor})
    tx.execute(insert(tables.extract_file), [file | {"extract": extract["extract"]} for file in files])
    tx.audit(
        "extract.released",
        **{
            name: extract[name]
            for name in (
                "extract",
                "order",
                "campaign",
                "customer",
                "snapshot",
                "fence",
                "rows",
                "persons",
                "seeds",
                "manifest_sha256",
            )
        },
    )


def end(tx: Transaction, extract_id: str, *, event: str, reason: str) -> None:
    """Make an extract ``void`` (never fetchable) or ``revoked``; raises ``InvalidTransition``."""
    row = tx.one(select(tables.extract).where(tables.extract.c.extract == extract_id).with_for_update())
    if row is None:
        raise NotFound("extract_unknown", extract=extract_id)
    state = TRANSITIONS.get((row["state"], event))
    if state is None:
        raise InvalidTransition("transition_invalid", kind="extract", id=extract_id, state=row["state"], event=event)
    tx.execute(update(tables.extract).where(tables.extract.c.extract == extract_id).values(state=state))
    of_order = {"void": "voided"}.get(event, event)
    standing = tx.one(select(tables.subscription.c.order).where(tables.subscription.c.order == row["order"]))
    if standing is None and orders.may(tx, row["order"], event=of_order):  # an order that was disposed of stays so
        orders.happen(tx, row["order"], event=of_order, reason=reason, ids={"extract": extract_id})
    tx.audit(f"extract.{event}", extract=extract_id, reason=reason)


def record_delivery(tx: Transaction, *, extract: str, files: Sequence[str], encrypted: bool, fence: int) -> str:
    """Record that files of an extract were handed over; returns the delivery's id."""
    delivery = new_id("delivery")
    tx.execute(
        insert(tables.delivery),
        {
            "delivery": delivery,
            "extract": extract,
            "files": list(files),
            "encrypted": encrypted,
            "fence": fence,
            "delivered_at": tx.at,
            "delivered_by": tx.actor,
        },
    )
    order = tx.execute(select(tables.extract.c.order).where(tables.extract.c.extract == extract)).scalar_one()
    if orders.may(tx, order, event="cut"):  # a standing order is cut for good with its first delivery
        orders.happen(tx, order, event="cut", ids={"extract": extract})
    orders.happen(tx, order, event="delivered", ids={"delivery": delivery})
    tx.audit(
        "extract.delivered", delivery=delivery, extract=extract, files=list(files), encrypted=encrypted, fence=fence
    )
    return delivery


def deliveries(connection: Connection, extract: str) -> list[Row]:
    """When and by whom an extract was handed over, oldest first."""
    query = select(tables.delivery).where(tables.delivery.c.extract == extract).order_by(tables.delivery.c.delivered_at)
    return [dict(row) for row in connection.execute(query).mappings()]
