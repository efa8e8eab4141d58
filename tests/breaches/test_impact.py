"""R093: whom a breach hit equals what ledger and manifests say; letters to all of them; R094 triggers in place."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.errors import FileRejected, InvalidInput, NotFound, Refused, StoreError
from extracts.trace import trace
from ledger import bans, breaches as ledger_breaches, cuts, exposure
from ledger.store import Store
from ledger.traces import placed_seeds
from register.query import open_register, tokens_of
from subjects import breaches
from subjects.breach_impact import Scope, impact, record_impact
from subjects.breach_letters import record_letters, write_letters
from subjects.breach_report import export
from subjects.breach_scan import scan
from tests.breaches.conftest import At
from tests.moment import NOW

FACTS = {
    name: {language: f"{name} {language}" for language in breaches.LANGUAGES}
    for name in ("nature", "consequences", "measures", "advice")
}


def rows_of(store: Store, extract: str) -> list[dict[str, str]]:
    with (store.home.deliveries / extract / f"{extract}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def tokens_by_hand(store: Store, persons: list[int]) -> set[bytes]:
    """The tokens of these persons, by the gate's own way from ids to tokens."""
    key = store.key("fingerprint")
    empty = pa.array([], pa.int32())
    who = bans.Blocked(pa.array(persons, pa.int32()), empty, empty, 0)
    with open_register(store, holder="test") as register:
        return tokens_of(register, who, unit_key=key.derive("unit"), link_key=key.derive("link"))["person"]


def delivered_tokens(store: Store, extract: str) -> set[bytes]:
    with store.ledger.read() as connection:
        manifest = pq.read_table(store.path(cuts.extract(connection, extract)["manifest"]))
    return set(manifest.filter(pc.is_valid(manifest["number"]))["person"].to_pylist())


def test_R093_the_persons_of_a_leaked_extract_are_exactly_those_of_its_manifest(at: At, extracts: list[str]) -> None:
    store = at()
    taken = impact(store, Scope(extracts=(extracts[0],)))
    assert tokens_by_hand(store, taken.persons.to_pylist()) == delivered_tokens(store, extracts[0])
    with store.ledger.read() as connection:
        extract = cuts.extract(connection, extracts[0])
    assert (taken.rows, taken.unidentified) == (extract["persons"], 0)
    assert taken.seeds == extract["seeds"] > 0
    assert taken.count <= extract["rows"] - extract["seeds"]
    assert [one["customer"] for one in taken.recipients] == [extract["customer"]]
    assert {"first_name", "last_name", "email"} <= set(taken.fields)
    assert taken.seconds < 60


def test_R093_customer_account_window_and_node(at: At, extracts: list[str]) -> None:
    store = at()
    one, other = (impact(store, Scope(extracts=(extract,))) for extract in extracts)
    customers = [taken.recipients[0]["customer"] for taken in (one, other)]
    both = set(one.persons.to_pylist()) | set(other.persons.to_pylist())
    assert impact(store, Scope(customers=(customers[0],))).persons == one.persons
    assert set(impact(store, Scope(customers=tuple(customers))).persons.to_pylist()) == both
    assert set(impact(store, Scope(accounts=("tester",))).persons.to_pylist()) == both
    assert impact(store, Scope(accounts=("nobody",))).count == 0
    window = {"since": NOW - timedelta(hours=1), "until": NOW + timedelta(hours=1)}
    assert set(impact(store, Scope(**window)).persons.to_pylist()) == both
    assert impact(store, Scope(since=NOW + timedelta(hours=1))).count == 0
    assert impact(store, Scope(customers=(customers[0],), until=NOW - timedelta(hours=1))).count == 0
    everybody = impact(store, Scope(node="web-1"))
    with open_register(store, holder="test") as register:
        assert everybody.count == int(register.meta["persons"])
    assert both < set(everybody.persons.to_pylist())


def test_an_impact_of_nothing_or_of_the_unknown_is_refused(at: At) -> None:
    store = at()
    with pytest.raises(InvalidInput):
        impact(store, Scope())
    with pytest.raises(NotFound):
        impact(store, Scope(extracts=("extract-nothing",)))
    with pytest.raises(NotFound):
        impact(store, Scope(customers=("customer-nothing",)))


