"""Mailboxes as they lie on disk: an mbox file, a Maildir or one ``.eml``, one message at a time and never whole."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from core.errors import FileRejected

MBOX = b"From "
_HEADER = re.compile(rb"[!-9;-~]+:[ \t\r\n]")
_START = 1 << 10


def is_mail(start: bytes) -> bool:
    """Whether a file that begins so is an mbox or one message."""
    return start.startswith(MBOX) or _HEADER.match(start) is not None


def messages(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Every message as ``(key, file)``: ``key`` names it in its mailbox, ``file`` gives its bytes and is read before
    the next is drawn. One that vanishes from a Maildir meanwhile is left out.

    Raises ``FileRejected`` (file_missing, file_format_unknown).
    """
    if not path.exists():
        raise FileRejected("file_missing", file=path.name)
    if path.is_dir():
        if not (path / "cur").is_dir() or not (path / "new").is_dir():
            raise FileRejected("file_format_unknown", file=path.name)
        yield from _of_box(mailbox.Maildir(path, create=False))
        return
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(MBOX):
        yield from _of_box(mailbox.mbox(path, create=False))
    elif is_mail(start):
        with path.open("rb") as file:
            yield path.name, file
    else:
        raise FileRejected("file_format_unknown", file=path.name)


def _of_box(box: mailbox.Maildir | mailbox.mbox) -> Iterator[tuple[str, BinaryIO]]:
    try:
        for key in sorted(box.keys()):
            try:
                file = box.get_file(key)
            except (KeyError, FileNotFoundError):
                continue
            with file:
                yield str(key), cast(BinaryIO, file)  # it has what a reader needs
    finally:
        box.close()
