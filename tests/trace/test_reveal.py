"""Showing an extract's scope keys in a dispute: two persons, two keys, one file (R039; fingerprint.md 2.7, 8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.errors import InvalidInput, InvalidTransition, NotFound, PermissionRefused, Refused, StoreError
from extracts import reveal
from extracts.trace import trace
from ledger import tables
from ledger.store import Store
from service import backup
from service.cli import main
from tests.trace.disputed import REASON, Dispute, dispute, second
from tests.trace.house import leak


@pytest.fixture
def made(tmp_path: Path) -> Dispute:
    return dispute(tmp_path)


def _audited(store: Store, action: str) -> list[tuple[str, dict[str, str]]]:
    with store.ledger.read() as connection:
        rows = connection.execute(select(tables.audit).where(tables.audit.c.action == action).order_by("seq")).all()
    return [(row.actor, row.ids) for row in rows]


def test_R039_one_person_asks_another_approves_and_both_are_audited(made: Dispute) -> None:
    """Only the two scope keys are in the file, for its owner alone; the audit holds no key."""
    store, keys = made.house.store, made.keys()
    fingerprint = store.key("fingerprint")
    scopes = [fingerprint.derive("sym").sub(scope).secret.hex() for scope in ("x1", "c1")]
    assert [keys["keys"][name] for name in ("extract", "customer")] == scopes
    assert (keys["requested_by"], keys["approved_by"]) == ("first", "second")
    text = made.revealed.read_text(encoding="utf-8")
    others = [fingerprint, *map(fingerprint.derive, ("sym", "bias", "lvl", "unit", "link", "blind", "sel"))]
    others += [fingerprint.derive("sym").sub(scope) for scope in ("x2", "x3", "c2")]
    assert not [key for key in others if key.secret.hex() in text]
    assert made.revealed.stat().st_mode & 0o777 == 0o600
    assert made.revealed.parent == store.home.evidence
    [(asker, asked), (approver, approved)] = [
        *_audited(store, "reveal.requested"), *_audited(store, "reveal.approved")
    ]  # fmt: skip
    assert (asker, approver, approved["requested_by"]) == ("first", "second", "first")
    assert asked["reveal"] == approved["reveal"] == keys["reveal"]
    assert not [secret for secret in scopes if secret in json.dumps([asked, approved])]


def test_R039_who_asked_cannot_approve_and_nothing_is_approved_twice(made: Dispute) -> None:
    store = made.house.store
    asked = reveal.request(store, made.evidence, extract="x1", reason=REASON)["reveal"]
    before = set(store.home.evidence.iterdir())
    with pytest.raises(PermissionRefused) as caught:
        reveal.approve(store, made.evidence, asked)
    assert caught.value.code == "reveal_needs_two"
    assert set(store.home.evidence.iterdir()) == before
    with pytest.raises(InvalidTransition):
        reveal.approve(second(store), made.evidence, made.keys()["reveal"])
    with pytest.raises(NotFound):
        reveal.approve(second(store), made.evidence, "reveal-none")
    with pytest.raises(InvalidInput, match="reason"):
        reveal.request(store, made.evidence, extract="x1", reason=" ")


def test_a_file_that_was_lost_after_its_approval_is_written_again(made: Dispute) -> None:
    keys = made.keys()
    made.revealed.unlink()
    reveal.approve(made.house.store, made.evidence, keys["reveal"])
    assert made.keys() == keys
    assert [actor for actor, _ in _audited(made.house.store, "reveal.written")] == ["first"]


def test_R039_keys_of_extracts_that_are_not_accused_stay_in_the_house(made: Dispute) -> None:
    for extract in ("x2", "x3", "x9"):
        with pytest.raises(Refused) as caught:
            reveal.request(made.house.store, made.evidence, extract=extract, reason=REASON)
        assert caught.value.code == "reveal_not_accused"


def test_R039_evidence_that_the_audit_does_not_hold_opens_nothing(made: Dispute, tmp_path: Path) -> None:
    """Otherwise whoever writes a file that accuses an extract would get its keys."""
    forged = tmp_path / "e.json"
    document = made.document()
    document["suspect"]["file"] = "other.csv"
    forged.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        reveal.request(made.house.store, forged, extract="x1", reason=REASON)
    assert caught.value.code == "evidence_changed"
    [differs] = reveal.audit_agrees(made.house.store, forged)
    assert differs["at"] == "evidence"
    assert reveal.audit_agrees(made.house.store, made.evidence) == []


@pytest.mark.parametrize("what", ["unlinked", "another key"])
def test_without_a_commitment_that_still_holds_no_key_is_shown(made: Dispute, what: str) -> None:
    store = made.house.store
    if what == "unlinked":
        with store.write() as tx:
            tx.execute(update(tables.extract).where(tables.extract.c.extract == "x1").values(unlinked_at=store.now()))
            tx.audit("test.unlinked")
    else:
        path = store.settings.keys_dir / "fingerprint.key"
        path.write_text(path.read_text(encoding="ascii").split()[0] + " " + "ab" * 32, encoding="ascii")
        store = second(store, actor="first")
    with pytest.raises(Refused) as caught:
        reveal.request(store, made.evidence, extract="x1", reason=REASON)
    assert caught.value.code == "reveal_uncommitted"


def test_a_backup_holds_the_evidence_and_no_key_that_was_shown(made: Dispute) -> None:
    names = [path.name for path in backup._unnamed(made.house.store)]
    assert made.evidence.name in names
    assert made.revealed.name not in names


def test_the_whole_dispute_on_the_command_line(
    made: Dispute, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdict as one document; exit code 0 when it holds, 6 when not, 3 for the same person twice."""
    home = ("--home", str(made.house.store.settings.home))

    def run(*arguments: str) -> tuple[int, dict[str, object]]:
        code = main(["trace", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    everything = ("--suspect", str(made.suspect), "--delivered", str(made.delivered), "--revealed", str(made.revealed))
    code, said = run("verify", str(made.evidence), *everything, "--audit", *home)
    assert (code, said["ok"], said["checked"]) == (0, True, ["scores", "suspect", "keys", "files", "audit"])
    code, said = run("verify", str(made.evidence), "--suspect", str(made.delivered))
    assert (code, said["error"]["code"]) == (6, "evidence_faulty")  # type: ignore[index]
    assert said["error"]["ids"]["verdict"]["findings"][0]["finding"] == "suspect_differs"  # type: ignore[index]
    monkeypatch.setenv("RAJAUS_ACTOR", "first")
    code, asked = run("reveal", str(made.evidence), "--extract", "x1", "--reason", REASON, *home)
    assert (code, asked["state"]) == (0, "requested")
    made.revealed.unlink()
    approve = ("reveal", str(made.evidence), "--approve", str(asked["reveal"]), *home)
    code, said = run(*approve)
    assert (code, said["error"]["code"]) == (3, "reveal_needs_two")  # type: ignore[index]
    monkeypatch.setenv("RAJAUS_ACTOR", "second")
    code, said = run(*approve)
    assert (code, said["state"], Path(str(said["file"])).is_file()) == (0, "approved", True)
    assert main(["trace", "reveal", str(made.evidence), *home]) == 2
    code = main(["trace", "verify", str(made.evidence), *home])
    assert "The evidence holds." in capsys.readouterr().out
    assert code == 0


def test_a_list_called_like_a_verb_is_traced_by_its_path(made: Dispute, tmp_path: Path) -> None:
    rows = made.house.cuts[0].rows[:40]
    assert main(["trace", str(leak(tmp_path / "verify", rows)), "--home", str(made.house.store.settings.home)]) == 0
    assert trace(made.house.store, tmp_path / "verify")["matched"] == 40
