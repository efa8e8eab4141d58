"""``rajaus trace`` on the command line (cli.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extracts import reveal
from ledger.store import Store
from service.cli import main
from tests.trace.house import House, leak, people


def _run(store: Store, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["trace", "--home", str(store.settings.home), *arguments])
    return code, capsys.readouterr().out


def test_the_document_has_the_keys_of_the_contract(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = House(store).release("x1", people(200), deliver=100)
    code, out = _run(store, capsys, "--json", str(leak(tmp_path / "l.csv", cut.rows)))
    document = json.loads(out)
    assert code == 0
    assert {"read", "matched", "accused", "leads", "seeds", "evidence_file"} <= set(document)
    assert set(document["accused"][0]) == {"extract", "customer", "campaign", "log_e", "p", "family_wise_p"}


def test_people_read_who_is_accused_and_with_what_certainty(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = House(store).release("x1", people(200), deliver=100)
    code, out = _run(store, capsys, str(leak(tmp_path / "l.csv", cut.rows)))
    assert code == 0
    for expected in ("100 of 100 rows", "x1  c1  k-x1", "family-wise p", "trace-"):
        assert expected in out
    code, out = _run(store, capsys, str(leak(tmp_path / "m.csv", cut.rows[:5])))
    assert "Nobody is accused" in out


def test_a_file_that_cannot_be_read_is_exit_code_2(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = _run(store, capsys, "--json", str(tmp_path / "none.csv"))
    assert (code, json.loads(out)["error"]["code"]) == (2, "file_missing")


def test_R039_a_pdf_says_it_in_two_languages_and_the_audit_holds_its_digest(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For its owner only; a PDF that was changed later is found by the re-check in the house."""
    house = House(store)
    cut = house.release("x1", people(200), deliver=100)
    house.release("x2", people(200), deliver=100, customer="c2")
    _, out = _run(store, capsys, "--json", str(leak(tmp_path / "l.csv", cut.rows)))
    document = json.loads(out)
    path = Path(document["document_file"])
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.stat().st_mode & 0o777 == 0o600
    evidence = Path(document["evidence_file"])
    assert path.with_suffix(".json") == evidence
    assert reveal.audit_agrees(store, evidence) == []
    path.write_bytes(path.read_bytes() + b"\n")
    assert [one["at"] for one in reveal.audit_agrees(store, evidence)] == ["document"]


def test_a_trace_in_a_house_without_extracts_has_its_pdf_too(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"email": "a@b.example", "first_name": "Aino", "last_name": "Virtanen"}]
    code, out = _run(store, capsys, "--json", str(leak(tmp_path / "l.csv", rows)))
    assert code == 0
    assert Path(json.loads(out)["document_file"]).is_file()
