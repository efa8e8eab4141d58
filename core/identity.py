"""One normalisation for names, e-mails, phones and business ids, used by imports, bans, matching and tracing.

Whole columns are normalised with Arrow; the scalar forms run the same code on one value, so a ban
and an import can never disagree (R018, M8).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias, cast

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus

_INVISIBLE = r"[\p{Cf}\p{Cc}\p{Co}]"
_LABEL = r"[a-z0-9\p{L}]([a-z0-9\p{L}\-]*[a-z0-9\p{L}])?"
_EMAIL = rf"^[^@\s,;:<>()\[\]\\\"]+@{_LABEL}(\.{_LABEL})+$"
_PLAIN_EMAIL = r"^[a-z0-9._+\-]+@[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]*[a-z0-9])?)+$"
_UNTIDY = r"[^ -~\x{A1}-\x{AC}\x{AE}-\x{2FF}]|  |^ | $|^$"
_FINNISH_DIGITS = r"^(\+358|0)[1-9][\d \-]*$"
_E164_FINNISH = (
    r"^\+358((4[0-8]|50)\d{4,8}|1[3-7][1-8]\d{3,6}|18[1-8]\d{3,6}|(19[1-8]|[23568][1-8]\d|9(00|[1-8]\d))\d{2,6}"
    r"|800\d{4,6}|(10|20|29|3[09])\d{4,8})$"
)
_SWITCHBOARD = re.compile(r"\(\s*(vaihde|växel|switchboard)\s*\)", re.IGNORECASE)
_IDENTITY_CODE = (
    r"(^|[^0-9A-Za-z])(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]($|[^0-9A-Za-z])"
)
_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"

PRIVATE_MAIL_DOMAINS = frozenset(
    "gmail.com googlemail.com hotmail.com hotmail.fi outlook.com live.com live.fi msn.com yahoo.com yahoo.fi "
    "icloud.com me.com aol.com proton.me protonmail.com gmx.com gmx.net mail.com luukku.com suomi24.fi elisanet.fi "
    "kolumbus.fi saunalahti.fi welho.com pp.inet.fi netti.fi jippii.fi dnainternet.net telia.fi".split()
)
"""Mail services for private persons; a work register does not store such an address (R010)."""

_LETTERS = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"}
"""Letters that no decomposition makes plain."""
_PLAIN_LETTERS = {"ä": "a", "ö": "o", "å": "a", "é": "e", "ü": "u", "š": "s", "ž": "z"}
"""What a decomposition makes of the usual ones."""

Column: TypeAlias = pa.Array | pa.ChunkedArray


def _text(column: Column) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) else array.cast(pa.string())


def clean_text(column: Column) -> pa.Array:
    """NFC, no control or zero-width characters, white space collapsed and trimmed, empty → null.

    Most cells are tidy already; one look at them is a tenth of the work."""
    text = _text(column)
    untidy = pc.fill_null(pc.match_substring_regex(text, _UNTIDY), False)
    if not pc.any(untidy).as_py():
        return text
    return pc.replace_with_mask(text, untidy, _cleaned(text.filter(untidy)))


def _cleaned(text: pa.Array) -> pa.Array:
    text = pc.utf8_normalize(text, form="NFC")
    text = pc.replace_substring_regex(text, r"[\s\p{Z}]+", " ")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _INVISIBLE, ""))
    return pc.if_else(pc.equal(pc.utf8_length(text), 0), None, text)


def fold_names(column: Column) -> pa.Array:
    """Names as match keys: NFKC, lower case, diacritics dropped (ä→a, ö→o, å→a, é→e, ß→ss, ø→o), hyphens and
    punctuation to single spaces, empty → null. Errs towards "the same", as a ban must (R018).

    Most names are ASCII once ä and its like are letters without dots: only the others need the classes of Unicode,
    which cost more to compile than to run over some thousands of names.
    """
    text = pc.utf8_lower(pc.utf8_normalize(_text(column), form="NFKC"))
    if _any(lettered := pc.invert(pc.string_is_ascii(text))):
        text = pc.replace_with_mask(text, lettered, _replaced(text.filter(lettered), _PLAIN_LETTERS))
    foreign = pc.invert(pc.match_substring_regex(text, "^[ -~]*$"))
    folded = pc.replace_substring_regex(pc.replace_substring_regex(text, "['`]", ""), "[^a-z0-9]+", " ")
    if _any(foreign):
        folded = pc.replace_with_mask(folded, foreign, _folded(text.filter(foreign)))
    folded = pc.utf8_trim_whitespace(folded)
    return pc.if_else(pc.equal(pc.utf8_length(folded), 0), None, folded)


def _any(found: pa.Array) -> bool:
    return pc.any(found).as_py() is True


def _replaced(text: pa.Array, letters: Mapping[str, str]) -> pa.Array:
    for letter, plain in letters.items():
        text = pc.replace_substring(text, letter, plain)
    return text


def _folded(text: pa.Array) -> pa.Array:
    text = pc.utf8_normalize(_replaced(text, _LETTERS), form="NFKD")
    text = pc.replace_substring_regex(text, r"[\p{M}\p{Cf}\p{Cc}'’`´]", "")
    return pc.replace_substring_regex(text, r"[^\p{L}\p{N}]+", " ")


def normalise_emails(column: Column) -> pa.Array:
    """E-mails as match keys: NFKC, no invisible characters, lower case, ``mailto:`` and angle brackets gone;
    what is not an address → null."""
    text = _text(column)
    if pc.all(pc.match_substring_regex(text, _PLAIN_EMAIL)).as_py() is not False:
        return text
    text = pc.utf8_lower(pc.utf8_normalize(text, form="NFKC"))
    text = pc.replace_substring_regex(text, rf"{_INVISIBLE}|[\s\p{{Z}}]|^mailto:", "")
    text = pc.replace_substring_regex(text, r"^.*<([^<>]+)>$", r"\1")
    return pc.if_else(pc.match_substring_regex(text, _EMAIL), text, None)


def normalise_phones(column: Column) -> pa.Array:
    """Phone numbers to E.164 (``+358…`` when no country is given); what is not a number → null.

    Only ``(vaihde)`` is stripped, the digits of ``(06) 414 8005`` are kept, and a leading 0 or + is
    required, since ``414 8005`` alone would pass for a Finnish number. The usual Finnish numbers, in
    digits, spaces and hyphens, skip the parser (a property test holds the two equal).
    """
    text = pc.replace_substring_regex(_text(column), r"[\p{Cf}\p{Cc}]", "")
    e164 = pc.replace_substring_regex(pc.replace_substring_regex(text, r"[ \-]", ""), "^0", "+358")
    usual = pc.and_(pc.match_substring_regex(text, _FINNISH_DIGITS), pc.match_substring_regex(e164, _E164_FINNISH))
    return _with_rest(pc.if_else(usual, e164, None), text, _e164)


def _with_rest(done: pa.Array, text: pa.Array, read: Callable[[str], str | None]) -> pa.Array:
    """``done``, and where it is null what ``read`` makes of the text."""
    rest = pc.and_(pc.is_null(done), pc.is_valid(text))
    values = [read(value) for value in text.filter(rest).to_pylist()]
    return pc.replace_with_mask(done, rest, pa.array(values, pa.string())) if values else done


@lru_cache(maxsize=65536)
def _e164(text: str) -> str | None:
    cleaned = _SWITCHBOARD.sub("", text).strip()
    digits = cleaned.lstrip("( ")
    if not digits.startswith(("0", "+")):
        return None
    try:
        number = phonenumbers.parse(cleaned.replace("+358(0)", "+358").replace("+358 (0)", "+358"), "FI")
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65536)
def _business_id(text: str) -> str | None:
    cleaned = re.sub(r"[\s\u200b\u00a0]", "", text).upper().removeprefix("FI-").removeprefix("FI")
    digits = cleaned.replace("-", "").replace("\u2013", "")
    if digits.isascii() and digits.isdigit() and len(digits) == 7 and "-" in cleaned[-2:]:
        cleaned = "0" + digits  # six-digit numbers of the paper register
    try:
        return str(ytunnus.format(ytunnus.validate(cleaned)))
    except ValidationError:
        return None


def normalise_business_ids(column: Column) -> pa.Array:
    """Y-tunnus as ``1234567-8`` with a valid check digit; anything else → null. ``FI12345678`` is accepted."""
    text = _text(column)
    usual = pc.match_substring_regex(text, r"^\d{7}-\d$")
    digits = pc.if_else(usual, text, "0000000-0")
    number, check = (
        pc.utf8_slice_codeunits(digits, *part).cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False)
        for part in ((0, 7), (8, 9))
    )
    weighted = sum(number // 10**place % 10 * weight for place, weight in enumerate((2, 4, 8, 5, 10, 9, 7)))
    right = pa.array((weighted + check) % 11 == 0)
    return _with_rest(pc.if_else(pc.and_(usual, right), text, None), pc.if_else(usual, None, text), _business_id)


def looks_like_identity_code(column: Column) -> pa.Array:
    """True where any part of the text has the form of a Finnish personal identity code, whatever the field (R004).

    One that ends in a digit, as phone numbers do, must also have the right check character."""
    text = _text(column)
    suspect = pc.fill_null(pc.match_substring_regex(text, _IDENTITY_CODE, ignore_case=True), False)
    if not pc.any(suspect).as_py():
        return suspect
    text = pc.utf8_upper(text)
    return pa.array(
        [
            bool(hit) and _has_identity_code(value)
            for hit, value in zip(suspect.to_pylist(), text.to_pylist(), strict=True)
        ]
    )


_IDENTITY_PARTS = re.compile(r"(?<![0-9A-Z])(\d{6})[-+A-FU-Y](\d{3})([0-9A-Y])(?![0-9A-Z])")


def _has_identity_code(text: str) -> bool:
    return any(
        check.isalpha() or _CHECK_CHARACTERS[int(day + serial) % 31] == check
        for day, serial, check in _IDENTITY_PARTS.findall(text)
    )


def _scalar(function: Callable[[Column], pa.Array], value: str | None) -> str | None:
    return cast("str | None", function(pa.array([value], pa.string()))[0].as_py())


def fold_name(value: str | None) -> str | None:
    """One name, see :func:`fold_names`."""
    return _scalar(fold_names, value)


def normalise_email(value: str | None) -> str | None:
    """One e-mail, see :func:`normalise_emails`."""
    return _scalar(normalise_emails, value)


def normalise_phone(value: str | None) -> str | None:
    """One phone number, see :func:`normalise_phones`."""
    return _scalar(normalise_phones, value)


def normalise_business_id(value: str | None) -> str | None:
    """One Y-tunnus, see :func:`normalise_business_ids`."""
    return _scalar(normalise_business_ids, value)
