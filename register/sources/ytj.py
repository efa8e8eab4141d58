"""PRH's YTJ v3 bulk file: a ZIP or JSON stream of companies, read record by record in bounded memory.

Traps of the format (reference material): a bare array or ``{"companies": [...]}``, languages in any order,
types that are text here and numbers there, empty strings, ended items among the current ones, two industry
classifications. Addresses in care of somebody are stored without the ``co`` line: it may name a private person.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import ijson
import pyarrow as pa

from core.errors import FileRejected
from core.identity import clean_text, looks_like_identity_code
from register.sources.fields import SOLE_TRADER
from register.sources.mapping import TARGETS
from register.sources.tabular import Chunk
from schemas import codes

BATCH = 5_000
_BUFFER = 1 << 20
_OVERLAP = 16
_HOME = ("", "FI", "AX")
_CLASSIFICATIONS = {"TOIMI3": "TOL2008", "TOIMI4": "TOL2025"}
_OVER = {"KONK", "SELTILA"}
"""Bankruptcy and liquidation: the decision-makers have handed over to an administrator."""


class _Scanned:
    """A binary stream that notes whether a personal identity code went by, in whatever field (R004)."""

    def __init__(self, file: IO[bytes]) -> None:
        self.found = False
        self._file = file
        self._tail = ""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        text = self._tail + data.decode("latin-1")
        self._tail = text[-_OVERLAP:]
        self.found = self.found or bool(looks_like_identity_code(pa.array([text], pa.string()))[0].as_py())
        return data


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The JSON stream, out of its ZIP if it is in one."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as plain:
            if plain.read(2) == b"PK":
                raise FileRejected("file_damaged", file=path.name, reason="the ZIP is cut short")
            plain.seek(0)
            yield plain
        return
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise FileRejected("file_no_member", file=path.name, members=len(members))
        if members[0].flag_bits & 1:
            raise FileRejected("file_damaged", file=path.name, reason="the ZIP is protected by a password")
        with archive.open(members[0]) as stream:
            yield stream


def _prefix(path: Path) -> str:
    """Where the companies are: the root decides."""
    with _opened(path) as stream:
        start = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise FileRejected("file_empty", file=path.name)
    if start[:1] not in b"[{":
        raise FileRejected("file_record_malformed", file=path.name, row=0, reason="neither an array nor an object")
    return "item" if start[:1] == b"[" else "companies.item"


def read_companies(path: Path, *, file: int) -> Iterator[Chunk]:
    """Batches whose ``cells`` are the fields that ``normalise.organisations`` takes.

    Raises ``FileRejected``: damaged ZIP, more than one member, malformed JSON (with the number of the last good
    record), a personal identity code.
    """
    done = 0
    try:
        prefix = _prefix(path)
        with _opened(path) as stream:
            scanned = _Scanned(stream)
            companies = ijson.items(scanned, prefix, buf_size=_BUFFER)
            while True:
                batch = []
                for company in islice(companies, BATCH):
                    batch.append(organisation(company if isinstance(company, dict) else {}))
                    done += 1
                if scanned.found:
                    raise FileRejected("file_identity_code", file=path.name, row=f"up to {done}", column="(any)")
                if not batch:
                    return
                yield _chunk(batch, file=file, before=done - len(batch))
    except ijson.IncompleteJSONError as error:
        raise FileRejected("file_record_malformed", file=path.name, row=done, reason="cut short or not JSON") from error
    except ijson.JSONError as error:
        raise FileRejected("file_record_malformed", file=path.name, row=done, reason="not JSON") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileRejected("file_damaged", file=path.name, reason=f"the ZIP breaks off after record {done}") from error


def _chunk(batch: list[dict[str, str | None]], *, file: int, before: int) -> Chunk:
    rows = pa.array(range(before + 1, before + len(batch) + 1), pa.int64())
    fields = {
        name: clean_text(pa.array([row.get(name) for row in batch], pa.string())) for name in TARGETS["organisations"]
    }
    return Chunk(rows, pa.table({"file": pa.repeat(pa.scalar(file, pa.int32()), len(batch)), "row": rows, **fields}))


# --- one record -------------------------------------------------------------------------------------------------------


def _object(record: dict[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _items(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = record.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(item: dict[str, Any], key: str) -> str:
    """A value as trimmed text; numbers and empty strings occur where the schema says otherwise."""
    value = item.get(key)
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def _newest(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The item in force: without an end, the latest; if all have ended, the one that ended last."""
    return max(
        items,
        key=lambda item: (not _text(item, "endDate"), _text(item, "endDate") or _text(item, "registrationDate")),
        default={},
    )


