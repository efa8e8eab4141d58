"""The personal text of given positions. Imported by ``extracts.gate`` alone: rows leave through the gate (R013)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import pyarrow as pa

import sql
from core.errors import StoreError


class Register(Protocol):
    """A job's handle on one snapshot: read-only, locked down, HMAC macros installed."""

    @property
    def snapshot(self) -> str: ...

    @property
    def connection(self) -> duckdb.DuckDBPyConnection: ...


@contextmanager
def lent(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Lend Arrow tables to the connection under their names; DuckDB's refusals become ``StoreError``."""
    try:
        for name, table in tables.items():
            connection.register(name, table)
        yield
    except duckdb.Error as error:
        raise StoreError("snapshot_failed", reason=type(error).__name__) from error
    finally:
        for name in tables:
            connection.unregister(name)


def query(connection: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any] | None = None) -> pa.Table:
    """Run one statement of ``sql/`` with its values bound."""
    return connection.sql(sql.load(statement), params=dict(values or {})).to_arrow_table()


def personal_rows(
    register: Register,
    positions: pa.Table,
    *,
    subject: Sequence[str],
    channels: Sequence[str],
    asked: Sequence[str] = (),
) -> pa.Table:
    """The text fields of ``positions(position INT32, person INT32, org INT32, delivered BOOL)``.

    One row per position found: ids, the random nonces of position (``unit``), person and organisation, folded
    names, every column that an extract may have, all text (``responsibilities``: codes joined by ``;``), and
    ``fits BOOL``: whether it has a responsibility or purchasing area of the campaign's ``subject`` (R028). For the
    marks: ``parallel_names`` (joined by U+001E), ``spare_areas`` (responsibilities that are neither of the subject nor
    ``asked`` for) and ``spare_phone`` ("1": everybody of the company here has a mobile number). The order is not
    promised. Columns that a channel alone justifies are null without it. Raises ``StoreError``.
    """
    kept = [*subject, *asked]
    values = {"subject": list(subject), "kept": kept, "post": "post" in channels, "phone": "phone" in channels}
    with lent(register.connection, wanted=positions):
        return query(register.connection, "register/rows_personal", values)


def cell_sources(register: Register, positions: pa.Table, *, controller: str) -> pa.Table:
    """Where the cells of ``positions(position INT32, …)`` are from: ``position``, and per group of cells (see
    ``extracts.gate.provenance``) ``<group>_source TEXT`` and ``<group>_date DATE``; no internal id.

    ``controller`` is named where a cell was corrected by it. Raises ``StoreError``.
    """
    with lent(register.connection, wanted=positions.select(["position"])):
        return query(register.connection, "register/rows_sources", {"controller": controller})


def care_rows(register: Register, wanted: pa.Table, *, voided: pa.Table, values: Mapping[str, Any]) -> pa.Table:
    """What the register knows of ``wanted(row INT64, org INT32, position INT32)``: one line a row found, see
    ``register/rows_care``. Raises ``StoreError``."""
    with lent(register.connection, wanted=wanted, voided_notice=voided):
        return query(register.connection, "register/rows_care", values)


def care_seats(
    register: Register, wanted: pa.Table, *, blocked: Mapping[str, pa.Table], values: Mapping[str, Any]
) -> pa.Table:
    """``row, source, date`` of those of ``wanted(row, org, title, person)``, both folded, whose seat another holds."""
    with lent(register.connection, wanted=wanted, **blocked):
        return query(register.connection, "register/rows_care_seat", values)


def care_successors(register: Register, wanted: pa.Table, *, blocked: pa.Table, controller: str) -> pa.Table:
    """``row, business_id, source, date`` of those of ``wanted(row, org)`` that another organisation came after."""
    with lent(register.connection, wanted=wanted, gate_organisations=blocked):
        return query(register.connection, "register/rows_care_successor", {"controller": controller})


def care_people(register: Register, wanted: pa.Table) -> pa.Table:
    """``position, name, title`` of ``wanted(position)``, all of whom may be told of. Raises ``StoreError``."""
    with lent(register.connection, wanted=wanted):
        return query(register.connection, "register/rows_care_people")


def care_faces(register: Register, wanted: pa.Table, *, blocked: pa.Table) -> pa.Table:
    """``org, name, city`` of ``wanted(org)``, but for organisations in ``blocked(id)``. Raises ``StoreError``."""
    with lent(register.connection, wanted=wanted, gate_organisations=blocked):
        return query(register.connection, "register/rows_care_face")
