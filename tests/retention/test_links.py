"""Who received a person's data is told while the recipient may hold them and 24 months longer, then no more (R072)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import NotFound
from core.files import sha256_file
from core.settings import load_settings
from extracts import gate
from extracts.gate import manifest
from ledger import cuts, removal, tables
from ledger.store import Store, create_store, open_store
from register.publish import publish
from subjects import access, breach_impact, cases, recipients, recipients_index, restrict, retention
from subjects.retention import holding
from tests.moment import NOW
from tests.recipients import house as recipients_house
from tests.retention import house
from tests.retention.house import at, kept, people, persons, planned

ENDS = date(2026, 12, 20)
LAST = date(2029, 1, 3)
"""Campaign's end, 14 days for disposal, 24 months."""
NAMES = ("Aalto", "Berg", "Cygnaeus", "Dahl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home in which four persons were delivered to one recipient; and the extract."""
    place = tmp_path_factory.mktemp("linked")
    settings = load_settings(env={}, home=place / "home", actor="tester")
    store = create_store(settings, clock=fixed_clock(NOW))
    house.register(store, people(*NAMES))
    extract = house.delivered(store, place / "out", ends_on=ENDS)
    store.ledger.close()
    return place / "home", extract


@pytest.fixture
def linked(made: tuple[Path, str], tmp_path: Path) -> Iterator[tuple[Store, str]]:
    import shutil

    shutil.copytree(made[0], tmp_path / "home")
    store = open_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=fixed_clock(NOW))
    yield store, made[1]
    store.ledger.close()


def verified_lately(store: Store, day: date) -> Store:
    """The same persons, verified again shortly before that day: the register still knows them."""
    then = at(store, day - timedelta(days=40))
    house.register(then, people(*NAMES, verified=then.today()))
    return at(store, day)


def reply(store: Store, person: int, *, language: str = "en") -> dict[str, Any]:
    case = cases.open_case(store, right="access", via="email", persons=[person], language=language)
    row = cases.show(store, case)
    found: dict[str, Any] = json.loads(access.as_json(access.compose(store, row, persons=[person], language=language)))
    return found


def run(store: Store) -> dict[str, Any]:
    return retention.run(store)


def test_R072_T15_at_23_months_the_recipient_is_named_and_at_25_nobody_can_be(linked: tuple[Store, str]) -> None:
    """R072, T15, C-154/21: the customer was removed long ago; it is named all the same, then the reply says why not."""
    store, extract = linked
    person = persons(store)["Aalto"]
    with store.ledger.read() as connection:
        customer = cuts.extract(connection, extract)["customer"]
    with store.write() as tx:
        removal.remove(tx, customer, reason="agreement ended")
    closed = store.today() + timedelta(days=14)
    early = verified_lately(store, closed.replace(year=2028, month=11))
    run(early)
    document = reply(early, person)
    assert [one["recipient"] for one in document["recipients"]] == ["Asiakas 6000001-0 Oy"]
    assert document["unlinked"] is None
    late = at(store, date(2029, 1, 7))
    assert run(late)["disposed"]["files manifests"] == 1
    document = reply(late, person)
    assert document["recipients"] == []
    told = document["unlinked"]
    assert (told["extracts"], told["purposes"]) == (1, ["sales"])
    for part in ("no longer identifiable", "11(1)", "24 months", "20 December 2026"):
        assert part in told["text"]
    assert told["text"] in json.dumps(access.view(document), ensure_ascii=False)
    for language, word in (("fi", "ei ole enää tunnistettavissa"), ("sv", "går därför inte längre att identifiera")):
        assert word in reply(late, person, language=language)["unlinked"]["text"]
    with late.ledger.read() as connection:
        row = cuts.extract(connection, extract)
        name = connection.execute(select(tables.customer.c.name)).scalar_one()
    assert (row["persons"], row["customer"], name) == (4, customer, "Asiakas 6000001-0 Oy"), "counts and recipient stay"


