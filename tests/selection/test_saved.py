"""Saved selections: named, versioned, of their customer alone, and checked whenever they are used (T14)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.errors import CriteriaError, InvalidInput, NotFound
from extracts import selections
from ledger import customers, selections as ledger_selections, tables
from ledger.store import Store
from schemas.criteria import parse_criteria

WANTED = {"organisation": {"region": ["01"]}, "person": {"level": [1], "verified_since": "2026-06-01"}}


def a_customer(store: Store, business_id: str = "6000001-0") -> str:
    with store.write() as tx:
        return customers.add_customer(
            tx, name="Asiakas Oy", business_id=business_id, country="FI", parent=None, contact=None
        )


def test_every_save_is_a_version_and_none_changes(any_store: Store) -> None:
    customer, other = a_customer(any_store), a_customer(any_store, "6000002-9")
    first = selections.save(any_store, "IT-johtajat", parse_criteria(WANTED), customer=customer)
    narrower = WANTED | {"limit": 50}
    second = selections.save(any_store, "IT-johtajat", parse_criteria(narrower), customer=customer, note="kevät")
    theirs = selections.save(any_store, "IT-johtajat", parse_criteria(WANTED), customer=other)
    assert (first["version"], second["version"], theirs["version"]) == (1, 2, 1)
    with any_store.ledger.read() as connection:
        newest = ledger_selections.find(connection, customer=customer, name="IT-johtajat")
        oldest = ledger_selections.find(connection, customer=customer, name="IT-johtajat", version=1)
        assert newest["criteria"]["limit"] == 50
        assert parse_criteria(oldest["criteria"]) == parse_criteria(WANTED)
        listed = ledger_selections.saved(connection, customer=customer)
        assert [row["version"] for row in listed] == [2, 1]
        for name, version in (("IT-johtajat", 3), ("it-johtajat", None)):
            with pytest.raises(NotFound) as unknown:
                ledger_selections.find(connection, customer=customer, name=name, version=version)
            assert unknown.value.code == "selection_unknown"


@pytest.mark.parametrize("name", ["", " x", "a" * 81, "a@2", "a;b", "../a", "a\nb", "a'--"])
def test_a_name_is_plain_text(store: Store, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        selections.save(store, name, parse_criteria(WANTED), customer=a_customer(store))
    assert refused.value.code == "selection_name_invalid"


def test_a_saved_selection_names_no_file(store: Store) -> None:
    wanted = parse_criteria(WANTED | {"exclude": {"persons_file": "x.csv"}})
    with pytest.raises(InvalidInput) as refused:
        selections.save(store, "x", wanted, customer=a_customer(store))
    assert refused.value.code == "selection_names_file"
    assert refused.value.ids["key"] == "exclude.persons_file"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"organisation": {"region": ["99"]}}, "criteria_code_unknown"),
        ({"organisation": {"region": ["01'; DROP TABLE selectable; --"]}}, "criteria_code_unknown"),
        ({"organisation": {"secret": ["01"]}}, "criteria_key_unknown"),
        ({"person": {}}, "criteria_too_wide"),
    ],
)
def test_T14_what_was_stored_is_checked_when_it_is_used(
    register_store: Store, campaign: str, change: dict[str, Any], code: str
) -> None:
    selections.save(register_store, "x", parse_criteria(WANTED), campaign=campaign)
    row, criteria = selections.use(register_store, campaign, "x@1")
    assert (row["version"], criteria) == (1, parse_criteria(WANTED))
    with register_store.write() as tx:  # a code list changed, or somebody wrote to the ledger
        tx.execute(update(tables.selection).values(criteria=WANTED | change))
        tx.audit("test.changed")
    with pytest.raises(CriteriaError) as refused:
        selections.use(register_store, campaign, "x")
    assert refused.value.code == code


def test_the_verbs_save_list_show_and_use(register_store: Store, campaign: str, tmp_path: Path) -> None:
    from service.cli import main
    from service.cli.common import Session

    file, out = tmp_path / "it.json", tmp_path / "out.json"
    file.write_text(json.dumps(WANTED))
    home = str(register_store.home.root)

    def run(*words: str, capture: pytest.CaptureFixture[str] | None = None) -> int:
        return main([*words, "--home", home, "--json"], Session(clock=register_store.clock))

    assert run("selection", "save", "--name", "IT", "--criteria", str(file), "--campaign", campaign) == 0
    assert run("selection", "list", "--campaign", campaign) == 0
    assert run("selection", "use", "IT", "--campaign", campaign, "--out", str(out)) == 0
    assert json.loads(out.read_text())["organisation"] == WANTED["organisation"]
    assert run("count", "--campaign", campaign, "--selection", "IT@1") == 0
    assert run("count", "--campaign", campaign, "--selection", "IT@2") == 4
    assert run("count", "--campaign", campaign) == 2
    assert run("count", "--campaign", campaign, "--selection", "IT", "--criteria", str(file)) == 2
    assert run("order", "place", "--campaign", campaign, "--selection", "IT") == 0
