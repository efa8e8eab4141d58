"""Which column of a file is which field of the register, and which columns may not be there at all (R004)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as Pairs, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import FileRejected
from core.identity import clean_text, looks_like_identity_code
from core.labels import fold_label
from register.sources.tabular import Chunk
from schemas.register import LAYOUTS

_BUILT_IN = Path(__file__).parent / "mappings"
_MADE_HERE = {"file", "row", "name_fold"}
TARGETS = {kind: tuple(name for name in layout.names if name not in _MADE_HERE) for kind, layout in LAYOUTS.items()}
"""Fields that a file can fill, by kind of file."""
NEEDED = {
    "organisations": ("business_id", "name"),
    "positions": ("source_id", "business_id", "first_name", "last_name"),
}
_PADDED = {"visiting_postcode": 5, "postal_postcode": 5, "municipality": 3}
_FORBIDDEN = re.compile(
    r"\b(hetu|ssn|sotu|dob|sex|gender|ika|age|puolue|party|uskonto|religion|uskontokunta|health|terveydentila"
    r"|kansalaisuus|nationality|aidinkieli|kon|siviilisaaty)\b"
    r"|henkilo ?tunnu|sosiaaliturvatunnu|personbeteckning|personnummer|identity ?code|social ?security|synt ?aika"
    r"|syntyma|syntynyt|birth|fodelse|fodd|sukupuol|puhuttel|salutation|tilltal|kotiosoit|home ?address|hemadress"
)
"""Folded column names that a work register never takes in, whether or not it would store them (R004)."""


class Mapping(BaseModel):
    """A mapping file (JSON or TOML), or one that is built in. ``docs/sources.md`` shows examples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "mapping file"
    kind: str = Field(description="organisations or positions")
    columns: dict[str, tuple[str, ...]] = Field(description="field → column, or columns joined by a space")
    aliases: dict[str, str] = Field(default_factory=dict, description="other names of those columns")
    constants: dict[str, str] = Field(default_factory=dict, description="field → text where the file has none")
    ignore: tuple[str, ...] = Field(default=(), description="columns to leave out; a file of persons must name them")
    encoding: str | None = None
    delimiter: str | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return {field: [name] if isinstance(name, str) else name for field, name in dict(value).items()}

    def check(self, file: str) -> None:
        """Raise ``FileRejected`` (mapping_invalid) for a kind or field that the register does not have."""
        if self.kind not in TARGETS:
            raise FileRejected("mapping_invalid", file=file, reason="kind must be organisations or positions")
        unknown = sorted((self.columns.keys() | self.constants.keys()) - set(TARGETS[self.kind]))
        if unknown:
            raise FileRejected("mapping_invalid", file=file, reason=f"no such field: {', '.join(unknown)}")


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises ``FileRejected`` with what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
        mapping = Mapping.model_validate(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except FileNotFoundError as error:
        raise FileRejected("file_missing", file=path.name) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FileRejected("mapping_invalid", file=path.name, reason=f"{where}: {first['msg']}") from error
    except (ValueError, TypeError) as error:
        raise FileRejected("mapping_invalid", file=path.name, reason="not JSON or TOML") from error
    mapping.check(path.name)
    return mapping


@cache
def built_in() -> tuple[Mapping, ...]:
    """The columns of ``cli.md`` themselves, then the mappings shipped in ``mappings/``."""
    own = [
        Mapping(name="own columns", kind=kind, columns={field: (field,) for field in fields})
        for kind, fields in TARGETS.items()
    ]
    shipped = [Mapping.model_validate_json(path.read_bytes()) for path in sorted(_BUILT_IN.glob("*.json"))]
    return (*own, *shipped)


@dataclass(frozen=True)
class Plan:
    """How one file's columns become fields: ``sources`` are column numbers, joined by a space when several."""

    kind: str
    mapping: str
    sources: Pairs[str, tuple[int, ...]]
    constants: Pairs[str, str]
    ignored: tuple[str, ...]
    typed: bool = False

    @property
    def derived_key(self) -> bool:
        """Whether a position's key is put together from other columns; then only its hash is kept."""
        return len(self.sources.get("source_id", ())) > 1

    def fields(self, chunk: Chunk, *, file: int) -> pa.Table:
        """All fields of the kind as cleaned text, with file and row number; what the file lacks is null."""
        return pa.table(
            {
                "file": pa.repeat(pa.scalar(file, pa.int32()), chunk.cells.num_rows),
                "row": chunk.rows,
                **{field: self._field(chunk.cells, field) for field in TARGETS[self.kind]},
            }
        )

    def _field(self, cells: pa.Table, field: str) -> pa.Array:
        parts = [clean_text(cells.column(index)) for index in self.sources.get(field, ())]
        if not parts:
            text = pa.nulls(cells.num_rows, pa.string())
        elif len(parts) == 1:
            text = parts[0]
        else:
            text = clean_text(pc.binary_join_element_wise(*parts, " ", null_handling="replace", null_replacement=""))
        if self.typed and field in _PADDED:
            text = pc.if_else(pc.match_substring_regex(text, r"^\d+$"), pc.utf8_lpad(text, _PADDED[field], "0"), text)
        constant = self.constants.get(field)
        if constant is None:
            return text
        if field == "kind":  # the form, where there is one, says it better than a constant
            constant = pc.if_else(pc.is_null(self._field(cells, "form")), constant, None)
        return pc.coalesce(text, constant)


def _match(mapping: Mapping, header: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Fields the header can fill under this mapping."""
    at = {fold_label(name): index for index, name in reversed(list(enumerate(header)))}
    for alias, name in mapping.aliases.items():
        if (index := at.get(fold_label(alias))) is not None:
            at.setdefault(fold_label(name), index)
    found = {
        field: tuple(at[key] for key in map(fold_label, names) if key in at) for field, names in mapping.columns.items()
    }
    return {field: indexes for field, indexes in found.items() if indexes}


def make_plan(header: Sequence[str], *, file: str, mapping: Mapping | None = None, typed: bool = False) -> Plan:
    """Choose the mapping that covers the header best, or follow the one given.

    Raises ``FileRejected``: a column that a person register may not hold; a column outside the closed list
    in a positions file (R004); needed columns missing; a header of neither kind.
    """
    named = pa.array(list(header), pa.string())
    if pc.any(looks_like_identity_code(named)).as_py():
        raise FileRejected("file_identity_code", file=file, row=0, column="header")
    for name in header:
        if _FORBIDDEN.search(fold_label(name)):
            raise FileRejected("file_person_column", file=file, column=name)
    chosen = mapping or max(built_in(), key=lambda candidate: len(_match(candidate, header)))
    sources = _match(chosen, header)
    if mapping is not None:
        _check_cover(mapping, header, sources, file=file)
    elif len(sources) < 2:
        raise FileRejected("file_columns_unrecognised", file=file, columns=", ".join(sorted(sources)) or "none")
    available = sources.keys() | chosen.constants.keys()
    missing = [field for field in NEEDED[chosen.kind] if field not in available]
    if chosen.kind == "positions" and not available & {"responsibilities", "purchasing"}:
        missing.append("responsibilities")
    if missing:
        raise FileRejected("file_columns_missing", file=file, columns=", ".join(missing))
    used = {index for indexes in sources.values() for index in indexes}
    rest = [name for index, name in enumerate(header) if index not in used and fold_label(name)]
    outside = sorted(
        set(rest) - {name for name in rest if fold_label(name) in {fold_label(ignored) for ignored in chosen.ignore}}
    )
    if outside and chosen.kind == "positions":
        raise FileRejected("file_person_column", file=file, column=outside[0])
    return Plan(chosen.kind, chosen.name, sources, chosen.constants, tuple(rest), typed)


def _check_cover(mapping: Mapping, header: Sequence[str], sources: Pairs[str, tuple[int, ...]], *, file: str) -> None:
    """A mapping file names its columns on purpose: every one of them must be there."""
    lacking = [
        name
        for field, names in mapping.columns.items()
        if len(sources.get(field, ())) < len(names)
        for name in names
        if fold_label(name) not in {fold_label(there) for there in header}
    ]
    if lacking:
        raise FileRejected("file_columns_missing", file=file, columns=", ".join(lacking))
