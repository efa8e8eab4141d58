"""How titles are written: their abbreviations, and the parts of a title that is two (fingerprint.md 2.5)."""

from __future__ import annotations

import re
from functools import cache

from extracts.gate.channels.base import fold
from schemas import codes

_START, _END = r"(?<![\w-])", r"(?![\w-])"
_ABBREVIATIONS = (
    ("toimitusjohtaja", "tj."),
    ("varatoimitusjohtaja", "varatj."),
    ("puheenjohtaja", "pj."),
    ("varapuheenjohtaja", "varapj."),
    ("hallituksen jäsen", "hall. jäsen"),
    ("hallituksen varajäsen", "hall. varajäsen"),
    ("verkställande direktör", "vd"),
    ("styrelseordförande", "styrelseordf."),
    ("ordförande", "ordf."),
)
_SHORT = dict(_ABBREVIATIONS)
_FULL = {short: full for full, short in _ABBREVIATIONS}
_FULL_FORMS = re.compile(rf"(?i){_START}({'|'.join(re.escape(full) for full in _SHORT)}){_END}")
_SHORT_FORMS = re.compile(
    rf"{_START}({'|'.join(re.escape(short) for short in sorted(_FULL, key=len, reverse=True))}){_END}"
)
_UNDOTTED = re.compile(rf"{_START}(tj|varatj|pj|varapj|styrelseordf|ordf){_END}(?!\.)")
BETWEEN = re.compile(r"(?i)\s*[,;/&+]\s*|\s+(?:ja|och|and|sekä)\s+")
"""What stands between two titles in one cell."""


def abbreviated(cell: str) -> str:
    """Every full form that has an accepted abbreviation, abbreviated; a capital stays a capital."""

    def short(found: re.Match[str]) -> str:
        text = _SHORT[found[0].casefold()]
        return text[0].upper() + text[1:] if found[0][0].isupper() else text

    return _FULL_FORMS.sub(short, cell)


def expanded(folded: str) -> str:
    """A folded title with its abbreviations written out."""
    dotted = _UNDOTTED.sub(r"\1.", folded)
    return _SHORT_FORMS.sub(lambda found: _FULL[found[1]], dotted)


def parts(folded: str) -> list[str]:
    return [part for part in BETWEEN.split(folded) if part]


def canonical(cell: str | None) -> str:
    """The titles of a cell in full, in one order."""
    return "; ".join(sorted(parts(expanded(fold(cell or "")))))


@cache
def known() -> frozenset[str]:
    """The titles of the list, in the three languages, folded."""
    return frozenset(
        fold(row[name]) for row in codes.rows("job_titles") for name in ("title_fi", "title_sv", "title_en")
    )


def two(cell: str) -> tuple[str, str, str] | None:
    """A cell that holds two titles of the list: the first, what stands between, the second."""
    found = list(BETWEEN.finditer(cell))
    if len(found) != 1:
        return None
    first, second = cell[: found[0].start()], cell[found[0].end() :]
    if not first or not second:
        return None
    if not {expanded(fold(first)), expanded(fold(second))} <= known():
        return None
    return first, found[0][0], second
