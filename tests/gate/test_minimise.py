"""The smallest field set for the channels (R029)."""

from __future__ import annotations

import pytest

from extracts.gate import minimise


@pytest.mark.parametrize(
    ("channels", "absent"),
    [
        (["email"], {"mobile", "organisation_phone", "postal_street", "postal_postcode", "postal_city"}),
        (["phone"], {"email", "postal_street", "postal_postcode", "postal_city"}),
        (["post"], {"email", "mobile", "organisation_phone"}),
        (["email", "phone", "post"], set()),
    ],
)
def test_channels_decide_the_columns(channels: list[str], absent: set[str]) -> None:
    columns = minimise.columns(channels, None)
    assert set(minimise.columns(["email", "phone", "post"], None)) - set(columns) == absent


def test_asking_narrows_in_the_fixed_order_and_never_widens() -> None:
    assert minimise.columns(["email"], ["title", "mobile", "email"]) == ("row", "title", "email", "ban_url")


def test_the_way_to_ban_is_in_every_extract() -> None:
    """R040"""
    assert "ban_url" in minimise.columns(["post"], ["organisation_name"])
