"""R012: a ban is a record of its own; the person's row may go, the ban stays."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from core.clock import helsinki_day
from ledger import bans, tables
from ledger.store import Store
from register.publish import publish
from register.query import find_persons, open_register
from subjects.bans import BanRequest, add_ban
from tests.bans import town as people
from tests.bans.town import fill
from tests.register.loads import A


def _mail(store: Store) -> set[int]:
    with open_register(store, holder="test") as register:
        return find_persons(register, email="jussi@akkia.example", phone=None)


@pytest.mark.parametrize("kind", ["processing", "disclosure"])
def test_R012_the_person_s_row_goes_and_the_ban_of_either_kind_stays_and_blocks(town: Store, kind: str) -> None:
    person = people.person(town, "jussi")
    asked = BanRequest(via="letter", email="jussi@akkia.example", kind=kind, reference="archive 431")
    filed = add_ban(town, asked)
    fill(town, without=["jussi"])
    publish(town, force=True)
    assert _mail(town) == set()
    with town.ledger.read() as connection:
        row = bans.show(connection, filed["ban"])
        assert person in bans.blocked(connection, channels=["email"]).persons.to_pylist()
    assert (row["kind"], row["target"], row["via"], row["reference"]) == (kind, "person", "letter", "archive 431")
    assert (row["received_on"], helsinki_day(row["recorded_at"]), row["recorded_by"]) == (
        town.today(),
        town.today(),
        "tester",
    )
    assert (row["channel"], row["lifted_at"]) == (None, None)
    fill(town)
    publish(town, force=True)
    with town.ledger.read() as connection:
        back = _mail(town)
        assert back
        assert back <= set(bans.blocked(connection, channels=["email"]).persons.to_pylist()), "who comes back is out"


def test_R012_a_ban_of_nobody_in_the_register_is_a_record_too(any_store: Store) -> None:
    filed = add_ban(any_store, BanRequest(via="phone", first_name="Eero", last_name="Salo", business_id=A))
    assert filed["matched"] == 0
    with any_store.ledger.read() as connection:
        assert [row["ban"] for row in bans.list_bans(connection)] == [filed["ban"]]


def test_R012_no_foreign_key_of_the_ledger_cascades_and_none_leads_from_a_ban_to_anything_else(
    any_store: Store,
) -> None:
    """As the database has it, not only as the code declares it."""
    inspector = inspect(any_store.ledger.engine)
    of_bans = {"ban", "ban_key", "ban_hit"}
    for table in inspector.get_table_names():
        for key in inspector.get_foreign_keys(table):
            options = {name: value for name, value in (key.get("options") or {}).items() if value}
            assert {value.upper() for value in options.values()} <= {"NO ACTION", "RESTRICT"}, (table, key)
            if table in of_bans:
                assert key["referred_table"] == "ban"


def test_R012_nothing_deletes_a_ban_that_has_keys_or_hits(any_store: Store) -> None:
    """The database itself refuses: no row of a ban goes while what hangs on it stands."""
    filed = add_ban(any_store, BanRequest(via="phone", email="eero@salo.example"))
    writing = any_store.ledger.engine.execution_options(write=True)
    with pytest.raises(IntegrityError), writing.begin() as connection:
        connection.execute(tables.ban.delete())
    with any_store.ledger.read() as connection:
        assert connection.execute(select(tables.ban.c.ban)).scalars().all() == [filed["ban"]]
