"""Issuing the licence of one extract: the two texts that lie beside the rows, and inside them where a format can."""

from __future__ import annotations

from datetime import datetime

from core.keys import Key
from core.signing import public_key, sign
from extracts.licence.card import card
from extracts.licence.deal import Deal
from extracts.licence.policy import Delivered, policy, written


def card_text(deal: Deal, delivered: Delivered, *, key: Key) -> str:
    """The card for people; it names the public half of the signing key."""
    return card(deal, delivered, key=public_key(key))


def policy_text(deal: Deal, delivered: Delivered, *, key: Key, at: datetime) -> str:
    """The signed policy for programs, as the text of a JSON-LD file."""
    return written(sign(policy(deal, delivered, at=at), key, at=at))
