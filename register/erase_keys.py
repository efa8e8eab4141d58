"""The keyed hashes that keep an erased person from coming back: made here, so that no name leaves (R019, R061).

A key that somebody else in the register shares (a switchboard, a role mailbox, a namesake in the same municipality) is
left out: it would keep the others out too. The bare name is kept for review: a newcomer of the same name, with wholly
different contacts and employer, is held until somebody decides (T03).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import NotFound
from ledger.ban_keys import key_message, name_tokens
from ledger.store import Store
from register.query import Register

Key = tuple[str, bytes, str]


@dataclass(frozen=True)
class Kept:
    """Keys per person, ``(kind, key, grade)``, and how many were left out because somebody else shares them."""

    keys: dict[int, list[Key]]
    left_out: int


def present(register: Register, persons: Sequence[int]) -> dict[int, list[int]]:
    """Present ids of the asked persons, merges followed, each with all its former ids.

    Raises ``NotFound`` (person_unknown) for the first id that nobody in the register has.
    """
    rows = register.arrow("register/erase_present", {"persons": list(persons)}).to_pylist()
    known = {row["asked"] for row in rows}
    for person in persons:
        if person not in known:
            raise NotFound("person_unknown", person=person)
    return {row["person"]: list(row["former"] or ()) for row in rows}


def keys(store: Store, register: Register, persons: Sequence[int]) -> Kept:
    """What to keep of these persons (present ids): keyed hashes of e-mails, numbers, and names with their places."""
    rows = register.arrow("register/erase_identity", {"persons": list(persons)}).to_pylist()
    shared = _shared(register, rows, persons)
    key = store.key("suppression")
    made: dict[int, set[Key]] = {person: set() for person in persons}
    left_out = set()
    for row in rows:
        for kind, one, other, parts in _spoken(row):
            if (kind, one, other) in shared:
                left_out.add((kind, one, other))
            else:
                grade = "review" if kind == "name" else "firm"
                made[row["person"]].add((kind, key.mac(key_message(kind, *parts)), grade))
    return Kept({person: sorted(found) for person, found in made.items()}, len(left_out))


def _spoken(row: dict[str, Any]) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    """``(kind, text, place, what is keyed)`` of one name and position; the first three say whether others share it."""
    tokens, fold = name_tokens(row["first_name"] or "", row["last_name"] or ""), row["name_fold"]
    spoken: list[tuple[str, str, str | None, tuple[str, ...]]] = [
        (kind, row[column], None, (row[column],))
        for kind, column in (
            ("email", "email"),
            ("email", "sourced_email"),
            ("phone", "mobile"),
            ("phone", "sourced_mobile"),
        )
        if row[column]
    ]
    if not tokens:
        return spoken
    spoken += [("name", fold, None, (tokens,)), ("name_org", fold, row["business_id"], (tokens, row["business_id"]))]
    if row["municipality"]:
        spoken.append(("name_municipality", fold, row["municipality"], (tokens, row["municipality"])))
    return spoken


def _shared(
    register: Register, rows: Sequence[dict[str, Any]], persons: Sequence[int]
) -> set[tuple[str, str, str | None]]:
    values = {
        name: sorted({row[column] for row in rows for column in columns if row[column]})
        for name, columns in (
            ("emails", ("email", "sourced_email")),
            ("mobiles", ("mobile", "sourced_mobile")),
            ("folds", ("name_fold",)),
        )
    }
    found = register.arrow("register/erase_shared", {"persons": list(persons), **values}).to_pylist()
    return {(row["kind"], row["one"], row["other"]) for row in found}
