"""Column names and labels of codes as lookup keys, for every table that comes in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold_label(text: str) -> str:
    """A column name or a code's label as a lookup key: lower case, no diacritics, words of letters and digits."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain.casefold()).split())
