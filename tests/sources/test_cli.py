"""``rajaus register load`` and ``rajaus source`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from tests.conftest import NOW
from tests.sources.files import organisations, positions


@pytest.fixture
def rajaus(store: Store, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line on the store: exit code, and standard output as JSON (or as text without ``--json``)."""

    def run(*arguments: object) -> tuple[int, Any]:
        words = [str(argument) for argument in arguments]
        code = main(["--home", str(store.home.root), *words], Session(clock=fixed_clock(NOW)))
        out = capsys.readouterr().out
        return code, json.loads(out) if "--json" in words else out

    return run


def test_a_load_prints_the_document_of_the_contract(rajaus: Any, tmp_path: Path) -> None:
    files = [organisations(tmp_path / "o.csv", {}), positions(tmp_path / "p.csv", {}, {"level": "9"})]
    code, document = rajaus("register", "load", "--source", "demo", *files, "--json")
    assert code == 0
    counts = {"read": 3, "accepted": 2, "quarantined": 1, "suppressed": 0}
    expected = {"load": 2, "reasons": {"level_unknown": 1}, **counts}
    assert {name: document[name] for name in expected} == expected
    assert Path(document["quarantine_file"]).read_text().splitlines()[1:] == ['"p.csv",2,"level","level_unknown"']


def test_people_are_told_counts_reasons_and_where_the_rest_is(rajaus: Any, tmp_path: Path) -> None:
    code, text = rajaus("register", "load", "--source", "demo", positions(tmp_path / "p.csv", {}, {"level": "9"}))
    assert code == 0
    assert "level_unknown  1" in text
    assert ".csv" in text
    code, text = rajaus("register", "load", "--source", "demo", positions(tmp_path / "q.csv", {"level": "9"}))
    assert (code, "the register is unchanged" in text) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--source", "s", "missing.csv"), "file_missing"),
        (("--source", " ", "p.csv"), "value_missing"),
        (("--source", "s", "--format", "ytj", "p.csv"), "file_record_malformed"),
        (("--source", "s", "--format", "parquet", "p.csv"), "file_damaged"),
        (("--source", "s", "--mapping", "no.json", "p.csv"), "file_missing"),
        (("--source", "s", "--format", "pdf", "p.csv"), "usage"),
        (("p.csv",), "usage"),
        (("--source", "s"), "usage"),
    ],
)
def test_a_wrong_load_ends_with_2_and_names_the_error(
    rajaus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], error: str
) -> None:
    monkeypatch.chdir(tmp_path)
    positions(tmp_path / "p.csv", {})
    code, document = rajaus("register", "load", *arguments, "--json")
    assert (code, document["error"]["code"]) == (2, error)


def test_a_mapping_file_and_an_update_from_the_command_line(rajaus: Any, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'kind = "organisations"\n[columns]\nbusiness_id = "Tunnus"\nname = "Nimi"\nform = "Muoto"\n'
    )
    (tmp_path / "o.csv").write_text("Tunnus;Nimi;Muoto\n0112038-9;Nokia;Oyj\n")
    load = (
        "register",
        "load",
        "--source",
        "own",
        "--mapping",
        tmp_path / "map.toml",
        "--mode",
        "update",
        tmp_path / "o.csv",
    )
    for number in (1, 2):
        code, document = rajaus(*load, "--json")
        assert (code, document["load"], document["accepted"]) == (0, number, 1)


def test_sources_are_listed_ranked_quarantined_and_released(rajaus: Any, tmp_path: Path) -> None:
    """R008."""
    for name in ("prh", "bought"):
        rajaus("register", "load", "--source", name, positions(tmp_path / "p.csv", {}), "--json")
    assert rajaus("source", "priority", "bought", 5, "--json") == (0, {"source": "bought", "priority": 5})
    code, document = rajaus("source", "list", "--json")
    assert [(one["source"], one["priority"], one["rows"]) for one in document["sources"]] == [
        ("bought", 5, 1),
        ("prh", 10, 1),
    ]
    assert rajaus("source", "quarantine", "bought", "--json") == (0, {"source": "bought", "state": "quarantined"})
    code, document = rajaus("source", "quarantine", "bought", "--json")
    assert (code, document["error"]["code"]) == (5, "transition_invalid")
    assert rajaus("source", "list", "--json")[1]["sources"][0]["rows"] == 0
    assert "quarantined" in rajaus("source", "list")[1]
    assert rajaus("source", "release", "bought", "--json")[0] == 0
    assert rajaus("source", "quarantine", "nobody", "--json")[0] == 4
