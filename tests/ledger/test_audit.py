"""R087, T11: an audit that was touched is found out, by its chain or by the anchor kept outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from core.errors import InvalidInput, InvalidTransition, NotFound, Refused, StoreError
from ledger import anchors, audit, breaches, integrity, tables
from ledger.engine import GENESIS, audit_hash, carries_contact
from ledger.store import Store

ROWS = 12


def write_rows(store: Store, count: int = ROWS) -> None:
    for number in range(count):
        with store.write() as tx:
            tx.audit("thing.done", number=number)


def tamper(store: Store, *statements: Any) -> None:
    with store.ledger.engine.execution_options(write=True).begin() as connection:
        for statement in statements:
            connection.execute(statement)


def rows(store: Store) -> list[dict[str, Any]]:
    with store.ledger.read() as connection:
        return [dict(row) for row in connection.execute(select(tables.audit).order_by(tables.audit.c.seq)).mappings()]


def victim(store: Store) -> int:
    """A row in the middle of those written last."""
    return int(rows(store)[-1]["seq"]) - 7


def edit(store: Store) -> None:
    tamper(store, update(tables.audit).where(tables.audit.c.seq == victim(store)).values(actor="somebody else"))


def edit_ids(store: Store) -> None:
    tamper(store, update(tables.audit).where(tables.audit.c.seq == victim(store)).values(ids={"number": 99}))


def remove(store: Store) -> None:
    tamper(store, delete(tables.audit).where(tables.audit.c.seq == victim(store)))


def reorder(store: Store) -> None:
    seq, at = tables.audit.c.seq, victim(store)
    moves = ((at, 9999), (at + 1, at), (9999, at + 1))
    tamper(store, *(update(tables.audit).where(seq == a).values(seq=b) for a, b in moves))


def cut_tail(store: Store) -> None:
    tamper(store, delete(tables.audit).where(tables.audit.c.seq > victim(store) + 3))


def rehash(store: Store, changed: list[dict[str, Any]]) -> None:
    """What an administrator who knows the product would do: make the whole chain anew, head and all."""
    previous, fresh = GENESIS, []
    for seq, row in enumerate(changed, start=1):
        entry = row | {"seq": seq, "previous": previous}
        previous = entry["hash"] = audit_hash(entry)
        fresh.append(entry)
    head = update(tables.audit_head).values(seq=len(fresh), hash=previous)
    tamper(store, delete(tables.audit), insert(tables.audit).values(fresh), head)


def rebuild(store: Store) -> None:
    rehash(store, [row | ({"actor": "nobody"} if row["seq"] == victim(store) else {}) for row in rows(store)])


def cut_tail_and_head(store: Store) -> None:
    rehash(store, rows(store)[:-4])


@pytest.mark.parametrize(
    ("damage", "reason", "later"),
    [
        (edit, "changed", 0),
        (edit_ids, "changed", 0),
        (remove, "missing", 0),
        (reorder, "unchained", 0),
        (cut_tail, "tail_cut", 3),
    ],
)
def test_R087_T11_the_chain_alone_finds_who_touched_a_row(
    any_store: Store, damage: Callable[[Store], None], reason: str, later: int
) -> None:
    write_rows(any_store)
    assert integrity.examine(any_store).breaks == []
    at = victim(any_store)
    damage(any_store)
    found = integrity.examine(any_store)
    assert (found.breaks[0]["reason"], found.breaks[0]["seq"]) == (reason, at + later)


@pytest.mark.parametrize("damage", [rebuild, cut_tail_and_head])
def test_R087_T11_a_chain_made_anew_passes_alone_and_fails_against_the_anchor(
    any_store: Store, damage: Callable[[Store], None]
) -> None:
    write_rows(any_store)
    line = str(integrity.anchor(any_store))
    damage(any_store)
    with any_store.ledger.frozen() as connection:
        assert audit.verify(connection).breaks == [], "the forgery is good: the chain itself shows nothing"
        printed = audit.verify(connection, anchors=[anchors.parse(line)])
    assert {found.reason for found in printed.breaks} <= {"rebuilt", "tail_cut"}
    assert printed.breaks
    assert integrity.examine(any_store).breaks, "the anchor file beside the home shows it too"


def test_T11_a_row_that_is_no_row_any_more_is_a_break_not_a_crash(store: Store) -> None:
    write_rows(store)
    tamper(store, text("UPDATE audit SET ids = '{not json' WHERE seq = (SELECT max(seq) - 7 FROM audit)"))
    assert "unreadable" in {row["reason"] for row in integrity.examine(store).breaks}


def test_T11_a_row_whose_ids_were_emptied_is_a_break_not_a_crash(store: Store) -> None:
    with store.write() as tx:
        tx.audit(audit.RESTORED, after=1, made_at=store.now().isoformat())
    write_rows(store)
    tamper(store, update(tables.audit).where(tables.audit.c.action == audit.RESTORED).values(ids={}))
    assert {"unreadable", "changed"} <= {row["reason"] for row in integrity.examine(store).breaks}


def test_T11_R094_a_break_opens_one_breach_candidate_however_often_it_is_seen(any_store: Store) -> None:
    write_rows(any_store)
    edit(any_store)
    first, second = integrity.examine(any_store), integrity.examine(any_store)
    assert len(first.new) == 1
    assert second.new == []
    with any_store.ledger.read() as connection:
        assert [case["trigger"] for case in breaches.cases(connection)] == ["audit_broken"]
    with pytest.raises(Refused) as refused:
        integrity.require_intact(any_store)
    assert refused.value.code == "audit_broken"


def test_a_break_is_accepted_by_two_persons_and_stays_on_record(store: Store) -> None:
    write_rows(store)
    at = victim(store)
    edit(store)
    identifier = integrity.examine(store).new[0]
    for evidence, approver in (("", "second"), ("report", "tester"), ("report", " ")):
        with pytest.raises(Refused) as refused, store.write() as tx:
            audit.accept_break(tx, identifier, evidence=evidence, approver=approver)
        assert refused.value.code == "accept_needs_two"
    with store.write() as tx:
        audit.accept_break(tx, identifier, evidence="report 12", approver="second")
    integrity.require_intact(store)
    again = integrity.examine(store)
    assert again.breaks == []
    assert [found.seq for found in again.verdict.breaks] == [at], "it is still seen, and known"
    with pytest.raises(InvalidTransition), store.write() as tx:
        audit.accept_break(tx, identifier, evidence="report 12", approver="second")
    with pytest.raises(NotFound), store.write() as tx:
        audit.accept_break(tx, "break-x", evidence="report 12", approver="second")


@pytest.mark.parametrize("damage", [edit, remove, cut_tail])
def test_T11_the_quick_look_before_a_delivery_sees_what_lies_after_the_last_anchor(
    store: Store, damage: Callable[[Store], None]
) -> None:
    write_rows(store, 3)
    integrity.anchor(store)
    integrity.require_intact(store)
    write_rows(store)
    damage(store)
    with pytest.raises(Refused):
        integrity.require_intact(store)


def test_T11_the_quick_look_sees_a_chain_made_anew_under_the_last_anchor(store: Store) -> None:
    write_rows(store)
    integrity.anchor(store)
    rebuild(store)
    with pytest.raises(Refused):
        integrity.require_intact(store)


def test_the_quick_look_does_not_walk_what_was_anchored(store: Store) -> None:
    write_rows(store)
    integrity.anchor(store)
    write_rows(store, 2)
    with store.ledger.frozen() as connection:
        anchored = anchors.read(store.settings.anchors_path)
        verdict = audit.verify(connection, anchors=anchored, after=audit.quick_start(connection, anchored))
    assert verdict.rows == 3
    assert verdict.breaks == []


def test_an_anchor_is_one_line_that_reads_back_and_covers_its_own_row(store: Store, tmp_path: Path) -> None:
    write_rows(store)
    elsewhere = tmp_path / "auditor" / "copy"
    made = integrity.anchor(store, files=[elsewhere])
    assert anchors.parse(str(made)) == made
    assert anchors.parse(f"  {str(made).replace(' ', '   ')}\n") == made
    assert elsewhere.read_text() == store.settings.anchors_path.read_text() == f"{made}\n"
    assert rows(store)[-1]["action"] == "audit.anchored"
    assert made.seq == rows(store)[-1]["seq"]
    assert not store.settings.anchors_path.is_relative_to(store.home.root)
    for line in ("", "rajaus-anchor", str(made)[:-3], str(made).replace("at=2", "at=x")):
        with pytest.raises(InvalidInput):
            anchors.parse(line)


def test_an_anchor_of_another_store_does_not_fit(store: Store, tmp_path: Path) -> None:
    made = anchors.Anchor(store.now(), "0" * 16, 1, GENESIS, None)
    assert {row["reason"] for row in integrity.examine(store, more=[made]).breaks} == {"other_chain"}


def test_a_walk_sees_one_instant_while_others_write(any_store: Store) -> None:
    write_rows(any_store)
    with any_store.ledger.frozen() as connection:
        before = connection.execute(select(tables.audit_head.c.seq)).scalar_one()
        write_rows(any_store, 3)
        verdict = audit.verify(connection)
    assert verdict.breaks == []
    assert verdict.last == before


@pytest.mark.parametrize(
    "value", ["liisa@esimerkki.example", "0401234567", "+358 40 123 4567", "040-123 4567", {"in": ["x", "a@b.example"]}]
)
def test_R087_contact_data_never_reaches_the_audit(store: Store, value: Any) -> None:
    before = len(rows(store))
    with pytest.raises(StoreError) as refused, store.write() as tx:
        tx.audit("thing.done", value=value)
    assert refused.value.code == "audit_contact"
    assert len(rows(store)) == before


def test_ids_and_counts_are_not_taken_for_contact_data(store: Store) -> None:
    with store.write() as tx:
        tx.audit("thing.done", business_id="0112038-9", sha="a0401234567b", day=store.today(), count=401234567)
    assert not any(carries_contact(str(row["ids"])) for row in rows(store))
    assert rows(store)[-1]["ids"]["day"] == "2026-11-22"


def test_R087_the_scan_finds_contact_data_that_came_in_by_another_way(store: Store) -> None:
    write_rows(store)
    at = victim(store)
    changed = [
        row | ({"ids": {"who": "liisa@esimerkki.example"}} if row["seq"] == victim(store) else {})
        for row in rows(store)
    ]
    rehash(store, changed)
    assert integrity.examine(store).verdict.contact == [at]


@pytest.fixture
def anchored(store: Store) -> Store:
    write_rows(store)
    return store


def test_entries_are_found_by_action_actor_and_time(anchored: Store) -> None:
    with anchored.ledger.read() as connection:
        last = rows(anchored)[-1]["seq"]
        assert [row["seq"] for row in audit.entries(connection, limit=500)] == list(range(1, last + 1))
        assert [row["seq"] for row in audit.entries(connection, limit=2)] == [last - 1, last]
        assert len(audit.entries(connection, action="thing.*", limit=500)) == ROWS
        assert audit.entries(connection, action="thing", limit=500) == []
        assert audit.entries(connection, actor="nobody", limit=500) == []
        assert audit.entries(connection, since=anchored.now(), limit=500)
        assert audit.entries(connection, until=anchored.now(), limit=500) == []


def test_no_hash_is_secret_and_none_is_empty(anchored: Store) -> None:
    assert all(re.fullmatch(r"[0-9a-f]{64}", row["hash"]) for row in rows(anchored))
