"""From criteria to files on the sample register: exact statements, no banned person, no untrue cell."""

from __future__ import annotations

import json
import random
import re
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from core.errors import FenceMoved, LicenceRefused, PermissionRefused, Refused
from core.identity import normalise_phone
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.channels import TITLE
from extracts.orders import decide, place
from extracts.trace import trace
from ledger.store import Store
from register.sample import sample_dir
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.ban_import import import_bans
from subjects.bans import BanRequest, add_ban
from tests.published import Rows, open_campaign, read_csv

WIDE = {"organisation": {"kind": ["company", "association", "public"]}, "person": {"level": [1, 2, 3, 4]}}


def random_criteria(draw: random.Random) -> dict[str, Any]:
    organisation = {
        "kind": draw.sample(list(codes.KINDS), 2),
        "industry": draw.sample(["C", "G", "M", "46", "47", "68", "62"], 3),
        "staff_class": draw.sample([str(n) for n in range(1, 8)], 4),
        "region": draw.sample(sorted(codes.regions()), 6),
        "form": draw.sample(["OY", "KY", "AOY", "AYH"], 2),
        "postcode": ["00000-39999"],
    }
    person = {
        "responsibility": draw.sample(["GM", "FIN", "IT", "SAL", "BRD", "MKT"], 3),
        "level": draw.sample([1, 2, 3, 4], 2),
        "reachable": draw.sample(codes.CHANNELS, 1),
    }
    criteria: dict[str, Any] = {
        "organisation": {key: organisation[key] for key in draw.sample(list(organisation), draw.choice([1, 1, 2]))},
        "person": {key: person[key] for key in draw.sample(list(person), draw.choice([1, 1, 2]))},
    }
    if draw.random() < 0.5:
        criteria["per_organisation"] = {"max": draw.choice([1, 2]), "prefer": ["IT", "GM"]}
    if draw.random() < 0.6:
        criteria["limit"] = draw.choice([5, 40, 200])
        criteria["sample"] = draw.choice(["random", "spread"])
    return criteria


def banned_rows(bans: Rows, positions: Rows, organisations: Rows) -> set[str]:
    """source_ids that the sample's bans name plainly, by a slow reading."""
    names = {row["business_id"]: row["name"].casefold() for row in organisations}
    out = set()
    for ban in bans:
        phone = normalise_phone(ban["phone"]) if ban["phone"] else None
        for row in positions:
            person = (row["first_name"], row["last_name"]) == (ban["first_name"], ban["last_name"])
            if (
                (ban["email"] and row["email"] == ban["email"])
                or (phone and row["mobile"] == phone)
                or (person and ban["business_id"] and row["business_id"] == ban["business_id"])
                or (person and ban["organisation"] and names[row["business_id"]] == ban["organisation"].casefold())
                or (ban["whole_organisation"] and row["business_id"] == ban["business_id"])
            ):
                out.add(row["source_id"])
    return out


def test_R009_R014_R037_forty_random_orders_deliver_exactly_the_statement_nobody_banned_and_nothing_untrue(
    register_store: Store, campaign: str, tmp_path: Path, positions: Rows, organisations: Rows
) -> None:
    imported = import_bans(register_store, sample_dir() / "bans.csv")
    assert imported["filed"] == imported["read"] >= 10
    bans = read_csv(sample_dir() / "bans.csv")
    banned = banned_rows(bans, positions, organisations)
    assert len(banned) >= 10
    register = {row["business_id"]: row for row in organisations}
    people: dict[tuple[str, ...], dict[str, str]] = {
        (row["business_id"], row["first_name"], row["last_name"], TITLE.canonicalise(row["title"]), row["email"]): row
        for row in positions
    }
    draw = random.Random(9)
    delivered = cuts = 0
    while cuts < 40:
        criteria = parse_criteria(random_criteria(draw))
        statement = count(register_store, campaign, criteria)
        if statement["to_deliver"] == 0:
            with pytest.raises(Refused):
                place(register_store, campaign, criteria)
            continue
        order = place(register_store, campaign, criteria)
        assert {key: statement[key] for key in order["statement"]} == order["statement"]
        extract = cut(register_store, order["order"])
        [file] = extract["files"]
        rows = read_csv(Path(file["path"]))
        assert len(rows) == extract["rows"] == extract["persons"] + extract["seeds"] == file["rows"]
        assert extract["persons"] == statement["to_deliver"]
        looks: dict[str, set[tuple[str, ...]]] = {}
        for row in rows:
            looks.setdefault(row["business_id"], set()).add(tuple(row[name] for name in OF_THE_COMPANY))
        assert all(len(shown) == 1 for shown in looks.values()), "a company's rows differ, seeds' among them"
        real = [row for row in rows if row["business_id"] in register]
        assert len(real) == extract["persons"]
        assert extract["seeds"] >= 5
        for row in real:
            title = TITLE.canonicalise(row["title"])
            source = people[row["business_id"], row["first_name"], row["last_name"], title, row["email"]]
            assert source["source_id"] not in banned
            assert sorted(row["responsibilities"].split(";")) == sorted(source["responsibilities"].split(";"))
            assert row["mobile"] == source["mobile"]
            known = register[row["business_id"]]
            for name in (
                "industry",
                "staff_class",
                "revenue_class",
                "visiting_street",
                "visiting_postcode",
                "visiting_city",
            ):
                assert _plain(row[name]) == _plain(known[name]), name
            names = (known["name"], *known["parallel_names"].split(";"))
            assert row["organisation_name"].casefold() in {name.strip().casefold() for name in names}
        delivered += len(real)
        cuts += 1
    assert delivered > 2000


