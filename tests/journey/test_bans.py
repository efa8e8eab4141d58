"""Bans from free form to effect: who is out, who is held, and who cannot come back."""

from __future__ import annotations

import threading
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import InvalidInput, NotFound, Refused
from extracts.count import count
from ledger import bans as ledger_bans, tables
from ledger.seeds import standing
from ledger.store import Store
from register.publish import publish
from register.sample import sample_dir
from register.sources.load import load_files
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.ban_import import import_bans
from subjects.bans import BanRequest, add_ban
from tests.published import Rows, open_campaign, read_csv

WIDE = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}})


def banned(store: Store, campaign: str) -> int:
    return int(count(store, campaign, WIDE)["staff"]["banned"])


def only(rows: Rows, row: dict[str, str]) -> bool:
    """Whether nobody else in the sample has this mobile or name."""
    same = [
        other for other in rows if (other["first_name"], other["last_name"]) == (row["first_name"], row["last_name"])
    ]
    return len(same) == 1


@pytest.fixture
def person(deliverable: Rows, positions: Rows) -> dict[str, str]:
    """Somebody whose name, mobile and e-mail are nobody else's, with letters that fold."""
    return next(
        row
        for row in deliverable
        if only(positions, row) and row["mobile"] and any(letter in row["last_name"] for letter in "äö")
    )


def test_R015_every_way_of_naming_a_person_takes_exactly_that_person_out(
    register_store: Store, campaign: str, person: dict[str, str], organisations: Rows
) -> None:
    organisation = next(row for row in organisations if row["business_id"] == person["business_id"])
    requests = [
        {"email": person["email"].upper()},
        {"phone": "0" + person["mobile"].removeprefix("+358")},
        {"first_name": person["first_name"], "last_name": person["last_name"], "business_id": person["business_id"]},
        {
            "first_name": person["last_name"],
            "last_name": person["first_name"],
            "organisation": organisation["name"].upper(),
        },
        {
            "first_name": person["first_name"],
            "last_name": unicodedata.normalize("NFD", person["last_name"]),
            "business_id": person["business_id"],
        },
        {
            "first_name": person["first_name"],
            "last_name": "Toinen",
            "former_last_name": person["last_name"],
            "municipality": organisation["municipality"],
        },
    ]
    hits = set()
    for request in requests:
        filed = add_ban(register_store, BanRequest(via="phone", **request))
        assert (filed["matched"], filed["held"]) == (1, 0), request
        with register_store.ledger.read() as connection:
            hits |= {(hit["target"], hit["id"]) for hit in ledger_bans.show(connection, filed["ban"])["hits"]}
    assert len(hits) == 1
    assert banned(register_store, campaign) == 1


def test_T04_a_shared_mailbox_holds_all_who_use_it_and_opens_a_task(
    register_store: Store, campaign: str, positions: Rows
) -> None:
    users: dict[str, set[tuple[str, str]]] = {}
    for row in positions:
        if row["email"]:
            users.setdefault(row["email"], set()).add((row["first_name"], row["last_name"]))
    shared = next(mail for mail, names in users.items() if len(names) > 1)
    filed = add_ban(register_store, BanRequest(via="email", email=shared))
    assert filed["matched"] == filed["held"] == len(users[shared]) > 1
    with register_store.ledger.read() as connection:
        task = connection.execute(select(tables.task)).mappings().one()
    assert task["ids"] == {"ban": filed["ban"], "candidates": len(users[shared])}


def test_a_whole_organisation_is_out(register_store: Store, campaign: str, deliverable: Rows, positions: Rows) -> None:
    business_id = deliverable[0]["business_id"]
    filed = add_ban(register_store, BanRequest(via="letter", business_id=business_id, whole_organisation=True))
    assert filed["matched"] == 1
    people = sum(row["business_id"] == business_id for row in positions)
    assert banned(register_store, campaign) == people


def test_R021_a_ban_of_one_channel_leaves_the_others(
    register_store: Store, campaign: str, person: dict[str, str]
) -> None:
    by_post = open_campaign(register_store, business_id="6000002-9", channels=("post",))
    add_ban(register_store, BanRequest(via="phone", email=person["email"], channel="phone"))
    assert banned(register_store, campaign) == 1
    assert banned(register_store, by_post) == 0


