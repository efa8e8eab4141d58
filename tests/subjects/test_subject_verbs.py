"""The verbs of ``rajaus subject`` as an officer runs them: one document on standard output, the rule's exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import InvalidInput
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from subjects.find import Search, look
from tests.moment import NOW
from tests.subjects import rights_house as house
from tests.subjects.rights_house import House


@pytest.fixture
def run(rights: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run one line on a store of one's own; returns the exit code and the document."""
    with rights.opened(tmp_path / "home"):
        pass

    def run(*words: str, json_out: bool = True) -> tuple[int, Any]:
        line = [*words, "--home", str(tmp_path / "home"), *(["--json"] if json_out else [])]
        code = main(line, Session(clock=fixed_clock(NOW)))
        out = capsys.readouterr().out
        return code, json.loads(out) if json_out else out

    return run


def test_R054_a_request_from_its_receipt_to_the_reply(run: Any, rights: House, tmp_path: Path) -> None:
    code, opened = run("subject", "open", "--right", "access", "--via", "email", "--received", "2026-11-20")
    assert (code, opened["due_on"]) == (0, "2026-12-21")
    case = opened["case"]
    code, found = run("subject", "find", "--email", house.MAIL.upper(), "--case", case)
    assert (code, {face["person"] for face in found["persons"]}) == (0, {rights.person})
    code, listed = run("subject", "list")
    assert (code, listed["open"], [row["case"] for row in listed["later"]]) == (0, 1, [case])
    code, told = run("subject", "list", "--overdue", json_out=False)
    assert code == 0
    assert "1 open on 2026-11-22, 0 overdue" in told
    out = tmp_path / "reply"
    code, made = run("subject", "access", "--case", case, "--person", str(rights.person), "--to", str(out))
    assert (code, made["answer"], made["recipients"]) == (0, "data", 4)
    assert (out / "reply-fi.pdf").exists()
    code, shown = run("subject", "show", case)
    assert (code, shown["state"], shown["outcome"]) == (0, "done", "granted")


def test_the_identity_verbs_stop_the_clock_and_start_it(run: Any, rights: House) -> None:
    case = run("subject", "open", "--right", "access", "--via", "email", "--person", str(rights.person))[1]["case"]
    code, asked = run("subject", "pause", case, "--doubt", "unknown_address", "--reason", "free mail")
    assert (code, asked["restriction"]) == (0, None)
    assert run("subject", "resume", case, "--reason", "it is known")[0] == 0
    assert run("subject", "pause", case, "--doubt", "unknown_address", "--reason", "free mail")[0] == 0
    late = run("subject", "identify", case, "--way", "visit", "--seen-by", "liisa", "--at", "2026-11-20T14:00")
    assert (late[0], late[1]["error"]["code"]) == (2, "visit_closed")
    code, known = run("subject", "identify", case, "--way", "visit", "--seen-by", "liisa", "--at", "2026-11-20T13:59")
    assert (code, known["identity"]) == (0, "verified")
    assert run("subject", "close", case, "--outcome", "granted")[0] == 0
    assert run("subject", "close", case, "--outcome", "granted")[0] == 5


