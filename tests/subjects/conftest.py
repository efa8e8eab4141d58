"""The store for rights, built once."""

from __future__ import annotations

import pytest

from tests.subjects import rights_house


@pytest.fixture(scope="session")
def rights(tmp_path_factory: pytest.TempPathFactory) -> rights_house.House:
    """One person with three positions, four deliveries, a draft and a ban; never written to."""
    return rights_house.build(tmp_path_factory.mktemp("rights") / "home")