def organisation(record: dict[str, Any]) -> dict[str, str | None]:
    """One company as the text fields of an organisation row."""
    names = _items(record, "names")
    name = _text(_newest([item for item in names if _text(item, "type") == "1"]), "name")
    current = [item for item in names if not _text(item, "endDate")]
    form = _text(_newest(_items(record, "companyForms")), "type")
    industry, version = _industry(_object(record, "mainBusinessLine"))
    addresses = {_text(address, "type"): address for address in _items(record, "addresses")}
    visiting, postal = addresses.get("1", {}), addresses.get("2", {})
    code = codes.form_of_ytj().get(form, form)
    return {
        "business_id": _text(_object(record, "businessId"), "value"),
        "name": name,
        "parallel_names": _listed(current, "2", but=name),
        "auxiliary_names": _listed(current, "3", but=name),
        "former_names": _listed([item for item in names if _text(item, "endDate")], "1", "2", "3", but=name),
        "form": code,
        "industry": industry,
        "industry_version": version,
        **_address(visiting, "visiting"),
        **_address(postal, "postal"),
        "municipality": _municipality(visiting) or _municipality(postal),
        "website": _text(_object(record, "website"), "url"),
        "ceased": "true" if _is_over(record) else "false",
        "sole_trader": "true" if code == SOLE_TRADER else "false",
        "source_date": _text(record, "lastModified")[:10],
    }


def _listed(names: list[dict[str, Any]], *types: str, but: str) -> str:
    found = (_text(item, "name").replace(";", ",") for item in names if _text(item, "type") in types)
    return ";".join(dict.fromkeys(name for name in found if name and name != but))


def _industry(line: dict[str, Any]) -> tuple[str | None, str | None]:
    """Code and version; classifications older than TOL 2008 and "unknown" (zeros) are left out."""
    code, classification = _text(line, "type"), _text(line, "typeCodeSet")
    if not code.strip("0") or classification in ("TOIMI", "TOIMI2"):
        return None, None
    return code, _CLASSIFICATIONS.get(classification, classification) or None


def _is_over(record: dict[str, Any]) -> bool:
    situations = {_text(item, "type") for item in _items(record, "companySituations") if not _text(item, "endDate")}
    return bool(
        _text(record, "endDate")
        or _text(record, "tradeRegisterStatus") in ("2", "4")
        or _text(record, "status") == "5"
        or situations & _OVER
    )


def _post_office(address: dict[str, Any]) -> dict[str, Any]:
    """The Finnish name of the post office, or the first there is."""
    offices = _items(address, "postOffices")
    return next((office for office in offices if _text(office, "languageCode") == "1"), offices[0] if offices else {})


def _municipality(address: dict[str, Any]) -> str | None:
    return _text(_post_office(address), "municipalityCode") or None


def _address(address: dict[str, Any], kind: str) -> dict[str, str | None]:
    country = _text(address, "country").upper()
    if country not in _HOME:
        known = codes.countries().get(country)
        return {
            f"{kind}_street": _free_line(address) or _street(address),
            f"{kind}_city": known.name.fi if known else country,
        }
    box = _text(address, "postOfficeBox")
    return {
        f"{kind}_street": f"PL {box}" if box else _street(address) or _free_line(address),
        f"{kind}_postcode": _text(address, "postCode"),
        f"{kind}_city": _text(_post_office(address), "city"),
    }


def _street(address: dict[str, Any]) -> str:
    """``Kauppakatu 12 B 34a``: the suffix belongs to the flat, or to the house where there is no flat."""
    house, flat, suffix = (_text(address, key) for key in ("buildingNumber", "apartmentNumber", "apartmentIdSuffix"))
    if flat:
        flat += suffix
    else:
        house += suffix
    return " ".join(part for part in (_text(address, "street"), house, _text(address, "entrance"), flat) if part)


def _free_line(address: dict[str, Any]) -> str:
    """Spaces part the lines of a free address, underscores its words."""
    return ", ".join(line.replace("_", " ") for line in _text(address, "freeAddressLine").split())
