"""``rajaus backup`` and ``rajaus restore`` as an operator runs them, and archives that were damaged on the way."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.keys import NAMES
from core.settings import load_settings
from ledger.store import create_store
from service.cli import main
from service.cli.common import Session
from tests.backup.house import Officer, officer
from tests.moment import NOW

Run = Callable[..., tuple[int, Any]]
KEYS = sorted(f"{name}.key" for name in NAMES)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one line in a home, some days after :data:`NOW`; returns the exit code and the document."""
    monkeypatch.setenv("RAJAUS_ACTOR", "keeper")

    def run(*words: str, home: str = "home", days: int = 0) -> tuple[int, Any]:
        session = Session(clock=fixed_clock(NOW + timedelta(days=days)))
        code = main([*words, "--home", str(tmp_path / home), "--json"], session)
        if session.opened is not None:
            session.opened.ledger.close()
        return code, json.loads(capsys.readouterr().out)

    create_store(load_settings(env={}, home=tmp_path / "home", actor="keeper"), clock=fixed_clock(NOW)).ledger.close()
    return run


@pytest.fixture
def who(tmp_path: Path) -> Officer:
    return officer(tmp_path)


def test_R074_a_backup_is_made_listed_and_restored_with_its_keys(run: Run, who: Officer, tmp_path: Path) -> None:
    out, keys = tmp_path / "backups", tmp_path / "usb" / "keys.age"
    code, made = run("backup", "make", "--out", str(out), "--recipient", who.public)
    assert code == 0
    assert Path(made["path"]).parent == out
    assert b"keeper" not in Path(made["path"]).read_bytes(), "it is encrypted"
    assert run("backup", "keys", "--out", str(keys), "--recipient", who.public)[1]["keys"] == KEYS
    _, banned = run("ban", "add", "--email", "liisa@yritys.example", "--via", "phone")
    code, listed = run("backup", "list")
    assert [(row["backup"], row["state"]) for row in listed["backups"]] == [(made["backup"], "kept")]

    identity, log = ("--identity", str(who.file)), ("--tombstones", str(tmp_path / "home.tombstones"))
    code, error = run("restore", made["path"], *identity, *log, home="new")
    assert (code, error["error"]["code"]) == (2, "key_missing")
    code, back = run("backup", "restore-keys", str(keys), *identity, home="new")
    assert (code, back["keys"]) == (0, KEYS)
    code, done = run("restore", made["path"], *identity, *log, home="new", days=1)
    assert (code, done["open"], done["bans"]) == (0, True, 1), "the log that was brought before may be named again"
    assert run("ban", "show", banned["ban"], home="new", days=1)[0] == 0
    code, verified = run("audit", "verify", home="new", days=1)
    assert (code, verified["tombstones"]) == (0, "intact")


def test_R074_a_restore_without_the_log_is_refused_and_goes_on_when_it_is_brought(
    run: Run, who: Officer, tmp_path: Path
) -> None:
    made = run("backup", "make", "--out", str(tmp_path / "backups"), "--recipient", who.public)[1]
    run("backup", "keys", "--out", str(tmp_path / "keys.age"), "--recipient", who.public)
    run("backup", "restore-keys", str(tmp_path / "keys.age"), "--identity", str(who.file), home="new")
    code, error = run("restore", made["path"], "--identity", str(who.file), home="new")
    assert (code, error["error"]["code"]) == (3, "restore_without_tombstones")
    assert run("ban", "list", home="new")[1]["error"]["code"] == "store_closed"
    code, done = run("restore", "--resume", "--tombstones", str(tmp_path / "home.tombstones"), home="new")
    assert (code, done["open"]) == (0, True)
    assert run("ban", "list", home="new")[0] == 0
    assert run("restore", "--resume", home="new")[0] == 2, "nothing waits any more"


def test_R074_a_backup_that_is_too_old_is_overdue_removed_and_not_restored(
    run: Run, who: Officer, tmp_path: Path
) -> None:
    out = tmp_path / "backups"
    made = run("backup", "make", "--out", str(out), "--recipient", who.public)[1]
    kept = tmp_path / "tape.age"
    kept.write_bytes(Path(made["path"]).read_bytes())
    assert run("backup", "list", days=34)[1]["backups"][0]["state"] == "kept"
    assert run("backup", "remove", "--in", str(out), days=34)[1]["removed"] == []
    assert run("backup", "list", days=35)[1]["backups"][0]["state"] == "overdue"
    assert run("backup", "remove", "--in", str(out), days=35)[1]["removed"] == [Path(made["path"]).name]
    assert run("backup", "list", days=35)[1]["backups"][0]["state"] == "removed"
    assert list(out.iterdir()) == []
    run("backup", "keys", "--out", str(tmp_path / "keys.age"), "--recipient", who.public)
    run("backup", "restore-keys", str(tmp_path / "keys.age"), "--identity", str(who.file), home="new")
    code, error = run("restore", str(kept), "--identity", str(who.file), home="new", days=35)
    assert (code, error["error"]["code"]) == (3, "backup_expired")


