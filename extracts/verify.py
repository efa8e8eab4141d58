"""Checking a file against the licence it came with: offline, without a store, by anybody (R033).

The licence is signed; the public key is known from elsewhere, for a key that lies beside a file proves nothing. A file
is the delivered one when its bytes are, or when all its rows are: a workbook that was only saved again still counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from core import signing
from core.errors import FileRejected, InvalidInput
from core.files import sha256_file
from extracts.licence import METADATA, POLICY, SHEET
from extracts.licence.content import rows_sha256
from extracts.licence.policy import PROFILE_IRI, instant
from extracts.trace.reading import read_sheets

VERDICTS = ("valid", "not_started", "expired", "altered_file", "unknown_key", "altered_licence", "not_ours")
"""From the best to the worst; of several licences at hand the best one speaks."""

_AGE = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
_LARGEST = 1 << 20
"""Bytes of a licence at most; a real one has some ten thousand."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was found. ``match``: ``file`` (byte for byte), ``rows`` (every row and cell, whatever it was saved as),
    ``licence`` (only a licence was given) or None."""

    verdict: str
    match: str | None = None
    licence: Row = field(default_factory=dict)
    rows_found: int | None = None

    def document(self) -> dict[str, Any]:
        """As JSON says it; facts of the licence only where its signature holds."""
        said = self.licence if self.verdict not in ("altered_licence", "not_ours") else {}
        delivered, customer, terms = (said.get(name, {}) for name in ("delivered", "assignee", "terms"))
        return {
            "verdict": self.verdict,
            "match": self.match,
            "extract": _last(delivered.get("uid")),
            "campaign": _last(said.get("campaign", {}).get("uid")),
            "campaign_name": said.get("campaign", {}).get("title"),
            "customer": customer.get("name"),
            "customer_business_id": customer.get("businessId"),
            "controller": said.get("assigner", {}).get("name"),
            "valid_from": said.get("validFrom"),
            "valid_until": said.get("validUntil"),
            "terms": terms.get("version"),
            "rows": delivered.get("rows"),
            "rows_found": self.rows_found,
            "key": signing.signer(self.licence),
        }


def _last(iri: Any) -> str | None:
    return str(iri).rsplit("/", 1)[-1] if iri else None


def trusted_keys(given: Sequence[str]) -> list[str]:
    """Multikeys from texts or files that hold one or several: multikey, ``did:key`` or PEM.

    Raises ``InvalidInput`` (public_key_invalid).
    """
    found: list[str] = []
    for text in given:
        path = Path(text)
        content = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else text
        try:
            found += [signing.as_public_key(part) for part in _parts(content)]
        except ValueError as error:
            raise InvalidInput("public_key_invalid", key=path.name) from error
    return found


def _parts(content: str) -> list[str]:
    """One key a line, ``#`` begins a remark; or one PEM."""
    if "-----BEGIN" in content:
        return [content[content.index("-----BEGIN") :]]
    lines = (line.split("#", 1)[0] if not line.startswith("did:") else line for line in content.splitlines())
    parts = [line.split()[-1] for line in lines if line.split()]
    if not parts:
        raise ValueError("no key")
    return parts


def verify(file: Path, *, trusted: Collection[str], now: datetime, licence: Path | None = None) -> Verdict:
    """Check a file against the licence named, else the one beside it, else the one in it.

    ``trusted`` are multikeys known to be the controller's. Raises ``FileRejected``: file_missing, file_empty,
    file_encrypted, licence_unreadable (the licence named).
    """
    if not file.is_file():
        raise FileRejected("file_missing", file=file.name)
    with file.open("rb") as stream:
        head = stream.read(64)
    if not head:
        raise FileRejected("file_empty", file=file.name)
    if head.startswith(_AGE):
        raise FileRejected("file_encrypted", file=file.name)
    candidates = [_read(licence)] if licence is not None else list(_candidates(file))
    shown = _Shown(file)
    found = [_judge(one, shown, trusted=trusted, now=now) for one in candidates if one.get("profile") == PROFILE_IRI]
    return min(found, key=lambda one: VERDICTS.index(one.verdict), default=Verdict("not_ours"))


