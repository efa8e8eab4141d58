"""The access reply: everything Art. 15 asks for, and nothing that it must not have."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
import typst
from sqlalchemy import select, update

from core.errors import InvalidInput, InvalidTransition, NotFound, Refused
from extracts.gate.subject import person_record
from ledger import consultations, corrections, cuts, processors, tables
from ledger.corrections import Change
from ledger.store import Store
from register.publish import publish
from register.query import open_register
from subjects import access, cases, documents
from subjects.access_view import view
from subjects.find import Search, find, look
from subjects.texts import LANGUAGES, names, text
from tests.subjects import rights_house as house
from tests.subjects.rights_house import House

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def store(rights: House, tmp_path: Path) -> Iterator[Store]:
    with rights.opened(tmp_path / "home") as opened:
        yield opened


def composed(store: Store, person: int, *, language: str = "en") -> dict[str, Any]:
    """The reply to a fresh access case, as the person reads it back from the JSON."""
    case = cases.open_case(store, right="access", via="email", persons=[person], language=language)
    row = cases.show(store, case)
    made: dict[str, Any] = json.loads(access.as_json(access.compose(store, row, persons=[person], language=language)))
    return made


def page(document: dict[str, Any]) -> str:
    """All that the PDF's template is given to lay out."""
    return json.dumps(view(document), ensure_ascii=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_R056_the_reply_for_a_person_with_three_positions_four_deliveries_and_a_ban(
    store: Store, rights: House, language: str
) -> None:
    """Golden file; ``RAJAUS_GOLDEN=1`` writes it anew."""
    made = composed(store, rights.person, language=language)
    for case in made["requests"]:
        case["case"] = "case"
    made["case"] = "case"
    path = GOLDEN / f"access-{language}.json"
    if os.environ.get("RAJAUS_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert made == json.loads(path.read_text(encoding="utf-8"))
    assert len(made["persons"][0]["positions"]) == 3
    assert len(made["recipients"]) == 4
    assert [block["kind"] for block in made["blocks"]] == ["processing"]


def test_R056_every_item_of_article_15_is_in_the_reply(store: Store, rights: House) -> None:
    made = composed(store, rights.person)
    texts, lists = made["texts"], made["lists"]
    items = {
        "15(1)(a) purposes": texts["purposes"],
        "15(1)(b) categories": lists["categories"],
        "15(1)(c) recipients": made["recipients"],
        "15(1)(d) storage": lists["storage"],
        "15(1)(e) rights": lists["rights"],
        "15(1)(f) complaint": texts["complaint"],
        "15(1)(g) source": texts["origin"],
        "15(1)(h) automated decisions": texts["automated"],
        "15(2) safeguards": texts["transfers"],
        "15(3) copy": made["persons"],
        "21(4) ban": texts["ban"],
        "controller": made["controller"]["name"],
    }
    assert [item for item, content in items.items() if not content] == []
    laid_out = page(made)
    for part in (texts["purposes"], texts["complaint"], texts["automated"], *lists["rights"], *lists["storage"]):
        assert json.dumps(part, ensure_ascii=False)[1:-1] in laid_out


def test_R056_every_field_names_its_source_and_the_days(store: Store, rights: House) -> None:
    person = composed(store, rights.person)["persons"][0]
    fields = [*person["name"], *(field for place in person["positions"] for field in place["fields"])]
    assert {field["source"] for field in fields} == {"main"}
    assert all(field["obtained_on"] for field in fields if field["field"] != "source_id")
    assert [row["email"] for row in person["source_rows"] if row["source"] == "old list"] == [house.OLD_MAIL]


def test_R056_a_corrected_field_has_the_person_as_its_source_once_it_is_published(store: Store, rights: House) -> None:
    """R060: the correction is listed at once, and the field's source changes with the field."""
    change = Change(
        rights.person, 2, "title", "Johtaja", "Tietohallintojohtaja", source="data subject", reason="request"
    )
    disputed = replace(change, position=1, value=None, disputed=True, statement="I am *not* a manager")

    def titles() -> dict[int, tuple[str, str]]:
        places = composed(store, rights.person)["persons"][0]["positions"]
        found = [(place["position"], field) for place in places for field in place["fields"]]
        return {place: (field["value"], field["source"]) for place, field in found if field["field"] == "title"}

    with store.write() as tx:
        for one in (change, disputed):
            corrections.record(tx, one, made_on=store.today())
    assert titles()[2] == ("Tietohallintojohtaja", "main")
    publish(store, force=True)
    assert titles()[2] == ("Johtaja", "data subject")
    assert titles()[1] == (house.TITLE, "main")
    made = composed(store, rights.person)
    assert {(one["field"], one["disputed"]) for one in made["corrections"]} == {("title", False), ("title", True)}
    assert "I am *not* a manager" in page(made)


def test_R056_a_sole_trader_s_business_is_the_person_s_own_data(store: Store, rights: House) -> None:
    business = composed(store, rights.person)["persons"][0]["own_business"]
    assert [
        (one["business_id"], {field["field"] for field in one["fields"]} >= {"name", "phone"}) for one in business
    ] == [(house.C, True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_R056_the_files_are_json_and_a_tagged_pdf_whatever_the_characters(
    store: Store, rights: House, tmp_path: Path, language: str
) -> None:
    case = cases.open_case(store, right="access", via="email", persons=[rights.person], language=language)
    made = access.reply(store, case, to=tmp_path / "out")
    assert {Path(file["path"]).suffix for file in made["files"]} == {".json", ".pdf"}
    assert all(Path(file["path"]).stat().st_mode & 0o777 == 0o600 for file in made["files"])
    pdf = (tmp_path / "out" / f"reply-{language}.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf
    document = json.loads((tmp_path / "out" / f"reply-{language}.json").read_text(encoding="utf-8"))
    assert document["persons"][0]["positions"][0]["fields"][0]["value"] == house.TITLE
    assert cases.show(store, case)["state"] == "done"
    assert not list(store.home.staging.glob("reply-*"))


def test_R056_a_letter_that_no_font_has_does_not_hold_up_a_reply(tmp_path: Path) -> None:
    letter = {
        "language": "fi", "title": "李小龍 \u0000e9", "sender": [], "date": "", "reference": "", "footer": "",
        "paragraphs": ["\U00013000 *", "", '#sys.inputs "x"'],
    }  # fmt: skip
    documents.render_pdf("plain", letter, path=tmp_path / "letter.pdf")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF-")


def test_a_name_is_text_to_the_typesetter_and_never_code(tmp_path: Path) -> None:
    """The same string, as Typst sees it, laid out; nothing of it runs."""
    data = json.dumps({"value": house.TITLE + ' #include "/etc/passwd"'})
    source = "#metadata(json(bytes(sys.inputs.data)).value) <told>"
    (tmp_path / "probe.typ").write_text(source, encoding="utf-8")
    told = json.loads(
        typst.query(str(tmp_path / "probe.typ"), "<told>", field="value", one=True, sys_inputs={"data": data})
    )
    assert told == house.TITLE + ' #include "/etc/passwd"'


def test_R056_empty_sets_render(store: Store, rights: House, tmp_path: Path) -> None:
    made = composed(store, rights.homonym)
    assert (made["corrections"], made["notices"]) == ([], [])
    documents.render_pdf("access", view(made), path=tmp_path / "empty.pdf")
    bare = made | {"persons": [], "recipients": [], "consultations": [], "blocks": [], "requests": []}
    documents.render_pdf("access", view(bare), path=tmp_path / "bare.pdf")
    assert text("access", "en")["none"] in page(bare)


@pytest.mark.parametrize("language", LANGUAGES)
def test_R056_an_unknown_person_is_told_that_there_is_nothing(store: Store, tmp_path: Path, language: str) -> None:
    case = cases.open_case(store, right="access", via="email", language=language)
    search = Search(email="nobody@else.example", first_name="Nobody", last_name="Nowhere")
    made = access.reply(store, case, to=tmp_path / "out", search=search)
    assert made["answer"] == "no_data"
    document = json.loads((tmp_path / "out" / f"reply-{language}.json").read_text(encoding="utf-8"))
    assert document["title"] == text("access", language)["title_none"]
    assert (document["persons"], document["recipients"], document["consultations"]) == ([], [], [])
    assert document["texts"]["complaint"]
    assert "nobody@else.example" not in json.dumps(document)
    assert cases.show(store, case)["outcome"] == "no_data"


def test_R056_nothing_is_not_the_answer_when_somebody_matches_or_nothing_was_looked_for(
    store: Store, tmp_path: Path
) -> None:
    case = cases.open_case(store, right="access", via="email")
    with pytest.raises(Refused) as refused:
        access.reply(store, case, to=tmp_path / "out", search=Search(email=house.COLLEAGUE_MAIL))
    assert refused.value.code == "persons_found"
    for search in (None, Search(organisation="Yhtiö Oy")):
        with pytest.raises(InvalidInput):
            access.reply(store, case, to=tmp_path / "out", search=search)
    assert not (tmp_path / "out").exists()


def test_R056_whoever_was_erased_and_banned_learns_that_only_the_ban_is_left(store: Store, tmp_path: Path) -> None:
    from subjects.bans import BanRequest, add_ban

    add_ban(store, BanRequest(via="email", email="erased@long.example"))
    case = cases.open_case(store, right="access", via="email", language="en")
    access.reply(store, case, to=tmp_path / "out", search=Search(email="Erased@long.example"))
    document = json.loads((tmp_path / "out" / "reply-en.json").read_text(encoding="utf-8"))
    assert document["banned"] is True
    assert text("access", "en")["intro_none_ban"] in page(document)


def test_R056_for_a_person_s_key_only_encrypted_files_leave(store: Store, rights: House, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    case = cases.open_case(store, right="access", via="web", persons=[rights.person])
    made = access.reply(store, case, to=tmp_path / "out", recipient=str(key.to_public()))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["reply-fi.json.age", "reply-fi.pdf.age"]
    opened = pyrage.decrypt(Path(made["files"][0]["path"]).read_bytes(), [key])
    assert json.loads(opened)["answer"] == "data"
    other = cases.open_case(store, right="access", via="web", persons=[rights.person])
    with pytest.raises(InvalidInput):
        access.reply(store, other, to=tmp_path / "none", recipient="age1not")


def test_R069_no_copy_of_a_reply_stays_in_the_store(store: Store, rights: House, tmp_path: Path) -> None:
    def files() -> set[Path]:
        return {path for path in store.home.root.rglob("*") if path.is_file() and "ledger" not in path.name}

    before = files()
    case = cases.open_case(store, right="access", via="email", persons=[rights.person])
    made = access.reply(store, case, to=tmp_path / "out")
    assert files() == before
    event = cases.show(store, case)["events"][1]
    assert event["ids"]["sha256"] == [file["sha256"] for file in made["files"]]


def test_R056_a_person_nobody_knows_and_a_case_of_another_right_are_refused(
    store: Store, rights: House, tmp_path: Path
) -> None:
    case = cases.open_case(store, right="access", via="email")
    with pytest.raises(NotFound):
        access.reply(store, case, to=tmp_path / "out", persons=[999_999])
    erasure = cases.open_case(store, right="erasure", via="email")
    with pytest.raises(InvalidInput):
        access.reply(store, erasure, to=tmp_path / "out", persons=[rights.person])
    cases.complete(store, case, outcome="withdrawn")
    with pytest.raises(InvalidTransition):
        access.reply(store, case, to=tmp_path / "out", persons=[rights.person])


def test_R057_four_extracts_are_four_lines_equal_to_the_ledger(store: Store, rights: House) -> None:
    """T10, C-154/21: by name, end customer behind its reseller, campaign, day, purpose, fields; no draft."""
    lines = composed(store, rights.person)["recipients"]
    assert sorted(line["recipient"] for line in lines) == sorted(rights.extracts.values())
    behind = next(line for line in lines if line["reseller"])
    assert (behind["recipient"], behind["reseller"]) == ("Asiakas 5 Oy", "Asiakas 3 Oy")
    assert {line["campaign"] for line in lines} == {f"Kampanja {number}" for number in range(4)}
    assert "mobile" in lines[0]["fields"]
    assert all("mobile" not in line["fields"] for line in lines[1:])
    assert all(line["delivered_on"] == "2026-11-22" and len(line["positions"]) == 3 for line in lines)
    with store.ledger.read() as connection:
        assert {cuts.extract(connection, extract)["campaign"] for extract in rights.extracts} == set(
            rights.campaigns[:4]
        )


def test_R057_a_recipient_whose_campaign_and_agreement_are_over_is_still_named(rights: House, tmp_path: Path) -> None:
    """R072: years later, as long as the manifest links the person."""
    with rights.opened(tmp_path / "home", at=house.noon(2028, 1, 10)) as later:
        assert len(composed(later, rights.person)["recipients"]) == 4


def test_R057_processors_and_authorities_are_named(rights: House, tmp_path: Path) -> None:
    with rights.opened(tmp_path / "home") as store:
        with store.write() as tx:
            processors.add(tx, "Konesali Oy", {"category": "hosting", "location": "FI"})
            processors.add(tx, "Tukipiste Oy", {"category": "support", "data": "users"})
        cases.open_case(store, right="authority", via="letter", counterpart="Virasto A", persons=[rights.person])
        made = composed(store, rights.person)
    assert (made["processors"], made["authorities"]) == (["Konesali Oy, hosting, FI"], ["Virasto A"])
    assert "Konesali Oy" in page(made)


def test_R058_two_operator_views_and_a_customer_page_are_three_lines_without_names(
    rights: House, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for actor in ("operator-anna", "operator-bertta"):
        with rights.opened(home, actor=actor) as store:
            before = look(store, Search(email=house.COLLEAGUE_MAIL)).persons[0]
            find(store, Search(email=house.COLLEAGUE_MAIL))
    with rights.opened(home, actor="customer-cecilia") as store, store.write() as tx:
        consultations.record(tx, persons=[before], kind="customer page", purpose="preview of a count")
    with rights.opened(home, actor="officer-doris") as store:
        made = composed(store, before)
    assert len(made["consultations"]) == 3
    assert all(look["at"] and look["purpose"] for look in made["consultations"])
    for name in ("anna", "bertta", "cecilia", "doris"):
        assert name not in page(made)
        assert name not in json.dumps(made)


def test_R058_finding_a_person_is_logged_before_it_is_shown(store: Store) -> None:
    found = find(store, Search(first_name="Matti", last_name="Virtanen"))
    assert [face["title"] for face in found["persons"]] == ["Tietohallintojohtaja"]
    assert all("email" not in face and "mobile" not in face for face in found["persons"])
    with store.ledger.read() as connection:
        assert len(consultations.of_person(connection, found["persons"][0]["person"])) == 1


SECRETS = re.compile(r"[0-9a-f]{16,}|\b(extract|seed|order|lease|ban|campaign|customer)-[a-z2-7]{16}\b|age1|\.key\b")


def test_R059_no_reply_holds_a_keyed_value_an_extract_s_code_or_somebody_else(store: Store, rights: House) -> None:
    """Fuzz: every person of the register in every language, as JSON and as the PDF's text."""
    with open_register(store, holder="test") as register:
        nonces = {str(row[0]) for row in register.connection.sql("SELECT nonce FROM person").fetchall()}
        nonces |= {str(row[0]) for row in register.connection.sql("SELECT nonce FROM position").fetchall()}
        addresses = dict(
            register.connection.sql("SELECT email, person FROM position WHERE email IS NOT NULL").fetchall()
        )
        persons = [row[0] for row in register.connection.sql("SELECT person FROM person ORDER BY 1").fetchall()]
    assert len(persons) == 3
    with store.ledger.read() as connection:
        planted = connection.execute(select(tables.seed.c.email)).scalars().all()
    assert len(planted) >= 60
    for person in persons:
        for language in LANGUAGES:
            made = composed(store, person, language=language)
            for said in (json.dumps(made, ensure_ascii=False), page(made)):
                assert not SECRETS.findall(said)
                assert not [nonce for nonce in nonces if nonce in said]
                assert not [mail for mail, owner in addresses.items() if owner != person and mail in said]
                assert rights.draft not in said
                assert not [mail for mail in planted if mail in said]
    assert house.OLD_MAIL not in json.dumps(composed(store, rights.homonym))


def test_R059_a_namesake_in_the_same_organisation_gets_only_what_is_theirs(store: Store, rights: House) -> None:
    theirs = json.dumps(composed(store, rights.homonym), ensure_ascii=False)
    assert house.HOMONYM_MAIL in theirs
    for other in (house.MAIL, house.OLD_MAIL, house.MOBILE, house.COLLEAGUE):
        assert other not in theirs
    mine = json.dumps(composed(store, rights.person), ensure_ascii=False)
    assert house.HOMONYM_MAIL not in mine
    assert house.HOMONYM_MOBILE not in mine


def test_R059_a_person_whose_name_equals_a_seed_s_gets_no_seed(store: Store, rights: House) -> None:
    """T10: the reply reads real persons by id; a seed has none."""
    with store.write() as tx:
        first = tx.execute(select(tables.seed.c.seed).order_by(tables.seed.c.seed)).scalars().first()
        twin = {"first_name": house.FIRST, "last_name": house.LAST}
        tx.execute(update(tables.seed).where(tables.seed.c.seed == first).values(**twin))
        seed = tx.one(select(tables.seed).where(tables.seed.c.seed == first))
        tx.audit("test.seed", seed=first)
    assert seed is not None
    said = json.dumps(composed(store, rights.person), ensure_ascii=False)
    for secret in (seed["email"], seed["mobile"], seed["seed"], seed["organisation_name"]):
        assert secret not in said
    faces = find(store, Search(first_name=house.FIRST, last_name=house.LAST))["persons"]
    assert {face["person"] for face in faces} == {rights.person, rights.homonym}


def test_R067_a_reply_says_that_there_is_no_scoring_and_no_automatic_decision(store: Store, rights: House) -> None:
    for language, word in (("fi", "pisteytetä"), ("sv", "poängsätts"), ("en", "not scored")):
        assert word in composed(store, rights.person, language=language)["texts"]["automated"]


def test_a_merged_away_number_leads_to_the_person(store: Store, rights: House) -> None:
    record = person_record(store, rights.person)
    assert record["person"] in record["numbers"]
    with pytest.raises(NotFound):
        person_record(store, 123_456)


@pytest.mark.parametrize("name", names())
def test_R056_every_text_says_the_same_things_in_each_language(name: str) -> None:
    def shape(part: Any, where: str = "") -> set[str]:
        if isinstance(part, dict):
            return {item for key, value in part.items() for item in shape(value, f"{where}.{key}")}
        if isinstance(part, list) and part and isinstance(part[0], dict):
            return {item for number, value in enumerate(part) for item in shape(value, f"{where}[{number}]")}
        holes = sorted(re.findall(r"\{(\w+)\}", str(part)))
        return {f"{where} {holes}"}

    spoken = {language: dict(text(name, language)) for language in LANGUAGES}
    for words in spoken.values():
        words.pop("looks", None)  # English reads the codes as they are
    assert shape(spoken["fi"]) == shape(spoken["sv"]) == shape(spoken["en"])
