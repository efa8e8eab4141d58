"""``rajaus seeds stock|add|list`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.store import Store
from service.cli import main
from tests.gate.test_seeds import HOST, HOSTS


def run(store: Store, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["seeds", *arguments, "--home", str(store.settings.home), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_stock_add_and_list(store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(store, capsys, "stock", "--count", "3") == (0, {"added": 3, "ready": 3})
    file = tmp_path / "hosts.csv"
    file.write_text(HOSTS + HOST, encoding="utf-8")
    code, added = run(store, capsys, "add", str(file))
    assert (code, added["added"]) == (0, 1)
    code, listed = run(store, capsys, "list", "--state", "ready")
    assert listed["counts"] == {"ready": 4, "allocated": 0, "retired": 0}
    assert sorted(seed["kind"] for seed in listed["seeds"]) == ["fictitious", "fictitious", "fictitious", "host"]
    assert "Maija" not in json.dumps(listed)


def test_a_person_reads_a_table(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seeds", "stock", "--count", "1", "--home", str(store.settings.home)]) == 0
    assert main(["seeds", "list", "--home", str(store.settings.home)]) == 0
    assert "1 ready, 0 allocated, 0 retired" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "code"), [(None, "file_missing"), (HOSTS, "file_header_only"), (HOSTS + HOST + HOST, "seed_repeated")]
)
def test_a_bad_file_is_invalid_input(
    store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | None, code: str
) -> None:
    file = tmp_path / "hosts.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    exit_code, said = run(store, capsys, "add", str(file))
    assert (exit_code, said["error"]["code"]) == (2, code)
