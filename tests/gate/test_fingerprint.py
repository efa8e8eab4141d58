"""Marks: keyed, different for each recipient, and never a change of what the register says (R037)."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

import sql
from core.keys import Key
from extracts.gate import marking
from extracts.gate.channels import LIST
from extracts.gate.channels.base import HIGH, LOW
from extracts.gate.fingerprint import Marker, alternatives, token_texts

KEY = Key(b"f" * 32, "test")
MARKER = Marker(KEY, "extract-a", "customer-a")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    for name in ("hmac_hex", "hmac64", "hmac_unit"):
        made.execute(sql.load(name))
    yield made
    made.close()


def rows_of(number: int) -> pa.Table:
    return pa.table(
        {
            "unit": [f"00000000-0000-4000-8000-{place:012d}" for place in range(number)],
            "company_unit": [f"00000000-0000-4000-9000-{place // 3:012d}" for place in range(number)],
            "spare_areas": [""] * number,
            "responsibilities": ["FIN;IT" if place % 3 else "IT" for place in range(number)],
        }
    )


def mark(connection: duckdb.DuckDBPyConnection, rows: pa.Table, marker: Marker = MARKER) -> tuple[pa.Table, pa.Table]:
    return marking.mark(connection, rows, columns=("responsibilities",), marker=marker, ban_url="https://x.example/")


def u(digest: bytes) -> float:
    return (int.from_bytes(digest[:7]) >> 3) / 2**53


def test_marks_follow_the_scheme_word_by_word(connection: duckdb.DuckDBPyConnection) -> None:
    """fingerprint.md 2.1: bias, scope and symbol against a slow reading."""
    rows = rows_of(200)
    marked, marks = mark(connection, rows)
    seen = set()
    for place, unit in enumerate(rows["unit"].to_pylist()):
        said = {name: marks[name][place].as_py() for name in marks.column_names}
        if place % 3 == 0:
            assert [said[f"list_{name}"] for name in ("symbol", "p", "scope", "alt0", "canonical")] == [None] * 5
            assert marked["responsibilities"][place].as_py() == "IT"
            continue
        message = f"{unit}:list".encode()
        p = HIGH if KEY.derive("bias").mac(message)[-1] & 1 else LOW
        own = KEY.derive("lvl").mac(message)[-1] & 1
        token = KEY.derive("unit").mac(unit.encode())[:16].hex()
        scope = KEY.derive("sym").sub("extract-a" if own else "customer-a")
        symbol = int(u(scope.mac(f"{token}:list".encode())) < p)
        assert (said["list_p"], said["list_scope"], said["list_symbol"]) == (p, own, symbol)
        assert marked["responsibilities"][place].as_py() == ("IT;FIN" if symbol else "FIN;IT")
        blind = KEY.derive("blind")
        assert said["list_alt0"] == int.from_bytes(blind.mac(b"list:FIN;IT")[:8])
        assert said["list_alt1"] == int.from_bytes(blind.mac(b"list:IT;FIN")[:8])
        assert said["list_canonical"] == int.from_bytes(blind.mac(b"list:=FIN;IT")[:8])
        seen.add((p, own, symbol))
    assert len(seen) == 8


def test_ban_links_are_the_extract_s_own_and_resolve_by_the_token(connection: duckdb.DuckDBPyConnection) -> None:
    """R040"""
    rows = rows_of(5)
    marked, marks = mark(connection, rows)
    unit = rows["unit"][0].as_py().encode()
    tag = KEY.derive("ban-extract").mac(b"extract-a")[:4]
    token = tag + KEY.derive("ban-token").sub("extract-a").mac(unit)[:12]
    assert MARKER.token(unit.decode()) == token
    assert marks["ban_token"][0].as_py() == token
    assert marked["ban_url"][0].as_py() == "https://x.example/" + base64.b32encode(token).decode().lower().rstrip("=")
    other, _ = mark(connection, rows, Marker(KEY, "extract-b", "customer-a"))
    assert not set(other["ban_url"].to_pylist()) & set(marked["ban_url"].to_pylist())


def test_two_customers_differ_and_one_customer_keeps_half_its_symbols(connection: duckdb.DuckDBPyConnection) -> None:
    """R037: two recipients' files differ; customer-scope symbols are the same in each of its extracts."""
    rows = rows_of(600)

    def symbols(marker: Marker) -> list[int | None]:
        return list(mark(connection, rows, marker)[1]["list_symbol"].to_pylist())

    mine, again, other = (
        symbols(Marker(KEY, *of))
        for of in (("extract-a", "customer-a"), ("extract-b", "customer-a"), ("extract-c", "customer-b"))
    )
    scopes = mark(connection, rows)[1]["list_scope"].to_pylist()
    assert all(a == b for a, b, scope in zip(mine, again, scopes, strict=True) if scope == 0)
    assert mine != again
    assert mine != other


def test_a_column_that_is_not_delivered_carries_no_mark(connection: duckdb.DuckDBPyConnection) -> None:
    _, marks = marking.mark(connection, rows_of(9), columns=("email",), marker=MARKER, ban_url="")
    assert marks["list_symbol"].null_count == 9


@pytest.mark.parametrize("count", [0, 1, 33])
def test_tokens_are_base_32(count: int) -> None:
    tokens = [os.urandom(16) for _ in range(count)]
    expected = [base64.b32encode(token).decode().lower().rstrip("=") for token in tokens]
    assert token_texts(pa.array(tokens, pa.binary())).to_pylist() == expected


def test_cells_without_a_choice_have_no_alternatives() -> None:
    found = alternatives(LIST, pa.array(["IT", "", None, "FIN;IT"]), key=KEY)
    assert found["text0"].to_pylist() == [None, None, None, "FIN;IT"]
