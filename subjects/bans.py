"""Filing a ban: free-form, from any channel, without proof of identity (R015).

The ban takes effect in the transaction that records it: what it hits in the published register is out of every
count and cut from then on, and its keys stop the person from being imported again. When several persons could be
meant, all are held out and a task is opened (R018, T04): ambiguity fails closed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import FileRejected, InvalidInput, NotFound, RajausError
from core.identity import fold_name, fold_names, normalise_business_id, normalise_email, normalise_phone
from core.ids import business_id as business_id_of, org_id
from core.keys import Key
from ledger import bans, snapshots
from ledger.store import Store
from register.query import (
    Register,
    find_organisations,
    find_persons,
    open_register,
    organisations_with_phone,
    person_of,
)
from schemas import codes

VIA = ("phone", "letter", "email", "web", "customer", "reseller", "authority", "list")
_RESOLVE_DAYS = 7


@dataclass(frozen=True)
class BanRequest:
    """What somebody said; at least one way to tell who is meant."""

    via: str
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    former_last_name: str | None = None
    organisation: str | None = None
    business_id: str | None = None
    municipality: str | None = None
    whole_organisation: bool = False
    channel: str | None = None
    position: int | None = None
    received_on: date | None = None


@dataclass(frozen=True)
class _Clear:
    """A request in normal form."""

    email: str | None
    phone: str | None
    names: tuple[str, ...]
    business_id: str | None
    municipality: str | None


def add_ban(store: Store, request: BanRequest) -> dict[str, Any]:
    """File a ban: ``{"ban", "matched", "held", "fence"}``; persons matched, and those of them held for review.

    Raises ``InvalidInput`` only when nothing identifies anybody or a value cannot be read.
    """
    clear = _normalise(store, request)
    key = store.key("suppression")
    while True:
        with store.ledger.read() as connection:
            snapshot = snapshots.current(connection)
        keys, hits = _resolve(store, request, clear, key, snapshot)
        with store.write() as tx:
            bans.lock_fence(tx)
            if snapshots.current(tx.connection) != snapshot:
                tx.abandon()  # published meanwhile: resolve against the new snapshot
                continue
            ban, fence = bans.record(
                tx,
                target=_target(request),
                via=request.via,
                received_on=request.received_on or store.today(),
                channel=request.channel,
                keys=keys,
                key_id=key.key_id,
                hits=hits,
            )
            held = sum(is_held for _, _, is_held in hits)
            if held:
                bans.open_task(
                    tx,
                    kind="ban ambiguous",
                    due_on=store.today() + timedelta(days=_RESOLVE_DAYS),
                    ids={"ban": ban, "candidates": held},
                )
        return {"ban": ban, "matched": len(hits), "held": held, "fence": fence}


def _target(request: BanRequest) -> str:
    if request.position is not None:
        return "position"
    return "organisation" if request.whole_organisation else "person"


def _normalise(store: Store, request: BanRequest) -> _Clear:
    for field, value, allowed in (("via", request.via, VIA), ("channel", request.channel or "email", codes.CHANNELS)):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    if request.received_on is not None and request.received_on > store.today():
        raise InvalidInput("date_future", field="received")
    clear = _Clear(
        email=_read("email", request.email, normalise_email, "email_invalid"),
        phone=_read("phone", request.phone, normalise_phone, "phone_invalid"),
        names=_names(request),
        business_id=_read("business-id", request.business_id, normalise_business_id, "business_id_invalid"),
        municipality=_municipality(request.municipality),
    )
    named = clear.names and (request.organisation or clear.business_id or clear.municipality)
    organisation = request.whole_organisation and (clear.business_id or request.organisation)
    if not (clear.email or clear.phone or named or organisation or request.position is not None):
        raise InvalidInput("ban_identifies_nobody")
    return clear


def _read(field: str, value: str | None, normalise: Callable[[str], str | None], code: str) -> str | None:
    if value is None or not value.strip():
        return None
    if (normal := normalise(value)) is None:
        raise InvalidInput(code, field=field)
    return normal


def _names(request: BanRequest) -> tuple[str, ...]:
    """The name tokens of the person under the present and a former surname."""
    if not request.first_name or not request.last_name:
        return ()
    surnames = [name for name in (request.last_name, request.former_last_name) if name]
    tokens = (bans.name_tokens(request.first_name, surname) for surname in surnames)
    return tuple(dict.fromkeys(token for token in tokens if token))


def _municipality(value: str | None) -> str | None:
    """A municipality by code, or by its Finnish or Swedish name."""
    if value is None or not value.strip():
        return None
    code = _municipality_codes().get(fold_name(value) or "")
    if value.strip() in codes.municipalities():
        return value.strip()
    if code is not None:
        return code
    raise InvalidInput("value_unknown", field="municipality", value="(given)", allowed="Finnish municipalities")


@cache
def _municipality_codes() -> Mapping[str, str]:
    """Folded Finnish and Swedish name to code."""
    known = codes.municipalities()
    names = [(name, code) for code, label in known.items() for name in (label.sv, label.fi)]
    folded = fold_names(pa.array([name for name, _ in names], pa.string())).to_pylist()
    return dict(zip(folded, (code for _, code in names), strict=True))


def _resolve(
    store: Store, request: BanRequest, clear: _Clear, key: Key, snapshot: str | None
) -> tuple[list[tuple[str, bytes]], list[tuple[str, int, bool]]]:
    """Keys to store and ``(target, id, held)`` hits in the published register, if there is one."""
    if snapshot is None:
        return _keys(clear, request, key, set()), []
    with open_register(store, holder="ban", snapshot=snapshot) as register:
        organisations = _organisations(register, request, clear)
        if request.position is not None:
            if person_of(register, request.position) is None:
                raise NotFound("position_unknown", position=request.position)
            return [], [("position", request.position, False)]
        if request.whole_organisation:
            targets = [("organisation", org, len(organisations) > 1) for org in sorted(organisations)]
            return _keys(clear, request, key, organisations), targets
        persons = _persons(register, clear, organisations)
        switchboards = organisations_with_phone(register, clear.phone) if clear.phone else set()
    several = len(persons) + len(switchboards) > 1
    hits = [("person", person, several) for person in sorted(persons)]
    hits += [("organisation", org, True) for org in sorted(switchboards)]  # who of them spoke is not known
    return _keys(clear, request, key, organisations), hits


def _organisations(register: Register, request: BanRequest, clear: _Clear) -> set[int]:
    if clear.business_id:
        return {org_id(clear.business_id)}
    return find_organisations(register, request.organisation) if request.organisation else set()


def _persons(register: Register, clear: _Clear, organisations: set[int]) -> set[int]:
    found = find_persons(register, email=clear.email, phone=clear.phone)
    for name in clear.names:
        found |= find_persons(
            register, tokens=name.split(), organisations=sorted(organisations), municipality=clear.municipality
        )
    return found


def _keys(clear: _Clear, request: BanRequest, key: Key, organisations: set[int]) -> list[tuple[str, bytes]]:
    messages: list[tuple[str, tuple[str, ...]]] = []
    if request.whole_organisation:
        messages += [("organisation", (business_id_of(org),)) for org in organisations]
        if clear.business_id:
            messages.append(("organisation", (clear.business_id,)))
    if clear.email:
        messages.append(("email", (clear.email,)))
    if clear.phone:
        messages.append(("phone", (clear.phone,)))
    for name in clear.names:
        messages += [("name_org", (name, business_id_of(org))) for org in organisations]
        if clear.business_id:
            messages.append(("name_org", (name, clear.business_id)))
        if request.organisation and not organisations:
            messages.append(("name_orgname", (name, fold_name(request.organisation) or "")))
        if clear.municipality:
            messages.append(("name_municipality", (name, clear.municipality)))
    return [(kind, key.mac(bans.key_message(kind, *parts))) for kind, parts in messages]


_COLUMNS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "former_last_name",
    "organisation",
    "business_id",
    "municipality",
    "whole_organisation",
    "via",
    "received",
)


def import_bans(store: Store, path: Path, *, advance: Callable[[int], None] = lambda _n: None) -> dict[str, Any]:
    """File every row of a CSV of bans (columns of ``bans.csv``); the file is checked whole before the first is filed.

    Returns ``{"read", "filed", "matched", "held", "fence"}``. Raises ``InvalidInput`` naming the row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := {"via"} - set(reader.fieldnames or ()):
                raise FileRejected("file_columns_missing", file=path.name, columns=", ".join(sorted(missing)))
            rows = list(reader)
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=path.name, row=1, encoding="UTF-8") from error
    requests = []
    for number, row in enumerate(rows, start=1):
        try:
            request = _request_of(row)
            _normalise(store, request)
        except RajausError as error:
            raise InvalidInput("ban_file_row", file=path.name, row=number, reason=str(error)) from error
        requests.append(request)
    totals = {"read": len(rows), "filed": 0, "matched": 0, "held": 0, "fence": 0}
    for request in requests:
        filed = add_ban(store, request)
        totals |= {
            "filed": totals["filed"] + 1,
            "matched": totals["matched"] + filed["matched"],
            "held": totals["held"] + filed["held"],
            "fence": filed["fence"],
        }
        advance(1)
    return totals


def _request_of(row: Mapping[str, str | None]) -> BanRequest:
    values = {name: (row.get(name) or "").strip() or None for name in _COLUMNS}
    try:
        received = date.fromisoformat(values["received"]) if values["received"] else None
    except ValueError as error:
        raise InvalidInput("date_invalid", field="received") from error
    whole = (values["whole_organisation"] or "").lower() in ("1", "true", "yes", "x", "kyllä")
    return BanRequest(
        via=values["via"] or "list",
        email=values["email"],
        phone=values["phone"],
        first_name=values["first_name"],
        last_name=values["last_name"],
        former_last_name=values["former_last_name"],
        organisation=values["organisation"],
        business_id=values["business_id"],
        municipality=values["municipality"],
        whole_organisation=whole,
        received_on=received,
    )
