"""Cutters and bans in processes of their own, on both ledgers; the full run is ``python -m bench fence_stress``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench._stress import Crew
from tests.postgres import Server

CUTTERS, BANNERS, BANS = 2, 2, 10


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with Crew(cutters=CUTTERS, banners=BANNERS) as working:
        yield working


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_R014_no_process_releases_a_row_whose_ban_was_committed_before(
    request: pytest.FixtureRequest, crew: Crew, tmp_path: Path, database: str
) -> None:
    """And no ban fails by conflict (M2)."""
    url = None
    if database == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.database()
    done = crew.round(tmp_path / "home", url, filed=BANS, persons=80)
    assert done.failed_bans == []
    assert done.bans == BANS
    assert done.violations == 0
    assert done.extracts >= CUTTERS
    assert done.raced > 0, "no cut ran while bans were filed: nothing was put to the test"
