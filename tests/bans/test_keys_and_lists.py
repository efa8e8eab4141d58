"""The suppression key's life, outside lists, and nodes whose view of the bans is old (R016, R019, R025, T22, T26)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select

from core.clock import fixed_clock
from core.errors import BanUnreadable, FileRejected, InvalidInput, LicenceRefused, Refused
from core.keys import read_keys, rotate_key
from core.settings import load_settings
from extracts import gate
from extracts.count import count
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.gate.seeds import stock_fictitious
from extracts.narrow.questions import ask
from extracts.orders import place
from ledger import bans, cuts, heartbeat, tables
from ledger.store import Store, create_store, open_store
from register.publish import publish
from register.sources.load import load_files
from schemas import codes
from schemas.criteria import parse_criteria
from subjects.ban_request import BanRequest
from subjects.bans import add_ban
from subjects.outside_list_load import ListFile, load_list, status
from tests.bans.town import C, fill, out, person
from tests.moment import NOW
from tests.published import Rows, open_campaign
from tests.register.loads import position
from tests.sources.files import positions

WIDE = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}})
ROBINSON = ("paivi@akkia.example", "nobody@nowhere.example", "someone@elsewhere.example")


def listed(tmp_path: Path, *rows: str, header: str | None = None, **values: object) -> ListFile:
    path = tmp_path / "list.csv"
    path.write_text("".join(f"{row}\n" for row in ([header] if header else []) + list(rows)), encoding="utf-8")
    plain = {"name": "robinson", "kind": "email", "dated_on": date(2026, 11, 20), "valid_days": 30}
    return ListFile(path=path, **{**plain, **values})  # type: ignore[arg-type]


def ban_email(store: Store, email: str) -> str:
    return str(add_ban(store, BanRequest(via="web", email=email))["ban"])


# --- the key ---


def test_R019_bans_of_every_key_ever_used_go_on_matching(town: Store, tmp_path: Path) -> None:
    ban_email(town, "paivi@akkia.example")
    old, new = rotate_key(town.settings.keys_dir, "suppression")
    assert [key.key_id for key in town.keys("suppression")] == [new.key_id, old.key_id]
    second = ban_email(town, "anna@akkia.example")
    assert bans_key_ids(town, second) == {new.key_id}
    third = rotate_key(town.settings.keys_dir, "suppression")[1]
    assert len({old.key_id, new.key_id, third.key_id}) == 3
    changes = [
        {"source_id": f"N{n}", "email": mail, "first_name": "Aku", "last_name": name, "mobile": ""}
        for n, (mail, name) in enumerate(
            [("paivi@akkia.example", "Yksi"), ("anna@akkia.example", "Kaksi"), ("free@akkia.example", "Kolme")]
        )
    ]
    report = load_files(town, source="other", files=[positions(tmp_path / "p.csv", *changes)])
    assert (report["accepted"], report["suppressed"]) == (1, 2)
    fill(town, position("again", "Päivi Toinen", C, email="paivi@akkia.example"), without=["paivi"])
    publish(town, force=True)
    assert person(town, "again") in out(town)["persons"]


def bans_key_ids(store: Store, ban: str) -> set[str]:
    with store.ledger.read() as connection:
        return set(connection.execute(select(tables.ban_key.c.key_id).where(tables.ban_key.c.ban == ban)).scalars())


def test_R019_without_a_retired_key_nothing_is_loaded_published_or_released(town: Store, tmp_path: Path) -> None:
    """A ban that cannot be matched must not be passed over."""
    ban_email(town, "paivi@akkia.example")
    old, _ = rotate_key(town.settings.keys_dir, "suppression")
    (town.settings.keys_dir / f"suppression.{old.key_id}.key").unlink()
    for act in (
        lambda: publish(town),
        lambda: load_files(town, source="other", files=[positions(tmp_path / "p.csv", {})]),
    ):
        with pytest.raises(BanUnreadable) as refused:
            act()
        assert refused.value.code == "suppression_key_missing"


def test_R019_a_rotation_that_dies_half_way_loses_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = create_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=fixed_clock(NOW))
    directory = store.settings.keys_dir
    before = read_keys(directory, "suppression")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("core.keys._write", dies)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(directory, "suppression")
    assert read_keys(directory, "suppression") == before
    old, new = rotate_key(directory, "suppression")
    assert read_keys(directory, "suppression") == (new, old)
    assert {path.stat().st_mode & 0o077 for path in directory.iterdir()} == {0}
    store.ledger.close()


def test_R019_a_stolen_ledger_without_the_key_gives_nothing_to_a_dictionary(town: Store) -> None:
    """A million numbers of the banned person's own prefix, by every unkeyed digest of every spelling of the message."""
    add_ban(town, BanRequest(via="phone", phone="040 100 0001", email="paivi@akkia.example"))
    with town.ledger.read() as connection:
        stolen = list(connection.execute(select(tables.ban_key.c.key)).scalars())
    assert len(stolen) >= 2
    with duckdb.connect() as connection:
        found = connection.execute(
            """
            WITH guess AS (SELECT '+35840' || lpad(n::VARCHAR, 7, '0') AS phone FROM range(1000000, 1250000) AS t(n)),
            spelt AS (SELECT unnest([phone, 'phone:' || phone, '0' || phone[5:], phone[2:]]) AS text FROM guess)
            SELECT count(*) FROM spelt
            WHERE unhex(sha256(text)) IN (SELECT unnest($stolen::BLOB[]))
               OR unhex(sha1(text)) IN (SELECT unnest($stolen::BLOB[]))
            """,
            {"stolen": stolen},
        ).fetchone()
    assert found == (0,)
    assert town.key("suppression").mac(b"phone:+358401000001") in stolen, "with the key the very same guess hits"


