"""A breach from its opening over whom it hit to the closing, verb by verb (Art. 33 and 34)."""

from __future__ import annotations

import csv

from tests.verbs.conftest import Desk
from tests.verbs.test_orders import delivered, persons


def test_a_leaked_extract_from_the_report_to_the_closed_case(desk: Desk, campaign: str) -> None:
    extract = delivered(desk, campaign)
    opened = desk.run("breach", "open", "--what", "Laptop stolen", "--aware", "2026-11-20T16:00")
    breach = opened["breach"]
    impact = desk.run(
        *("breach", "impact", "--extract", extract, "--breach", breach, "--persons", desk.files / "persons.csv")
    )
    assert (impact["persons"], impact["seeds_excluded"]) == (20, len(persons(desk)) - 20)
    assert len((desk.files / "persons.csv").read_text(encoding="utf-8-sig").splitlines()) == 21
    assert desk.refused("breach", "close", breach) == "breach_risk_undecided"
    desk.run(
        *("breach", "assess", breach, "--nature", "A laptop was stolen", "--consequences", "Unwanted mail"),
        *("--measures", "Wiped from afar", "--advice", "Be careful", "--risk", "high", "--because", "E-mails of 20"),
    )
    desk.run(  # whoever of the twenty reads Swedish is written to in Swedish
        *("breach", "assess", breach, "--in", "sv", "--nature", "En dator stals", "--consequences", "Oönskad post"),
        *("--measures", "Tömd på avstånd", "--advice", "Var försiktig"),
    )
    desk.run("breach", "letters", breach, "--out", desk.files / "letters")
    tracking = desk.files / "letters" / "tracking.csv"
    with tracking.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    with tracking.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"state": "sent", "reference": "batch 1"} for row in rows)
    assert desk.run("breach", "sent", breach, tracking)["sent"] == 20
    told = desk.run("breach", "notify", breach, "--to", "authority", "--reference", "TSV/1/2026", "--final")
    assert told["missing"] == []
    exported = desk.run("breach", "export", breach, "--out", desk.files / "notice")
    assert len(exported["files"]) == 2
    assert desk.run("breach", "close", breach)["state"] == "closed"
    assert desk.run("breach", "reopen", breach, "--because", "a second file was found")["state"] == "open"
    shown = desk.run("breach", "show", breach)
    assert (shown["state"], shown["letters"]) == ("open", {"sent": 20})
    assert [row["breach"] for row in desk.run("breach", "list")["breaches"]] == [breach]


def test_what_was_found_waits_for_a_decision_and_a_scan_without_a_finding_says_so(desk: Desk, campaign: str) -> None:
    delivered(desk, campaign)
    assert desk.run("breach", "scan")["candidates"] == []
    assert desk.run("breach", "candidates")["candidates"] == []
    seed = desk.run("seeds", "list", "--state", "allocated")["seeds"][0]["seed"]
    letter = desk.file("letter.txt", "an offer, seen by the host")
    desk.at = desk.at.replace(year=2027)
    desk.run("seeds", "hit", seed, "--channel", "post", "--at", "2027-11-01T10:00", "--evidence", letter)
    [found] = desk.run("breach", "candidates")["candidates"]
    dismissed = desk.run("breach", "dismiss", found["breach"], "--because", "our own test letter")
    assert dismissed["state"] == "dismissed"
    other = desk.file("other.txt", "another offer, seen by the host")
    desk.run("seeds", "hit", seed, "--channel", "post", "--at", "2027-11-02T10:00", "--evidence", other)
    candidates = desk.run("breach", "candidates")["candidates"]
    assert [one["breach"] for one in candidates] != [found["breach"]]
    confirmed = desk.run("breach", "confirm", candidates[0]["breach"])
    assert confirmed["state"] == "open"
