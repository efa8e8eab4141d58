"""The certificate of the right to keep: signed, of rows and evidence, of no more than was delivered (R034)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import FileRejected, InvalidInput, LicenceRefused
from core.keys import rotate_key
from core.signing import public_key
from extracts import activation
from ledger.store import Store
from service.cli import main
from subjects import keep_certificate
from tests.ending import house
from tests.ending.house import responder


@pytest.fixture
def people() -> int:
    return 30


def kept(store: Store, folder: Path, *, rows: int = 3) -> tuple[house.Cut, list[dict[str, str]]]:
    """A delivered extract of which some persons responded, and their rows."""
    made = house.delivered(store, house.register(store, 30), folder / "out", channels=("email",))
    house.set_clock(store, house.NOW + timedelta(days=3))
    seeds = set(house.seed_numbers(store, made.extract))
    answered = [row for row in house.rows_of(folder / "out") if int(row["row"]) not in seeds][:rows]
    report = [responder({"row": row["row"]}, reference=f"CRM {row['row']}") for row in answered]
    activation.report(store, made.extract, house.write_csv(folder / "r.csv", report))
    return made, answered


def keys(store: Store) -> list[str]:
    return [public_key(key) for key in store.keys("licence")]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_R034_the_certificate_lists_rows_evidence_and_the_columns_delivered(
    store: Store, tmp_path: Path, language: str
) -> None:
    made, answered = kept(store, tmp_path)
    done = keep_certificate.certificate(store, made.extract, to=tmp_path / "keep", language=language)
    listed, pdf = (Path(file["path"]) for file in done["files"])
    document = json.loads(listed.read_text(encoding="utf-8"))
    assert [(row["row"], row["reference"]) for row in document["rows"]] == [
        (int(row["row"]), f"CRM {row['row']}") for row in answered
    ]
    assert document["fields"] == list(answered[0]), "no more than the columns of the file"
    assert "mobile" not in document["fields"], "a campaign by e-mail got no numbers"
    assert document["recipient"]["name"] == made.deal.customer["name"]
    for row in answered:
        for name in ("email", "last_name", "organisation_name"):
            assert row[name] not in listed.read_text(encoding="utf-8")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert (pdf.stat().st_mode | listed.stat().st_mode) & 0o077 == 0


def test_R034_anybody_can_check_it_and_a_change_shows(store: Store, tmp_path: Path) -> None:
    made, _ = kept(store, tmp_path)
    done = keep_certificate.certificate(store, made.extract, to=tmp_path)
    path = Path(done["files"][0]["path"])
    found = keep_certificate.verify(path, trusted=keys(store))
    assert (found["verdict"], found["extract"], found["rows"]) == ("valid", made.extract, 3)
    assert keep_certificate.verify(path, trusted=[])["verdict"] == "unknown_key"
    document = json.loads(path.read_text(encoding="utf-8"))
    for change in (
        {"rows": [*document["rows"], document["rows"][0] | {"row": 99}]},
        {"recipient": {"name": "Toinen Oy", "business_id": "0112038-9"}},
        {"fields": [*document["fields"], "mobile"]},
    ):
        forged = tmp_path / "forged.json"
        forged.write_text(json.dumps(document | change), encoding="utf-8")
        found = keep_certificate.verify(forged, trusted=keys(store))
        assert (found["verdict"], found["extract"], found["rows"]) == ("altered", None, None)
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps({name: value for name, value in document.items() if name != "proof"}), encoding="utf-8")
    assert keep_certificate.verify(bare, trusted=keys(store))["verdict"] == "unsigned"
    rotate_key(store.settings.keys_dir, "licence")
    assert keep_certificate.verify(path, trusted=keys(store))["verdict"] == "valid", "a retired key still vouches"


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"kind": "other"}', "{}"])
def test_R034_what_is_no_certificate_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileRejected) as refused:
        keep_certificate.verify(path, trusted=[])
    assert refused.value.code == "certificate_unreadable"
    with pytest.raises(FileRejected):
        keep_certificate.verify(tmp_path / "nowhere.json", trusted=[])


def test_R034_only_what_counts_is_certified(store: Store, tmp_path: Path) -> None:
    made = house.delivered(store, house.register(store, 30), tmp_path / "out")
    with pytest.raises(LicenceRefused) as nothing:
        keep_certificate.certificate(store, made.extract, to=tmp_path)
    assert nothing.value.code == "nothing_activated"
    house.set_clock(store, house.NOW + timedelta(days=3))
    rows = [responder({"row": row["row"]}) for row in house.rows_of(tmp_path / "out")]
    report = activation.report(store, made.extract, house.write_csv(tmp_path / "r.csv", rows))
    with pytest.raises(LicenceRefused) as waits:
        keep_certificate.certificate(store, made.extract, to=tmp_path)
    assert waits.value.code == "nothing_activated"
    activation.review(store, report["report"], release=True, grounds="list of participants seen", approver="liisa")
    assert len(keep_certificate.certificate(store, made.extract, to=tmp_path)["rows"]) == len(rows)
    with pytest.raises(InvalidInput):
        keep_certificate.certificate(store, made.extract, to=tmp_path, language="de")


def test_R034_the_verb_checks_a_certificate_without_a_store(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = kept(store, tmp_path)
    path = keep_certificate.certificate(store, made.extract, to=tmp_path)["files"][0]["path"]
    monkeypatch.setenv("RAJAUS_HOME", str(tmp_path / "nowhere"))

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["--json", "activation", "verify", path, *words])
        return code, json.loads(capsys.readouterr().out)

    code, document = run("--key", keys(store)[0])
    assert (code, document["rows"]) == (0, 3)
    code, document = run()
    assert (code, document["error"]["code"], document["error"]["ids"]["verdict"]) == (
        3, "certificate_refused", "unknown_key",
    )  # fmt: skip