def test_R021_a_ban_by_telephone_number_takes_the_e_mail_too_unless_the_person_asked_for_less(
    register_store: Store, deliverable: Rows
) -> None:
    by_mail = open_campaign(register_store, business_id="6000002-9", channels=("email",))
    one, other = [row for row in deliverable if row["mobile"]][:2]
    add_ban(register_store, BanRequest(via="phone", phone=one["mobile"], channel="phone"))
    assert banned(register_store, by_mail) == 0, "the telephone only, as was asked"
    add_ban(register_store, BanRequest(via="phone", phone=other["mobile"]))
    assert banned(register_store, by_mail) == 1


def test_R021_of_a_banned_organisation_nobody_is_in_an_electronic_channel(
    register_store: Store, deliverable: Rows, positions: Rows
) -> None:
    firm = deliverable[0]["business_id"]
    campaigns = {
        channel: open_campaign(register_store, business_id=number, channels=(channel,))
        for channel, number in (("email", "6000002-9"), ("phone", "6000003-7"))
    }
    add_ban(register_store, BanRequest(via="letter", business_id=firm, whole_organisation=True))
    people = sum(row["business_id"] == firm for row in positions)
    assert {channel: banned(register_store, one) for channel, one in campaigns.items()} == dict.fromkeys(
        campaigns, people
    )


def test_R019_nothing_of_the_person_stands_in_clear(register_store: Store, deliverable: Rows, positions: Rows) -> None:
    with register_store.ledger.read() as connection:  # an invented person may be called as somebody is
        invented = str(standing(connection)).casefold()
    person = next(
        row
        for row in deliverable
        if only(positions, row) and row["mobile"] and row["last_name"].casefold() not in invented
    )
    add_ban(
        register_store,
        BanRequest(
            via="phone",
            email=person["email"],
            phone=person["mobile"],
            first_name=person["first_name"],
            last_name=person["last_name"],
            business_id=person["business_id"],
        ),
    )
    register_store.ledger.engine.dispose()
    content = b"".join(path.read_bytes() for path in register_store.home.root.glob("ledger.db*"))
    for clear in (person["email"], person["mobile"], person["last_name"], person["last_name"].casefold()):
        assert clear.encode() not in content


def test_R020_a_banned_person_is_not_stored_again_under_a_new_id_or_employer(
    register_store: Store, person: dict[str, str], tmp_path: Path, organisations: Rows
) -> None:
    add_ban(register_store, BanRequest(via="phone", email=person["email"]))
    elsewhere = next(row["business_id"] for row in organisations if row["business_id"] != person["business_id"])
    file = tmp_path / "new.csv"
    row = person | {"source_id": "NEW-1", "business_id": elsewhere}
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
    report = load_files(register_store, source="other", files=[file])
    assert (report["read"], report["accepted"], report["suppressed"]) == (1, 0, 1)
    stored = b"".join(
        path.read_bytes()
        for path in register_store.home.sources.iterdir()
        if path.stat().st_mtime_ns >= file.stat().st_mtime_ns
    )
    assert b"NEW-1" not in stored


def test_a_ban_filed_before_anything_is_published_holds_after_the_publish(store: Store, positions: Rows) -> None:
    sample = sample_dir()
    victim = positions[0]
    load_files(store, source="sample", files=[sample / "organisations.csv", sample / "positions.csv"])
    filed = add_ban(store, BanRequest(via="web", email=victim["email"]))
    assert filed["matched"] == 0
    publish(store)
    campaign = open_campaign(store)
    assert banned(store, campaign) == sum(row["email"] == victim["email"] for row in positions) >= 1


