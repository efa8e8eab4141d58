"""A ban holds across publishes: whom its keys hit in the new snapshot, and ids that merge (R012, R014, R017, R018)."""

from __future__ import annotations

from datetime import date

import pytest

from core.identity import normalise_email
from ledger import bans
from ledger.ban_keys import SCHEMA
from ledger.bans import key_message, name_tokens
from ledger.store import Store
from register.publish import publish
from register.snapshot import open_snapshot
from register.suppress import KINDS, suppressed
from tests.register.contents import person_at, position_at, rows
from tests.register.loads import A, B, C, load, organisation, position

E1, M1 = "matti@a.example", "+358401234567"


def _key(store: Store, kind: str, *parts: str) -> tuple[str, bytes]:
    return kind, store.key("suppression").mac(key_message(kind, *parts))


def _ban(
    store: Store,
    *keys: tuple[str, bytes],
    target: str = "person",
    channel: str | None = None,
    hits: tuple[tuple[str, int, bool], ...] = (),
) -> str:
    with store.write() as tx:
        ban, _ = bans.record(
            tx,
            target=target,
            via="phone",
            received_on=date(2026, 11, 1),
            channel=channel,
            keys=keys,
            key_id=store.key("suppression").key_id,
            hits=hits,
        )
    return ban


def _blocked(store: Store, channels: list[str] | None = None) -> dict[str, set[int]]:
    with store.ledger.read() as connection:
        blocked = bans.blocked(connection, channels=channels)
    return {name: set(getattr(blocked, name).to_pylist()) for name in ("persons", "positions", "organisations")}


def _register(store: Store) -> None:
    load(
        store,
        "own",
        [
            organisation(A, name="Äkkiä Oy", municipality="091"),
            organisation(B, municipality="049", sole_trader=True, phone="+358501112222"),
            organisation(C),
        ],
        [
            position("1", "Matti Mäkelä-Aho", A, email=E1, mobile=M1),
            position("2", "Aino Laine", B, email="aino@b.example"),
            position("3", "Kalle Aho", C),
        ],
    )


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("email", (E1,)),
        ("phone", (M1,)),
        ("name_org", (name_tokens("Matti", "Mäkelä-Aho"), A)),
        ("name_org", (name_tokens("Aho Mäkelä", "MATTI"), A)),
        ("name_orgname", (name_tokens("Matti", "Mäkelä-Aho"), "akkia oy")),
        ("name_municipality", (name_tokens("Matti", "Mäkelä-Aho"), "091")),
    ],
)
def test_a_key_hits_its_person_and_nobody_else(store: Store, kind: str, parts: tuple[str, ...]) -> None:
    """A ban filed before the person was ever in the register."""
    ban = _ban(store, _key(store, kind, *parts))
    _register(store)
    publish(store)
    assert _blocked(store) == {"persons": {person_at(store, "1")}, "positions": set(), "organisations": set()}
    with store.ledger.read() as connection:
        assert bans.show(connection, ban)["hits"] == [
            {"target": "person", "id": person_at(store, "1"), "held": False, "channel": None, "released_at": None}
        ]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("email", ("matti@b.example",)),
        ("phone", ("+358409999999",)),
        ("name_org", (name_tokens("Matti", "Mäkelä-Aho"), B)),
        ("name_orgname", (name_tokens("Matti", "Mäkelä-Aho"), "toinen oy")),
        ("name_municipality", (name_tokens("Matti", "Mäkelä-Aho"), "049")),
        ("organisation", ("2331972-2",)),
    ],
)
def test_another_key_hits_nobody(store: Store, kind: str, parts: tuple[str, ...]) -> None:
    _ban(store, _key(store, kind, *parts))
    _register(store)
    publish(store)
    assert _blocked(store) == {"persons": set(), "positions": set(), "organisations": set()}


def test_organisation_keys_and_a_sole_traders_telephone_hit_the_organisation(store: Store) -> None:
    """R010."""
    _ban(store, _key(store, "organisation", A), target="organisation")
    _ban(store, _key(store, "phone", "+358501112222"))
    _register(store)
    publish(store)
    assert _blocked(store) == {"persons": set(), "positions": set(), "organisations": {1120389, 19274001}}


def test_a_ban_under_a_former_name_hits(store: Store) -> None:
    """T02: the register knows her as Virtanen now."""
    load(store, "own", [organisation(A)], [position("1", "Liisa Mäkelä")])
    publish(store)
    load(store, "own", [organisation(A)], [position("1", "Liisa Virtanen")])
    publish(store)
    _ban(store, _key(store, "name_org", name_tokens("Liisa", "Mäkelä"), A))
    publish(store)
    assert _blocked(store)["persons"] == {person_at(store, "1")}