def test_what_cannot_be_a_backup_is_said(run: Run, who: Officer, tmp_path: Path) -> None:
    assert run("backup", "make", "--out", str(tmp_path / "b"))[1]["error"]["code"] == "recipient_missing"
    assert run("backup", "make", "--out", str(tmp_path / "b"), "--recipient", "age1x")[1]["error"]["code"] == (
        "recipient_invalid"
    )
    assert run("restore", home="new")[0] == 2, "the archive and --identity, or --resume"
    no_identity = tmp_path / "note.txt"
    no_identity.write_text("nothing")
    path = run("backup", "make", "--out", str(tmp_path / "b"), "--recipient", who.public)[1]["path"]
    assert run("restore", path, "--identity", str(no_identity), home="new")[1]["error"]["code"] == "identity_invalid"
    assert run("restore", str(tmp_path / "none.age"), "--identity", str(who.file), home="new")[1]["error"]["code"] == (
        "backup_unreadable"
    )
    code, error = run("restore", path, "--identity", str(who.file))
    assert (code, error["error"]["code"]) == (2, "home_exists")
    run("backup", "keys", "--out", str(tmp_path / "keys.age"), "--recipient", who.public)
    assert run("backup", "restore-keys", str(tmp_path / "keys.age"), "--identity", str(who.file))[1]["error"][
        "code"
    ] == ("home_exists")


@pytest.fixture
def big(run: Run, who: Officer, tmp_path: Path) -> Path:
    """A backup whose files are many age chunks long, and the keys that go with it."""
    evidence = tmp_path / "home" / "evidence"
    (evidence / "report.bin").write_bytes(bytes(range(256)) * 4_000)
    (evidence / "noise.bin").write_bytes(random.Random(7).randbytes(600_000))
    path = Path(run("backup", "make", "--out", str(tmp_path / "b"), "--recipient", who.public)[1]["path"])
    run("backup", "keys", "--out", str(tmp_path / "keys.age"), "--recipient", who.public)
    run("backup", "restore-keys", str(tmp_path / "keys.age"), "--identity", str(who.file), home="new")
    return path


@pytest.mark.parametrize("at", [0.0, 0.02, 0.3, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("how", ["flipped", "cut"])
def test_a_damaged_archive_is_unreadable_wherever_it_is_damaged_and_leaves_nothing(
    run: Run, big: Path, who: Officer, tmp_path: Path, at: float, how: str
) -> None:
    content = bytearray(big.read_bytes())
    assert len(content) > 5 * 65_536, "several chunks, so that the damage meets a member half-way"
    place = int(at * len(content))
    if how == "cut":
        del content[place:]
    else:
        content[place] ^= 0x40
    damaged = tmp_path / "damaged.age"
    damaged.write_bytes(bytes(content))
    log = ("--tombstones", str(tmp_path / "home.tombstones"))
    code, error = run("restore", str(damaged), "--identity", str(who.file), *log, home="new")
    assert (code, error["error"]["code"]) == (2, "backup_unreadable")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["keys"], "nothing but the keys that were there"


def test_a_key_archive_that_is_damaged_brings_no_key(run: Run, who: Officer, tmp_path: Path) -> None:
    keys = tmp_path / "keys.age"
    run("backup", "keys", "--out", str(keys), "--recipient", who.public)
    keys.write_bytes(keys.read_bytes()[:-20])
    code, error = run("backup", "restore-keys", str(keys), "--identity", str(who.file), home="new")
    assert (code, error["error"]["code"]) == (2, "backup_unreadable")
    assert list((tmp_path / "new").rglob("*.key")) == []
    other = officer(tmp_path, "other")
    code, error = run("backup", "restore-keys", str(keys), "--identity", str(other.file), home="new")
    assert (code, error["error"]["code"]) == (2, "backup_unreadable")
