"""Who was delivered before and whom the customer has are left out, from count to cut (R030, R031)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.errors import FileRejected, NotFound
from extracts import orders
from extracts.count import count
from extracts.cut import cut
from ledger import tables
from ledger.store import Store
from register.query import open_register
from schemas.criteria import read_criteria
from tests.published import open_campaign

BASE: dict[str, Any] = {"organisation": {"kind": ["company"], "region": ["01"]}, "person": {"level": [1, 2, 3, 4]}}


def criteria(tmp_path: Path, **keys: Any) -> Any:
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(BASE | keys), encoding="utf-8")
    return read_criteria(file)


def deliver(store: Store, campaign: str, wanted: Any) -> dict[str, Any]:
    placed = orders.place(store, campaign, wanted)
    if placed["state"] != "approved":
        orders.decide(store, placed["order"], event="approved", by="second", reason="test")
    return placed | cut(store, placed["order"])


def numbers(store: Store, campaign: str, wanted: Any) -> dict[str, Any]:
    document = count(store, campaign, wanted)
    parts = ("unavailable", "already_received", "capped")
    assert document["selected"] - sum(document[part] for part in parts) == document["to_deliver"]
    return document


def test_R031_earlier_orders_by_person_site_organisation_day_campaign_and_group(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    store = register_store
    first = deliver(store, campaign, criteria(tmp_path, limit=40, per_organisation={"max": 1}))
    assert first["persons"] == 40
    left = {
        level: numbers(store, campaign, criteria(tmp_path, exclude={"earlier_orders": level}))
        for level in ("none", "person", "site", "organisation")
    }
    received = {level: document["left_out"]["earlier_orders"] for level, document in left.items()}
    assert received["none"] == 0
    assert 40 <= received["person"] <= received["site"] <= received["organisation"]
    assert received["person"] < received["organisation"], "the sample has no second person at these organisations"

    def asked(whose: str = campaign, **keys: Any) -> int:
        wanted = criteria(tmp_path, exclude={"earlier_orders": "person", **keys})
        return int(numbers(store, whose, wanted)["left_out"]["earlier_orders"])

    today = store.today().isoformat()
    assert asked(earlier_orders_since=today) == received["person"]
    assert asked(earlier_orders_since=date(2026, 12, 1).isoformat()) == 0
    assert asked(earlier_orders_campaigns=[campaign]) == received["person"]
    sister = open_campaign(store, business_id="6000002-9")
    assert asked(sister) == asked(sister, earlier_orders_of="group") == 0
    with pytest.raises(NotFound) as unknown:  # another customer's campaign is as unknown as one there is not
        asked(sister, earlier_orders_campaigns=[campaign])
    assert unknown.value.code == "campaign_unknown"
    with store.write() as tx:
        table = tables.campaign.c
        mother, daughter = (
            tx.execute(select(table.customer).where(table.campaign == one)).scalar_one() for one in (campaign, sister)
        )
        tx.execute(update(tables.customer).where(tables.customer.c.customer == daughter).values(parent=mother))
        tx.audit("test.grouped")
    assert asked(sister) == 0
    assert asked(sister, earlier_orders_of="group") == received["person"]
    assert asked(sister, earlier_orders_of="group", earlier_orders_campaigns=[campaign]) == received["person"]
    second = deliver(store, campaign, criteria(tmp_path, exclude={"earlier_orders": "organisation"}))
    assert second["persons"] == left["organisation"]["to_deliver"]


def test_R031_the_own_list_is_left_out_and_gone_after_the_cut(
    register_store: Store, campaign: str, tmp_path: Path
) -> None:
    """R031: overlap absent, the list gone after the job, no row of it in register tables; the proof stays."""
    store = register_store
    with open_register(store, holder="test") as register:
        rows = register.connection.execute(
            "SELECT s.position, o.business_id, o.website, o.name, o.visiting_postcode, p.email FROM selectable AS s"
            " JOIN organisation AS o ON o.org = s.org JOIN position AS p ON p.position = s.position"
            " WHERE s.kind = 1 AND s.region = 1 AND o.website IS NOT NULL AND p.email IS NOT NULL ORDER BY s.position"
        ).fetchall()
    own = tmp_path / "own.csv"
    lines = [
        "nimi;postinumero;y-tunnus;sivu",
        f";;{rows[0][1]};",
        f";;;{rows[10][2]}",
        f"{rows[20][3]};{rows[20][4]};;",
    ]
    own.write_text("\n".join(lines), encoding="utf-8")
    persons = tmp_path / "persons.csv"
    persons.write_text("sähköposti\n" + rows[30][5].upper() + "\n", encoding="utf-8")
    exclude = {"organisations_file": "own.csv", "persons_file": "persons.csv"}
    wanted = criteria(tmp_path, exclude=exclude)
    everybody = numbers(store, campaign, criteria(tmp_path))
    stated = numbers(store, campaign, wanted)
    assert stated["left_out"]["own_lists"] == everybody["to_deliver"] + everybody["staff"]["withheld"] - (
        stated["to_deliver"] + stated["staff"]["withheld"]
    )
    assert stated["left_out"]["own_lists"] > 0
    placed = orders.place(store, campaign, wanted)
    assert placed["state"] == "approved"
    own.unlink()
    persons.unlink()  # the cut needs no file
    assert all(row["digests"] is not None for row in stored(store))
    made = cut(store, placed["order"])
    assert made["persons"] == stated["to_deliver"]
    told = orders.show(store, placed["order"])["own_lists"]
    assert [(one["key"], one["lines"], one["left_out"]) for one in told] == [
        ("organisations_file", 4, stated["left_out"]["own_lists"]),
        ("persons_file", 2, stated["left_out"]["own_lists"]),
    ]
    assert all(row["digests"] is None and row["gone_at"] is not None for row in stored(store))
    delivered = next(Path(file["path"]) for file in made["files"]).read_text(encoding="utf-8-sig")
    assert rows[0][1] not in delivered
    assert rows[30][5] not in delivered
    with store.ledger.read() as connection:
        order = connection.execute(select(tables.order.c.criteria)).scalar_one()
    assert "own.csv" not in json.dumps(order)


@pytest.mark.parametrize("event", ["cancelled", "refused"])
def test_R031_the_digests_go_when_an_order_comes_to_nothing(
    register_store: Store, campaign: str, tmp_path: Path, event: str
) -> None:
    store = register_store
    (tmp_path / "own.txt").write_text("6000001-0\n")
    wanted = criteria(tmp_path, exclude={"organisations_file": "own.txt"})
    order = orders.draft(store, orders.Wish(campaign, wanted))["order"]
    assert [row["left_out"] for row in stored(store)] == [None]
    orders.submit(store, order)
    assert [row["left_out"] for row in stored(store)] == [0]
    assert all(row["digests"] is not None for row in stored(store))
    if event == "cancelled":
        orders.cancel(store, order)
    else:
        orders.decide(store, order, event="refused", by="second", reason="test")
    assert all(row["digests"] is None for row in stored(store))


def test_a_list_that_cannot_be_read_stops_the_order(register_store: Store, campaign: str, tmp_path: Path) -> None:
    with pytest.raises(FileRejected):
        orders.place(register_store, campaign, criteria(tmp_path, exclude={"hashes_file": "nowhere.txt"}))
    with register_store.ledger.read() as connection:
        assert connection.execute(select(tables.order)).all() == []


def stored(store: Store) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        return [dict(row) for row in connection.execute(select(tables.own_list).order_by("key")).mappings()]
