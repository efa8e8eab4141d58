"""The verbs of the narrowest selection: counts with the meter and for customers, coverage, budgets of pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.clock import Clock
from extracts import orders
from extracts.cut import cut
from ledger.store import Store
from schemas import codes
from schemas.criteria import parse_criteria
from service.cli import main
from service.cli.common import Session
from tests.narrow import house

WIDE: dict[str, Any] = {"organisation": {"region": ["01", "06"]}, "person": {"responsibility": ["IT", "GM"]}}


class Line:
    """A command line over one store."""

    def __init__(self, store: Store, clock: Clock, capsys: pytest.CaptureFixture[str], directory: Path) -> None:
        self.store, self.clock, self.capsys = store, clock, capsys
        self.file = directory / "criteria.json"
        self.file.write_text(json.dumps(WIDE), encoding="utf-8")

    def text(self, *words: str) -> tuple[int, str]:
        self.capsys.readouterr()
        home = str(self.store.settings.home)
        code = main([*words, "--home", home], session=Session(clock=self.clock))
        return code, self.capsys.readouterr().out

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        code, out = self.text(*words, "--json")
        return code, json.loads(out)


@pytest.fixture
def line(register_store: Store, clock: Clock, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Line:
    return Line(register_store, clock, capsys, tmp_path)


@pytest.fixture
def seller(line: Line) -> tuple[str, str, str]:
    """A reseller, an end customer of its own and their campaign, with one extract."""
    store = line.store
    reseller, end = house.add_customer(store, 1), house.add_customer(store, 2)
    campaign = house.open_campaign(store, end, party=reseller, subject=["IT"])
    order = orders.place(store, campaign, parse_criteria(WIDE | {"limit": 40}))
    cut(store, order["order"])
    return reseller, end, campaign


def test_count_shows_the_meter_with_what_would_narrow(line: Line, seller: tuple[str, str, str]) -> None:
    words = ("count", "--campaign", seller[2], "--criteria", str(line.file), "--meter")
    code, document = line.json(*words)
    assert code == 0
    reading = document["narrowness"]
    assert reading["score"] == 100 - sum(reason["points"] for reason in reading["reasons"])
    reasons = {reason["code"]: reason for reason in reading["reasons"]}
    assert reasons["outside_subject"]["says"] == "GM is outside the subject IT."
    assert "alone:" in reasons["no_rank"]["suggests"], "the facets were counted"
    assert "facets" not in document
    text = line.text(*words)[1]
    assert f"{reading['score']} of 100, {reading['grade']}" in text
    assert "█" in text


def test_R026_what_is_exact_is_not_shown_to_customers(line: Line, seller: tuple[str, str, str]) -> None:
    words = ("count", "--campaign", seller[2], "--criteria", str(line.file), "--for-customer")
    assert line.text(*words, "--meter")[0] == 2
    assert line.text(*words, "--explain")[0] == 2
    code, document = line.json(*words)
    assert code == 0
    assert set(document) == {"snapshot", "in_steps_of", "to_deliver", "organisations"}
    assert document["to_deliver"] % 10 == 0


def test_R080_our_own_counts_are_logged(line: Line, seller: tuple[str, str, str]) -> None:
    document = line.json("count", "--campaign", seller[2], "--criteria", str(line.file))[1]
    [entry] = line.json("audit", "show", "--action", "count.stated")[1]["entries"]
    stated = entry["ids"]
    assert stated["to_deliver"] == document["to_deliver"]
    assert stated["campaign"] == seller[2]


@pytest.mark.parametrize("whose", ["--customer", "--reseller"])
def test_R053_coverage_shows_shares_of_the_register_and_of_its_parts(
    line: Line, seller: tuple[str, str, str], whose: str
) -> None:
    reseller, end, campaign = seller
    orders.place(line.store, campaign, parse_criteria(WIDE | {"limit": 60}))
    code, document = line.json("coverage", whose, reseller if whose == "--reseller" else end)
    assert code == 0
    assert document["extracts"] == 1
    assert 35 < document["persons"] <= 40
    assert document["planned"] > 0
    assert document["percent"] == round(100 * document["persons"] / document["register_persons"], 1)
    assert document["recipients"] == [{"customer": end, "name": "Asiakas 2 Oy", "persons": document["persons"]}]
    regions = {part["value"]: part for part in document["parts"] if part["dimension"] == "region"}
    assert set(regions) == {"01", "06"}
    assert sum(part["persons"] for part in regions.values()) >= document["persons"]
    assert regions["06"]["label"] == codes.regions()["06"].fi
    text = line.text("coverage", whose, reseller if whose == "--reseller" else end)[1]
    assert "█" in text
    assert "of the register" in text
    assert line.json("coverage", "--customer", "customer-none")[0] == 4
    assert line.text("coverage")[0] == 2
    assert line.text("coverage", "--customer", end, "--reseller", reseller)[0] == 2


def test_R088_a_grant_of_views_is_made_by_somebody_else(line: Line, seller: tuple[str, str, str]) -> None:
    words = ("campaign", "allow-views", seller[2], "--user", "matti", "--persons", "50", "--reason", "messut")
    assert line.json(*words, "--by", "matti")[1]["error"]["code"] == "views_need_two"
    code, document = line.json(*words, "--by", "liisa")
    assert (code, document["persons"]) == (0, 50)


def test_R029_an_order_prints_its_findings_and_the_meter(line: Line, seller: tuple[str, str, str]) -> None:
    code, text = line.text("order", "place", "--campaign", seller[2], "--criteria", str(line.file))
    assert code == 0
    assert "note known_before" in text
    assert "Narrowest selection" in text
    assert "GM is outside the subject IT." in text
