"""T14: 500 pieces of SQL in every filter are refused as codes or compared as plain values; nothing else happens."""

from __future__ import annotations

import random
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from core.errors import CriteriaError, FileRejected, InvalidInput, NotFound
from extracts import own_lists, selections
from ledger import customers
from ledger.store import Store
from register.query import Register, facets, pool, select
from schemas.criteria import Exclusions, parse_criteria
from tests.query.small_register import TITLES, Line, lines, register_of
from tests.query.test_query import selector

_STARTS = (
    "",
    "'",
    '"',
    "x'",
    "01'",
    "1",
    "')",
    '")',
    "'))",
    "]",
    "}",
    "\\'",
    "$1",
    "$subject",
    "%27",
    "\u2019",
    "\x00'",
)
_MIDDLES = (
    " OR 1=1", " OR ''='", "; DROP TABLE selectable", "; DELETE FROM selectable", " UNION SELECT nonce FROM person",
    "; ATTACH 'x.db' AS x", "; COPY selectable TO 'x.csv'", " AND (SELECT read_text('/etc/passwd'))",
    "; SET enable_external_access = true", "; SET VARIABLE asked = NULL", "; INSTALL httpfs; LOAD httpfs",
    "); CREATE TABLE x AS FROM selectable", " IN (SELECT title FROM title)", "::INTEGER[]", "' || (SELECT 1) || '",
    "; PRAGMA database_list", "; CALL pragma_version()", "*/ OR /*", "; DETACH previous", " LIKE '%'",
)  # fmt: skip
_ENDS = ("", " --", ";", " #", " /*")
PAYLOADS = sorted({"".join(parts) for parts in product(_STARTS, _MIDDLES, _ENDS)})
CODED = {
    "organisation": ("kind", "industry", "form", "staff_class", "revenue_class", "region", "municipality", "postcode"),
    "organisation_not": ("kind", "industry", "form", "staff_class", "region", "municipality", "postcode"),
    "person": ("responsibility", "purchasing", "level", "reachable", "reachable_any"),
}
BASE: dict[str, Any] = {
    "organisation": {"kind": ["company", "public", "association"]},
    "person": {"level": [1, 2, 3, 4]},
}


@pytest.fixture(scope="module")
def world() -> tuple[list[Line], Register]:
    rows = lines(random.Random(3), 120)
    return rows, register_of(rows)


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    assert len(PAYLOADS) >= 1500
    return random.Random(14).sample(PAYLOADS, 500)


def content(register: Register) -> tuple[Any, ...]:
    tables = ("selectable", "organisation", "organisation_key", "title", "erp", "form", "industry")
    return tuple(
        register.connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {t} AS t").fetchall() for t in tables
    )


@pytest.mark.parametrize(("block", "key"), [(block, key) for block, keys in CODED.items() for key in keys])
def test_T14_a_code_is_a_code_or_is_refused(payloads: list[str], block: str, key: str) -> None:
    for payload in payloads:
        wanted = deepcopy(BASE)
        wanted.setdefault(block, {})[key] = [payload]
        with pytest.raises(CriteriaError):
            parse_criteria(wanted)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: {"organisation": {"industry": ["62"], "industry_version": text}},
        lambda text: {"organisation": {"near": {"postcode": text, "km": 5}}},
        lambda text: {"organisation": {"near": {"postcode": "00100", "km": text}}},
        lambda text: {"organisation": {"it": {"workstations_min": text}}},
        lambda text: {"organisation": {"website": text}},
        lambda text: {"organisation": {text: ["01"]}},
        lambda text: {"person": {"verified_since": text}},
        lambda text: {"person": {text: [1]}},
        lambda text: {"per_organisation": {"max": 1, "prefer": [text]}},
        lambda text: {"per_organisation": {"max": text}},
        lambda text: {"exclude": {"earlier_orders": text}},
        lambda text: {"exclude": {"earlier_orders": "person", "earlier_orders_since": text}},
        lambda text: {"exclude": {"earlier_orders": "person", "earlier_orders_of": text}},
        lambda text: {"limit": text},
        lambda text: {"sample": text},
        lambda text: {"cells": {text: 1, "B": 1}},
        lambda text: {"cells": {"A": text, "B": text}},
        lambda text: {text: 1},
    ],
)
def test_T14_no_other_key_takes_it_either(payloads: list[str], wrap: Any) -> None:
    for payload in payloads:
        wanted = wrap(payload)
        with pytest.raises(CriteriaError):
            parse_criteria(BASE | {block: BASE.get(block, {}) | keys if isinstance(keys, dict) else keys
                                   for block, keys in wanted.items()})  # fmt: skip


@pytest.mark.parametrize(("block", "key"), [("person", "title"), ("organisation", "it"), ("organisation_not", "erp")])
def test_T14_free_text_is_compared_as_a_value(
    world: tuple[list[Line], Register], payloads: list[str], block: str, key: str
) -> None:
    """Titles and systems are free text: a payload is a title that nobody has."""
    rows, register = world
    before = content(register)
    plain = select(register, selector(BASE)).selected
    for values in (payloads, *([payload] for payload in payloads[:25])):
        wanted = deepcopy(BASE)
        wanted.setdefault(block, {})[key] = {"erp": values} if key == "it" else values
        chosen = selector(wanted)
        statement = select(register, chosen)
        assert statement.selected == (plain if block == "organisation_not" else 0)
        facets(register, chosen)
        pool(register, chosen, statement)
    mixed = BASE | {"person": {"title": [*payloads, TITLES[0]]}}
    assert select(register, selector(mixed)).selected == sum(row.title == TITLES[0] for row in rows)
    assert content(register) == before


def test_T14_in_names_campaigns_and_lists(store: Store, payloads: list[str], tmp_path: Path) -> None:
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name="Asiakas Oy", business_id="6000001-0", country="FI", parent=None, contact=None
        )
    for payload in payloads:
        with pytest.raises((InvalidInput, NotFound)):
            selections.save(store, payload + "'", parse_criteria(BASE), customer=customer)
        with store.ledger.read() as connection, pytest.raises(NotFound):
            customers.campaign(connection, payload)
    own = tmp_path / "own.csv"
    own.write_text("nimi;postinumero\n" + "\n".join(f'"{p.replace(chr(34), "")}";00100' for p in payloads))
    named = own_lists.read(Exclusions(organisations_file=str(own)))[0]
    assert set(named.recognised) <= {"name", "domain", "business"}
    hashed = tmp_path / "hashes.txt"
    hashed.write_text("\n".join(payloads))
    with pytest.raises(FileRejected):
        own_lists.read(Exclusions(hashes_file=str(hashed)))
