"""What a free-form mail asks for: a ban, or one of the rights, told from its words in fi, sv and en (R015). Pure.

The phrases are ``schemas/lists/mail_phrases.csv``. It errs towards the ban: an unwanted one is taken back by the
person, an overlooked one is a disclosure (T20).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from schemas import codes

WISHES = ("ban", "access", "rectification", "erasure")


@dataclass(frozen=True)
class Said:
    """What was asked for, and the language it was asked in (fi when nothing tells)."""

    wishes: Sequence[str]
    language: str


def read(text: str) -> Said:
    """The wishes in a text, in the order of :data:`WISHES`."""
    plain = " ".join(text.casefold().split())
    alone = {_bare(text), _bare(text.partition("\n")[2])}  # with the subject, and without
    found: set[str] = set()
    languages: Counter[str] = Counter()
    for language, wish, phrase, whole in _phrases():
        if phrase in alone if whole else re.search(rf"(?<!\w){re.escape(phrase)}", plain) is not None:
            found.add(wish)
            languages[language] += 1
    spoken = languages.most_common(1)[0][0] if languages else "fi"
    return Said([wish for wish in WISHES if wish in found], spoken)


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .!?,-")


@cache
def _phrases() -> tuple[tuple[str, str, str, bool], ...]:
    rows = codes.rows("mail_phrases")
    return tuple((str(r["language"]), str(r["wish"]), str(r["phrase"]), r["whole"] == "yes") for r in rows)
