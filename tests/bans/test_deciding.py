"""Deciding about held candidates, lifting, confirming: who may, what it changes, what it must never do."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import fixed_clock
from core.errors import InvalidInput, InvalidTransition, NotFound, Refused
from core.ids import org_id
from ledger import bans, tasks
from ledger.store import Store, open_store
from ledger.tombstones import effective
from register.publish import publish
from register.sources.load import load_files
from subjects.ban_confirmation import confirmation
from subjects.ban_import import import_bans
from subjects.ban_request import BanRequest
from subjects.ban_resolve import resolve_ban
from subjects.bans import add_ban
from tests.bans.town import BOARD, INFO, MAILBOX, C, fill, hits, out, person
from tests.moment import NOW
from tests.register.loads import B, position


def file(store: Store, **said: object) -> str:
    return str(add_ban(store, BanRequest(via="email", **said))["ban"])  # type: ignore[arg-type]


def test_T04_once_somebody_is_identified_the_others_are_released_and_the_address_stays_out(town: Store) -> None:
    ban = file(town, email=INFO)
    meant = person(town, "info7")
    done = resolve_ban(town, ban, persons=[meant], evidence="call of 24.11., log 88", approver="liisa")
    assert (done["meant"], done["released"]) == (1, MAILBOX - 1)
    assert out(town, ["post"])["persons"] == {meant}
    assert len(out(town, ["email"])["positions"]) == MAILBOX
    assert hits(town, ban)["person", meant] == (False, None, False)
    with town.ledger.read() as connection:
        assert tasks.list_tasks(connection) == []


def test_T04_nobody_of_them_is_meant(town: Store) -> None:
    ban = file(town, email=INFO)
    resolve_ban(town, ban, evidence="letter 12", approver="liisa")
    assert out(town, ["phone", "post"])["persons"] == set()
    assert len(out(town, ["email"])["positions"]) == MAILBOX


def test_R018_the_released_are_not_held_again_by_a_publish_and_a_newcomer_at_the_address_is_out_there(
    town: Store,
) -> None:
    ban = file(town, email=INFO)
    meant = person(town, "info7")
    resolve_ban(town, ban, persons=[meant], evidence="call", approver="liisa")
    fill(town, position("info40", "Uuno Uusi", B, email=INFO))
    publish(town)
    assert out(town, ["post"])["persons"] == {meant}
    blocked = out(town, ["email"])
    assert len(blocked["positions"]) == MAILBOX + 1
    assert blocked["persons"] == {meant}


def test_R018_before_the_decision_a_newcomer_at_the_address_is_held_too(town: Store) -> None:
    file(town, email=INFO)
    fill(town, position("info40", "Uuno Uusi", B, email=INFO))
    publish(town)
    assert person(town, "info40") in out(town, ["post"])["persons"]


def test_a_released_namesake_is_imported_again_and_the_one_who_is_meant_is_not(town: Store, tmp_path: Path) -> None:
    ban = file(town, first_name="Matti", last_name="Virtanen", business_id=C)
    resolve_ban(town, ban, persons=[person(town, "matti")], evidence="call", approver="liisa")
    rows = [("N1", "matti.1@kolmas.example", "+358401000002"), ("N2", "matti.2@kolmas.example", "+358401000003")]
    path = tmp_path / "positions.csv"
    lines = [f"{n},{C},Matti,Virtanen,Johtaja,GM,,1,{mail},{mobile},2026-10-01,2026-10-01" for n, mail, mobile in rows]
    head = "source_id,business_id,first_name,last_name,title,responsibilities,purchasing,level,email,mobile"
    path.write_text("\n".join([f"{head},verified,notified", *lines]) + "\n", encoding="utf-8")
    report = load_files(town, source="other", files=[path])
    assert (report["accepted"], report["suppressed"]) == (1, 1)


def test_a_switchboard_that_was_held_stays_out_by_phone_alone(town: Store) -> None:
    ban = file(town, phone=BOARD)
    resolve_ban(town, ban, evidence="call", approver="liisa")
    assert out(town, ["phone"])["organisations"] == {org_id(C)}
    assert out(town, ["email", "post"])["organisations"] == set()
    publish(town)
    assert out(town, ["email", "post"])["organisations"] == set()


@pytest.mark.parametrize(("evidence", "approver"), [("", "liisa"), (" ", "liisa"), ("call", ""), ("call", "tester")])
def test_R022_letting_a_candidate_go_needs_evidence_and_two(town: Store, evidence: str, approver: str) -> None:
    ban = file(town, email=INFO)
    with pytest.raises(Refused) as refused:
        resolve_ban(town, ban, evidence=evidence, approver=approver)
    assert refused.value.code == "resolve_needs_two"
    assert len(out(town)["persons"]) == MAILBOX


def test_only_held_candidates_can_be_decided_about(town: Store) -> None:
    ban = file(town, email="paivi@akkia.example")
    with pytest.raises(Refused) as refused:
        resolve_ban(town, ban, persons=[person(town, "anna")], evidence="call", approver="liisa")
    assert refused.value.code == "candidate_not_held"
    assert resolve_ban(town, ban, evidence="call", approver="liisa")["released"] == 0, "who is certain stays out"
    assert out(town)["persons"] == {person(town, "paivi")}
    with pytest.raises(NotFound):
        resolve_ban(town, "ban-none", evidence="call", approver="liisa")
    with town.write() as tx:
        bans.lift(tx, ban, evidence="own letter", approver="liisa")
    with pytest.raises(InvalidTransition):
        resolve_ban(town, ban, evidence="call", approver="liisa")


def test_R022_a_merge_takes_back_a_release(town: Store) -> None:
    """Banned and released merge: banned."""
    ban = file(town, first_name="Matti", last_name="Virtanen", business_id=C)
    kept, other = sorted((person(town, "matti"), person(town, "matti2")))
    resolve_ban(town, ban, persons=[other], evidence="call", approver="liisa")
    assert out(town)["persons"] == {other}
    fill(town, matti2={"mobile": "+358401000002"})
    publish(town, force=True)
    assert kept in out(town)["persons"]


def test_R022_no_import_lifts_a_ban(town: Store, tmp_path: Path) -> None:
    path = tmp_path / "bans.csv"
    path.write_text("email,via,ban\npaivi@akkia.example,web,true\n", encoding="utf-8")
    import_bans(town, path)
    path.write_text("email,via,ban\npaivi@akkia.example,web,false\n", encoding="utf-8")
    import_bans(town, path)
    assert out(town)["persons"] == {person(town, "paivi")}


def test_R074_bans_releases_and_lifts_are_in_the_tombstone_log(town: Store) -> None:
    ban = file(town, email=INFO)
    resolve_ban(town, ban, persons=[person(town, "info7")], evidence="call", approver="liisa")
    with town.write() as tx:
        bans.lift(tx, ban, evidence="own letter", approver="liisa")
    assert town.ledger.tombstones is not None
    lines = effective(town.ledger.tombstones.lines(), after=0)
    mine = [line["kind"] for line in lines if ban in str(line["entry"])]
    assert mine[0] == "ban"
    assert {"hits_released", "ban_lifted"} <= set(mine)
    assert "info@" not in town.ledger.tombstones.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_R015_the_confirmation_states_the_scope_and_asks_for_nothing(town: Store, language: str) -> None:
    texts = {
        name: confirmation(town, ban, language=language)["text"]
        for name, ban in {
            "certain": file(town, email="paivi@akkia.example"),
            "held": file(town, email=INFO),
            "unknown": file(town, email="nobody@nowhere.example"),
            "position": file(town, position=1),
            "channel": file(town, email="anna@akkia.example", channel="phone"),
        }.items()
    }
    assert len(set(texts.values())) == 5, "each names its own ban"
    same = {re.sub(r"ban-\w+", "", texts[name]) for name in ("certain", "held", "unknown")}
    assert len(same) == 1, "T04, T23: whether the register knows somebody is told to nobody"
    assert len({re.sub(r"ban-\w+", "", text) for text in texts.values()}) == 3
    for text in texts.values():
        assert "@" not in text.replace(town.settings.contact, "")
        assert not re.search(r"henkilötunnus|allekirjoit|underskri|personbeteckning|signature|passport", text)


def test_a_confirmation_in_another_language_or_of_no_ban_is_refused(town: Store) -> None:
    with pytest.raises(NotFound):
        confirmation(town, "ban-none", language="fi")
    with pytest.raises(InvalidInput):
        confirmation(town, file(town, email=INFO), language="de")


def test_R018_a_task_is_due_within_five_working_days_and_closing_it_lets_nobody_go(town: Store) -> None:
    file(town, email=INFO)
    with town.ledger.read() as connection:
        (task,) = tasks.list_tasks(connection)
    assert task["due_on"] <= (NOW + timedelta(days=7)).date()
    with town.write() as tx:
        tasks.close_task(tx, task["task"])
    assert len(out(town)["persons"]) == MAILBOX
    with pytest.raises(InvalidTransition), town.write() as tx:
        tasks.close_task(tx, task["task"])
    with pytest.raises(NotFound), town.write() as tx:
        tasks.close_task(tx, "task-none")
    later = open_store(town.settings, clock=fixed_clock(NOW + timedelta(days=1)))
    with later.ledger.read() as connection:
        assert [one["task"] for one in tasks.list_tasks(connection, closed=True)] == [task["task"]]
    later.ledger.close()
