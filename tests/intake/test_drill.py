"""R100, T20: every intake channel is tried daily; a broken one raises an alarm within a day, and nothing is counted."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.clock import fixed_clock
from core.errors import ConfigError, StoreError
from core.settings import load_settings
from ledger import bans, breaches, requests, tables, tasks
from ledger.store import Store, open_store
from service.cli import main
from service.cli.common import Session
from service.doctor import examine
from subjects import drill, drill_run, mail_send
from subjects.ban_import import import_bans
from subjects.bans import BanRequest, add_ban
from subjects.mail_intake import read_mailbox
from tests.mail.conftest import box as box, mailing as mailing, server as server
from tests.mail.postbox import Postbox

ALL = ("mailbox", "reply_token", "web", "phone", "letter", "customer", "reseller")
Mailing = Callable[..., Store]


def later(store: Store, **after: Any) -> Store:
    return open_store(store.settings, clock=fixed_clock(store.now() + timedelta(**after)))


def having(store: Store, **settings: Any) -> Store:
    return open_store(load_settings(env={}, **(store.settings.model_dump() | settings)), clock=store.clock)


def states(store: Store) -> dict[str, str]:
    return {row["channel"]: row["state"] for row in drill.status(store)["channels"]}


def open_tasks(store: Store, kind: str) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        return [row for row in tasks.list_tasks(connection) if row["kind"] == kind]


def routed(box: Postbox, to: Path) -> Path:
    """The mail server hands what it took to the intake mailbox."""
    made = mailbox.Maildir(to)
    for one in box.arrived:
        made.add(one.as_bytes())
    box.arrived.clear()
    return to


def figures(store: Store) -> dict[str, int]:
    """Whatever is counted of bans, cases and breaches."""
    counted = (tables.ban, tables.ban_key, tables.ban_hit, tables.subject_case, tables.breach, tables.message)
    with store.ledger.read() as connection:
        made = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in counted
        }
        return made | {
            "bans": len(bans.list_bans(connection)),
            "cases": len(requests.cases(connection)),
            "breaches": len(breaches.cases(connection)),
            "fence": bans.fence_value(connection),
        }


@pytest.fixture
def everywhere(store: Store) -> Iterator[Store]:
    """A store that drills every channel there is."""
    made = having(store, drill_channels=ALL)
    yield made
    made.ledger.close()


def test_R100_a_drill_goes_through_every_channel_closes_itself_and_is_in_no_figure(
    everywhere: Store, box: Postbox, mailing: Mailing, tmp_path: Path
) -> None:
    store = mailing(everywhere)
    before = figures(store)
    made = {one["channel"]: one for one in drill_run.run(store)["drills"]}
    assert {channel: one["how"] for channel, one in made.items()} == {
        "mailbox": "mailed", "reply_token": "done", "web": "by hand", "phone": "by hand", "letter": "by hand",
        "customer": "done", "reseller": "done",
    }  # fmt: skip
    mail_send.send(store, sleep=lambda _: None)
    assert read_mailbox(store, routed(box, tmp_path / "box"))["kinds"]["drill"] == 1
    for channel in ("web", "phone", "letter"):
        filed = add_ban(store, BanRequest(via=channel, email=made[channel]["address"].upper()))
        assert (filed["ban"], filed["drill"]) == (None, made[channel]["drill"])
    assert states(store) == dict.fromkeys(ALL, "heard")
    assert figures(store) == before
    assert open_tasks(store, drill.BY_HAND) == []
    assert drill.check(store)["ok"]


def test_R100_a_mailbox_whose_routing_broke_raises_an_alarm_within_a_day(
    store: Store, box: Postbox, mailing: Mailing, tmp_path: Path
) -> None:
    """Otavamedia: the mailbox was dead for seven months. The clock is turned by hours from the last that came."""
    relay = mailing(having(store, drill_channels=("mailbox",)))

    def round_of_mail(hours: int, *, broken: bool) -> None:
        now = later(relay, hours=hours)
        drill_run.run(now)
        mail_send.send(now, sleep=lambda _: None)
        if broken:
            box.arrived.clear()
        else:
            read_mailbox(now, routed(box, tmp_path / "box"))

    round_of_mail(0, broken=False)
    assert states(relay) == {"mailbox": "heard"}
    for hours in (6, 12, 18, 24):
        round_of_mail(hours, broken=True)
        assert drill.check(later(relay, hours=hours))["ok"], "it may be under way"
    alarmed = later(relay, hours=24, seconds=1)
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            drill.check(alarmed)
        assert (caught.value.code, caught.value.ids["channels"]) == ("channel_silent", "mailbox")
    assert [task["ids"] for task in open_tasks(alarmed, drill.SILENT)] == [{"channel": "mailbox"}], "one task"
    assert any("mailbox" in finding for finding in examine(alarmed)["findings"])
    round_of_mail(30, broken=False)
    repaired = later(relay, hours=30)
    assert drill.check(repaired)["ok"]
    assert open_tasks(repaired, drill.SILENT) == []


def test_R100_a_channel_that_was_never_tried_or_is_not_tried_any_more_is_silent(store: Store) -> None:
    assert set(states(store).values()) == {"never drilled"}
    with pytest.raises(StoreError):
        drill.check(store)
    drill_run.run(store)
    found = states(store)
    assert (found["reply_token"], found["phone"], found["mailbox"]) == ("heard", "waiting", "waiting")
    assert set(states(later(store, hours=24, seconds=1)).values()) == {"silent"}, "nobody runs the drill"


def test_R100_the_word_counts_for_its_own_channel_alone(everywhere: Store) -> None:
    made = {one["channel"]: one for one in drill_run.run(everywhere)["drills"]}
    filed = add_ban(everywhere, BanRequest(via="letter", email=made["phone"]["address"]))
    assert filed["ban"] is None, "it is known for a drill all the same"
    assert states(everywhere)["phone"] == "waiting"


def test_R100_an_imported_list_may_hold_a_drill(everywhere: Store, tmp_path: Path) -> None:
    made = {one["channel"]: one for one in drill_run.run(everywhere)["drills"]}
    file = tmp_path / "bans.csv"
    file.write_text(f"email,via\n{made['phone']['address']},phone\nliisa@yritys.example,phone\n")
    document = import_bans(everywhere, file)
    assert (document["read"], document["filed"], document["drills"]) == (2, 1, 1)
    assert states(everywhere)["phone"] == "heard"


def test_R100_nobody_else_can_make_such_a_word(store: Store, tmp_path: Path) -> None:
    """A forged one is an address like any other, and so a ban."""
    [one, *_] = drill_run.run(store)["drills"]
    word = one["address"].partition("@")[0]
    forged = f"{word[:-1]}{'a' if word[-1] != 'a' else 'b'}@{drill.DOMAIN}"
    assert add_ban(store, BanRequest(via="email", email=forged))["ban"] is not None
    assert drill.find(store, f"xx{word}") is None
    assert drill.find(later(store, days=61), word) is None, "an old word is of no use"


def test_a_drill_in_a_reseller_s_relay_is_logged_like_any_other(store: Store) -> None:
    drill_run.run(having(store, drill_channels=("reseller",)))
    assert states(having(store, drill_channels=("reseller",))) == {"reseller": "heard"}


@pytest.mark.parametrize("channels", [("pigeon",), "mailbox;pigeon"])
def test_a_channel_that_there_is_not_is_refused(channels: Any) -> None:
    with pytest.raises(ConfigError):
        load_settings(env={}, drill_channels=channels)


def test_R100_the_verbs_end_with_the_alarm(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str, hours: int = 0) -> tuple[int, Any]:
        session = Session(clock=fixed_clock(store.now() + timedelta(hours=hours)))
        code = main([*words, "--home", str(store.home.root), "--json"], session)
        return code, json.loads(capsys.readouterr().out)

    code, error = run("drill", "status")
    assert (code, error["error"]["code"]) == (6, "channel_silent")
    code, made = run("drill", "run")
    assert (code, len(made["drills"])) == (0, 4)
    code, document = run("drill", "status")
    assert (code, document["ok"]) == (0, True)
    assert run("drill", "status", hours=25)[0] == 6
    assert run("intake", "list")[1] == {"items": []}
