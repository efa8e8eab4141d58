"""Nothing banned is stored, under whatever new id, employer or spelling it comes back (R019, R020)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from ledger import bans
from ledger.store import Store
from register.sources.load import load_files
from tests.sources.files import POSITION, everything_in, organisations, positions, quarantined, stored

MAIJA = {"email": "maija.makela-orn@nokia.example", "mobile": "+358401234567"}
MAIJA_AT_NOKIA = ("name_org", "maija makela orn", "0112038-9")
OTHER = {"first_name": "Matti", "last_name": "Niemi", "email": "matti.niemi@nokia.example", "mobile": "+358407654321"}


def ban(store: Store, *messages: tuple[str, ...], target: str = "person", channel: str | None = None) -> str:
    """File a ban by its keys alone, as the ledger keeps it."""
    key = store.key("suppression")
    keys = [(kind, key.mac(bans.key_message(kind, *parts))) for kind, *parts in messages]
    with store.write() as tx:
        return bans.record(
            tx, target=target, via="email", received_on=date(2026, 11, 1), channel=channel, keys=keys,
            key_id=key.key_id, hits=(),
        )[0]  # fmt: skip


def load(store: Store, tmp_path: Path, *changes: Mapping[str, str]) -> dict[str, object]:
    return load_files(store, source="s", files=[positions(tmp_path / "p.csv", *changes)])


def names(store: Store) -> list[str]:
    return [row["first_name"] for row in stored(store, "positions")]


@pytest.mark.parametrize(
    ("message", "cells"),
    [
        (("email", "maija.makela-orn@nokia.example"), {"first_name": "M.", "mobile": "", "business_id": "2336509-6"}),
        (("email", "maija.makela-orn@nokia.example"), {"email": " MAIJA.Makela-Orn@Nokia.example"}),
        (("phone", "+358401234567"), {"first_name": "Toinen", "email": "", "mobile": "040 123-4567"}),
        (MAIJA_AT_NOKIA, {"email": "new@work.example", "mobile": ""}),
        (
            ("name_org", "maija makela orn", "0112038-9"),
            {"first_name": "MAIJA", "last_name": "Makela Orn", "email": ""},
        ),
        (
            ("name_org", "maija makela orn", "0112038-9"),
            {"first_name": "Mäkelä-Örn", "last_name": "Maija", "email": ""},
        ),
        (("organisation", "0112038-9"), {"email": "", "mobile": ""}),
    ],
)
def test_a_banned_person_is_dropped_and_only_counted(
    store: Store, tmp_path: Path, message: tuple[str, ...], cells: dict[str, str]
) -> None:
    ban(store, message)
    bystander = OTHER | ({"business_id": "2336509-6"} if message[0] == "organisation" else {})
    document = load(store, tmp_path, {"source_id": "NEW-1", **cells}, bystander)
    assert (document["read"], document["accepted"], document["quarantined"], document["suppressed"]) == (2, 1, 0, 1)
    assert names(store) == ["Matti"]
    assert document["quarantine_file"] is None


def test_another_person_of_the_same_name_elsewhere_stays(store: Store, tmp_path: Path) -> None:
    ban(store, ("name_org", "maija makela orn", "0112038-9"))
    document = load(store, tmp_path, {"business_id": "2336509-6"}, OTHER)
    assert (document["accepted"], document["suppressed"]) == (2, 0)


def test_a_name_and_municipality_reach_the_organisations_place_of_this_load_and_earlier_ones(
    store: Store, tmp_path: Path
) -> None:
    ban(store, ("name_municipality", "maija makela orn", "049"))
    file = organisations(tmp_path / "o.csv", {"municipality": "049"}, {"municipality": "091"})
    together = load_files(
        store, source="s", files=[positions(tmp_path / "p.csv", {}, {"business_id": "2336509-6"}), file]
    )
    assert together["suppressed"] == 1
    assert [row["business_id"] for row in stored(store, "positions")] == ["2336509-6"]
    later = load_files(store, source="other", files=[tmp_path / "p.csv"])
    assert (later["accepted"], later["suppressed"]) == (1, 1)


def test_a_name_and_municipality_reach_the_persons_own_postal_address(store: Store, tmp_path: Path) -> None:
    ban(store, ("name_municipality", "maija makela orn", "837"))
    document = load(store, tmp_path, {"postal_postcode": "33100"}, {"postal_postcode": "00100"})
    assert (document["accepted"], document["suppressed"]) == (1, 1)


def test_a_name_and_organisation_name_reach_a_known_organisation(store: Store, tmp_path: Path) -> None:
    ban(store, ("name_orgname", "maija makela orn", "nokia oyj"))
    load_files(store, source="prh", files=[organisations(tmp_path / "o.csv", {})])
    document = load(store, tmp_path, {}, {"business_id": "2336509-6"})
    assert (document["accepted"], document["suppressed"]) == (1, 1)


def test_an_organisation_row_stays_but_a_sole_traders_does_not(store: Store, tmp_path: Path) -> None:
    """R010: a sole trader is a person; a company is not."""
    ban(store, ("organisation", "0112038-9"), ("organisation", "2336509-6"), target="organisation")
    ban(store, ("phone", "+358104488001"))
    ban(store, ("name_org", "matti niemi", "3591688-7"))
    file = organisations(
        tmp_path / "o.csv", {}, {"form": "F26"}, {"form": "F26", "phone": "010 448 8001"},
        {"form": "F26", "name": "Tmi Niemi, Matti", "phone": ""}, {"phone": "010 448 8001"},
        {"form": "F26", "phone": ""},
    )  # fmt: skip
    document = load_files(store, source="s", files=[file])
    assert document["suppressed"] == 3
    assert [row["row"] for row in stored(store, "organisations")] == [1, 5, 6]


def test_a_bad_row_of_a_banned_person_is_suppressed_not_quarantined(store: Store, tmp_path: Path) -> None:
    """R020: suppression comes before anything is written, reasons too."""
    ban(store, ("email", MAIJA["email"]))
    document = load(store, tmp_path, {"level": "99"}, OTHER | {"level": "98"}, OTHER)
    assert (document["suppressed"], document["quarantined"], document["accepted"]) == (1, 1, 1)
    assert quarantined(document) == [("p.csv", 2, "level", "level_unknown")]


def test_no_trace_of_a_suppressed_row_is_left_in_the_home(store: Store, tmp_path: Path) -> None:
    """R020: hits are counted, not kept."""
    ban(store, ("email", MAIJA["email"]))
    load(store, tmp_path, {"title": "Hyvin erikoinen nimike"}, OTHER)
    home = [path for path in store.home.root.rglob("*") if path.is_file()]
    assert home
    for needle in (b"Maija", b"Hyvin erikoinen", MAIJA["email"].encode()):
        assert not any(needle in path.read_bytes() for path in home), needle
    assert list(store.home.staging.iterdir()) == []


def test_lifted_and_narrow_bans_do_not_keep_a_person_out(store: Store, tmp_path: Path) -> None:
    ban(store, ("email", MAIJA["email"]), channel="post")
    lifted = ban(store, ("phone", MAIJA["mobile"]))
    with store.write() as tx:
        bans.lift(tx, lifted, evidence="own letter", approver="somebody else")
    assert load(store, tmp_path, {})["suppressed"] == 0


def test_empty_cells_and_empty_keys_suppress_nobody(store: Store, tmp_path: Path) -> None:
    """R024: neither all nor none."""
    ban(store, ("email", ""), ("phone", ""), ("name_org", "", ""))
    document = load(store, tmp_path, {"email": "", "mobile": ""}, OTHER)
    assert (document["accepted"], document["suppressed"]) == (2, 0)


def test_names_in_other_scripts_are_keyed_like_any_other(store: Store, tmp_path: Path) -> None:
    ban(store, ("name_org", "анна иванова", "0112038-9"), ("email", "päivi@työ.example"))
    people = ({"first_name": "Анна", "last_name": "Иванова"}, {"email": "päivi@työ.example"}, OTHER)
    document = load(store, tmp_path, *people)
    assert (document["suppressed"], document["quarantined"], names(store)) == (2, 0, ["Matti"])


def test_a_load_of_banned_persons_alone_is_recorded_and_replaces_what_stood(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, {})
    assert names(store) == [POSITION["first_name"]]
    ban(store, ("email", MAIJA["email"]))
    document = load(store, tmp_path, {})
    assert (document["accepted"], document["suppressed"], document["reasons"]) == (0, 1, {})
    assert document["load"] is not None
    assert names(store) == []
    assert "maija" not in str(everything_in(store.home)).lower()
