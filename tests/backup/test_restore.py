"""R074, T18: a restored store knows what was banned, erased and restricted after its backup, or it does not open."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import ConfigError, Refused
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from ledger import anchors, bans, breaches, integrity, sources, tables
from ledger.replay import Numbered, replay
from ledger.store import Store, open_store
from ledger.tombstones import TombstoneLog, effective
from register.query import find_persons, open_register
from schemas.criteria import parse_criteria
from service.restore import finish, restore
from subjects.bans import BanRequest, add_ban
from subjects.erase import ErasureRequest, erase
from tests.backup.house import Officer, later, make, new_machine, officer, restored
from tests.published import Rows, open_campaign, read_csv

WIDE = {"organisation": {"kind": ["company", "association", "public"]}, "person": {"level": [1, 2, 3, 4]}}


@pytest.fixture
def who(tmp_path: Path) -> Officer:
    return officer(tmp_path)


def person_of(store: Store, row: dict[str, str]) -> int:
    with open_register(store, holder="test") as register:
        found = find_persons(register, email=row["email"])
    assert len(found) <= 1
    return found.pop() if found else 0


def ban(store: Store, row: dict[str, str]) -> str:
    return str(add_ban(store, BanRequest(via="letter", email=row["email"]))["ban"])


def lift(store: Store, identifier: str) -> None:
    with store.write() as tx:
        bans.lift(tx, identifier, evidence="letter 7", approver="second")


def blocked(store: Store) -> set[int]:
    with store.ledger.read() as connection:
        return set(bans.blocked(connection, channels=None).persons.to_pylist())


def delivered(store: Store, to: Path) -> str:
    """Every cell of one wide delivery of the store, as text."""
    today = store.today()
    campaign = open_campaign(store, business_id="6000002-9", starts_on=today, ends_on=today + timedelta(days=20))
    order = place(store, campaign, parse_criteria(WIDE))
    extract = cut(store, order["order"])
    files = deliver(store, extract["extract"], to)["files"]
    return "\n".join(str(read_csv(Path(file["path"]))) for file in files if file["format"] == "csv")


@pytest.fixture
def after_the_fact(
    register_store: Store, tmp_path: Path, who: Officer, deliverable: Rows
) -> tuple[Store, Path, dict[str, Any]]:
    """A backup, and what happened after it: a ban, an erasure, a restriction, a lift and a quarantine."""
    rows = dict(zip(("banned", "erased", "restricted", "lifted", "untouched", "half"), deliverable, strict=False))
    early = ban(register_store, rows["lifted"])
    path = make(register_store, tmp_path / "backups", who)
    ids = {name: person_of(register_store, row) for name, row in rows.items()}
    ban(register_store, rows["banned"])
    with register_store.write() as tx:
        bans.record(
            tx, kind="restriction", target="person", via="letter", received_on=register_store.today(), channel=None,
            keys=[], key_id="none", hits=[("person", ids["restricted"], False)],
        )  # fmt: skip
    erase(register_store, ErasureRequest(persons=[ids["erased"]], ground="objection", via="letter"))
    lift(register_store, early)
    with register_store.write() as tx:
        sources.quarantine(tx, "prh")
    return register_store, path, {"rows": rows, "ids": ids, "lifted": early}


def test_R074_T18_R061_a_month_old_backup_opens_with_every_later_ban_and_without_the_erased(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer, deliverable: Rows
) -> None:
    store, path, facts = after_the_fact
    new, document = restored(new_machine(store, tmp_path / "new"), path, who)
    ids, rows = facts["ids"], facts["rows"]
    assert {ids["banned"], ids["restricted"], ids["erased"]} <= blocked(new)
    assert ids["untouched"] not in blocked(new)
    assert ids["lifted"] not in blocked(new)
    assert person_of(new, rows["erased"]) == 0, "not only blocked: gone from the register"
    assert person_of(new, rows["banned"]) == ids["banned"]
    with new.ledger.read() as connection:
        assert sources.quarantined_sources(connection) == {"prh"}
    assert document["open"]
    assert document["bans"] == 3
    assert document["lifted"] == 1
    assert [row["state"] for row in document["erased"]] == ["certified"]
    text = delivered(new, tmp_path / "out")
    for name in ("banned", "erased", "restricted"):
        assert rows[name]["email"] not in text
    there = [row["email"] in text for row in deliverable]
    assert sum(there) > 0.8 * len(there), "anybody may be withheld, but few are"
    examined = integrity.examine(new)
    assert examined.breaks == []
    assert examined.tombstones == "intact"


@pytest.mark.parametrize("state", ["missing", "damaged", "older than the backup, or another store's"])
def test_R074_R094_T18_without_its_tombstone_log_a_restored_store_stays_closed(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer, state: str
) -> None:
    store, path, facts = after_the_fact
    settings = new_machine(store, tmp_path / "new", log=False)
    whole = store.settings.tombstones_path.read_bytes()
    lines = whole.splitlines(keepends=True)
    if state == "damaged":
        settings.tombstones_path.write_bytes(b"".join([lines[0], *lines[2:]]))
    elif state != "missing":
        settings.tombstones_path.write_bytes(lines[0])
    with pytest.raises(Refused) as refused:
        restored(settings, path, who)
    assert (refused.value.code, refused.value.ids["state"]) == ("restore_without_tombstones", state)
    with pytest.raises(Refused) as closed:
        open_store(settings)
    assert closed.value.code == "store_closed"
    with pytest.raises(Refused):
        finish(settings, clock=later(30))
    inside = open_store(settings, clock=later(30), restoring=True)
    with inside.ledger.read() as connection:
        assert [case["trigger"] for case in breaches.cases(connection)] == ["restored_without_tombstones"]
    settings.tombstones_path.write_bytes(whole)
    assert finish(settings, clock=later(30))["open"]
    assert facts["ids"]["banned"] in blocked(open_store(settings, clock=later(30)))


def test_T18_a_log_cut_short_is_found_out_by_an_anchor(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer
) -> None:
    store, path, _facts = after_the_fact
    line = integrity.anchor(store)
    settings = new_machine(store, tmp_path / "new")
    lines = settings.tombstones_path.read_bytes().splitlines(keepends=True)
    settings.tombstones_path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(Refused) as refused:
        restore(settings, path, identity=who.file, clock=later(30), lines=[anchors.parse(str(line))])
    assert refused.value.ids["state"] == "cut short"


def test_a_crash_in_the_middle_leaves_the_store_closed_and_the_restore_can_go_on(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, path, facts = after_the_fact
    settings = new_machine(store, tmp_path / "new")

    def dies(_store: Store) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("service.restore.resume", dies)
        with pytest.raises(KeyboardInterrupt):
            restored(settings, path, who)
    with pytest.raises(Refused):
        open_store(settings)
    assert finish(settings, clock=later(30))["open"]
    new = open_store(settings, clock=later(30))
    assert person_of(new, facts["rows"]["erased"]) == 0
    with new.ledger.read() as connection:
        assert len(connection.execute(select(tables.ban)).all()) == 4
    with pytest.raises(ConfigError):
        finish(settings, clock=later(30))


def test_replaying_twice_changes_nothing(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer
) -> None:
    store, path, _facts = after_the_fact
    new, _ = restored(new_machine(store, tmp_path / "new"), path, who)
    before = blocked(new)
    log = TombstoneLog(new.settings.tombstones_path)
    with new.write() as tx:
        again = replay(tx, effective(log.lines(), after=1), numbered=Numbered(10**9, 10**9))
    assert (again.bans, again.hits, again.lifted, again.sources, again.erasures) == (0, 0, 0, 0, [])
    assert blocked(new) == before


def test_ids_that_came_after_the_backup_are_not_taken_for_others(
    register_store: Store, tmp_path: Path, who: Officer
) -> None:
    """A number the restored register has not given out may be given to somebody else: such a hit is left out."""
    path = make(register_store, tmp_path / "backups", who)
    with register_store.write() as tx:
        bans.record(
            tx, target="person", via="letter", received_on=register_store.today(), channel=None, keys=[],
            key_id="none", hits=[("person", 9_999_999, False)],
        )  # fmt: skip
    new, document = restored(new_machine(register_store, tmp_path / "new"), path, who)
    assert [row["id"] for row in document["left_out"]] == [9_999_999]
    assert 9_999_999 not in blocked(new)


def test_R074_a_ban_made_after_the_backup_stops_the_extract_cut_before_it(
    register_store: Store, tmp_path: Path, who: Officer, campaign: str, deliverable: Rows
) -> None:
    order = place(register_store, campaign, parse_criteria(WIDE))
    extract = cut(register_store, order["order"])["extract"]
    path = make(register_store, tmp_path / "backups", who)
    ban(register_store, deliverable[0])
    new, _ = restored(new_machine(register_store, tmp_path / "new"), path, who, days=1)
    with pytest.raises(Refused) as refused:
        deliver(new, extract, tmp_path / "out")
    assert refused.value.code == "extract_banned_since"
    assert count(new, campaign, parse_criteria(WIDE))["to_deliver"] > 0


def test_anchors_of_rows_that_are_gone_are_set_aside_and_said_so(
    after_the_fact: tuple[Store, Path, dict[str, Any]], tmp_path: Path, who: Officer
) -> None:
    store, path, _facts = after_the_fact
    lost = integrity.anchor(store)
    new, _ = restored(new_machine(store, tmp_path / "new"), path, who)
    examined = integrity.examine(new, more=[lost])
    assert examined.breaks == []
    assert examined.verdict.set_aside == 1
    assert len(examined.verdict.restores) == 1
