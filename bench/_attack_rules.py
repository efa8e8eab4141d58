"""What thieves do to delivered files (fingerprint.md 7): rows in, rows out. They read the files and nothing else.

A row is a dict of the file's columns. Whatever is random comes from ``draw``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from extracts.gate.channels import CHANNELS

Row = dict[str, str]
Rows = list[Row]

IDENTITY = ("first_name", "last_name", "organisation_name", "business_id")
_TITLE_COLUMNS = ("title",)


def who(row: Row) -> tuple[str, str, str]:
    """Whom a row is about, as a thief joins files."""
    return row["business_id"], row["last_name"], row["first_name"]


def subset(rows: Rows, number: int, draw: random.Random) -> Rows:
    """So many rows, sorted by name."""
    return sorted(draw.sample(rows, min(number, len(rows))), key=lambda row: (row["last_name"], row["first_name"]))


def only(rows: Rows, columns: Iterable[str]) -> Rows:
    kept = tuple(columns)
    return [{name: row[name] for name in kept} for row in rows]


def normalised(rows: Rows, *, titles: bool = False) -> Rows:
    """Every rendering brought to one form: all that marks do is undone where it can be. ``titles``: titles go too."""
    made = [dict(row) for row in rows]
    for channel in CHANNELS:
        for column in channel.columns:
            for row in made:
                if row.get(column):
                    row[column] = channel.canonicalise(row[column])
    for row in made:
        row.update({name: "" for name in _TITLE_COLUMNS if titles and name in row})
    return [{name: cell.lower() for name, cell in row.items()} for row in made]


def altered(rows: Rows, share: float, draw: random.Random) -> Rows:
    """Each cell is, with that probability, another row's."""
    return [
        {name: draw.choice(rows)[name] if draw.random() < share else cell for name, cell in row.items()} for row in rows
    ]


def mixed(rows: Rows, foreign: Rows, share: float, draw: random.Random) -> Rows:
    """The rows among so many foreign ones that these are ``share`` of all."""
    number = round(len(rows) * share / (1 - share))
    known = list(rows[0])
    both = rows + [{name: row.get(name, "") for name in known} for row in draw.sample(foreign, number)]
    draw.shuffle(both)
    return both


# --- several thieves with the same selection --------------------------------------------------------------------------


def _by_person(copies: Sequence[Rows]) -> dict[tuple[str, str, str], list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for copy in copies:
        for row in copy:
            found.setdefault(who(row), []).append(row)
    return found


def _picked(held: list[Row], draw: random.Random) -> Row:
    return draw.choice(held)


def _cells(held: list[Row], choose: Callable[[list[str]], str]) -> Row:
    return {name: choose([row[name] for row in held]) for name in held[0]}


def union(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Everybody whom anyone has, as the first who has them shows them."""
    del draw
    return [held[0] for held in _by_person(copies).values()]


def intersection(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Those whom all have, each as one of them shows them."""
    return [_picked(held, draw) for held in _by_person(copies).values() if len(held) == len(copies)]


def majority(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Those whom most have, each cell as most show it."""

    def most(cells: list[str]) -> str:
        draw.shuffle(cells)
        return Counter(cells).most_common(1)[0][0]

    return [_cells(held, most) for held in _by_person(copies).values() if 2 * len(held) > len(copies)]


def row_pick(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """For each person one thief, at random: its row, or nothing."""
    return [_picked(held, draw) for held in _by_person(copies).values() if draw.random() < len(held) / len(copies)]


def cell_pick(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Everybody whom anyone has, each cell from one of them at random."""
    return [_cells(held, draw.choice) for held in _by_person(copies).values()]


def minority(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Everybody whom anyone has, each cell as the fewest show it."""

    def fewest(cells: list[str]) -> str:
        draw.shuffle(cells)
        return Counter(cells).most_common()[-1][0]

    return [_cells(held, fewest) for held in _by_person(copies).values()]


def last_of_all(copies: Sequence[Rows], draw: random.Random) -> Rows:
    """Everybody whom anyone has, of each cell the last in the alphabet: one symbol, where there are two."""
    del draw
    return [_cells(held, max) for held in _by_person(copies).values()]


RULES: dict[str, Callable[[Sequence[Rows], random.Random], Rows]] = {
    "union": union,
    "intersection": intersection,
    "majority": majority,
    "row pick": row_pick,
    "cell pick": cell_pick,
    "minority": minority,
    "all-1": last_of_all,
}
