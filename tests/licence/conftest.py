"""One delivered extract in every format, made once; tests copy what they change."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.clock import fixed_clock
from core.keys import Key
from core.settings import load_settings
from core.signing import public_key
from extracts.cut import cut
from extracts.deliver import deliver
from extracts.orders import place
from ledger.store import open_store
from schemas.criteria import parse_criteria
from tests.moment import NOW
from tests.published import open_campaign

FORMATS = ("csv", "csv-excel", "xlsx", "parquet", "jsonl")
CRITERIA = parse_criteria(
    {"organisation": {"kind": ["company"]}, "person": {"responsibility": ["IT", "GM"]}, "limit": 40}
)


@dataclass(frozen=True)
class Delivered:
    """What a customer has got, and what it knows."""

    directory: Path
    extract: str
    campaign: str
    rows: int
    key: Key
    home: Path

    @property
    def public(self) -> str:
        return public_key(self.key)

    @property
    def licence(self) -> dict[str, Any]:
        return dict(json.loads((self.directory / "LICENCE.jsonld").read_text(encoding="utf-8")))

    def file(self, form: str) -> Path:
        ends = {"csv": ".csv", "csv-excel": "-excel.csv"}.get(form, f".{form}")
        return self.directory / f"{self.extract}{ends}"


@pytest.fixture(scope="session")
def _delivered(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    home = tmp_path_factory.mktemp("licence") / "home"
    shutil.copytree(published_home, home)
    settings = load_settings(env={}, home=home, actor="tester", row_cap=100_000, share_cap_percent=100)
    store = open_store(settings, clock=fixed_clock(NOW))
    campaign = open_campaign(store, channels=("email", "phone"))
    extract = cut(store, place(store, campaign, CRITERIA, formats=FORMATS)["order"])
    to = home.parent / "delivered"
    deliver(store, extract["extract"], to)
    store.ledger.close()
    return Delivered(to, extract["extract"], campaign, extract["rows"], store.key("licence"), home)


@pytest.fixture
def delivered(_delivered: Delivered, tmp_path: Path) -> Delivered:
    """A copy of one's own of the delivered directory."""
    shutil.copytree(_delivered.directory, tmp_path / "delivered")
    return Delivered(
        tmp_path / "delivered",
        _delivered.extract,
        _delivered.campaign,
        _delivered.rows,
        _delivered.key,
        _delivered.home,
    )
