"""The terms that lie beside every delivery of continuous use, in Finnish and English (R033, R040, R041)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from core.settings import Settings
from extracts.gate.card import CHANNELS, PURPOSES
from schemas import codes

Row = Mapping[str, Any]
_TEXT = Path(__file__).with_suffix(".txt")


def card(settings: Settings, *, extract: str, delta: int, campaign: Row, customer: Row, controller: Row) -> str:
    """The card's text; ``campaign`` (the use), ``customer`` and ``controller`` are rows of the ledger."""
    since, until = campaign["starts_on"], campaign["ends_on"]
    subject = [codes.responsibilities()[code] for code in campaign["subject"]]
    channels = [CHANNELS[channel] for channel in campaign["channels"]]
    return Template(_TEXT.read_text(encoding="utf-8")).substitute(
        extract=extract,
        subscription=campaign["campaign"],
        delta=delta,
        customer=customer["name"],
        customer_id=customer["business_id"],
        notice_url=controller["notice_url"],
        purpose_fi=PURPOSES[campaign["purpose"]][0],
        purpose_en=PURPOSES[campaign["purpose"]][1],
        channels_fi=", ".join(fi for fi, _ in channels),
        channels_en=", ".join(en for _, en in channels),
        subject_fi=", ".join(label.fi for label in subject),
        subject_en=", ".join(label.en for label in subject),
        since_fi=f"{since.day}.{since.month}.{since.year}",
        until_fi=f"{until.day}.{until.month}.{until.year}",
        since_en=since.isoformat(),
        until_en=until.isoformat(),
        controller=settings.controller,
        contact=settings.contact,
    )
