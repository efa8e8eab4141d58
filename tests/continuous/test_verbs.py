"""The verbs of continuous use, from agreement to acknowledgement, as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from extracts.gate import seeds
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from tests.continuous import house
from tests.gate.house import people
from tests.moment import NOW


@pytest.fixture
def ready(store: Store) -> Store:
    seeds.stock_fictitious(store, 40)
    house.publish(store, people(30))
    return store


def test_R041_R042_the_whole_way_by_verbs(
    ready: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAJAUS_ACTOR", "tester")
    criteria = tmp_path / "criteria.json"
    criteria.write_text(json.dumps(house.CRITERIA), encoding="utf-8")

    def run(*words: str, code: int = 0) -> dict[str, Any]:
        arguments = ["--home", str(ready.home.root), "--json", *words]
        assert main(arguments, Session(clock=fixed_clock(NOW))) == code
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    customer = run(
        "customer", "add", "--name", "Tilaaja Oy", "--business-id", "0112038-9", "--contact", "t@tilaaja.example"
    )["customer"]
    agreement = run(
        "agreement", "add", "--customer", customer, "--mode", "continuous", "--from", "2026-11-01", "--until",
        "2027-10-31",
    )["agreement"]  # fmt: skip
    opened = run(
        "subscription", "open", "--agreement", agreement, "--criteria", str(criteria), "--subject", "IT", "--purpose",
        "marketing", "--channel", "email", "--formats", "csv,hubspot",
    )  # fmt: skip
    assert opened["state"] == "approved"
    subscription = opened["subscription"]
    out = ("--to", str(tmp_path / "out"))
    refused = run("subscription", "deliver", subscription, *out, code=3)
    assert refused["error"]["code"] == "controller_unnamed"
    run(
        "agreement", "controller", agreement, "--notice", "https://tilaaja.example/t", "--contact",
        "oikeudet@tilaaja.example",
    )  # fmt: skip
    run("agreement", "confirm", agreement, "--by", "Tiina Tietosuoja")
    first = run("subscription", "deliver", subscription, *out)
    assert (first["delta"], first["removed"]) == (0, 0)
    assert run("subscription", "deliver", subscription, *out)["delta"] is None
    assert run("subscription", "deliver", subscription, *out, "--again", "0")["delta"] == 0
    assert run("subscription", "deliver", subscription, *out, "--whole")["delta"] == 1
    done = run("subscription", "acknowledge", subscription, "--delta", "1", "--by", "Tiina Tietosuoja")
    assert done["acknowledged"] == [0, 1]
    assert run("subscription", "list")["subscriptions"][0]["held"] == first["held"]
    assert run("subscription", "show", subscription)["deltas"][1]["whole"] is True
    assert [row["campaign"] for row in run("campaign", "list")["campaigns"]] == []
    assert run("subscription", "stop", subscription)["state"] == "ended"
    assert run("subscription", "deliver", subscription, *out, code=3)["error"]["code"] == "subscription_ended"


@pytest.mark.parametrize("verb", [("list",), ("show",), ("deliver",)])
def test_people_read_tables(
    ready: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    recipient = house.subscribe(ready, tmp_path / "out")
    recipient.deliver(ready)
    words = ["--home", str(ready.home.root), "subscription", *verb]
    words += [recipient.subscription] if verb != ("list",) else []
    words += ["--to", str(tmp_path / "more")] if verb == ("deliver",) else []
    assert main(words, Session(clock=fixed_clock(NOW))) == 0
    assert {"list": recipient.subscription[:12], "show": "acknowledged", "deliver": "Nothing differs"}[
        verb[0]
    ] in capsys.readouterr().out
