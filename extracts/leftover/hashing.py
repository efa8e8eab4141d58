"""Hashing a recipient's own records with the key of an extract; needs the key file and nothing else of ours (R035)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import csv

import sql
from core.errors import FileRejected
from core.files import storing
from core.keys import Key
from extracts.customer_file import read
from extracts.gate.leftover import RULES, forms, hashed

KEY_KIND = "rajaus-leftover-key"
HASHES = ("record", "email", "phone", "mobile", "name", "key")
"""Columns of a file of hashes: the record's number in the recipient's own file, its hashes, and which key made them."""
COLUMNS = {
    "email": ("email", "e-mail", "email address", "sähköposti", "sähköpostiosoite", "e-post", "e-postadress"),
    "phone": ("phone", "phone number", "telephone", "puhelin", "puhelinnumero", "telefon", "business phone"),
    "mobile": ("mobile", "mobile phone", "mobile phone number", "matkapuhelin", "gsm", "mobil"),
    "first_name": ("first_name", "first name", "etunimi", "förnamn"),
    "last_name": ("last_name", "last name", "sukunimi", "efternamn"),
    "person": ("name", "full name", "contact", "nimi", "yhteyshenkilö", "namn", "kontaktperson"),
    "business_id": ("business_id", "business id", "y-tunnus", "ytunnus", "fo-nummer", "company registration number"),
}
"""What a record is hashed by, with the names its columns are known by. A name counts only with a business id."""
_LONGEST_CELL = 10_000


def key_check(key: Key) -> str:
    """What tells a key from others without giving it away; never digits alone, which would read as a phone number."""
    return f"k{key.mac(b'check')[:4].hex()}"


def read_key_file(file: Path) -> Key:
    """The key in a key file. Raises ``FileRejected`` (file_missing, leftover_key_unreadable)."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document["kind"] != KEY_KIND or document["rules"] != RULES:
            raise ValueError(document["kind"])
        key = Key(bytes.fromhex(document["key"]), document["extract"])
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileRejected("leftover_key_unreadable", file=file.name) from error
    if len(key.secret) != 32 or key_check(key) != document.get("check"):
        raise FileRejected("leftover_key_unreadable", file=file.name)
    return key


def hash_file(file: Path, key_file: Path, *, out: Path) -> dict[str, Any]:
    """Hash every record of a table: ``{"records", "hashed", "file"}``; one that has nothing to go by has no hash.

    Raises ``FileRejected``; no message holds a cell.
    """
    key = read_key_file(key_file)
    source = read(file, COLUMNS, cell_limit=_LONGEST_CELL)
    if not source.present & {"email", "phone", "mobile"} and "business_id" not in source.present:
        raise FileRejected("file_columns_missing", file=source.name, columns="email, phone, or name with business_id")
    rows = len(source.table)
    cells = {name: source.table[name].combine_chunks() for name in COLUMNS}
    with duckdb.connect(":memory:") as connection:
        connection.execute(sql.load("hmac_hex"))
        first = hashed(connection, forms(cells, rows=rows), key=key)
        second = hashed(connection, forms({"phone": cells["mobile"]}, rows=rows), key=key)
    made = pa.table(
        {
            "record": source.table["line"],
            "email": first["email"],
            "phone": first["phone"],
            "mobile": second["phone"],
            "name": first["name"],
            "key": pa.array([key_check(key)] * rows, pa.string()),
        }
    )
    with storing(out):
        csv.write_csv(made.select(HASHES), out)
        out.chmod(0o600)
    silent = sum(
        1 for hashes in zip(*(made[name].is_null().to_pylist() for name in HASHES[1:5]), strict=True) if all(hashes)
    )
    return {"records": rows, "hashed": rows - silent, "file": str(out)}