def test_R072_the_link_is_kept_on_the_last_day_and_rewritten_on_the_next(linked: tuple[Store, str]) -> None:
    """R072, R068: only the manifest changes; its facts and the ledger's counts stay, its tokens do not."""
    store, extract = linked
    assert planned(at(store, LAST))["files manifests"] == set()
    over = at(store, LAST + timedelta(days=1))
    assert planned(over)["files manifests"] == {extract}
    with store.ledger.read() as connection:
        before = cuts.extract(connection, extract)
    table, facts = manifest.read(store.path(before["manifest"]))
    assert len(table) == 4
    run(over)
    with store.ledger.read() as connection:
        after = cuts.extract(connection, extract)
    empty, kept_facts = manifest.read(store.path(after["manifest"]))
    assert (len(empty), empty.schema.names) == (0, table.schema.names)
    assert kept_facts == facts | {"unlinked_on": "2029-01-04"}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"manifest", "manifest_sha256", "unlinked_at", "links_kept"}
    assert sha256_file(store.path(after["manifest"])) == after["manifest_sha256"]
    assert [path.name for path in store.home.manifests.glob("*.parquet")] == [Path(after["manifest"]).name]
    assert planned(over)["files manifests"] == set()


def test_R072_no_file_holds_a_token_of_the_unlinked(linked: tuple[Store, str]) -> None:
    """Neither the manifests nor their index."""
    store, extract = linked
    with store.ledger.read() as connection:
        table, _ = manifest.read(store.path(cuts.extract(connection, extract)["manifest"]))
    recipients_index.refresh(store, disclosed(store), force=True)
    tokens = [token for name in ("person", "unit", "company") for token in table[name].to_pylist()]
    keys = [token[:6][::-1] for token in tokens]
    assert any(found(store, key) for key in keys), "the index held them"
    run(at(store, LAST + timedelta(days=1)))
    assert [token for token in (*tokens, *keys) if found(store, token)] == []


def disclosed(store: Store) -> Any:
    from ledger import disclosures

    with store.ledger.read() as connection:
        return disclosures.disclosures(connection)


def found(store: Store, marker: bytes) -> list[str]:
    return [path.name for path in store.home.manifests.rglob("*") if path.is_file() and marker in path.read_bytes()]


def test_R057_R072_whoever_left_the_register_is_answered_from_the_kept_links(linked: tuple[Store, str]) -> None:
    """Two years after the last verification the register knows nobody, the ledger still who received the row."""
    store, _ = linked
    person = persons(store)["Berg"]
    gone = at(store, date(2028, 12, 1))
    assert run(gone)["disposed"]["register person"] == 4
    document = reply(gone, person)
    assert (document["answer"], document["persons"]) == ("data", [])
    assert [one["recipient"] for one in document["recipients"]] == ["Asiakas 6000001-0 Oy"]
    assert "no data of you any more" in document["departed"]
    assert document["departed"] in json.dumps(access.view(document), ensure_ascii=False)
    with pytest.raises(NotFound, match="person"):
        reply(gone, 99_999)


def test_R072_the_kept_links_go_with_the_last_manifest_that_holds_their_token(
    linked: tuple[Store, str], tmp_path: Path
) -> None:
    """The same persons stand in an extract that ended later: their links wait for it."""
    store, first = linked
    later = at(store, date(2027, 2, 1))
    second = house.delivered(later, tmp_path / "second", business_id="6000003-7", ends_on=date(2027, 3, 31))
    run(at(store, date(2028, 12, 1)))
    over = at(store, LAST + timedelta(days=1))
    assert planned(over)["files manifests"] == {first}
    assert planned(over)["table former_link"] == set()
    run(over)
    with store.ledger.read() as connection:
        tokens = connection.execute(select(tables.former_link.c.kind, tables.former_link.c.token)).all()
    assert len(tokens) == 8, "a person and a position of each"
    end = at(store, date(2029, 4, 15))
    plan = planned(end)
    assert plan["files manifests"] == {second}
    assert plan["table former_link"] == {f"{kind}/{bytes(token).hex()}" for kind, token in tokens}
    document = run(end)
    assert document["disposed"]["table former_link"] == 8
    with store.ledger.read() as connection:
        assert connection.execute(select(tables.former_link)).all() == []
        recorded = connection.execute(select(tables.retention_disposal.c.name)).scalars()
        assert "former_link" not in set(recorded), "a record of the tokens would keep the link"


