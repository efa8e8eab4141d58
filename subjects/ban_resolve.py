"""Deciding which of a ban's held candidates is meant (R018, T04): the others are let go, the address stays out.

Two persons decide on evidence, for a wrong decision discloses somebody who said no. Nobody's identity is told to the
sender: the decision is made from the register and from what the person says himself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.errors import NotFound, Refused
from ledger import bans, tasks
from ledger.engine import Transaction
from ledger.store import Store
from register.ban_search import KeyRow, person_keys
from register.query import open_register
from subjects.recipients_told import tell_bans

_NAMED = ("name_org", "name_orgname", "name_municipality")
_ADDRESSES = ("email", "phone")


def resolve_ban(
    store: Store,
    ban: str,
    *,
    persons: Iterable[int] = (),
    organisations: Iterable[int] = (),
    evidence: str,
    approver: str,
) -> dict[str, Any]:
    """Say who of a ban's held candidates is meant; none of them when nobody is named.

    Those meant are out for good and keyed by everything the register knows of them; the others are released, but no
    position with an address of the ban leaves through that address. Returns ``{"ban", "meant", "released", "fence"}``.
    Raises ``Refused`` (resolve_needs_two without evidence or a second person; candidate_not_held), ``NotFound`` and
    ``InvalidTransition`` (the ban was lifted).
    """
    meant = {("person", person) for person in persons} | {("organisation", org) for org in organisations}
    if not evidence.strip() or not approver.strip() or approver == store.actor:
        raise Refused("resolve_needs_two", ban=ban)
    keys = _keys(store, sorted(subject for target, subject in meant if target == "person"))
    with store.write() as tx:
        bans.lock_fence(tx)
        bans.check_in_force(tx, ban)
        candidates = {
            (hit["target"], hit["id"])
            for hit in bans.show(tx.connection, ban)["hits"]
            if hit["held"] and hit["released_at"] is None
        }
        for target, subject in sorted(meant - candidates):
            raise Refused("candidate_not_held", ban=ban, target=target, id=subject)
        bans.settle_hits(tx, ban, hits=meant)
        released = _release(tx, ban, candidates - meant)
        if keys:
            bans.add_keys(tx, ban, keys=keys, key_id=store.key("suppression").key_id)
        fence = bans.move_fence(tx)
        for task in tasks.tasks_of(tx.connection, kind=bans.AMBIGUOUS, name="ban", value=ban):
            tasks.close_task(tx, task)
        tx.audit(
            "ban.resolved",
            ban=ban,
            meant=[list(one) for one in sorted(meant)],
            released=released,
            evidence=evidence,
            approver=approver,
            fence=fence,
        )
    tell_bans(store)
    return {"ban": ban, "meant": len(meant), "released": released, "fence": fence}


def _keys(store: Store, persons: list[int]) -> list[KeyRow]:
    if not persons:
        return []
    try:
        with open_register(store, holder="ban") as register:
            return person_keys(register, persons, store.key("suppression"))
    except NotFound:
        return []  # nothing is published: the candidates are known by their ids alone


def _release(tx: Transaction, ban: str, others: set[tuple[str, int]]) -> int:
    """Let the others go, and take from the keys what would hit them again: a name that several bear no longer stops an
    import but holds newcomers, an address that several use is out by itself."""
    bans.grade_keys(tx, ban, was=("shared", "firm") if others else ("shared",), kinds=_ADDRESSES, grade="address")
    if not others:
        return 0
    bans.grade_keys(tx, ban, was=("firm",), kinds=_NAMED, grade="review")
    # A switchboard that was held whole stays out by phone: the number is the ban's, whoever spoke.
    boards = {one for one in others if one[0] == "organisation"}
    narrowed = bans.narrow_hits(tx, ban, hits=boards, channel="phone") if bans.has_key(tx, ban, "phone") else 0
    return narrowed + bans.release_hits(tx, ban, hits=others - boards if narrowed else others)
