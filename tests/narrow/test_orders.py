"""Orders on the published sample under the rules of the narrowest selection (R029, R030, R053, T07, T17)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from core.errors import CriteriaError, LicenceRefused, PermissionRefused, Refused
from extracts import orders
from extracts.cut import cut
from ledger import tables
from ledger.store import Store
from register import strata
from register.query import open_register
from register.strata import Stratum
from schemas import codes
from schemas.criteria import parse_criteria
from tests.narrow import house
from tests.published import open_campaign as open_wide, read_csv

EVERY = list(codes.responsibilities())
STRICT = {"share_cap_floor": 0, "row_cap": 100_000, "share_cap_percent": 5.0, "year_share_percent": 5.0}


@pytest.fixture
def strict(register_store: Store) -> Store:
    """Caps of 5 % that bite on the sample too: 259 rows, 238 persons."""
    return house.at(register_store, register_store.now(), **STRICT)


def criteria(*, region: list[str] | None = None, person: dict[str, Any] | None = None, **more: Any) -> Any:
    organisation = {"region": region} if region else {"kind": ["company", "association", "public"]}
    return parse_criteria({"organisation": organisation, "person": person or {"level": [1, 2, 3, 4]}, **more})


def place(store: Store, campaign: str, asked: Any, **more: Any) -> dict[str, Any]:
    return orders.place(store, campaign, asked, **more)


def found(order: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding["figures"] for finding in order["findings"]}


def campaign_of(store: Store, customer: str, **more: Any) -> str:
    return house.open_campaign(store, customer, subject=EVERY, **more)


def test_R029_an_unfiltered_selection_is_refused() -> None:
    for document in ({}, {"person": {"level": [1]}}, {"organisation": {"kind": ["company"]}}):
        with pytest.raises(CriteriaError) as refused:
            parse_criteria(document)
        assert refused.value.code == "criteria_too_wide"


def test_R029_a_share_over_the_cap_needs_a_reason_and_a_second_person_and_is_logged(strict: Store) -> None:
    campaign = campaign_of(strict, house.add_customer(strict, 1))
    assert place(strict, campaign, criteria(limit=238))["state"] == "approved"
    other = campaign_of(strict, house.add_customer(strict, 2))
    order = place(strict, other, criteria(limit=265))
    assert order["state"] == "awaiting approval"
    assert found(order)["share_over_cap"] == {"rows": 265, "cap": 259, "percent": 5.1}
    with pytest.raises(LicenceRefused) as waiting:
        cut(strict, order["order"])
    assert waiting.value.code == "order_not_approved"
    with pytest.raises(PermissionRefused):
        orders.decide(strict, order["order"], event="approved", reason="koko toimiala")
    with pytest.raises(LicenceRefused) as silent:
        orders.decide(strict, order["order"], event="approved", by="toinen")
    assert silent.value.code == "justification_missing"
    orders.decide(strict, order["order"], event="approved", by="toinen", reason="koko toimiala")
    assert cut(strict, order["order"])["persons"] == 265
    with strict.ledger.read() as connection:
        rows = connection.execute(select(tables.audit.c.action, tables.audit.c.ids).order_by(tables.audit.c.seq)).all()
    logged = {row.action: row.ids for row in rows if row.ids.get("order") == order["order"]}
    assert "share_over_cap" in logged["order.held"]["findings"]
    assert logged["order.approved"]["by"] == "toinen"


def test_R029_a_third_of_the_register_is_refused_whoever_approves(register_store: Store) -> None:
    store = house.at(register_store, register_store.now(), share_cap_percent=5.0, share_cap_floor=0)
    campaign = campaign_of(store, house.add_customer(store, 1))
    with pytest.raises(Refused) as refused:
        place(store, campaign, criteria(limit=1700))
    assert refused.value.code == "order_too_large"
    assert refused.value.ids == {"limit": 1554, "percent": 33}
    assert place(store, campaign, criteria(limit=1554))["state"] == "awaiting approval"
    with store.ledger.read() as connection:
        assert len(connection.execute(select(tables.order.c.order)).all()) == 1


def test_R029_a_letter_needs_no_address_but_the_postal_one(register_store: Store) -> None:
    campaign = open_wide(register_store, channels=("post",))
    made = cut(register_store, place(register_store, campaign, criteria(limit=20))["order"])
    header = read_csv(Path(made["files"][0]["path"]))[0].keys()
    assert not {"email", "mobile", "organisation_phone"} & set(header)
    assert {"postal_street", "postal_postcode", "postal_city"} <= set(header)
    with pytest.raises(LicenceRefused) as refused:
        place(register_store, campaign, criteria(limit=20), fields=["email"])
    assert refused.value.code == "field_not_licensed"


def test_R030_the_subsidiarys_half_is_held_and_an_overlap_counts_once(strict: Store) -> None:
    """Two half orders by a company and its subsidiary: the second reaches the cap; the same half again does not."""
    mother = house.add_customer(strict, 1)
    daughter = house.add_customer(strict, 2, parent=mother)
    uusimaa, others = ["01"], ["06", "02", "11"]
    first = place(strict, campaign_of(strict, mother), criteria(region=uusimaa, limit=150))
    assert first["state"] == "approved"
    cut(strict, first["order"])
    there = campaign_of(strict, daughter)
    again = place(strict, there, criteria(region=uusimaa, limit=150))
    assert "year_over_cap" not in found(again) or found(again)["year_over_cap"]["persons"] > 238
    half = place(strict, there, criteria(region=others, limit=150))
    assert half["state"] == "awaiting approval"
    over = found(half)["year_over_cap"]
    assert (over["customers"], over["cap"]) == (2, 238)
    assert over["before"] + over["added"] == over["persons"] > 238
    stranger = campaign_of(strict, house.add_customer(strict, 3))
    assert place(strict, stranger, criteria(region=others, limit=150))["state"] == "approved"


def test_T17_the_same_extract_cut_again_counts_its_persons_once(strict: Store) -> None:
    customer = house.add_customer(strict, 1)
    campaign = campaign_of(strict, customer, channels=["email", "phone"])
    lost = criteria(region=["01"], limit=150)
    first = place(strict, campaign, lost, fields=["email"])
    made = cut(strict, first["order"])
    assert 119 < made["persons"] <= 238, "one alone is within the cap, twice as many would not be"
    again = place(strict, campaign, lost, fields=["email", "mobile"])
    known = found(again)["known_before"]
    assert known["persons"] == known["of"] > 119
    assert again["state"] == "approved"
    second = cut(strict, again["order"])
    assert second["extract"] != made["extract"]


def test_R030_an_order_that_the_cap_catches_up_with_waits_again(strict: Store) -> None:
    """Both halves were approved before either was cut: the later cut looks again."""
    mother = house.add_customer(strict, 1)
    daughter = house.add_customer(strict, 2, parent=mother)
    first = place(strict, campaign_of(strict, mother), criteria(region=["01"], limit=150))
    with strict.write() as tx:  # as when both were counted at the same moment
        tx.execute(tables.order_plan.delete())
        tx.audit("test.race")
    second = place(strict, campaign_of(strict, daughter), criteria(region=["06", "02"], limit=150))
    assert (first["state"], second["state"]) == ("approved", "approved")
    cut(strict, second["order"])
    with pytest.raises(Refused) as stopped:
        cut(strict, first["order"])
    assert stopped.value.code == "order_held"
    assert "year_over_cap" in stopped.value.ids["findings"]
    shown = orders.show(strict, first["order"])
    assert shown["state"] == "awaiting approval"
    assert {"held_back"} <= {event["event"] for event in shown["events"]}
    orders.decide(strict, first["order"], event="approved", by="toinen", reason="sama kampanja")
    assert cut(strict, first["order"])["persons"] == 150


def test_R053_two_halves_for_two_campaigns_of_one_reseller_are_held(strict: Store) -> None:
    """T07: a reseller orders two halves for two shell customers; the second is held with its figures."""
    reseller = house.add_customer(strict, 1)
    shells = [house.add_customer(strict, number) for number in (2, 3)]
    halves = (["01"], ["06", "02", "11", "17"])
    states = []
    for shell, half in zip(shells, halves, strict=True):
        order = place(strict, campaign_of(strict, shell, party=reseller), criteria(region=half, limit=200))
        states.append(order["state"])
    assert states == ["approved", "awaiting approval"]
    over = found(order)["reseller_over_cap"]
    assert over["before"] > 0
    assert over["persons"] > over["cap"]
    assert "year_over_cap" not in found(order)


def test_T07_orders_that_together_rebuild_a_region_are_held(register_store: Store) -> None:
    """Disjoint criteria of two shells with one mail domain, each within every cap, that cover a region together."""
    store = house.at(register_store, register_store.now(), part_percent=50.0, part_floor=100)
    shells = [house.add_customer(store, number, contact=f"osasto{number}@kuori.example") for number in (1, 2)]
    order: dict[str, Any] = {}
    for shell, levels in zip(shells, ([1, 2], [3, 4]), strict=True):
        order = place(store, campaign_of(store, shell), criteria(region=["06"], person={"level": levels}))
        assert ("part_rebuilt" in found(order)) is (levels == [3, 4])
    assert order["state"] == "awaiting approval"
    figures = found(order)["part_rebuilt"]
    assert (figures["part"], figures["label"]) == ("region 06", codes.regions()["06"].fi)
    assert figures["before"] + figures["added"] == figures["persons"]
    with open_register(store, holder="test") as register:
        assert figures["of"] == strata.sizes(register)[Stratum("region", "06")]
    assert figures["percent"] == round(100 * figures["persons"] / figures["of"], 1) > 50


def test_T07_one_order_in_pieces_is_held_though_each_is_within_the_cap(register_store: Store) -> None:
    store = house.at(register_store, register_store.now(), row_cap=300)
    customer = house.add_customer(store, 1)
    first = place(store, campaign_of(store, customer), criteria(region=["01"], limit=200))
    second = place(store, campaign_of(store, customer), criteria(region=["06"], limit=200))
    assert (first["state"], second["state"]) == ("approved", "awaiting approval")
    figures = found(second)["pieces_over_cap"]
    assert figures["orders"] == [first["order"]]
    assert figures["differ_in"] == ["organisation.region"]
    assert 300 < figures["persons"] <= 400
    unlike = place(store, campaign_of(store, customer), criteria(region=["17"], person={"responsibility": ["HR"]}))
    assert "pieces_over_cap" not in found(unlike)


def test_R029_the_meter_stands_with_the_order(register_store: Store) -> None:
    customer = house.add_customer(register_store, 1)
    campaign = house.open_campaign(register_store, customer, subject=["IT"])
    asked = criteria(region=["01"], person={"responsibility": ["IT", "GM"]})
    order = place(register_store, campaign, asked)
    with register_store.ledger.read() as connection:
        kept = connection.execute(select(tables.order.c.narrowness)).scalar_one()
    assert kept == order["narrowness"]
    codes_found = {reason["code"] for reason in order["narrowness"]["reasons"]}
    assert {"outside_subject", "no_rank", "no_industry"} <= codes_found


def test_the_strata_of_a_snapshot_count_its_persons(register_store: Store) -> None:
    with open_register(register_store, holder="test") as register:
        counted = dict(
            register.connection.execute(
                "SELECT lpad(region::VARCHAR, 2, '0'), count(DISTINCT person) FROM selectable GROUP BY 1"
            ).fetchall()
        )
        [[everybody]] = register.connection.execute("SELECT count(DISTINCT person) FROM selectable").fetchall()
        bits = codes.responsibility_bits()
        [[finance]] = register.connection.execute(
            "SELECT count(DISTINCT person) FROM selectable WHERE ((responsibility | purchasing) & ?) <> 0",
            [bits["FIN"]],
        ).fetchall()
        [[trade]] = register.connection.execute(
            "SELECT count(DISTINCT person) FROM selectable JOIN industry USING (industry) WHERE division = '46'"
        ).fetchall()
        sizes = strata.sizes(register)
        everyone = [row[0] for row in register.connection.execute("SELECT DISTINCT person FROM selectable").fetchall()]
        assert strata.spread(register, pa.array(everyone)) == sizes
    assert sizes[Stratum("register", "")] == everybody
    assert sizes[Stratum("responsibility", "FIN")] == finance
    assert sizes[Stratum("industry", "46")] == trade
    assert {one.value: size for one, size in sizes.items() if one.dimension == "region"} == {
        region: size for region, size in counted.items() if region is not None
    }
