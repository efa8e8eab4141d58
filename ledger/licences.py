"""Standing terms of use and their acceptance: no delivery before the version in force was accepted (R033).

The written agreement accepts the terms of the day it is recorded on, for all its campaigns. A later version that
changes something material is accepted anew, for one campaign or for the agreement, before the next delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select

from core.errors import InvalidInput, LicenceRefused, NotFound
from core.ids import new_id
from core.signing import digest
from ledger import tables
from ledger.end_customers import OWN_MODES
from ledger.engine import Transaction
from schemas.licence import Terms, checked, shipped

Row = dict[str, Any]

HOW = ("agreement", "signature", "email", "phone", "portal")
"""How an acceptance reached us."""
FIRST_CHANGES = "The first terms."

_TERMS, _ACCEPTANCE = tables.licence_terms, tables.licence_acceptance


def file_terms(tx: Transaction, *, text: Terms, material: bool, changes: str, effective_on: date, today: date) -> int:
    """File the next version of the terms; returns its number. The first one changes nothing and is never material.

    Raises ``InvalidInput``: terms_incomplete, terms_unchanged, date_past, value_missing (changes).
    """
    if effective_on < today:
        raise InvalidInput("date_past", field="from")
    if not changes.strip():
        raise InvalidInput("value_missing", field="changes")
    last = latest(tx.connection)
    sha256 = digest(checked(text))
    if last is not None and last["sha256"] == sha256:
        raise InvalidInput("terms_unchanged", version=last["version"])
    version = 1 if last is None else last["version"] + 1
    tx.execute(
        insert(_TERMS),
        {
            "version": version, "text": {**text}, "sha256": sha256, "material": material and version > 1,
            "changes": changes.strip(), "effective_on": effective_on, "filed_at": tx.at, "filed_by": tx.actor,
        },
    )  # fmt: skip
    tx.audit("licence.terms_filed", version=version, material=material and version > 1, sha256=sha256)
    return version


def file_shipped(tx: Transaction, *, today: date) -> None:
    """File the terms that the product ships as the first version, where there is none yet."""
    if latest(tx.connection) is None:
        file_terms(tx, text=shipped(), material=False, changes=FIRST_CHANGES, effective_on=today, today=today)


def latest(connection: Connection) -> Row | None:
    """The newest version, in force or still to come."""
    row = connection.execute(select(_TERMS).order_by(_TERMS.c.version.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else dict(row)


def versions(connection: Connection) -> list[Row]:
    """All versions, the newest first, without their text."""
    columns = [column for column in _TERMS.c if column.name != "text"]
    return [dict(row) for row in connection.execute(select(*columns).order_by(_TERMS.c.version.desc())).mappings()]


def terms(connection: Connection, version: int) -> Row:
    """One version with its text; raises ``NotFound`` (terms_unknown)."""
    row = connection.execute(select(_TERMS).where(_TERMS.c.version == version)).mappings().one_or_none()
    if row is None:
        raise NotFound("terms_unknown", version=version)
    return dict(row)


def in_force(connection: Connection, *, today: date) -> Row:
    """The version that holds today: what new extracts carry. A store has one from its first day."""
    newest = select(func.max(_TERMS.c.version)).where(_TERMS.c.effective_on <= today)
    version = connection.execute(newest).scalar_one()
    return terms(connection, 1 if version is None else version)


def needed(connection: Connection, *, today: date) -> int:
    """The version that must have been accepted by now: the newest material one in force, or the first."""
    query = select(func.max(_TERMS.c.version)).where(_TERMS.c.material, _TERMS.c.effective_on <= today)
    return connection.execute(query).scalar_one() or 1


def accept(
    tx: Transaction,
    *,
    agreement: str,
    campaign: str | None,
    version: int,
    by: str | None,
    how: str,
    reference: str | None = None,
) -> str:
    """Record that a customer accepted a version, for one campaign or (None) all of its agreement. Returns its id.

    Raises ``InvalidInput`` (value_unknown: how; value_missing: by, except for the agreement itself), ``NotFound``.
    """
    if how not in HOW:
        raise InvalidInput("value_unknown", field="how", value=how, allowed=", ".join(HOW))
    if how != "agreement" and not (by or "").strip():
        raise InvalidInput("value_missing", field="by")
    terms(tx.connection, version)
    row = {
        "acceptance": new_id("acceptance"), "agreement": agreement, "campaign": campaign, "version": version,
        "accepted_by": (by or "").strip() or None, "accepted_at": tx.at, "how": how, "reference": reference,
        "recorded_by": tx.actor,
    }  # fmt: skip
    tx.execute(insert(_ACCEPTANCE), row)
    tx.audit(
        "licence.accepted",
        acceptance=row["acceptance"],
        agreement=agreement,
        campaign=campaign,
        version=version,
        how=how,
    )
    return str(row["acceptance"])


def acceptances(connection: Connection, campaign: Mapping[str, Any]) -> list[Row]:
    """Acceptances that hold for a campaign: its own, and those of its recipient's agreements as a whole; newest first.

    What a reseller accepted for itself binds no end customer: the end customer's own agreement does (R033, R052).
    """
    agreement, of = tables.agreement.c, _ACCEPTANCE.c
    bound = or_(
        agreement.agreement == campaign["agreement"],
        and_(
            agreement.mode.in_(OWN_MODES),
            agreement.starts_on <= campaign["starts_on"],
            agreement.ends_on >= campaign["ends_on"],
        ),
    )
    theirs = select(agreement.agreement).where(agreement.customer == campaign["customer"], bound)
    query = select(_ACCEPTANCE).where(
        or_(of.campaign == campaign["campaign"], and_(of.campaign.is_(None), of.agreement.in_(theirs)))
    )
    query = query.order_by(of.version.desc(), of.accepted_at.desc(), of.acceptance)
    return [dict(row) for row in connection.execute(query).mappings()]


def check_accepted(connection: Connection, campaign: Mapping[str, Any], *, today: date) -> None:
    """Raise ``LicenceRefused`` (licence_not_accepted) unless the terms that hold for a campaign were accepted."""
    version = needed(connection, today=today)
    held = acceptances(connection, campaign)
    if not held or held[0]["version"] < version:
        raise LicenceRefused("licence_not_accepted", campaign=campaign["campaign"], version=version)
