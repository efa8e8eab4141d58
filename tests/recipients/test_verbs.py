"""``rajaus stop-list`` and ``rajaus customer webhook`` on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from service.cli import main
from service.cli.common import Session
from subjects import recipients, stop_list_webhook
from tests.recipients import house
from tests.recipients.conftest import Held


@pytest.fixture
def run(held: Held, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a line on the store of the test; returns exit code and document."""

    def line(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["--home", str(held.store.home.root), "--json", *words], Session(clock=held.store.clock))
        return code, json.loads(capsys.readouterr().out)

    return line


def _read(held: Held, *words: str) -> str:
    """What people read on the terminal."""
    out = io.StringIO()
    session = Session(clock=held.store.clock)
    session.out = Console(file=out, width=300, no_color=True)
    assert main(["--home", str(held.store.home.root), *words], session) == 0
    return out.getvalue()


def test_a_ban_is_followed_to_the_recipients_by_hand(held: Held, run: Any, tmp_path: Path) -> None:
    house.ban(held.store, house.PERSON)
    code, document = run("stop-list", "pending")
    assert (code, len(document["to_send"]), document["to_acknowledge"], document["blocked"]) == (0, 4, [], [])
    assert "To send: 4" in _read(held, "stop-list", "pending")
    code, document = run("stop-list", "export", "--out", str(tmp_path / "out"))
    assert (code, len(document["recipients"])) == (0, 4)
    first, second = (one["messages"][0] for one in document["recipients"][:2])
    code, document = run("stop-list", "acknowledge", first, "--by", "Liisa, Ostaja Oy")
    assert (code, document["state"]) == (0, "acknowledged")
    code, document = run("stop-list", "acknowledge", first, "--by", "Liisa, Ostaja Oy")
    assert (code, document["error"]["code"]) == (5, "transition_invalid")
    code, document = run("stop-list", "fail", second, "--effort", "posti palautui")
    assert (code, document["state"]) == (0, "failed")
    code, document = run("stop-list", "list", "--state", "sent")
    assert (code, len(document["messages"])) == (0, 2)
    assert first in _read(held, "stop-list", "list")
    code, document = run("stop-list", "show", second)
    assert (code, document["effort"]) == (0, "posti palautui")
    code, document = run("stop-list", "remind", "--out", str(tmp_path / "again"))
    assert (code, document["recipients"], document["posted"]["messages"]) == (0, [], [])


def test_a_person_who_asks_hears_who_was_told_and_the_look_is_logged(held: Held, run: Any) -> None:
    from ledger import consultations

    house.ban(held.store, house.PERSON)
    recipients.sweep(held.store)
    code, document = run("stop-list", "person", str(house.PERSON), "--purpose", "kysyi puhelimitse")
    assert code == 0
    assert sorted(one["customer"] for one in document["told"]) == sorted(held.customers)
    with held.store.ledger.read() as connection:
        [look] = consultations.of_person(connection, house.PERSON)
    assert look["purpose"] == "kysyi puhelimitse"
    name = held.recipients[0].deal.customer["name"]
    assert name in _read(held, "stop-list", "person", str(house.PERSON), "--purpose", "kysyi")


def test_an_extract_is_recalled_once(held: Held, run: Any) -> None:
    extract = held.recipients[0].extract
    code, document = run("stop-list", "recall", extract, "--case", "breach-7")
    assert code == 0
    assert document["message"].startswith("message-")
    assert run("stop-list", "recall", extract, "--case", "breach-7") == (0, {"extract": extract, "message": None})
    code, document = run("stop-list", "recall", "extract-none", "--case", "breach-7")
    assert (code, document["error"]["code"]) == (4, "extract_unknown")


def test_the_secret_of_a_webhook_is_printed_when_it_is_set(held: Held, run: Any) -> None:
    customer = held.customers[0]
    code, document = run("customer", "webhook", customer, "--url", "https://ostaja.example/rajaus")
    assert code == 0
    assert document["secret"] == stop_list_webhook.secret(held.store, customer, generation=1)
    assert run("customer", "webhook", customer)[0] == 2
    assert run("customer", "webhook", customer, "--url", "http://ostaja.example/")[1]["error"]["code"] == (
        "webhook_url_invalid"
    )
    assert run("customer", "webhook", customer, "--off") == (0, {"customer": customer, "webhook": "off"})
    house.ban(held.store, house.PERSON)
    code, document = run("stop-list", "send")
    assert (code, document["without_webhook"]) == (0, 4)
