"""How long what is kept: one rule per ledger table, class of files and kind of register row (R068).

The list is ``schemas/lists/retention.csv``. Columns: ``kind`` (table, blank, files, register, template), ``name`` (of
blank: ``table.column``), ``start`` (the event, in words), ``since`` (where the day of it stands, see :class:`Since`),
``period`` (ISO 8601, or ``-``: no end by time), ``action``, ``target`` and ``ground``. A table or directory without a
rule fails the build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from dateutil.relativedelta import relativedelta

from core.clock import helsinki_day
from schemas import codes

KINDS = ("table", "blank", "files", "register", "template")
ACTIONS: Mapping[str, str] = {
    "keep": "kept; the ground says why",
    "delete": "deleted",
    "with": "deleted with the row it belongs to",
    "blank": "the column is emptied",
    "unset": "the column is emptied when the row it names is deleted",
    "person": "deleted once the person is not in the register",
    "link": "deleted once no manifest has the token",
    "unlink": "rewritten without persons, counts kept",
    "remove": "removed from sources and snapshot",
}
_PERIOD = re.compile(r"P(?P<number>\d{1,3})(?P<unit>[DMY])")


@dataclass(frozen=True)
class Since:
    """Where the day stands from which a period runs.

    ``column`` in the row itself; ``table.column`` in the row that it refers to; ``<table.column`` the latest of the
    rows that refer to it. ``a|b``: the first of them that there is.
    """

    column: str
    table: str = ""
    """Empty: the row's own."""
    children: bool = False

    @classmethod
    def of(cls, text: str) -> Since:
        table, _, column = text.removeprefix("<").rpartition(".")
        return cls(column, table, children=text.startswith("<"))


@dataclass(frozen=True)
class Rule:
    """How long one class of things is kept, from when, why, and what happens then."""

    kind: str
    name: str
    start: str
    since: str
    period: str
    action: str
    target: str
    ground: str

    @property
    def span(self) -> relativedelta | None:
        """None: no end by time."""
        return span(self.period)

    @property
    def key(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def table(self) -> str:
        """The ledger's table of a rule of kind table or blank."""
        return self.name.partition(".")[0]

    @property
    def starts(self) -> tuple[Since, ...]:
        """Where the start stands, in the order in which it is looked for; empty: nowhere, no time is asked."""
        return tuple(Since.of(part) for part in self.since.split("|") if part)

    @property
    def targets(self) -> tuple[str, ...]:
        """The tables with whose rows those of an action ``with`` are deleted: whichever of them goes first."""
        return tuple(self.target.split("|")) if self.action == "with" else ()

    @property
    def names_persons(self) -> bool:
        """Whether the ids of its rows are those of registered persons: then only their number is recorded (R068)."""
        return self.action in ("person", "link", "remove")

    def last_day(self, start: date | datetime) -> date | None:
        """The last Finnish day on which a thing that started then is kept; None: no end by time.

        29 February plus years ends on 28 February where there is no 29th (Reg. 1182/71 Art. 3(2)(c)).
        """
        period = self.span
        day = helsinki_day(start) if isinstance(start, datetime) else start
        return None if period is None else day + period

    def due(self, start: date | datetime | None, *, today: date) -> bool:
        """Whether what started then is to go today: the day after its last."""
        last = None if start is None else self.last_day(start)
        return last is not None and today > last

    def newest_due(self, today: date) -> date | None:
        """The latest start day that is due today; None: no end by time. For comparing a whole column at once."""
        period = self.span
        if period is None:
            return None
        day = today - period
        while self.due(day, today=today):  # months have different lengths: step to the exact day
            day += relativedelta(days=1)
        while not self.due(day, today=today):
            day -= relativedelta(days=1)
        return day


def span(text: str) -> relativedelta | None:
    """``P24M``, ``P10Y``, ``P30D``; ``-`` is None. Raises ``ValueError`` for anything else."""
    if text == "-":
        return None
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise ValueError(f"not a period: {text!r}")
    number = int(match["number"])
    return {"D": relativedelta(days=number), "M": relativedelta(months=number), "Y": relativedelta(years=number)}[
        match["unit"]
    ]


def in_words(period: str) -> str:
    """``P24M`` as people say it: ``24 months``; nothing for a rule without an end by time."""
    length = span(period)
    if length is None:
        return ""
    found = next(((unit, getattr(length, unit)) for unit in ("years", "months", "days") if getattr(length, unit)), None)
    if period.endswith("M"):  # dateutil makes two years of 24 months
        found = ("months", length.years * 12 + length.months)
    return "at once" if found is None else f"{found[1]} {found[0] if found[1] > 1 else found[0][:-1]}"


@cache
def rules() -> Mapping[tuple[str, str], Rule]:
    """Every rule by ``(kind, name)``, in the order of the list. Raises ``ValueError`` for one that says nothing."""
    found: dict[tuple[str, str], Rule] = {}
    for row in codes.rows("retention"):
        rule = Rule(**{name: value or "" for name, value in row.items()})
        if rule.kind not in KINDS or rule.action not in ACTIONS or not rule.ground or (rule.kind, rule.name) in found:
            raise ValueError(f"retention rule {rule.key}: unknown, twice or without ground")
        if (rule.span is None) != (rule.action in ("keep", "with", "unset")) or (
            rule.span is not None and not rule.start
        ):
            raise ValueError(f"retention rule {rule.key}: period, start and action do not fit")
        found[rule.kind, rule.name] = rule
    return found


def rule(kind: str, name: str) -> Rule:
    """One rule; ``LookupError`` when there is none, which the build's tests do not let happen."""
    return rules()[kind, name]
