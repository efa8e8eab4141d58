"""One encrypted file that holds many: tar, compressed with Zstandard, encrypted with age, all while it streams.

Nothing is written in clear beside it, and memory does not grow with what is in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
import pyrage

from core.errors import InvalidInput
from core.files import publish_file, remove, storing

_CHUNK = 1 << 20


@dataclass
class Writer:
    """Puts members into an archive, and remembers size and digest of each."""

    _tar: tarfile.TarFile
    members: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> str:
        """Put a file in; returns the SHA-256 of what was read. Raises ``OSError``."""
        with path.open("rb") as file:
            return self._add(name, file, os.fstat(file.fileno()).st_size)

    def _add(self, name: str, file: BinaryIO, size: int) -> str:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        hashed = _Hashing(file)
        self._tar.addfile(member, hashed)
        self.members[name] = (size, hashed.digest.hexdigest())
        return self.members[name][1]


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._file.read(size)
        self.digest.update(content)
        return content


def recipient_of(text: str) -> Any:
    """An age public key. Raises ``InvalidInput`` (recipient_invalid)."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise InvalidInput("recipient_invalid") from error


def identity_in(path: Path) -> Any:
    """The age identity in a file as ``age-keygen`` writes it. Raises ``InvalidInput`` (identity_invalid)."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
        raise InvalidInput("identity_invalid", file=path.name) from error


@contextmanager
def writing(path: Path, recipient: Any) -> Iterator[Writer]:
    """Make an archive; it appears under its name only when it is whole and on disk. Raises ``StoreError``."""
    partial = path.with_name(path.name + ".partial")
    try:
        with storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as sink, ThreadPoolExecutor(1) as pool:
                partial.chmod(0o600)
                source, target = os.pipe()
                job = pool.submit(_encrypt, source, sink, recipient)
                yield from _tar_into(target, job)
        publish_file(partial, path)
    except BaseException:
        remove(partial)
        raise


def _tar_into(target: int, job: Future[None]) -> Iterator[Writer]:
    try:
        with (
            os.fdopen(target, "wb") as pipe,
            pa.CompressedOutputStream(pipe, "zstd") as packed,
            tarfile.open(fileobj=packed, mode="w|", bufsize=_CHUNK) as tar,
        ):
            yield Writer(tar)
    except BrokenPipeError:
        job.result()  # what broke it says more
        raise
    job.result()


def _encrypt(source: int, sink: BinaryIO, recipient: Any) -> None:
    with os.fdopen(source, "rb") as pipe:
        pyrage.encrypt_io(pipe, sink, [recipient])


@contextmanager
def reading(path: Path, identity: Any) -> Iterator[Iterator[tuple[str, BinaryIO]]]:
    """``(name, file)`` of every member in turn; each file is read before the next is asked for, and all to the end.

    Raises ``InvalidInput`` (backup_unreadable) when the archive is damaged, cut short or for another identity.
    """
    if not path.is_file():
        raise InvalidInput("backup_unreadable", reason="no such file")
    source, target = os.pipe()
    with path.open("rb") as file, ThreadPoolExecutor(1) as pool:
        job = pool.submit(_decrypt, file, target, identity)
        try:
            with os.fdopen(source, "rb") as pipe:
                yield _members(pipe)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise _unreadable(job, error) from error
        except BaseException:
            job.exception()
            raise
        if job.exception() is not None:
            raise _unreadable(job, job.exception()) from job.exception()


def _unreadable(job: Future[None], error: BaseException | None) -> InvalidInput:
    cause = job.exception() or error
    if isinstance(cause, BrokenPipeError):
        cause = error
    reason = "damaged, or encrypted for another key" if isinstance(cause, pyrage.DecryptError) else "damaged"
    return InvalidInput("backup_unreadable", reason=reason)


def _members(pipe: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    with pa.CompressedInputStream(pipe, "zstd") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            content = tar.extractfile(member)
            if content is None or path.is_absolute() or ".." in path.parts:
                raise InvalidInput("backup_unreadable", reason="a member that no backup has")
            yield member.name, content  # type: ignore[misc]
        while packed.read(_CHUNK):  # to the very end, so that a cut or changed tail is noticed
            continue


def _decrypt(file: BinaryIO, target: int, identity: Any) -> None:
    with os.fdopen(target, "wb") as pipe:
        pyrage.decrypt_io(file, pipe, [identity])
