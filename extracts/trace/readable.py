"""The readable side of the evidence: a PDF in Finnish and English beside the JSON (R039)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.documents import render_pdf
from extracts.trace.score import Floats

_TEMPLATE = Path(__file__).with_name("evidence.typ")
_EDGES = (-np.inf, -40.0, -30.0, -20.0, -10.0, -5.0, -2.0, 0.0, 2.0, 5.0, 10.0, 15.0, 20.0, np.inf)
"""Log e from which a bar of the picture begins; 5 is a lead's."""


def write(document: Mapping[str, Any], *, others: Floats, sha256: str, path: Path, at: datetime) -> None:
    """Write the PDF of an evidence document. ``others``: log e of every extract of customers that are not accused;
    ``sha256``: of the JSON. Raises ``StoreError``."""
    accused = {one["extract"] for one in document["result"]["accused"]}
    exhibits = document["exhibits"]
    data = {
        **{name: document[name] for name in ("trace", "traced_at", "traced_by", "summary", "suspect")},
        "alpha": f"{document['settings']['alpha']:.0e}",
        "evidence_sha256": sha256,
        "rows": list(_rows(document, accused)),
        "bins": list(_bins(others)) if len(others) else [],
        "others": len(others),
        "least": f"{min((one['threshold'] for one in document['extracts']), default=0.0):.1f}",
        "commitments": [
            {"extract": one["extract"], **one["commitment"]}
            for one in exhibits
            if one["extract"] in accused and one["commitment"]
        ],
    }
    render_pdf(_TEMPLATE, data, path=path, at=at)


def _rows(document: Mapping[str, Any], accused: set[str]) -> Iterator[dict[str, Any]]:
    p = {one["extract"]: one["family_wise_p"] for part in ("accused", "leads") for one in document["result"][part]}
    for one in document["exhibits"]:
        yield {
            "extract": one["extract"],
            "customer": one["customer"],
            "accused": one["extract"] in accused,
            "score": one["log_e"],
            "limit": one["threshold"],
            "log_e": f"{one['log_e']:.1f}",
            "threshold": f"{one['threshold']:.1f}",
            "p": f"{p[one['extract']]:.1e}",
        }


def _bins(others: Floats) -> Iterator[dict[str, Any]]:
    counts, _ = np.histogram(others, bins=_EDGES)
    for low, high, count in zip(_EDGES, _EDGES[1:], counts, strict=False):
        label = f"< {high:g}" if np.isinf(low) else f"{low:g}+"
        yield {"label": label, "count": int(count)}
