"""``rajaus mail`` and the verbs that queue, as an operator runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.settings import load_settings
from ledger.store import create_store
from service.cli import main
from service.cli.common import Session
from tests.mail import postbox
from tests.mail.postbox import Postbox
from tests.moment import NOW

Run = Callable[..., tuple[int, Any]]
TO = "liisa@yritys.example"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    home = tmp_path / "home"
    create_store(load_settings(env={}, home=home, actor="keeper"), clock=fixed_clock(NOW)).ledger.close()

    def run(*words: str, minutes: int = 0, json_out: bool = True) -> tuple[int, Any]:
        session = Session(clock=fixed_clock(NOW + timedelta(minutes=minutes)))
        code = main([*words, "--home", str(home), *(["--json"] if json_out else [])], session)
        if session.opened is not None:
            session.opened.ledger.close()
        out = capsys.readouterr().out
        return code, json.loads(out) if json_out else out

    return run


@pytest.fixture
def relay(box: Postbox, monkeypatch: pytest.MonkeyPatch) -> Postbox:
    """The mail server, set as an operator sets it."""
    for name, value in box.settings(mail_tries=1).items():
        monkeypatch.setenv(f"RAJAUS_{name.upper()}", str(value))
    return box


def test_R015_from_the_ban_to_the_confirmation_in_the_mailbox(run: Run, relay: Postbox) -> None:
    filed = run("ban", "add", "--email", TO, "--via", "phone", "--confirm-to", TO, "--language", "sv")[1]
    listed = run("mail", "list", "--about", filed["ban"])[1]["mails"]
    assert [(one["mail"], one["state"], one["kind"]) for one in listed] == [
        (filed["mail"], "queued", "ban_confirmation")
    ]
    assert run("mail", "send")[1]["sent"] == 1
    assert relay.arrived[0]["Subject"] == "Ditt förbud har registrerats"
    code, shown = run("mail", "show", filed["mail"])
    assert (code, shown["state"], len(shown["attempts"])) == (0, "sent", 1)
    assert "content" not in shown
    again = run("ban", "confirm", filed["ban"], "--language", "en", "--mail-to", TO)[1]
    assert run("mail", "send")[1]["mails"][0]["mail"] == again["mail"]
    code, text = run("mail", "list", json_out=False)
    assert code == 0
    assert TO not in text


def test_a_refused_message_is_retried_or_dropped_by_hand(run: Run, relay: Postbox) -> None:
    filed = run("ban", "add", "--email", TO, "--via", "phone", "--confirm-to", TO)[1]
    relay.answers[:] = ["550 no"]
    assert run("mail", "send")[1]["failed"] == 1
    assert "1 messages could not be sent" in " ".join(run("doctor")[1]["findings"])
    assert run("mail", "retry", filed["mail"])[1]["state"] == "queued"
    assert run("mail", "drop", filed["mail"], "--reason", "by post")[1]["state"] == "dropped"
    code, error = run("mail", "retry", filed["mail"])
    assert (code, error["error"]["code"]) == (5, "transition_invalid")
    assert run("mail", "show", "mail-none")[0] == 4


def test_without_a_server_send_says_so_and_export_writes_the_files(run: Run, tmp_path: Path) -> None:
    run("ban", "add", "--email", TO, "--via", "phone", "--confirm-to", TO)
    code, error = run("mail", "send")
    assert (code, error["error"]["code"]) == (2, "mail_unset")
    assert "1 messages wait" in " ".join(run("doctor", minutes=24 * 60)[1]["findings"])
    code, document = run("mail", "export", "--out", str(tmp_path / "out"))
    assert (code, document["exported"]) == (0, 1)
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".eml"]


def test_a_server_that_is_down_is_a_store_that_cannot_be_used(
    run: Run, relay: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ban", "add", "--email", TO, "--via", "phone", "--confirm-to", TO)
    monkeypatch.setenv("RAJAUS_SMTP_PORT", str(postbox.free_port()))
    code, error = run("mail", "send")
    assert (code, error["error"]["code"], error["error"]["ids"]["waiting"]) == (6, "mail_unreachable", 1)


def test_a_confirmation_that_cannot_be_addressed_files_no_ban(run: Run) -> None:
    code, error = run("ban", "add", "--email", TO, "--via", "phone", "--confirm-to", "nobody")
    assert (code, error["error"]["code"]) == (2, "email_invalid")
    assert run("ban", "list")[1]["bans"] == []
