"""The description that lies beside a CSV file, as CSV on the Web has it (W3C, Metadata Vocabulary for Tabular Data).

A reader finds it by the file's own name with ``-metadata.json`` after it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schemas import codes

SUFFIX = "-metadata.json"
_DATATYPES = {"row": "integer", "ban_url": "anyURI", "licence_until": "date"}


def metadata(
    file: str, columns: Sequence[str], *, separator: str, title: str, publisher: str, licence: str, at: datetime
) -> str:
    """The JSON text of one file's description; ``licence`` is the name of the licence card beside it."""
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fi"}],
        "url": file,
        "dc:title": title,
        "dc:publisher": publisher,
        "dc:license": {"@id": licence},
        "dc:modified": {"@value": at.isoformat(), "@type": "xsd:dateTime"},
        "dialect": {
            "delimiter": separator,
            "quoteChar": '"',
            "doubleQuote": True,
            "encoding": "utf-8",
            "header": True,
            "lineTerminators": ["\r\n"],
        },
        "tableSchema": {"columns": [_column(name, place) for place, name in enumerate(columns, start=1)]}
        | ({"primaryKey": "row"} if "row" in columns else {}),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _column(header: str, place: int) -> dict[str, Any]:
    """``name`` may hold letters, digits and underscores only; the header itself stands among the titles."""
    label = codes.extract_fields().get(header)
    titles: dict[str, Any] = {"fi": [header]}
    if label:
        titles = {"fi": [header, label.fi], "sv": label.sv, "en": label.en}
    plain = all(part.isascii() and part.isalnum() for part in header.split("_")) and not header.startswith("_")
    return {
        "name": header if plain else f"column_{place}",
        "titles": titles,
        "datatype": _DATATYPES.get(header, "string"),
        "required": header == "row",
    }
