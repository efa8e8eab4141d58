"""`rajaus sample`: deterministic files with the contract's columns, and nobody real in them."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from stdnum.fi import ytunnus

from core.errors import InvalidInput, StoreError
from core.identity import (
    looks_like_identity_code,
    normalise_business_id,
    normalise_email,
    normalise_emails,
    normalise_phone,
    normalise_phones,
)
from register.sample import FILES, SHIPPED_ORGANISATIONS, generate as generator, sample_dir
from register.sample.generate import AS_OF, generate
from register.sample.organisations import HIGHEST_NUMBER, LOWEST_NUMBER, business_ids
from schemas import codes

Rows = list[dict[str, str]]

ORGANISATION_COLUMNS = (
    "business_id kind name parallel_names auxiliary_names form industry industry_version staff_class revenue_class "
    "visiting_street visiting_postcode visiting_city postal_street postal_postcode postal_city municipality phone fax "
    "website it_workstations it_servers it_erp source_date"
).split()
POSITION_COLUMNS = (
    "source_id business_id first_name last_name title responsibilities purchasing level email mobile postal_street "
    "postal_postcode postal_city started verified notified source_date"
).split()
BAN_COLUMNS = (
    "email phone first_name last_name former_last_name organisation business_id municipality whole_organisation via "
    "received"
).split()


def read(path: Path, delimiter: str = ",") -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    generate(out, organisations=4000, seed=7)
    return out


@pytest.fixture(scope="module")
def organisations(made: Path) -> Rows:
    return read(made / "organisations.csv")


@pytest.fixture(scope="module")
def positions(made: Path) -> Rows:
    return read(made / "positions.csv")


@pytest.fixture(scope="module")
def bans(made: Path) -> Rows:
    return read(made / "bans.csv")


def test_the_shipped_sample_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate(tmp_path, organisations=SHIPPED_ORGANISATIONS)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (sample_dir() / name).read_bytes(), name


def test_the_shipped_sample_is_complete_and_small() -> None:
    files = {path.name for path in sample_dir().iterdir()}
    assert files == {*FILES, "ytj.json", "companies_prh_excerpt.csv", "README.md"}
    assert sum(path.stat().st_size for path in sample_dir().iterdir()) < 5_000_000


def test_same_seed_same_bytes_and_another_seed_other_people(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        generate(tmp_path / name, organisations=150, seed=seed)
    for name in FILES:
        one, two, three = ((tmp_path / run / name).read_bytes() for run in ("one", "two", "three"))
        assert one == two, name
        assert one != three, name


def test_another_day_moves_the_dates_only(tmp_path: Path) -> None:
    generate(tmp_path / "now", organisations=120)
    generate(tmp_path / "later", organisations=120, as_of=AS_OF + timedelta(days=10))
    for now, later in zip(
        read(tmp_path / "now" / "positions.csv"), read(tmp_path / "later" / "positions.csv"), strict=True
    ):
        for name in ("started", "verified", "notified", "source_date"):
            if now[name]:
                assert date.fromisoformat(later.pop(name)) - date.fromisoformat(now.pop(name)) == timedelta(days=10)
        assert now == later


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(10, 260), seed=st.integers(0, 2**40), chunk=st.integers(7, 90))
def test_any_size_in_chunks_of_any_size_is_whole(
    tmp_path_factory: pytest.TempPathFactory, size: int, seed: int, chunk: int
) -> None:
    out = tmp_path_factory.mktemp("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "CHUNK", chunk)
        steps: list[int] = []
        counts = generate(out, organisations=size, seed=seed, advance=steps.append)
    organisations, positions = read(out / "organisations.csv"), read(out / "positions.csv")
    assert len(organisations) == size == counts["organisations"] == sum(steps)
    assert len(positions) == counts["positions"] >= size
    assert len({row["business_id"] for row in organisations}) == size
    assert len({row["source_id"] for row in positions}) == len(positions)
    assert {row["business_id"] for row in positions} == {row["business_id"] for row in organisations}
    assert len(read(out / "bans.csv")) == counts["bans"] >= 10
    assert len(read(out / "crm.csv", ";")) == counts["crm"] == max(5, size // 4)
    assert_unique_contacts(organisations, positions)


@pytest.mark.parametrize("size", [9, 0, -1, 3_500_001])
def test_a_size_out_of_range_is_refused_and_nothing_written(tmp_path: Path, size: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        generate(tmp_path / "out", organisations=size)
    assert refusal.value.code == "size_out_of_range"
    assert not (tmp_path / "out").exists()


def test_a_directory_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        generate(tmp_path / "file" / "out", organisations=10)


def test_columns_are_those_of_the_contract(made: Path) -> None:
    for name, columns in (
        ("organisations", ORGANISATION_COLUMNS),
        ("positions", POSITION_COLUMNS),
        ("bans", BAN_COLUMNS),
        ("crm_truth", ["crm_id", "business_id", "source_id", "changes"]),
    ):
        assert (made / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(columns)


def test_every_code_is_in_its_list(organisations: Rows, positions: Rows) -> None:
    for row in organisations:
        assert row["kind"] in codes.KINDS
        assert row["form"] in codes.forms()
        assert row["industry"] in codes.industries("TOL2025")
        assert row["industry_version"] == "TOL2025"
        assert not row["staff_class"] or row["staff_class"] in codes.staff_classes()
        assert not row["revenue_class"] or row["revenue_class"] in codes.revenue_classes()
        assert row["municipality"] in codes.municipalities()
        for prefix in ("visiting", "postal"):
            place = codes.postal_codes().get(row[f"{prefix}_postcode"])
            assert place or not row[f"{prefix}_postcode"]
            assert place is None or place.municipality == row["municipality"]
        assert row["visiting_street"] or row["postal_street"]
    for row in positions:
        for name in ("responsibilities", "purchasing"):
            areas = row[name].split(";") if row[name] else []
            assert len(set(areas)) == len(areas) <= 3
            assert set(areas) <= set(codes.responsibilities())
        assert row["responsibilities"]
        assert int(row["level"]) in codes.LEVELS


def test_titles_responsibilities_and_levels_agree_with_the_list_of_titles(positions: Rows) -> None:
    known = {}
    for entry in codes.rows("job_titles"):
        for language in ("fi", "sv"):
            known.setdefault(entry[f"title_{language}"], set()).add((entry["responsibility_area"], entry["level"]))
    for row in positions:
        assert (row["responsibilities"].split(";")[0], row["level"]) in known[row["title"]]


def test_titles_are_believable_for_the_size(organisations: Rows, positions: Rows) -> None:
    least = {}
    for entry in codes.rows("job_titles"):
        least[entry["title_fi"]] = int(entry["min_staff_class"])
    size = {row["business_id"]: row["staff_class"] for row in organisations}
    kind = {row["business_id"]: row["kind"] for row in organisations}
    sized = [row for row in positions if size[row["business_id"]] and kind[row["business_id"]] == "company"]
    assert not [row for row in sized if least.get(row["title"], 0) > int(size[row["business_id"]])]


def test_business_ids_have_a_check_digit_and_lie_above_those_given_out(organisations: Rows) -> None:
    for row in organisations:
        assert ytunnus.is_valid(row["business_id"])
        assert LOWEST_NUMBER <= int(row["business_id"][:7]) <= HIGHEST_NUMBER < 9_900_000


@pytest.mark.parametrize("count", [1, 10, 3_545_000])
def test_business_ids_are_dealt_from_the_top_and_never_below_the_bound(count: int) -> None:
    ids = business_ids(count)
    assert len(ids) == count
    assert ids[0].as_py() == "9899999-0"
    last = ids[count - 1].as_py()
    assert int(last[:7]) >= LOWEST_NUMBER
    assert ytunnus.is_valid(last)


def test_when_the_numbers_run_out_it_is_said() -> None:
    with pytest.raises(InvalidInput):
        business_ids(3_560_000)


def test_no_address_outside_the_reserved_domain(organisations: Rows, positions: Rows) -> None:
    for row in organisations:
        assert not row["website"] or row["website"].endswith(".example")
    emails = [row["email"] for row in positions if row["email"]]
    assert all(email.endswith(".example") for email in emails)
    assert normalise_emails(pa.array(emails)).to_pylist() == emails


def test_no_phone_number_is_of_a_series_or_length_in_use(organisations: Rows, positions: Rows) -> None:
    used = tuple(row["e164_prefix"] for row in codes.rows("phone_prefixes") if row["kind"] in ("mobile", "service"))
    numbers = [row["mobile"] for row in positions if row["mobile"]]
    numbers += [row[name] for row in organisations for name in ("phone", "fax") if row[name]]
    assert not [number for number in numbers if number.startswith(used) or len(number) != len("+358") + 10]
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers[::9])
    assert normalise_phones(pa.array(numbers)).to_pylist() == numbers


def assert_unique_contacts(organisations: Rows, positions: Rows) -> None:
    domains = [row["website"].removeprefix("https://").removeprefix("www.") for row in organisations if row["website"]]
    assert len(set(domains)) == len(domains)
    holder: dict[str, set[str]] = {}
    for row in positions:
        if row["mobile"]:
            holder.setdefault(row["mobile"], set()).add(f"{row['first_name']} {row['last_name']}")
    assert all(len(names) == 1 for names in holder.values())
    mailbox: dict[str, set[str]] = {}
    for row in positions:
        if "." in row["email"].split("@")[0]:
            mailbox.setdefault(row["email"], set()).add(f"{row['first_name']} {row['last_name']}")
    assert all(len(names) == 1 for names in mailbox.values())


def test_mobiles_addresses_and_domains_belong_to_one(organisations: Rows, positions: Rows) -> None:
    assert_unique_contacts(organisations, positions)


def test_namesakes_in_one_company_have_their_own_addresses(positions: Rows) -> None:
    same: dict[tuple[str, ...], Rows] = {}
    for row in positions:
        same.setdefault((row["business_id"], row["first_name"], row["last_name"]), []).append(row)
    pairs = [rows for rows in same.values() if len(rows) > 1]
    assert pairs
    for rows in pairs:
        personal = [row["email"] for row in rows if "." in row["email"].split("@")[0]]
        assert len(set(personal)) == len(personal)


def test_some_persons_hold_several_positions(positions: Rows) -> None:
    seats = Counter(row["mobile"] for row in positions if row["mobile"])
    shared = {mobile for mobile, count in seats.items() if count > 1}
    assert 0.02 < len(shared) / len(seats) < 0.2
    homes = {
        mobile: {row["business_id"] for row in positions if row["mobile"] == mobile} for mobile in list(shared)[:40]
    }
    assert all(len(home) == seats[mobile] for mobile, home in homes.items())


def test_gaps_and_shared_mailboxes_are_there(positions: Rows) -> None:
    count = len(positions)
    assert 0.1 < sum(not row["email"] for row in positions) / count < 0.17
    assert 0.17 < sum(not row["mobile"] for row in positions) / count < 0.28
    boxes = Counter(row["email"].split("@")[0] for row in positions if row["email"])
    assert all(boxes[box] for box in ("info", "myynti", "toimisto", "kirjaamo"))
    assert 0.45 < sum(not row["purchasing"] for row in positions) / count < 0.85


def test_dates_are_in_order_and_none_is_later_than_the_sample(organisations: Rows, positions: Rows, bans: Rows) -> None:
    assert max(row["source_date"] for row in organisations) <= AS_OF.isoformat()
    assert max(row["received"] for row in bans) < AS_OF.isoformat()
    year, fortnight = (AS_OF - timedelta(days=365)).isoformat(), (AS_OF - timedelta(days=14)).isoformat()
    for row in positions:
        assert row["started"] < row["verified"] <= AS_OF.isoformat()
        assert row["source_date"] == row["verified"]
        assert row["notified"] <= AS_OF.isoformat()
    count = len(positions)
    assert 0.045 < sum(row["verified"] < year for row in positions) / count < 0.075
    assert 0.025 < sum(not row["notified"] or row["notified"] > fortnight for row in positions) / count < 0.055


def test_nothing_looks_like_a_personal_identity_code(made: Path) -> None:
    for name in FILES:
        rows: list[dict[str, Any]] = list(read(made / name, ";" if name == "crm.csv" else ","))
        for column in rows[0]:
            assert not any(looks_like_identity_code(pa.array([row[column] for row in rows], pa.string())).to_pylist())


def test_bans_point_at_persons_of_the_sample_in_every_form(organisations: Rows, positions: Rows, bans: Rows) -> None:
    emails = {row["email"] for row in positions}
    mobiles = {row["mobile"] for row in positions}
    named = {row["business_id"]: row for row in organisations}
    names = {(row["first_name"], row["last_name"], row["business_id"]) for row in positions}
    by_name = {(first, last, named[home]["name"]) for first, last, home in names}
    by_place = {(first, last, named[home]["municipality"]) for first, last, home in names}
    forms: Counter[str] = Counter()
    for ban in bans:
        person = (ban["first_name"], ban["last_name"])
        if ban["email"]:
            forms["email"] += normalise_email(ban["email"]) in emails
        elif ban["phone"]:
            forms["phone"] += normalise_phone(ban["phone"]) in mobiles
        elif ban["whole_organisation"]:
            forms["whole"] += ban["business_id"] in named
        elif ban["municipality"]:
            forms["municipality"] += (*person, ban["municipality"]) in by_place
        elif ban["organisation"]:
            forms["organisation"] += (*person, ban["organisation"]) in by_name
        else:
            forms["former" if ban["former_last_name"] else "business_id"] += (*person, ban["business_id"]) in names
    assert sum(forms.values()) == len(bans)
    assert set(forms) == {"email", "phone", "whole", "municipality", "organisation", "former", "business_id"}
    persons = len({row["mobile"] for row in positions if row["mobile"]}) / 0.78
    assert len(bans) == pytest.approx(persons * 0.005, rel=0.1)


def test_the_helper_finds_the_sample_in_a_checkout() -> None:
    assert normalise_business_id(read(sample_dir() / "companies_prh_excerpt.csv")[0]["business_id"])