def test_an_impact_is_never_taken_from_a_manifest_that_was_changed(at: At, extracts: list[str]) -> None:
    store = at()
    with store.ledger.read() as connection:
        path = store.path(cuts.extract(connection, extracts[0])["manifest"])
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StoreError) as caught:
        impact(store, Scope(extracts=(extracts[0],)))
    assert caught.value.code == "manifest_damaged"


def banned(store: Store, person: int, *, kind: str = "restriction") -> None:
    with store.write() as tx:
        bans.record(
            tx, kind=kind, target="person", via="letter", received_on=store.today(), channel=None, keys=[],
            key_id="none", hits=[("person", person, False)],
        )  # fmt: skip


def high_risk(store: Store, extract: str) -> str:
    breach = breaches.report(store, what="Poimintatiedosto julkisessa verkossa")
    breaches.assess(store, breach, facts=FACTS, risk="high", because="E-mails are public")
    record_impact(store, breach, Scope(extracts=(extract,)))
    return breach


def test_R093_letters_reach_everybody_restricted_persons_too_and_are_tracked(
    at: At, extracts: list[str], tmp_path: Path
) -> None:
    store = at()
    person = impact(store, Scope(extracts=(extracts[0],))).persons[0].as_py()
    banned(store, person)
    breach = high_risk(store, extracts[0])
    with store.ledger.read() as connection:
        hit = exposure.persons(connection, breach)
        assert ledger_breaches.case(connection, breach)["impact"]["held_back"] == 1
    assert {row["letter"] for row in hit} == {"due"}

    made = write_letters(store, breach, tmp_path / "letters")
    assert made["email"] + made["post"] + made["impossible"] == len(hit)
    assert made["email"] > 0
    with (tmp_path / "letters" / "tracking.csv").open(encoding="utf-8", newline="") as file:
        tracking = list(csv.DictReader(file))
    assert str(person) in {row["person"] for row in tracking}
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "letters").glob("email.*"))
    assert "nature fi" in written
    seeds = [row for row in rows_of(store, extracts[0]) if row["email"] and row["email"] not in written]
    with store.ledger.read() as connection:
        assert len(seeds) >= 1  # the seeds' addresses are among those that got no letter
        assert exposure.seeds_in(connection, [extracts[0]]) >= 1

    breaches.notify(store, breach, to="authority", reference="TSV/1", final=True)
    with pytest.raises(Refused) as caught:
        breaches.close(store, breach)
    assert caught.value.code == "breach_letters_open"
    filled = tmp_path / "tracking.csv"
    with filled.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("person", "state", "reference"))
        out.writerows(
            (row["person"], "failed" if row["person"] == str(person) else "sent", "mta 7") for row in tracking
        )
    assert record_letters(store, breach, filled) == {"sent": len(tracking) - 1, "failed": 1, "unmoved": 0}

    again = write_letters(store, breach, tmp_path / "again")
    assert (again["email"], again["post"] + again["impossible"]) == (0, 1 + made["impossible"])


def test_R093_a_seed_is_never_written_to(at: At, extracts: list[str], tmp_path: Path) -> None:
    """T10 in a breach letter: no address of a seed is in any file of letters."""
    store = at()
    write_letters(store, high_risk(store, extracts[0]), tmp_path / "letters")
    everything = b"".join(path.read_bytes() for path in (tmp_path / "letters").iterdir())
    with store.ledger.read() as connection:
        seeds = [seed for seed in placed_seeds(connection) if seed[0] == extracts[0]]
    assert seeds
    assert not [seed for seed in seeds if seed[2].encode() in everything]


def test_letters_are_refused_in_a_language_the_officer_wrote_nothing_in(
    at: At, extracts: list[str], tmp_path: Path
) -> None:
    store = at()
    breach = breaches.report(store, what="Poimintatiedosto julkisessa verkossa")
    breaches.assess(store, breach, facts={"nature": {"fi": "x"}}, risk="high", because="x")
    record_impact(store, breach, Scope(extracts=(extracts[0],)))
    with pytest.raises(Refused) as caught:
        write_letters(store, breach, tmp_path / "letters", language="fi")
    assert caught.value.ids["missing"] == "consequences, measures"
    with store.ledger.read() as connection:
        assert exposure.letter_counts(connection, breach).keys() == {"due"}