OF_THE_COMPANY = ("organisation_name", "visiting_street", "industry", "staff_class", "revenue_class")


def _plain(cell: str) -> str:
    """Without the space between a house's number and its letter, which is a mark."""
    return re.sub(r"([0-9]) ([A-Za-zÅÄÖåäö])\b", r"\1\2", cell, count=1)


def test_every_format_holds_the_same_rows(register_store: Store, campaign: str) -> None:
    criteria = parse_criteria(WIDE | {"limit": 50})
    order = place(register_store, campaign, criteria, formats=list(codes.FORMATS))
    extract = cut(register_store, order["order"])
    files = {file["format"]: Path(file["path"]) for file in extract["files"]}
    plain = read_csv(files["csv"])
    assert len(plain) == extract["rows"]
    excel = files["csv-excel"].read_bytes()
    assert excel.startswith(b"\xef\xbb\xbf")
    assert excel.split(b"\r\n")[0].removeprefix(b"\xef\xbb\xbf").replace(b'"', b"").split(b";")[:2] == [
        b"row",
        b"organisation_name",
    ]
    sheet = openpyxl.load_workbook(files["xlsx"]).worksheets[0]
    header, *cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header == list(codes.EXTRACT_FIELDS)
    table = pq.read_table(files["parquet"]).to_pylist()
    lines = [json.loads(line) for line in files["jsonl"].read_text(encoding="utf-8").splitlines()]
    emails = [row["email"] or None for row in plain]
    assert [row[header.index("email")] for row in cells] == emails == [row["email"] for row in table]
    assert [line.get("email") for line in lines][-len(emails) :] == emails
    assert [row[header.index("mobile")] for row in cells] == [row["mobile"] or None for row in plain]


@pytest.mark.parametrize(
    ("channels", "missing"),
    [
        (("email",), {"mobile", "organisation_phone", "postal_street", "postal_postcode", "postal_city"}),
        (("phone",), {"email", "postal_street", "postal_postcode", "postal_city"}),
        (("post",), {"email", "mobile", "organisation_phone"}),
    ],
)
def test_R029_only_the_fields_of_the_channel_leave(
    register_store: Store, channels: tuple[str, ...], missing: set[str]
) -> None:
    campaign = open_campaign(register_store, channels=channels)
    order = place(register_store, campaign, parse_criteria(WIDE | {"limit": 5}))
    extract = cut(register_store, order["order"])
    header = Path(extract["files"][0]["path"]).read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    assert header == [name for name in codes.EXTRACT_FIELDS if name not in missing]


def test_fields_narrow_and_never_widen(register_store: Store) -> None:
    campaign = open_campaign(register_store, channels=("email",))
    criteria = parse_criteria(WIDE | {"limit": 5})
    with pytest.raises(LicenceRefused) as refused:
        place(register_store, campaign, criteria, fields=["mobile"])
    assert refused.value.code == "field_not_licensed"
    order = place(register_store, campaign, criteria, fields=["organisation_name", "email"])
    header = Path(cut(register_store, order["order"])["files"][0]["path"]).read_text(encoding="utf-8").splitlines()[0]
    assert header.replace('"', "") == "row,organisation_name,email,ban_url"


def test_R028_a_subject_outside_the_selection_is_refused_with_both_named(register_store: Store) -> None:
    campaign = open_campaign(register_store, subject=("TRV",))
    criteria = parse_criteria({"organisation": {"kind": ["company"]}, "person": {"responsibility": ["HR"]}})
    with pytest.raises(LicenceRefused) as refused:
        count(register_store, campaign, criteria)
    assert refused.value.ids == {"subject": "TRV", "asked": "HR"}


