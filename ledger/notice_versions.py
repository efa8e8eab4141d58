"""Versions of the notice to registered persons: the texts as sent, what changed, and from when each holds (R098)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.clock import helsinki_day
from core.errors import InvalidInput, NotFound, Refused
from ledger import tables
from ledger.engine import Transaction

Row = dict[str, Any]


def file(
    tx: Transaction,
    *,
    texts: Mapping[str, str],
    facts: Mapping[str, Any],
    changed: Sequence[str],
    material: bool,
    effective_on: date,
    today: date,
    wait_days: int,
) -> int:
    """File the next version; returns its number.

    A material change takes effect only after the persons can have been told of it: raises ``Refused``
    (notice_effect_early) when less than ``wait_days`` lie between today and ``effective_on`` (R098). The first version
    changes nothing. Raises ``InvalidInput`` (date_past) for a day gone by.
    """
    if effective_on < today:
        raise InvalidInput("date_past", field="effective")
    version = (tx.execute(select(func.max(tables.notice_version.c.version))).scalar_one() or 0) + 1
    earliest = today + timedelta(days=wait_days)
    if material and version > 1 and effective_on < earliest:
        raise Refused("notice_effect_early", parts=", ".join(changed), earliest=earliest)
    tx.execute(
        insert(tables.notice_version),
        {
            "version": version, "texts": dict(texts), "facts": dict(facts), "changed": list(changed),
            "material": material and version > 1, "effective_on": effective_on, "filed_at": tx.at,
            "filed_by": tx.actor,
        },
    )  # fmt: skip
    tx.audit("notice.version_filed", version=version, material=material and version > 1, changed=list(changed))
    return version


def versions(connection: Connection) -> list[Row]:
    """All versions, the newest first, without their texts."""
    table = tables.notice_version
    columns = [column for column in table.c if column.name != "texts"]
    return [dict(row) for row in connection.execute(select(*columns).order_by(table.c.version.desc())).mappings()]


def latest(connection: Connection) -> Row | None:
    """The newest version, in effect or not: what is sent now. None before the first."""
    table = tables.notice_version
    row = connection.execute(select(table).order_by(table.c.version.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else dict(row)


def show(connection: Connection, version: int) -> Row:
    """One version with its texts; raises ``NotFound`` (notice_version_unknown)."""
    table = tables.notice_version
    row = connection.execute(select(table).where(table.c.version == version)).mappings().one_or_none()
    if row is None:
        raise NotFound("notice_version_unknown", version=version)
    return dict(row)


def last_material(connection: Connection) -> int:
    """The newest material version, in effect or still to come; 1 when nothing material ever changed."""
    table = tables.notice_version.c
    return connection.execute(select(func.max(table.version)).where(table.material)).scalar_one() or 1


def material_in_effect(connection: Connection, *, today: date) -> int:
    """The newest material version that holds today: only whoever was told of it may be cut; 1 when there is none."""
    table = tables.notice_version.c
    query = select(func.max(table.version)).where(table.material, table.effective_on <= today)
    return connection.execute(query).scalar_one() or 1


def told_since(connection: Connection, *, today: date) -> date | None:
    """The day the material version in effect was filed: only from then on a source's word counts. None: always."""
    version = material_in_effect(connection, today=today)
    return None if version == 1 else helsinki_day(show(connection, version)["filed_at"])
