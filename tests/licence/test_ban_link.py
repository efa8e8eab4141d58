"""The ban link of a row: only we can tell whose it is, and one use is a ban in everything (R040)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from core.clock import fixed_clock
from core.errors import InvalidInput, NotFound, Refused
from core.files import sha256_file
from core.settings import load_settings
from extracts.gate import manifest
from extracts.gate.fingerprint import TAG_BYTES, token_of
from ledger import ban_links, bans, seeds, tables
from ledger.store import Store, create_store
from subjects.ban_token import use_link
from tests.gate import house as gate_house
from tests.moment import NOW
from tests.recipients import house


@dataclass
class Town:
    """A store with two recipients that hold the same persons, and what they got."""

    store: Store
    recipients: list[house.Recipient]
    files: Path

    def rows(self, which: int = 0) -> list[dict[str, str]]:
        [path] = (self.files / str(which + 1)).glob("extract-*.csv")
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def link(self, email: str, which: int = 0) -> str:
        return next(row["ban_url"] for row in self.rows(which) if row["email"] == email)

    def banned(self) -> set[int]:
        with self.store.ledger.read() as connection:
            return set(bans.blocked(connection, channels=None).persons.to_pylist())

    def seed(self, which: int = 0) -> dict[str, str]:
        with self.store.ledger.read() as connection:
            numbers = {seed["number"] for seed in seeds.of_extract(connection, self.recipients[which].extract)}
        return next(row for row in self.rows(which) if int(row["row"]) in numbers)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Town:
    home = tmp_path_factory.mktemp("links")
    store = create_store(load_settings(env={}, home=home / "home", actor="tester"), clock=fixed_clock(NOW))
    made = house.make(store, home / "out", recipients=2)
    store.ledger.close()
    return Town(store, made, home / "out")


@pytest.fixture
def town(made_once: Town, tmp_path: Path) -> Iterator[Town]:
    with house.copied(made_once.store, tmp_path / "home") as store:
        yield replace(made_once, store=store)


def test_r040_a_link_bans_the_person_of_its_row_and_nobody_else(town: Town) -> None:
    done = use_link(town.store, town.link(house.MAIL), language="sv")
    assert (done["outcome"], done["matched"]) == ("banned", 1)
    assert town.banned() == {house.PERSON}
    with town.store.ledger.read() as connection:
        ban = bans.show(connection, done["ban"])
    assert (ban["target"], ban["channel"], ban["via"], ban["received_on"]) == (
        "person",
        None,
        "web",
        town.store.today(),
    )
    assert {"email", "phone", "name_org"} <= set(ban["keys"]), "a later import is stopped too (R020)"
    assert done["ban"] in done["reply"]["text"]
    assert "förbud" in done["reply"]["subject"].lower()


@pytest.mark.parametrize("number", range(1, 13))
def test_r040_every_row_leads_to_its_own_person(town: Town, number: int) -> None:
    email = f"henkilo{number}@firma{number // 2}.example"
    use_link(town.store, town.link(email, number % 2))
    assert town.banned() == {1000 + number}


def test_r040_the_ban_reaches_every_recipient_who_holds_the_person(town: Town) -> None:
    """R023: without being told why; both have the row, whichever link was used."""
    rows = house.rows_of(town.store)
    use_link(town.store, town.link(house.MAIL, 0))
    told = house.named(town.store)
    assert {customer: list(entries) for customer, entries in told.items()} == {
        one.customer: [(one.extract, rows[one.extract], "remove")] for one in town.recipients
    }


def test_r040_a_link_of_another_extract_is_refused(town: Town) -> None:
    first, second = (one.extract for one in town.recipients)
    with pytest.raises(Refused) as refused:
        use_link(town.store, town.link(house.MAIL, 0), extract=second)
    assert refused.value.code == "ban_token_elsewhere"
    assert town.banned() == set()
    assert use_link(town.store, town.link(house.MAIL, 0), extract=first)["outcome"] == "banned"


def test_links_are_the_extract_s_own(town: Town) -> None:
    tokens = [token_of(town.link(house.MAIL, which)) for which in (0, 1)]
    first, second = tokens
    assert first is not None
    assert second is not None
    assert first[TAG_BYTES:] != second[TAG_BYTES:]


def test_a_second_use_finds_the_ban_of_the_first(town: Town) -> None:
    first = use_link(town.store, town.link(house.MAIL))
    again = use_link(town.store, town.link(house.MAIL), via="email")
    assert (again["outcome"], again["ban"]) == ("standing", first["ban"])
    assert again["reply"] == first["reply"]
    with town.store.ledger.read() as connection:
        assert len(bans.list_bans(connection)) == 1


def test_a_use_after_the_ban_was_lifted_bans_again(town: Town) -> None:
    """R022: the person took it back in writing, and now says no anew."""
    first = use_link(town.store, town.link(house.MAIL))
    with town.store.write() as tx:
        bans.lift(tx, first["ban"], evidence="letter", approver="liisa")
    assert town.banned() == set()
    again = use_link(town.store, town.link(house.MAIL))
    assert (again["outcome"], again["ban"] != first["ban"]) == ("banned", True)
    assert town.banned() == {house.PERSON}
    assert use_link(town.store, town.link(house.MAIL))["outcome"] == "standing"


def test_r040_a_link_works_long_after_the_campaign_has_ended(town: Town) -> None:
    later = house.later(town.store, days=300)
    assert use_link(later, town.link(house.MAIL))["outcome"] == "banned"
    later.ledger.close()


@pytest.mark.parametrize("written", ["{token}", " {token} ", "{url}?utm=x", "{url}/", "{upper}"])
def test_the_token_is_found_in_what_people_copy(town: Town, written: str) -> None:
    url = town.link(house.MAIL)
    token = url.rsplit("/", 1)[-1]
    text = written.format(token=token, url=url, upper=token.upper())
    assert use_link(town.store, text)["outcome"] == "banned"


@pytest.mark.parametrize("text", ["", "https://kielto.example/k/", "abc", "a" * 27, "1" * 26, "ä" * 26, "a b" * 9])
def test_what_is_no_token_is_told_so_and_not_written_down(town: Town, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        use_link(town.store, text)
    assert refused.value.code == "ban_token_invalid"
    with town.store.ledger.read() as connection:
        assert ban_links.misses(connection, since=NOW - timedelta(days=1)) == 0


def test_a_changed_letter_leads_nowhere(town: Town) -> None:
    """R040: of 128 bits a guesser must meet 32 that name an extract and 96 that name a row of it."""
    token = town.link(house.MAIL).rsplit("/", 1)[-1]
    for place in range(0, 26, 3):
        letter = "a" if token[place] != "a" else "b"
        with pytest.raises(NotFound) as refused:
            use_link(town.store, token[:place] + letter + token[place + 1 :])
        assert refused.value.code in ("ban_token_unknown", "ban_token_unlinked")
    assert town.banned() == set()


def test_tries_are_written_down_so_often_an_hour_and_no_more(town: Town) -> None:
    """R087: the audit cannot be filled with them, and a ban still goes through."""
    for _ in range(ban_links.MISSES_AN_HOUR + 5):
        with pytest.raises(NotFound):
            use_link(town.store, "b" * 26)
    with town.store.ledger.read() as connection:
        assert ban_links.misses(connection, since=NOW - timedelta(hours=1)) == ban_links.MISSES_AN_HOUR
    assert house.audit_text(town.store).count("ban_link.missed") == ban_links.MISSES_AN_HOUR
    assert use_link(town.store, town.link(house.MAIL))["outcome"] == "banned"
    later = house.later(town.store, hours=2)
    with pytest.raises(NotFound):
        use_link(later, "b" * 26)
    with later.ledger.read() as connection:
        assert ban_links.misses(connection, since=later.now() - timedelta(hours=1)) == 1
    later.ledger.close()


def test_r038_a_seed_s_link_is_a_hit_and_no_ban_and_nobody_can_tell(town: Town) -> None:
    seed, person = town.seed(), town.link(house.MAIL)
    hit = use_link(town.store, seed["ban_url"], via="email")
    real = use_link(town.store, person, via="email")
    assert (hit["outcome"], real["outcome"]) == ("seed", "banned")
    assert town.banned() == {house.PERSON}
    with town.store.ledger.read() as connection:
        [found] = seeds.hits(connection)
        assert connection.execute(select(tables.ban.c.ban).where(tables.ban.c.ban == hit["ban"])).first() is None
    assert (found["extract"], found["number"], found["via"]) == (town.recipients[0].extract, int(seed["row"]), "email")
    assert hit["reply"]["text"].replace(hit["ban"], "X") == real["reply"]["text"].replace(real["ban"], "X")
    assert len(hit["ban"]) == len(real["ban"])
    assert hit["ban"].startswith("ban-")
    told = [entry for entries in house.named(town.store).values() for entry in entries]
    assert (found["extract"], found["number"], "remove") in told, "its row is called back as a person's is"
    assert use_link(town.store, seed["ban_url"])["ban"] == hit["ban"], "used again it has the same reference"
    with town.store.ledger.read() as connection:
        assert len(seeds.hits(connection)) == 1


def test_r038_a_seed_s_token_looks_like_any_other(town: Town) -> None:
    tags = {(token_of(row["ban_url"]) or b"")[:TAG_BYTES] for row in town.rows()}
    assert len(tags) == 1
    assert len({row["ban_url"] for row in town.rows()}) == len(town.rows())


def departed(town: Town, *, erased: bool = False) -> None:
    """Person 1001 leaves the register; publishing kept the tokens, as it does."""
    with gate_house.reading(town.store) as register:
        key = town.store.key("fingerprint")
        nonces = register.connection.execute(
            "SELECT p.nonce::VARCHAR, n.nonce::VARCHAR FROM position p JOIN person n USING (person) WHERE person = 1001"
        ).fetchone()
    assert nonces is not None
    unit, person = (
        key.derive(name).mac(nonce.encode())[:16] for name, nonce in zip(("unit", "link"), nonces, strict=True)
    )
    rows = [
        {"kind": kind, "token": token, "person": 1001, "position": position, "organisation": None, "source": None,
         "kept_at": NOW}
        for kind, token, position in (("unit", unit, 1), ("person", person, None))
    ]  # fmt: skip
    gate_house.publish(town.store, gate_house.people(12)[1:], name="20261122T090000-s1-000000000002")
    with town.store.write() as tx:
        tx.execute(insert(tables.former_link), rows)
        tx.audit("test.departed")
    if erased:
        ban = house.ban(town.store, 1001, kind="erasure")
        erasure = {
            "erasure": "erasure-1", "state": "blocked", "ground": "17(1)(c)", "via": "email", "received_on": NOW.date(),
            "keeps_keys": True, "requested_at": NOW, "requested_by": "tester", "waits_for": [], "removed": {},
        }  # fmt: skip
        with town.store.write() as tx:
            tx.execute(insert(tables.erasure), erasure)
            subject = {"erasure": "erasure-1", "target": "person", "id": 1001, "ban": ban}
            tx.execute(insert(tables.erasure_subject), subject)
            tx.audit("test.erased")


def test_r040_a_link_of_somebody_who_left_the_register_still_works(town: Town) -> None:
    departed(town)
    done = use_link(town.store, town.link(house.MAIL))
    assert (done["outcome"], done["matched"]) == ("departed", 1)
    assert town.banned() == {house.PERSON}
    assert len(house.named(town.store)) == 2, "those who hold the row are told"


def test_r040_a_link_of_an_erased_person_is_answered_like_any_other(town: Town) -> None:
    other = use_link(town.store, town.link("henkilo2@firma1.example"))
    departed(town, erased=True)
    done = use_link(town.store, town.link(house.MAIL))
    assert done["outcome"] == "erased"
    assert done["reply"]["text"].replace(done["ban"], "X") == other["reply"]["text"].replace(other["ban"], "X")


def test_r072_a_link_whose_delivery_can_be_tied_to_nobody_says_what_can_be_done(town: Town) -> None:
    one = town.recipients[0]
    with town.store.ledger.read() as connection:
        path = town.store.path(
            connection.execute(
                select(tables.extract.c.manifest).where(tables.extract.c.extract == one.extract)
            ).scalar_one()
        )
    listed, facts = manifest.read(path)
    manifest.write(listed.slice(0, 0), path, facts=facts)
    with town.store.write() as tx:
        tx.execute(
            update(tables.extract)
            .where(tables.extract.c.extract == one.extract)
            .values(manifest_sha256=sha256_file(path))
        )
        tx.audit("test.unlinked")
    with pytest.raises(NotFound) as refused:
        use_link(town.store, town.link(house.MAIL))
    assert refused.value.code == "ban_token_unlinked"
    assert "rajaus ban add" in str(refused.value)
    assert refused.value.ids["extract"] == one.extract


def test_a_void_extract_has_no_links(town: Town) -> None:
    with town.store.write() as tx:
        tx.execute(update(tables.extract).values(state="void"))
        tx.audit("test.void")
    with pytest.raises(NotFound) as refused:
        use_link(town.store, town.link(house.MAIL))
    assert refused.value.code == "ban_token_unknown"


def test_r089_there_is_no_personal_data_in_a_link(town: Town) -> None:
    prefix = town.store.settings.ban_url
    for row in town.rows():
        assert row["ban_url"].startswith(prefix)
        assert row["ban_url"].removeprefix(prefix).isalnum()
        assert len(row["ban_url"].removeprefix(prefix)) == 26


def test_wrong_values_are_refused(town: Town) -> None:
    for wrong, code in (
        ({"via": "pigeon"}, "value_unknown"),
        ({"received_on": NOW.date() + timedelta(days=1)}, "date_future"),
        ({"language": "de"}, "value_unknown"),
    ):
        with pytest.raises(InvalidInput) as refused:
            use_link(town.store, town.link(house.MAIL), **wrong)
        assert refused.value.code == code


def test_the_links_of_a_postgresql_ledger(postgres_store: Store, tmp_path: Path) -> None:
    """R040 on the other database."""
    made = house.make(postgres_store, tmp_path / "out", recipients=1, size=4)
    town = Town(postgres_store, made, tmp_path / "out")
    assert use_link(postgres_store, town.seed()["ban_url"])["outcome"] == "seed"
    assert use_link(postgres_store, town.link(house.MAIL))["outcome"] == "banned"
    assert use_link(postgres_store, town.link(house.MAIL))["outcome"] == "standing"
    assert town.banned() == {house.PERSON}
    with postgres_store.write() as tx:
        tx.execute(delete(tables.ban_link_miss))
        tx.audit("test.cleared")


def test_a_link_used_twice_at_the_same_moment_is_one_ban(town: Town) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: use_link(town.store, town.link(house.MAIL)), range(4)))
    assert len({one["ban"] for one in done}) == 1
    assert sorted(one["outcome"] for one in done) == ["banned", "standing", "standing", "standing"]
    assert len({one["reply"]["text"] for one in done}) == 1
