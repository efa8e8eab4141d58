"""What a customer has already, by its own list: read once, kept as sealed digests until the cut, and never as a file.

A list names organisations (Y-tunnus, web or e-mail domain, name with postal code) or persons (e-mail address), in the
clear or hashed. Of it stay the file's digest, its number of lines and how many rows it left out; the digests that the
cut needs are sealed with a key and go with the cut, or when the order comes to nothing (R031).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import sql
from core.errors import FileRejected
from core.files import sha256_file
from core.identity import fold_names, normalise_business_ids, normalise_emails
from core.keys import Key, Words
from extracts.trace.reading import Sheet, read_sheets
from ledger import own_lists
from ledger.engine import Connection, Transaction
from ledger.store import Store
from schemas import codes
from schemas.criteria import Exclusions

KINDS = ("business", "domain", "name", "email")
"""What a line may name; the first three name organisations."""
_HASH = re.compile(r"[0-9a-f]{64}")
_DOMAIN = r"^\s*(https?://)?[A-Za-z0-9åäöÅÄÖ-]+(\.[A-Za-z0-9åäöÅÄÖ-]+)*\.[A-Za-z]{2,}([:/?#]\S*)?\s*$"
_POSTCODE = r"^\s*[0-9]{3,5}\s*$"
"""Workbooks lose leading zeros."""
_NAMES = frozenset(
    "nimi yritys yrityksen_nimi yritysnimi organisaatio organisaation_nimi asiakas asiakkaan_nimi toiminimi"
    " name company company_name organisation organisation_name organization customer account account_name"
    " namn företag företagsnamn organisationsnamn kund".split()
)
_POSTCODES = frozenset(
    "postinumero postinro postnro pnro käyntipostinumero visiting_postcode postal_postcode postcode postal_code"
    " zip zip_code zipcode postnummer postnr".split()
)
_SCHEMA = pa.schema([("kind", pa.string()), ("text", pa.string()), ("postcode", pa.string())])


@dataclass(frozen=True)
class OwnList:
    """One list: what is told of it for ever, and the digests that only the cut needs."""

    key: str
    """Which key of ``exclude`` named it."""
    sha256: str
    lines: int
    digests: Mapping[str, Words] = field(repr=False)

    @property
    def recognised(self) -> dict[str, int]:
        """How many different values of each kind."""
        return {kind: len(found) for kind, found in self.digests.items() if len(found)}


def read(wanted: Exclusions) -> list[OwnList]:
    """The lists that the criteria name. Raises ``FileRejected``: file_missing, file_empty, suspect_unreadable,
    file_nothing_recognised, file_not_a_hash (with its row)."""
    return [
        _hashes(Path(path)) if key == "hashes_file" else _listed(key, Path(path)) for key, path in wanted.files.items()
    ]


def merged(lists: Sequence[OwnList]) -> dict[str, Words]:
    """The digests of several lists together, by kind."""
    parts = {kind: [one.digests[kind] for one in lists if kind in one.digests] for kind in KINDS}
    return {kind: np.concatenate(found) if len(found) > 1 else found[0] for kind, found in parts.items() if found}


def keep(store: Store, tx: Transaction, order: str, lists: Sequence[OwnList]) -> None:
    """Record the lists of an order, their digests sealed."""
    key = _seal(store)
    for one in lists:
        facts = {"sha256": one.sha256, "lines": one.lines, "recognised": one.recognised}
        own_lists.keep(tx, order=order, key=one.key, facts=facts, digests=key.seal(packed(one.digests)))


def replace(store: Store, tx: Transaction, order: str, lists: Sequence[OwnList]) -> None:
    """Record other lists, or none, in the place of those that an order had."""
    own_lists.drop(tx, order)
    keep(store, tx, order, lists)


def counted(tx: Transaction, order: str, *, left_out: int) -> None:
    """Record how many selected rows an order's lists take away."""
    own_lists.counted(tx, order, left_out=left_out)


def kept(store: Store, connection: Connection, order: str) -> list[OwnList]:
    """The lists of an order that is not cut yet."""
    key = _seal(store)
    return [
        OwnList(row["key"], row["sha256"], row["lines"], unpacked(key.unseal(row["digests"])))
        for row in own_lists.kept(connection, order)
        if row["digests"] is not None
    ]


def told(connection: Connection, order: str) -> list[dict[str, Any]]:
    """What stays of an order's lists: digest, lines, what was recognised, how many rows they left out (R031)."""
    names = ("key", "sha256", "lines", "recognised", "left_out", "kept_at", "gone_at")
    return [{name: row[name] for name in names} for row in own_lists.kept(connection, order)]


