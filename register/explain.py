"""Why a selection has the rows it has: what each criterion alone takes away, and what is left as they are applied.

The same predicate as the count's, asked with one criterion less or one more; so it cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from register.asked import ask
from register.opened import Register
from register.select import Selector, deliverable_rows
from schemas.criteria import Criteria, OrganisationCriteria

_BLOCKS = ("organisation", "organisation_not", "person")
SUBJECT = "campaign.subject"


def explain(register: Register, selector: Selector) -> dict[str, Any]:
    """``{"register": rows, "selected": rows, "criteria": [{"criterion", "alone", "left", "removes"}]}``.

    ``alone``: rows of the register that meet this criterion. ``left``: rows after it and those above it. ``removes``:
    rows that would be selected as well if there were everything but it. The campaign's subject (R028) is the first.
    """
    criteria = selector.criteria
    subject = list(selector.subject)
    nothing = Criteria(organisation=OrganisationCriteria(industry_version=criteria.organisation.industry_version))

    def rows(wanted: Criteria, *, within: list[str]) -> int:
        ask(register, wanted, subject=within)
        return register.number("register/selected_rows")

    base, selected = deliverable_rows(register), rows(criteria, within=subject)
    within = rows(nothing, within=subject)
    lines = [{"criterion": SUBJECT, "alone": within, "left": within, "removes": rows(criteria, within=[]) - selected}]
    applied = nothing
    for block, key in given(criteria):
        applied = _with(applied, criteria, block, key)
        lines.append(
            {
                "criterion": f"{block}.{key}",
                "alone": rows(_with(nothing, criteria, block, key), within=[]),
                "left": rows(applied, within=subject),
                "removes": rows(_with(criteria, nothing, block, key), within=subject) - selected,
            }
        )
    return {"register": base, "selected": selected, "criteria": lines}


def given(criteria: Criteria) -> Iterator[tuple[str, str]]:
    """Block and key of every criterion that was given, in their order."""
    for block in _BLOCKS:
        part = getattr(criteria, block)
        for key in type(part).model_fields:
            if key != "industry_version" and getattr(part, key) is not None:
                yield block, key


def _with(criteria: Criteria, other: Criteria, block: str, key: str) -> Criteria:
    """``criteria``, but one key as in ``other``."""
    part = getattr(criteria, block).model_copy(update={key: getattr(getattr(other, block), key)})
    return criteria.model_copy(update={block: part})
