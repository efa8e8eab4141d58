"""What a recipient of continuous use is delivered: everybody first, then what differs, removals first (R042)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from extracts.gate import seeds
from ledger.store import Store
from tests.continuous import house
from tests.gate.house import people


@pytest.fixture
def ready(any_store: Store) -> Store:
    seeds.stock_fictitious(any_store, 60)
    return any_store


def test_R042_the_first_delivery_is_everybody_and_later_ones_what_differs(ready: Store, tmp_path: Path) -> None:
    everybody = people(40)
    house.publish(ready, everybody)
    recipient = house.subscribe(ready, tmp_path / "out")
    first = recipient.deliver(ready)
    assert (first["delta"], first["previous"], first["removed"], first["changed"]) == (0, None, 0, 0)
    withheld = {row.email for row in everybody} - house.emails(recipient.table)
    assert first["added"] == first["held"] == 45 - len(withheld)

    assert recipient.deliver(ready)["delta"] is None, "nothing differs"

    stays = [row for row in everybody if row.email not in withheld]
    changed, gone = stays[0], stays[1]
    later = [replace(row, title="Tutkimusjohtaja") if row == changed else row for row in everybody if row != gone]
    later += people(43)[40:]
    house.publish(ready, later, number=2)
    second = recipient.deliver(ready)
    assert (second["delta"], second["previous"], second["changed"], second["removed"]) == (1, 0, 1, 1)
    [told] = [row for row in house.rows(second) if row["change"] == "changed"]
    assert (told["email"], told["title"], told["changed_fields"]) == (changed.email, "Tutkimusjohtaja", "title")
    assert gone.email not in house.emails(recipient.table)
    new = house.emails(recipient.table) - {row.email for row in everybody}
    assert new <= {row.email for row in later if row.position > 40}
    assert second["added"] == len(new) + (1 if withheld or len(new) else 0) or second["added"] == len(new)
