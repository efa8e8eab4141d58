"""The licence card: what the customer may do until when, in words that a lawyer and a salesperson read (R033)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from extracts.licence.deal import Deal
from extracts.licence.message import block
from extracts.licence.policy import ACKNOWLEDGE_DAYS, Delivered
from schemas import codes
from schemas.licence import CARD_LANGUAGES, MESSAGE_LANGUAGES, SECTIONS

_WIDTH = 110
_LISTS = (
    ("responsibilities", codes.responsibilities),
    ("staff_class", codes.staff_classes),
    ("revenue_class", codes.revenue_classes),
)


def card(deal: Deal, delivered: Delivered, *, key: str) -> str:
    """The card's text in Finnish and English, with the message text and what the codes in the columns stand for.

    ``key`` is the public key (a multikey) that the policy beside it is signed with.
    """
    parts = [*(_terms(deal, delivered, language, key) for language in CARD_LANGUAGES), messages(deal), legend()]
    return "\n\n\n".join("\n\n".join(part) for part in parts) + "\n"


def _terms(deal: Deal, delivered: Delivered, language: str, key: str) -> Iterator[str]:
    words: Mapping[str, Any] = deal.terms["terms"][language]
    labels = words["facts"]
    values = {
        "customer": deal.customer.name,
        "campaign": deal.campaign_name,
        "since": _day(deal.since, language),
        "until": _day(deal.until, language),
        "disposal": _day(deal.disposal_on, language),
        "controller": deal.controller.name,
        "register": deal.register,
        "contact": deal.controller.contact,
        "snapshot": delivered.snapshot,
        "acknowledge_days": ACKNOWLEDGE_DAYS,
        "key": key,
    }
    facts = {
        "extract": delivered.extract,
        "rows": delivered.rows,
        "customer": f"{deal.customer.name} ({deal.customer.business_id})",
        "campaign": f"{deal.campaign_name} ({deal.campaign})",
        "purpose": words["purposes"][deal.purpose],
        "channels": ", ".join(words["channels"][channel] for channel in deal.channels),
        "subject": ", ".join(getattr(codes.responsibilities()[code], language) for code in deal.subject),
        "validity": labels["until"].format_map(values),
        "controller": f"{deal.controller.name} ({deal.controller.business_id})",
        "terms": deal.terms_version,
    }
    yield words["title"]
    yield _wrapped(words["brief"].format_map(values))
    yield "\n".join(f"{labels[name]}: {value}" for name, value in facts.items())
    for name in SECTIONS:
        section = words["sections"][name]
        yield section["heading"] + "\n" + _wrapped(section["text"].format_map(values))


def messages(deal: Deal) -> Iterator[str]:
    """The text for the customer's messages, by language and channel, as paragraphs."""
    yield "VIESTIIN LIITETTÄVÄ TEKSTI – TEXT FOR EVERY MESSAGE"
    for language in MESSAGE_LANGUAGES:
        for channels, text in _joined(block(deal, language)).items():
            yield f"{language}, {channels}:\n{_wrapped(text)}"


def _joined(by_channel: Mapping[str, str]) -> dict[str, str]:
    """Channels with one text together: channels → text."""
    channels: dict[str, list[str]] = {}
    for channel, text in by_channel.items():
        channels.setdefault(text, []).append(channel)
    return {", ".join(names): text for text, names in channels.items()}


def legend() -> Iterator[str]:
    """What the codes in the columns stand for, as paragraphs."""
    yield "KOODIT – CODES"
    for column, labels in _LISTS:
        yield column + "\n" + "\n".join(f"  {code:<4} {one.fi} – {one.en}" for code, one in labels().items())


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _day(day: date, language: str) -> str:
    return day.isoformat() if language == "en" else f"{day.day}.{day.month}.{day.year}"
