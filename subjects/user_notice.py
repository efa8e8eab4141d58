"""The notice to customers' users (Art. 13), made from the live settings and the rules of retention, and what must be in
it (R097). The right to object stands first and apart (Art. 21(4)); mandatory fields are marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from core.settings import Settings
from ledger import processors
from ledger.store import Store
from schemas.processing import repealed_acts
from schemas.retention import rule
from subjects.notice_text import plain
from subjects.texts import LANGUAGES, filled, text

Row = dict[str, Any]

ITEMS: Mapping[str, str] = {
    "13(1)(a)": "controller",
    "13(1)(b)": "contact",
    "13(1)(c)": "purposes",
    "13(1)(d)": "interests",
    "13(1)(e)": "recipients",
    "13(1)(f)": "transfers",
    "13(2)(a)": "periods",
    "13(2)(b)": "rights",
    "13(2)(c)": "rights",
    "13(2)(d)": "complaint",
    "13(2)(e)": "obligation",
    "13(2)(f)": "automated",
}
"""Item of the article to the part of the notice that tells it; 13(2)(c) is that there is no consent to withdraw."""

FIELDS: Mapping[str, bool] = {
    "name": True, "email": True, "organisation": True, "password": True, "activity": True, "phone": False,
}  # fmt: skip
"""What is kept of a user, and whether it must be given."""
MANDATORY = " *"


@dataclass(frozen=True)
class Processors:
    """Who processes data of users on our behalf, as it is told, and whose data leave the EEA for it."""

    named: Sequence[str] = ()
    transfers: Sequence[str] = ()


def live(store: Store) -> Processors:
    """The processors of users' data in the list of processors (R078)."""
    with store.ledger.read() as connection:
        named = processors.named(connection, today=store.today(), data="users")
        rows = processors.listing(connection, today=store.today())
    return Processors(named, [row["name"] for row in rows if row["data"] == "users" and row["transfer"]])


_NOBODY = Processors()


def document(settings: Settings, language: str, *, used: Processors = _NOBODY) -> Row:
    """The notice in a language, in the shape of ``notice_text.document``.

    Raises ``InvalidInput`` (value_unknown) for a language that is not offered.
    """
    words = text("user_notice", language)
    phrases = words["phrases"]
    phone, officer = settings.controller_phone, settings.data_protection_officer
    values = {
        "controller": settings.controller,
        "business_id": settings.controller_business_id,
        "address": settings.controller_address,
        "responsible": settings.responsible,
        "contact": settings.contact,
        "phone_part": filled(phrases["phone"], {"phone": phone}) if phone else "",
        "officer_part": filled(phrases["officer"], {"officer": officer}) if officer else "",
        "processors": ", ".join(used.named) or phrases["none"],
        **periods(),
    }
    fields = [words["fields"][name] + (MANDATORY if needed else "") for name, needed in FIELDS.items()]
    return {
        "language": language,
        "title": words["title"],
        "sender": [settings.controller, settings.controller_address, settings.contact],
        "footer": words["footer"],
        "intro": filled(words["intro"], values),
        "ban": filled(words["ban"], values),
        "parts": [
            {
                "part": name,
                "heading": part["heading"],
                "text": filled(part["text"], values),
                "list": fields if "list" in part else [],
            }
            for name, part in words["parts"].items()
        ],
    }


def periods() -> dict[str, int]:
    """How long data of users are kept, from the live rules of retention. Raises ``InvalidInput`` (notice_incomplete)
    when a rule no longer has an end."""
    spans = {
        "contact_months": rule("blank", "customer.contact").span,
        "replaced_days": rule("table", "former_contact").span,
        "look_years": rule("table", "consultation").span,
        "order_years": rule("table", "campaign_order").span,
    }
    found = {}
    for name, span in spans.items():
        if span is None:
            raise InvalidInput("notice_incomplete", language="fi", fault=f"13(2)(a): no period for {name}")
        units = {"months": span.years * 12 + span.months, "days": span.days, "years": span.years}
        found[name] = int(units[name.rpartition("_")[2]])
    return found


def lint(made: Mapping[str, Any], settings: Settings, *, used: Processors = _NOBODY) -> list[str]:
    """What is wrong with a notice: missing items of Art. 13, the objection not first and apart, unmarked fields."""
    parts = {part["part"]: part for part in made["parts"]}
    wrong = [
        f"{item}: nothing on {name}"
        for item, name in ITEMS.items()
        if not parts.get(name, {}).get("text", "").strip() or not parts[name]["heading"].strip()
    ]
    whole = plain(made)
    if not made["ban"].get("text", "").strip() or settings.contact not in made["ban"]["text"]:
        wrong.append("21(4): no right to object with a way to use it")
    elif whole.index(made["ban"]["text"]) > whole.index(made["intro"]) or "ban" in parts:
        wrong.append("21(4): the right to object does not stand first and apart")
    labels = text("user_notice", made["language"])["fields"]
    told_of = parts.get("transfers", {}).get("text", "")
    listed = parts.get("obligation", {}).get("list", [])
    wrong += [
        f"13(2)(e): {name} is not marked as it should be"
        for name, needed in FIELDS.items()
        if labels[name] + (MANDATORY if needed else "") not in listed
    ]
    wrong += [f"13(2)(a): {name} is not told" for name, number in periods().items() if f" {number} " not in f"{whole} "]
    wrong += [f"13(1)(f): the transfer to {name} is not told" for name in used.transfers if name not in told_of]
    wrong += [f"repealed act {act}" for act in repealed_acts(whole)]
    if "{" in whole or "}" in whole:
        wrong.append("a blank that was not filled in")
    return wrong


def texts(settings: Settings, *, used: Processors = _NOBODY) -> dict[str, str]:
    """The whole text in every language. Raises ``InvalidInput`` (notice_incomplete): a faulty notice is never shown."""
    made = {language: document(settings, language, used=used) for language in LANGUAGES}
    for language, one in made.items():
        for fault in lint(one, settings, used=used):
            raise InvalidInput("notice_incomplete", language=language, fault=fault)
    return {language: plain(one) for language, one in made.items()}
