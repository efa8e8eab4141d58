"""Bad input about bans and rights: each has its answer, by the verb that gets it, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from tests.bans import town as people
from tests.bans.conftest import town as town, town_home as town_home
from tests.bans.town import INFO, MAILBOX

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(town: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RAJAUS_ACTOR", "aino")

    def run(*words: str, days: int = 0) -> tuple[int, Any]:
        session = Session(clock=fixed_clock(town.now() + timedelta(days=days)))
        code = main([*words, "--home", str(town.home.root), "--json"], session)
        return code, json.loads(capsys.readouterr().out)

    return run


def refused(answer: tuple[int, Any]) -> tuple[int, str]:
    code, document = answer
    return code, document["error"]["code"]


def test_a_ban_with_nothing_that_identifies_is_refused_and_says_what_would(run: Run) -> None:
    assert refused(run("ban", "add", "--via", "phone")) == (2, "ban_identifies_nobody")
    assert refused(run("ban", "add", "--via", "phone", "--first-name", "Liisa")) == (2, "ban_identifies_nobody")
    assert run("ban", "list")[1]["bans"] == []


def test_a_ban_of_somebody_unknown_stands_and_meets_whoever_comes(run: Run) -> None:
    code, filed = run("ban", "add", "--via", "web", "--email", "nobody@nowhere.example")
    assert (code, filed["matched"], filed["held"]) == (0, 0, 0)
    assert [row["ban"] for row in run("ban", "list")[1]["bans"]] == [filed["ban"]]


def test_an_e_mail_of_forty_is_out_for_all_of_them_and_a_task_asks_who_is_meant(run: Run) -> None:
    code, filed = run("ban", "add", "--via", "email", "--email", INFO)
    assert (code, filed["held"]) == (0, MAILBOX)
    [task] = run("ban", "tasks", "list")[1]["tasks"]
    assert (task["kind"], task["ids"]) == ("ban ambiguous", {"ban": filed["ban"], "candidates": MAILBOX})


@pytest.mark.parametrize("cell", ["", "  ", "NULL", "not an address"])
def test_a_list_with_an_empty_or_null_key_is_refused_whole(run: Run, tmp_path: Path, cell: str) -> None:
    file = tmp_path / "robinson.csv"
    file.write_text(f"email\npaivi@akkia.example\n{cell!s}\njussi@akkia.example\n")
    answer = run(*_load(file))
    assert refused(answer) == (2, "list_row_invalid")
    assert "row 3" in answer[1]["error"]["message"] or "row 2" in answer[1]["error"]["message"]
    assert run("suppression", "status")[1]["lists"] == []


def _load(file: Path, *more: str) -> tuple[str, ...]:
    options = ("--list", "robinson", "--kind", "email", "--date", "2026-11-22", "--valid-days", "30")
    return ("suppression", "load", *options, *more, str(file))


def test_a_list_thirty_per_cent_shorter_than_yesterday_s_needs_a_second_person(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "robinson.csv"
    file.write_text("".join(f"henkilo{number}@yritys.example\n" for number in range(10)))
    assert run(*_load(file))[1]["rows"] == 10
    file.write_text("".join(f"henkilo{number}@yritys.example\n" for number in range(7)))
    assert refused(run(*_load(file), days=1)) == (3, "list_shrank")
    assert run("suppression", "status", days=1)[1]["lists"][0]["rows"] == 10, "the last good one stays"
    assert refused(run(*_load(file, "--confirmed-by", "aino"), days=1)) == (3, "list_shrank"), (
        "nobody vouches for himself"
    )
    assert run(*_load(file, "--confirmed-by", "liisa"), days=1)[1]["rows"] == 7


def test_a_request_of_somebody_who_is_not_in_the_register_is_answered_that_there_is_nothing(
    run: Run, tmp_path: Path
) -> None:
    case = run("subject", "open", "--right", "access", "--via", "email")[1]["case"]
    asked = ("subject", "access", "--case", case, "--to", str(tmp_path / "reply"))
    assert refused(run(*asked, "--person", "999999")) == (4, "person_unknown")
    code, made = run(*asked, "--email", "nobody@nowhere.example")
    assert (code, made["answer"]) == (0, "no_data")
    assert refused(run("subject", "access", "--case", "case-none", "--to", str(tmp_path), "--person", "1"))[0] == 4


def test_an_extension_after_day_31_is_refused_and_one_without_its_reason_too(run: Run) -> None:
    """Received on 22.11.2026: the month ends on 22.12."""
    case = run("subject", "open", "--right", "access", "--via", "email")[1]["case"]
    assert refused(run("subject", "extend", case, days=1)) == (3, "extension_needs_reason")
    assert refused(run("subject", "extend", case, "--reason", "archives", days=31)) == (3, "extension_too_late")
    assert run("subject", "extend", case, "--reason", "archives", days=30)[0] == 0
    assert refused(run("subject", "extend", case, "--reason", "more", days=30)) == (3, "extension_twice")


@pytest.mark.parametrize(("evidence", "approver"), [("letter", "aino"), ("letter", " "), (" ", "liisa")])
def test_a_lift_by_one_person_or_without_evidence_is_refused(
    run: Run, town: Store, evidence: str, approver: str
) -> None:
    filed = run("ban", "add", "--via", "web", "--email", "paivi@akkia.example")[1]
    assert refused(run("ban", "lift", filed["ban"], "--evidence", evidence, "--approver", approver)) == (
        3,
        "lift_needs_two",
    )
    assert run("ban", "show", filed["ban"])[1]["lifted_at"] is None
    assert people.person(town, "paivi") in {hit["id"] for hit in run("ban", "show", filed["ban"])[1]["hits"]}
