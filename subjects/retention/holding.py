"""Placing, reviewing and releasing legal holds: by case, and only what is named (R075)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, NotFound
from ledger import cuts, holds, links
from ledger.holds import Named
from ledger.store import Store
from register.erase_keys import present
from register.query import open_register
from schemas.retention import Rule, rules
from subjects.rectify import position_holder

Row = dict[str, Any]
_BY_EXTRACT = frozenset({"manifests", "deliveries"})
"""Classes of files that are named by their extract."""


def place(
    store: Store, *, case: str, reason: str, review_on: date, rows: Sequence[Named] = (), persons: Sequence[int] = ()
) -> Row:
    """Hold rows, files, columns, positions (``(kind, name, id)`` as the plan names them) and persons.

    A held person's positions, links to recipients and rows of the ledger stay. Returns ``{"hold", "case", "rows",
    "review_on"}``. Raises ``InvalidInput`` (value_missing, value_unknown, date_past, hold_pointless) and
    ``NotFound`` (held_unknown, extract_unknown, person_unknown, position_unknown, snapshot_none).
    """
    for field, text in (("case", case), ("reason", reason)):
        if not text.strip():
            raise InvalidInput("value_missing", field=field)
    if review_on <= store.today():
        raise InvalidInput("date_past", field="review")
    named = [*rows, *(("register", "person", str(person)) for person in persons)]
    if not named:
        raise InvalidInput("value_missing", field="row or person")
    for kind, name, one in named:
        _check(store, kind=kind, name=name, id=one)
    with store.write() as tx:
        hold = holds.place(tx, case=case.strip(), reason=reason.strip(), review_on=review_on, rows=named)
    return {"hold": hold, "case": case.strip(), "rows": len(set(named)), "review_on": review_on}


def review(store: Store, hold: str, *, until: date) -> Row:
    """Let a hold stand until another review day. Raises ``InvalidInput`` (date_past), ``NotFound``,
    ``InvalidTransition``."""
    if until <= store.today():
        raise InvalidInput("date_past", field="until")
    with store.write() as tx:
        holds.review(tx, hold, until=until)
    return {"hold": hold, "review_on": until}


def release(store: Store, hold: str, *, reason: str) -> Row:
    """End a hold. Raises ``InvalidInput`` (value_missing), ``NotFound`` (hold_unknown), ``InvalidTransition``."""
    if not reason.strip():
        raise InvalidInput("value_missing", field="reason")
    with store.write() as tx:
        holds.release(tx, hold, reason=reason.strip())
    return {"hold": hold, "state": "released"}


def _check(store: Store, *, kind: str, name: str, id: str) -> None:
    rule = _rule(kind, name)
    if kind == "register":
        _check_register(store, name=name, id=id)
    elif name in _BY_EXTRACT:
        with store.ledger.read() as connection:
            cuts.extract(connection, id)
    elif kind == "files":
        directory: Path = getattr(store.home, rule.name).resolve()
        path = store.path(id).resolve()
        if not (path.is_relative_to(directory) and path.exists()):
            raise NotFound("held_unknown", kind=kind, name=name, id=id)


def _check_register(store: Store, *, name: str, id: str) -> None:
    if not id.isdecimal():
        raise NotFound("held_unknown", kind="register", name=name, id=id)
    if name == "position":
        position_holder(store, int(id))
    else:
        with store.ledger.read() as connection:
            if links.former(connection, persons=[(int(id), int(id))]):
                return  # not in the register, but still named as delivered to somebody
        with open_register(store, holder="legal hold") as register:
            present(register, [int(id)])


def _rule(kind: str, name: str) -> Rule:
    rule = rules().get((kind, name))
    if rule is None or kind == "template":
        known = ", ".join(one.key for one in rules().values() if one.span is not None and one.kind != "template")
        raise InvalidInput("value_unknown", field="row", value=f"{kind} {name}", allowed=known)
    reasons = {
        "with": f"its rows go with those of {' or '.join(rule.targets)}; hold the row there",
        "keep": "it has no end by time",
        "unset": f"it is emptied with the row of {rule.target} that it names; hold that row",
    }
    if rule.action in reasons:
        raise InvalidInput("hold_pointless", kind=kind, name=name, reason=reasons[rule.action])
    if rule.key == "files snapshots":
        reason = "a former snapshot holds whom the new one has not"
        raise InvalidInput("hold_pointless", kind=kind, name=name, reason=reason)
    return rule
