"""Refusals and fees: documented grounds, two persons, in time, and before the work; objections and portability."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.errors import InvalidInput, InvalidTransition, Refused
from ledger import bans, restrictions
from ledger.store import Store
from schemas.register import ORGANISATIONS, POSITIONS
from subjects import access, cases, documents, objections, refusals
from subjects.refusals import Grounds
from subjects.texts import LANGUAGES, text
from tests.house.source import ROOT
from tests.subjects import rights_house as house
from tests.subjects.rights_house import House

EXCESSIVE = Grounds("excessive", reason="The same request each day.", evidence="cases 1-9", approver="liisa")


@pytest.fixture
def store(rights: House, tmp_path: Path) -> Iterator[Store]:
    with rights.opened(tmp_path / "home") as opened:
        yield opened


def refused_code(store: Store, case: str, grounds: Grounds, to: Path) -> str:
    with pytest.raises(Refused) as refused:
        refusals.refuse(store, case, grounds, to=to)
    return refused.value.code


@pytest.mark.parametrize("lacking", [{"evidence": " "}, {"reason": ""}, {"approver": ""}, {"approver": "tester"}])
def test_R066_a_refusal_needs_grounds_evidence_and_a_second_person(
    store: Store, rights: House, tmp_path: Path, lacking: dict[str, str]
) -> None:
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    assert refused_code(store, case, replace(EXCESSIVE, **lacking), tmp_path) == "refusal_needs_grounds"
    assert cases.show(store, case)["state"] == "open"


def test_R066_a_first_request_is_excessive_only_with_the_abusive_intent_shown(
    store: Store, rights: House, tmp_path: Path
) -> None:
    """C-526/24."""
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    assert refused_code(store, case, EXCESSIVE, tmp_path) == "first_request"
    shown = replace(EXCESSIVE, intent="mail of 1.11.: 'only to cause you costs', file 77")
    assert refusals.refuse(store, case, shown, to=tmp_path)["state"] == "refused"
    again = cases.open_case(store, right="access", via="email", persons=[rights.person])
    assert refusals.refuse(store, again, EXCESSIVE, to=tmp_path)["state"] == "refused"


def test_R066_after_the_month_a_request_can_no_longer_be_called_excessive(rights: House, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shown = replace(EXCESSIVE, intent="file 77")
    with rights.opened(home, at=house.noon(2026, 11, 23)) as store:
        case = cases.open_case(
            store, right="access", via="email", received_on=date(2026, 10, 23), persons=[rights.person]
        )
        cases.extend(store, case, reason="three archives")
    with rights.opened(home, at=house.noon(2026, 11, 24)) as store:
        assert refused_code(store, case, shown, tmp_path) == "refusal_too_late"
        ruled = Grounds("rule", reason="A court case.", evidence="file 3", approver="liisa", rule="GDPR 17(3)(e)")
        assert refusals.refuse(store, case, ruled, to=tmp_path)["state"] == "refused"
        assert cases.show(store, case)["events"][-1]["ids"]["late"] is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_R066_every_refusal_names_the_reason_the_ombudsman_and_the_court(
    store: Store, rights: House, tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    render = documents.render_pdf

    def listen(template: str, data: dict[str, object], **options: object) -> None:
        written.append(data)
        render(template, data, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("subjects.refusals.documents.render_pdf", listen)
    case = cases.open_case(store, right="erasure", via="email", persons=[rights.person], language=language)
    grounds = Grounds("rule", reason="A court case.", evidence="file 3", approver="liisa", rule="GDPR 17(3)(e)")
    made = refusals.refuse(store, case, grounds, to=tmp_path / "letters")
    assert Path(made["file"]).read_bytes().startswith(b"%PDF-")
    said = " ".join(written[0]["paragraphs"])  # type: ignore[arg-type]
    assert "A court case." in said
    assert "GDPR 17(3)(e)" in said
    assert text("access", language)["texts"]["complaint"] in said
    assert "tietosuoja.fi" in said
    with pytest.raises(InvalidTransition):
        refusals.refuse(store, case, grounds, to=tmp_path)


def test_R066_a_fee_is_told_before_the_work_and_charged_after_it_once(
    store: Store, rights: House, tmp_path: Path
) -> None:
    grounds = Grounds("further_copy", reason="The third copy.", evidence="cases 1-2", approver="liisa")
    first = cases.open_case(store, right="access", via="email", persons=[rights.person])
    with pytest.raises(Refused) as refused:
        refusals.tell_fee(store, first, grounds, euros=20, to=tmp_path)
    assert refused.value.code == "first_copy_free"
    access.reply(store, first, to=tmp_path / "one")
    for early in (refusals.charge, refusals.accept_fee):
        with pytest.raises((Refused, InvalidTransition)):
            early(store, first)
    further = cases.open_case(store, right="access", via="email", persons=[rights.person])
    with pytest.raises(InvalidTransition):
        refusals.charge(store, further)
    refusals.tell_fee(store, further, grounds, euros=20, to=tmp_path)
    with pytest.raises(InvalidTransition):  # no work while the person has not answered
        access.reply(store, further, to=tmp_path / "two")
    refusals.accept_fee(store, further)
    with pytest.raises(Refused) as refused:
        refusals.tell_fee(store, further, grounds, euros=40, to=tmp_path)
    assert refused.value.code == "fee_after_work"
    access.reply(store, further, to=tmp_path / "two")
    assert refusals.charge(store, further) == 20
    with pytest.raises(Refused) as refused:
        refusals.charge(store, further)
    assert refused.value.code == "fee_charged_already"
    with pytest.raises(InvalidInput):
        refusals.tell_fee(store, further, grounds, euros=0, to=tmp_path)


def test_R066_a_ban_has_nothing_to_refuse_or_charge(store: Store, rights: House) -> None:
    with pytest.raises(InvalidInput):
        cases.open_case(store, right="ban", via="phone", persons=[rights.person])
    page = (ROOT / "service" / "cli" / "bans.py").read_text(encoding="utf-8")
    assert '"refuse"' not in page
    assert '"fee"' not in page


@pytest.mark.parametrize(
    ("words", "marketing"),
    [
        ("Kiellän suoramarkkinoinnin ja vastustan käsittelyä", True),
        ("En halua mainoksia", True),
        ("Jag förbjuder marknadsföring", True),
        ("Stop MARKETING to me, I object on grounds of my situation", True),
        ("I am under threat and my employer must stay secret", False),
        ("", False),
    ],
)
def test_R064_a_marketing_objection_is_a_ban_and_never_waits(
    store: Store, rights: House, words: str, marketing: bool
) -> None:
    made = objections.object_to(store, persons=[rights.homonym], via="email", words=words)
    with store.ledger.read() as connection:
        assert rights.homonym in bans.blocked(connection, channels=None).persons.to_pylist()
        kinds = {row["kind"] for row in bans.list_bans(connection) if row["received_on"] == date(2026, 11, 22)}
    assert kinds == ({"processing"} if marketing else {"restriction"})
    assert ("case" in made) is not marketing
    assert cases.agenda(store)["open"] == (0 if marketing else 1)


def test_R064_an_objection_restricts_at_once_and_its_outcome_has_reasons(store: Store, rights: House) -> None:
    made = objections.object_to(store, persons=[rights.homonym], via="letter", words="I am under threat")
    with store.ledger.read() as connection:
        assert restrictions.persons(connection) == {rights.homonym: made["restriction"]}
    for upheld, reason in ((False, "compelling"), (True, " ")):
        with pytest.raises(Refused) as refused:
            objections.assess(store, made["case"], upheld=upheld, reason=reason)
        assert refused.value.code == "objection_needs_refusal"
    decided = objections.assess(store, made["case"], upheld=True, reason="the threat is documented")
    row = cases.show(store, made["case"])
    assert (row["outcome"], row["events"][1]["reason"]) == ("upheld", "the threat is documented")
    with store.ledger.read() as connection:
        assert bans.show(connection, decided["bans"][0])["kind"] == "processing"


def test_R065_register_data_are_refused_with_the_rule(store: Store, rights: House, tmp_path: Path) -> None:
    case = cases.open_case(store, right="portability", via="email", persons=[rights.person])
    made = objections.portability(store, case, approver="liisa", to=tmp_path / "out")
    assert made["state"] == "refused"
    event = cases.show(store, case)["events"][-1]
    assert event["ids"]["rule"] == "GDPR 20(1)(a)"
    assert event["reason"] == text("refusal", "fi")["portability"]


def test_R065_a_customer_s_contact_gets_its_own_data_as_files(store: Store, rights: House, tmp_path: Path) -> None:
    from ledger import customers

    with store.ledger.read() as connection:
        customer = customers.campaign(connection, rights.campaigns[0])["customer"]
    case = cases.open_case(store, right="portability", via="email")
    made = objections.portability(store, case, approver="liisa", customer=customer, to=tmp_path / "out")
    assert sorted(Path(file).name for file in made["files"]) == ["own-data.csv", "own-data.json"]
    data = json.loads((tmp_path / "out" / "own-data.json").read_text(encoding="utf-8"))
    assert data["contact"] == "tietosuoja@asiakas.example"


def test_R067_nothing_scores_or_profiles_a_person() -> None:
    """Schema scan: sources, snapshot and ledger; ``key_score`` and the like would be found here too."""
    from ledger import tables

    words = ("score", "rating", "profile", "propensity", "gender", "age", "birth", "salutation", "segment", "cluster")
    columns = {*ORGANISATIONS.names, *POSITIONS.names}
    for file in (ROOT / "sql" / "register").glob("snapshot_*.sql"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.lstrip().startswith("--"):
                columns |= {part.strip().split(" ")[0].lower() for part in line.split(",") if part.strip()}
    columns |= {column.name for table in tables.metadata.tables.values() for column in table.columns}
    parts = {part for column in columns for part in column.split("_")}
    assert parts & set(words) == set()