def test_R062_R072_a_restricted_persons_link_outlives_the_others(linked: tuple[Store, str]) -> None:
    """R062: neither changed nor deleted; once lifted it goes as well."""
    store, extract = linked
    person = persons(store)["Cygnaeus"]
    ban = restrict.restrict(store, [person], via="letter")["restriction"]
    publish(store)
    over = at(store, LAST + timedelta(days=1))
    run(over)
    assert len(recipients.holdings(over, [person])) == 1
    assert recipients.holdings(over, [person + 1]) == []
    with store.ledger.read() as connection:
        row = cuts.extract(connection, extract)
    assert (row["links_kept"], pq.read_metadata(store.path(row["manifest"])).num_rows) == (1, 1)
    assert planned(over)["files manifests"] == set()
    assert kept(over, "files manifests") == {"restricted": 1}
    restrict.tell(over, ban, via="letter")
    restrict.lift(over, ban, reason="settled")
    assert planned(over)["files manifests"] == {extract}
    run(over)
    assert recipients.holdings(over, [person]) == []
    assert planned(over)["files manifests"] == set()


def test_R075_a_hold_keeps_a_manifest_or_one_persons_row_in_it(linked: tuple[Store, str]) -> None:
    store, extract = linked
    person = persons(store)["Dahl"]
    over = at(store, LAST + timedelta(days=1))
    named = ("files", "manifests", extract)
    whole = holding.place(over, case="HO 1", reason="claim", review_on=date(2030, 1, 1), rows=[named])["hold"]
    assert kept(over, "files manifests") == {"held": 1}
    run(over)
    assert len(recipients.holdings(over, [person])) == 1
    holding.release(over, whole, reason="settled")
    house.register(at(store, date(2028, 12, 1)), people(*NAMES, verified=date(2028, 11, 1)))
    holding.place(over, case="HO 2", reason="claim", review_on=date(2030, 1, 1), persons=[person])
    run(over)
    assert len(recipients.holdings(over, [person])) == 1
    assert [one for name in NAMES[:3] for one in recipients.holdings(over, [persons(over)[name]])] == []


def test_R072_R093_a_breach_of_an_unlinked_extract_still_counts_whom_it_hit(linked: tuple[Store, str]) -> None:
    """Counts stay: four rows, four persons whom nothing names."""
    store, extract = linked
    scope = breach_impact.Scope(extracts=(extract,))
    assert breach_impact.impact(store, scope).count == 4
    over = at(store, LAST + timedelta(days=1))
    run(over)
    impact = breach_impact.impact(over, scope)
    assert (len(impact.persons), impact.unidentified, impact.count, impact.rows) == (0, 4, 4, 4)


def test_R072_an_extract_never_delivered_and_a_void_one_are_unlinked_too(store: Store) -> None:
    made = recipients_house.make(store, store.home.root.parent / "out", recipients=2, delivered=0)
    with store.write() as tx:
        cuts.end(tx, made[0].extract, event="void", reason="test")
    over = at(store, date(2028, 12, 16))
    assert planned(over)["files manifests"] == {one.extract for one in made}
    run(over)
    assert gate.recover(over)["swept"] == []
    for path in store.home.manifests.glob("*.parquet"):
        assert pq.read_metadata(path).num_rows == 0


def test_R072_a_manifest_from_before_a_channel_was_there_is_unlinked_too(
    linked: tuple[Store, str], tmp_path: Path
) -> None:
    store, extract = linked
    with store.ledger.read() as connection:
        table, facts = manifest.read(store.path(cuts.extract(connection, extract)["manifest"]))
    older = tmp_path / "older.parquet"
    without = [name for name in table.column_names if not name.startswith("form_")]
    facts.pop("scheme")
    manifest.write(table.select(without), older, facts=facts)
    left = tmp_path / "left.parquet"
    assert manifest.unlink(older, left, keep=table["person"].slice(0, 1).combine_chunks(), on=ENDS) == 1
    found, _ = manifest.read(left)
    assert found.schema.names == table.schema.names
    assert found["form_symbol"].null_count == 1


def test_R071_R072_a_trace_goes_on_after_an_extract_was_unlinked(linked: tuple[Store, str], tmp_path: Path) -> None:
    """The suspect file names nobody who could be traced any more; seeds would still tell."""
    from extracts.trace import trace

    store, extract = linked
    delivered = next(store.home.root.rglob(f"{extract}.csv"))
    leaked = shutil.copy(delivered, tmp_path / "leaked.csv")  # the delivered file goes
    over = at(store, LAST + timedelta(days=1))
    run(over)
    document = trace(over, leaked)
    assert {hit["extract"] for hit in document["seeds"]} == {extract}
