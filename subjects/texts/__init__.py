"""Texts that persons read, in their language: one TOML file per text and language, checked to say the same things.

``<name>.<fi|sv|en>.toml`` stand beside this module. What varies stands in braces and is filled in by
:func:`filled`; nothing of it is ever interpreted as markup.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import InvalidInput

LANGUAGES = ("fi", "sv", "en")
_HERE = Path(__file__).parent


@cache
def text(name: str, language: str) -> Mapping[str, Any]:
    """The text ``name`` in a language. Raises ``InvalidInput`` (value_unknown) for a language that is not offered."""
    if language not in LANGUAGES:
        raise InvalidInput("value_unknown", field="language", value=language, allowed=", ".join(LANGUAGES))
    return tomllib.loads((_HERE / f"{name}.{language}.toml").read_text(encoding="utf-8"))


def names() -> tuple[str, ...]:
    """Every text there is."""
    return tuple(sorted({path.name.split(".")[0] for path in _HERE.glob("*.toml")}))


def filled(part: Any, values: Mapping[str, Any]) -> Any:
    """A text, a list or a table of texts with ``{name}`` replaced from ``values``."""
    if isinstance(part, str):
        return part.format_map(values)
    if isinstance(part, Mapping):
        return {key: filled(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [filled(value, values) for value in part]
    return part
