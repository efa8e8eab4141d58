"""The standing terms of use as the product ships them, the text for messages, and what must stand in them (R033, R040).

Terms are ``{language: …}`` with ``title``, ``brief``, ``facts``, ``sections``, ``purposes`` and ``channels``; a message
has ``kind`` by purpose and its parts, written and spoken. What varies stands in braces. ``profile.ttl`` beside this
file says what the machine-readable licence means beyond ODRL.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from core.errors import InvalidInput
from schemas import codes

CARD_LANGUAGES = ("fi", "en")
MESSAGE_LANGUAGES = ("fi", "sv", "en")
SECTIONS = (
    "allowed", "forbidden", "responders", "end", "source", "bans", "message", "monitoring", "authenticity", "contact",
)  # fmt: skip
"""What every card tells, in this order."""

TERMS_NEED: Mapping[str, tuple[str, ...]] = {
    "brief": ("customer", "campaign", "since", "until"),
    "end": ("disposal",),
    "source": ("controller", "register"),
    "bans": ("contact",),
    "contact": ("contact",),
}
"""What a part of the terms cannot leave out (R033)."""
TERMS_KNOW = frozenset(
    {"customer", "campaign", "since", "until", "disposal", "controller", "register", "contact", "snapshot", "key",
     "acknowledge_days"}
)  # fmt: skip
MESSAGE_NEEDS: Mapping[str, tuple[str, ...]] = {
    "kind": ("customer",),
    "text.source": ("register", "controller"),
    "text.ban": ("ban_url", "contact"),
    "spoken.source": ("register", "controller"),
    "spoken.ban": ("contact",),
}
"""Item of the message block to what must vary in it (R040): who sends, source, and a way to say no."""
_FREE = {"fi": "maksutta", "sv": "avgiftsfritt", "en": "free of charge"}
_MARKETING = {"fi": "markkinointia", "sv": "marknadsföring", "en": "marketing"}
_MARKETING_PURPOSES = ("sales", "marketing")

PROFILE = Path(__file__).with_name("profile.ttl")

Terms = Mapping[str, Any]


@cache
def shipped() -> Terms:
    """``{"terms": {language: …}, "message": {language: …}}`` as this version of the product has them."""
    return {
        "terms": {language: _read(f"terms.{language}") for language in CARD_LANGUAGES},
        "message": {language: _read(f"message.{language}") for language in MESSAGE_LANGUAGES},
    }


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


def with_own(own: Mapping[str, Any]) -> Terms:
    """The shipped terms with the controller's own words laid over them, part by part.

    Raises ``InvalidInput`` (terms_incomplete) for a part that there is not, or that is no text.
    """
    return dict(_laid_over(shipped(), own, "terms"))


def _laid_over(base: Any, own: Any, place: str) -> Any:
    if isinstance(base, Mapping) and isinstance(own, Mapping):
        for name in own:
            if name not in base:
                raise InvalidInput("terms_incomplete", fault=f"{place} has no part {name}")
        return {**base, **{name: _laid_over(base[name], value, f"{place}.{name}") for name, value in own.items()}}
    if not isinstance(own, type(base)):
        raise InvalidInput("terms_incomplete", fault=f"{place} is no {'text' if isinstance(base, str) else 'table'}")
    return own


def lint(terms: Terms) -> list[str]:
    """What a set of terms lacks or says wrongly: a missing section or language, no source, no free way to say no, a
    message of marketing that does not say so, a blank that nothing fills (R033, R040)."""
    wrong: list[str] = []
    for language in CARD_LANGUAGES:
        wrong += [f"terms, {language}: {fault}" for fault in _terms_faults(terms.get("terms", {}).get(language, {}))]
    for language in MESSAGE_LANGUAGES:
        said = terms.get("message", {}).get(language, {})
        wrong += [f"message, {language}: {fault}" for fault in _message_faults(said, language)]
    return wrong


def checked(terms: Terms) -> Terms:
    """The terms; raises ``InvalidInput`` (terms_incomplete) for the first fault: faulty terms are never filed."""
    for fault in lint(terms):
        raise InvalidInput("terms_incomplete", fault=fault)
    return terms


def _terms_faults(said: Mapping[str, Any]) -> list[str]:
    sections = said.get("sections", {})
    parts = {"brief": str(said.get("brief", ""))} | {
        name: str(sections.get(name, {}).get("text", "")) for name in SECTIONS
    }
    wrong = [f"nothing on {name}" for name, text in parts.items() if not text.strip()]
    wrong += [f"no heading of {name}" for name in SECTIONS if not sections.get(name, {}).get("heading", "").strip()]
    wrong += [
        f"no {name} in {part}"
        for part, names in TERMS_NEED.items()
        for name in names
        if name not in _blanks(parts[part])
    ]
    wrong += [
        f"unknown blank {name} in {part}" for part, text in parts.items() for name in sorted(_blanks(text) - TERMS_KNOW)
    ]
    for group, known in (("purposes", codes.PURPOSES), ("channels", codes.CHANNELS)):
        wrong += [f"no name of {one}" for one in known if not said.get(group, {}).get(one)]
    return wrong + [
        f"no label of {name}" for name in shipped()["terms"]["fi"]["facts"] if not said.get("facts", {}).get(name)
    ]


def _message_faults(said: Mapping[str, Any], language: str) -> list[str]:
    wrong: list[str] = []
    for item, names in MESSAGE_NEEDS.items():
        group, _, part = item.partition(".")
        texts = [str(said.get(group, {}).get(one, "")) for one in ([part] if part else codes.PURPOSES)]
        wrong += [f"no {name} in {item}" for text in texts for name in names if name not in _blanks(text)]
        wrong += [
            f"unknown blank {name} in {item}"
            for text in texts
            for name in sorted(_blanks(text) - {"customer", *_KNOWN})
        ]
    for purpose in _MARKETING_PURPOSES:
        if _MARKETING[language] not in str(said.get("kind", {}).get(purpose, "")).lower():
            wrong.append(f"a message of {purpose} that does not say it is marketing (917/2014 s. 203)")
    for part in ("text", "spoken"):
        if _FREE[language] not in str(said.get(part, {}).get("ban", "")).lower():
            wrong.append(f"no word that a ban is free in {part}.ban (917/2014 s. 202)")
    return wrong


_KNOWN = frozenset({"register", "controller", "ban_url", "contact"})


def _blanks(text: str) -> set[str]:
    """Names of the blanks in a text; a broken brace is a blank that nobody knows."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"{"}