def test_R029_an_order_over_the_cap_waits_for_approval(register_store: Store, campaign: str) -> None:
    from dataclasses import replace

    strict = replace(register_store, settings=register_store.settings.model_copy(update={"row_cap": 10}))
    order = place(strict, campaign, parse_criteria(WIDE | {"limit": 11}))
    assert order["state"] == "awaiting approval"
    with pytest.raises(LicenceRefused):
        cut(strict, order["order"])
    with pytest.raises(PermissionRefused) as alone:
        decide(strict, order["order"], event="approved")
    assert alone.value.code == "two_persons_needed"
    with pytest.raises(LicenceRefused) as silent:
        decide(strict, order["order"], event="approved", by="second")
    assert silent.value.code == "justification_missing"
    decided = decide(strict, order["order"], event="approved", by="second", reason="the whole sector is addressed")
    assert decided["state"] == "approved"
    assert cut(strict, order["order"])["persons"] == 11


def test_R031_what_was_received_before_or_is_the_customers_own_is_left_out(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    criteria = WIDE | {"limit": 100}
    first = cut(register_store, place(register_store, campaign, parse_criteria(criteria))["order"])
    rows = read_csv(Path(first["files"][0]["path"]))
    for level in ("person", "organisation"):
        again = parse_criteria(WIDE | {"exclude": {"earlier_orders": level}})
        statement = count(register_store, campaign, again)
        assert statement["already_received"] >= 100
        second = cut(register_store, place(register_store, campaign, again)["order"])
        later = read_csv(Path(second["files"][0]["path"]))
        own = {(row["first_name"], row["last_name"], row["email"]) for row in rows if row["email"]}
        assert (
            own.isdisjoint({(row["first_name"], row["last_name"], row["email"]) for row in later})
            or level == "organisation"
        )
    own_file = tmp_path / "own.csv"
    mine = {row["business_id"] for row in rows if not row["business_id"].startswith("99")}
    own_file.write_text("Yritys;Y-tunnus\n" + "".join(f"X;{value}\n" for value in sorted(mine)), encoding="utf-8")
    left = parse_criteria(WIDE | {"exclude": {"organisations_file": str(own_file)}})
    assert count(register_store, campaign, left)["already_received"] > 0
    third = cut(register_store, place(register_store, campaign, left)["order"])
    assert mine.isdisjoint({row["business_id"] for row in read_csv(Path(third["files"][0]["path"]))})


def test_own_people_are_left_out_by_hashes_alone(
    register_store: Store, campaign: str, tmp_path: Path, deliverable: Rows
) -> None:
    import hashlib

    person = deliverable[0]
    hashes = tmp_path / "own.txt"
    hashes.write_text(hashlib.sha256(person["email"].encode()).hexdigest() + "\n", encoding="ascii")
    criteria = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}})
    before = count(register_store, campaign, criteria)
    after = count(
        register_store,
        campaign,
        parse_criteria(
            {
                "organisation": {"kind": list(codes.KINDS)},
                "person": {"level": [1, 2, 3, 4]},
                "exclude": {"hashes_file": str(hashes)},
            }
        ),
    )
    assert after["already_received"] >= 1
    assert after["selected"] == before["selected"]


def test_T01_a_ban_between_cut_and_delivery_stops_the_old_file(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    order = place(register_store, campaign, parse_criteria(WIDE | {"limit": 30}))
    extract = cut(register_store, order["order"])
    rows = read_csv(Path(extract["files"][0]["path"]))
    victim = next(row for row in rows if row["email"] and not row["business_id"].startswith("99"))
    assert add_ban(register_store, BanRequest(via="web", email=victim["email"]))["matched"] >= 1
    with pytest.raises(LicenceRefused) as refused:
        deliver(register_store, extract["extract"], tmp_path / "out")
    assert refused.value.code == "extract_banned_since"
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True
    fresh = cut(register_store, place(register_store, campaign, parse_criteria(WIDE | {"limit": 30}))["order"])
    delivered = deliver(register_store, fresh["extract"], tmp_path / "out")
    text = "".join(
        Path(file["path"]).read_text(encoding="utf-8") for file in delivered["files"] if file["format"] == "csv"
    )
    assert victim["email"] not in text


def test_T01_a_ban_during_the_cut_makes_it_cut_again_without_the_person(
    register_store: Store, campaign: str, deliverable: Rows
) -> None:
    criteria = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}})
    order = place(register_store, campaign, criteria)
    filed: list[str] = []

    def ban_while_hashing(step: str) -> None:
        if step == "hash" and len(filed) < 8:
            for person in deliverable[len(filed) : len(filed) + 4]:  # one alone may be among the withheld
                assert add_ban(register_store, BanRequest(via="phone", email=person["email"]))["matched"] == 1
                filed.append(person["email"])

    extract = cut(register_store, order["order"], checkpoint=ban_while_hashing)
    text = Path(extract["files"][0]["path"]).read_text(encoding="utf-8")
    assert len(filed) == 8
    assert not any(email in text for email in filed)
    assert extract["fence"] >= 8


