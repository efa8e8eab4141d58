"""Disclosures outside any licence: a ground, a scope, two persons; and the person is told unless the law forbids."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import pytest

from core.errors import InvalidInput, InvalidTransition, LicenceRefused, NotFound, PermissionRefused, Refused
from ledger import consultations, other_disclosures
from ledger.store import Store
from service.cli import main
from service.cli.common import Session
from subjects import access, cases, disclosures
from subjects.access_view import view
from subjects.disclosures import Asked
from tests.subjects.rights_house import House

GROUND = "Poliisilaki 872/2011 4 luku 3 §"


def asked(person: int, **more: Any) -> Asked:
    values = {
        "kind": "authority",
        "recipient": "Helsingin poliisilaitos",
        "ground": GROUND,
        "scope": "who holds a number",
    }
    return Asked(**values | {"persons": [person], "fields": ["name", "contact"]} | more)


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"ground": " "}, InvalidInput, "value_missing"),
        ({"ground": "Henkilötietolaki 523/1999 8 §"}, InvalidInput, "ground_repealed"),
        ({"scope": ""}, InvalidInput, "value_missing"),
        ({"recipient": ""}, InvalidInput, "value_missing"),
        ({"secret_ground": " "}, InvalidInput, "value_missing"),
        ({"kind": "curiosity"}, InvalidInput, "value_unknown"),
        ({"fields": ["objections"]}, InvalidInput, "value_unknown"),
        ({"country": "US"}, LicenceRefused, "outside_eea"),
        ({"country": "XX"}, InvalidInput, "country_unknown"),
        ({"persons": []}, InvalidInput, "value_missing"),
        ({"kind": "reorganisation"}, Refused, "disclosure_statistics_only"),
        ({"kind": "reorganisation", "closed_on": date(2026, 11, 23)}, InvalidInput, "date_future"),
        ({"kind": "reorganisation", "persons": [], "closed_on": date(2026, 11, 1)}, InvalidInput, "value_missing"),
    ],
)
def test_R079_without_a_ground_a_scope_and_a_lawful_recipient_no_case_is_opened(
    store: Store, changed: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        disclosures.open_disclosure(store, asked(1, **changed))
    assert refused.value.code == code  # type: ignore[attr-defined]
    with store.ledger.read() as connection:
        assert other_disclosures.listing(connection) == []


def test_R079_a_case_needs_a_second_person_and_is_made_once(any_store: Store, tmp_path: Path) -> None:
    made = disclosures.open_disclosure(any_store, asked(1))["disclosure"]
    with pytest.raises(PermissionRefused) as alone:
        disclosures.approve(any_store, made)
    assert alone.value.code == "disclosure_needs_two"
    with pytest.raises(InvalidTransition):
        disclosures.make(any_store, made, to=tmp_path / "early")
    assert list((tmp_path / "early").iterdir()) == []
    with any_store.ledger.read() as connection:
        assert consultations.of_person(connection, 1) == []  # nobody is looked at before it is approved
    disclosures.approve(any_store, made, by="liisa")
    with pytest.raises(InvalidTransition):
        disclosures.approve(any_store, made, by="liisa")
    disclosures.withdraw(any_store, made)
    for act in (
        lambda: disclosures.withdraw(any_store, made),
        lambda: disclosures.make(any_store, made, to=tmp_path / "late"),
        lambda: disclosures.approve(any_store, made, by="kaisa"),
    ):
        with pytest.raises(InvalidTransition):
            act()
    with pytest.raises(NotFound):
        disclosures.withdraw(any_store, "disclosure-none")


def composed(store: Store, person: int) -> dict[str, Any]:
    case = cases.open_case(store, right="access", via="email", persons=[person], language="en")
    return access.compose(store, cases.show(store, case), persons=[person], language="en")


def test_R079_the_recipient_gets_the_scope_and_the_person_learns_of_it(rights: House, tmp_path: Path) -> None:
    with rights.opened(tmp_path / "home") as store:
        key = pyrage.x25519.Identity.generate()
        made = disclosures.open_disclosure(store, asked(rights.person))["disclosure"]
        disclosures.approve(store, made, by="liisa")
        done = disclosures.make(store, made, to=tmp_path / "out", recipient=str(key.to_public()))
        content = json.loads(pyrage.decrypt(Path(done["file"]["path"]).read_bytes(), [key]))
        [person] = content["persons"]
        assert content["ground"] == GROUND
        assert {"first_name", "last_name"} <= set(person)
        assert set(person["positions"][0]) <= {
            "organisation", "business_id", "email", "mobile", "postal_street", "postal_postcode", "postal_city",
        }  # fmt: skip
        with pytest.raises(InvalidTransition):
            disclosures.make(store, made, to=tmp_path / "again")
        reply = composed(store, rights.person)
        assert reply["other_disclosures"] == [
            {
                "recipient": "Helsingin poliisilaitos",
                "kind": "authority",
                "ground": GROUND,
                "disclosed_on": store.today(),
                "fields": ["name", "contact"],
            }
        ]
        assert ("disclosure", "authority") in {(look["kind"], look["purpose"]) for look in reply["consultations"]}
        page = json.dumps(view(reply), default=str, ensure_ascii=False)
        assert "Helsingin poliisilaitos" in page
        assert "order of an authority" in page
        assert "your data have not been given to authorities" not in page


def test_R079_while_a_law_forbids_it_neither_the_disclosure_nor_the_look_is_told(rights: House, tmp_path: Path) -> None:
    with rights.opened(tmp_path / "home") as store:
        secret = asked(rights.person, secret_ground="Pakkokeinolaki 806/2011 10:60", secret_until=date(2026, 12, 31))
        made = disclosures.open_disclosure(store, secret)["disclosure"]
        disclosures.approve(store, made, by="liisa")
        disclosures.make(store, made, to=tmp_path / "out")
        silent = composed(store, rights.person)
        assert silent["other_disclosures"] == []
        assert "disclosure" not in {look["kind"] for look in silent["consultations"]}
    from tests.subjects.rights_house import noon

    with rights.opened(tmp_path / "home", at=noon(2026, 12, 31)) as store:
        assert composed(store, rights.person)["other_disclosures"] == []
    with rights.opened(tmp_path / "home", at=noon(2027, 1, 1)) as store:
        later = composed(store, rights.person)
        assert len(later["other_disclosures"]) == 1
        assert "disclosure" in {look["kind"] for look in later["consultations"]}


def test_R079_before_a_reorganisation_is_carried_through_statistics_alone_leave(rights: House, tmp_path: Path) -> None:
    with rights.opened(tmp_path / "home") as store:
        made = disclosures.open_disclosure(
            store, asked(1, kind="reorganisation", recipient="Ostaja Oyj", persons=[], ground="letter of intent 3/2026")
        )["disclosure"]
        disclosures.approve(store, made, by="liisa")
        done = disclosures.make(store, made, to=tmp_path / "out")
        content = json.loads(Path(done["file"]["path"]).read_text(encoding="utf-8"))
        assert done["persons"] == 0
        assert set(content["statistics"]) == {"organisations", "persons", "positions", "deliverable_positions"}
        assert "persons" not in content
        closed = asked(rights.person, kind="reorganisation", closed_on=date(2026, 11, 20))
        assert disclosures.open_disclosure(store, closed)["persons"] == 1


def test_the_verbs_lead_through_a_case(rights: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with rights.opened(tmp_path / "home") as store:
        clock = store.clock
        home = str(store.settings.home)

    def run(*words: str) -> str:
        assert main(["disclosure", *words, "--home", home], session=Session(clock=clock)) == 0
        return capsys.readouterr().out

    made = run(
        "open", "--kind", "authority", "--recipient", "Verohallinto", "--ground", "VML 1558/1995 19 §",
        "--scope", "contacts", "--person", str(rights.person), "--fields", "name,contact",
    ).split()[1]  # fmt: skip
    run("approve", made, "--by", "liisa")
    assert "made" in run("make", made, "--to", str(tmp_path / "out"))
    assert "Verohallinto" in run("list")
    other = run(
        "open", "--kind", "security", "--recipient", "CERT", "--ground", "GDPR 6(1)(f)", "--scope", "x", "--person", "1"
    ).split()[1]
    assert "withdrawn" in run("withdraw", other)
