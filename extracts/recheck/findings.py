"""What a re-check finds wrong, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "grids_differ": "the grids and weights are not those of the scheme",
        "scores_differ": "an extract's score does not follow from its terms",
        "terms_differ": "an extract's terms do not follow from its units",
        "counts_differ": "numbers of units or seeds do not agree with what is listed",
        "shares_differ": "a unit's chance of being delivered does not follow from the numbers",
        "weights_differ": "a weight does not follow from the share of the leak that was eligible",
        "thresholds_differ": "a threshold does not follow from the weight",
        "ranking_differs": "the ranking says something else of an extract than its exhibit",
        "p_values_differ": "a p-value does not follow from the score",
        "accused_differ": "the accused are not exactly those over their threshold, by the rule for campaigns",
        "leads_differ": "the leads are not the best of those who are not accused",
        "suspect_differs": "the suspect file is not the one that was traced",
        "lines_differ": "a line of the suspect does not show the delivered row that is claimed for it",
        "reading_differs": "the suspect shows another symbol than is claimed",
        "scratch_differs": "the score made from the files alone is another one",
        "key_differs": "a shown key is not one of those that were committed to",
        "disclosures_differ": "the shown list is not the one that was committed to",
        "symbols_differ": "the shown keys draw other symbols",
        "units_differ": "a unit of the evidence is not in the shown list as it is claimed",
        "reveal_differs": "the shown keys are of another extract or another commitment",
        "audit_differs": "the audit chain does not hold this evidence, or not this commitment",
    }
)
"""Code of each finding, and what it means."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: what the file says and what follows from the rest."""

    code: str
    extract: str | None = None
    said: Any = None
    found: Any = None
    at: str | None = None
    """Where, e.g. the term or the line."""

    def document(self) -> dict[str, Any]:
        return {
            "finding": self.code,
            "means": NAMES[self.code],
            "extract": self.extract,
            "at": self.at,
            "said": self.said,
            "found": self.found,
        }
