"""Selection criteria: the JSON of ``rajaus count --criteria`` and ``rajaus order place``, checked once, frozen after.

Values within a key are alternatives, keys combine with and. Unknown keys and codes are refused with their place.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from core.errors import CriteriaError, FileRejected
from schemas import codes, places

_POSTCODE = re.compile(r"\d{5}(-\d{5})?", re.ASCII)
_CELL = re.compile(r"[A-Za-z0-9]{1,20}")
_PERCENT = re.compile(r"(?!0+(\.0*)?%)\d{1,3}(\.\d{1,3})?%", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _known(allowed: Any) -> AfterValidator:
    """Values must be codes of a list; ``allowed`` is called at validation, so lists load only when needed."""

    def check(values: list[Any]) -> list[Any]:
        for value in values:
            if value not in allowed():
                raise PydanticCustomError("code_unknown", "{value}", {"value": str(value)})
        return values

    return AfterValidator(check)


def _postcodes(values: list[str]) -> list[str]:
    for value in values:
        first, _, last = value.partition("-")
        if not _POSTCODE.fullmatch(value) or (last and last < first):
            raise PydanticCustomError("code_unknown", "{value}", {"value": value})
    return values


def _located(value: str) -> str:
    if value not in places.points():
        raise PydanticCustomError("code_unknown", "{value}", {"value": value})
    return value


def _number(value: Any) -> Any:
    """Whole kilometres are numbers too; true is none."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: Any) -> Any:
    """One alternative may stand without its list."""
    return [value] if isinstance(value, dict) else value


def _day(value: Any) -> Any:
    """JSON has no dates: they come as ISO text."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise PydanticCustomError("day_invalid", "must be a day such as 2026-01-31")


def _cells(cells: dict[str, int | str]) -> dict[str, int | str]:
    """Names that may stand in a file's name; all sizes numbers, or all percentages of no more than all."""
    percentages = [size for size in cells.values() if isinstance(size, str)]
    for name, size in cells.items():
        if not _CELL.fullmatch(name):
            raise PydanticCustomError("cell_name", "a cell's name is 1 to 20 letters and digits")
        if not (_PERCENT.fullmatch(size) if isinstance(size, str) else 1 <= size < 2**31) or isinstance(size, bool):
            raise PydanticCustomError("cell_size", "a cell is a number of rows such as 200, or a share such as 50%")
    if len({name.casefold() for name in cells}) < len(cells):
        raise PydanticCustomError("cell_name", "two cells have the same name")
    if percentages and len(percentages) < len(cells):
        raise PydanticCustomError("cell_size", "cells are numbers or percentages, not both")
    if sum(float(share[:-1]) for share in percentages) > 100 + 1e-9:
        raise PydanticCustomError("cell_size", "the percentages are more than all")
    return cells


Codes = Annotated[list[str], Field(min_length=1)]
Bound = Annotated[int, Field(ge=0, le=2**31 - 1)]
Day = Annotated[date, BeforeValidator(_day)]
Responsibilities = Annotated[Codes, _known(codes.responsibilities)]


