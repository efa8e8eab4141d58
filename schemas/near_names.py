"""When two names are nearly the same: nicknames, parts of double names, one letter more, less or other (T02).

Near is never enough to say who is meant; it is enough to hold somebody until a person has looked. Both sides of a
comparison are cut into (given name, spelling) pairs, so that keyed hashes can be compared for equality
(symmetric deletes: words with one letter between them share a spelling).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pyarrow as pa

from core.identity import fold_name, fold_names
from schemas.codes import rows

_SPELT_OUT = re.compile("(?<=[aou])e")
_LEAST = 4


def near_fold(folded: str) -> str:
    """A folded name as coarse as a slip of the pen; the same as ``sql/near_fold.sql``."""
    return _SPELT_OUT.sub("", folded).replace("aa", "a").replace("w", "v").replace("th", "t")


def near_spellings(word: str) -> list[str]:
    """The word and, from four letters on, the word with one letter left out; the same as ``sql/near_spellings.sql``."""
    if len(word) < _LEAST:
        return [word]
    return sorted({word} | {word[:place] + word[place + 1 :] for place in range(len(word))})


@cache
def given_classes() -> Mapping[str, str]:
    """First name (near-folded) to one name that stands for all its nicknames and full forms, directly or in steps.

    Coarse on purpose: Juha, Jukka, Johannes and Juhani are one class, for each of them may be called by another."""
    pairs = [(row["name"], row["variant"]) for row in rows("name_variants")]
    names = sorted({name for pair in pairs for name in pair})
    folds = fold_names(pa.array(names, pa.string())).to_pylist()
    fold = {name: near_fold(text or "") for name, text in zip(names, folds, strict=True)}
    leader = {text: text for text in fold.values()}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for name, variant in pairs:
        first, second = sorted((lead(fold[name]), lead(fold[variant])))
        leader[second] = first
    return {name: lead(name) for name in leader}


def given_class_table() -> pa.Table:
    """``given, class`` of :func:`given_classes`, for SQL."""
    classes = given_classes()
    return pa.table({"given": pa.array(classes, pa.string()), "class": pa.array(classes.values(), pa.string())})


def name_parts(first_name: str, last_name: str) -> Iterator[tuple[str, str]]:
    """Every (class of a given name, part of the surname) of a name; parts are near-folded."""
    givens = near_fold(fold_name(first_name) or "").split()
    parts = near_fold(fold_name(last_name) or "").split()
    classes = given_classes()
    for given in dict.fromkeys(classes.get(given, given) for given in givens):
        for part in dict.fromkeys(parts):
            yield given, part
