"""The keyed hashes of bans: what they are made of, and which of them stop an import, a publish or a release (R019).

A key's grade says what a match means:

* ``firm``: the one who is meant; rows with it are not stored (R020)
* ``shared``: an address that several persons use; it is out, and all who use it are held until somebody decides (T04)
* ``address``: the address is out, whoever uses it is not (T05)
* ``review``: whoever fits is held, never silently dropped and never silently let through (T02, T03)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Select, and_, or_, select

from core.identity import fold_name
from ledger import tables

KINDS = ("email", "phone", "name_org", "name_orgname", "name_municipality", "organisation")
"""Kinds of key that an imported row can have."""
REVIEWED = ("name", "near", "near_place")
"""Kinds that are looked for among newcomers of a publish alone: a namesake elsewhere, and nearly the same name in the
same organisation, whose place is keyed apart so that nobody else's name needs to be spelt out."""
GRADES = ("firm", "shared", "address", "review")
SCHEMA = pa.schema(
    [
        ("ban", pa.string()),
        ("kind", pa.string()),
        ("key", pa.binary()),
        ("key_id", pa.string()),
        ("grade", pa.string()),
        ("channel", pa.string()),
        ("fence", pa.int64()),
    ]
)
_SPELT_OUT = re.compile("(?<=[aou])e")


def name_tokens(first_name: str, last_name: str) -> str:
    """The order-free name part of a key: folded tokens, sorted; ``ae, oe, ue`` written for ä, ö, ü fold alike.

    ``sql/name_tokens.sql`` is the same in SQL."""
    folded = fold_name(f"{first_name} {last_name}") or ""
    return " ".join(sorted(_SPELT_OUT.sub("", folded).split()))


def key_message(kind: str, *parts: str) -> bytes:
    """What is keyed with the suppression key, e.g. ``email:…`` or ``name_org:tokens|1234567-8``."""
    return f"{kind}:{'|'.join(parts)}".encode()


def in_force(channels: Sequence[str] | None) -> Any:
    """Bans that stand; with ``channels``, those that concern at least one of them."""
    standing = tables.ban.c.lifted_at.is_(None)
    if channels is None:
        return standing
    return and_(standing, or_(tables.ban.c.channel.is_(None), tables.ban.c.channel.in_(list(channels))))


def suppression_keys(connection: Connection) -> pa.Table:
    """Keys (``SCHEMA``) that stop an import: the firm ones of bans on a whole person or organisation.

    A ban narrowed to one channel, position or address is not here: its person may stay in the register. Nor is a
    restriction: its data are neither changed nor deleted (R062).
    """
    key, ban = tables.ban_key.c, tables.ban.c
    query = _keys().where(
        in_force(None),
        key.grade == "firm",
        ban.channel.is_(None),
        ban.target.in_(("person", "organisation")),
        ban.kind != "restriction",
    )
    return _table(connection, query)


def standing_keys(connection: Connection, *, newer_than: int | None = None) -> pa.Table:
    """All keys of all standing bans: a publish finds again whom they hit. ``newer_than`` is a fence value."""
    query = _keys().where(in_force(None))
    if newer_than is not None:
        query = query.where(tables.ban.c.fence > newer_than)
    return _table(connection, query)


def release_keys(connection: Connection, *, channels: Sequence[str], newer_than: int | None = None) -> pa.Table:
    """Keys that no cell of a file for these channels may have; an address only where its channel is used."""
    key = tables.ban_key.c
    addresses = [kind for kind in ("email", "phone") if kind in channels]
    query = _keys().where(
        in_force(channels),
        or_(key.grade == "firm", and_(key.grade.in_(("shared", "address")), key.kind.in_(addresses))),
    )
    if newer_than is not None:
        query = query.where(tables.ban.c.fence > newer_than)
    return _table(connection, query)


def _keys() -> Select[Any]:
    key, ban = tables.ban_key.c, tables.ban.c
    return (
        select(key.ban, key.kind, key.key, key.key_id, key.grade, ban.channel, ban.fence)
        .join(tables.ban, ban.ban == key.ban)
        .order_by(ban.fence, key.kind, key.key)
    )


def _table(connection: Connection, query: Select[Any]) -> pa.Table:
    rows = connection.execute(query).all()
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
