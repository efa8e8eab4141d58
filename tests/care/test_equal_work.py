"""Nobody can tell by the work done whether a row's person is banned, restricted or unchanged (R047, T19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from datacare import matching
from extracts import care_folder
from ledger import care_jobs
from ledger.store import Store
from subjects.erase import ErasureRequest, erase, resume
from subjects.restrict import restrict
from tests.care.conftest import HEADER, Write
from tests.care.test_changes import People, ban, matched
from tests.care.test_return import _persons


class Watched:
    """A connection that writes down every statement it is handed."""

    def __init__(self, connection: Any, seen: list[str]) -> None:
        self._connection, self._seen = connection, seen

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("sql", "execute"):
            return found

        def noted(statement: str, *arguments: Any, **named: Any) -> Any:
            self._seen.append(statement)
            return found(statement, *arguments, **named)

        return noted


@pytest.mark.parametrize("state", ["banned", "restricted"])
def test_R047_the_same_statements_run_for_a_person_who_may_not_be_told_of(
    register_store: Store, agreement: str, crm: Write, people: People, state: str
) -> None:
    """As many statements with the same texts, in the register and in the ledger, and the same rows come out."""
    job = matched(register_store, agreement, crm(HEADER, *people[:6]))["job"]
    unchanged = _work(register_store, job)
    if state == "banned":
        ban(register_store, people[0])
    else:
        restrict(register_store, _persons(register_store, people[:1]), via="phone")
    assert len(unchanged[0]) > 5
    assert unchanged[1]
    assert _work(register_store, job) == unchanged


class Stopped(Exception):
    """The erasure is stopped here on purpose."""


def _stop(_name: str) -> None:
    raise Stopped


def test_R047_the_same_statements_run_for_an_erased_person_before_and_after_it_is_gone(
    register_store: Store, agreement: str, crm: Write, people: People
) -> None:
    """Blocked in the ledger but still in the snapshot; then gone from it, and matched with what the erasure left."""
    file = crm(HEADER, *people[:6])
    job = matched(register_store, agreement, file)["job"]
    unchanged = _work(register_store, job)
    request = ErasureRequest(persons=_persons(register_store, people[:1]), ground="objection", via="email")
    with pytest.raises(Stopped):
        erase(register_store, request, checkpoint=_stop)
    assert _work(register_store, job) == unchanged
    (gone,) = resume(register_store)
    assert gone["state"] == "certified"
    again = matched(register_store, agreement, file)
    assert again["persons"]["auto"] == 5, "the person is not in the register any more"
    assert again["changes"] == dict.fromkeys(again["changes"], 0)
    assert _work(register_store, again["job"]) == unchanged


def _work(store: Store, job: str) -> tuple[list[str], list[str], list[Any]]:
    """Statements of the register and of the ledger that telling of a job takes, and what is told."""
    register_seen: list[str] = []
    ledger_seen: list[str] = []

    def noted(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        ledger_seen.append(statement)

    with store.ledger.read() as connection:
        row = care_jobs.job(connection, job)
    with matching.matched_register(store, row) as register:
        watched = replace(register, connection=Watched(register.connection, register_seen))
        event.listen(store.ledger.engine, "before_cursor_execute", noted)
        try:
            found = matching.changes(store, watched, care_folder.find(store, job), row)
        finally:
            event.remove(store.ledger.engine, "before_cursor_execute", noted)
    return register_seen, ledger_seen, found.changes.to_pylist()
