from __future__ import annotations

import re

from hypothesis import given, strategies as st

from core.ids import business_id, new_id, org_id


def test_ids_are_readable_opaque_and_never_the_same() -> None:
    made = {new_id("campaign") for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"campaign-[a-z2-7]{16}", one) for one in made)


@given(st.integers(0, 99_999_999))
def test_a_business_id_and_its_number_are_each_others_inverse(number: int) -> None:
    text = business_id(number)
    assert re.fullmatch(r"\d{7}-\d", text)
    assert org_id(text) == number


def test_a_business_id_keeps_its_leading_zeros() -> None:
    assert (org_id("0112038-9"), business_id(1120389)) == (1120389, "0112038-9")
