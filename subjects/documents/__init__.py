"""Documents for persons and authorities as PDF: Typst templates beside this module (``core.documents``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core import documents

_HERE = Path(__file__).parent


def render_pdf(template: str, data: Mapping[str, Any], *, path: Path, at: datetime | None = None) -> None:
    """Write ``<template>.typ`` filled with ``data`` to ``path``; as :func:`core.documents.render_pdf`."""
    documents.render_pdf(_HERE / f"{template}.typ", data, path=path, at=at)
