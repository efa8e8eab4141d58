"""Credit for rows that were no good, and the correction that each of them asks for (R011).

A customer reports row numbers of an extract it was given: ``bounce``, ``wrong_person``, ``left``. Each is credited
once, in its window, whoever sent the messages and through whatever channel. A bounced address leaves every cut at once;
whom the position really belongs to is a task for somebody. A seed among the rows looks to the customer like any other
row; a claim on one is a task too, for nobody but us has that address.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.clock import day_end, helsinki_day
from core.errors import FileRejected, InvalidInput, NotFound, Refused, StoreError
from core.files import sha256_file
from extracts.gate import manifest, subject
from ledger import billing, cuts, tasks
from ledger.seeds import numbers
from ledger.store import Store
from register.opened import opened_once
from register.persons import positions_of_units
from register.query import open_register
from schemas.prices import price_of
from subjects import recipients, rectify

Row = dict[str, Any]

KINDS = ("bounce", "wrong_person", "left")
_COLUMNS = ("row", "kind")
_TASK_DAYS = 14


@dataclass(frozen=True)
class Report:
    """One row that a customer found no good."""

    number: int
    kind: str


@opened_once
def report(store: Store, extract: str, file: Path) -> Row:
    """Credit the rows of a report (CSV: ``row, kind``) and begin their corrections.

    ``{"extract", "credit", "credited", "amount", "currency", "rows": [{"row", "kind", "outcome"}]}`` where an outcome
    is credited, already (credited before, or twice in the file) or not_delivered (no such row in the extract);
    ``credit`` is None when nothing was credited. Raises ``NotFound`` (extract_unknown), ``Refused``
    (credit_not_delivered, credit_too_late), ``InvalidInput`` (credit_file_row) and ``FileRejected``.
    """
    reported = read_report(file)
    with store.ledger.read() as connection:
        of = billing.line(connection, extract)
    if of["delivered_at"] is None:
        raise Refused("credit_not_delivered", extract=extract)
    last = helsinki_day(of["delivered_at"]) + timedelta(days=store.settings.credit_days)
    if store.now() >= day_end(last):
        raise Refused("credit_too_late", extract=extract, day=last)
    with store.write() as tx:
        billing.lock(tx, extract)
        known = set(billing.credited(tx.connection, extract))
        judged = _judged(reported, known, rows=of["rows"])
        fresh = [(one.number, one.kind) for one, outcome in judged if outcome == "credited"]
        amount, currency = _amount(of, before=len(known), more=len(fresh))
        credit = None
        if fresh:
            credit = billing.record_credit(tx, of, fresh, amount=amount, currency=currency)
        else:
            tx.abandon()
    correct(store, extract)
    return {
        "extract": extract,
        "credit": credit,
        "credited": len(fresh),
        "amount": str(amount),
        "currency": currency,
        "rows": [{"row": one.number, "kind": one.kind, "outcome": outcome} for one, outcome in judged],
    }


def _judged(reported: Sequence[Report], known: set[int], *, rows: int) -> list[tuple[Report, str]]:
    seen = set(known)
    judged = []
    for one in reported:
        outcome = "not_delivered" if not 1 <= one.number <= rows else "already" if one.number in seen else "credited"
        seen.add(one.number)
        judged.append((one, outcome))
    return judged


def _amount(of: Row, *, before: int, more: int) -> tuple[Decimal, str | None]:
    """What comes back; never more than was billed, also when seeds are among the rows."""
    if of["price"] is None:
        return Decimal("0.00"), None
    price, billed = price_of(of["price"]), min(of["persons"], price_of(of["price"]).rows)
    before = min(before, billed)
    return price.credit(billed, before=before, more=min(more, billed - before)), price.currency


def listing(store: Store, *, customer: str | None = None) -> Row:
    """The credit log: ``{"credits": [...], "totals": [{"customer", "currency", "rows", "amount"}]}``."""
    with store.ledger.read() as connection:
        found = billing.recorded_credits(connection, customer=customer)
    totals: dict[tuple[str, str | None], Row] = {}
    for one in found:
        total = totals.setdefault((one["customer"], one["currency"]), {"rows": 0, "amount": Decimal(0)})
        total["rows"] += one["rows"]
        total["amount"] += Decimal(one["amount"])
    summed = [
        {"customer": of, "currency": currency, "rows": total["rows"], "amount": str(total["amount"])}
        for (of, currency), total in sorted(totals.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]
    return {"credits": found, "totals": summed}


# --- the file ---------------------------------------------------------------------------------------------------------


def read_report(file: Path) -> list[Report]:
    """The rows of a report. Raises ``FileRejected`` (file_missing, file_header_only, file_columns_missing) and
    ``InvalidInput`` (credit_file_row) naming row, field and reason; nothing is credited then."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except UnicodeDecodeError:
        text = file.read_text(encoding="cp1252")
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    lines = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = {name.strip().lower(): name for name in lines.fieldnames or ()}
    if missing := [name for name in _COLUMNS if name not in names]:
        raise FileRejected("file_columns_missing", file=file.name, columns=", ".join(missing))
    found = [_read(line, names, file=file.name, row=number) for number, line in enumerate(lines, start=2)]
    if not found:
        raise FileRejected("file_header_only", file=file.name)
    return found