def test_a_person_who_comes_back_under_everything_new_but_the_email_is_out(store: Store) -> None:
    """R017, T03: no id leads from the old position to the new one; the key does."""
    _register(store)
    publish(store)
    old = person_at(store, "1")
    _ban(store, _key(store, "email", E1), hits=(("person", old, False),))
    load(store, "own", [organisation(A)], [position("2", "Aino Laine", B)])
    publish(store, force=True)
    load(store, "own", [organisation(A)], [position("2", "Aino Laine", B), position("9", "Matti Mäkelä", C, email=E1)])
    publish(store)
    assert person_at(store, "9") != old
    assert person_at(store, "9") in _blocked(store)["persons"]


def test_a_key_that_hits_several_persons_holds_them_all(store: Store) -> None:
    """R018, T04: a shared mailbox."""
    ban = _ban(store, _key(store, "email", "info@a.example"))
    people = [position(str(n), f"Etu{n} Suku", email="info@a.example") for n in range(3)]
    load(store, "own", [organisation(A)], people)
    publish(store)
    with store.ledger.read() as connection:
        hits = bans.show(connection, ban)["hits"]
    assert len(hits) == 3
    assert all(hit["held"] for hit in hits)


def test_a_ban_of_one_channel_finds_its_person_too(store: Store) -> None:
    _ban(store, _key(store, "email", E1), channel="email")
    _register(store)
    publish(store)
    assert _blocked(store, ["email"])["persons"] == {person_at(store, "1")}
    assert _blocked(store, ["post"])["persons"] == set()


def test_a_lifted_ban_hits_nobody(store: Store) -> None:
    ban = _ban(store, _key(store, "email", E1))
    with store.write() as tx:
        bans.lift(tx, ban, evidence="letter of 1.11.", approver="second")
    _register(store)
    publish(store)
    assert _blocked(store)["persons"] == set()


@pytest.mark.parametrize("step", ["build.organisations", "sealed", "resolved", "moved"])
def test_a_ban_filed_during_a_publish_holds_in_the_new_snapshot(any_store: Store, step: str) -> None:
    """R014: whenever it comes, on both ledgers; Matti is new in this snapshot."""
    load(any_store, "own", [organisation(A)], [position("2", "Aino Laine", B)])
    publish(any_store)
    _register(any_store)

    def meanwhile(name: str) -> None:
        if name == step:
            _ban(any_store, _key(any_store, "email", E1))

    publish(any_store, checkpoint=meanwhile)
    assert _blocked(any_store)["persons"] == {person_at(any_store, "1")}


def test_a_ban_on_a_person_follows_a_merge(store: Store) -> None:
    """R018: the ban names only the id that ended; the smaller id goes on."""
    load(store, "own", [organisation(A), organisation(B)], [position("1", business_id=A), position("2", business_id=B)])
    publish(store)
    kept, ended = person_at(store, "1"), person_at(store, "2")
    ban = _ban(store, hits=(("person", ended, False),))
    people = [position("1", business_id=A, mobile=M1), position("2", business_id=B, mobile=M1)]
    load(store, "own", [organisation(A), organisation(B)], people)
    publish(store)
    assert person_at(store, "2") == kept
    assert _blocked(store)["persons"] == {kept, ended}
    with store.ledger.read() as connection:
        assert {hit["id"] for hit in bans.show(connection, ban)["hits"]} == {kept, ended}


def test_a_ban_on_a_position_follows_a_merge(store: Store) -> None:
    """Two titles of one person at one place become one: the narrow ban holds for what is left."""
    load(store, "own", [organisation(A)], [position("1", title="Johtaja"), position("2", title="Päällikkö")])
    publish(store)
    kept, ended = position_at(store, "1"), position_at(store, "2")
    _ban(store, target="position", hits=(("position", ended, False),))
    load(store, "own", [organisation(A)], [position("1", title="Johtaja"), position("2", title="Johtaja")])
    publish(store, force=True)
    assert list(rows(store, "position", "position")) == [kept]
    assert _blocked(store)["positions"] == {kept, ended}


def test_no_keys_cost_nothing_and_no_kind_is_forgotten(store: Store) -> None:
    """The keys of the ban store and those that a publish resolves are the same kinds."""
    assert set(KINDS) == set(bans.KINDS)
    _register(store)
    publish(store)
    with open_snapshot(store, holder="test") as snapshot:
        assert suppressed(snapshot.connection, SCHEMA.empty_table(), store, since=None).num_rows == 0


def test_a_name_in_another_script_is_keyed_like_any_other(store: Store) -> None:
    """HMAC in SQL and in Python agree on every byte."""
    email = normalise_email("иван@пример.example")
    assert email is not None
    keys = [_key(store, "email", email), _key(store, "name_org", name_tokens("Иван", "O'Брайен\\x41"), A)]
    bans_filed = {_ban(store, key) for key in keys}
    load(store, "own", [organisation(A)], [position("1", "Иван O'Брайен\\x41", email=email)])
    publish(store)
    with store.ledger.read() as connection:
        assert all(len(bans.show(connection, ban)["hits"]) == 1 for ban in bans_filed)
