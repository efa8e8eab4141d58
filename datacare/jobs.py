"""Data care jobs: a customer's file taken in under its instruction, into a folder with a key of its own (R044, R045).

What is kept of the file: ``rows`` (its accepted rows as text), ``rejections`` and ``facts`` (header, mapping, dialect),
all sealed. The file itself stays the customer's; nothing of it is copied anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import FileRejected
from core.files import publish_file, remove, sha256_file, storing
from core.ids import new_id
from datacare import columns, crm_exports
from datacare.crm_exports import Export
from datacare.intake import Intake, Limits, take_in
from extracts import care_folder
from extracts.care_folder import Folder
from ledger import care_instructions, care_jobs, customers, recipients
from ledger.store import Store

Row = dict[str, Any]

ROWS, REJECTIONS, FACTS = "rows", "rejections", "facts"
_SAMPLE = 1_000


@dataclass(frozen=True)
class Upload:
    """A job's file as it was taken in."""

    header: list[str]
    mapping: Mapping[str, str]
    """Field to column; ``id`` among them where rows have an id of their own."""
    table: pa.Table
    """``row`` INT64, the number in the file, and the cells as text under the header's names."""

    @property
    def cells(self) -> pa.Table:
        """The customer's own columns."""
        return self.table.select(self.header)


def open_job(
    store: Store,
    agreement: str,
    file: Path,
    *,
    mapping: Path | None = None,
    preset: str | None = None,
    rejected: Path | None = None,
) -> Row:
    """Take a file in: ``{"job", "rows", "columns": [name], "mapping": {field: column}, "preset", "rejected", "due"}``.

    ``rows`` are all rows of the file, accepted ones and ``rejected``. ``mapping`` is a JSON file that overrules the
    guess; ``preset`` says which CRM's export it is (``none``: of none), where it is not known by its headers, and comes
    back as CRM and kind of record; ``rejected`` a place for the rejection file: row, column and reason of each, never a
    cell. Raises ``NotFound``, ``LicenceRefused`` (agreement_mode, agreement_not_in_force, care_not_instructed, …)
    before the file is looked at, ``FileRejected`` (care_limit, care_container, care_protected, care_no_usable_column,
    file_…, mapping_invalid) and ``StoreError``; then nothing is kept.
    """
    terms, instruction = permitted(store, agreement, "match")
    given = None if mapping is None else read_mapping(mapping)
    job = new_id("job")
    with _private(store, job) as directory:
        intake = take_in(file, directory, limits=Limits.of(store.settings))
        digest = sha256_file(file)
        table = pq.read_table(intake.table)
        export = _export(preset, intake.header, file) if given is None else None
        chosen = _mapping(given, intake.header, table, file=file, export=export)
        if rejected is not None:
            _hand_out(intake, rejected)
        folder = care_folder.create(store, job)
        try:
            _keep(folder, intake, table, chosen)
            values = {
                "job": job, "agreement": agreement, "customer": terms["customer"], "file_sha256": digest,
                "instruction": instruction["number"], "format": intake.format, "rows": intake.rows,
                "rejected": intake.rejected, "columns": len(intake.header),
            }  # fmt: skip
            with store.write() as tx:
                care_jobs.record(tx, values, keep_days=instruction["terms"]["keep_days"])
                due = care_jobs.job(tx.connection, job)["due_on"]
        except BaseException:
            care_folder.destroy(store, job)
            raise
    return {
        "job": job,
        "rows": intake.rows,
        "columns": intake.header,
        "mapping": chosen,
        "preset": None if export is None else f"{export.preset} {export.what}",
        "rejected": intake.rejected,
        "due": due,
    }


def permitted(store: Store, agreement: str, operation: str) -> tuple[Row, Row]:
    """The agreement and the instruction under which an operation may be done now (R044).

    Raises ``NotFound`` and ``LicenceRefused``, also when the customer was removed or keeps data outside the EEA (R077).
    """
    with store.ledger.read() as connection:
        terms, instruction = care_instructions.check(connection, agreement, operation, today=store.today())
        customer = customers.customer(connection, terms["customer"])
        customers.check_present(customer)
        recipients.check_places(connection, customer, at=store.now())
    return terms, instruction


def read_mapping(path: Path) -> dict[str, str]:
    """A mapping file: ``{field: column}``. Raises ``FileRejected`` (file_missing, mapping_invalid,
    care_no_usable_column)."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        given = {str(field): str(column) for field, column in dict(document).items()}
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except (OSError, ValueError, TypeError) as error:
        raise FileRejected("mapping_invalid", file=path.name, reason="not a JSON object of columns") from error
    unknown = sorted(set(given) - set(columns.KNOWN))
    if unknown:
        raise FileRejected("mapping_invalid", file=path.name, reason=f"no such field: {', '.join(unknown)}")
    columns.check_usable(given)
    return given


def _export(preset: str | None, header: list[str], file: Path) -> Export | None:
    if preset == crm_exports.NONE:
        return None
    if preset is None:
        return crm_exports.recognised(header)
    return crm_exports.told(header, preset, file=file.name)


def _mapping(
    given: dict[str, str] | None, header: list[str], table: pa.Table, *, file: Path, export: Export | None
) -> dict[str, str]:
    if given is None:
        told = None if export is None else export.mapping
        return columns.guess(header, table.drop_columns(["row"]).slice(0, _SAMPLE), told=told)
    missing = [column for column in given.values() if column not in header]
    if missing:
        raise FileRejected("file_columns_missing", file=file.name, columns=", ".join(missing))
    return given


def _keep(folder: Folder, intake: Intake, table: pa.Table, mapping: Mapping[str, str]) -> None:
    folder.write_table(ROWS, table)
    folder.write(REJECTIONS, intake.rejections.read_bytes())
    facts = {"header": intake.header, "mapping": dict(mapping), "format": intake.format, "dialect": intake.dialect}
    folder.write_facts(FACTS, facts)


def _hand_out(intake: Intake, to: Path) -> None:
    partial = to.with_name(f".{to.name}.partial")
    with storing(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(intake.rejections.read_bytes())
    publish_file(partial, to)


def upload(folder: Folder) -> Upload:
    """The rows of a job. Raises ``StoreError`` (care_damaged)."""
    facts = folder.read_facts(FACTS)
    table = folder.read_table(ROWS)
    return Upload(facts["header"], facts["mapping"], table.rename_columns(["row", *facts["header"]]))


@contextmanager
def _private(store: Store, job: str) -> Iterator[Path]:
    """A directory of which nothing stays."""
    directory = store.home.staging / f"care-{job}"
    with storing(directory):
        directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        remove(directory)
