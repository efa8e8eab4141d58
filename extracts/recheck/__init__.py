"""An independent re-check of an evidence file (R039): plain Python, no database, nothing of the tracing engine.

With the evidence alone: its shape, and that every number follows from the ones before it. With the suspect: that it
is the traced one. With the keys that a dispute was shown: that keys and list are those committed to at the release,
and draw the symbols that are claimed. With the suspect and the delivered file: that their lines show the claimed rows
and symbols, and the score once more from those alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import FileRejected, InvalidInput
from extracts.recheck import files, scores, shown
from extracts.recheck.findings import Finding
from schemas.evidence import Evidence, read_evidence, read_revealed

_UNASKED: Mapping[str, str] = {
    "suspect": "needs the suspect file",
    "keys": "needs the file of revealed keys",
    "files": "needs the suspect and the delivered file",
    "audit": "needs the store of the house",
}
_ALWAYS = (
    "e-values of whole customers and resellers: means over extracts that the leak does not touch",
    "that a withheld unit is the person a line shows: its identity is keyed, the key stays in the house",
)


def verify(
    evidence: Path,
    *,
    suspect: Path | None = None,
    delivered: Path | None = None,
    revealed: Path | None = None,
    extract: str | None = None,
) -> dict[str, Any]:
    """Check an evidence file by everything at hand.

    Returns ``{"trace", "ok", "checked", "not_checked", "findings", "accused", "read_again"}``; each finding has
    ``finding, means, extract, at, said, found`` (``extracts.recheck.findings``). ``extract``: whose delivered file it
    is, where several are accused. Raises ``FileRejected`` (file_missing, evidence_invalid, evidence_without_extract,
    suspect_unreadable) and ``InvalidInput`` (value_missing).
    """
    document = read_evidence(evidence)
    found: list[Finding] = list(scores.check(document))
    checked = ["scores"]
    again: dict[str, Any] | None = None
    same = True
    if suspect is not None:
        same = _sha256(suspect) == document.suspect.sha256
        found += [] if same else [Finding("suspect_differs", said=document.suspect.sha256, found=_sha256(suspect))]
        checked.append("suspect")
    if revealed is not None:
        keys = read_revealed(revealed)
        extract = extract or keys.extract
        found += shown.check(document, keys)
        checked.append("keys")
    if delivered is not None:
        if suspect is None:
            raise InvalidInput("value_missing", field="suspect")
        if same:
            again = _files(document, found, extract=extract, suspect=suspect, delivered=delivered)
            checked.append("files")
    return {
        "trace": document.trace,
        "ok": not found,
        "checked": checked,
        "not_checked": {**{name: why for name, why in _UNASKED.items() if name not in checked}, "never": list(_ALWAYS)},
        "findings": [one.document() for one in found],
        "accused": [one.model_dump() for one in document.result.accused],
        "read_again": again,
    }


def _files(
    document: Evidence, found: list[Finding], *, extract: str | None, suspect: Path, delivered: Path
) -> dict[str, Any]:
    accused = [one.extract for one in document.result.accused]
    if extract is None and len(accused) != 1:
        raise InvalidInput("value_missing", field="extract")
    exhibit = document.exhibit(extract or accused[0])
    if exhibit.units is None:
        raise FileRejected("evidence_without_extract", trace=document.trace, extract=exhibit.extract)
    reading = files.check(document, exhibit, suspect=suspect, delivered=delivered)
    found += reading.findings
    return {
        "extract": exhibit.extract,
        "channels": list(reading.read),
        "log_e": round(reading.log_e, 4),
        "lines_unclaimed": list(reading.unclaimed),
    }


def _sha256(file: Path) -> str:
    if not file.is_file():
        raise FileRejected("file_missing", file=file.name)
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
