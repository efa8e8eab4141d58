"""What each criterion does, against the slow reading: alone, after those above it, and as the only one left out."""

from __future__ import annotations

import random
from typing import Any

from register.explain import explain
from register.query import Register, select
from schemas import codes
from tests.query.small_register import Line, lines, meets, random_criteria, register_of
from tests.query.test_query import selector

EVERYTHING = set(codes.responsibilities())


def keys_of(criteria: dict[str, Any]) -> list[tuple[str, str]]:
    blocks = ("organisation", "organisation_not", "person")
    return [(block, key) for block in blocks for key in criteria.get(block, {}) if key != "industry_version"]


def only(criteria: dict[str, Any], keys: list[tuple[str, str]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for block, key in keys:
        kept.setdefault(block, {})[key] = criteria[block][key]
    if version := criteria["organisation"].get("industry_version"):
        kept.setdefault("organisation", {})["industry_version"] = version
    return kept


def rows(table: list[Line], criteria: dict[str, Any], subject: set[str]) -> int:
    return sum(meets(row, criteria, subject) for row in table)


def test_R009_each_criterion_alone_and_all_together() -> None:
    table = lines(random.Random(11), 300)
    register: Register = register_of(table)
    draw = random.Random(12)
    for _ in range(40):
        criteria = random_criteria(draw)
        subject = set(draw.sample([*sorted(EVERYTHING)[:8], "GM", "IT", "FIN"], 4))
        chosen = selector(criteria, subject=sorted(subject))
        told = explain(register, chosen)
        assert told["register"] == len(table)
        assert told["selected"] == rows(table, criteria, subject) == select(register, chosen).selected
        said = {line["criterion"]: line for line in told["criteria"]}
        given = keys_of(criteria)
        assert next(iter(said)) == "campaign.subject"
        assert set(said) == {"campaign.subject", *(f"{block}.{key}" for block, key in given)}
        assert said["campaign.subject"]["removes"] == rows(table, criteria, EVERYTHING) - told["selected"]
        done: list[tuple[str, str]] = []
        for name in list(said)[1:]:
            block, key = name.split(".")
            others = [one for one in given if one != (block, key)]
            done.append((block, key))
            assert said[name]["alone"] == rows(table, only(criteria, [(block, key)]), EVERYTHING), name
            assert said[name]["removes"] == rows(table, only(criteria, others), subject) - told["selected"], name
            assert said[name]["left"] == rows(table, only(criteria, done), subject), name
        assert told["criteria"][-1]["left"] == told["selected"]
