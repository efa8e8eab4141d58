"""Notices in the ledger: which text holds, who was sent it through which channel, and who need not be told.

A person counts as told from the first notice that was sent and did not fail (R096). What fails takes effect at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from core.errors import InvalidInput
from ledger import tables
from ledger.engine import Transaction

LANGUAGES = ("fi", "sv", "en")
_CHUNK = 500


def languages(connection: Connection, persons: Sequence[int]) -> dict[int, str]:
    """The languages that some of these persons asked for (R097)."""
    table = tables.person_language.c
    found: dict[int, str] = {}
    for start in range(0, len(persons), _CHUNK):
        query = select(table.person, table.language).where(table.person.in_(list(persons[start : start + _CHUNK])))
        found |= {row.person: row.language for row in connection.execute(query)}
    return found


def set_language(tx: Transaction, person: int, *, language: str) -> None:
    """Record the language a person asked for; raises ``InvalidInput`` (value_unknown)."""
    if language not in LANGUAGES:
        raise InvalidInput("value_unknown", field="language", value=language, allowed=", ".join(LANGUAGES))
    table = tables.person_language
    known = tx.one(select(table).where(table.c.person == person))
    values = {"language": language, "recorded_at": tx.at}
    if known is None:
        tx.execute(insert(table), {"person": person, **values})
    else:
        tx.execute(update(table).where(table.c.person == person).values(values))
    tx.audit("person.language", person=person, language=language)
