"""Hash your own records with the key of an extract, to have what you still hold of it compared.

    python leftover_hash.py KEY.json RECORDS.csv HASHES.csv

RECORDS.csv: UTF-8 with a header; columns email, phone, mobile, first_name, last_name, business_id, as far as you have
them. Python 3.11 or newer, nothing else. Send HASHES.csv; keep KEY.json and RECORDS.csv to yourself.

One form for each part, then HMAC-SHA-256 with the key:
  email:<address>          NFKC, lower case, without spaces
  phone:<number>           +358401234567: digits alone after the plus; a leading 0 is Finland's +358, 00 is +
  name:<words>|<Y-tunnus>  NFKC, lower case, accents dropped, other signs to spaces, the words in alphabetical order
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from pathlib import Path

PLAIN = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"}


def email_form(text: str) -> str | None:
    """The address, or nothing."""
    text = re.sub(r"[\s\u200b\u00ad\ufeff]", "", unicodedata.normalize("NFKC", text).lower())
    return text if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) else None


def phone_form(text: str) -> str | None:
    """The number with its country, or nothing."""
    digits = re.sub(r"[^0-9+]", "", text.replace("(0)", ""))
    digits = re.sub("^00", "+", digits)
    digits = re.sub("^0", "+358", digits)
    return digits if re.fullmatch(r"\+[0-9]{6,15}", digits) else None


def name_form(name: str, business_id: str) -> str | None:
    """The words in alphabetical order with the Y-tunnus, or nothing."""
    text = unicodedata.normalize("NFKC", name).lower()
    for letter, plain in PLAIN.items():
        text = text.replace(letter, plain)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] != "M")
    words = sorted(re.sub(r"[^\w]|_", " ", re.sub(r"['’`´]", "", text)).split())
    number = re.fullmatch(r"(?:FI-?)?([0-9]{7})-?([0-9])", re.sub(r"\s", "", business_id.upper()))
    return f"{' '.join(words)}|{number[1]}-{number[2]}" if words and number else None


def main(key_file: str, records: str, *, hashes: str) -> None:
    """Read the records, write their hashes."""
    key = bytes.fromhex(json.loads(Path(key_file).read_text(encoding="utf-8"))["key"])

    def mac(way: str, form: str | None) -> str:
        return hmac.new(key, f"{way}:{form}".encode(), hashlib.sha256).hexdigest() if form else ""

    check = "k" + hmac.new(key, b"check", hashlib.sha256).hexdigest()[:8]
    with (
        Path(records).open(encoding="utf-8-sig", newline="") as source,
        Path(hashes).open("w", encoding="utf-8", newline="") as target,
    ):
        out = csv.writer(target)
        out.writerow(["record", "email", "phone", "mobile", "name", "key"])
        for number, row in enumerate(csv.DictReader(source), start=1):
            cell = {title: text or "" for title, text in row.items() if title}
            name = f"{cell.get('first_name', '')} {cell.get('last_name', '')}"
            ways = [
                mac("email", email_form(cell.get("email", ""))),
                mac("phone", phone_form(cell.get("phone", ""))),
                mac("phone", phone_form(cell.get("mobile", ""))),
                mac("name", name_form(name, cell.get("business_id", ""))),
            ]
            out.writerow([number, *ways, check])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], hashes=sys.argv[3])
