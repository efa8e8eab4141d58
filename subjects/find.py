"""Finding who asks: register ids by what the person gave, and the bans that his or her address or name is keyed in.

Nothing is demanded: an e-mail, a number or a name is enough, the employer narrows a common name. An erased person who
filed a ban is found by the ban's keyed hash alone (R019).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.identity import normalise_business_id, normalise_email, normalise_phone
from core.ids import business_id as business_id_of, org_id
from extracts.gate import subject
from ledger import snapshots, subject_facts
from ledger.ban_keys import key_message, name_tokens
from ledger.store import Store
from register.query import Register, find_organisations, find_persons, open_register

Row = dict[str, Any]

MOST = 200
"""Namesakes beyond so many are not listed: another word about the person is needed."""


_VOWELS = re.compile("[aou]")
"""After one of these an e may or may not stand: Mäkelä, Maekelae."""


@dataclass(frozen=True)
class Search:
    """What the person said of himself or herself, as it was written."""

    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    organisation: str | None = None
    business_id: str | None = None

    def kinds(self) -> tuple[str, ...]:
        """Which of email, phone and name there is; an organisation alone finds nobody."""
        named = self.first_name and self.last_name
        given = (("email", self.email), ("phone", self.phone), ("name", named))
        found = [kind for kind, value in given if value]
        narrowed = named and (self.organisation or self.business_id)
        return (*found, "organisation") if narrowed else tuple(found)


@dataclass(frozen=True)
class Looked:
    """What a search found, and by which kinds of data it looked."""

    persons: tuple[int, ...] = ()
    bans: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Clear:
    """A search in normal form."""

    email: str | None
    phone: str | None
    tokens: str
    business_id: str | None
    organisation: str | None


def look(store: Store, search: Search) -> Looked:
    """Register ids and standing bans that the search leads to; ids only, so nothing is logged.

    Raises ``InvalidInput`` (value_missing when nothing can be looked for, email_invalid, phone_invalid,
    business_id_invalid).
    """
    clear = _clear(search)
    with store.ledger.read() as connection:
        published = snapshots.current(connection)
    persons: set[int] = set()
    organisations: set[int] = set()
    if published is not None:
        with open_register(store, holder="look-up") as register:
            organisations = _organisations(register, clear)
            persons = _persons(register, clear, organisations)
    with store.ledger.read() as connection:
        banned = subject_facts.bans_of_keys(connection, _keys(store, clear, organisations))
    return Looked(tuple(sorted(persons)), tuple(banned), search.kinds())


def find(store: Store, search: Search, *, case: str | None = None) -> Row:
    """Who could be meant, for an operator: name, title and organisation, no contact data; the look is logged (R058).

    ``{"persons": [{person, first_name, last_name, position, title, organisation, business_id}], "bans": [id…],
    "more": whether there are namesakes beyond the first 200}``.
    """
    looked = look(store, search)
    purpose = "finding the person of a request" if case else "question of the person"
    faces = subject.faces(store, looked.persons, purpose=purpose, case=case)
    return {"persons": faces, "bans": list(looked.bans), "more": len(looked.persons) >= MOST}


def _clear(search: Search) -> _Clear:
    if not search.kinds():
        raise InvalidInput("value_missing", field="email, phone, or first and last name")
    email = phone = business = None
    if search.email and (email := normalise_email(search.email)) is None:
        raise InvalidInput("email_invalid", field="email")
    if search.phone and (phone := normalise_phone(search.phone)) is None:
        raise InvalidInput("phone_invalid", field="phone")
    if search.business_id and (business := normalise_business_id(search.business_id)) is None:
        raise InvalidInput("business_id_invalid", field="business-id")
    named = search.first_name and search.last_name
    tokens = name_tokens(search.first_name or "", search.last_name or "") if named else ""
    return _Clear(email, phone, tokens, business, search.organisation)


def _organisations(register: Register, clear: _Clear) -> set[int]:
    if clear.business_id:
        return {org_id(clear.business_id)}
    return find_organisations(register, clear.organisation) if clear.organisation else set()


def _persons(register: Register, clear: _Clear, organisations: set[int]) -> set[int]:
    found = find_persons(register, email=clear.email, phone=clear.phone)
    if clear.tokens:
        tokens = clear.tokens.split()
        narrowed = bool(clear.business_id or clear.organisation)
        values = {
            "tokens": tokens,
            "piece": max(_VOWELS.split(clear.tokens.replace(" ", "a")), key=len),
            "orgs": sorted(organisations) if narrowed else None,
            "most": MOST,
        }
        found |= {row[0] for row in register.execute("register/subject_named", values).fetchall()}
    return found


def _keys(store: Store, clear: _Clear, organisations: set[int]) -> list[tuple[str, bytes]]:
    """What a ban of this person would be keyed by, under the key in use and the retired ones."""
    messages: list[tuple[str, tuple[str, ...]]] = []
    if clear.email:
        messages.append(("email", (clear.email,)))
    if clear.phone:
        messages.append(("phone", (clear.phone,)))
    if clear.tokens:
        places = {business_id_of(org) for org in organisations} | ({clear.business_id} if clear.business_id else set())
        messages += [("name_org", (clear.tokens, place)) for place in sorted(places) if place]
    return [(kind, key.mac(key_message(kind, *parts))) for key in store.keys("suppression") for kind, parts in messages]
