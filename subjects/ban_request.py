"""What somebody said who wants to be left alone, read into normal form. Free-form: any one way to tell who is meant is
enough, and nothing else is asked (R015)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from core.errors import InvalidInput
from core.identity import fold_name, fold_names, normalise_business_id, normalise_email, normalise_phone
from core.ids import org_id
from ledger import bans
from ledger.store import Store
from schemas import codes
from schemas.near_names import name_parts

VIA = ("phone", "letter", "email", "web", "customer", "reseller", "authority", "list")
KINDS = ("processing", "disclosure")
"""Both block everything alike (R012, D3)."""


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
    address_only: bool = False
    channel: str | None = None
    position: int | None = None
    person: int | None = None
    """Known for certain, as by the ban link of a row; nothing else is asked then."""
    received_on: date | None = None
    reference: str | None = None
    kind: str = "processing"


def target(request: BanRequest) -> str:
    """What the ban is recorded as being about."""
    if request.position is not None:
        return "position"
    if request.address_only:
        return "address"
    return "organisation" if request.whole_organisation else "person"


def clear(store: Store, request: BanRequest) -> dict[str, Any]:
    """The request as a row of ``register.ban_search.REQUESTS``, in clear: for the search, never for the ledger.

    Raises ``InvalidInput`` when nothing identifies anybody (ban_identifies_nobody) or a value cannot be read.
    """
    choices = (
        ("via", request.via, VIA),
        ("kind", request.kind, KINDS),
        ("channel", request.channel or "email", codes.CHANNELS),
    )
    for field, value, allowed in choices:
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    if request.received_on is not None and request.received_on > store.today():
        raise InvalidInput("date_future", field="received")
    email = _read("email", request.email, normalise_email, "email_invalid")
    phone = _read("phone", request.phone, normalise_phone, "phone_invalid")
    names, pairs = _names(request)
    business_id = _read("business-id", request.business_id, normalise_business_id, "business_id_invalid")
    municipality = _municipality(request.municipality)
    organisation = (request.organisation or "").strip()
    named = names and (organisation or business_id or municipality)
    whole = request.whole_organisation and (business_id or organisation)
    address = email or phone
    known = request.position is not None or request.person is not None
    if not (address or known or ((named or whole) and not request.address_only)):
        raise InvalidInput("ban_identifies_nobody")
    return {
        "email": email,
        "phone": phone,
        "names": names,
        "pairs": pairs,
        "org": org_id(business_id) if business_id else None,
        "org_name": organisation.lower() or None,
        "org_fold": fold_name(organisation) if organisation else None,
        "municipality": municipality,
        "whole": request.whole_organisation,
        "position": request.position,
        "person": request.person,
        "address_only": request.address_only,
    }


def _read(field: str, value: str | None, normalise: Callable[[str], str | None], code: str) -> str | None:
    if value is None or not value.strip():
        return None
    if (normal := normalise(value)) is None:
        raise InvalidInput(code, field=field)
    return normal


def _names(request: BanRequest) -> tuple[list[str], list[dict[str, str]]]:
    """The name's tokens under the present and a former surname, and its (first name, surname part) pairs."""
    if not request.first_name or not request.last_name:
        return [], []
    surnames = [name for name in (request.last_name, request.former_last_name) if name]
    tokens = (bans.name_tokens(request.first_name, surname) for surname in surnames)
    pairs = [pair for surname in surnames for pair in name_parts(request.first_name, surname)]
    return (
        list(dict.fromkeys(token for token in tokens if token)),
        [{"given": given, "part": part} for given, part in dict.fromkeys(pairs)],
    )


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
