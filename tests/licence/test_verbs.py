"""The verbs of licences, as people and programs call them (R033, R040)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock
from core.signing import public_key
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from extracts.verify import verify
from ledger.store import Store
from schemas.criteria import parse_criteria
from schemas.licence import PROFILE
from service.cli import main
from service.cli.common import Session
from tests.licence.conftest import CRITERIA, Delivered
from tests.published import open_campaign

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], clock: Clock, tmp_path: Path) -> Run:
    """Run a verb with --json; without ``at`` there is no store anywhere."""

    def verb(*words: Any, at: Path | None = None) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        home = ["--home", str(at or tmp_path / "nowhere")]
        code = main([*(str(word) for word in words), *home, "--json"], session=Session(clock=clock))
        return code, json.loads(capsys.readouterr().out)

    return verb


@pytest.fixture
def home(delivered: Delivered, tmp_path: Path) -> Path:
    return Path(shutil.copytree(delivered.home, tmp_path / "home"))


def test_r033_anybody_verifies_without_a_store(run: Run, delivered: Delivered) -> None:
    code, found = run("licence", "verify", delivered.file("xlsx"), "--key", delivered.public)
    assert (code, found["verdict"], found["match"]) == (0, "valid", "file")
    assert (found["extract"], found["campaign"], found["rows"]) == (
        delivered.extract,
        delivered.campaign,
        delivered.rows,
    )
    assert (found["customer"], found["customer_business_id"]) == ("Asiakas 6000001-0 Oy", "6000001-0")
    assert (found["valid_from"], found["valid_until"]) == ("2026-10-31T22:00:00Z", "2026-12-20T22:00:00Z")


def test_with_a_store_its_own_keys_are_trusted(run: Run, delivered: Delivered, home: Path) -> None:
    assert run("licence", "verify", delivered.file("csv"), at=home)[0] == 0


@pytest.mark.parametrize(
    ("case", "code", "error"),
    [
        ("no key", 3, "licence_unknown_key"),
        ("row gone", 3, "licence_altered_file"),
        ("licence changed", 3, "licence_altered"),
        ("no licence", 4, "licence_missing"),
        ("no file", 2, "file_missing"),
        ("bad key", 2, "public_key_invalid"),
    ],
)
def test_every_verdict_has_its_exit_code_and_words(
    run: Run, delivered: Delivered, case: str, code: int, error: str
) -> None:
    file, keys = delivered.file("csv"), ["--key", delivered.public]
    licence = delivered.directory / "LICENCE.jsonld"
    match case:
        case "no key":
            keys = []
        case "row gone":
            file.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
        case "licence changed":
            licence.write_text(licence.read_text(encoding="utf-8").replace("Kampanja", "Toinen"), encoding="utf-8")
        case "no licence":
            licence.unlink()
        case "no file":
            file.unlink()
        case "bad key":
            keys = ["--key", "z6Mk"]
    done, found = run("licence", "verify", file, *keys)
    assert (done, found["error"]["code"]) == (code, error)
    if error == "licence_altered":
        assert found["error"]["ids"]["verdict"]["extract"] is None, "nothing of a changed licence is repeated"


def test_a_person_reads_what_was_found(
    capsys: pytest.CaptureFixture[str], clock: Clock, delivered: Delivered, tmp_path: Path
) -> None:
    words = ["licence", "verify", str(delivered.file("csv")), "--home", str(tmp_path / "none")]
    assert main([*words, "--key", delivered.public], session=Session(clock=clock)) == 0
    told = capsys.readouterr().out
    for text in ("valid", delivered.extract, "2026-11-01 00:00", "2026-12-21 00:00", "byte for byte", "stop list"):
        assert text in told


def test_keys_are_exported_and_rotated_and_old_licences_still_checked(
    run: Run, delivered: Delivered, home: Path, tmp_path: Path
) -> None:
    first = run("licence", "key", at=home)[1]
    assert first["in_use"]["public"] == delivered.public
    rotated = run("keys", "rotate", "licence", at=home)[1]
    assert (rotated["retired"], rotated["in_use"] != rotated["retired"]) == (first["in_use"]["key"], True)
    exported = run("licence", "key", "--out", tmp_path / "keys.pub", "--pem", at=home)[1]
    assert [one["key"] for one in exported["retired"]] == [first["in_use"]["key"]]
    assert exported["pem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert run("licence", "verify", delivered.file("csv"), "--key", tmp_path / "keys.pub")[0] == 0
    assert run("licence", "verify", delivered.file("csv"), "--key", exported["in_use"]["public"])[0] == 3
    assert run("licence", "verify", delivered.file("csv"), at=home)[0] == 0


def test_no_verb_prints_the_secret_key(run: Run, delivered: Delivered, home: Path) -> None:
    shown = json.dumps([run("licence", "key", "--pem", at=home), run("keys", "list", at=home)])
    assert delivered.key.secret.hex() not in shown


def test_r033_terms_are_filed_accepted_and_listed(run: Run, delivered: Delivered, home: Path, tmp_path: Path) -> None:
    own = tmp_path / "terms.toml"
    own.write_text('[terms.fi.sections.end]\nheading = "LOPPU"\ntext = "Poisto {disposal}."\n', encoding="utf-8")
    words = ("--from", "2026-11-22", "--changes", "Poisto heti", "--text", own)
    code, filed = run("licence", "file-terms", "--material", *words, at=home)
    assert (code, filed["terms"], filed["material"]) == (0, 2, True)
    assert run("licence", "file-terms", "--material", *words, at=home)[1]["error"]["code"] == "terms_unchanged"
    campaign = ("--campaign", delivered.campaign)
    assert run("licence", "acceptances", *campaign, at=home)[1]["accepted"] is False
    refused = run("deliver", delivered.extract, "--to", tmp_path / "out", at=home)[1]
    assert refused["error"]["code"] == "licence_not_accepted"
    code, accepted = run("licence", "accept", *campaign, "--by", "Liisa Mäkelä", "--how", "email", at=home)
    assert (code, accepted["terms"], accepted["campaign"]) == (0, 2, delivered.campaign)
    listed = run("licence", "acceptances", *campaign, at=home)[1]
    assert (listed["accepted"], listed["needed"]) == (True, 2)
    assert [(row["version"], row["accepted_by"], row["how"]) for row in listed["acceptances"]] == [
        (2, "Liisa Mäkelä", "email"),
        (1, None, "agreement"),
    ]
    assert run("deliver", delivered.extract, "--to", tmp_path / "out", at=home)[0] == 0
    versions = run("licence", "terms", at=home)[1]["terms"]
    assert [row["version"] for row in versions] == [2, 1]
    text = run("licence", "terms", "--terms", "2", at=home)[1]["text"]
    assert text["terms"]["fi"]["sections"]["end"]["text"] == "Poisto {disposal}."
    assert text["terms"]["en"]["title"] == "TERMS OF USE", "what the file leaves out stays"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("not toml", "file_damaged"),
        ('[terms.fi]\nbrief = "{nobody}"\n', "terms_incomplete"),
        ('[message.sv.text]\nban = "Ring oss"\n', "terms_incomplete"),
        ("terms = 1\n", "terms_incomplete"),
        ("[terms]\nfi = 1\n", "terms_incomplete"),
        ("[terms.fi]\nbrief = 1\n", "terms_incomplete"),
        ("[terms.de]\nbrief = 'x'\n", "terms_incomplete"),
    ],
)
def test_faulty_terms_are_never_filed(run: Run, home: Path, tmp_path: Path, content: str, code: str) -> None:
    own = tmp_path / "terms.toml"
    own.write_text(content, encoding="utf-8")
    words = ("--from", "2026-11-22", "--editorial", "--changes", "x", "--text", own)
    done, found = run("licence", "file-terms", *words, at=home)
    assert (done, found["error"]["code"]) == (2, code)


def test_r033_who_accepts_can_be_named_when_an_agreement_or_campaign_is_opened(run: Run, home: Path) -> None:
    customer = run("customer", "add", "--name", "Uusi Oy", "--business-id", "0112038-9", at=home)[1]["customer"]
    dates = ("--from", "2026-11-01", "--until", "2026-12-01")
    agreement = run(
        "agreement", "add", "--customer", customer, "--mode", "campaign", *dates,
        "--licence-accepted-by", "Pekka", at=home,
    )[1]["agreement"]  # fmt: skip
    campaign = run(
        "campaign", "open", "--agreement", agreement, "--name", "K", "--subject", "IT", "--purpose", "sales",
        "--channel", "email", *dates, "--licence-accepted-by", "Liisa", at=home,
    )[1]["campaign"]  # fmt: skip
    rows = run("licence", "acceptances", "--campaign", campaign, at=home)[1]["acceptances"]
    assert {(row["accepted_by"], row["how"]) for row in rows} == {("Pekka", "agreement"), ("Liisa", "signature")}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_r040_the_text_for_messages(run: Run, delivered: Delivered, home: Path, language: str) -> None:
    code, found = run("licence", "text", "--campaign", delivered.campaign, "--language", language, at=home)
    assert (code, set(found["texts"])) == (0, {"email", "phone"})
    card = (delivered.directory / "LICENCE.txt").read_text(encoding="utf-8")
    assert " ".join(found["texts"]["email"].split()) in " ".join(card.split()), "the card has the same"


def test_the_vocabulary_is_printed(run: Run) -> None:
    assert run("licence", "profile")[1]["profile"] == PROFILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [(), ("--campaign", "c", "--agreement", "a")])
def test_an_acceptance_is_of_a_campaign_or_an_agreement(run: Run, home: Path, words: tuple[str, ...]) -> None:
    assert run("licence", "accept", *words, "--by", "x", at=home)[0] == 2


def test_two_extracts_delivered_to_one_directory_keep_their_licences(register_store: Store, tmp_path: Path) -> None:
    campaign = open_campaign(register_store)
    made = [cut(register_store, place(register_store, campaign, CRITERIA)["order"])["extract"] for _ in range(2)]
    for extract in (*made, made[0]):
        deliver(register_store, extract, tmp_path)
    assert len(list(tmp_path.glob("*LICENCE.jsonld"))) == 2
    trusted = [public_key(register_store.key("licence"))]
    for extract in made:
        found = verify(tmp_path / f"{extract}.csv", trusted=trusted, now=register_store.now())
        assert (found.verdict, found.match) == ("valid", "file")
        assert found.document()["extract"] == extract


def test_each_test_cell_of_an_order_is_checked_by_itself(register_store: Store, tmp_path: Path) -> None:
    """A cell's workbook carries the digest of its own rows; another cell's rows are not what it says."""
    campaign = open_campaign(register_store)
    criteria = parse_criteria(
        {
            "organisation": {"kind": ["company"]},
            "person": {"responsibility": ["IT", "GM"]},
            "limit": 40,
            "cells": {"a": "50%", "b": "50%"},
        }
    )
    order = place(register_store, campaign, criteria, formats=["xlsx"])["order"]
    extract = cut(register_store, order)["extract"]
    deliver(register_store, extract, tmp_path / "all")
    trusted = [public_key(register_store.key("licence"))]
    for number, file in enumerate(sorted((tmp_path / "all").glob("*.xlsx"))):
        together = verify(file, trusted=trusted, now=register_store.now())
        assert (together.verdict, together.match) == ("valid", "file")
        alone = tmp_path / str(number) / "x.xlsx"
        alone.parent.mkdir()
        shutil.copy(file, alone)
        found = verify(alone, trusted=trusted, now=register_store.now())
        assert (found.verdict, found.match) == ("valid", "rows")
        assert found.document()["rows"] == found.rows_found
    assert number == 1
