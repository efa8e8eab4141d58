"""Nothing banned is stored: every chunk passes the suppression keys before a row, or a reason, is written (R020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.identity import fold_names
from core.keys import Key
from ledger.ban_keys import KINDS

_NEED_ORGANISATIONS = {"name_municipality", "name_orgname"}
_TRADE_WORDS = r"\b(tmi|toiminimi|fma|firma)\b"
_CANDIDATE = ("email", "phone", "name_fold", "business_id", "municipality", "whole")


class Screen:
    """Answers which rows of a frame are banned. Holds one private DuckDB connection per worker."""

    def __init__(
        self, keys: pa.Table, ring: Mapping[str, Key], organisation_files: Sequence[Path], *, workers: int
    ) -> None:
        """``keys`` as of ``ledger.suppression.import_keys``, ``ring`` the key of each of their ``key_id``; the files
        are the live loads of organisations."""
        self._rounds = [_round(keys.filter(pc.equal(keys["key_id"], key_id)), key) for key_id, key in ring.items()]
        self._connections: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        if not self._rounds:
            return
        present = set(keys["kind"].unique().to_pylist())
        known = _known_organisations(organisation_files if present & _NEED_ORGANISATIONS else ())
        for _ in range(workers):
            connection = duckdb.connect(config={"threads": 1})
            for macro in ("hmac_hex", "name_tokens"):
                connection.execute(sql.load(macro))
            connection.register("suppression_key", keys.select(["kind", "key", "key_id"]))
            connection.register("organisation", known)
            self._connections.put(connection)

    def passes(self, frame: pa.Table, *, kind: str) -> pa.Array:
        """A mask: true for rows that may be stored. Runs on frames, so keys and cells are normalised alike."""
        if not self._rounds:
            return pa.repeat(True, frame.num_rows)
        candidate = _positions(frame) if kind == "positions" else _organisations(frame)
        with self._connection() as connection:
            connection.register("candidate", candidate)
            banned = pa.concat_tables(
                connection.sql(sql.load("register/load_suppressed"), params=values).to_arrow_table()
                for values in self._rounds
            )
            connection.unregister("candidate")
        return pc.invert(pc.is_in(candidate.column("i"), banned.column("i").combine_chunks()))

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._connections.get()
        try:
            yield connection
        finally:
            self._connections.put(connection)

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._connections.empty():
            self._connections.get().close()


def _round(keys: pa.Table, key: Key) -> dict[str, object]:
    """What one suppression key's look at the rows is bound to: which kinds it has, and its pads."""
    present = set(keys["kind"].unique().to_pylist())
    pads = dict(zip(("inner_pad", "outer_pad"), key.pads, strict=True))
    return {kind: kind in present for kind in KINDS} | pads | {"key_id": key.key_id}


def _known_organisations(files: Sequence[Path]) -> pa.Table:
    if not files:
        return pa.table({name: pa.array([], pa.string()) for name in ("business_id", "name_fold", "municipality")})
    with duckdb.connect() as connection:
        statement = sql.load("register/load_known_organisations")
        known = connection.sql(statement, params={"files": [str(file) for file in files]}).to_arrow_table()
    return known.select(["business_id", "municipality"]).append_column("name_fold", fold_names(known.column("name")))


def _candidate(columns: dict[str, pa.Array], rows: int) -> pa.Table:
    return pa.table({"i": pa.array(range(rows), pa.int32())} | {name: columns[name] for name in _CANDIDATE})


def _positions(frame: pa.Table) -> pa.Table:
    return _candidate({
        "email": frame.column("email"), "phone": frame.column("mobile"), "name_fold": frame.column("name_fold"),
        "business_id": frame.column("business_id"), "municipality": frame.column("postal_municipality"),
        "whole": pa.repeat(True, frame.num_rows),
    }, frame.num_rows)  # fmt: skip


def _organisations(frame: pa.Table) -> pa.Table:
    """Only sole traders are persons: their name, phone and organisation keys count, nobody else's (R010)."""
    person = pc.equal(frame.column("sole_trader"), 1)

    def own(column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.if_else(person, column, None)

    return _candidate({
        "email": pa.nulls(frame.num_rows, pa.string()), "phone": own(frame.column("phone")),
        "name_fold": own(_person_names(frame.column("name"))), "business_id": own(frame.column("business_id")),
        "municipality": own(frame.column("municipality")), "whole": person,
    }, frame.num_rows)  # fmt: skip


def _person_names(names: pa.ChunkedArray) -> pa.Array:
    """The match keys of traders' names, without the words that only say that it is a trade name."""
    return fold_names(pc.replace_substring_regex(fold_names(names), _TRADE_WORDS, ""))
