"""Whether an upload looks like somebody fishing for contacts or for bans rather than keeping a register current (T19).

Pure but for the budget: counts in, findings out. What is found holds the job: nothing goes back until two persons, who
have looked at it, release it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.settings import Settings
from datacare.jobs import Upload
from ledger import care_jobs, groups
from ledger.store import Store

Row = dict[str, Any]
_YEAR = timedelta(days=365)
_PERSONAL = ("email", "mobile", "phone")


@dataclass(frozen=True)
class Facts:
    """What an upload is judged by."""

    rows: int
    contacts: int
    """Rows that would get a person's contact they do not have: a new one or one where there was none."""
    completed: int
    """Rows in which an empty personal cell would be filled."""
    worn: int
    """Rows that would get a new contact in the place of a value that stands in several rows: a placeholder."""
    crowd: int
    """Rows about organisations of which the file names more persons than a customer deals with."""
    persons_year: int
    """Different persons that the customer's group would have got in twelve months, this upload with it."""


def judge(facts: Facts, settings: Settings) -> list[Row]:
    """``{"finding", "number", "limit"}`` of each bound exceeded; small uploads are judged by the budget alone."""
    rows = max(facts.rows, 1)
    floor = settings.care_floor
    shares = (
        ("completion_rate", facts.completed, settings.care_completion_percent),
        ("contact_rate", facts.contacts, settings.care_contact_percent),
        ("placeholders", facts.worn, settings.care_completion_percent),
        ("crowded", facts.crowd, settings.care_crowd_percent),
    )
    found = [
        {"finding": name, "number": number, "limit": int(percent * rows / 100)}
        for name, number, percent in shares
        if number >= floor and 100 * number > percent * rows
    ]
    if facts.persons_year > settings.year_cap:
        found.append({"finding": "year_budget", "number": facts.persons_year, "limit": settings.year_cap})
    return found


def findings(store: Store, job: Row, *, held: Upload, told: pa.Table) -> list[Row]:
    """What is suspicious of a job whose changes would be ``told``."""
    personal = told.filter(told["personal"])
    contact = personal.filter(pc.is_in(personal["field"], pa.array(["email", "mobile"])))
    with store.ledger.read() as connection:
        group = groups.members(connection, job["customer"])
        earlier = care_jobs.persons_since(connection, group, since=store.now() - _YEAR)
    facts = Facts(
        rows=len(held.table),
        contacts=len(pc.unique(contact["row"])),
        completed=len(pc.unique(personal.filter(pc.equal(personal["state"], "completed"))["row"])),
        worn=_worn(held, contact),
        crowd=_crowd(held, store.settings.care_crowd),
        persons_year=len(earlier | set(personal["person"].drop_null().to_pylist())),
    )
    return judge(facts, store.settings)


def _worn(held: Upload, contact: pa.Table) -> int:
    """Rows whose old value is that of several rows."""
    rows: set[int] = set()
    for field in _PERSONAL:
        if field in held.mapping:
            often = Counter(held.table[held.mapping[field]].to_pylist())
            old = contact.filter(pc.equal(contact["field"], field)).select(["row", "old"]).to_pylist()
            rows |= {one["row"] for one in old if one["old"] and often[one["old"]] > 2}
    return len(rows)


def _crowd(held: Upload, most: int) -> int:
    """Rows of organisations with more different persons than ``most``."""
    names = [held.mapping[field] for field in ("first_name", "last_name", "contact", "email") if field in held.mapping]
    about = next((held.mapping[field] for field in ("identifier", "name") if field in held.mapping), None)
    if about is None or not names:
        return 0
    persons = zip(*(held.table[name].to_pylist() for name in names), strict=True)
    places = held.table[about].to_pylist()
    seen: dict[str, set[tuple[str | None, ...]]] = {}
    rows = Counter(place for place in places if place)
    for place, person in zip(places, persons, strict=True):
        if place and any(person):
            seen.setdefault(place, set()).add(person)
    return sum(rows[place] for place, who in seen.items() if len(who) > most)
