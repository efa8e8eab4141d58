"""A customer with a data care agreement over the published sample."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from core.clock import Clock, fixed_clock
from core.settings import load_settings
from datacare.match import index_snapshot
from ledger import care_instructions, customers
from ledger.store import Store, open_store
from schemas import care
from tests.moment import NOW
from tests.published import Rows


def add_agreement(store: Store, *, business_id: str = "6000001-0", mode: str = "datacare", **terms: object) -> str:
    """An agreement of a customer of its own; ``terms`` differ from the standard instruction."""
    with store.write() as tx:
        customer = customers.add_customer(
            tx, name=f"Asiakas {business_id} Oy", business_id=business_id, country="FI", parent=None,
            contact="tietosuoja@asiakas.example",
        )  # fmt: skip
        made = customers.add_agreement(
            tx, customer_id=customer, mode=mode, starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)
        )
        if terms:
            care_instructions.record(tx, made, terms=care.standard() | terms)
    return made


@pytest.fixture(scope="session")
def indexed_home(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample with the matcher's index beside it."""
    home = tmp_path_factory.mktemp("care") / "home"
    shutil.copytree(published_home, home)
    store = open_store(load_settings(env={}, home=home, actor="tester"), clock=fixed_clock(NOW))
    index_snapshot(store, home / "care_index")
    store.ledger.close()
    return home


@pytest.fixture
def register_store(indexed_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one's own over the published sample and its index."""
    shutil.copytree(indexed_home, tmp_path / "home")
    store = open_store(load_settings(env={}, home=tmp_path / "home", actor="tester"), clock=clock)
    yield store
    store.ledger.close()


@pytest.fixture(scope="session")
def people(deliverable: Rows, organisations: Rows) -> list[dict[str, str]]:
    """Rows of a well-kept CRM: companies with a street and phone, each with one person who may be told of."""
    known = {row["business_id"]: row for row in organisations}
    seen: set[str] = set()
    made = []
    for place in deliverable:
        firm = known[place["business_id"]]
        whole = all((firm["visiting_street"], firm["phone"], firm["website"], place["mobile"], place["title"]))
        if place["business_id"] in seen or not whole or firm["kind"] != "company" or firm["form"] == "YTR":
            continue
        seen.add(place["business_id"])
        made.append(
            {
                "Asiakasnro": f"K{len(made):04d}", "Yritys": firm["name"], "Y-tunnus": firm["business_id"],
                "Katuosoite": firm["visiting_street"], "Postinro": firm["visiting_postcode"],
                "Postitoimipaikka": firm["visiting_city"], "Puhelin": firm["phone"], "Kotisivu": firm["website"],
                "Etunimi": place["first_name"], "Sukunimi": place["last_name"], "Tehtävä": place["title"],
                "Sähköposti": place["email"], "Matkapuhelin": place["mobile"],
            }
        )  # fmt: skip
    return made


HEADER = (
    "Asiakasnro", "Yritys", "Y-tunnus", "Katuosoite", "Postinro", "Postitoimipaikka", "Puhelin", "Kotisivu", "Etunimi",
    "Sukunimi", "Tehtävä", "Sähköposti", "Matkapuhelin",
)  # fmt: skip


@pytest.fixture
def agreement(register_store: Store) -> str:
    return add_agreement(register_store)


Write = Callable[..., Path]


@pytest.fixture
def crm(tmp_path: Path) -> Write:
    """Writes a customer's CSV: a header and rows."""

    def write(header: Sequence[str], *rows: Sequence[str] | Mapping[str, str], name: str = "crm.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(header)
            writer.writerows([row.get(n, "") for n in header] if isinstance(row, Mapping) else row for row in rows)
        return path

    return write
