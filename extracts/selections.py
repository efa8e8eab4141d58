"""Saved selections: kept by name and version, and checked like new ones whenever they are used (T14)."""

from __future__ import annotations

import re
from typing import Any

from core.errors import InvalidInput
from ledger import customers, selections
from ledger.engine import Connection
from ledger.store import Store
from schemas.criteria import Criteria, parse_criteria

Row = dict[str, Any]
_NAME = re.compile(r"[\w][\w .+-]{0,79}")


def save(
    store: Store, name: str, criteria: Criteria, *, customer: str | None = None, campaign: str | None = None,
    note: str | None = None,
) -> Row:  # fmt: skip
    """Save criteria for a customer, or for a campaign and so its customer, as the next version of the name:
    ``{"selection", "name", "version", "customer", "campaign"}``.

    Raises ``InvalidInput``: value_invalid for a name, selection_names_file, and value_missing without an owner.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput("selection_name_invalid", name=name[:80])
    if criteria.exclude.files:
        raise InvalidInput("selection_names_file", key=f"exclude.{next(iter(criteria.exclude.files))}")
    with store.write() as tx:
        if campaign is not None:
            customer = customers.campaign(tx.connection, campaign)["customer"]
        if customer is None:
            raise InvalidInput("value_missing", field="customer")
        row = selections.save(
            tx, customer=customer, campaign=campaign, name=name, criteria=criteria.document(), note=note
        )
    return {key: row[key] for key in ("selection", "name", "version", "customer", "campaign")}


def use(store: Store, campaign: str, wanted: str) -> tuple[Row, Criteria]:
    """The selection ``NAME`` or ``NAME@VERSION`` of a campaign's customer, else of its reseller, checked anew.

    Raises ``NotFound`` (selection_unknown), and ``CriteriaError`` when a code it names is no more.
    """
    name, version = parsed(wanted)
    with store.ledger.read() as connection:
        owners = _owners(connection, campaign)
        known = {row["customer"] for row in selections.saved(connection) if row["name"] == name}
        owner = next((one for one in owners if one in known), owners[0])
        row = selections.find(connection, customer=owner, name=name, version=version)
    return row, parse_criteria(row["criteria"])


def parsed(wanted: str) -> tuple[str, int | None]:
    """Name and version of ``NAME[@VERSION]``."""
    name, at, version = wanted.rpartition("@")
    if not at:
        return wanted, None
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise InvalidInput("selection_name_invalid", name=wanted[:80])
    return name, int(version)


def _owners(connection: Connection, campaign: str) -> list[str]:
    row = customers.campaign(connection, campaign)
    return [row["customer"], customers.agreement(connection, row["agreement"])["customer"]]
