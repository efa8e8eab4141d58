"""Criteria as the ids and masks that a snapshot's rows are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from core.identity import fold_names
from register.opened import Register
from schemas import codes, places
from schemas.criteria import Criteria, ItCriteria, OrganisationCriteria, OrganisationExclusions

_LONG = ("industries", "municipalities", "postcodes", "titles", "not_industries", "not_municipalities", "not_postcodes")
"""Lists that are compared by a join."""


def ask(register: Register, criteria: Criteria, *, subject: Sequence[str]) -> None:
    """Let the view ``selection`` of this connection hold the rows that meet the criteria and the subject."""
    asked = arguments(register, criteria, subject=subject)
    long = {name: asked[name] for name in _LONG}
    listed = [(name, code) for name, values in long.items() for code in values or ()]
    flags = {name: None if values is None else True for name, values in long.items()}
    register.execute("register/asked", asked | flags)
    register.execute(
        "register/asked_code", {"lists": [name for name, _ in listed], "codes": [code for _, code in listed]}
    )
    register.view("meeting", "register/meeting")
    without = any(values is not None for name, values in asked.items() if name.startswith("not_"))
    register.view("selection", "register/selection_without" if without else "register/selection")


def arguments(register: Register, criteria: Criteria, *, subject: Sequence[str]) -> dict[str, Any]:
    """Criteria as the ids that the selection compares; None where nothing was asked."""
    organisation, person, it = criteria.organisation, criteria.person, criteria.organisation.it or ItCriteria()
    reachable, either = person.reachable or (), person.reachable_any
    named = _lists(register, organisation, criteria)
    left_out = _lists(register, criteria.organisation_not, criteria)
    return {
        "subject": _mask(subject) if subject else None,
        **named,
        "website": organisation.website,
        "parallel_name": organisation.parallel_name,
        "workstations_min": it.workstations_min,
        "workstations_max": it.workstations_max,
        "servers_min": it.servers_min,
        "servers_max": it.servers_max,
        "erps": _folded(register, "register/resolve_erps", it.erp),
        "responsibilities": _mask(person.responsibility),
        "purchasings": _mask(person.purchasing),
        "levels": person.level,
        "titles": _folded(register, "register/resolve_titles", person.title),
        "verified_since": person.verified_since,
        **{f"needs_{channel}": channel in reachable or None for channel in codes.CHANNELS},
        **{f"any_{channel}": None if either is None else channel in either for channel in codes.CHANNELS},
        **{f"not_{name}": values for name, values in left_out.items()},
        "not_erps": _folded(register, "register/resolve_erps", criteria.organisation_not.erp),
    }


def _lists(
    register: Register, lists: OrganisationCriteria | OrganisationExclusions, criteria: Criteria
) -> dict[str, list[int] | None]:
    return {
        "kinds": None if lists.kind is None else [codes.KINDS[kind] for kind in lists.kind],
        "industries": _industries(register, lists.industry, criteria.organisation.industry_version),
        "forms": None if lists.form is None else sorted(register.ids("register/resolve_forms", {"codes": lists.form})),
        "staff_classes": _numbers(lists.staff_class),
        "revenue_classes": _numbers(lists.revenue_class),
        "regions": _numbers(lists.region),
        "municipalities": _numbers(lists.municipality),
        "postcodes": _places(lists, either=isinstance(lists, OrganisationExclusions)),
    }


def _places(lists: OrganisationCriteria | OrganisationExclusions, *, either: bool) -> list[int] | None:
    """Postal codes of ``postcode`` and ``near``: those in both, or (what is left out) in ``either``."""
    listed = _postcodes(lists.postcode)
    around = (
        None
        if lists.near is None
        else {int(code) for near in lists.near for code in places.within(near.postcode, near.km)}
    )
    given = [codes_of for codes_of in (listed, around) if codes_of is not None]
    if not given:
        return None
    return sorted(set.union(*given) if either else set.intersection(*given))


def _mask(values: Sequence[str] | None) -> int | None:
    bits = codes.responsibility_bits()
    return None if values is None else sum(bits[code] for code in set(values))


def _numbers(values: Sequence[str] | None) -> list[int] | None:
    return None if values is None else [int(value) for value in values]


def _folded(register: Register, statement: str, values: Sequence[str] | None) -> list[int] | None:
    if values is None:
        return None
    return sorted(register.ids(statement, {"folds": fold_names(pa.array(values, pa.string())).to_pylist()}))


def _industries(register: Register, wanted: Sequence[str] | None, version: str | None) -> list[int] | None:
    if wanted is None:
        return None
    version = version or register.meta["industry_version"]
    sections = {code for code in wanted if code.isalpha()}
    divisions = [division for division, section in codes.section_of(version).items() if section in sections]
    prefixes = [code for code in wanted if code not in sections]
    asked = {"version": version, "prefixes": prefixes, "divisions": divisions}
    return sorted(register.ids("register/resolve_industries", asked))


def _postcodes(values: Sequence[str] | None) -> set[int] | None:
    if values is None:
        return None
    ranges = [(value.partition("-")[0], value.partition("-")[2] or value) for value in values]
    return {code for first, last in ranges for code in range(int(first), int(last[:5]) + 1)}
