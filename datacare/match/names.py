"""Names, addresses and contacts as the matcher compares them: coarse on purpose, the same for both sides.

Text is folded by ``core.identity``; what is special to matching (legal forms, abbreviations, doubled letters,
``ae`` for ``ä``) is done once per distinct word, not per row.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.identity import PRIVATE_MAIL_DOMAINS, fold_names

_WORDS = Path(__file__).with_name("words.csv")
_BROKEN = (("Ã¤", "ä"), ("Ã¶", "ö"), ("Ã¥", "å"), ("Ã„", "Ä"), ("Ã–", "Ö"), ("Ã…", "Å"), ("Ã©", "é"), ("Â", ""))
"""UTF-8 read as Latin-1, as it stands in many a CRM."""
_DOTTED = (
    (r"(?i)\bt[:.]\s?mi\b\.?", " tmi "),
    (r"(?i)\bo\.\s?y\.?\s?j\b\.?", " oyj "),
    (r"(?i)\bo[.:]\s?y\b\.?", " oy "),
    (r"(?i)\ba[.:]\s?b\b\.?", " ab "),
    (r"(?i)\bk[.:]\s?y\b\.?", " ky "),
    (r"(?i)\br[.:]\s?y\b\.?", " ry "),
    (r"(?i)\br[.:]\s?f\b\.?", " rf "),
)
NAME = pa.schema(
    [("pid", pa.int64()), ("name_no", pa.int64()), ("former", pa.bool_()), ("key", pa.string()), ("form", pa.string())]
)
TOKEN = pa.schema([("pid", pa.int64()), ("name_no", pa.int64()), ("text", pa.string())])
_VOWELS = (("ae", "a"), ("oe", "o"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def _known() -> Mapping[str, tuple[str, str]]:
    """Word in its canonical spelling → (role, canon)."""
    with _WORDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = canonical_words(pa.array([row["word"] for row in rows])).to_pylist()
    canons = canonical_words(pa.array([row["canon"].lower() for row in rows])).to_pylist()
    return {
        word: (row["role"], row["canon"] if row["role"] == "form" else canon or "")
        for row, word, canon in zip(rows, words, canons, strict=True)
    }


def canonical_words(words: pa.Array) -> pa.Array:
    """Folded words with ``ae``/``oe`` as one vowel and doubled letters as one."""
    for pair, plain in (*_VOWELS, *((letter * 2, letter) for letter in _LETTERS)):
        words = pc.replace_substring(words, pair, plain)
    return words


def by_distinct(spell: Callable[[pa.Array], pa.Array], column: pa.Array) -> pa.Array:
    """``spell(column)``, done once per distinct value; towns and first names repeat."""
    coded = pc.dictionary_encode(column)
    return spell(coded.dictionary).take(coded.indices)


def repaired(column: pa.Array) -> pa.Array:
    """Text with wrongly decoded letters put right."""
    if not pc.any(pc.match_substring_regex(column, "[ÃÂ]")).as_py():
        return column
    for broken, right in _BROKEN:
        column = pc.replace_substring(column, broken, right)
    return column


def name_rows(pids: pa.Array, names: pa.Array, *, former: pa.Array) -> tuple[pa.Table, pa.Table]:
    """``name(pid, name_no, former, key, form)`` and ``token(pid, name_no, text)`` of names, null ones left out.

    ``key`` is the words without spaces, legal forms and stop words; a name of nothing else keeps all its words.
    """
    text = repaired(names)
    for dotted, plain in _DOTTED:
        text = pc.replace_substring_regex(text, dotted, plain)
    folded = fold_names(text)
    there = pc.is_valid(folded)
    folded, pids, former = folded.filter(there), pids.filter(there), former.filter(there)
    if not len(folded):
        return NAME.empty_table(), TOKEN.empty_table()
    lists = pc.split_pattern(folded, " ")
    words, parent = pc.dictionary_encode(pc.list_flatten(lists)), pc.list_parent_indices(lists)
    role, canon = _roles(words.dictionary)
    return _spelled(pids, former, words.indices, parent, role, canon)


def _roles(vocabulary: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Role (word, form, stop) and canonical spelling of each distinct word."""
    plain = canonical_words(vocabulary)
    known = _known()
    table = pa.array(list(known), pa.string())
    at = pc.index_in(plain, value_set=table)
    roles = pa.array([role for role, _ in known.values()], pa.string())
    canons = pa.array([canon for _, canon in known.values()], pa.string())
    return pc.coalesce(roles.take(at), pa.scalar("word")), pc.coalesce(canons.take(at), plain)


