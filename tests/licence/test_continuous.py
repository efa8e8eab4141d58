"""A delivery of continuous use carries a licence of its own: storing is permitted, removals are owed (R033, R041)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import RDF
from rdflib.namespace import ODRL2

from core.signing import public_key
from extracts.gate import seeds
from extracts.verify import verify
from ledger.store import Store
from schemas.licence import PROFILE
from tests.continuous import house
from tests.gate.house import people
from tests.licence.test_policy import SHAPES, graph_of, short

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, by itself


def test_r033_every_file_of_a_delta_is_valid_and_may_be_stored(store: Store, tmp_path: Path) -> None:
    seeds.stock_fictitious(store, 60)
    everybody = people(40)
    house.publish(store, everybody)
    recipient = house.subscribe(store, tmp_path / "out")
    first = recipient.deliver(store)
    held = [row for row in everybody if row.email in house.emails(recipient.table)]
    later = [replace(row, title="Tutkimusjohtaja") if row == held[0] else row for row in everybody if row != held[1]]
    house.publish(store, later, number=2)
    made = recipient.deliver(store)
    assert made["removed"] >= 1 <= made["changed"]
    assert first["delta"] == 0
    [licence] = {Path(file["path"]) for file in made["files"] if file["path"].endswith("LICENCE.jsonld")}
    assert made["extract"] in licence.name, "the first delivery's licence lies in the same directory"
    trusted = [public_key(store.key("licence"))]
    for file in made["files"]:
        found = verify(Path(file["path"]), trusted=trusted, now=store.now(), licence=licence)
        expected = "licence" if Path(file["path"]) == licence else "file"
        assert (found.verdict, found.match) == ("valid", expected), file
    document = json.loads(licence.read_text(encoding="utf-8"))
    graph = graph_of(document)
    conforms, _, text = validate(graph, shacl_graph=str(SHAPES), ont_graph=str(PROFILE), inference="rdfs")
    assert conforms, text
    [policy] = graph.subjects(RDF.type, ODRL2.Agreement)
    rules = {
        kind: {short(graph.value(rule, ODRL2.action)) for rule in graph.objects(policy, kind)}
        for kind in (ODRL2.permission, ODRL2.prohibition, ODRL2.obligation)
    }
    assert rules == {
        ODRL2.permission: {"contact", "read", "archive"},
        ODRL2.prohibition: {"distribute", "grantUse"},
        ODRL2.obligation: {"delete", "inform"},
    }