def test_R018_an_unknown_person_is_kept_as_keys_and_met_by_the_next_load(
    register_store: Store, tmp_path: Path, person: dict[str, str]
) -> None:
    filed = add_ban(
        register_store,
        BanRequest(via="phone", first_name="Aatami", last_name="Uusi-Tulokas", organisation="Vielä Tuntematon Oy"),
    )
    assert (filed["matched"], filed["held"]) == (0, 0)
    with register_store.ledger.read() as connection:
        assert ledger_bans.show(connection, filed["ban"])["keys"] == ["name", "name_orgname"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (BanRequest(via="phone"), "ban_identifies_nobody"),
        (BanRequest(via="phone", first_name="Liisa", last_name="Mäkelä"), "ban_identifies_nobody"),
        (BanRequest(via="phone", whole_organisation=True), "ban_identifies_nobody"),
        (BanRequest(via="phone", email="not an address"), "email_invalid"),
        (BanRequest(via="phone", phone="414 8005"), "phone_invalid"),
        (BanRequest(via="phone", first_name="A", last_name="B", business_id="0869288-2"), "business_id_invalid"),
        (BanRequest(via="rumour", email="a@b.example"), "value_unknown"),
        (BanRequest(via="phone", email="a@b.example", received_on=date(2026, 11, 23)), "date_future"),
    ],
)
def test_a_ban_that_cannot_be_understood_says_why_and_changes_nothing(
    register_store: Store, request_: BanRequest, code: str
) -> None:
    with register_store.ledger.read() as connection:
        before = ledger_bans.fence_value(connection)
    with pytest.raises(InvalidInput) as refused:
        add_ban(register_store, request_)
    assert refused.value.code == code
    with register_store.ledger.read() as connection:
        assert ledger_bans.fence_value(connection) == before


def test_a_file_with_one_bad_row_files_nothing_and_names_the_row(register_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "bans.csv"
    file.write_text("email,via\na@firma.example,web\nnot-an-address,web\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        import_bans(register_store, file)
    assert refused.value.ids["row"] == 2
    with register_store.ledger.read() as connection:
        assert ledger_bans.list_bans(connection) == []


def test_R022_two_persons_lift_and_the_row_comes_back(
    register_store: Store, campaign: str, person: dict[str, str]
) -> None:
    ban = add_ban(register_store, BanRequest(via="phone", email=person["email"]))["ban"]
    for evidence, approver in (("letter 1", "tester"), ("", "liisa"), ("letter 1", " ")):
        with pytest.raises(Refused), register_store.write() as tx:
            ledger_bans.lift(tx, ban, evidence=evidence, approver=approver)
    assert banned(register_store, campaign) == 1
    with register_store.write() as tx:
        ledger_bans.lift(tx, ban, evidence="letter 1", approver="liisa")
    assert banned(register_store, campaign) == 0
    with pytest.raises(NotFound), register_store.write() as tx:
        ledger_bans.lift(tx, "ban-none", evidence="letter", approver="liisa")


def test_a_ban_filed_while_a_snapshot_is_published_holds_in_the_new_one(
    register_store: Store, campaign: str, deliverable: Rows
) -> None:
    victims = [row["email"] for row in deliverable[:3]]
    steps: list[str] = []

    def ban_in_between(step: str) -> None:
        steps.append(step)
        if len(steps) in (1, 3, 5):
            worker = threading.Thread(
                target=add_ban, args=(register_store, BanRequest(via="web", email=victims[len(steps) // 2]))
            )
            worker.start()
            worker.join()

    publish(register_store, checkpoint=ban_in_between)
    with register_store.ledger.read() as connection:
        assert ledger_bans.fence_value(connection) == 3
    emails = {row["email"] for row in read_csv(sample_dir() / "positions.csv")}
    assert set(victims) <= emails
    assert banned(register_store, campaign) >= 3


def test_bans_work_on_both_databases(any_store: Store) -> None:
    first = add_ban(any_store, BanRequest(via="web", email="liisa@firma.example"))
    second = add_ban(any_store, BanRequest(via="web", phone="040 123 4567"))
    assert (first["fence"], second["fence"]) == (1, 2)
    with any_store.ledger.read() as connection:
        keys = ledger_bans.suppression_keys(connection)
    key = any_store.key("suppression")
    assert keys["key"].to_pylist() == [key.mac(b"email:liisa@firma.example"), key.mac(b"phone:+358401234567")]
