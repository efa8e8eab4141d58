"""Who lives in the small register, and short ways to ask who of them is out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger import bans
from ledger.store import Store
from tests.register.contents import person_at, position_at
from tests.register.loads import A, B, load, organisation, position

C, TRADER, TOWN_HALL = "2336509-6", "0202248-1", "1567535-0"
BOARD = "+358931301"
INFO = "info@toinen.example"
MAILBOX = 40

PEOPLE: Mapping[str, dict[str, Any]] = {
    "paivi": position("paivi", "Päivi Mäkelä", A, email="paivi@akkia.example", mobile="+358401000001"),
    "jussi": position("jussi", "Jussi Korhonen", A, email="jussi@akkia.example"),
    "anna": position("anna", "Anna Virtanen-Laine", A, email="anna@akkia.example"),
    "hannele": position("hannele", "Hannele Åström", A, email="hannele@akkia.example"),
    "matti": position("matti", "Matti Virtanen", C, email="matti.1@kolmas.example", mobile="+358401000002"),
    "matti2": position("matti2", "Matti Virtanen", C, email="matti.2@kolmas.example", mobile="+358401000003"),
    "kaisa": position("kaisa", "Kaisa Ranta", A, email="kaisa@ranta.example", mobile="+358401000004"),
    "kaisa2": position("kaisa2", "Kaisa Ranta", TOWN_HALL, email="kaisa@ranta.example", mobile="+358401000004"),
    "olli": position("olli", "Olli Salmi", TRADER, email="olli@salmi.example"),
    "veera": position("veera", "Veera Niemi", TOWN_HALL, email="veera@kunta.example"),
}
ORGANISATIONS = [
    organisation(A, name="Äkkiä Oy", municipality="091"),
    organisation(B, name="Toinen Oy", municipality="049"),
    organisation(C, name="Kolmas Oy", municipality="049", phone=BOARD),
    organisation(TRADER, name="Tmi Olli Salmi", sole_trader=True, phone="+358501112222", municipality="049"),
    organisation(TOWN_HALL, name="Kunta", kind="public", municipality="837"),
]


def mailbox() -> list[dict[str, Any]]:
    """Forty persons who share one address."""
    return [
        position(f"info{n}", f"Etu{chr(97 + n // 6)} Suku{chr(97 + n % 6)}{'k' * (n // 6)}", B, email=INFO)
        for n in range(MAILBOX)
    ]


def fill(store: Store, *more: dict[str, Any], without: Sequence[str] = (), **changed: dict[str, Any]) -> None:
    """Load the town; ``without`` some of its people, some ``changed``, and more of them."""
    people = [PEOPLE[name] | changed.get(name, {}) for name in PEOPLE if name not in without]
    load(store, "own", ORGANISATIONS, [*people, *mailbox(), *more])


def person(store: Store, name: str) -> int:
    return person_at(store, name)


def seat(store: Store, name: str) -> int:
    return position_at(store, name)


def out(store: Store, channels: list[str] | None = None) -> dict[str, set[int]]:
    """Who is blocked in these channels (None: in any)."""
    with store.ledger.read() as connection:
        blocked = bans.blocked(connection, channels=channels)
    return {name: set(getattr(blocked, name).to_pylist()) for name in ("persons", "positions", "organisations")}


def hits(store: Store, ban: str) -> dict[tuple[str, int], tuple[bool, str | None, bool]]:
    """``(target, id)`` to (held, channel, released)."""
    with store.ledger.read() as connection:
        shown = bans.show(connection, ban)["hits"]
    return {(hit["target"], hit["id"]): (hit["held"], hit["channel"], hit["released_at"] is not None) for hit in shown}
