"""No banned person passes the gate; a gate that is broken releases nobody (R014, R024, T22)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import sql
from core.errors import BanUnreadable, GateBroken
from core.keys import Key
from extracts.gate import fence
from ledger.ban_keys import SCHEMA
from ledger.bans import Blocked, key_message, name_tokens
from tests.gate import house

KEY = Key(b"s" * 32, "test")
ROWS = house.people(20)


def blocked(
    persons: tuple[int | None, ...] = (), positions: tuple[int, ...] = (), organisations: tuple[int, ...] = ()
) -> Blocked:
    return Blocked(*(pa.array(ids, pa.int32()) for ids in (persons, positions, organisations)), fence=1)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    for name in ("hmac_hex", "hmac64", "hmac_unit", *(f"register/snapshot_{table}" for table in house.TABLES)):
        made.execute(sql.load(name))
    yield made
    made.close()


def left(connection: duckdb.DuckDBPyConnection, ban: Blocked) -> set[int]:
    return set(fence.exclude(connection, house.pool_of(ROWS), ban)["position"].to_pylist())


def test_bans_exclude_by_person_position_and_organisation(connection: duckdb.DuckDBPyConnection) -> None:
    everyone = {row.position for row in ROWS}
    assert left(connection, blocked()) == everyone
    assert left(connection, blocked(persons=(1003,))) == everyone - {3}
    assert left(connection, blocked(positions=(5,))) == everyone - {5}
    assert left(connection, blocked(organisations=(20_000_010,))) == everyone - {2, 3}


def test_null_in_the_ban_list_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """R024, T22: neither everybody nor nobody."""
    assert left(connection, blocked(persons=(None, 1003, None))) == {row.position for row in ROWS} - {3}


def test_ban_on_a_merged_person_holds_for_the_one_it_was_merged_into(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("INSERT INTO person_alias VALUES (77, 1004)")
    assert left(connection, blocked(persons=(77,))) == {row.position for row in ROWS} - {4}


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(1001, 1020)),
    st.sets(st.integers(1, 20)),
    st.sets(st.sampled_from([20_000_000 + 10 * n for n in range(11)])),
)
def test_exclusion_equals_a_slow_reading_of_the_bans(
    persons: set[int], positions: set[int], organisations: set[int]
) -> None:
    with duckdb.connect() as connection:
        connection.execute(sql.load("register/snapshot_person_alias"))
        passed = left(connection, blocked(tuple(persons), tuple(positions), tuple(organisations)))
    assert passed == {
        row.position
        for row in ROWS
        if row.person not in persons and row.position not in positions and row.org not in organisations
    }


BROKEN = {
    "passes all": "SELECT * FROM gate_candidates",
    "forgets persons": "SELECT c.* FROM gate_candidates c ANTI JOIN gate_positions p ON p.id = c.position "
    "ANTI JOIN gate_organisations o ON o.id = c.org",
    "forgets positions": "SELECT c.* FROM gate_candidates c ANTI JOIN gate_persons p ON p.id = c.person "
    "ANTI JOIN gate_organisations o ON o.id = c.org",
    "forgets organisations": "SELECT c.* FROM gate_candidates c ANTI JOIN gate_persons p ON p.id = c.person "
    "ANTI JOIN gate_positions o ON o.id = c.position",
}


@pytest.mark.parametrize("statement", BROKEN.values(), ids=BROKEN.keys())
def test_canary_stops_a_broken_anti_join(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """R024"""
    monkeypatch.setattr(sql, "load", lambda _name: statement)
    with pytest.raises(GateBroken) as caught:
        left(connection, blocked())
    assert caught.value.code == "canary_released"


def test_canary_stops_the_not_in_that_null_empties(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M10: ``NOT IN`` with one NULL returns nobody, which would pass for a very thorough gate."""
    monkeypatch.setattr(
        sql, "load", lambda _name: "SELECT * FROM gate_candidates WHERE person NOT IN (SELECT id FROM gate_persons)"
    )
    with pytest.raises(GateBroken) as caught:
        left(connection, blocked())
    assert caught.value.code == "canary_lost"


CELLS = pa.table(
    {
        "first_name": ["Åsa-Liisa", "Matti"],
        "last_name": ["Öhman", "Meikäläinen"],
        "email": ["asa@firma.example", None],
        "mobile": [None, "+358401234567"],
        "organisation_phone": ["+358931301", None],
        "business_id": ["0112038-9", "1234567-1"],
        "organisation_fold": ["firma oy", "toinen oy"],
    }
)


RETIRED = Key(b"r" * 32, "retired")


def cells_with(connection: duckdb.DuckDBPyConnection, *keys: tuple[str, bytes], key_id: str = "test") -> int:
    rows = [{"ban": "b", "kind": kind, "key": key, "key_id": key_id, "grade": "firm"} for kind, key in keys]
    return fence.banned_cells(connection, CELLS, keys=pa.Table.from_pylist(rows, schema=SCHEMA), ring=(KEY, RETIRED))


def test_second_check_finds_each_kind_of_key_in_the_cells(connection: duckdb.DuckDBPyConnection) -> None:
    found = {
        "email": ("asa@firma.example",),
        "phone": ("+358401234567",),
        "name_org": (name_tokens("Asa Liisa", "Ohman"), "0112038-9"),
        "organisation": ("1234567-1",),
        "name_orgname": (name_tokens("MEIKÄLÄINEN", "Matti"), "toinen oy"),
    }
    for kind, parts in found.items():
        assert cells_with(connection, (kind, KEY.mac(key_message(kind, *parts)))) == 1, kind
        retired = kind, RETIRED.mac(key_message(kind, *parts))
        assert cells_with(connection, retired, key_id="retired") == 1, f"R019: {kind} keyed before a rotation"
    assert cells_with(connection, ("phone", KEY.mac(key_message("phone", "+358931301")))) == 1, "the switchboard"
    assert cells_with(connection) == 0
    assert cells_with(connection, ("email", KEY.mac(key_message("email", "toinen@firma.example")))) == 0


def test_second_check_that_finds_nothing_stops_the_release(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted cell must be found, else the check itself is broken."""
    monkeypatch.setattr(sql, "load", lambda _name: "SELECT 0 FROM (SELECT $inner, $outer, $kinds, $key_id)")
    monkeypatch.setattr(fence, "_install", lambda _connection: None)
    with pytest.raises(GateBroken) as caught:
        cells_with(connection)
    assert caught.value.code == "canary_released"


def test_R019_bans_of_a_key_that_is_gone_stop_the_release(connection: duckdb.DuckDBPyConnection) -> None:
    """A ban that cannot be matched must not be passed over."""
    with pytest.raises(BanUnreadable) as caught:
        cells_with(connection, ("email", b"x" * 32), key_id="lost")
    assert caught.value.code == "suppression_key_missing"
