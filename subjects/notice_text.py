"""The notice to registered persons, made from the live configuration and schema, and what must be in it (R097, R098).

The ban stands first and apart (Art. 21(4)). :func:`lint` knows every item of Art. 14(1)-(2) and finds what is missing;
:func:`facts` is what two versions are compared by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import InvalidInput
from ledger import processors, sources
from ledger.sources import GROUND
from ledger.store import Store
from schemas import codes
from schemas.processing import categories, categorised, periods, repealed_acts
from subjects.texts import LANGUAGES, filled, text

Row = dict[str, Any]

ITEMS: Mapping[str, str] = {
    "14(1)(a)": "controller",
    "14(1)(b)": "contact",
    "14(1)(c)": "purposes",
    "14(1)(d)": "categories",
    "14(1)(e)": "recipients",
    "14(1)(f)": "transfers",
    "14(2)(a)": "periods",
    "14(2)(b)": "interests",
    "14(2)(c)": "rights",
    "14(2)(d)": "rights",
    "14(2)(e)": "complaint",
    "14(2)(f)": "source",
    "14(2)(g)": "automated",
}
"""Item of the article to the part of the notice that tells it; 14(2)(d) is that there is no consent to withdraw."""

MATERIAL = ("controller", "purposes", "ground", "categories", "recipients", "transfers", "periods", "automated")
"""Facts whose change a person must be told of before it takes effect (R098)."""


def facts(store: Store) -> Row:
    """What the notice says, part by part, as data: live settings, schema and sources."""
    settings = store.settings
    with store.ledger.read() as connection:
        processed_by = processors.named(connection, today=store.today(), data="register")
        names = sorted(source.source for source in sources.sources(connection) if source.quarantined_at is None)
    return {
        "controller": [settings.controller, settings.controller_business_id],
        "contact": [
            settings.contact, settings.controller_address, settings.controller_phone, settings.responsible,
            settings.data_protection_officer,
        ],
        "purposes": list(codes.PURPOSES),
        "ground": GROUND,
        "categories": {
            table: {name: list(fields) for name, fields in by_name.items()} for table, by_name in categorised().items()
        },
        "recipients": list(codes.MODES),
        "processors": processed_by,
        "transfers": "none",
        "periods": dict(periods()),
        "automated": "none",
        "source": names,
        "wait_days": settings.notice_wait_days,
        "wording": _wording(),
    }  # fmt: skip


def changed(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[str]:
    """Names of the facts that differ."""
    return sorted(name for name in {*earlier, *later} if earlier.get(name) != later.get(name))


def material(names: Sequence[str]) -> list[str]:
    """Those of the changed facts that the persons must be told of beforehand."""
    return [name for name in names if name in MATERIAL]


def document(said: Mapping[str, Any], language: str, *, version: int) -> Row:
    """The notice in a language: ``{"language", "title", "sender", "footer", "intro", "ban", "parts"}``; every part has
    ``part``, ``heading``, ``text`` and ``list``. ``said`` are :func:`facts`.

    Raises ``InvalidInput`` (value_unknown) for a language that is not offered.
    """
    words = text("notice", language)
    contact, address, phone, responsible, officer = said["contact"]
    phrases = words["phrases"]
    values = {
        "version": version, "wait_days": said["wait_days"], "contact": contact, "address": address,
        "controller": said["controller"][0], "business_id": said["controller"][1], "responsible": responsible,
        "phone_part": filled(phrases["phone"], {"phone": phone}) if phone else "",
        "officer_part": filled(phrases["officer"], {"officer": officer}) if officer else "",
        "purposes": ", ".join(words["purposes"][purpose] for purpose in said["purposes"]),
        "sources": ", ".join(said["source"]) or phrases["no_sources"],
        "processors": ", ".join(said["processors"]) or phrases["none"], **said["periods"],
    }  # fmt: skip
    lists = {"categories": _categories(said, language)}
    return {
        "language": language,
        "title": words["title"],
        "sender": [values["controller"], address, contact],
        "footer": filled(words["footer"], values),
        "intro": filled(words["intro"], values),
        "ban": filled(words["ban"], values),
        "parts": [
            {
                "part": name,
                "heading": part["heading"],
                "text": filled(part["text"], values),
                "list": lists[part["list"]] if "list" in part else [],
            }
            for name, part in words["parts"].items()
        ],
    }


def plain(made: Mapping[str, Any]) -> str:
    """The notice as the text of an e-mail: the ban first, between lines of its own."""
    rule = "=" * 72
    blocks = [made["title"], "\n".join((rule, made["ban"]["heading"].upper(), "", made["ban"]["text"], rule))]
    blocks.append(made["intro"])
    for part in made["parts"]:
        items = "".join(f"\n- {item}" for item in part["list"])
        blocks.append(f"{part['heading']}\n{part['text']}{items}")
    return "\n\n".join((*blocks, "\n".join(made["sender"]), made["footer"])) + "\n"


def lint(made: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """What is wrong with a notice: missing items of Art. 14, the ban not first and apart, a repealed act."""
    parts = {part["part"]: part for part in made["parts"]}
    wrong = [
        f"{item}: nothing on {name}"
        for item, name in ITEMS.items()
        if not parts.get(name, {}).get("text", "").strip() or not parts[name]["heading"].strip()
    ]
    whole = plain(made)
    labels = text("notice", made["language"])["purposes"]
    wrong += [f"14(1)(c): purpose {one} is not named" for one in said["purposes"] if labels.get(one, "\0") not in whole]
    wrong += [
        f"14(1)(d): a category is not named: {one}" for one in _categories(said, made["language"]) if one not in whole
    ]
    if not made["ban"].get("text", "").strip() or said["contact"][0] not in made["ban"]["text"]:
        wrong.append("21(4): no right to ban with a way to use it")
    elif whole.index(made["ban"]["text"]) > whole.index(made["intro"]) or "ban" in parts:
        wrong.append("21(4): the right to ban does not stand first and apart")
    wrong += [f"repealed act {act}" for act in repealed_acts(whole)]
    if "{" in whole or "}" in whole:
        wrong.append("a blank that was not filled in")
    return wrong


def texts(said: Mapping[str, Any], *, version: int) -> dict[str, str]:
    """The whole text in every language. Raises ``InvalidInput`` (notice_incomplete): a faulty notice is never filed."""
    made = {language: document(said, language, version=version) for language in LANGUAGES}
    for language, one in made.items():
        for fault in lint(one, said):
            raise InvalidInput("notice_incomplete", language=language, fault=fault)
    return {language: plain(one) for language, one in made.items()}


def _categories(said: Mapping[str, Any], language: str) -> list[str]:
    """Names of the categories of data about the person, in the order of the schema."""
    names = [name for table in ("positions", "ledger") for name in said["categories"][table]]
    return [getattr(categories()[name], language) for name in names]


def _wording() -> str:
    """Changes with any word of the templates."""
    words = json.dumps([dict(text("notice", language)) for language in LANGUAGES], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]
