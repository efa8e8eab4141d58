"""Documents as PDF: Typst templates filled with data, never with text put together.

A template reads ``#let data = json(bytes(sys.inputs.data))``, so a name with any character in it is a string to Typst
and can neither change the document nor run anything. Fonts are those that the library brings along: the same bytes on
every machine. Documents are tagged for screen readers (PDF/UA-1), and nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from core.errors import StoreError
from core.files import storing


def render_pdf(template: Path, data: Mapping[str, Any], *, path: Path, at: datetime | None = None) -> None:
    """Write the template filled with ``data`` (JSON; dates become ISO text) to ``path``, for its owner only.

    A template may import what lies in its own directory. ``at`` is the date in the document's properties. Raises
    ``StoreError`` (document_failed, disk_full, not_writable).
    """
    filling = {"data": json.dumps(data, ensure_ascii=False, default=_plain)}
    pdf = _compiled(template, filling, at)
    with storing(path):
        path.write_bytes(pdf)
        path.chmod(0o600)


_ATTEMPTS: tuple[dict[str, Any], ...] = (
    {"pdf_standards": ["ua-1"], "ignore_system_fonts": True},
    {"pdf_standards": ["ua-1"]},
    {},
)
"""A letter that no bundled font has makes PDF/UA impossible: then the machine's fonts help, then a box stands for it.
A reply is never held up by a letter in a name; the JSON beside it has every letter."""


def _compiled(template: Path, filling: dict[str, str], at: datetime | None) -> bytes:
    whole_second = None if at is None else at.replace(microsecond=0)
    for attempt in _ATTEMPTS[:-1]:
        with suppress(typst.TypstError):
            return _pdf(template, sys_inputs=filling, timestamp=whole_second, **attempt)
    try:
        return _pdf(template, sys_inputs=filling, timestamp=whole_second, **_ATTEMPTS[-1])
    except typst.TypstError as error:
        raise StoreError("document_failed", document=template.stem) from error


def _pdf(template: Path, **options: Any) -> bytes:
    made = typst.compile(str(template), root=str(template.parent), format="pdf", **options)
    if not isinstance(made, bytes):
        raise StoreError("document_failed", document=template.stem)
    return made


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
