"""The sample follows the published Finnish distributions within the tolerance of its size."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from register.sample.generate import generate
from schemas import codes

Rows = list[dict[str, str]]
SIZE = 12_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Rows]:
    out = tmp_path_factory.mktemp("distributions")
    generate(out, organisations=SIZE, seed=11)
    return read(out / "organisations.csv"), read(out / "positions.csv")


def language_at_home(organisations: Rows) -> dict[str, str]:
    language = {row["code"]: row["language_status_fi"] for row in codes.rows("municipalities")}
    return {row["business_id"]: language[row["municipality"]] for row in organisations}


def in_finnish_municipalities(files: tuple[Rows, Rows]) -> Rows:
    home = language_at_home(files[0])
    return [row for row in files[1] if home[row["business_id"]] == "Yksikielinen suomenkielinen kunta"]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_close(found: Mapping[str, float], expected: Mapping[str, float], count: int) -> None:
    """Every share within four standard deviations (and 0.3 points) of what is published."""
    whole = sum(expected.values())
    for key, weight in expected.items():
        share = weight / whole
        slack = 4 * (share * (1 - share) / count) ** 0.5 + 0.003
        assert found.get(key, 0) / count == pytest.approx(share, abs=slack), key


def test_places_follow_the_population(files: tuple[Rows, Rows]) -> None:
    population: Counter[str] = Counter()
    for row in codes.rows("postal_codes"):
        if row["type"] == "1":
            population[codes.region_of()[row["municipality_code"]]] += int(row["population_2022"] or 0)
    found = Counter(codes.region_of()[row["municipality"]] for row in files[0])
    assert_close(found, population, SIZE)


def test_companies_follow_the_size_classes_of_2019(files: tuple[Rows, Rows]) -> None:
    band = {"1": "0-9", "2": "0-9", "3": "10-49", "4": "10-49", "5": "50-249", "6": "50-249"}
    published = {
        row["class"]: int(row["count"])
        for row in codes.rows("enterprise_distribution")
        if row["dimension"] == "staff" and row["year"] == "2019"
    }
    companies = [row for row in files[0] if row["kind"] == "company" and row["staff_class"]]
    found = Counter(band.get(row["staff_class"], "250-") for row in companies)
    assert_close(found, published, len(companies))


def test_companies_follow_the_sections_of_2012(files: tuple[Rows, Rows]) -> None:
    published = {
        row["class"]: int(row["count"])
        for row in codes.rows("enterprise_distribution")
        if row["dimension"] == "tol2008_section" and row["year"] == "2012" and row["class"] != "A"
    }
    newer = dict(zip("JKLMNOPQRST", "JJKLMNOPQRS", strict=True))
    companies = [row for row in files[0] if row["kind"] == "company" and row["form"] not in ("AOY", "KOY")]
    section = codes.section_of("TOL2025")
    found = Counter(newer.get(section[row["industry"][:2]], section[row["industry"][:2]]) for row in companies)
    assert_close(found, published, len(companies))


def test_first_names_follow_the_population_by_sex(files: tuple[Rows, Rows]) -> None:
    persons = in_finnish_municipalities(files)
    bearers: dict[str, Counter[str]] = {"F": Counter(), "M": Counter()}
    for row in codes.rows("first_names"):
        bearers[row["sex"]][row["name"]] = int(row["count_first"])
    for sex, other, share in (("F", "M", 0.42), ("M", "F", 0.58)):
        counts = {name: count for name, count in bearers[sex].items() if count > 20 * bearers[other][name]}
        total = sum(counts.values())
        drawn = Counter(row["first_name"] for row in persons if row["first_name"] in counts)
        assert sum(drawn.values()) / len(persons) == pytest.approx(share, abs=0.05)
        for name in sorted(counts, key=counts.__getitem__, reverse=True)[:15]:
            assert drawn[name] / sum(drawn.values()) == pytest.approx(counts[name] / total, rel=0.3, abs=0.002), name


def test_surnames_follow_the_population(files: tuple[Rows, Rows]) -> None:
    persons = in_finnish_municipalities(files)
    counts = {row["surname"]: int(row["count"]) for row in codes.rows("surnames")}
    total = sum(counts.values())
    drawn = Counter(row["last_name"] for row in persons)
    for name in list(counts)[:15]:
        assert drawn[name] / len(persons) == pytest.approx(counts[name] / total, rel=0.35), name


def test_swedish_names_prevail_where_swedish_is_spoken(files: tuple[Rows, Rows]) -> None:
    home = language_at_home(files[0])
    swedish_titles = {row["title_sv"] for row in codes.rows("job_titles")} - {
        row["title_fi"] for row in codes.rows("job_titles")
    }
    share = {}
    for status in ("Yksikielinen ruotsinkielinen kunta", "Yksikielinen suomenkielinen kunta"):
        rows = [row for row in files[1] if home[row["business_id"]] == status]
        share[status] = sum(row["title"] in swedish_titles for row in rows) / len(rows)
    assert share["Yksikielinen ruotsinkielinen kunta"] > 0.7
    assert share["Yksikielinen suomenkielinen kunta"] < 0.03


def test_larger_organisations_have_more_positions_and_more_is_known_of_their_it(files: tuple[Rows, Rows]) -> None:
    seats = Counter(row["business_id"] for row in files[1])
    mean, known = {}, {}
    for size in "12345":
        rows = [row for row in files[0] if row["staff_class"] == size]
        mean[size] = sum(seats[row["business_id"]] for row in rows) / len(rows)
        known[size] = sum(bool(row["it_workstations"]) for row in rows) / len(rows)
    assert list(mean.values()) == sorted(mean.values())
    assert list(known.values()) == sorted(known.values())
    assert 2.5 <= len(files[1]) / SIZE <= 3.1


def test_revenue_rises_with_staff(files: tuple[Rows, Rows]) -> None:
    mean = {}
    for size in "12345":
        revenues = [
            int(row["revenue_class"]) for row in files[0] if row["staff_class"] == size and row["revenue_class"]
        ]
        mean[size] = sum(revenues) / len(revenues)
    assert list(mean.values()) == sorted(mean.values())
    assert mean["5"] - mean["1"] > 2


def test_all_kinds_and_the_usual_forms_are_there(files: tuple[Rows, Rows]) -> None:
    kinds = Counter(row["kind"] for row in files[0])
    assert kinds["company"] > 10 * kinds["association"] > 20 * kinds["public"] / 2 > 0
    forms = {row["form"] for row in files[0]}
    assert {"OY", "KY", "AY", "OYJ", "OK", "AOY", "KOY", "F26", "AYH", "SÄÄ", "F71", "F41", "F40"} <= forms
    assert all(row["form"] != "OYJ" or int(row["staff_class"] or 9) >= 6 for row in files[0])


def test_names_tell_the_form(files: tuple[Rows, Rows]) -> None:
    token = {"KY": " Ky", "AY": " Ay", "OYJ": " Oyj", "AYH": " ry", "SÄÄ": " sr"}
    for row in files[0]:
        assert row["name"].endswith(token.get(row["form"], ""))
        if row["form"] == "OY":
            assert {"Oy", "Ab", "oy"} & set(row["name"].split())
    assert any(row["parallel_names"].count(";") for row in files[0])
    assert any(row["auxiliary_names"] for row in files[0])
