"""What must be known of a processor before anything is handed to it (Art. 28, R078). Pure.

Register data stay inside the EU and EEA whatever a processor can show; only for data of customers' users does a
transfer mechanism help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from schemas import codes

CATEGORIES = ("hosting", "printing", "mailing", "backup", "support", "security", "other")
"""Kinds of service."""
DATA = ("register", "users")
"""Whose data it handles: registered persons', or those of customers' users."""
MECHANISMS = ("adequacy", "scc", "bcr")
"""Chapter V: adequacy decision, standard contractual clauses, binding corporate rules."""
ITEMS = (
    "purposes", "fields", "agreement", "sub_processors", "location", "outside_eea", "transfer", "evidence",
    "evidence_expired",
)  # fmt: skip
"""What :func:`missing` may say."""


def missing(row: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]], *, today: date) -> list[str]:
    """What stands against using a processor today; empty: it may be used.

    ``sub_processors`` None means that nobody said; an empty list that there are none. Evidence counts until its day.
    """
    places = [row["location"], *(row["storage"] or ())]
    abroad = [place for place in places if place and not codes.in_eea(place, day=today)]
    valid = [one for one in evidence if today <= one["valid_until"]]
    found = {
        "purposes": not row["purposes"],
        "fields": not row["fields"],
        "agreement": row["agreement_on"] is None or row["agreement_on"] > today,
        "sub_processors": row["sub_processors"] is None,
        "location": not row["location"] or not row["storage"],
        "outside_eea": row["data"] == "register" and bool(abroad),
        "transfer": row["data"] != "register" and bool(abroad) and row["transfer"] is None,
        "evidence": not evidence,
        "evidence_expired": bool(evidence) and not valid,
    }
    return [name for name in ITEMS if found[name]]
