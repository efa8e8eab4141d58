"""Whatever happens to orders in whatever order: nothing leaves outside its window, cap, agreement, or over a ban."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from core.settings import load_settings
from tests.journey.histories import history
from tests.published import Rows

STEPS = 50
HISTORIES = 3


def test_R027_R030_R036_R009_no_history_of_orders_delivers_what_may_not_be_delivered(
    published_home: Path, tmp_path: Path, positions: Rows, organisations: Rows
) -> None:
    """``bench/histories.py`` plays thousands of them."""
    seen: Counter[str] = Counter()
    for number in range(HISTORIES):
        home = tmp_path / str(number) / "home"
        shutil.copytree(published_home, home)
        settings = load_settings(
            env={}, home=home, actor="tester", row_cap=100, year_cap=200, share_cap_floor=100, share_cap_percent=100
        )
        played = history(home, settings=settings, number=number, people=positions, organisations=organisations)
        try:
            seen += played.run(STEPS)
        finally:
            played.store.ledger.close()
    assert min(seen["cut"], seen["delivered"], seen["banned"]) >= HISTORIES, seen
    assert seen["approved by a second person"] >= 1, seen
    assert any(what.startswith("refused") for what in seen), seen