# --- outside lists ---


def test_R025_a_list_takes_whom_it_names_out_and_stops_their_import(town: Store, tmp_path: Path) -> None:
    document = load_list(town, listed(tmp_path, *ROBINSON, header="email"))
    assert (document["rows"], document["matched"], document["before"]) == (3, 1, None)
    assert out(town)["persons"] == {person(town, "paivi")}
    row = {"source_id": "N1", "email": "someone@elsewhere.example", "first_name": "Aku", "last_name": "Ankka"}
    assert load_files(town, source="o", files=[positions(tmp_path / "p.csv", row)])["suppressed"] == 1
    home = [path.read_bytes() for path in town.home.root.rglob("*") if path.is_file() and "snapshots" not in str(path)]
    assert not any(b"nowhere.example" in content for content in home), "keyed on load"


def test_R025_a_newer_version_replaces_the_one_before_and_frees_who_left_it(town: Store, tmp_path: Path) -> None:
    load_list(town, listed(tmp_path, *ROBINSON))
    mine = ban_email(town, "anna@akkia.example")
    newer = listed(tmp_path, "jussi@akkia.example", *ROBINSON[1:], dated_on=date(2026, 11, 21))
    load_list(town, newer)
    assert out(town)["persons"] == {person(town, "jussi"), person(town, "anna")}
    with town.ledger.read() as connection:
        assert bans.show(connection, mine)["lifted_at"] is None, "R022: no list lifts a person's own ban"


def test_R025_a_list_of_one_channel_and_of_organisations(town: Store, tmp_path: Path) -> None:
    load_list(town, listed(tmp_path, "040 100 0001", name="phones", kind="phone", channel="phone"))
    assert out(town, ["phone"])["persons"] == {person(town, "paivi")}
    assert out(town, ["email"])["persons"] == set()
    load_list(town, listed(tmp_path, C, name="ytj", kind="business-id"))
    assert len(out(town)["organisations"]) == 1


@pytest.mark.parametrize("bad", ["", "   ", "not-an-address", "NULL"])
def test_T22_an_empty_or_bad_row_refuses_the_whole_list_and_names_it(town: Store, tmp_path: Path, bad: str) -> None:
    load_list(town, listed(tmp_path, *ROBINSON))
    with pytest.raises(InvalidInput) as refused:
        load_list(town, listed(tmp_path, *ROBINSON, bad, "x@y.example", header="email"))
    assert (refused.value.code, refused.value.ids["row"]) == ("list_row_invalid", 4)
    assert out(town)["persons"] == {person(town, "paivi")}
    assert status(town)[0]["rows"] == 3


