"""Verbs of data care."""

from __future__ import annotations

from pathlib import Path

import click

from datacare.tables import match_tables
from service.cli.common import Session, Verbs, pass_session

_FILE = click.Path(path_type=Path)


@click.group(cls=Verbs)
def care() -> None:
    """Data care: a customer's own register matched and kept current."""


@care.command("match-tables")
@click.option("--register", "register_file", required=True, type=_FILE, help="CSV, XLSX or Parquet to look rows up in.")
@click.option("--crm", "crm_file", required=True, type=_FILE, help="CSV, XLSX or Parquet whose rows are looked up.")
@click.option("--out", required=True, type=_FILE, help="CSV to write: crm_id, register_id, p, state.")
@click.option("--mapping", type=_FILE, help='JSON: {"register": {field: column}, "crm": {field: column}}.')
@pass_session
def match_two(session: Session, register_file: Path, crm_file: Path, out: Path, mapping: Path | None) -> None:
    """Match any two tables: no store, no register, the engine alone.

    Example: rajaus care match-tables --register accounts.csv --crm leads.xlsx --out matches.csv
    """
    settings = session.settings()
    document = match_tables(
        register_file, crm_file, out, mapping=mapping, memory=settings.memory_limit, threads=settings.threads
    )
    session.emit(document)
