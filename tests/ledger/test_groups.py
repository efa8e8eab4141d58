"""Who belongs together, as a table (R030, T07)."""

from __future__ import annotations

import pytest

from ledger.groups import Party, circle, group

PARTIES = [
    Party("mother"),
    Party("daughter", parent="mother", contact="tietosuoja@daughter.example"),
    Party("sister", parent="mother"),
    Party("grandchild", parent="daughter", contact="info@shared.example"),
    Party("shell", contact="tilaukset@Shared.example"),
    Party("neighbour", contact="a@gmail.com"),
    Party("tenant", contact="b@gmail.com"),
    Party("stranger", contact="c@stranger.example"),
    Party("placeholder", contact="a@example.com"),
    Party("other placeholder", contact="b@example.com"),
]


@pytest.mark.parametrize(
    ("customer", "together"),
    [
        ("mother", "mother daughter sister grandchild"),
        ("sister", "mother daughter sister grandchild"),
        ("grandchild", "mother daughter sister grandchild"),
        ("shell", "shell"),
        ("stranger", "stranger"),
        ("newcomer", "newcomer"),
    ],
)
def test_R030_a_group_is_the_chain_of_parents_both_ways(customer: str, together: str) -> None:
    assert group(PARTIES, customer) == set(together.split())


@pytest.mark.parametrize(
    ("customer", "together"),
    [
        ("sister", "mother daughter sister grandchild shell"),
        ("shell", "mother daughter sister grandchild shell"),
        ("neighbour", "neighbour"),
        ("placeholder", "placeholder"),
        ("stranger", "stranger"),
    ],
)
def test_T07_a_shared_domain_ties_and_a_mail_provider_does_not(customer: str, together: str) -> None:
    assert circle(PARTIES, customer) == set(together.split())
