"""The processing instruction of data care: what Art. 28(3) asks for, as data (R044).

A document has ``subject_matter``, ``relation`` (whose rows the customer says they are), ``data_types``, ``operations``,
``fields`` (which of the customer's columns may get other values), ``sub_processors``, ``at_end`` and ``keep_days``. Its
duration is that of the agreement.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import FileRejected, InvalidInput

OPERATIONS: Mapping[str, str] = {
    "match": "rows are compared with the register",
    "review": "a person decides of doubtful rows",
    "correct": "values that changed are put right",
    "complete": "empty cells of a matched row are filled",
    "report": "a health report is made",
    "licence_check": "rows from our own ended campaigns are pointed out",
    "repeat": "what was returned is remembered as keyed digests, so that the next upload tells only what is new",
}
"""What may be instructed."""
ORGANISATION_FIELDS = ("name", "street", "postcode", "city", "phone", "domain")
PERSON_FIELDS = ("title", "email", "mobile")
FIELDS = (*ORGANISATION_FIELDS, *PERSON_FIELDS)
"""Columns of a customer's file that may get other values."""
AT_END = ("delete", "return")
MOST_DAYS = 30
_TEXTS = ("subject_matter", "relation")
_LISTS = ("data_types", "operations", "fields", "sub_processors")

Terms = dict[str, Any]


@cache
def _standard() -> str:
    return Path(__file__).with_name("instruction.toml").read_text(encoding="utf-8")


def standard() -> Terms:
    """The instruction that an agreement for data care has unless another is recorded."""
    return checked(tomllib.loads(_standard()))


def read(path: Path) -> Terms:
    """An instruction file (TOML); what it leaves out is as in the standard one. Raises ``FileRejected`` and
    ``InvalidInput``."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="not TOML") from error
    return checked(standard() | given)


def checked(terms: Mapping[str, Any]) -> Terms:
    """The terms, if nothing of Art. 28(3) is missing. Raises ``InvalidInput`` (care_instruction_invalid)."""
    unknown = set(terms) - {*_TEXTS, *_LISTS, "at_end", "keep_days"}
    faults = [f"unknown: {', '.join(sorted(unknown))}"] if unknown else []
    faults += [f"{name} is empty" for name in _TEXTS if not str(terms.get(name) or "").strip()]
    for name in _LISTS:
        value = terms.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            faults.append(f"{name} is not a list of texts")
    if not faults:
        faults += [] if terms["data_types"] else ["data_types is empty"]
        faults += [f"operations: no {one}" for one in terms["operations"] if one not in OPERATIONS]
        faults += [f"fields: no {one}" for one in terms["fields"] if one not in FIELDS]
    if terms.get("at_end") not in AT_END:
        faults.append(f"at_end is none of {', '.join(AT_END)}")
    days = terms.get("keep_days")
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= MOST_DAYS:
        faults.append(f"keep_days is no number from 0 to {MOST_DAYS}")
    if faults:
        raise InvalidInput("care_instruction_invalid", fault="; ".join(faults))
    return dict(terms)
