"""The migrations build exactly the tables the code works with, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, func, inspect, select, text

from core.clock import Clock
from core.errors import ConfigError
from core.settings import load_settings
from ledger import schema, tables
from ledger.engine import GENESIS
from ledger.store import Store, create_store, open_store

ROOT = Path(__file__).resolve().parents[2]


def test_the_migrations_build_exactly_the_tables(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_databases_hold_every_table_key_and_constraint_of_the_code(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == {*tables.metadata.tables, "alembic_version"}
        for table in tables.metadata.sorted_tables:
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, table.name
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            foreign = {key["constrained_columns"][0] for key in found.get_foreign_keys(table.name)}
            assert foreign == {key.parent.name for key in table.foreign_keys}, table.name
            checks = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint) and c.name}
            assert {str(c["name"]) for c in found.get_check_constraints(table.name)} >= checks, table.name


def test_a_revision_names_no_type_of_the_code() -> None:
    """A revision must go on working when the code it was made from is gone."""
    for revision in (ROOT / "ledger" / "migrations" / "versions").glob("*.py"):
        assert "ledger" not in revision.read_text(encoding="utf-8").split('"""', 2)[2], revision.name


def test_the_revisions_named_in_the_code_are_the_scripts_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "ledger" / "migrations"))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [script.revision for script in reversed(scripts)] == list(schema.REVISIONS)


def test_a_new_ledger_has_its_single_rows(any_store: Store) -> None:
    with any_store.ledger.read() as connection:
        assert connection.execute(select(tables.fence.c.value)).scalars().all() == [0]
        assert connection.execute(select(tables.snapshot_pointer.c.snapshot)).scalars().all() == [None]
        assert connection.execute(select(func.count()).select_from(tables.audit_head)).scalar_one() == 1
        first = connection.execute(select(tables.audit).order_by(tables.audit.c.seq)).mappings().first()
    assert first is not None
    assert (first["action"], first["previous"]) == ("store.created", GENESIS)


def test_an_upgrade_of_an_up_to_date_ledger_changes_nothing(any_store: Store) -> None:
    before = schema.found(any_store.ledger)
    schema.upgrade(any_store.ledger)
    assert schema.found(any_store.ledger) == before == schema.needed()
    with any_store.ledger.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.fence)).scalar_one() == 1


@pytest.mark.parametrize(
    ("revision", "code"), [(None, "home_older"), ("0000_never_heard_of", "home_newer")], ids=["older", "newer"]
)
def test_a_store_of_another_version_is_not_opened(any_store: Store, revision: str | None, code: str) -> None:
    with any_store.ledger.engine.execution_options(write=True).begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    with pytest.raises(ConfigError) as refused:
        open_store(any_store.settings)
    assert refused.value.code == code


def test_a_store_is_made_once_and_opened_often(tmp_path: Path, clock: Clock) -> None:
    settings = load_settings(env={}, home=tmp_path / "home")
    with pytest.raises(ConfigError) as missing:
        open_store(settings)
    assert missing.value.code == "home_missing"
    made = create_store(settings, clock=clock)
    with pytest.raises(ConfigError) as again:
        create_store(settings, clock=clock)
    assert again.value.code == "home_exists"
    opened = open_store(settings, clock=clock)
    assert opened.key("suppression") == made.key("suppression")
    for store in (made, opened):
        store.ledger.close()
