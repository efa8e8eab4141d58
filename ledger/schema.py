"""Building and upgrading the ledger's tables with Alembic, from the package itself (no alembic.ini)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import MetaData, Table, insert, inspect, select

from ledger import tables
from ledger.engine import GENESIS, Ledger

REVISIONS = ("0001",)
"""Every revision this version has heard of, oldest first; opening a store needs no more than these names."""


def needed() -> str:
    """The newest revision this version knows."""
    return REVISIONS[-1]


def known(revision: str) -> bool:
    """Whether this version has heard of that revision."""
    return revision in REVISIONS


def found(ledger: Ledger) -> str | None:
    """The revision the ledger stands at; None when it has no tables."""
    with ledger.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        versions = Table("alembic_version", MetaData(), autoload_with=connection)
        revision = connection.execute(select(versions.c.version_num)).scalar_one_or_none()
        return None if revision is None else str(revision)


def upgrade(ledger: Ledger) -> None:
    """Bring the ledger to the newest revision and plant the single rows it needs."""
    from alembic import command  # the only job that needs Alembic
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with ledger.engine.execution_options(write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for table, row in (
            (tables.fence, {"id": 1, "value": 0}),
            (tables.audit_head, {"id": 1, "seq": 0, "hash": GENESIS}),
            (tables.snapshot_pointer, {"id": 1, "snapshot": None}),
        ):
            if connection.execute(select(table)).first() is None:
                connection.execute(insert(table), row)