def test_T22_a_list_that_shrank_or_is_empty_needs_a_second_person_and_the_last_good_one_stays(
    town: Store, tmp_path: Path
) -> None:
    """Bad input: "a list 30 % shorter than yesterday's"."""
    many = [ROBINSON[0], *(f"p{n}@list.example" for n in range(9))]
    load_list(town, listed(tmp_path, *many))
    load_list(town, listed(tmp_path, *many[:9]))
    for rows in (many[:7], []):
        for by in (None, "", "tester"):
            with pytest.raises(Refused) as refused:
                load_list(town, listed(tmp_path, *rows), confirmed_by=by)
            assert refused.value.code == "list_shrank"
        assert out(town)["persons"] == {person(town, "paivi")}
    assert load_list(town, listed(tmp_path), confirmed_by="liisa")["rows"] == 0
    assert out(town)["persons"] == set()


def test_R025_a_list_from_the_future_of_another_kind_or_without_its_column_is_refused(
    town: Store, tmp_path: Path
) -> None:
    for values, code in (
        ({"dated_on": date(2026, 11, 23)}, "date_future"),
        ({"kind": "iban"}, "value_unknown"),
        ({"channel": "fax"}, "value_unknown"),
        ({"name": " "}, "value_missing"),
        ({"column": "address"}, "file_columns_missing"),
    ):
        with pytest.raises(InvalidInput) as refused:
            load_list(town, listed(tmp_path, *ROBINSON, **values))
        assert refused.value.code == code
    with pytest.raises(FileRejected):
        load_list(town, ListFile(tmp_path / "none.csv", "robinson", "email", date(2026, 11, 20), 30))


def test_R025_a_publish_finds_newcomers_of_a_list_and_holds_nobody_for_it(town: Store, tmp_path: Path) -> None:
    load_list(town, listed(tmp_path, *ROBINSON))
    fill(town, position("new", "Nina Uusi", C, email="nobody@nowhere.example"))
    publish(town)
    assert out(town)["persons"] == {person(town, "paivi"), person(town, "new")}


@pytest.fixture
def released(register_store: Store) -> tuple[str, str]:
    """A campaign and an extract of it, not delivered yet."""
    campaign = open_campaign(register_store)
    return campaign, cut(register_store, place(register_store, campaign, LIMITED)["order"])["extract"]


LIMITED = parse_criteria({"organisation": {"kind": list(codes.KINDS)}, "person": {"level": [1, 2, 3, 4]}, "limit": 40})


def test_R025_an_outdated_list_is_warned_about_and_then_stops_cuts_and_deliveries(
    register_store: Store, released: tuple[str, str], tmp_path: Path
) -> None:
    campaign, extract = released
    load_list(register_store, listed(tmp_path, "a@b.example", valid_days=2))
    late = at(register_store, timedelta(days=5))
    assert status(late)[0]["state"] == "warned"
    order = place(late, campaign, LIMITED)["order"]
    deliver(late, extract, tmp_path / "warned")
    later = at(register_store, timedelta(days=8))
    assert status(later)[0]["state"] == "refused"
    for act in (lambda: cut(later, order), lambda: deliver(later, extract, tmp_path / "refused")):
        with pytest.raises(BanUnreadable) as refused:
            act()
        assert refused.value.code == "list_outdated"
    load_list(later, listed(tmp_path, "a@b.example", dated_on=date(2026, 11, 29)))
    assert cut(later, order)["rows"]


def at(store: Store, after: timedelta, **settings: object) -> Store:
    """The same store at a later moment, on a node set up like this."""
    values = store.settings.model_dump() | settings
    return open_store(load_settings(env={}, **values), clock=fixed_clock(NOW + after))


# --- a node whose view is old ---


