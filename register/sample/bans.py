"""Bans filed by persons of the sample: by e-mail, phone, name with organisation, Y-tunnus or municipality, a former
name, and by whole organisations; the rows of ``bans.csv``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from register.sample.draw import Draw
from register.sample.people import surname_index, surnames
from register.sample.text import day, only, take, when

COLUMNS = (
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
LEAST = 10
PER_THOUSAND_PERSONS = 5
_EMAIL, _PHONE, _ORGANISATION, _BUSINESS_ID, _MUNICIPALITY, _FORMER, _WHOLE = range(7)
_FORMS = (
    _EMAIL,
    _PHONE,
    _ORGANISATION,
    _BUSINESS_ID,
    _EMAIL,
    _FORMER,
    _PHONE,
    _MUNICIPALITY,
    _BUSINESS_ID,
    _EMAIL,
    _PHONE,
    _WHOLE,
)
_VIAS = ("phone", "letter", "email", "web", "customer", "reseller", "authority", "list")


def draw_bans(draw: Draw, persons: pa.Table, *, first: int, as_of: int) -> pa.Table:
    """One ban per row of ``persons`` (columns of ``positions.csv`` and ``organisation``, ``municipality``).

    The forms take turns, so every form occurs; ``first`` is the number of the first ban. A person without an e-mail
    or mobile number is banned by name and Y-tunnus instead.
    """
    count = len(persons)
    column = {
        name: persons[name].combine_chunks()
        for name in ("email", "mobile", "first_name", "last_name", "organisation", "business_id", "municipality")
    }
    form = np.array(_FORMS, np.int64)[(first + np.arange(count)) % len(_FORMS)]
    no_mail, no_phone = (np.asarray(pc.is_null(column[name])) for name in ("email", "mobile"))
    shared = np.asarray(pc.fill_null(pc.match_substring_regex(column["email"], r"^[a-z]+@"), False))
    form = np.where(((form == _EMAIL) & (no_mail | shared)) | ((form == _PHONE) & no_phone), _BUSINESS_ID, form)
    named = np.isin(form, (_ORGANISATION, _BUSINESS_ID, _MUNICIPALITY, _FORMER))
    email = when(draw.chance(count, 0.3), pc.utf8_capitalize(column["email"]), column["email"])
    national = pc.replace_substring_regex(column["mobile"], r"^\+358(\d\d)(\d{4})(\d{4})$", r"0\1 \2 \3")
    former = surnames(surname_index(draw, np.zeros(count, bool)))
    return pa.table(
        {
            "email": only(form == _EMAIL, email),
            "phone": only(form == _PHONE, when(draw.chance(count, 0.6), national, column["mobile"])),
            "first_name": only(named, column["first_name"]),
            "last_name": only(named, column["last_name"]),
            "former_last_name": only(form == _FORMER, former),
            "organisation": only(form == _ORGANISATION, column["organisation"]),
            "business_id": only(np.isin(form, (_BUSINESS_ID, _FORMER, _WHOLE)), column["business_id"]),
            "municipality": only(form == _MUNICIPALITY, column["municipality"]),
            "whole_organisation": only(form == _WHOLE, "1"),
            "via": take(_VIAS, draw.below(count, len(_VIAS))),
            "received": day(as_of - 1 - draw.below(count, 900)),
        }
    )


def wanted(persons: int) -> int:
    """How many bans that many persons have filed."""
    return max(LEAST, persons * PER_THOUSAND_PERSONS // 1000)
