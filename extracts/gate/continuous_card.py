"""The terms that lie beside every delivery of continuous use, in Finnish and English (R033, R040, R041)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from core.settings import Settings
from extracts.licence.card import legend, messages
from extracts.licence.deal import deal_of
from schemas import codes
from schemas.licence import shipped

Row = Mapping[str, Any]
_TEXT = Path(__file__).with_suffix(".txt")


def card(
    settings: Settings, *, extract: str, delta: int, campaign: Row, customer: Row, controller: Row, terms: Row
) -> str:
    """The card's text; ``campaign`` (the use), ``customer``, ``controller`` and ``terms`` (of the message text) are
    rows of the ledger."""
    since, until = campaign["starts_on"], campaign["ends_on"]
    deal = deal_of(settings, campaign=campaign, customer=customer, terms=terms)
    text = Template(_TEXT.read_text(encoding="utf-8")).substitute(
        extract=extract,
        subscription=campaign["campaign"],
        delta=delta,
        customer=customer["name"],
        customer_id=customer["business_id"],
        notice_url=controller["notice_url"],
        since_fi=f"{since.day}.{since.month}.{since.year}",
        until_fi=f"{until.day}.{until.month}.{until.year}",
        since_en=since.isoformat(),
        until_en=until.isoformat(),
        controller=settings.controller,
        contact=settings.contact,
        **_words(campaign, "fi"),
        **_words(campaign, "en"),
    )
    return "\n\n\n".join([text.rstrip(), "\n\n".join(messages(deal)), "\n\n".join(legend())]) + "\n"


def _words(campaign: Row, language: str) -> dict[str, str]:
    """What the use is for, in one language."""
    words = shipped()["terms"][language]
    subject = [codes.responsibilities()[code] for code in campaign["subject"]]
    said = {
        "purpose": words["purposes"][campaign["purpose"]],
        "channels": ", ".join(words["channels"][channel] for channel in campaign["channels"]),
        "subject": ", ".join(getattr(label, language) for label in subject),
    }
    return {f"{name}_{language}": value for name, value in said.items()}