def test_bans_that_never_stop_end_in_a_conflict_not_in_a_release(
    register_store: Store, campaign: str, deliverable: Rows, tmp_path: Path
) -> None:
    order = place(register_store, campaign, parse_criteria(WIDE))
    victims = iter(deliverable)

    def ban_always(step: str) -> None:
        if step == "hash":
            emails = [victim["email"] for victim in islice(victims, 4)]  # one alone may be among the withheld
            file = tmp_path / "bans.csv"
            file.write_text("\n".join(["email,via", *(f"{email},phone" for email in emails)]), encoding="utf-8")
            assert import_bans(register_store, file)["matched"] == 4

    with pytest.raises(FenceMoved):
        cut(register_store, order["order"], checkpoint=ban_always)
    assert not list(register_store.home.deliveries.iterdir())


def test_R036_nothing_is_counted_cut_or_delivered_after_the_end(register_store: Store, tmp_path: Path) -> None:
    from dataclasses import replace
    from datetime import UTC, date, datetime

    from core.clock import fixed_clock

    campaign = open_campaign(register_store, ends_on=date(2026, 11, 22))
    criteria = parse_criteria(WIDE | {"limit": 5})
    order = place(register_store, campaign, criteria)
    waiting = place(register_store, campaign, criteria)
    extract = cut(register_store, order["order"])
    last = replace(register_store, clock=fixed_clock(datetime(2026, 11, 22, 21, 59, 59, tzinfo=UTC)))
    deliver(last, extract["extract"], tmp_path / "in-time")
    over = replace(register_store, clock=fixed_clock(datetime(2026, 11, 22, 22, 0, 0, tzinfo=UTC)))
    for attempt in (
        lambda: count(over, campaign, criteria),
        lambda: place(over, campaign, criteria),
        lambda: cut(over, waiting["order"]),
        lambda: deliver(over, extract["extract"], tmp_path / "late"),
    ):
        with pytest.raises(LicenceRefused) as refused:
            attempt()
        assert refused.value.code == "campaign_ended"
    assert not (tmp_path / "late").exists()


def test_R039_a_leak_names_its_extract_among_customers_with_the_same_selection(
    register_store: Store, tmp_path: Path
) -> None:
    extracts = []
    for business_id in ("6000001-0", "6000002-9", "6000003-7"):
        campaign = open_campaign(register_store, business_id=business_id)
        order = place(register_store, campaign, parse_criteria(WIDE | {"limit": 400}))
        extracts.append(cut(register_store, order["order"]))
    draw = random.Random(5)
    for number, extract in enumerate(extracts):
        rows = draw.sample(read_csv(Path(extract["files"][0]["path"])), 60)
        leak = tmp_path / f"leak-{number}.csv"
        leak.write_text(
            "\n".join(
                f"{row['last_name'].upper()} {row['first_name']};{row['organisation_name']};{row['email']}"
                for row in rows
            ),
            encoding="utf-8",
        )
        result = trace(register_store, leak)
        assert [accused["extract"] for accused in result["accused"]] == [extract["extract"]]
        assert result["accused"][0]["family_wise_p"] < 1e-6


def test_deliveries_are_encrypted_for_the_recipient(register_store: Store, campaign: str, tmp_path: Path) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    extract = cut(register_store, place(register_store, campaign, parse_criteria(WIDE | {"limit": 5}))["order"])
    result = deliver(register_store, extract["extract"], tmp_path / "out", recipient=str(identity.to_public()))
    sealed = Path(next(file["path"] for file in result["files"] if file["format"] == "csv"))
    assert sealed.name.endswith(".csv.age")
    clear = pyrage.decrypt(sealed.read_bytes(), [identity])
    assert clear == Path(extract["files"][0]["path"]).read_bytes()
    assert clear not in sealed.read_bytes()