def _spelled(
    pids: pa.Array, former: pa.Array, word: pa.Array, parent: pa.Array, role: pa.Array, canon: pa.Array
) -> tuple[pa.Table, pa.Table]:
    rows = np.arange(len(pids))
    at, of = word.to_numpy(), parent.to_numpy()
    is_word = pc.equal(role, "word").to_numpy(zero_copy_only=False)[at]
    lone = np.bincount(of[is_word], minlength=len(rows)) == 0
    keep = is_word | lone[of]
    texts = canon.take(pa.array(at[keep]))
    owner = of[keep]
    names = pa.ListArray.from_arrays(
        pa.array(np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=len(rows))))), pa.int32()), texts
    )
    is_form = pc.equal(role, "form").to_numpy(zero_copy_only=False)[at] & ~lone[of]
    form = np.full(len(rows), None, dtype=object)
    form[of[is_form]] = canon.take(pa.array(at[is_form])).to_numpy(zero_copy_only=False)
    number = pa.array(rows, pa.int64())
    name = pa.table(
        {
            "pid": pids,
            "name_no": number,
            "former": former,
            "key": pc.binary_join(names, ""),
            "form": pa.array(form, pa.string()),
        }
    )
    token = pa.table({"pid": pids.take(pa.array(owner)), "name_no": number.take(pa.array(owner)), "text": texts})
    return name, token


def streets(column: pa.Array, numbers: pa.Array) -> tuple[pa.Array, pa.Array]:
    """``(street, house number)``: a street folded without spaces and the first number after (or before) its name.

    A house number of its own column wins. A post-office box keeps ``pl`` and its number.
    """
    folded = fold_names(repaired(column))
    folded = pc.replace_substring_regex(folded, r"^(pb|po box|postilokero|box)\b", "pl")
    after = pc.extract_regex(folded, r"^(?P<street>\D*?) ?(?P<number>\d+)")
    before = pc.extract_regex(folded, r"^(?P<number>\d+)[a-z]? (?P<street>\D+)")
    street = pc.coalesce(
        pc.if_else(pc.equal(pc.struct_field(after, "street"), ""), None, pc.struct_field(after, "street")),
        pc.struct_field(before, "street"),
        pc.replace_substring_regex(folded, r" ?\d.*$", ""),
    )
    number = pc.coalesce(
        pc.replace_substring_regex(fold_names(numbers), r"^0*(\d+).*$", r"\1"),
        pc.struct_field(after, "number"),
        pc.struct_field(before, "number"),
    )
    street = pc.replace_substring(canonical_words(street), " ", "")
    return _filled(street), _filled(number)


def domains(websites: pa.Array, emails: pa.Array) -> pa.Array:
    """Host of the website, else of the e-mail, without ``www.``; free-mail hosts → null."""
    web = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(websites)), r"^[a-z]+://", "")
    web = pc.replace_substring_regex(pc.replace_substring_regex(web, r"[/:?#].*$", ""), r"^www\d?\.", "")
    web = pc.if_else(pc.match_substring_regex(web, r"^[^@\s.]+(\.[^@\s.]+)+$"), web, None)
    mail = pc.replace_substring_regex(emails, r"^.*@", "")
    host = pc.coalesce(web, mail)
    return pc.if_else(pc.is_in(host, value_set=pa.array(sorted(PRIVATE_MAIL_DOMAINS))), None, host)


def dates(column: pa.Array) -> pa.Array:
    """Dates as ``YYYYMMDD``: ISO, ``31.12.1999``, ``12/31/1999`` (month first only where it cannot be a day) or
    eight digits; anything else → null."""
    text = pc.utf8_trim_whitespace(column)
    iso = pc.extract_regex(text, r"^(?P<y>\d{4})[-./]?(?P<m>\d{1,2})[-./]?(?P<d>\d{1,2})(?:$|[T ])")
    dotted = pc.extract_regex(text, r"^(?P<d>\d{1,2})[-./](?P<m>\d{1,2})[-./](?P<y>\d{4})$")
    year = pc.coalesce(pc.struct_field(iso, "y"), pc.struct_field(dotted, "y"))
    month = pc.utf8_lpad(pc.coalesce(pc.struct_field(iso, "m"), pc.struct_field(dotted, "m")), 2, "0")
    day = pc.utf8_lpad(pc.coalesce(pc.struct_field(iso, "d"), pc.struct_field(dotted, "d")), 2, "0")
    turned = pc.fill_null(pc.and_(pc.greater(month, "12"), pc.less_equal(day, "12")), False)
    month, day = pc.if_else(turned, day, month), pc.if_else(turned, month, day)
    return pc.binary_join_element_wise(year, month, day, "")


def _filled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.utf8_length(column), 0), None, column)
