"""The text for the customer's messages: marketing as such, whose register, and a free way to say no (R040)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidInput
from extracts.licence.deal import Deal
from schemas.licence import MESSAGE_LANGUAGES

LINK = "{ban_url}"
"""Stands in a written text where the row's own link goes."""
_WRITTEN = ("email", "post")


def block(deal: Deal, language: str) -> dict[str, str]:
    """The text by channel of the campaign: ``email`` and ``post`` to be set under a message, ``phone`` to be said.

    Raises ``InvalidInput`` (value_unknown) for another language.
    """
    if language not in MESSAGE_LANGUAGES:
        raise InvalidInput("value_unknown", field="language", value=language, allowed=", ".join(MESSAGE_LANGUAGES))
    words: Mapping[str, Any] = deal.terms["message"][language]
    values = {
        "customer": deal.customer.name,
        "register": deal.register,
        "controller": deal.controller.name,
        "contact": deal.controller.contact,
        "ban_url": LINK,
    }
    made = {}
    for channel in deal.channels:
        manner = words["text" if channel in _WRITTEN else "spoken"]
        parts = (words["kind"][deal.purpose], manner["source"], manner["ban"])
        made[channel] = " ".join(part.format_map(values) for part in parts)
    return made
