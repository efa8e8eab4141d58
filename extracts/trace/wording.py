"""What a trace found, in Finnish and English, for a reader without mathematics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

_FI = MappingProxyType(
    {
        "read": "Rivejä on {read}; niistä {matched} vastaa tietoa, joka on luovutettu tai olisi voitu luovuttaa.",
        "accused": "Rivit ovat peräisin poimintatiedostosta {extract} (asiakas {customer}, {campaign}).",
        "bound": "Todennäköisyys, että syytön poiminta osoitettaisiin näin vahvasti, on enintään {family_wise_p:.1e}.",
        "campaign": "kampanja {campaign}",
        "no_campaign": "kampanjaa ei voida osoittaa",
        "nobody": "Näyttö ei riitä osoittamaan yhtäkään poimintaa (virheen raja {alpha:.0e} koko tarkastelulle).",
        "leads": "Johtolankoja: {leads}. Johtolanka kertoo, mistä selvittämistä kannattaa jatkaa; se ei ole osoitus.",
        "end": "Osoitus koskee tiedostoa, ei tekijää eikä tarkoitusta. Seurauksista päättää ihminen.",
    }
)
_EN = MappingProxyType(
    {
        "read": "The file has {read} rows; {matched} of them agree with data that was, or could have been, disclosed.",
        "accused": "The rows come from extract {extract} (customer {customer}, {campaign}).",
        "bound": "The probability of singling out an innocent extract this strongly is at most {family_wise_p:.1e}.",
        "campaign": "campaign {campaign}",
        "no_campaign": "campaign not proven",
        "nobody": "The evidence is not enough to attribute the file to any extract (bound on error {alpha:.0e}).",
        "leads": "Leads: {leads}. A lead says where to look further; it is not an attribution.",
        "end": "The attribution is to a file, not to a person or an intent. People decide what follows from it.",
    }
)


def summary(result: Mapping[str, Any], *, alpha: float) -> dict[str, str]:
    """The result of ``rajaus trace`` in words: ``{"fi", "en"}``."""
    return {language: " ".join(_sentences(result, text, alpha=alpha)) for language, text in (("fi", _FI), ("en", _EN))}


def _sentences(result: Mapping[str, Any], text: Mapping[str, str], *, alpha: float) -> Iterator[str]:
    yield text["read"].format(**result)
    for one in result["accused"]:
        campaign = text["campaign" if one["campaign"] else "no_campaign"].format(**one)
        yield text["accused"].format(**one | {"campaign": campaign})
        yield text["bound"].format(**one)
    if not result["accused"]:
        yield text["nobody"].format(alpha=alpha)
    if result["leads"]:
        yield text["leads"].format(leads=len(result["leads"]))
    yield text["end"]
