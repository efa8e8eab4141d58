"""The licence card of an extract: what the customer may do and until when, in Finnish and English (R033, R040)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from core.settings import Settings
from schemas import codes

NAME = "LICENCE.txt"

_TEXT = Path(__file__).with_name("licence_card.txt")
PURPOSES = {
    "sales": ("myynti", "sales"),
    "marketing": ("markkinointi", "marketing"),
    "mailing": ("osoitteellinen postitus", "addressed mailing"),
    "research": ("mielipide- ja markkinatutkimus", "opinion and market research"),
}
CHANNELS = {"email": ("sähköposti", "e-mail"), "phone": ("puhelin", "phone"), "post": ("posti", "post")}


def licence_card(
    settings: Settings, *, extract: str, campaign: Mapping[str, Any], customer: Mapping[str, Any], snapshot: str
) -> str:
    """The card's text; ``campaign`` and ``customer`` are rows of the ledger."""
    since, until = campaign["starts_on"], campaign["ends_on"]
    subject = [codes.responsibilities()[code] for code in campaign["subject"]]
    channels = [CHANNELS[channel] for channel in campaign["channels"]]
    return Template(_TEXT.read_text(encoding="utf-8")).substitute(
        extract=extract,
        customer=customer["name"],
        customer_id=customer["business_id"],
        campaign=campaign["name"],
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
        snapshot=snapshot,
        responsibilities=_legend(codes.responsibilities()),
        staff_classes=_legend(codes.staff_classes()),
        revenue_classes=_legend(codes.revenue_classes()),
    )


def _legend(labels: Mapping[str, codes.Label]) -> str:
    """What the codes of a column stand for."""
    return "\n".join(f"  {code:<4} {label.fi} – {label.en}" for code, label in labels.items())
