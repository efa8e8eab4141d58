"""The machine-readable licence is ODRL 2.2, understood offline, and says what the card says (R033)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyshacl import validate
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import ODRL2, SKOS
from rdflib.term import Node

from core.clock import day_end
from core.signing import VALID, check
from extracts.licence.policy import context
from schemas.licence import PROFILE
from tests.licence.conftest import Delivered

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, by itself
OWN = Namespace("https://rajaus.example/ns/licence/1#")
SHAPES = Path(__file__).with_name("odrl_shapes.ttl")


@pytest.fixture(scope="module")
def no_network() -> Any:
    """Reading a licence must not ask anybody for anything."""
    import socket

    patch = pytest.MonkeyPatch()
    patch.setattr(socket, "create_connection", lambda *_: pytest.fail("a licence was looked up in the network"))
    patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a licence was looked up in the network"))
    yield
    patch.undo()


def short(term: Any) -> str:
    """The last part of a name."""
    return str(term).rsplit("#", maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1]


def graph_of(document: dict[str, Any]) -> Graph:
    """The licence alone as RDF; the signature speaks of the document, not of the deal."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    return Graph().parse(data=json.dumps(unsigned), format="json-ld")


@pytest.fixture
def graph(delivered: Delivered, no_network: None) -> Graph:
    return graph_of(delivered.licence)


def constraints(graph: Graph, rule: Node) -> dict[tuple[str, str], set[Any]]:
    return {
        (short(graph.value(one, ODRL2.leftOperand)), short(graph.value(one, ODRL2.operator))): {
            value.toPython() if isinstance(value, Literal) else short(value)
            for value in graph.objects(one, ODRL2.rightOperand)
        }
        for one in graph.objects(rule, ODRL2.constraint)
    }


def test_r033_the_licence_keeps_to_the_odrl_information_model(graph: Graph) -> None:
    conforms, _, text = validate(graph, shacl_graph=str(SHAPES), ont_graph=str(PROFILE), inference="rdfs")
    assert conforms, text


def test_the_shapes_see_what_is_wrong(delivered: Delivered) -> None:
    """A check that cannot fail shows nothing: each mutilation breaks a rule of the information model."""
    whole = delivered.licence
    for mutilated in (
        whole | {"permission": [], "prohibition": [], "obligation": []},
        whole | {"conflict": "whatever"},
        whole | {"permission": [{k: v for k, v in whole["permission"][0].items() if k != "assignee"}]},
        whole | {"permission": [{k: v for k, v in whole["permission"][0].items() if k != "target"}]},
        whole | {"permission": [whole["permission"][0] | {"action": []}]},
        whole | {"permission": [whole["permission"][0] | {"action": "sing"}]},
        whole | {"permission": [whole["permission"][0] | {"constraint": [{"@type": "Constraint", "operator": "eq"}]}]},
        whole | {"prohibition": [whole["prohibition"][0] | {"@type": ["Permission", "Prohibition"]}]},
    ):
        conforms, _, _ = validate(
            graph_of(mutilated), shacl_graph=str(SHAPES), ont_graph=str(PROFILE), inference="rdfs"
        )
        assert not conforms


def test_every_term_is_of_the_w3c_vocabulary_or_of_the_profile(graph: Graph) -> None:
    profile = Graph().parse(PROFILE)
    used = {node for triple in graph for node in triple if isinstance(node, URIRef)}
    for term in used:
        if str(term).startswith(str(ODRL2)):
            assert term in ODRL2, term
        elif str(term).startswith(str(OWN)):
            assert (term, None, None) in profile, term
        else:
            assert str(term).startswith(("https://rajaus.example/", "http://purl.org/dc/terms/", str(RDF), str(XSD))), (
                term
            )


def test_every_term_of_the_profile_is_explained_and_hangs_on_odrl() -> None:
    profile = Graph().parse(PROFILE)
    for term in {one for one in profile.subjects() if str(one).startswith(str(OWN))}:
        assert profile.value(term, SKOS.definition), term
    for action in profile.subjects(RDF.type, ODRL2.Action):
        assert profile.value(action, ODRL2.includedIn) in ODRL2
    aliases = {
        value if isinstance(value, str) else value.get("@id", "") for value in context().values() if value != 1.1
    }
    own = {OWN[alias.removeprefix("rajaus:")] for alias in aliases if alias.startswith("rajaus:")}
    assert {term for term in own if (term, None, None) not in profile} == set()


