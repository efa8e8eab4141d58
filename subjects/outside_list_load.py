"""Loading an outside prohibition list: read whole, keyed, resolved against the register, then made the one that counts.

A list that cannot be read to its last row, that is empty or that shrank is refused, and the last good one stays: a
failed transfer must not free anybody (R025, T22).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

import sql
from core.errors import FileRejected, InvalidInput, Refused
from core.files import remove, store_by_content, storing
from core.identity import normalise_business_ids, normalise_emails, normalise_phones
from core.ids import new_id
from core.keys import Key
from ledger import ban_keys, bans, outside_lists, snapshots
from ledger.outside_lists import KEY_KINDS, Row
from ledger.store import Store
from register.query import open_register
from register.suppress import suppressed, with_held
from schemas import codes
from subjects.recipients_told import tell_bans

KINDS = tuple(KEY_KINDS)
_NORMALISE = {"email": normalise_emails, "phone": normalise_phones, "business-id": normalise_business_ids}
_SHRUNK = 0.8


@dataclass(frozen=True)
class ListFile:
    """A list as its keeper gave it: one value of ``kind`` a row, clear or in normal form."""

    path: Path
    name: str
    kind: str
    dated_on: date
    valid_days: int
    channel: str | None = None
    column: str | None = None


def load_list(store: Store, file: ListFile, *, confirmed_by: str | None = None) -> dict[str, Any]:
    """Load a list: ``{"list", "ban", "rows", "before", "matched", "dated_on", "valid_until", "fence"}``.

    Raises ``InvalidInput`` (value_unknown, date_future, list_row_invalid naming the row), ``FileRejected``, and
    ``Refused`` (list_shrank) for an empty list or one with less than 80 % of the last one's rows, unless a second
    person confirms it. Nothing is changed then.
    """
    _check(store, file)
    values = _NORMALISE[file.kind](_read(file))
    if values.null_count:
        row = pc.index(pc.is_null(values), True).as_py() + 1
        raise InvalidInput("list_row_invalid", file=file.path.name, row=row, kind=file.kind)
    values = pc.unique(values)
    with store.ledger.read() as connection:
        last = outside_lists.current_of(connection, file.name)
    _check_size(store, file, len(values), last, confirmed_by)
    key = store.key("suppression")
    data, digest = _keep(store, _keyed(values, KEY_KINDS[file.kind], key))
    version = {
        "list": file.name, "kind": file.kind, "dated_on": file.dated_on, "valid_days": file.valid_days,
        "rows": len(values), "data": store.relative(data), "data_sha256": digest, "key_id": key.key_id,
        "confirmed_by": confirmed_by,
    }  # fmt: skip
    ban, matched, fence = _record(store, version, pq.read_table(data)["key"], channel=file.channel)
    tell_bans(store)
    return {
        "list": file.name, "ban": ban, "rows": len(values), "before": last["rows"] if last else None,
        "matched": matched, "dated_on": file.dated_on, "valid_until": outside_lists.valid_until(version),
        "fence": fence,
    }  # fmt: skip


def status(store: Store) -> list[Row]:
    """Every list that counts: ``list, kind, channel, rows, dated_on, valid_until, state``; state ``valid``, ``warned``
    (outdated, still used) or ``refused`` (cuts and deliveries are refused because of it)."""
    with store.ledger.read() as connection:
        rows = outside_lists.current(connection)
    grace = store.settings.list_grace_days
    return [
        {name: row[name] for name in ("list", "kind", "channel", "rows", "dated_on")}
        | {
            "valid_until": outside_lists.valid_until(row),
            "state": outside_lists.state(row, today=store.today(), grace_days=grace),
        }
        for row in rows
    ]


def _check(store: Store, file: ListFile) -> None:
    if not file.name.strip():
        raise InvalidInput("value_missing", field="list")
    for field, value, allowed in (("kind", file.kind, KINDS), ("channel", file.channel or "email", codes.CHANNELS)):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    if file.dated_on > store.today():
        raise InvalidInput("date_future", field="date")


def _check_size(store: Store, file: ListFile, rows: int, last: Row | None, confirmed_by: str | None) -> None:
    before = last["rows"] if last else 0
    if rows and rows >= _SHRUNK * before:
        return
    if not (confirmed_by or "").strip() or confirmed_by == store.actor:
        raise Refused("list_shrank", list=file.name, rows=rows, before=before)


def _read(file: ListFile) -> pa.ChunkedArray:
    """The values, one per row; a first line without a value's tell-tale sign (@, a digit) is the header."""
    try:
        with file.path.open(encoding="utf-8-sig") as opened:
            first = opened.readline()
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.path.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=file.path.name, row=1, encoding="UTF-8") from error
    if not first:
        return pa.chunked_array([], pa.string())
    told = "@" in first if file.kind == "email" else any(map(str.isdigit, first))
    header = bool(first.strip()) and not told
    names = None if header else [f"c{n}" for n in range(first.count(_delimiter(first)) + 1)]
    try:
        table = pacsv.read_csv(
            file.path,
            read_options=pacsv.ReadOptions(column_names=names),
            parse_options=pacsv.ParseOptions(delimiter=_delimiter(first), ignore_empty_lines=False),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names or _names(first), pa.string()), strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise FileRejected("file_damaged", file=file.path.name, reason="rows of different length") from error
    column = file.column or (table.column_names[0] if len(table.column_names) == 1 else file.kind.replace("-", "_"))
    if column not in table.column_names:
        raise FileRejected("file_columns_missing", file=file.path.name, columns=column)
    return table[column].cast(pa.string())