def test_R016_a_replica_that_heard_nothing_for_five_minutes_refuses_counts_and_deliveries(
    register_store: Store, released: tuple[str, str], tmp_path: Path
) -> None:
    """T26: stop the replication, and after five minutes the node refuses; resume, and the ban holds first."""
    campaign, extract = released
    add_ban(register_store, BanRequest(via="web", email="nobody@nowhere.example"))
    fresh = at(register_store, timedelta(minutes=4, seconds=59), ledger_role="replica")
    before = count(fresh, campaign, WIDE)["staff"]["banned"]
    stale = at(register_store, timedelta(minutes=5, seconds=1), ledger_role="replica")
    for act in (
        lambda: count(stale, campaign, WIDE),
        lambda: place(stale, campaign, LIMITED),
        lambda: deliver(stale, extract, tmp_path / "out"),
    ):
        with pytest.raises(BanUnreadable) as refused:
            act()
        assert refused.value.code == "bans_stale"
    assert not (tmp_path / "out").exists()
    primary = at(register_store, timedelta(minutes=5))
    assert count(primary, campaign, WIDE)["staff"]["banned"] == before, "the primary reads its own bans"
    heartbeat.beat(primary.ledger, at=primary.now())
    assert count(stale, campaign, WIDE)["staff"]["banned"] == before


def test_R016_a_ban_of_the_time_in_between_holds_before_the_first_delivery_after_it(
    register_store: Store, released: tuple[str, str], deliverable: Rows, tmp_path: Path
) -> None:
    """Resume: the replica hears of the ban together with the sign of life, and the prepared file stays here."""
    _, extract = released
    written = next((register_store.home.deliveries / extract).glob("*.csv")).read_text(encoding="utf-8-sig")
    someone = next(row["email"] for row in deliverable if row["email"] in written)
    add_ban(register_store, BanRequest(via="web", email=someone))
    assert gate.banned_since(register_store, _row(register_store, extract))
    stale = at(register_store, timedelta(minutes=5, seconds=1), ledger_role="replica")
    with pytest.raises(BanUnreadable):
        deliver(stale, extract, tmp_path / "out")
    heartbeat.beat(register_store.ledger, at=stale.now())
    with pytest.raises(LicenceRefused) as refused:
        deliver(stale, extract, tmp_path / "out")
    assert refused.value.code == "extract_banned_since"
    assert not (tmp_path / "out").exists()


def _row(store: Store, extract: str) -> dict[str, object]:
    with store.ledger.read() as connection:
        return cuts.extract(connection, extract)


def test_R016_a_replica_that_was_never_told_or_whose_clock_is_wrong_refuses(any_store: Store) -> None:
    replica = any_store.settings.model_copy(update={"ledger_role": "replica"})

    def refusal() -> str | None:
        with any_store.ledger.read() as connection:
            try:
                heartbeat.check_fresh(connection, replica, now=NOW)
            except BanUnreadable as refused:
                return refused.code
        return None

    assert refusal() == "bans_stale"
    heartbeat.beat(any_store.ledger, at=NOW - timedelta(minutes=1))
    assert refusal() is None
    heartbeat.beat(any_store.ledger, at=NOW + timedelta(minutes=2))
    assert refusal() == "bans_clock_skew"
    heartbeat.beat(any_store.ledger, at=NOW)
    assert refusal() == "bans_clock_skew", "a sign of life never goes back (T06)"


# --- what customers see ---


def test_R026_a_customer_cannot_tell_a_ban_from_its_counts(town: Store) -> None:
    """A filter that one person fits says "fewer than 10" before the ban and after it, and T24: no difference leaks."""
    stock_fictitious(town, 40)
    campaign = open_campaign(town)
    one = parse_criteria({"organisation": {"kind": ["public"]}, "person": {"level": [2]}})
    wide = WIDE
    seen = []
    for _ in range(2):
        seen.append([ask(town, campaign, criteria, with_facets=True) for criteria in (one, wide)])
        add_ban(town, BanRequest(via="web", email="veera@kunta.example"))
    assert seen[0] == seen[1]
    assert seen[0][0]["to_deliver"] == "fewer than 10"
    assert set(seen[0][0]) == {"snapshot", "in_steps_of", "to_deliver", "organisations", "facets"}