# --- reading ----------------------------------------------------------------------------------------------------------


def _listed(key: str, path: Path) -> OwnList:
    sheets = read_sheets(path)
    found = [part for sheet in sheets for part in _named(sheet, persons=key == "persons_file")]
    digests = _digests(pa.concat_tables(found)) if found else {}
    if not digests:
        raise FileRejected("file_nothing_recognised", file=path.name)
    return OwnList(key, sha256_file(path), sum(sheet.cells.num_rows for sheet in sheets), digests)


def _named(sheet: Sheet, *, persons: bool) -> list[pa.Table]:
    """What a table's cells name, column by column; an e-mail address names an organisation by its domain."""
    columns = [column.combine_chunks() for column in sheet.cells.columns]
    found = []
    for column in columns:
        mails = normalise_emails(column).drop_null()
        if persons:
            found.append(_part("email", mails))
            continue
        at = pc.replace_substring_regex(mails, "^[^@]*@", "")
        sites = pc.filter(column, pc.fill_null(pc.match_substring_regex(column, _DOMAIN), False))
        found.append(_part("business", normalise_business_ids(column).drop_null()))
        found.append(_part("domain", _private(pa.concat_arrays([at, sites]))))
    return found if persons else [*found, *_names(columns)]


def _private(domains: pa.Array) -> pa.Array:
    public = pa.array(sorted(codes.public_mail_domains()), pa.string())
    return pc.filter(domains, pc.invert(pc.is_in(pc.utf8_lower(domains), public)))


def _names(columns: Sequence[pa.Array]) -> list[pa.Table]:
    """Names beside postal codes, where the first row says which column is which."""
    header = [(column[0].as_py() or "").strip().casefold().replace(" ", "_").replace("-", "_") for column in columns]
    named = next((column for column, title in zip(columns, header, strict=True) if title in _NAMES), None)
    if named is None:
        return []
    folds = fold_names(named)
    found = []
    for column, title in zip(columns, header, strict=True):
        if title in _POSTCODES:
            whole = pc.fill_null(pc.match_substring_regex(column, _POSTCODE), False)
            postcodes = pc.utf8_lpad(pc.utf8_trim_whitespace(pc.filter(column, whole)), 5, "0")
            found.append(_part("name", pc.filter(folds, whole), postcodes))
    return found


def _part(kind: str, texts: pa.Array, postcodes: pa.Array | None = None) -> pa.Table:
    empty = pa.nulls(len(texts), pa.string())
    columns = [pa.array([kind], pa.string()).take(pa.array([0] * len(texts), pa.int32())), texts, postcodes]
    return pa.table([column if column is not None else empty for column in columns], schema=_SCHEMA)


def _digests(listed: pa.Table) -> dict[str, Words]:
    with duckdb.connect(":memory:") as connection:
        for macro in ("digest64", "web_domain", "organisation_core"):
            connection.execute(sql.load(macro))
        connection.register("own_listed", listed)
        table = connection.sql(sql.load("extracts/own_digests")).to_arrow_table()
    return {
        kind: found.to_numpy()
        for kind in KINDS
        if len(found := table.filter(pc.equal(table["kind"], kind))["digest"].combine_chunks())
    }


def _hashes(path: Path) -> OwnList:
    """SHA-256 of lower-case e-mail addresses or of Y-tunnus, one hex digest a line: which of them is not said."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=path.name, row=1, encoding="UTF-8") from error
    lines = [line.strip().lower() for line in text.splitlines() if line.strip()]
    if not lines:
        raise FileRejected("file_empty", file=path.name)
    for number, line in enumerate(lines, start=1):
        if not _HASH.fullmatch(line):
            raise FileRejected("file_not_a_hash", file=path.name, row=number)
    digests = np.unique(np.array([int(line[:16], 16) for line in lines], dtype=np.uint64))
    return OwnList("hashes_file", sha256_file(path), len(lines), {"business": digests, "email": digests})


# --- keeping ----------------------------------------------------------------------------------------------------------


def _seal(store: Store) -> Key:
    return store.key("fingerprint").derive("own-list")


def packed(digests: Mapping[str, Words]) -> bytes:
    table = pa.table(
        {
            "kind": pa.array([kind for kind, found in digests.items() for _ in range(len(found))], pa.string()),
            "digest": pa.array(np.concatenate([np.empty(0, np.uint64), *digests.values()]), pa.uint64()),
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def unpacked(content: bytes) -> dict[str, Words]:
    table = pa.ipc.open_stream(content).read_all()
    return {
        kind: found.to_numpy()
        for kind in KINDS
        if len(found := table.filter(pc.equal(table["kind"], kind))["digest"].combine_chunks())
    }
