"""The verbs of bans, outside lists and keys, with their exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock
from service.cli import main
from service.cli.common import Session
from tests.bans.town import INFO, MAILBOX, C

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(town_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: Clock) -> Run:
    home = shutil.copytree(town_home, tmp_path / "home")

    def verb(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, words), "--home", str(home), "--json"], session=Session(clock=clock))
        out = capsys.readouterr().out
        return code, json.loads(out) if out.strip() else None

    return verb


def test_R015_a_ban_by_name_and_company_takes_three_fields_and_no_identity(run: Run) -> None:
    code, filed = run(
        "ban", "add", "--first-name", "Päivi", "--last-name", "Mäkelä", "--organisation", "Äkkiä", "--via", "phone"
    )
    assert (code, filed["matched"], filed["held"]) == (0, 1, 0)
    from service.cli.bans import ban_add

    asked = {option for parameter in ban_add.params for option in parameter.opts}
    assert not {option for option in asked if any(word in option for word in ("ident", "sign", "reason", "birth"))}


def test_T25_nobody_decides_or_lifts_alone(run: Run) -> None:
    """Exit code 3, and nothing is changed."""
    ban = run("ban", "add", "--email", INFO, "--via", "email")[1]["ban"]
    (task,) = run("ban", "tasks", "list")[1]["tasks"]
    assert task["overdue"] is False
    me = run("ban", "show", ban)[1]["recorded_by"]
    alone = ("--evidence", "call", "--approver", me)
    for verb in (("resolve", ban, "--nobody"), ("lift", ban)):
        code, refused = run("ban", *verb, *alone)
        assert (code, refused["error"]["code"]) in ((3, "resolve_needs_two"), (3, "lift_needs_two"))
    assert sum(hit["held"] for hit in run("ban", "show", ban)[1]["hits"]) == MAILBOX
    two = ("--evidence", "call", "--approver", f"{me}-colleague")
    assert run("ban", "resolve", ban, *two)[0] == 2, "somebody, or nobody"
    assert run("ban", "resolve", ban, "--nobody", *two)[1]["released"] == MAILBOX
    assert run("ban", "tasks", "list")[1]["tasks"] == []
    assert run("ban", "lift", ban, *two)[1]["state"] == "lifted"
    assert run("ban", "resolve", ban, "--nobody", *two)[0] == 5


def test_confirmation_heartbeat_and_tasks(run: Run) -> None:
    ban = run("ban", "add", "--email", INFO, "--via", "web")[1]["ban"]
    code, confirmed = run("ban", "confirm", ban, "--language", "sv")
    assert (code, confirmed["language"]) == (0, "sv")
    assert ban in confirmed["text"]
    assert run("ban", "confirm", "ban-none")[0] == 4
    assert run("ban", "heartbeat")[1]["refuse_after_seconds"] == 300
    task = run("ban", "tasks", "list")[1]["tasks"][0]["task"]
    assert run("ban", "tasks", "close", task)[0] == 0
    assert run("ban", "tasks", "close", task)[0] == 5
    assert len(run("ban", "tasks", "list", "--closed")[1]["tasks"]) == 1


def test_lists_and_keys(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ytj.csv"
    file.write_text(f"business_id\n{C}\n", encoding="utf-8")
    load = ("suppression", "load", "--list", "ytj", "--kind", "business-id", "--date", "2026-11-20")
    assert run(*load, "--valid-days", "30", file)[1]["matched"] == 1
    assert run("suppression", "status")[1]["lists"][0]["state"] == "valid"
    file.write_text("business_id\n", encoding="utf-8")
    code, refused = run(*load, "--valid-days", "30", file)
    assert (code, refused["error"]["code"]) == (3, "list_shrank")
    file.write_text("business_id\n1234567-8\n", encoding="utf-8")
    code, refused = run(*load, "--valid-days", "30", file)
    assert (code, refused["error"]["ids"]["row"]) == (2, 1)
    rotated = run("keys", "rotate", "suppression")[1]
    listed = run("keys", "list")[1]
    assert listed["suppression"] == {"in_use": rotated["in_use"], "retired": [rotated["retired"]]}
    assert set(listed) == {"suppression", "licence"}
    assert run("keys", "rotate", "fingerprint")[0] == 2