def test_r033_it_permits_the_campaign_and_nothing_else(graph: Graph, delivered: Delivered) -> None:
    [policy] = graph.subjects(RDF.type, ODRL2.Agreement)
    rules = {short(graph.value(rule, ODRL2.action)): rule for rule in graph.objects(policy, ODRL2.permission)}
    assert set(rules) == {"contact", "read", "archive"}
    said = constraints(graph, rules["contact"])
    assert said["purpose", "eq"] == {"sales"}
    assert said["recipient", "eq"] == {"party-FI-6000001-0"}
    assert said["spatial", "isPartOf"] == {"EEA"}
    assert said["deliveryChannel", "isAnyOf"] == {"email", "phone"}
    assert said["dateTime", "gteq"] == {datetime(2026, 10, 31, 22, tzinfo=UTC)}
    assert said["dateTime", "lt"] == {day_end(datetime(2026, 12, 20).date())}
    assert said["count", "lteq"] == {delivered.rows}
    assert said["unitOfCount", "eq"] == {"row"}
    assert "responsibility-IT" in said["subject", "isAnyOf"]
    assert {(s, o) for s, o in said if s in ("recipient", "spatial", "dateTime")} == set(
        constraints(graph, rules["read"])
    )
    duties = {graph.value(duty, ODRL2.action) for duty in graph.objects(rules["contact"], ODRL2.duty)}
    assert duties == {ODRL2.attribute}


def test_r033_storing_is_for_responders_alone(graph: Graph) -> None:
    """ "Do not store in own systems except activated persons": two disjoint collections, and a next policy for one."""

    def collection(rule: Node) -> tuple[str, bool] | None:
        refinement = graph.value(graph.value(rule, ODRL2.target), ODRL2.refinement)
        if refinement is None:
            return None
        left, right = (graph.value(refinement, name) for name in (ODRL2.leftOperand, ODRL2.rightOperand))
        return short(left), right.toPython()  # type: ignore[union-attr]

    [policy] = graph.subjects(RDF.type, ODRL2.Agreement)
    [kept] = [r for r in graph.objects(policy, ODRL2.permission) if graph.value(r, ODRL2.action) == ODRL2.archive]
    assert collection(kept) == ("responded", True)
    next_policies = {
        graph.value(d, ODRL2.target)
        for d in graph.objects(kept, ODRL2.duty)
        if graph.value(d, ODRL2.action) == ODRL2.nextPolicy
    }
    assert next_policies == {OWN.responderPolicy}
    forbidden = {
        (short(graph.value(rule, ODRL2.action)), collection(rule)) for rule in graph.objects(policy, ODRL2.prohibition)
    }
    assert forbidden == {
        ("archive", ("responded", False)),
        ("extract", ("responded", False)),
        ("distribute", None),
        ("grantUse", None),
        ("aggregate", None),
    }
    owed = {
        (short(graph.value(rule, ODRL2.action)), collection(rule)) for rule in graph.objects(policy, ODRL2.obligation)
    }
    assert owed == {("delete", ("responded", False)), ("delete", ("banned", True)), ("inform", ("banned", True))}
    [delete] = [r for r in graph.objects(policy, ODRL2.obligation) if collection(r) == ("responded", False)]
    assert constraints(graph, delete)["dateTime", "lteq"] == {
        day_end(datetime(2026, 12, 20).date()) + timedelta(days=14)
    }
    assert graph.value(policy, ODRL2.conflict) == ODRL2.prohibit


def test_the_copy_inside_a_file_says_the_same_but_for_the_digests_of_files(delivered: Delivered) -> None:
    """A file cannot hold its own digest (decision on licences): the copy in it names the digest of its rows."""
    import openpyxl
    import pyarrow.parquet as pq

    beside = delivered.licence
    sheet = openpyxl.load_workbook(delivered.file("xlsx"))["LICENCE.jsonld"]
    inside = [
        json.loads("\n".join(row[0].value for row in sheet.iter_rows())),
        json.loads(pq.read_schema(delivered.file("parquet")).metadata[b"licence_odrl"]),
    ]
    assert {file["name"] for file in beside["delivered"]["file"]} == {
        path.name for path in delivered.directory.iterdir() if path.name != "LICENCE.jsonld"
    }
    for copy in inside:
        assert check(copy, [delivered.public]) == VALID
        assert copy["delivered"]["file"] == []
        assert copy["delivered"]["rowsSha256"] == beside["delivered"]["rowsSha256"]
        copy["delivered"] = beside["delivered"]
        assert {**copy, "proof": None} == {**beside, "proof": None}


def test_r038_the_licence_tells_nothing_of_seeds_or_persons(delivered: Delivered) -> None:
    text = (delivered.directory / "LICENCE.jsonld").read_text(encoding="utf-8")
    assert "seed" not in text
    assert delivered.licence["delivered"]["rows"] == delivered.rows, "persons and control records together"
