"""R015: free-form words; whoever says no is understood, whoever does not is not."""

from __future__ import annotations

import pytest

from subjects.mail_words import read

SAID: list[tuple[str, list[str], str]] = [
    ("Hei! Kiellän tietojeni käytön suoramarkkinointiin.\nTerveisin Liisa", ["ban"], "fi"),
    ("EI", ["ban"], "fi"),
    ("stop.", ["ban"], "fi"),
    ("Hei\nEI!", ["ban"], "fi"),
    ("Poistakaa tietoni rekisteristänne, kiitos.", ["ban", "erasure"], "fi"),
    ("Älkää soittako minulle enää", ["ban"], "fi"),
    ("En halua\nmainoksianne", ["ban"], "fi"),
    ("Haluan tarkastaa tietoni (tarkastusoikeus).", ["access"], "fi"),
    ("Mistä olette saaneet osoitteeni? Kiellän markkinoinnin.", ["ban", "access"], "fi"),
    ("Tietoni ovat väärin, korjatkaa nimike.", ["rectification"], "fi"),
    ("Jag förbjuder direktmarknadsföring.", ["ban"], "sv"),
    ("Nej tack", ["ban"], "sv"),
    ("Jag vill ha ett registerutdrag", ["access"], "sv"),
    ("Please remove me from your list", ["ban"], "en"),
    ("UNSUBSCRIBE", ["ban"], "en"),
    ("Please erase my data under Article 17.", ["ban", "erasure"], "en"),
    ("I would like a copy of my personal data", ["access"], "en"),
    ("Kiitos viestistä, palaan asiaan ensi viikolla.", [], "fi"),
    ("Ei hätää, nähdään huomenna!", [], "fi"),
    ("Voisitteko lähettää tarjouksen?", [], "fi"),
    ("", [], "fi"),
]


@pytest.mark.parametrize(("text", "wishes", "language"), SAID)
def test_R015_a_text_is_read_for_what_it_asks(text: str, wishes: list[str], language: str) -> None:
    said = read(text)
    assert (list(said.wishes), said.language) == (wishes, language)
