"""The sample register: where the shipped one lies, and (in ``generate``) how one of any size is made."""

from __future__ import annotations

from pathlib import Path

FILES = ("organisations.csv", "positions.csv", "crm.csv", "crm_truth.csv", "bans.csv")
"""What ``rajaus sample`` writes; the shipped sample has ``ytj.json`` and ``companies_prh_excerpt.csv`` besides."""
SHIPPED_ORGANISATIONS = 1800


def sample_dir() -> Path:
    """The shipped sample: inside the installed package, in a checkout ``data/sample``."""
    here = Path(__file__).resolve().parent
    packed = here / "data"
    return packed if packed.is_dir() else here.parents[1] / "data" / "sample"
