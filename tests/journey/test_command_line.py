"""The command-line contract: one JSON document, exit codes, and a clear error for bad input, store unchanged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock
from register.sample import sample_dir
from service.cli import main
from service.cli.common import Session

Run = Callable[..., tuple[int, dict[str, Any], str]]
CRITERIA = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["GM", "IT"]}, "limit": 20}


@pytest.fixture
def home(published_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published_home, tmp_path / "home"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], clock: Clock, home: Path) -> Run:
    """Run a verb with --json and return exit code, document and standard error."""

    def verb(*arguments: Any, at: Path = home, json_first: bool = False) -> tuple[int, dict[str, Any], str]:
        words = [str(argument) for argument in arguments]
        line = ["--json", "--home", str(at), *words] if json_first else [*words, "--home", str(at), "--json"]
        capsys.readouterr()
        code = main(line, session=Session(clock=clock))
        out, err = capsys.readouterr()
        assert out.count("\n") == 1, out
        return code, json.loads(out), err

    return verb


@pytest.fixture
def criteria(tmp_path: Path) -> Path:
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(CRITERIA), encoding="utf-8")
    return file


def add_customer(run: Run) -> str:
    made = run(
        *("customer", "add", "--name", "Asiakas Oy", "--business-id", "0112038-9"),
        *("--contact", "tietosuoja@asiakas.example"),
    )
    return str(made[1]["customer"])


def open_campaign(run: Run, *, until: str = "2026-12-20", since: str = "2026-11-01") -> str:
    customer = add_customer(run)
    agreement = run(
        "agreement",
        "add",
        "--customer",
        customer,
        "--mode",
        "campaign",
        "--from",
        "2026-01-01",
        "--until",
        "2026-12-31",
    )[1]["agreement"]
    code, document, _ = run(
        "campaign",
        "open",
        "--agreement",
        agreement,
        "--name",
        "K",
        "--subject",
        "GM,IT",
        "--purpose",
        "sales",
        "--channel",
        "email,phone",
        "--from",
        since,
        "--until",
        until,
    )
    assert code == 0
    return str(document["campaign"])


def test_the_whole_contract_from_count_to_trace(run: Run, criteria: Path, tmp_path: Path) -> None:
    campaign = open_campaign(run)
    code, counted, _ = run("count", "--campaign", campaign, "--criteria", criteria, "--facets", json_first=True)
    assert code == 0
    assert (
        counted["selected"] - counted["unavailable"] - counted["already_received"] - counted["capped"]
        == counted["to_deliver"]
    )
    assert sum(counted["staff"].values()) == counted["unavailable"]
    assert {"banned", "stale", "unnotified", "withheld"} <= set(counted["staff"])
    assert sum(value["count"] for value in counted["facets"]["kind"]) == counted["selected"]
    code, order, _ = run(
        "order", "place", "--campaign", campaign, "--criteria", criteria, "--formats", "csv,xlsx,parquet,jsonl"
    )
    assert (code, order["state"]) == (0, "approved")
    assert order["statement"]["to_deliver"] == counted["to_deliver"]
    code, extract, _ = run("cut", order["order"])
    assert code == 0
    assert set(extract) == {"extract", "rows", "persons", "seeds", "snapshot", "fence", "files"}
    assert extract["rows"] == extract["persons"] + extract["seeds"]
    assert {file["format"] for file in extract["files"]} == {"csv", "xlsx", "parquet", "jsonl"}
    code, delivered, _ = run("deliver", extract["extract"], "--to", tmp_path / "out")
    assert code == 0
    csv_file = next(file["path"] for file in delivered["files"] if file["format"] == "csv")
    code, traced, _ = run("trace", csv_file)
    assert code == 0
    assert {"read", "matched", "accused", "leads", "seeds", "evidence_file"} <= set(traced)
    assert traced["accused"][0]["extract"] == extract["extract"]
    assert len(traced["seeds"]) == extract["seeds"]
    assert run("cut", order["order"])[0] == 3
    assert run("extract", "revoke", extract["extract"])[0] == 0
    code, refused, _ = run("deliver", extract["extract"], "--to", tmp_path / "again")
    assert (code, refused["error"]["code"]) == (3, "extract_revoked")


def test_register_verbs_answer_as_the_contract_says(run: Run, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    assert run("init", at=fresh)[0] == 0
    assert run("init", at=fresh)[0] == 2
    sample = sample_dir()
    code, report, _ = run(
        "register", "load", "--source", "sample", sample / "organisations.csv", sample / "positions.csv", at=fresh
    )
    assert code == 0
    assert report["read"] == report["accepted"] + report["quarantined"] + report["suppressed"] > 6000
    assert {"load", "reasons", "quarantine_file"} <= set(report)
    code, published, _ = run("register", "publish", at=fresh)
    assert code == 0
    assert set(published) >= {"snapshot", "organisations", "persons", "positions", "sha256", "seconds"}
    code, status, _ = run("register", "status", at=fresh)
    assert (code, status["snapshot"]) == (0, published["snapshot"])
    code, verified, _ = run("register", "verify", at=fresh)
    assert (code, verified["ok"], verified["sha256"]) == (0, True, published["sha256"])
    assert run("doctor", at=fresh)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("campaign", "show", "campaign-none"), 4, "campaign_unknown"),
        (("order", "show", "order-none"), 4, "order_unknown"),
        (("extract", "show", "extract-none"), 4, "extract_unknown"),
        (("cut", "order-none"), 4, "order_unknown"),
        (("ban", "show", "ban-none"), 4, "ban_unknown"),
        (("ban", "add", "--via", "phone"), 2, "ban_identifies_nobody"),
        (("customer", "add", "--name", "X", "--business-id", "0869288-2"), 2, "business_id_invalid"),
        (("customer", "add", "--name", "X", "--business-id", "123", "--country", "US"), 3, "outside_eea"),
        (("customer", "add", "--name", "X", "--business-id", "123", "--country", "GB"), 3, "outside_eea"),
        (("customer", "add", "--name", "X", "--business-id", "123", "--country", "CH"), 3, "outside_eea"),
        (("customer", "add", "--name", "X", "--business-id", "123", "--country", "XX"), 2, "country_unknown"),
        (("customer", "add"), 2, "usage"),
        (("no-such-verb",), 2, "usage"),
        (("register", "load", "--source", "x", "missing.csv"), 2, None),
        (("trace", "missing.csv"), 2, None),
    ],
)
def test_a_refusal_has_its_exit_code_and_one_json_document(
    run: Run, arguments: tuple[str, ...], code: int, name: str | None
) -> None:
    got, document, _ = run(*arguments)
    assert got == code
    assert set(document["error"]) == {"code", "message", "ids"}
    assert name is None or document["error"]["code"] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{", "criteria_unreadable"),
        ('{"organisation": {"industri": ["62"]}, "person": {"level": [1]}}', "criteria_key_unknown"),
        ('{"organisation": {"staff_class": ["77"]}, "person": {"level": [1]}}', "criteria_code_unknown"),
        ('{"organisation": {"kind": ["company"]}}', "criteria_too_wide"),
        ('{"person": {"level": [1]}}', "criteria_too_wide"),
        ("{}", "criteria_too_wide"),
        ('{"organisation": {"kind": []}, "person": {"level": [1]}}', "criteria_value_invalid"),
    ],
)
def test_criteria_that_cannot_be_used_name_the_key(run: Run, tmp_path: Path, text: str, name: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text, encoding="utf-8")
    code, document, _ = run("count", "--campaign", open_campaign(run), "--criteria", file)
    assert (code, document["error"]["code"]) == (2, name)


def test_a_campaign_that_ended_yesterday_is_refused(run: Run, criteria: Path) -> None:
    campaign = open_campaign(run, since="2026-11-01", until="2026-11-21")
    code, document, _ = run("count", "--campaign", campaign, "--criteria", criteria)
    assert (code, document["error"]["code"]) == (3, "campaign_ended")


def test_nothing_published_is_not_found(run: Run, criteria: Path, tmp_path: Path) -> None:
    run("init", at=tmp_path / "empty")
    code, document, _ = run("count", "--campaign", "x", "--criteria", criteria, at=tmp_path / "empty")
    assert (code, document["error"]["code"]) == (4, "snapshot_none")


def test_no_store_and_a_store_of_another_version_say_so(run: Run, home: Path, tmp_path: Path) -> None:
    import sqlite3

    assert run("doctor", at=tmp_path / "nowhere")[1]["error"]["code"] == "home_missing"
    for revision, name in (("0000", "home_newer"), (None, "home_older")):
        with sqlite3.connect(home / "ledger.db") as connection:
            connection.execute("DELETE FROM alembic_version")
            if revision:
                connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        connection.close()
        code, document, _ = run("doctor")
        assert (code, document["error"]["code"]) == (2, name)


def test_a_reseller_orders_for_a_named_end_customer_only(run: Run) -> None:
    """R052: missing or own end customer is refused."""
    reseller = run("customer", "add", "--name", "Jälleenmyyjä Oy", "--business-id", "6000002-9")[1]["customer"]
    end = run("customer", "add", "--name", "Loppuasiakas Oy", "--business-id", "6000003-7")[1]["customer"]
    agreement = run(
        "agreement",
        "add",
        "--customer",
        reseller,
        "--mode",
        "reseller",
        "--from",
        "2026-01-01",
        "--until",
        "2026-12-31",
    )[1]["agreement"]
    rest = [
        "--agreement",
        agreement,
        "--name",
        "K",
        "--subject",
        "IT",
        "--purpose",
        "sales",
        "--channel",
        "email",
        "--from",
        "2026-11-20",
        "--until",
        "2026-12-20",
    ]
    assert run("campaign", "open", *rest)[1]["error"]["code"] == "end_customer_missing"
    assert run("campaign", "open", *rest, "--end-customer", reseller)[1]["error"]["code"] == "end_customer_same"
    refused = run("campaign", "open", *rest, "--end-customer", end)
    assert (refused[0], refused[1]["error"]["code"]) == (3, "end_customer_agreement")
    own = ["--mode", "campaign", "--from", "2026-11-01", "--until", "2026-12-31"]
    assert run("agreement", "add", "--customer", end, *own)[0] == 0
    campaign = run("campaign", "open", *rest, "--end-customer", end)[1]["campaign"]
    assert run("campaign", "show", campaign)[1]["customer"] == end


@pytest.mark.parametrize(
    ("options", "code", "name"),
    [
        ({"--purpose": "credit scoring"}, 2, "usage"),
        ({"--subject": "XX"}, 2, "value_unknown"),
        ({"--channel": "fax"}, 3, "channel_fax"),
        ({"--channel": "pigeon"}, 2, "value_unknown"),
        ({"--until": "2026-11-01"}, 2, "dates_reversed"),
        ({"--until": "2027-03-01"}, 2, "campaign_too_long"),
        ({"--from": "2025-12-20"}, 2, "campaign_too_long"),
        ({"--from": "2025-12-20", "--until": "2026-01-10"}, 2, "campaign_outside_agreement"),
    ],
)
def test_R027_a_campaign_needs_every_term_right(run: Run, options: dict[str, str], code: int, name: str) -> None:
    customer = add_customer(run)
    agreement = run(
        "agreement",
        "add",
        "--customer",
        customer,
        "--mode",
        "campaign",
        "--from",
        "2026-01-01",
        "--until",
        "2026-12-31",
    )[1]["agreement"]
    terms = {
        "--agreement": agreement,
        "--name": "K",
        "--subject": "IT",
        "--purpose": "sales",
        "--channel": "email",
        "--from": "2026-11-20",
        "--until": "2026-12-20",
    } | options
    got, document, _ = run("campaign", "open", *[word for pair in terms.items() for word in pair])
    assert (got, document["error"]["code"]) == (code, name)


def test_people_read_a_table(
    capsys: pytest.CaptureFixture[str], clock: Clock, home: Path, run: Run, criteria: Path
) -> None:
    campaign = open_campaign(run)
    assert (
        main(
            ["count", "--campaign", campaign, "--criteria", str(criteria), "--home", str(home), "--facets"],
            session=Session(clock=clock),
        )
        == 0
    )
    text = capsys.readouterr().out
    assert "To be delivered" in text
    assert "Uusimaa" in text


def test_a_read_only_store_is_a_store_error_and_nothing_changes(run: Run, criteria: Path, home: Path) -> None:
    """As root every directory is writable, so the deliveries directory is replaced by a file."""
    campaign = open_campaign(run)
    order = run("order", "place", "--campaign", campaign, "--criteria", criteria)[1]["order"]
    shutil.rmtree(home / "staging")
    (home / "staging").write_text("", encoding="ascii")
    code, document, _ = run("cut", order)
    assert (code, document["error"]["code"]) == (6, "not_writable")
    assert run("order", "show", order)[1]["state"] == "approved"
    assert run("extract", "list")[1]["extracts"] == []
