"""Small source files for the tests, and what a load left behind."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.files import Home
from ledger import sources
from ledger.store import Store
from register.sources.mapping import TARGETS

REFERENCE = Path(__file__).parents[2] / "data" / "sample"
BUSINESS_IDS = ("0112038-9", "2336509-6", "2875167-4", "3591688-7", "2638680-2", "3173365-3")

ORGANISATION = {
    "business_id": "0112038-9", "kind": "company", "name": "Nokia Oyj", "form": "OYJ", "industry": "70100",
    "industry_version": "TOL2025", "staff_class": "9", "revenue_class": "9", "visiting_street": "Karakaari 7",
    "visiting_postcode": "02610", "visiting_city": "Espoo", "municipality": "049", "phone": "+358104488000",
    "website": "www.nokia.com", "source_date": "2026-10-01",
}  # fmt: skip
POSITION = {
    "source_id": "P1", "business_id": "0112038-9", "first_name": "Maija", "last_name": "Mäkelä-Örn",
    "title": "Tietohallintojohtaja", "responsibilities": "IT;FIN", "purchasing": "IT", "level": "2",
    "email": "maija.makela-orn@nokia.example", "mobile": "+358401234567", "started": "2020-01-01",
    "verified": "2026-06-01", "notified": "2026-06-15", "source_date": "2026-06-01",
}  # fmt: skip


def write_csv(
    path: Path, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8", delimiter: str = ",",
    columns: Iterable[str] | None = None,
) -> Path:  # fmt: skip
    """A CSV file whose columns are those of the rows, in order of appearance."""
    rows = list(rows)
    header = list(columns) if columns else list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, header, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def organisations(path: Path, *changes: Mapping[str, str]) -> Path:
    """Organisation rows in the product's own columns, each with its own Y-tunnus unless changed."""
    rows = [ORGANISATION | {"business_id": BUSINESS_IDS[at % 6]} | dict(change) for at, change in enumerate(changes)]
    columns = [name for name in TARGETS["organisations"] if name not in ("former_names", "ceased", "sole_trader")]
    return write_csv(path, rows, columns=columns)


def positions(path: Path, *changes: Mapping[str, str]) -> Path:
    """Position rows in the product's own columns, numbered ``P1``, ``P2``, … unless changed."""
    rows = [POSITION | {"source_id": f"P{at}"} | dict(change) for at, change in enumerate(changes, 1)]
    return write_csv(path, rows, columns=TARGETS["positions"])


def company(business_id: str = "0112038-9", **changes: Any) -> dict[str, Any]:
    """A minimal YTJ v3 record."""
    return {
        "businessId": {"value": business_id, "source": "3"},
        "names": [{"name": f"Yritys {business_id} Oy", "type": "1", "version": 1, "source": "1"}],
        "companyForms": [{"type": "16", "version": 1, "source": "1"}],
        "registeredEntries": [], "tradeRegisterStatus": "1", "status": "2", "lastModified": "2026-05-04T07:31:50",
    } | changes  # fmt: skip


def write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def stored(store: Store, kind: str) -> list[dict[str, Any]]:
    """Accepted rows of the live loads of a kind."""
    with store.ledger.read() as connection:
        loads = sources.live_loads(connection, kind=kind)
    return [row for load in loads for row in pq.read_table(store.path(load.data)).to_pylist()]


def quarantined(document: Mapping[str, Any]) -> list[tuple[str, int, str, str]]:
    """The quarantine file as ``(file, row, field, reason)``."""
    if document["quarantine_file"] is None:
        return []
    with Path(document["quarantine_file"]).open(encoding="utf-8", newline="") as file:
        return [(row["file"], int(row["row"]), row["field"], row["reason"]) for row in csv.DictReader(file)]


def everything_in(home: Home) -> dict[str, int]:
    """Files of the home apart from ledger and locks, with their sizes: equal means nothing was left behind."""
    files = [path for path in sorted(home.root.rglob("*")) if path.is_file()]
    kept = [path for path in files if "ledger.db" not in path.name and path.suffix != ".lock"]
    return {str(path.relative_to(home.root)): path.stat().st_size for path in kept}
