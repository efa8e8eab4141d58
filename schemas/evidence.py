"""The evidence file of a trace, and the file that shows an extract's scope keys: their shapes, refused with the place.

Both are read by people outside the house, so what they hold is fixed here and nowhere else (R039).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from core.errors import FileRejected

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Token = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Secret = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Line = Annotated[int, Field(ge=1)]
Log = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Summary(_Part):
    fi: str
    en: str


class Sheet(_Part):
    name: str
    first_line: Line
    lines: Count


class Readings(_Part):
    email: Count
    phone: Count
    business_id: Count
    name: Count


class ChannelRead(_Part):
    """What the suspect shows of one channel."""

    channel: str
    symbol_0: Count
    symbol_1: Count
    erased: Count
    dropped: bool


class Suspect(_Part):
    file: str
    sha256: Sha256
    read: Count
    matched: Count
    units: Count
    sheets: list[Sheet]
    readings: Readings
    channels: list[ChannelRead]


class Used(_Part):
    """The settings of a trace."""

    alpha: Annotated[float, Field(gt=0, lt=1)]
    lead: float
    campaign_error: Annotated[float, Field(gt=0, lt=1)]
    extracts: Count
    coverage: Annotated[float, Field(ge=0)]
    key_ids: list[str]


class Grids(_Part):
    row_lambda: list[Share]
    row_weight: list[Share]
    epsilon: list[Share]
    epsilon_weight: list[Share]
    cell_lambda: list[Share]
    cell_weight: list[Share]


class SeedSeen(_Part):
    extract: str
    seed: str
    lines: list[Line]


class Named(_Part):
    """One accused extract, or a lead."""

    extract: str
    customer: str
    campaign: str | None
    log_e: Log
    p: Share
    family_wise_p: Share


class CustomerScore(_Part):
    customer: str
    log_e: Log


class ResellerScore(_Part):
    reseller: str
    log_e: Log


class Result(_Part):
    accused: list[Named]
    leads: list[Named]
    customers: list[CustomerScore]
    resellers: list[ResellerScore]


class Terms(_Part):
    rows: Annotated[list[Annotated[list[Log], Field(min_length=2, max_length=2)]], Field(min_length=7, max_length=7)]
    membership: Annotated[list[Log], Field(min_length=7, max_length=7)]
    cells: dict[str, Annotated[list[Log], Field(min_length=6, max_length=6)]]


class Commitment(_Part):
    commitment: Sha256
    disclosures: Sha256
    form: Count
    seq: Count
    at: str
    hash: Sha256
    agrees: bool | None = None


class MarkedChannel(_Part):
    channel: str
    layer: str


Symbol = Annotated[int, Field(ge=0, le=1)]
Bias = Annotated[float, Field(gt=0, lt=1)]
Seen = Annotated[int, Field(ge=-1, le=1)]


class LeakedUnit(_Part):
    """One unit of an accused extract's pool that the suspect shows."""

    unit: Token
    company: Token
    row: Line | None
    share: Annotated[float, Field(gt=0, le=1)] | None
    lines: list[Line]
    marks: list[Annotated[tuple[Symbol, Bias, Symbol, Seen | None], Field(strict=False)] | None]
    """Symbol, prior of symbol 1, scope (1: the extract's own, 0: its customer's), what the suspect shows (-1: erased,
    null: unknown); in the order of the exhibit's channels."""


class Exhibit(_Part):
    extract: str
    customer: str
    reseller: str | None
    released_at: str
    manifest_sha256: Sha256
    eligible: Count
    delivered: Count
    shares_by_history: bool
    hot: Count | None = None
    """How many of the eligible were hot rows, where all that were withheld are among these."""
    leaked_eligible: Count
    leaked_delivered: Count
    seeds_placed: Count
    seeds_seen: Count
    log_e: Log
    log_keyed: Log
    log_seeds: Log
    log_weight: Log
    threshold: Log
    campaign_log_e: Log | None
    campaigns: Annotated[int, Field(ge=1)]
    terms: Terms
    commitment: Commitment | None
    lines: list[Annotated[tuple[Line, Line], Field(strict=False)]]
    channels: list[MarkedChannel] | None = None
    units: list[LeakedUnit] | None = None


class Ranked(_Part):
    extract: str
    customer: str
    campaign: str
    leaked_eligible: Count
    leaked_delivered: Count
    seeds_seen: Count
    log_e: Log
    log_keyed: Log
    campaign_log_e: Log | None
    threshold: Log
    manifest_sha256: Sha256


class Evidence(_Part):
    """What ``rajaus trace`` writes beside its answer."""

    trace: str
    scheme: Literal[2]
    version: str
    traced_at: Annotated[AwareDatetime, Field(strict=False)]
    traced_by: str
    summary: Summary
    suspect: Suspect
    settings: Used
    grids: Grids
    seeds: list[SeedSeen]
    result: Result
    exhibits: list[Exhibit]
    extracts: list[Ranked]

    def exhibit(self, extract: str) -> Exhibit:
        """Raises ``FileRejected`` (evidence_without_extract)."""
        for one in self.exhibits:
            if one.extract == extract:
                return one
        raise FileRejected("evidence_without_extract", trace=self.trace, extract=extract)


class Keys(_Part):
    extract: Secret
    customer: Secret


class Scopes(_Part):
    extract: str
    """The extract, or of continuous use the subscription."""
    customer: str


class Disclosure(_Part):
    """One unit of the pool, as it went into the commitment."""

    unit: Token
    company: Token
    row: Line | None
    hot: bool = False
    marks: list[Annotated[tuple[Symbol, Symbol, Bias], Field(strict=False)] | None]
    """Symbol, scope, prior; in the order of ``Revealed.channels``."""


class Revealed(_Part):
    """What a dispute is shown of one extract: its two scope keys, and the list that it was committed with."""

    reveal: str
    trace: str
    extract: str
    customer: str
    scopes: Scopes
    requested_by: str
    approved_by: str
    approved_at: Annotated[AwareDatetime, Field(strict=False)]
    keys: Keys
    commitment: Sha256
    form: Literal[2]
    channels: list[str]
    disclosures: list[Disclosure]


_Shape = TypeVar("_Shape", bound=BaseModel)


def read_evidence(file: Path) -> Evidence:
    """An evidence file. Raises ``FileRejected``: file_missing, evidence_invalid (with the place)."""
    return _read(file, Evidence)


def read_revealed(file: Path) -> Revealed:
    """A file of revealed keys. Raises ``FileRejected``: file_missing, evidence_invalid (with the place)."""
    return _read(file, Revealed)


def _read(file: Path, shape: type[_Shape]) -> _Shape:
    try:
        return shape.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=file.name) from error
    except (OSError, UnicodeError) as error:
        raise FileRejected("evidence_invalid", file=file.name, place="the file", reason="unreadable") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise FileRejected("evidence_invalid", file=file.name, place=place, reason=first["type"]) from error
