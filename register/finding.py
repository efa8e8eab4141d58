"""Finding persons and organisations by what is known of them, and the tokens that stand for them in manifests.

Nothing here returns a name or an address: only ids. Contact data leave through ``extracts.gate`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.identity import fold_name
from core.keys import Key
from ledger.bans import Blocked
from register.opened import Register


def find_persons(
    register: Register,
    *,
    email: str | None = None,
    phone: str | None = None,
    tokens: Sequence[str] | None = None,
    organisations: Sequence[int] | None = None,
    municipality: str | None = None,
) -> set[int]:
    """Ids of the persons that an (already normalised) e-mail, phone, or name in organisations or a place points at."""
    found: set[int] = set()
    if email is not None:
        found |= register.ids("register/persons_by_email", {"email": email})
    if phone is not None:
        found |= register.ids("register/persons_by_phone", {"phone": phone})
    if tokens and (organisations or municipality):
        found |= register.ids(
            "register/persons_by_name",
            {
                "tokens": list(tokens),
                "orgs": list(organisations) if organisations else None,
                "municipality": municipality,
            },
        )
    return found


def find_organisations(register: Register, name: str) -> set[int]:
    """Ids of the organisations that go by a name, in any of its registered forms."""
    return register.ids("register/organisations_by_name", {"name": name.strip(), "fold": fold_name(name)})


def organisations_with_phone(register: Register, phone: str) -> set[int]:
    """Ids of the organisations whose own (normalised) number this is."""
    return register.ids("register/organisations_by_phone", {"phone": phone})


def person_of(register: Register, position: int) -> int | None:
    """Who holds a position; None when nobody does."""
    return next(iter(register.ids("register/position_person", {"position": position})), None)


def tokens_of(register: Register, blocked: Blocked, *, unit_key: Key, link_key: Key) -> dict[str, set[bytes]]:
    """Manifest tokens of blocked ids: ``person``, and ``unit`` and ``company`` of positions and organisations."""
    inner, outer = unit_key.pads
    link_inner, link_outer = link_key.pads
    rows = register.execute(
        "register/tokens",
        {
            "inner": inner,
            "outer": outer,
            "link_inner": link_inner,
            "link_outer": link_outer,
            "persons": blocked.persons.to_pylist(),
            "positions": blocked.positions.to_pylist(),
            "organisations": blocked.organisations.to_pylist(),
        },
    ).fetchall()
    tokens: dict[str, set[bytes]] = {"person": set(), "unit": set(), "company": set()}
    for kind, token in rows:
        tokens[kind].add(token)
    return tokens
