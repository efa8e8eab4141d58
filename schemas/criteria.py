"""Selection criteria: the JSON of ``rajaus count --criteria`` and ``rajaus order place``, checked once, frozen after.

Values within a key are alternatives, keys combine with and. Unknown keys and codes are refused with their place.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from core.errors import CriteriaError, FileRejected
from schemas import codes

_POSTCODE = re.compile(r"\d{5}(-\d{5})?")


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


Codes = Annotated[list[str], Field(min_length=1)]
Responsibilities = Annotated[Codes, _known(codes.responsibilities)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def given(self) -> set[str]:
        """Names of the keys that were given."""
        return {name for name, value in self if value is not None}


class ItCriteria(_Part):
    """IT structure of the organisation."""

    workstations_min: Annotated[int, Field(ge=0)] | None = None
    servers_min: Annotated[int, Field(ge=0)] | None = None
    erp: Codes | None = None


class OrganisationCriteria(_Part):
    """Which organisations; ``industry`` codes match by prefix in ``industry_version`` (default: the register's)."""

    kind: Annotated[Codes, _known(lambda: codes.KINDS)] | None = None
    industry: Codes | None = None
    industry_version: Literal["TOL2008", "TOL2025"] | None = None
    form: Annotated[Codes, _known(codes.forms)] | None = None
    staff_class: Annotated[Codes, _known(codes.staff_classes)] | None = None
    revenue_class: Annotated[Codes, _known(codes.revenue_classes)] | None = None
    region: Annotated[Codes, _known(codes.regions)] | None = None
    municipality: Annotated[Codes, _known(codes.municipalities)] | None = None
    postcode: Annotated[Codes, AfterValidator(_postcodes)] | None = None
    it: ItCriteria | None = None


class PersonCriteria(_Part):
    """Which decision-makers; ``title`` is compared as a folded whole, ``reachable`` names channels that must work."""

    responsibility: Responsibilities | None = None
    purchasing: Responsibilities | None = None
    level: Annotated[list[int], Field(min_length=1), _known(lambda: codes.LEVELS)] | None = None
    title: Codes | None = None
    reachable: Annotated[Codes, _known(lambda: codes.CHANNELS)] | None = None


class PerOrganisation(_Part):
    """At most ``max`` persons per organisation; ``prefer`` orders them by responsibility, the first wins."""

    max: Annotated[int, Field(ge=1)]
    prefer: Responsibilities | None = None


class Exclusions(_Part):
    """Who is left out: earlier deliveries to the same customer, and the customer's own organisations or hashes."""

    earlier_orders: Literal["person", "organisation", "none"] = "none"
    organisations_file: str | None = None
    hashes_file: str | None = None


class Criteria(_Part):
    """One selection."""

    organisation: OrganisationCriteria = OrganisationCriteria()
    person: PersonCriteria = PersonCriteria()
    per_organisation: PerOrganisation | None = None
    exclude: Exclusions = Exclusions()
    limit: Annotated[int, Field(ge=1)] | None = None
    sample: Literal["random", "spread"] = "random"

    def document(self) -> dict[str, Any]:
        """The criteria as plain JSON, for the ledger."""
        return self.model_dump(exclude_none=True, mode="json")


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
    for code in criteria.organisation.industry or []:
        versions = (version,) if version else codes.INDUSTRY_VERSIONS
        if not any(known.startswith(code) for name in versions for known in codes.industries(name)) and not any(
            codes.industry_known(name, code) for name in versions
        ):
            raise CriteriaError("criteria_code_unknown", key="organisation.industry", value=code)
    if not criteria.organisation.given() - {"industry_version"} or not criteria.person.given():
        raise CriteriaError("criteria_too_wide")
    return criteria


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
        for key in ("organisations_file", "hashes_file"):
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
