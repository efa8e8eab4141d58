"""The verbs of retention on the command line (R068, R075)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from core.clock import fixed_clock
from ledger import tables
from ledger.store import Store
from schemas.retention import rules
from service.cli import main
from service.cli.common import Session
from tests.moment import NOW
from tests.retention import house
from tests.retention.house import people
from tests.retention.rows import Filler

Run = Callable[..., tuple[int, dict[str, Any]]]
LATER = NOW + timedelta(days=1000)


@pytest.fixture
def run(store: Store, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = main([*arguments, "--json"], Session(home=store.home.root, json=True, clock=fixed_clock(LATER)))
        return code, json.loads(capsys.readouterr().out)

    return go


def read(store: Store, *arguments: str) -> str:
    """What people see."""
    session = Session(home=store.home.root, clock=fixed_clock(LATER))
    session.out = Console(file=StringIO(), width=200)
    assert main(arguments, session) == 0
    return str(session.out.file.getvalue())  # type: ignore[attr-defined]


def test_R068_plan_run_and_runs(store: Store, run: Run) -> None:
    house.register(store, people("Vanha") + people("Uusi", verified=LATER.date()))
    task = Filler(store, random.Random(1)).add(tables.task, closed_at=NOW)["task"]
    shown = read(store, "retention", "plan")
    assert "register position" in shown
    assert "table task" in shown
    assert "3 to go on 2029-08-18, 0 kept back." in shown
    code, plan = run("retention", "plan")
    assert (code, plan["due"], plan["kept"], plan["attention"]) == (0, 3, 0, [])
    ids = {f"{one['kind']} {one['name']}": one["ids"] for one in plan["classes"] if one["ids"]}
    assert ids["table task"] == [task]
    assert set(ids) == {"register position", "register person", "table task"}
    assert {"start", "period", "ground", "oldest", "held", "restricted", "waiting"} <= plan["classes"][0].keys()
    code, done = run("retention", "run")
    assert (code, done["disposed"], done["held"]) == (0, {key: len(listed) for key, listed in ids.items()}, 0)
    code, listed = run("retention", "runs")
    assert [one["run"] for one in listed["runs"]] == [done["run"]]
    code, one = run("retention", "runs", done["run"])
    assert [(row["name"], row["id"]) for row in one["ids"]] == [("task", task)], "persons are counted, not listed"
    assert "finished" in read(store, "retention", "runs")
    assert read(store, "retention", "plan").strip() == "0 to go on 2029-08-18, 0 kept back."
    code, error = run("retention", "runs", "retention-x")
    assert (code, error["error"]["code"]) == (4, "retention_run_unknown")


def test_R068_rules_are_listed_with_their_grounds(store: Store, run: Run) -> None:
    code, found = run("retention", "rules")
    assert code == 0
    assert {f"{one['kind']} {one['name']}" for one in found["rules"]} == {rule.key for rule in rules().values()}
    assert all(one["ground"] and one["meaning"] for one in found["rules"])
    assert "R072, C-154/21" in read(store, "retention", "rules")


def test_R075_hold_add_list_review_release(store: Store, run: Run) -> None:
    house.register(store, people("Vanha"))
    person = house.persons(store)["Vanha"]
    task = Filler(store, random.Random(1)).add(tables.task, closed_at=NOW)["task"]
    review = (LATER.date() + timedelta(days=90)).isoformat()
    code, hold = run(
        "retention", "hold", "add", "--case", "HO 7", "--reason", "claim", "--review", review,
        "--row", "table", "task", task, "--person", str(person),
    )  # fmt: skip
    assert (code, hold["rows"], hold["case"]) == (0, 2, "HO 7")
    assert "HO 7" in read(store, "retention", "hold", "list")
    assert f"table task {task}" in read(store, "retention", "hold", "list", "--hold", hold["hold"])
    code, plan = run("retention", "plan")
    assert (plan["due"], plan["kept"]) == (0, 2)
    until = (LATER.date() + timedelta(days=200)).isoformat()
    assert run("retention", "hold", "review", hold["hold"], "--until", until)[1]["review_on"] == until
    code, error = run("retention", "hold", "release", hold["hold"], "--reason", " ")
    assert (code, error["error"]["code"]) == (2, "value_missing")
    assert run("retention", "hold", "release", hold["hold"], "--reason", "settled")[0] == 0
    assert run("retention", "hold", "list")[1]["holds"] == []
    assert run("retention", "hold", "list", "--all")[1]["holds"][0]["release_reason"] == "settled"
    code, error = run("retention", "hold", "list", "--hold", "hold-x")
    assert (code, error["error"]["code"]) == (4, "hold_unknown")
    code, error = run("retention", "hold", "add", "--case", "x", "--reason", "y", "--review", review)
    assert (code, error["error"]["ids"]["field"]) == (2, "row or person")


def test_R075_customer_contact_shows_and_changes(store: Store, run: Run) -> None:
    _, made = run("customer", "add", "--name", "A Oy", "--business-id", "6000001-0", "--contact", "a@asiakas.example")
    _, shown = run("customer", "contact", "show", made["customer"])
    assert (shown["contact"], shown["former"]) == ("a@asiakas.example", [])
    code, shown = run("customer", "contact", "set", made["customer"], "b@asiakas.example")
    assert (code, shown["contact"]) == (0, "b@asiakas.example")
    assert [one["contact"] for one in shown["former"]] == ["a@asiakas.example"]


def test_R074_overdue_backups_are_told_by_plan(store: Store, run: Run) -> None:
    day = date(2026, 1, 1)
    filler = Filler(store, random.Random(1))
    filler.days = (day, day)
    filler.add(tables.backup, removed_at=None)
    assert "1 backups are older than they may be" in run("retention", "plan")[1]["attention"][0]
