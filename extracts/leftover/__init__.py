"""What a recipient still holds after the end: compared by keyed hashes, so that neither side shows its rows (R035).

The recipient gets a key of the extract's own, hashes what it has, and sends the hashes. The answer names rows of that
extract that must go and those that may stay; of anybody else it says nothing, and nothing of theirs is kept.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

import sql
from core.errors import FileRejected, InvalidInput, LicenceRefused
from core.files import storing
from core.keys import Key
from extracts.customer_file import CustomerFile, read
from extracts.gate.fingerprint import TOKEN_BYTES
from extracts.gate.leftover import RULES
from extracts.gate.listed import LISTED, delivered, marker_of, scratch
from extracts.leftover.hashing import HASHES, KEY_KIND, key_check
from ledger import activations, customers, cuts, disclosures, leftovers, messages, trusted_time
from ledger.engine import carries_contact
from ledger.leftovers import Live
from ledger.store import Store

Row = dict[str, Any]
HANDOUT = Path(__file__).with_name("handout")
_HEX = re.compile(r"[0-9a-f]{16,64}")
_LICENSED = pa.schema([("unit", pa.binary(TOKEN_BYTES)), ("until", pa.timestamp("us", "UTC")), ("own", pa.bool_())])


def issue(store: Store, extract_id: str, to: Path) -> Row:
    """Write the extract's key, a program that hashes rows with it, and instructions into ``to``: ``{"extract", "key",
    "files"}``, where ``key`` is what tells it from others. Asked again, it is the same key.

    Raises ``NotFound``, ``LicenceRefused`` (extract_not_held, leftover_unlinked), ``StoreError``.
    """
    with store.ledger.read() as connection:
        extract = _asked_about(connection, extract_id)
    key = marker_of(store, extract).leftover_key
    document = {
        "kind": KEY_KIND,
        "rules": RULES,
        "extract": extract_id,
        "key": key.secret.hex(),
        "check": key_check(key),
        "issued_at": store.now().isoformat(),
    }
    file = to / f"{extract_id}-leftover.key.json"
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        file.chmod(0o600)
        beside = [Path(shutil.copy(path, to)) for path in sorted(HANDOUT.glob("leftover_*"))]
    with store.write() as tx:
        tx.audit("leftover.key_issued", extract=extract_id, check=document["check"])
    return {"extract": extract_id, "key": document["check"], "files": [str(path) for path in (file, *beside)]}


def _asked_about(connection: Any, extract_id: str) -> Row:
    extract = cuts.extract(connection, extract_id)
    if disclosures.disclosure(connection, extract_id).delivered_at is None:
        raise LicenceRefused("extract_not_held", extract=extract_id)
    if extract["unlinked_at"] is not None:
        raise LicenceRefused("leftover_unlinked", extract=extract_id)
    return extract


def check(store: Store, extract_id: str, hashes: Path, *, out: Path | None = None) -> Row:
    """Compare a recipient's hashes with an extract: ``{"check", "extract", "records", "matched", "unknown",
    "must_go": [row], "may_stay": [{"row", "ground", "until"}], "clean", "answer"}``.

    ``ground``: activated, continuous (the recipient's own by a contract for continuous use), or licensed until an
    instant by a campaign that runs. Control records are rows like others: they must go. ``answer`` is a CSV in ``out``
    that says it record by record, for the recipient. While ``must_go`` is not empty the recipient's group gets nothing
    new, until a later check is clean or the recipient answers for the rows.

    Raises ``NotFound``, ``FileRejected``, ``LicenceRefused`` (extract_not_held, leftover_unlinked), ``StoreError``.
    """
    with store.ledger.read() as connection:
        extract = _asked_about(connection, extract_id)
    listed, marker = delivered(store, extract)
    held = _held(hashes, store, marker.leftover_key, extract_id)
    with store.ledger.read() as connection:
        now = trusted_time.now(connection, store.now())
        responded = activations.persons(connection, extract["customer"])
        live = leftovers.live(connection, extract["customer"], now=now)
    found = verdicts(store, held.table, listed=listed, responded=responded, live=live)
    go = found.filter(pc.is_null(found["ground"]))
    must_go = sorted(set(go["number"].to_pylist()))
    stays = found.filter(pc.is_valid(found["ground"])).select(["number", "ground", "until"])
    by_row = {row["number"]: row for row in stays.to_pylist() if row["number"] not in set(must_go)}
    matched = len(pc.unique(found["record"]))
    with store.write() as tx:
        identifier = leftovers.record(
            tx,
            {
                "extract": extract_id,
                "customer": extract["customer"],
                "file_sha256": held.sha256,
                "records": held.read,
                "matched": matched,
                "rows": must_go,
                "stay": len(by_row),
            },
        )
    return {
        "check": identifier,
        "extract": extract_id,
        "records": held.read,
        "matched": matched,
        "unknown": held.read - matched,
        "must_go": must_go,
        "may_stay": [
            {"row": number, "ground": row["ground"], "until": row["until"]} for number, row in sorted(by_row.items())
        ],
        "clean": not must_go,
        "answer": None if out is None else str(_answer(found, out, identifier)),
    }


def _held(file: Path, store: Store, key: Key, extract: str) -> CustomerFile:
    """The hashes, looked at row by row: made with this key, each of them a hash."""
    held = read(file, {name: (name,) for name in HASHES}, cell_limit=store.settings.cell_limit)
    missing = [name for name in ("record", "key") if name not in held.present]
    missing += [] if {"email", "phone", "mobile", "name"} & held.present else ["email, phone, mobile or name"]
    if missing:
        raise FileRejected("file_columns_missing", file=held.name, columns=", ".join(missing))
    if held.misshapen:
        raise FileRejected("file_not_a_hash", file=held.name, row=held.misshapen[0])
    table = held.table
    other = pc.fill_null(pc.not_equal(table["key"], key_check(key)), True)
    if pc.any(other).as_py():
        line = table["line"][pc.index(other, True).as_py()].as_py()
        raise FileRejected("leftover_key_differs", file=held.name, row=line, extract=extract)
    for name in ("email", "phone", "mobile", "name"):
        bad = pc.fill_null(pc.invert(pc.match_substring_regex(table[name], f"^{_HEX.pattern}$")), False)
        if pc.any(bad).as_py():
            line = table["line"][pc.index(bad, True).as_py()].as_py()
            raise FileRejected("file_not_a_hash", file=held.name, row=line)
    return held


def verdicts(store: Store, held: pa.Table, *, listed: pa.Table, responded: set[bytes], live: list[Live]) -> pa.Table:
    """``record, number, ground, until`` of every record of ``held(record, email, phone, mobile, name)``, hashes in hex,
    that is a row; no ground: it must go."""
    activated = pa.table({"person": pa.array(sorted(responded), LISTED.field("person").type)})
    with scratch(store, held=held.select(["record", "email", "phone", "mobile", "name"]), listed=listed) as connection:
        matches = connection.sql(sql.load("extracts/leftover_matches")).to_arrow_table()
        connection.register("matches", matches)
        connection.register("activated", activated)
        connection.register("licensed", _licensed(store, live))
        return connection.sql(sql.load("extracts/leftover_verdicts")).to_arrow_table()


def _licensed(store: Store, live: list[Live]) -> pa.Table:
    """Units that the recipient may hold under something that runs, but for rows that it was told to remove."""
    parts = [_LICENSED.empty_table()]
    for one in live:
        rows, _ = delivered(store, one.row)
        with store.ledger.read() as connection:
            places = [(one.extract, number) for number in rows["number"].to_pylist()]
            told = {row["number"] for row in messages.of_rows(connection, places) if row["code"] == "remove"}
        if messages.EVERY_ROW in told:
            continue
        kept = rows.filter(pc.invert(pc.is_in(rows["number"], pa.array(sorted(told), pa.int32()))))
        parts.append(
            pa.table(
                {
                    "unit": kept["unit"],
                    "until": pa.array([one.until] * len(kept), _LICENSED.field("until").type),
                    "own": pa.array([one.until is None] * len(kept)),
                }
            )
        )
    return pa.concat_tables([part.cast(_LICENSED) for part in parts])


def _answer(found: pa.Table, out: Path, check: str) -> Path:
    """What the recipient reads: its record, the row of the file it got, and what is to become of it."""
    until = pc.strftime(pc.assume_timezone(found["until"].cast(pa.timestamp("s")), "UTC"), "%Y-%m-%dT%H:%M:%SZ")
    answer = pa.table(
        {
            "record": found["record"],
            "row": found["number"],
            "verdict": pc.if_else(pc.is_null(found["ground"]), "go", "stay"),
            "ground": found["ground"],
            "until": until,
        }
    )
    path = out / f"{check}.csv"
    with storing(path):
        out.mkdir(parents=True, exist_ok=True)
        csv.write_csv(answer, path)
        path.chmod(0o600)
    return path


def attest(store: Store, check_id: str, *, by: str, on: date | None = None, grounds: str) -> Row:
    """Record that ``by`` at the recipient answers for the rows found: deleted since, or had from elsewhere.

    Raises ``NotFound``, ``InvalidInput`` (value_missing, date_future, reference_contact), ``InvalidTransition`` for a
    check that found nothing or is answered for.
    """
    day = on or store.today()
    for field, value in (("by", by), ("grounds", grounds)):
        if not value.strip():
            raise InvalidInput("value_missing", field=field)
    if carries_contact(grounds):
        raise InvalidInput("contact_in_text", field="grounds")
    if day > store.today():
        raise InvalidInput("date_future", field="on")
    with store.write() as tx:
        leftovers.attest(tx, check_id, by=by.strip()[:200], on=day, grounds=grounds.strip())
        return leftovers.check(tx.connection, check_id)


def listing(store: Store, *, extract: str | None = None, customer: str | None = None) -> list[Row]:
    """Checks, oldest first, each with ``clean`` and ``standing``: whether it blocks its recipient's group."""
    with store.ledger.read() as connection:
        if customer is not None:
            customers.customer(connection, customer)
        of = None if customer is None else [customer]
        rows = leftovers.checks(connection, extract=extract, customers=of)
        recipients = sorted({row["customer"] for row in rows})
        standing = {row["check"] for row in leftovers.standing(connection, customers=recipients)}
    return [row | {"clean": not row["rows"], "standing": row["check"] in standing} for row in rows]
