"""Erasure: everywhere, physically, for good; what stays is said (R061, T03)."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound
from core.settings import load_settings
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.orders import place
from ledger import bans, cuts, erasures, requests, snapshots, tasks
from ledger.store import Store, create_store, open_store
from register.erase import Gone, remove
from register.publish import publish
from register.snapshot import open_snapshot, verify
from register.sources.load import load_files
from schemas.criteria import parse_criteria
from subjects import recipients, rectify
from subjects.certificate import certificate
from subjects.erase import ErasureRequest, erase, resume, show
from subjects.rectify import Rectification
from tests import apart
from tests.changes import eraser
from tests.moment import NOW
from tests.published import open_campaign
from tests.register.contents import aliases, other_names, person_at, rows
from tests.register.loads import A, B, C, load, organisation, position

M1, M2 = "+358401234567", "+358407654321"
MARKERS = ("xyzzyq", "Xyzzyq", "XYZZYQ", "Entinen", "entinen", "401234567", "Xyznimike", "xyznimike")
"""Parts of the text of the one who is erased; nobody else has them."""


@pytest.fixture
def plain_store(tmp_path: Path) -> Iterator[Store]:
    """A store in uncompressed mode, so that bytes can be looked for."""
    settings = load_settings(env={}, home=tmp_path / "home", actor="tester", uncompressed=True)
    made = create_store(settings, clock=fixed_clock(NOW))
    yield made
    made.ledger.close()


def _marked(number: str = "1", **values: Any) -> dict[str, Any]:
    plain = {
        "name": "Etunimi Xyzzyq", "email": "etu.xyzzyq@a.example", "mobile": M1, "title": "Xyznimike",
        "postal_street": "Xyzzyqkatu 1", "postal_postcode": "00100", "postal_city": "Helsinki",
    }  # fmt: skip
    return position(number, **(plain | values))


def _others() -> list[dict[str, Any]]:
    return [
        position("2", "Aino Laine", B, email="aino@b.example", mobile=M2),
        position("3", "Kalle Virtanen", B),
        position("4", "Etunimi Muu", A, email="etu.muu@a.example"),
    ]


def _published(store: Store) -> int:
    """A register in which the marked person has a past: a former surname, a second source, a replaced load."""
    organisations = [organisation(A), organisation(B)]
    load(store, "own", organisations, [_marked(name="Etunimi Entinen"), *_others()])
    publish(store)
    load(store, "own", organisations, [_marked(), *_others()])
    load(store, "second", [organisation(A)], [_marked("z9", email=None), position("z1", "Aino Laine", B, mobile=M2)])
    publish(store)
    return person_at(store, "1")


def _found(root: Path) -> list[str]:
    """Files under a directory that hold any of the markers, in UTF-8."""
    hits = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            hits += [f"{path.relative_to(root)}: {marker}" for marker in MARKERS if marker.encode() in content]
    return hits


def _erase(store: Store, *persons: int, **values: Any) -> dict[str, Any]:
    return erase(store, ErasureRequest(persons=persons, **{"ground": "objection", "via": "email", **values}))


def test_R061_not_one_byte_of_an_erased_person_is_left_in_the_home(plain_store: Store) -> None:
    """R061: names, former names, addresses, titles, corrections; live and replaced loads, snapshot, ledger, staging."""
    store = plain_store
    person = _published(store)
    place = rows(store, "position", "source_id")["1"]["position"]
    rectify.rectify(store, Rectification(person=person, position=place, values={"email": "xyzzyq@uusi.example"}))
    publish(store)
    load(store, "own", [organisation(A), organisation(B)], [_marked(email="xyzzyq3@a.example"), *_others()])
    debris = store.home.staging / "load-dead"
    debris.mkdir()
    (debris / "positions.parquet").write_bytes(b"etu.xyzzyq@a.example")
    (store.home.sources / "unnamed.parquet").write_bytes(b"etu.xyzzyq@a.example")
    assert len(_found(store.home.root)) > 10
    document = _erase(store, person)
    assert document["state"] == "certified"
    assert _found(store.home.root) == []
    store.ledger.close()
    assert _found(store.home.root) == []
    publish(store)
    assert _found(store.home.root) == []
    assert _found(store.home.root.parent) == []


def test_R061_nobody_else_changes(plain_store: Store) -> None:
    """Ids, nonces and rows of the others, in the snapshot and in every source file, are as before."""
    store = plain_store
    person = _published(store)
    before = {table: rows(store, table, key) for table, key in (("person", "person"), ("position", "position"))}
    document = _erase(store, person)
    after = {table: rows(store, table, key) for table, key in (("person", "person"), ("position", "position"))}
    assert person not in after["person"]
    assert after["person"] == {one: row for one, row in before["person"].items() if one != person}
    assert after["position"] == {n: row for n, row in before["position"].items() if row["person"] != person}
    assert document["removed"]["source_rows"] == 3
    assert document["removed"]["persons"] == document["removed"]["positions"] == 1
    assert verify(store)["ok"]
    publish(store)
    assert rows(store, "person", "person") == after["person"]
    assert {one["nonce"] for one in rows(store, "position", "position").values()} == {
        one["nonce"] for one in after["position"].values()
    }


def test_R061_a_homonym_and_a_colleague_on_the_same_telephone_stay(store: Store) -> None:
    """Whom a publish takes for somebody else stays: same name and employer, same number and first name."""
    people = [
        position("1", "Matti Virtanen", A, email="m1@a.example", mobile=M1),
        position("2", "Matti Virtanen", A, email="m2@a.example", mobile=M2),
        position("3", "Matti Virtanen", B, email="m3@b.example"),
        position("4", "Liisa Aalto", B, mobile="+358409876543"),
        position("5", "Liisa Berg", B, mobile="+358409876543"),
    ]
    organisations = [organisation(A), organisation(B)]
    load(store, "own", organisations, people)
    publish(store)
    load(store, "own", organisations, people)
    publish(store)
    _erase(store, person_at(store, "1"), person_at(store, "4"))
    assert set(rows(store, "position", "source_id")) == {"2", "3", "5"}
    publish(store)
    assert set(rows(store, "position", "source_id")) == {"2", "3", "5"}


def test_R061_a_newcomer_does_not_inherit_what_is_left_of_an_erased_person(store: Store) -> None:
    """No id, no former name, no alias leads on, and no id is used twice."""
    load(store, "own", [organisation(A), organisation(B)], [position("1", business_id=A), position("2", business_id=B)])
    publish(store)
    merged = [
        position("1", business_id=A, mobile=M1),
        position("2", business_id=B, mobile=M1),
        position("9", "Aino Laine"),
    ]
    load(store, "own", [organisation(A), organisation(B)], merged)
    publish(store)
    person = person_at(store, "1")
    assert person in aliases(store).values()
    _erase(store, person, ground="unneeded", keep_keys=False)
    assert aliases(store) == {}
    load(store, "own", [organisation(A)], [position("5", "Matti Uusi", mobile=M1), position("9", "Aino Laine")])
    publish(store, force=True)
    newcomer = person_at(store, "5")
    assert newcomer > 3
    assert other_names(store, newcomer) == set()


def test_T03_an_erased_person_does_not_come_back_with_the_next_import(store: Store, tmp_path: Path) -> None:
    """T03, R020: new source id, old e-mail; new employer, old number; new address, same name and employer: not stored,
    only counted. A namesake with wholly different contacts and employer is held for review."""
    load(store, "own", [organisation(A), organisation(B), organisation(C)], [_marked(), *_others()])
    publish(store)
    _erase(store, person_at(store, "1"))
    header = "source_id,business_id,first_name,last_name,title,responsibilities,email,mobile,verified,notified\n"
    back = [
        f"n1,{B},Etu,Toinen,Johtaja,IT,ETU.XYZZYQ@a.example,,2026-10-01,2026-10-01",
        f"n2,{B},Etunimi,Muu,Johtaja,IT,,040 123 4567,2026-10-01,2026-10-01",
        f"n3,{A},XYZZYQ,Etunimi,Johtaja,IT,uusi@a.example,,2026-10-01,2026-10-01",
        f"n4,{B},Etunimi,Xyzzyq,Johtaja,IT,aivan.muu@b.example,,2026-10-01,2026-10-01",
        f"n5,{B},Aivan,Muu,Johtaja,IT,aivan.toinen@b.example,,2026-10-01,2026-10-01",
    ]
    file = tmp_path / "positions.csv"
    file.write_text(header + "\n".join(back) + "\n", encoding="utf-8")
    document = load_files(store, source="third", files=[file])
    assert (document["accepted"], document["suppressed"]) == (2, 3), document["reasons"]
    publish(store)
    assert {"n4", "n5"} <= set(rows(store, "position", "source_id"))
    with store.ledger.read() as connection:
        blocked = bans.blocked(connection, channels=["email"]).persons.to_pylist()
        assert tasks.list_tasks(connection)
    assert person_at(store, "n4") in blocked
    assert person_at(store, "n5") not in blocked


def test_R061_no_key_keeps_out_whoever_shares_an_address(store: Store) -> None:
    """A role mailbox, a switchboard, a namesake in the municipality are others' too: left out, and counted."""
    shared = {"email": "info@a.example", "mobile": M1}
    people = [position("1", "Matti Virtanen", A, **shared), position("2", "Aino Laine", A, **shared)]
    load(store, "own", [organisation(A, municipality="091"), organisation(B, municipality="091")], people)
    load(store, "more", [], [position("3", "Matti Virtanen", B, email="m@b.example", mobile=M2)])
    publish(store)
    document = _erase(store, person_at(store, "1"))
    assert document["removed"]["keys_left_out"] == 3
    publish(store)
    with store.ledger.read() as connection:
        blocked = set(bans.blocked(connection, channels=["email"]).persons.to_pylist())
    assert blocked.isdisjoint(rows(store, "person", "person"))