def test_the_verbs_of_extension_refusal_and_fee(run: Any, rights: House, tmp_path: Path) -> None:
    person = str(rights.person)
    case = run("subject", "open", "--right", "access", "--via", "email", "--received", "2026-10-20", "--person", person)
    late = run("subject", "extend", case[1]["case"], "--reason", "archives")
    assert (late[0], late[1]["error"]["code"]) == (3, "extension_too_late")
    order = run(
        "subject", "open", "--right", "authority", "--via", "letter", "--authority", "TSV", "--due", "2026-12-01"
    )[1]
    assert order["due_on"] == "2026-12-01"
    moved = run("subject", "extend", order["case"], "--until", "2026-12-10", "--reason", "TSV/1")
    assert (moved[0], moved[1]["due_on"]) == (0, "2026-12-10")
    words = ["--reason", "r", "--evidence", "e", "--to", str(tmp_path / "letters")]
    rule = ["--ground", "rule", "--rule", "GDPR 17(3)(e)"]
    alone = run("subject", "refuse", case[1]["case"], *rule, *words, "--approver", "")
    assert (alone[0], alone[1]["error"]["code"]) == (3, "refusal_needs_grounds")
    assert run("subject", "refuse", case[1]["case"], *rule, *words, "--approver", "liisa")[0] == 0
    other = run("subject", "open", "--right", "access", "--via", "email", "--person", person)[1]["case"]
    fee = ["--euros", "20", "--ground", "excessive", "--approver", "liisa", *words]
    assert run("subject", "fee", "tell", other, *fee)[0] == 0
    assert run("subject", "fee", "charge", other)[0] == 5
    assert run("subject", "fee", "accept", other)[0] == 0
    assert run("subject", "close", other, "--outcome", "granted")[0] == 0
    assert run("subject", "fee", "charge", other) == (0, {"case": other, "euros": 20})


def test_the_verbs_of_objection_and_portability(run: Any, rights: House, tmp_path: Path) -> None:
    made = run("subject", "object", "--person", str(rights.homonym), "--via", "letter", "--words", "a threat")[1]
    closed = run("subject", "close", made["case"], "--outcome", "upheld", "--reason", "documented")
    assert (closed[0], len(closed[1]["bans"])) == (0, 1)
    assert "bans" in run("subject", "object", "--person", str(rights.homonym), "--via", "phone", "--marketing")[1]
    case = run("subject", "open", "--right", "portability", "--via", "email")[1]["case"]
    answer = run("subject", "portability", case, "--approver", "liisa", "--to", str(tmp_path / "out"))
    assert (answer[0], answer[1]["state"]) == (0, "refused")


def test_a_request_for_a_person_who_does_not_exist(run: Any, tmp_path: Path) -> None:
    case = run("subject", "open", "--right", "access", "--via", "email")[1]["case"]
    none = run("subject", "access", "--case", case, "--person", "424242", "--to", str(tmp_path / "out"))
    assert (none[0], none[1]["error"]["code"]) == (4, "person_unknown")
    empty = run("subject", "access", "--case", case, "--to", str(tmp_path / "out"))
    assert (empty[0], empty[1]["error"]["code"]) == (2, "value_missing")
    code, made = run("subject", "access", "--case", case, "--email", "x@y.example", "--to", str(tmp_path / "out"))
    assert (code, made["answer"]) == (0, "no_data")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(first_name="matti", last_name="VIRTANEN"), 1),
        (Search(first_name="Åsa Łucja", last_name="O'Śląska-Öhman"), 2),
        (Search(first_name="Asa Lucja", last_name="O'Slaska-Oehman"), 2),
        (Search(first_name="Matti", last_name="Virtanen", business_id=house.B), 0),
        (Search(first_name="Matti", last_name="Virtanen", organisation=f"Yhtiö {house.A} Oy"), 1),
        (Search(phone="040 123 4567"), 1),
        (Search(email="nobody@else.example"), 0),
    ],
)
def test_a_person_is_found_however_the_name_or_number_is_written(
    rights: House, tmp_path: Path, search: Search, found: int
) -> None:
    with rights.opened(tmp_path / "home") as store:
        assert len(look(store, search).persons) == found


def test_a_search_needs_something_and_before_the_first_publish_finds_nobody(store: Store) -> None:
    with pytest.raises(InvalidInput):
        look(store, Search(organisation="Yhtiö Oy"))
    for wrong in (
        Search(email="not-a-mail"),
        Search(phone="abc"),
        Search(email="a@b.example", business_id="1234567-0"),
    ):
        with pytest.raises(InvalidInput):
            look(store, wrong)
    assert look(store, Search(email="a@b.example")).persons == ()
