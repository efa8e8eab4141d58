"""The health report of a customer's register: an Excel workbook with charts, and a page for the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from core.files import storing
from datacare.health import GROUP, Health

TITLE = "Asiakasrekisterin kunto"
STATES = {"auto": "tunnistettu", "none": "ei rekisterissä", "review": "katselmoitava"}
KINDS = {
    "ceased": "toiminta loppunut", "successor": "seuraaja tiedossa", "renamed": "nimi muuttunut", "moved": "muuttanut",
    "new_phone": "uusi puhelin", "new_web": "uusi verkkosivu", "person_left": "henkilö vaihtunut",
    "new_title": "uusi nimike", "new_email": "uusi sähköposti",
}  # fmt: skip
GROUPS = {"rows": "rivejä", "ceased": "lopettaneita", "changed": "muuttuneita", "unreachable": "tavoittamattomia"}
_SHOWN = 12
_WIDE = 420


def summary(facts: Health) -> list[tuple[str, int]]:
    """The lines at the top of the report."""
    return [
        ("Rivejä tiedostossa", facts.rows),
        ("Hylättyjä rivejä", facts.rejected),
        *((f"Yritys {STATES[state]}", number) for state, number in facts.states.items()),
        ("Rivejä, joilla on muutoksia", facts.updated),
        ("Lopettaneita yrityksiä", facts.ceased),
        ("Kaksoiskappaleita", facts.duplicates),
        ("Tavoittamattomia (ei sähköpostia eikä puhelinta)", facts.unreachable),
    ]


def write(facts: Health, directory: Path, *, at: datetime) -> None:
    """Both, named after the job. Raises ``StoreError``."""
    write_xlsx(facts, directory / f"{facts.job}-report.xlsx", at=at)
    path = directory / f"{facts.job}-report.html"
    with storing(path):
        path.write_text(html(facts), encoding="utf-8")


def write_xlsx(facts: Health, path: Path, *, at: datetime) -> None:
    """Four sheets of numbers, each with its chart. Raises ``StoreError`` when it cannot be written."""
    with storing(path):
        try:
            with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
                book.set_properties({"title": TITLE, "created": at.replace(tzinfo=None), "comments": facts.job})
                _simple(book, "Yhteenveto", ("Mitä", "Määrä"), summary(facts), kind="bar", chart=TITLE)
                changes = [(KINDS[kind], number) for kind, number in facts.changes.items()]
                _simple(book, "Muutokset", ("Muutos", "Rivejä"), changes, kind="column", chart="Muutokset lajeittain")
                _grouped(book, "Toimialat", "Toimiala", facts.industries)
                _grouped(book, "Koko", "Henkilöstö", facts.sizes)
        except FileCreateError as error:
            raise error.args[0] from error


def _simple(
    book: Any, name: str, header: tuple[str, str], lines: Sequence[tuple[str, int]], *, kind: str, chart: str
) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    sheet.set_column(0, 0, 46)
    for place, text in enumerate(header):
        sheet.write_string(0, place, text, bold)
    for number, (text, value) in enumerate(lines, 1):
        sheet.write_string(number, 0, text)
        sheet.write_number(number, 1, value)
    _chart(book, sheet, name, rows=len(lines), columns=(1,), kind=kind, title=chart, right="D2")


def _grouped(book: Any, name: str, header: str, groups: Mapping[str, Mapping[str, int]]) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    sheet.set_column(0, 0, 46)
    for place, text in enumerate((header, *(GROUPS[column] for column in GROUP))):
        sheet.write_string(0, place, text, bold)
    for number, (text, values) in enumerate(groups.items(), 1):
        sheet.write_string(number, 0, text)
        for place, column in enumerate(GROUP, 1):
            sheet.write_number(number, place, values[column])
    shown = min(len(groups), _SHOWN)
    columns = tuple(range(1, len(GROUP) + 1))
    _chart(book, sheet, name, rows=shown, columns=columns, kind="bar", title=f"{header}: yleisimmät", right="G2")


def _chart(
    book: Any, sheet: Any, name: str, *, rows: int, columns: Sequence[int], kind: str, title: str, right: str
) -> None:
    if not rows:
        return
    chart = book.add_chart({"type": kind})
    for column in columns:
        chart.add_series(
            {"name": [name, 0, column], "categories": [name, 1, 0, rows, 0], "values": [name, 1, column, rows, column]}
        )
    chart.set_title({"name": title})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})
    if len(columns) == 1:
        chart.set_legend({"none": True})
    chart.set_size({"width": 720, "height": max(320, 28 * rows * len(columns))})
    sheet.insert_chart(right, chart)


def html(facts: Health) -> str:
    """The same as one page that needs nothing from elsewhere; it names nobody."""
    changes = [(KINDS[kind], number) for kind, number in facts.changes.items()]
    parts = [
        f"<h1>{TITLE}</h1><p>{escape(facts.job)}</p>",
        _bars("Yhteenveto", summary(facts)),
        _bars("Muutokset lajeittain", changes),
        _table("Toimialoittain", "Toimiala", facts.industries),
        _table("Koon mukaan", "Henkilöstö", facts.sizes),
    ]
    return _PAGE.replace("{body}", "\n".join(parts))


def _bars(title: str, lines: Sequence[tuple[str, int]]) -> str:
    most = max((number for _, number in lines), default=0) or 1
    rows = "".join(
        f"<tr><th scope='row'>{escape(text)}</th><td class='n'>{number}</td><td><svg width='{_WIDE}' height='14' "
        f"role='img' aria-label='{number}'><rect width='{round(_WIDE * number / most)}' height='14' rx='2'/></svg></td>"
        "</tr>"
        for text, number in lines
    )
    return f"<h2>{escape(title)}</h2><table>{rows}</table>"


def _table(title: str, header: str, groups: Mapping[str, Mapping[str, int]]) -> str:
    head = "".join(f"<th scope='col'>{escape(GROUPS[column])}</th>" for column in GROUP)
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>"
        + "".join(f"<td class='n'>{values[column]}</td>" for column in GROUP)
        + "</tr>"
        for name, values in groups.items()
    )
    return f"<h2>{escape(title)}</h2><table><tr><th scope='col'>{escape(header)}</th>{head}</tr>{rows}</table>"


_PAGE = """<!doctype html>
<html lang="fi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Asiakasrekisterin kunto</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2733; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } th { font-weight: 400; text-align: left; padding: .2rem 1rem .2rem 0; }
th[scope=col] { font-weight: 600; border-bottom: 1px solid #b8c4d0; } td { padding: .2rem .6rem; }
.n { text-align: right; font-variant-numeric: tabular-nums; } rect { fill: #2f6f9f; }
@media (max-width: 40rem) { svg { display: none; } }
</style>
</head>
<body>
{body}
</body>
</html>
"""
