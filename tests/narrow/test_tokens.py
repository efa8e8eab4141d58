"""Distinct persons, counted on sorted arrays as on plain sets (R030)."""

from __future__ import annotations

from hypothesis import given, strategies as st

from extracts.narrow.obtained import Obtained
from extracts.narrow.tokens import Persons, distinct, merged

# Few values in each half, so that tokens agree in one half and differ in the other.
TOKENS = st.builds(lambda upper, lower: bytes([*[0] * 7, upper, *[0] * 7, lower]), st.integers(0, 3), st.integers(0, 5))
SETS = st.lists(st.tuples(st.lists(TOKENS, max_size=12), st.integers(1, 9)), max_size=5)


def persons(parts: list[tuple[list[bytes], int]]) -> list[Persons]:
    return [Persons.of(b"".join(tokens), day=day) for tokens, day in parts]


@given(SETS)
def test_parts_that_share_none_hold_everybody_once(parts: list[tuple[list[bytes], int]]) -> None:
    everybody = {token for tokens, _ in parts for token in tokens}
    assert sum(map(len, distinct(persons(parts)))) == len(everybody)


@given(SETS, st.integers(0, 10))
def test_a_person_counts_from_the_last_day_on_which_it_was_disclosed(
    parts: list[tuple[list[bytes], int]], since: int
) -> None:
    last: dict[bytes, int] = {}
    for tokens, day in parts:
        for token in tokens:
            last[token] = max(day, last.get(token, 0))
    together = merged(persons(parts))
    assert len(together) == len(last)
    kept = together.since(since).tokens
    assert {kept[start : start + 16] for start in range(0, len(kept), 16)} == {
        t for t, day in last.items() if day >= since
    }


@given(SETS, st.lists(TOKENS, max_size=12))
def test_new_persons_are_those_that_nobody_has(parts: list[tuple[list[bytes], int]], more: list[bytes]) -> None:
    known = {token for tokens, _ in parts for token in tokens}
    obtained = Obtained(distinct(persons(parts)))
    assert obtained.persons == len(known)
    assert obtained.new(Persons.of(b"".join(more), day=1)) == len(set(more) - known)


def test_tokens_come_out_as_they_went_in() -> None:
    tokens = [bytes([255] * 16), bytes(16), bytes(range(16))]
    assert Persons.of(b"".join(tokens), day=1).tokens == b"".join(sorted(tokens))
    assert Persons.of(b"", day=1).tokens == b""