@pytest.mark.parametrize("content", ["who,state,reference\n1,sent,x\n", "person,state,reference\nx,sent,y\n"])
def test_a_tracking_file_that_says_something_else_is_refused_whole(at: At, tmp_path: Path, content: str) -> None:
    store = at()
    breach = breaches.report(store, what="x")
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(FileRejected):
        record_letters(store, breach, tmp_path / "t.csv")
    with pytest.raises(FileRejected):
        record_letters(store, breach, tmp_path / "nothing.csv")


def test_letters_of_a_risk_that_was_lowered_are_taken_back(at: At, extracts: list[str]) -> None:
    store = at()
    breach = high_risk(store, extracts[0])
    breaches.assess(store, breach, risk="risk", because="The file was taken down unread")
    with store.ledger.read() as connection:
        assert exposure.letter_counts(connection, breach).keys() == {"none"}


def test_R092_the_export_has_every_field_of_article_33_3_and_no_person(
    at: At, extracts: list[str], tmp_path: Path
) -> None:
    store = at()
    breach = high_risk(store, extracts[0])
    made = export(store, breach, tmp_path / "out")
    document = json.loads(Path(made["files"][0]).read_text(encoding="utf-8"))
    article = document["article_33_3"]
    assert all(article.values()), article
    persons = len(delivered_tokens(store, extracts[0]))
    assert article["a_records"] >= article["a_data_subjects"] == persons > 0  # a person may have two positions in it
    assert Path(made["files"][1]).read_bytes().startswith(b"%PDF")
    text = json.dumps(document, ensure_ascii=False)
    names = {row["last_name"] for row in rows_of(store, extracts[0])}
    assert not [name for name in names if name in text]


def test_R094_a_seed_hit_in_a_trace_opens_one_candidate_once(at: At, extracts: list[str]) -> None:
    store = at()
    suspect = store.home.deliveries / extracts[0] / f"{extracts[0]}.csv"
    assert trace(store, suspect)["seeds"]
    trace(store, suspect)
    with store.ledger.read() as connection:
        cases = ledger_breaches.cases(connection, state="candidate")
    assert [(case["trigger"], case["ids"]["extract"]) for case in cases] == [("seed_hit", extracts[0])]


def test_R094_another_leak_of_the_same_extract_is_noted_in_the_open_case_and_new_after_it(store: Store) -> None:
    def found(suspect: str) -> str | None:
        with store.write() as tx:
            tx.audit("test.traced")
            return ledger_breaches.found_leak(tx, extract="extract-a", trigger="traced", ids={"suspect": suspect * 64})

    first = found("a")
    assert first
    assert found("b") is None
    assert found("b") is None
    with store.ledger.read() as connection:
        assert [one["event"] for one in ledger_breaches.events(connection, first)] == ["found", "found_again"]
    breaches.dismiss(store, first, because="Our own control file")
    assert found("a") is None
    assert found("c") not in (None, first)


def test_R094_a_banned_person_handed_over_opens_one_candidate_per_extract_once(at: At, extracts: list[str]) -> None:
    store = at()
    person = impact(store, Scope(extracts=(extracts[0],))).persons[0].as_py()
    earlier = at(NOW - timedelta(hours=1))
    assert scan(earlier)["candidates"] == []
    banned(earlier, person, kind="processing")
    found = scan(store)
    assert extracts[0] in found["extracts"]
    assert len(found["candidates"]) == len(found["extracts"])
    assert scan(store)["candidates"] == []
    with store.ledger.read() as connection:
        case = ledger_breaches.case(connection, found["candidates"][0])
    assert case["trigger"] == "banned_delivered"


def test_R094_a_ban_after_the_delivery_is_no_breach(at: At, extracts: list[str]) -> None:
    store = at(NOW + timedelta(hours=1))
    banned(store, impact(store, Scope(extracts=(extracts[0],))).persons[0].as_py(), kind="processing")
    assert scan(store) == {"bans": 1, "extracts": [], "candidates": []}