def _delimiter(line: str) -> str:
    return next((sign for sign in (";", "\t") if sign in line), ",")


def _names(line: str) -> list[str]:
    return [name.strip().strip('"') for name in line.strip().split(_delimiter(line))]


def _keyed(values: pa.Array, kind: str, key: Key) -> pa.Table:
    """The values as keyed hashes, in the hashes' order: nothing of the list's own order is left."""
    inner, outer = key.pads
    with duckdb.connect() as connection:
        connection.execute(sql.load("hmac_hex"))
        connection.register("listed", pa.table({"value": values}))
        statement = sql.load("register/list_keys")
        return connection.sql(statement, params={"inner": inner, "outer": outer, "kind": kind}).to_arrow_table()


def _keep(store: Store, keys: pa.Table) -> tuple[Path, str]:
    workshop = store.home.staging / new_id("list")
    with storing(workshop):
        store.home.suppression.mkdir(parents=True, exist_ok=True, mode=0o700)
        workshop.mkdir(mode=0o700)
        try:
            pq.write_table(keys, workshop / "keys.parquet", compression="none")
            return store_by_content(workshop / "keys.parquet", store.home.suppression, suffix=".parquet")
        finally:
            remove(workshop)


def _record(store: Store, version: Row, stored: pa.ChunkedArray, *, channel: str | None) -> tuple[str, int, int]:
    rows = len(stored)
    constants = {
        "ban": "", "kind": KEY_KINDS[version["kind"]], "key_id": version["key_id"], "grade": "listed",
        "channel": channel, "fence": 0,
    }  # fmt: skip
    columns = [
        stored.cast(pa.binary()) if name == "key" else pa.repeat(pa.scalar(constants[name], type_), rows)
        for name, type_ in zip(ban_keys.SCHEMA.names, ban_keys.SCHEMA.types, strict=True)
    ]
    keys = pa.Table.from_arrays(columns, schema=ban_keys.SCHEMA)
    while True:
        with store.ledger.read() as connection:
            snapshot = snapshots.current(connection)
        hits: list[tuple[str, int, bool]] = []
        if snapshot is not None and rows:
            with open_register(store, holder="list", snapshot=snapshot) as register:
                found = suppressed(register.connection, keys, store, since=None)
            hits = [(target, subject, held) for _, target, subject, held, _ in with_held(found)]
        with store.write() as tx:
            bans.lock_fence(tx)
            if snapshots.current(tx.connection) != snapshot:
                tx.abandon()  # published meanwhile: resolve against the new snapshot
                continue
            ban = outside_lists.record_version(tx, version=version, channel=channel, hits=hits)
            return ban, len(hits), bans.fence_value(tx.connection)