class _Shown:
    """The file that was shown; its rows are read only if its bytes say nothing, and once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.sha256 = sha256_file(file)
        self._rows: tuple[str, int] | None = None

    @property
    def is_licence(self) -> bool:
        return self.file.suffix == Path(POLICY).suffix

    def rows(self) -> tuple[str, int] | None:
        """Digest and number of its rows; None when no table can be read from it."""
        if self._rows is None:
            try:
                table = _table(read_sheets(self.file)[0].cells)
            except FileRejected:
                return None
            self._rows = rows_sha256(table), len(table)
        return self._rows


def _table(cells: pa.Table) -> pa.Table:
    """A sheet with its first row as headings; columns without one are no part of a delivered table."""
    names = [column[0].as_py() for column in cells.columns]
    columns = {name: column.slice(1) for name, column in zip(names, cells.columns, strict=True) if name}
    return pa.table(columns)


def _judge(licence: Row, shown: _Shown, *, trusted: Collection[str], now: datetime) -> Verdict:
    """One licence against the file."""
    signed = signing.check(licence, trusted)
    if signed == signing.ALTERED:
        return Verdict("altered_licence", licence=licence)
    if signed == signing.UNSIGNED or not _well_formed(licence):
        return Verdict("not_ours", licence=licence)
    if signed == signing.UNKNOWN_KEY:
        return Verdict("unknown_key", licence=licence)
    match, rows = _match(licence["delivered"], shown)
    if match is None:
        return Verdict("altered_file", licence=licence, rows_found=rows)
    if now < instant(licence["validFrom"]):
        state = "not_started"
    else:
        state = "valid" if now < instant(licence["validUntil"]) else "expired"
    return Verdict(state, match, licence, rows)


def _match(delivered: Row, shown: _Shown) -> tuple[str | None, int | None]:
    if any(file["sha256"] == shown.sha256 for file in delivered["file"]):
        return "file", None
    if shown.is_licence:
        return "licence", None
    rows = shown.rows()
    if rows is None:
        return None, None
    known = {delivered["rowsSha256"], *(file.get("rowsSha256") for file in delivered["file"])}
    return ("rows" if rows[0] in known else None), rows[1]


def _well_formed(document: Row) -> bool:
    """Whether a signed document says what a licence says."""
    parts = ("delivered", "assigner", "assignee", "campaign", "terms")
    try:
        delivered = document["delivered"]
        return (
            all(isinstance(document[name], Mapping) for name in parts)
            and isinstance(delivered["rowsSha256"], str)
            and all(isinstance(file["sha256"], str) for file in delivered["file"])
            and instant(document["validFrom"]) < instant(document["validUntil"])
        )
    except (KeyError, TypeError, ValueError):
        return False


def _candidates(file: Path) -> Iterator[Row]:
    """Licences at hand: the file itself, those beside it, the one in it. What is none of ours is passed over."""
    beside = sorted(file.parent.glob(f"*{POLICY}"))
    paths = [file] if file.suffix == Path(POLICY).suffix else beside
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths if path.stat().st_size <= _LARGEST]
    for text in (*texts, *_inside(file)):
        try:
            yield _parsed(text)
        except ValueError:
            continue


def _read(path: Path) -> Row:
    try:
        if path.stat().st_size > _LARGEST:
            raise FileRejected("licence_unreadable", file=path.name, reason="too large")
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except ValueError as error:
        raise FileRejected("licence_unreadable", file=path.name, reason=type(error).__name__) from error


def _parsed(text: str) -> Row:
    """A JSON object; raises ``ValueError``, also for a name given twice, which people and programs read differently."""
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _inside(file: Path) -> Iterator[str]:
    """The policy that a workbook or a Parquet file carries."""
    with file.open("rb") as stream:
        head = stream.read(4)
    try:
        if head == b"PAR1":
            text = (pq.read_schema(file).metadata or {}).get(METADATA.encode())
            if text is not None:
                yield text.decode("utf-8", errors="replace")
        elif head == b"PK\x03\x04":
            book = CalamineWorkbook.from_path(str(file))
            if SHEET in book.sheet_names:
                yield "\n".join(str(row[0]) for row in book.get_sheet_by_name(SHEET).iter_rows() if row)
    except (pa.ArrowInvalid, CalamineError, OSError):
        return
