"""The verb `rajaus sample`: its document, its refusals, and that the register takes what it makes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from ledger.store import Store
from register.sample import FILES, sample_dir
from register.sample.generate import generate
from register.sources.load import load_files
from service.cli import main


def test_it_prints_one_document_and_writes_the_five_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["sample", "--organisations", "25", "--seed", "4", "--out", str(tmp_path / "made"), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(document) == {"organisations", "persons", "positions", "crm", "bans", "out"}
    assert document["organisations"] == 25
    assert {path.name for path in (tmp_path / "made").iterdir()} == set(FILES)


def test_the_verb_and_the_function_write_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sample", "--organisations", "30", "--seed", "9", "--as-of", "2026-03-01", "--out", str(tmp_path / "verb")])
    generate(tmp_path / "function", organisations=30, seed=9, as_of=date(2026, 3, 1))
    for name in FILES:
        assert (tmp_path / "verb" / name).read_bytes() == (tmp_path / "function" / name).read_bytes()
    assert capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--organisations", "9"], ["--organisations", "20", "--seed", "-1"]])
def test_what_cannot_be_made_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code = main(["sample", *arguments, "--out", str(tmp_path / "none"), "--json"])
    assert code == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "size_out_of_range"


def test_the_register_takes_every_row_of_the_shipped_sample(store: Store) -> None:
    """R001, R011: read = accepted, nothing in quarantine."""
    sample = sample_dir()
    made = load_files(store, source="sample", files=[sample / "organisations.csv", sample / "positions.csv"])
    ytj = load_files(store, source="ytj", files=[sample / "ytj.json"], format="ytj")
    excerpt = load_files(store, source="prh", files=[sample / "companies_prh_excerpt.csv"])
    assert (made["read"], made["accepted"]) == (6980, 6980)
    assert (ytj["accepted"], excerpt["accepted"]) == (4, 110)
