"""A customer with a data care agreement over the published sample."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from ledger import care_instructions, customers
from ledger.store import Store
from schemas import care


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