def _read(line: Mapping[str, str | None], names: Mapping[str, str], *, file: str, row: int) -> Report:
    number, kind = ((line[names[name]] or "").strip() for name in _COLUMNS)
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise InvalidInput("credit_file_row", file=file, row=row, field="row", reason="is no row number of the extract")
    if kind not in KINDS:
        reason = f"is none of {', '.join(KINDS)}"
        raise InvalidInput("credit_file_row", file=file, row=row, field="kind", reason=reason)
    return Report(int(number), kind)


# --- what follows from a report ---------------------------------------------------------------------------------------


def correct(store: Store, extract: str) -> int:
    """Begin the correction of every credited row that has none yet; returns how many.

    Safe to repeat: what a dying process left over is taken up by the next report of the extract.
    """
    with store.ledger.read() as connection:
        waiting = billing.unhandled(connection, extract)
        cut = cuts.extract(connection, extract)
        seeds = set(numbers(connection, extract))
    places = _places(store, cut, [row["number"] for row in waiting if row["number"] not in seeds])
    for row in waiting:
        number, kind = row["number"], row["kind"]
        ids = {"extract": extract, "number": number, "report": kind}
        place = places.get(number)
        bounced = kind == "bounce" and place is not None and _bounce(store, cut, place)
        with store.write() as tx:
            if number in seeds:
                _task(store, tx, "claim on a seed", ids)
            elif place is not None and not bounced:
                _task(store, tx, "check position", ids | {"position": place[0]})
            billing.handled(tx, extract, number)
    recipients.tell_corrections(store)  # of all rows at once; whoever dies before it leaves it to the next sweep
    return len(waiting)


def _task(store: Store, tx: Any, kind: str, ids: Row) -> None:
    tasks.open_task(tx, kind=kind, due_on=store.today() + timedelta(days=_TASK_DAYS), ids=ids)


def _bounce(store: Store, cut: Row, place: tuple[int, int]) -> bool:
    """Take a bounced address out of every cut; False when the register has another one by now, or none."""
    position, person = place
    try:
        record = subject.person_record(store, person, purpose="bounced address", kind="rectification")
    except NotFound:  # erased since the manifest was read
        return False
    released = helsinki_day(cut["released_at"])
    for one in record["positions"]:
        for field in one["fields"] if one["position"] == position else ():
            if field["field"] == "email" and (field["obtained_on"] is None or field["obtained_on"] <= released):
                return rectify.bounced(store, email=field["value"], via="customer", tell=False)["task"] is not None
    return False


def _places(store: Store, cut: Row, wanted: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Row number to position and person, for the rows that still lead to somebody (R072)."""
    path = store.path(cut["manifest"])
    if not wanted or not path.exists():
        return {}
    if sha256_file(path) != cut["manifest_sha256"]:
        raise StoreError("manifest_damaged", extract=cut["extract"])
    table, _ = manifest.read(path)
    rows = table.filter(pc.is_in(table["number"], value_set=pa.array(wanted, pa.int32()))).select(["number", "unit"])
    key = store.key("fingerprint").derive("unit")
    with open_register(store, holder="credit") as register:
        found = positions_of_units(register, rows["unit"].combine_chunks(), unit_key=key)
    return {row["number"]: found[row["unit"]] for row in rows.to_pylist() if row["unit"] in found}
