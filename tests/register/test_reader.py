"""A reader can do nothing but read its snapshot (R086, M6)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from sqlalchemy import select

import register.snapshot
from core.clock import fixed_clock
from core.errors import StoreError
from core.settings import load_settings
from ledger import tables
from ledger.store import Store, create_store
from register.engine import open_reader
from register.publish import publish
from register.snapshot import kept_open, open_snapshot
from tests.conftest import NOW
from tests.register.loads import A, load, organisation, position

REACHING_OUT = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('{home}/sources/*.parquet')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "COPY person TO '{home}/out.csv'",
    "EXPORT DATABASE '{home}/out'",
    "ATTACH '{home}/ledger.db' AS other",
    "ATTACH '{home}/new.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
]
WRITING = [
    "DELETE FROM person",
    "UPDATE person SET first_name = 'x'",
    "CREATE TABLE mine (x INTEGER)",
    "DROP TABLE person",
]
UNLOCKING = [
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '1TB'",
    "RESET threads",
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("reader") / "home"
    store = create_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))
    load(store, "own", [organisation(A)], [position("1")])
    publish(store)
    yield store
    store.ledger.close()


@pytest.mark.parametrize("statement", REACHING_OUT + WRITING + UNLOCKING)
def test_a_reader_reaches_nothing_else(published: Store, statement: str) -> None:
    with pytest.raises(StoreError) as raised, open_snapshot(published, holder="test") as snapshot:
        snapshot.connection.execute(statement.format(home=published.home.root))
    assert raised.value.code == "snapshot_failed"
    assert isinstance(raised.value.__cause__, duckdb.Error)


def test_a_reader_has_what_it_needs(published: Store) -> None:
    """Arrow tables, temporary tables, the HMAC macros; two connections of one process at a time."""
    key = published.key("suppression")
    with open_snapshot(published, holder="one") as one, open_snapshot(published, holder="two") as two:
        one.connection.register("wanted", pa.table({"person": [1]}))
        one.connection.execute("CREATE TEMP TABLE mine AS SELECT person FROM person SEMI JOIN wanted USING (person)")
        assert one.connection.table("mine").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            two.connection.table("mine")
        inner, outer = key.pads
        query = (
            "SELECT hmac_hex($inner, $outer, encode('Mäki')), hmac_unit($inner, $outer, encode('x')) BETWEEN 0 AND 1"
        )
        expected = (key.mac("Mäki".encode()).hex(), True)
        assert two.connection.execute(query, {"inner": inner, "outer": outer}).fetchone() == expected


def test_an_error_in_the_job_gives_the_lease_back(published: Store) -> None:
    with pytest.raises(StoreError), open_snapshot(published, holder="test") as snapshot:
        snapshot.connection.execute("SELECT no_such_column FROM person")
    publish(published)
    assert len(list(published.home.snapshots.iterdir())) == 1


def test_a_job_keeps_what_it_opened_under_its_lease_until_its_end(published: Store) -> None:
    """Each look has a connection of its own: what one of them made beside the register the next does not see."""

    def leases() -> int:
        with published.ledger.read() as connection:
            return len(connection.execute(select(tables.lease)).all())

    with kept_open(published):
        assert leases() == 0, "nothing is held before the first look"
        for held in (1, 2):
            with open_snapshot(published, holder="look") as snapshot:
                snapshot.connection.execute("CREATE TEMP TABLE seen AS SELECT 1 AS one")
                assert leases() == held
            assert leases() == 1
        with kept_open(published), open_snapshot(published, holder="look") as again:
            assert again.id == snapshot.id
        assert leases() == 1, "a block within a block ends with the outer one"
    assert leases() == 0


def test_between_the_looks_of_a_job_the_instance_of_the_file_stays(
    published: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB refuses another configuration of a file whose instance is there; making one is what costs."""
    monkeypatch.setattr(register.snapshot, "open_reader", open_reader)  # and not the one that keeps all instances
    [file] = published.home.snapshots.iterdir()
    other = {"threads": published.settings.threads + 1}
    with kept_open(published):
        with open_snapshot(published, holder="look"):
            pass
        with pytest.raises(duckdb.ConnectionException, match="different configuration"):
            duckdb.connect(str(file), read_only=True, config=other)
    duckdb.connect(str(file), read_only=True, config=other).close()
