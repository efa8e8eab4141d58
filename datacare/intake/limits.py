"""What a customer's file may be, at most, and the checks of containers before anything parses them (R048, T13).

Every number is checked against the bytes that are really there, while they are read: what a header says of sizes is not
believed.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from core.errors import FileRejected

if TYPE_CHECKING:  # the child that reads a file needs no setting
    from core.settings import Settings

_BLOCK = 1 << 20
_XML = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_CONTAINERS = (".zip", ".xlsx", ".xlsm", ".ods", ".docx", ".gz", ".7z", ".rar", ".jar", ".bin")
_MACROS = ("vbaproject.bin", "basic/script-lc.xml")
_LINKS = ("externallinks/", "connections.xml", "querytables/")
_SYMLINK = 0xA000


@dataclass(frozen=True)
class Limits:
    """Bounds of one upload; all of them are settings."""

    file_bytes: int
    expanded_bytes: int
    ratio: int
    """Expanded bytes per compressed byte."""
    members: int
    rows: int
    columns: int
    cell: int
    """Characters."""
    line_bytes: int
    seconds: int
    memory_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        megabyte = 1 << 20
        return cls(
            file_bytes=settings.care_file_mb * megabyte,
            expanded_bytes=settings.care_expanded_mb * megabyte,
            ratio=settings.care_ratio,
            members=settings.care_members,
            rows=settings.care_rows,
            columns=settings.care_columns,
            cell=settings.cell_limit,
            line_bytes=settings.care_line_kb << 10,
            seconds=settings.care_seconds,
            memory_bytes=settings.care_memory_mb * megabyte,
        )

    def document(self) -> dict[str, Any]:
        """As the child process gets it."""
        return asdict(self)


def over(file: Path, what: str, *, limit: int) -> FileRejected:
    """The refusal of a file that exceeds a bound."""
    return FileRejected("care_limit", file=file.name, what=what, limit=limit)


def check_container(path: Path, limits: Limits) -> None:
    """Look through a ZIP container (XLSX, ODS) without keeping any of it. Raises ``FileRejected``: care_limit,
    care_container (nested archive, macro, outside link, symbolic link, path that leaves the container, DOCTYPE)."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise over(path, "members", limit=limits.members)
            total = 0
            for member in members:
                _check_member(path, member)
                with archive.open(member) as stream:
                    size = _drain(path, stream, limits, before=total, packed=member.compress_size)
                total += size
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="the container cannot be read") from error
    except RuntimeError as error:  # what zipfile says of an encrypted member
        raise FileRejected("care_protected", file=path.name) from error


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    lower = member.filename.lower()
    reason = None
    if name.is_absolute() or ".." in name.parts:
        reason = "a path that leaves the container"
    elif member.external_attr >> 16 & 0xF000 == _SYMLINK:
        reason = "a symbolic link"
    elif lower.endswith(_MACROS):
        reason = "a macro"
    elif any(part in lower for part in _LINKS):
        reason = "a link to outside"
    elif lower.endswith(_CONTAINERS) and "printersettings" not in lower:
        reason = "a container within"
    if reason is not None:
        raise FileRejected("care_container", file=path.name, reason=reason)


def _drain(path: Path, stream: IO[bytes], limits: Limits, *, before: int, packed: int) -> int:
    """Read a member to its end, counting; entity declarations are looked for across block borders."""
    size, tail = 0, b""
    while block := stream.read(_BLOCK):
        size += len(block)
        if before + size > limits.expanded_bytes:
            raise over(path, "expanded bytes", limit=limits.expanded_bytes)
        if size > _BLOCK and size > limits.ratio * max(packed, 1):
            raise over(path, "expansion ratio", limit=limits.ratio)
        if _XML.search(tail + block):
            raise FileRejected("care_container", file=path.name, reason="a document type declaration")
        tail = block[-32:]
    return size


def check_text(path: Path, limits: Limits) -> None:
    """Look through a text file: its size and its longest line. Raises ``FileRejected`` (care_limit)."""
    if path.stat().st_size > limits.file_bytes:
        raise over(path, "bytes", limit=limits.file_bytes)
    line = 0
    for block in blocks(path):
        first = block.find(b"\n")
        if first < 0:
            line += len(block)
        else:
            if line + first > limits.line_bytes:
                raise over(path, "bytes in a line", limit=limits.line_bytes)
            longest = max((len(part) for part in block[first + 1 :].split(b"\n")[:-1]), default=0)
            if longest > limits.line_bytes:
                raise over(path, "bytes in a line", limit=limits.line_bytes)
            line = len(block) - block.rfind(b"\n") - 1
        if line > limits.line_bytes:
            raise over(path, "bytes in a line", limit=limits.line_bytes)


def expand(path: Path, to: Path, *, limits: Limits) -> None:
    """Write what a gzip file holds, within the bounds. Raises ``FileRejected`` (care_limit, file_damaged)."""
    packed, size = path.stat().st_size, 0
    try:
        with gzip.open(path, "rb") as stream, to.open("wb") as out:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > limits.expanded_bytes:
                    raise over(path, "expanded bytes", limit=limits.expanded_bytes)
                if size > 4 * _BLOCK and size > limits.ratio * packed:
                    raise over(path, "expansion ratio", limit=limits.ratio)
                out.write(block)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FileRejected("file_damaged", file=path.name, reason="the compressed file cannot be read") from error


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
