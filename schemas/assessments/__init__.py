"""Balancing tests (one per purpose) and the impact assessment: the shipped texts, and how long one holds (R099)."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Literal

from schemas import codes

KINDS = ("lia", "dpia")
"""A balancing test (legitimate interests assessment) and the data protection impact assessment."""
DPIA = "dpia"
"""The key of the impact assessment among the purposes: it covers all of them."""
REVIEW_MONTHS = 12

State = Literal["valid", "overdue", "expired"]
_HERE = Path(__file__).parent


def state(review_on: date, *, today: date, grace_days: int) -> State:
    """``valid`` up to and on its review day, ``overdue`` for the days of grace after it, then ``expired`` (R099)."""
    if today <= review_on:
        return "valid"
    return "overdue" if today <= review_on + timedelta(days=grace_days) else "expired"


def shipped_texts(*, wait_days: int) -> dict[str, str]:
    """The product's own texts, to be adopted by the controller: by purpose, and the impact assessment under DPIA."""
    particular = tomllib.loads((_HERE / "purposes.toml").read_text(encoding="utf-8"))
    template = Template((_HERE / "lia.md").read_text(encoding="utf-8"))
    texts = {purpose: template.substitute(particular[purpose], wait=wait_days) for purpose in codes.PURPOSES}
    dpia = Template((_HERE / "dpia.md").read_text(encoding="utf-8"))
    return texts | {
        DPIA: dpia.substitute(purposes=", ".join(particular[purpose]["title"] for purpose in codes.PURPOSES))
    }
