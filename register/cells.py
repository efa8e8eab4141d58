"""Test cells: the rows of an extract parted at random, each organisation whole in one of them unless asked otherwise.

Pure: rows and sizes in, cells out. A cell is a file of its own, since what distinguishes the cells is the customer's
matter and no column of the extract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

NOWHERE = -1
"""Cell of a row that has no place in any."""


def sizes(cells: Mapping[str, int | str], rows: int) -> list[int]:
    """How many of ``rows`` each cell is to have: the numbers asked for, scaled down alike when the rows are fewer; or
    the percentages of the rows. Largest remainders, so that nothing is lost by rounding."""
    wanted = list(cells.values())
    shares = [float(value.removesuffix("%")) / 100 if isinstance(value, str) else float(value) for value in wanted]
    if any(isinstance(value, str) for value in wanted):
        return _apportioned([share * rows for share in shares], min(rows, round(sum(shares) * rows)))
    total = int(sum(shares))
    return (
        [int(share) for share in shares]
        if total <= rows
        else _apportioned([share * rows / total for share in shares], rows)
    )


def _apportioned(exact: list[float], total: int) -> list[int]:
    whole = [int(value + 1e-9) for value in exact]
    largest = sorted(range(len(exact)), key=lambda cell: (whole[cell] - exact[cell], cell))
    for cell in largest[: total - sum(whole)]:
        whole[cell] += 1
    return whole


def assign(orgs: Integers, wanted: list[int], *, draw: str, split: bool) -> Integers:
    """The cell of each row by its place, :data:`NOWHERE` where none is left. ``orgs`` are the rows' organisations.

    Large organisations are dealt out first and in proportion, so that the cells are alike; the small ones fill up.
    Organisations that would have to be split stay out, so a cell may be smaller than asked, and is never larger.
    """
    seed = int.from_bytes(hashlib.sha256(draw.encode()).digest()[:8])
    random = np.random.default_rng(seed)
    atoms, of_row, members = (
        (np.arange(len(orgs)), np.arange(len(orgs)), np.ones(len(orgs), np.int64))
        if split
        else np.unique(orgs, return_inverse=True, return_counts=True)
    )
    place = np.full(len(atoms), NOWHERE, np.int64)
    left = np.array(wanted, np.int64)
    shuffled = random.permutation(len(atoms))
    for size in np.unique(members)[::-1]:
        waiting = shuffled[members[shuffled] == size]
        for cell, number in enumerate(_dealt(len(waiting), left, int(size))):
            place[waiting[:number]] = cell
            waiting = waiting[number:]
            left[cell] -= number * size
    return place[of_row]


def _dealt(waiting: int, left: Integers, size: int) -> list[int]:
    """How many of the waiting organisations of one size each cell takes: in proportion to the room it has left."""
    room = left // size
    if room.sum() <= waiting:
        return [int(number) for number in room]
    taken = np.array(_apportioned([float(value) for value in left * waiting / left.sum()], waiting))
    taken = np.minimum(taken, room)
    while (rest := waiting - int(taken.sum())) > 0:
        for cell in np.argsort(-(room - taken), kind="stable")[:rest]:
            taken[cell] += 1 if room[cell] > taken[cell] else 0
    return [int(number) for number in taken]
