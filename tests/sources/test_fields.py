"""Truth tables of single cells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from register.sources import fields
from schemas.register import NO_DATE, NO_NUMBER, UNREADABLE


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (fields.read_date, "2026-11-22", date(2026, 11, 22)),
        (fields.read_date, "2026-11-22 00:00:00", date(2026, 11, 22)),
        (fields.read_date, "1.2.2026", date(2026, 2, 1)),
        (fields.read_date, "31.2.2026", NO_DATE),
        (fields.read_date, "2026-02-30", NO_DATE),
        (fields.read_date, "11/22/2026", NO_DATE),
        (fields.read_date, "22.11.26", NO_DATE),
        (fields.read_count, "1 200", 1200),
        (fields.read_count, "0", 0),
        (fields.read_count, "-1", NO_NUMBER),
        (fields.read_count, "noin 50", NO_NUMBER),
        (fields.read_count, "²", NO_NUMBER),
        (fields.read_kind, "Yhdistys", "association"),
        (fields.read_kind, "public", "public"),
        (fields.read_kind, "cult", "cult"),
        (fields.read_form, "OY", "OY"),
        (fields.read_form, "16", "OY"),
        (fields.read_form, "osakeyhtiö", "OY"),
        (fields.read_form, "Aktiebolag", "OY"),
        (fields.read_form, "Julkinen osakeyhtiö", "OYJ"),
        (fields.read_form, "Ky", "KY"),
        (fields.read_form, "Tmi", "F26"),
        (fields.read_form, "F41", "F41"),
        (fields.read_form, "XX", "XX"),
        (fields.read_staff_class, "4", 4),
        (fields.read_staff_class, "20-49 henkilöä", 4),
        (fields.read_staff_class, "20–49", 4),
        (fields.read_staff_class, "1000-", 9),
        (fields.read_staff_class, "yli 1 000 henkilöä", 9),
        (fields.read_staff_class, "0", NO_NUMBER),
        (fields.read_staff_class, "20-48", NO_NUMBER),
        (fields.read_revenue_class, "2-10 milj. euroa", 5),
        (fields.read_revenue_class, "0.2-0.4 milj. euroa", 2),
        (fields.read_revenue_class, "alle 0,2 milj. euroa", 1),
        (fields.read_revenue_class, "10", NO_NUMBER),
        (fields.read_version, "TOL 2025", "TOL2025"),
        (fields.read_version, "TOIMI3", "TOL2008"),
        (fields.read_responsibilities, "IT;FIN;IT", "FIN;IT"),
        (fields.read_responsibilities, "tietohallinto, Talous ja hallinto", "FIN;IT"),
        (fields.read_responsibilities, "it", "IT"),
        (fields.read_responsibilities, "IT;ABC", UNREADABLE),
        (fields.read_responsibilities, ";", None),
        (fields.read_level, "4", 4),
        (fields.read_level, "Ylin johto", 1),
        (fields.read_level, "5", NO_NUMBER),
        (fields.read_municipality, "091", "091"),
        (fields.read_municipality, "Helsingfors", "091"),
        (fields.read_municipality, "Raasepori", "710"),
        (fields.read_municipality, "Atlantis", "Atlantis"),
        (fields.municipality_of, "33100", "837"),
        (fields.municipality_of, "99998", None),
        (fields.kind_of_form, "AYH", "association"),
        (fields.kind_of_form, "SÄÄ", "association"),
        (fields.kind_of_form, "F41", "public"),
        (fields.kind_of_form, "OY", "company"),
        (fields.read_truth, "Rekisterissä", 0),
        (fields.read_truth, "selvitystila", 1),
        (fields.read_truth, "true", 1),
        (fields.read_truth, "maybe", NO_NUMBER),
    ],
)
def test_a_cell_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("version", "text", "value"),
    [
        ("TOL2025", "62100", ("TOL2025", "62100")),
        ("TOL2008", "62.01", ("TOL2008", "6201")),
        ("TOL2008", "62010", ("TOL2008", "62010")),
        ("TOL2025", "62010", ("TOL2025", UNREADABLE)),
        (None, "62010", ("TOL2008", "62010")),
        (None, "62100 Ohjelmistojen suunnittelu ja valmistus", ("TOL2025", "62100")),
        (None, "Pääkonttorien toiminta", ("TOL2025", "70100")),
        (None, "Jotakin aivan muuta", (None, UNREADABLE)),
        ("TOL2025", "A", ("TOL2025", "A")),
        ("TOL1995", "62010", ("TOL1995", "62010")),
        ("TOL2025", "99999", ("TOL2025", UNREADABLE)),
    ],
)
def test_an_industry_is_read_in_its_version(version: str | None, text: str, value: tuple[str | None, str]) -> None:
    """R003."""
    assert fields.read_industry(version, text) == value