def test_R061_without_an_objection_the_person_is_asked_whether_to_keep_a_key(store: Store) -> None:
    load(store, "own", [organisation(A)], [position("1", email="m@a.example"), position("2", "Aino Laine")])
    publish(store)
    person = person_at(store, "1")
    with pytest.raises(InvalidInput) as raised:
        _erase(store, person, ground="unneeded")
    assert raised.value.code == "value_missing"
    document = _erase(store, person, ground="unneeded", keep_keys=False)
    with store.ledger.read() as connection:
        assert (
            bans.show(connection, erasures.erasure(connection, document["erasure"])["subjects"][0]["ban"])["keys"] == []
        )


def test_R061_bad_requests_change_nothing(store: Store) -> None:
    load(store, "own", [organisation(A)], [position("1")])
    with pytest.raises(NotFound):
        _erase(store, 1)
    publish(store)
    for values, code in (
        ({"ground": "because"}, "value_unknown"), ({"via": "smoke"}, "value_unknown"),
        ({"received_on": NOW.date().replace(year=2030)}, "date_future"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as raised:
            _erase(store, person_at(store, "1"), **values)
        assert raised.value.code == code
    with pytest.raises(NotFound):
        _erase(store, person_at(store, "1"), 99)
    with store.ledger.read() as connection:
        assert erasures.erasures(connection) == []
        assert requests.cases(connection) == []


def test_R061_it_waits_for_a_reader_and_certifies_when_it_lets_go(plain_store: Store) -> None:
    """The person is out at once; the old file goes with its last reader, and only then is the certificate given."""
    store = plain_store
    person = _published(store)
    with open_snapshot(store, holder="long job") as held:
        document = _erase(store, person)
        assert (document["state"], document["waits_for"]) == ("removed", [held.id])
        assert resume(store)[0]["state"] == "removed"
        assert _found(store.home.root) != []
    [finished] = resume(store)
    assert (finished["state"], finished["waits_for"]) == ("certified", [])
    assert _found(store.home.root) == []
    assert resume(store) == []
    with store.ledger.read() as connection:
        case = requests.find(connection, finished["case"])
    assert (case["state"], case["outcome"]) == ("done", "granted")


def test_R061_a_batch_is_one_rebuild(any_store: Store) -> None:
    """On both ledgers."""
    store = any_store
    people = [position(str(n), f"Etu{n} Suku{n}", email=f"e{n}@a.example") for n in range(30)]
    load(store, "own", [organisation(A)], people)
    publish(store)
    document = _erase(store, *(person_at(store, str(n)) for n in range(20)))
    assert (document["state"], document["removed"]["persons"]) == ("certified", 20)
    assert len(rows(store, "person", "person")) == 10
    with store.ledger.read() as connection:
        assert len(snapshots.standing(connection)) == 1


def test_R061_a_sole_traders_organisation_goes_with_the_person(plain_store: Store) -> None:
    """R010: its name and number are the person's; where somebody else works there, it stays."""
    store = plain_store
    organisations = [
        organisation(A, name="Tmi Etunimi Xyzzyq", sole_trader=True, phone=M1),
        organisation(B),
        organisation(C, name="Tmi Kalle Virtanen", sole_trader=True),
    ]
    people = [_marked(), *_others()[:2], position("7", "Kalle Virtanen", C), position("8", "Apu Lainen", C)]
    load(store, "own", organisations, people)
    publish(store)
    _erase(store, person_at(store, "1"), person_at(store, "7"))
    assert set(rows(store, "organisation", "business_id")) == {B, C}
    assert _found(store.home.root) == []


def test_the_removal_of_one_position_leaves_the_person(store: Store) -> None:
    """For what retention takes away: a position alone, its stored rows too."""
    people = [position("1", "Matti Virtanen", A, mobile=M1), position("2", "Matti Virtanen", B, mobile=M1)]
    load(store, "own", [organisation(A), organisation(B)], people)
    publish(store)
    seats = rows(store, "position", "source_id")
    removed = remove(store, Gone(positions=[seats["1"]["position"]]))
    assert (removed.persons, removed.positions, removed.source_rows) == (0, 1, 1)
    assert set(rows(store, "position", "source_id")) == {"2"}
    publish(store)
    assert rows(store, "position", "source_id")["2"]["person"] == seats["2"]["person"]


def test_R061_the_certificate_says_what_was_removed_and_what_stays(store: Store, tmp_path: Path) -> None:
    """R061: the exceptions in the person's language; nothing of the person in it."""
    load(store, "own", [organisation(A), organisation(B)], [_marked(), *_others()])
    publish(store)
    erasure = _erase(store, person_at(store, "1"))["erasure"]
    for language in ("fi", "sv", "en"):
        document = certificate(store, erasure, to=tmp_path / language, language=language)
        assert document["stays"] == ["keys", "case", "backups"]
        written = json.loads((tmp_path / language / f"{erasure}.json").read_text(encoding="utf-8"))
        assert written["certified"] is True
        assert written["removed"]["source_rows"] == 1
        assert (tmp_path / language / f"{erasure}.pdf").read_bytes().startswith(b"%PDF")
    assert _found(tmp_path / "en") == []
    with pytest.raises(NotFound):
        certificate(store, "erasure-none", to=tmp_path)


def test_a_step_of_an_erasure_is_done_twice_but_never_left_out(store: Store) -> None:
    load(store, "own", [organisation(A)], [position("1"), position("2", "Aino Laine")])
    publish(store)
    with open_snapshot(store, holder="job"):
        erasure = _erase(store, person_at(store, "1"))["erasure"]
    with store.write() as tx:
        erasures.advance(tx, erasure, "told")
        tx.audit("test.advanced")
    assert show(store, erasure)["state"] == "removed"
    early = ErasureRequest(persons=[person_at(store, "2")], ground="objection", via="email")
    with pytest.raises(InvalidTransition):
        erase(store, early, checkpoint=lambda _step: _leap(store))


def _leap(store: Store) -> None:
    with store.ledger.read() as connection:
        unfinished = [row for row in erasures.erasures(connection, unfinished=True) if row["state"] == "blocked"]
    with store.write() as tx:
        erasures.advance(tx, unfinished[0]["erasure"], "removed")


def test_R061_recipients_are_told_and_prepared_files_emptied_before_the_link_is_lost(
    plain_store: Store, tmp_path: Path
) -> None:
    """R061, R063, R072: one extract was delivered, one lies prepared, one does not hold her; the delivered one stays
    answerable for, the prepared one is void and gone, the third can be delivered still."""
    store = plain_store
    known = {"verified": date(2026, 10, 1), "notified": date(2026, 10, 1)}
    stay = [position(f"s{n}", f"Pysyvä Henkilö{n}", B, email=f"h{n}@b.example", level=3, **known) for n in range(6)]
    load(store, "own", [organisation(A), organisation(B)], [_marked(**known), *stay])
    publish(store)
    stock_fictitious(store, 30)
    everybody = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"]}}
    others = {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT"], "level": [3]}}
    extracts = []
    for business_id, criteria in (("6000001-0", everybody), ("6000002-9", everybody), ("6000003-7", others)):
        campaign = open_campaign(store, business_id=business_id, channels=("email",))
        order = place(store, campaign, parse_criteria(criteria))["order"]
        extracts.append(cut(store, order)["extract"])
    sold, prepared, without = extracts
    deliver(store, sold, tmp_path / "out")
    person = person_at(store, "1")
    before = [one for one in recipients.holdings(store, [person]) if one.delivered_at]
    assert [one.extract for one in before] == [sold]
    document = _erase(store, person)
    assert document["state"] == "certified"
    removed = document["removed"]
    assert (removed["messages"], removed["extracts_voided"], removed["links_kept"]) == (1, 1, 2)
    assert recipients.holdings(store, [person]) == before
    for extract in (sold, prepared):
        assert not (store.home.deliveries / extract).exists()
        with pytest.raises(LicenceRefused):
            deliver(store, extract, tmp_path / "again")
    assert deliver(store, without, tmp_path / "third")["files"]
    with store.ledger.read() as connection:
        assert cuts.extract(connection, prepared)["state"] == "void"
    assert _found(store.home.root) == []
    certificate(store, document["erasure"], to=tmp_path / "paper", language="en")
    assert "links" in json.loads((tmp_path / "paper" / f"{document['erasure']}.json").read_text("utf-8"))["stays"]


STEPS = (
    "blocked", "told", "emptied", "found", "rewritten", "sealed", "moved", "pointing", "pointed", "retired", "removed",
    "certified",
)  # fmt: skip


def _eraser(store: Store, person: int, step: str) -> int:
    code, said = apart.run(eraser.main, str(store.home.root), str(person), step)
    assert code is not None, said
    return code


def test_the_steps_are_all_of_them(plain_store: Store) -> None:
    """A new step must be killed at, too."""
    met: list[str] = []
    erase(
        plain_store,
        ErasureRequest(persons=[_published(plain_store)], ground="objection", via="email"),
        checkpoint=met.append,
    )
    assert tuple(met) == STEPS


@pytest.mark.parametrize("step", ["blocked", "emptied", "rewritten", "moved", "removed"])
def test_R061_whoever_is_killed_at_any_step_goes_on(plain_store: Store, step: str) -> None:
    """R061: the person is out from the first step; resuming finishes the rest, and nothing is left over."""
    store = plain_store
    person = _published(store)
    assert _eraser(store, person, step) == -signal.SIGKILL
    with store.ledger.read() as connection:
        assert person in bans.blocked(connection, channels=["email"]).persons.to_pylist()
    later = open_store(store.settings, clock=fixed_clock(NOW.replace(hour=12)))  # leases of the dead run out
    [finished] = resume(later)
    assert finished["state"] == "certified"
    assert finished["removed"]["persons"] + finished["removed"]["source_rows"] > 0
    assert _found(store.home.root) == []
    publish(later)
    assert person not in rows(later, "person", "person")
    assert len(rows(later, "person", "person")) == 3
    later.ledger.close()


def test_R061_a_publish_between_the_steps_does_not_bring_anything_back(plain_store: Store) -> None:
    """Sources rewritten, snapshot not yet: a newcomer with the number does not become the erased person."""
    store = plain_store
    person = _published(store)
    assert _eraser(store, person, "rewritten") == -signal.SIGKILL
    load(store, "own", [organisation(A), organisation(B)], [position("6", "Etunimi Toinen", mobile=M1), *_others()])
    publish(store, force=True)
    assert person_at(store, "6") != person
    assert other_names(store, person_at(store, "6")) == set()
    later = open_store(store.settings, clock=fixed_clock(NOW.replace(hour=12)))
    [finished] = resume(later)
    assert finished["state"] == "certified"
    later.ledger.close()