FILES = ("organisations_file", "persons_file", "hashes_file")
"""Keys of ``exclude`` that name a file of the customer's own."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def given(self) -> set[str]:
        """Names of the keys that were given."""
        return {name for name, value in self if value is not None}


class Near(_Part):
    """Within so many kilometres of a postal code, from point to point (``schemas.places``)."""

    postcode: Annotated[str, AfterValidator(_located)]
    km: Annotated[float, Field(gt=0, le=2000), BeforeValidator(_number)]


class ItCriteria(_Part):
    """IT structure of the organisation; an unknown value meets no criterion."""

    workstations_min: Bound | None = None
    workstations_max: Bound | None = None
    servers_min: Bound | None = None
    servers_max: Bound | None = None
    erp: Codes | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> ItCriteria:
        for least, most in ((self.workstations_min, self.workstations_max), (self.servers_min, self.servers_max)):
            if least is not None and most is not None and least > most:
                raise PydanticCustomError("range_empty", "the smallest is larger than the largest")
        return self


class _Lists(_Part):
    """Lists of codes by which organisations are named."""

    kind: Annotated[Codes, _known(lambda: codes.KINDS)] | None = None
    industry: Codes | None = None
    form: Annotated[Codes, _known(codes.forms)] | None = None
    staff_class: Annotated[Codes, _known(codes.staff_classes)] | None = None
    revenue_class: Annotated[Codes, _known(codes.revenue_classes)] | None = None
    region: Annotated[Codes, _known(codes.regions)] | None = None
    municipality: Annotated[Codes, _known(codes.municipalities)] | None = None
    postcode: Annotated[Codes, AfterValidator(_postcodes)] | None = None
    near: Annotated[list[Near], Field(min_length=1), BeforeValidator(_listed)] | None = None


class OrganisationCriteria(_Lists):
    """Which organisations; ``industry`` codes match by prefix in ``industry_version`` (default: the register's)."""

    industry_version: Literal["TOL2008", "TOL2025"] | None = None
    it: ItCriteria | None = None
    website: bool | None = None
    parallel_name: bool | None = None


class OrganisationExclusions(_Lists):
    """Which organisations not: whoever one of the lists names is out. What is unknown is not named by any."""

    erp: Codes | None = None


class PersonCriteria(_Part):
    """Which decision-makers; ``title`` is compared as a folded whole. Every channel in ``reachable`` must work, and at
    least one of those in ``reachable_any``."""

    responsibility: Responsibilities | None = None
    purchasing: Responsibilities | None = None
    level: Annotated[list[int], Field(min_length=1), _known(lambda: codes.LEVELS)] | None = None
    title: Codes | None = None
    reachable: Annotated[Codes, _known(lambda: codes.CHANNELS)] | None = None
    reachable_any: Annotated[Codes, _known(lambda: codes.CHANNELS)] | None = None
    verified_since: Day | None = None


class PerOrganisation(_Part):
    """At most ``max`` persons per organisation; ``prefer`` orders them by responsibility, the first wins."""

    max: Annotated[int, Field(ge=1)]
    prefer: Responsibilities | None = None


class Exclusions(_Part):
    """Who is left out: whom the customer was delivered before, and whom it says it has.

    Earlier orders may be looked at since a day, of some campaigns, or of the customer's whole group. Files are read
    once, when the criteria are; what is stored of a selection names none.
    """

    earlier_orders: Literal["person", "site", "organisation", "none"] = "none"
    earlier_orders_since: Day | None = None
    earlier_orders_campaigns: Codes | None = None
    earlier_orders_of: Literal["customer", "group"] = "customer"
    organisations_file: str | None = None
    persons_file: str | None = None
    hashes_file: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Exclusions:
        narrowed = self.earlier_orders_since or self.earlier_orders_campaigns or self.earlier_orders_of == "group"
        if self.earlier_orders == "none" and narrowed:
            raise PydanticCustomError("level_missing", "earlier_orders must say person, site or organisation")
        return self

    @property
    def files(self) -> dict[str, str]:
        """The files named, by key."""
        return {name: value for name in FILES if (value := getattr(self, name)) is not None}


class Criteria(_Part):
    """One selection."""

    organisation: OrganisationCriteria = OrganisationCriteria()
    organisation_not: OrganisationExclusions = OrganisationExclusions()
    person: PersonCriteria = PersonCriteria()
    per_organisation: PerOrganisation | None = None
    exclude: Exclusions = Exclusions()
    limit: Annotated[int, Field(ge=1)] | None = None
    sample: Literal["random", "spread"] = "random"
    cells: Annotated[dict[str, int | str], Field(min_length=2, max_length=26), AfterValidator(_cells)] | None = None
    """Test cells by name: numbers of rows, or percentages of all of them."""
    split_organisations: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Criteria:
        if self.limit is not None and self._in_cells is not None:
            raise PydanticCustomError("limit_twice", "the numbers of the cells are the limit already")
        if self.split_organisations and self.cells is None:
            raise PydanticCustomError("cells_missing", "split_organisations is about cells, and there are none")
        return self

    @property
    def _in_cells(self) -> int | None:
        numbers = [size for size in (self.cells or {}).values() if isinstance(size, int)]
        return sum(numbers) if numbers else None

    @property
    def most(self) -> int | None:
        """How many rows at most: the limit, or the numbers of the cells together."""
        return self.limit if self._in_cells is None else self._in_cells

    def document(self) -> dict[str, Any]:
        """The criteria as plain JSON, for the ledger: without the customer's files, which are never kept (R031)."""
        return self.model_dump(exclude_none=True, mode="json", exclude={"exclude": set(FILES)})


def parse_criteria(document: Any) -> Criteria:
    """Check a decoded JSON document. Raises ``CriteriaError`` naming the key; also when the selection has no
    organisation criterion or no person criterion (R029)."""
    if not isinstance(document, dict):
        raise CriteriaError("criteria_value_invalid", key="(all)", reason="must be a JSON object")
    try:
        criteria = Criteria.model_validate(document)
    except ValidationError as error:
        raise _explain(error) from error
    version = criteria.organisation.industry_version
    versions = (version,) if version else codes.INDUSTRY_VERSIONS
    for block, lists in (("organisation", criteria.organisation), ("organisation_not", criteria.organisation_not)):
        for code in lists.industry or ():
            if not any(_industry_known(name, code) for name in versions):
                raise CriteriaError("criteria_code_unknown", key=f"{block}.industry", value=code)
    if not criteria.organisation.given() - {"industry_version"} or not criteria.person.given():
        raise CriteriaError("criteria_too_wide")
    return criteria


def _industry_known(version: str, code: str) -> bool:
    """A whole code, the start of one, or a section's letter."""
    sections = codes.section_of(version).values()
    return (
        code in sections
        or codes.industry_known(version, code)
        or (code.isdigit() and any(known.startswith(code) for known in codes.industries(version)))
    )


def read_criteria(path: Path) -> Criteria:
    """Read and check a criteria file; files it names are found beside it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise FileRejected("file_encoding", file=str(path), row=1, encoding="UTF-8") from error
    except json.JSONDecodeError as error:
        raise CriteriaError("criteria_unreadable", line=error.lineno, column=error.colno) from error
    if isinstance(document, dict) and isinstance(document.get("exclude"), dict):
        for key in FILES:
            value = document["exclude"].get(key)
            if isinstance(value, str):
                document["exclude"][key] = str((path.parent / value).resolve())
    return parse_criteria(document)


def _explain(error: ValidationError) -> CriteriaError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if not isinstance(part, int)]
    key = ".".join(place)
    if first["type"] == "extra_forbidden":
        model: Any = Criteria
        for part in place[:-1]:
            model = next(kind for kind in _models(model.model_fields[part].annotation))
        return CriteriaError("criteria_key_unknown", key=key, allowed=", ".join(model.model_fields))
    if first["type"] == "code_unknown":
        return CriteriaError("criteria_code_unknown", key=key, value=first["ctx"]["value"])
    return CriteriaError("criteria_value_invalid", key=key, reason=first["msg"][0].lower() + first["msg"][1:])


def _models(annotation: Any) -> list[Any]:
    options = getattr(annotation, "__args__", None) or (annotation,)
    return [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]
