"""Acceptance case 18: over the whole sample register, every delivered cell means what the register says (R037)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from core.clock import fixed_clock
from core.keys import Key
from core.settings import load_settings
from extracts.gate import marking
from extracts.gate.channels import CHANNELS, WWW, Unit
from extracts.gate.fingerprint import Marker
from ledger.store import open_store
from register.query import open_register
from register.rows import personal_rows
from schemas.codes import EXTRACT_FIELDS
from tests.moment import NOW

KEY = Key(b"k" * 32, "test")
COLUMNS = [name for name in EXTRACT_FIELDS if name not in ("row", "industry_label", "ban_url")]
RENDERED = {name for channel in CHANNELS for name in channel.columns}

WRONG = """
SELECT
    count(*) FILTER (lower(s.organisation_name) <> lower(r.organisation_name)
        AND NOT list_contains(string_split(lower(r.parallel_names), chr(30)), lower(s.organisation_name))) AS names,
    count(*) FILTER (regexp_replace(lower(s.visiting_street), '([0-9]) ([a-zåäö])($|[ ,])', '\\1\\2\\3')
        <> regexp_replace(lower(r.visiting_street), '([0-9]) ([a-zåäö])($|[ ,])', '\\1\\2\\3')) AS visiting,
    count(*) FILTER (regexp_replace(lower(s.postal_street), '([0-9]) ([a-zåäö])($|[ ,])', '\\1\\2\\3')
        <> regexp_replace(lower(r.postal_street), '([0-9]) ([a-zåäö])($|[ ,])', '\\1\\2\\3')) AS postal,
    count(*) FILTER (
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(s.title),
            '\\btj\\.', 'toimitusjohtaja'), 'varatj\\.', 'varatoimitusjohtaja'), 'pj\\.', 'puheenjohtaja'),
            'hall\\. ', 'hallituksen '), '\\bvd\\b', 'verkställande direktör')
        <> lower(r.title) AND replace(lower(s.title), 'ordf.', 'ordförande') <> lower(r.title)) AS titles,
    count(*) FILTER (len(list_filter(string_split(s.responsibilities, ';'),
            lambda area: NOT list_contains(string_split(r.responsibilities, ';'), area))) > 0
        OR len(string_split(s.responsibilities, ';')) < least(2, len(string_split(r.responsibilities, ';')))
        OR len(string_split(r.responsibilities, ';')) - len(string_split(s.responsibilities, ';')) > 1
        OR (list_contains(string_split(r.responsibilities, ';'), 'IT')
            AND NOT list_contains(string_split(s.responsibilities, ';'), 'IT'))) AS areas,
    count(*) FILTER (s.website IS NOT NULL AND s.website IS DISTINCT FROM r.website) AS sites,
    count(*) FILTER (s.organisation_phone IS NOT NULL AND s.organisation_phone IS DISTINCT FROM r.organisation_phone)
        AS phones,
    count(*) FILTER (s.website IS NULL AND r.website IS NOT NULL) AS blanked,
    count(*) FILTER (s.organisation_name <> r.organisation_name OR s.title <> r.title
        OR s.visiting_street <> r.visiting_street OR s.responsibilities <> r.responsibilities) AS marked
FROM shown AS s JOIN register AS r USING (position)
"""


@pytest.fixture(scope="module")
def register(published_home: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, pa.Table]]:
    store = open_store(load_settings(env={}, home=published_home, actor="tester"), clock=fixed_clock(NOW))
    with open_register(store, holder="test") as opened:
        everybody = opened.connection.sql("SELECT position, person, org, true AS delivered FROM position")
        channels = ["email", "phone", "post"]
        positions = everybody.to_arrow_table()
        yield opened.connection, personal_rows(opened, positions, subject=["IT"], channels=channels)
    store.ledger.engine.dispose()


def marks(register: tuple[duckdb.DuckDBPyConnection, pa.Table], extract: str) -> tuple[pa.Table, pa.Table]:
    connection, rows = register
    return marking.mark(connection, rows, columns=COLUMNS, marker=Marker(KEY, extract, "customer-a"), ban_url="x/")


@pytest.mark.parametrize("extract", ["extract-a", "extract-b"])
def test_R037_acceptance_18_every_delivered_cell_canonicalises_to_the_register_s(
    register: tuple[duckdb.DuckDBPyConnection, pa.Table], extract: str
) -> None:
    """One comparison over all rows, written without the channels' own code."""
    rows = register[1]
    shown, _ = marks(register, extract)
    for name in COLUMNS:
        if name not in RENDERED:
            assert shown[name].equals(rows[name]), name
    check = duckdb.connect()
    check.register("shown", shown)
    check.register("register", rows)
    found = check.sql(WRONG).to_arrow_table().to_pylist()[0]
    assert found.pop("marked") > len(rows) / 2
    blanked = found.pop("blanked")
    assert 0 < blanked < len(rows) * 0.06 if WWW in CHANNELS else blanked == 0
    assert found == dict.fromkeys(found, 0)


def test_R037_a_company_looks_alike_on_each_of_its_rows(register: tuple[duckdb.DuckDBPyConnection, pa.Table]) -> None:
    """One symbol per unit, however many rows show it; and all its rows are rendered by it."""
    rows = register[1]
    shown, said = marks(register, "extract-a")
    for channel in CHANNELS:
        if channel.unit is not Unit.COMPANY:
            continue
        drawn = pa.table({"company": rows["company_unit"], "symbol": said[f"{channel.name}_symbol"]})
        counted = drawn.group_by("company").aggregate([("symbol", "count_distinct")])
        assert pc.max(counted["symbol_count_distinct"]).as_py() == 1, channel.name
    for name in ("organisation_name", "visiting_street", "website", "organisation_phone"):
        distinct = pa.table({"org": rows["org"], "cell": shown[name]}).group_by("org")
        counted = distinct.aggregate([("cell", "count_distinct")])
        assert pc.max(counted["cell_count_distinct"]).as_py() == 1, name


def test_the_manifest_s_alternatives_are_what_the_reader_finds_in_the_file(
    register: tuple[duckdb.DuckDBPyConnection, pa.Table],
) -> None:
    """R039: nothing of the marks is lost between writing and reading."""
    marker = Marker(KEY, "extract-a", "customer-a")
    shown, said = marks(register, "extract-a")
    for channel in CHANNELS:
        symbols = said[f"{channel.name}_symbol"].to_pylist()
        exact, _ = channel.read(shown[channel.columns[0]].combine_chunks())
        alternatives = [said[f"{channel.name}_alt{symbol}"].to_pylist() for symbol in (0, 1)]
        wrong = seen = 0
        for place, (symbol, text) in enumerate(zip(symbols, exact.to_pylist(), strict=True)):
            if symbol is None or (text is None and len(channel.columns) > 1):
                continue
            seen += 1
            blind = int.from_bytes(marker.blind_key.mac(f"{channel.name}:{text}".encode())[:8])
            wrong += blind != alternatives[symbol][place]
        assert wrong <= 0.01 * seen, (channel.name, wrong, seen)
