"""Records of processing activities (Art. 30(1) and 30(2)), made from the live configuration, schema and ledger (R095).

Nothing is typed in twice: what the record says is what the product does. It cannot be made without a responsible
person, with a field that no category names, or with a repealed act as ground.
"""

from __future__ import annotations

from typing import Any

from core.errors import InvalidInput
from ledger import assessments, processing, processors, sources
from ledger.sources import GROUND
from ledger.store import Store
from schemas import codes, retention
from schemas.assessments import DPIA, state
from schemas.processing import categories, categorised, check_ground
from subjects.texts import text

Row = dict[str, Any]

DATA_SUBJECTS = (
    "persons who by their position make or essentially influence decisions belonging to their duties",
    "sole traders",
)
CARE = ("matching", "correcting", "completing", "flagging what is outdated")
"""What data care does for the controller, on its instruction alone (Art. 28, R044-R047)."""


def art30(store: Store, *, processor: bool = False) -> Row:
    """The record as the controller of the register (30(1)) or as a processor in data care (30(2)).

    Raises ``InvalidInput``: value_missing (responsible: the setting is empty), field_uncategorised, ground_repealed.
    """
    responsible(store)
    return _processor(store) if processor else _controller(store)


def responsible(store: Store) -> str:
    """Who is in charge of register matters; raises ``InvalidInput`` (value_missing) when nobody is named (B05)."""
    name = store.settings.responsible.strip()
    if not name:
        raise InvalidInput("value_missing", field="the setting responsible")
    return name


def _controller(store: Store) -> Row:
    with store.ledger.read() as connection:
        known = sources.sources(connection)
        filed = assessments.current(connection)
        named = processing.recipients(connection)
        processed_by = processors.listing(connection, today=store.today())
    return {
        "record": "30(1)",
        "made_on": store.today(),
        "controller": _entity(store),
        "purposes": [_purpose(store, purpose, filed) for purpose in codes.PURPOSES],
        "ground": check_ground(GROUND),
        "impact_assessment": _assessment(store, DPIA, filed),
        "data_subjects": list(DATA_SUBJECTS),
        "categories": {
            table: {name: {"label": categories()[name].en, "fields": list(fields)} for name, fields in found.items()}
            for table, found in categorised().items()
        },
        "sources": [
            {"source": one.source, "ground": check_ground(one.ground), "in_use": one.quarantined_at is None}
            for one in known
        ],
        "recipients": {"kinds": [mode for mode in codes.MODES if mode != "datacare"], "named": named},
        "processors": processed_by,
        "transfers": "none outside the EU and EEA; refused by the product (R077)",
        "periods": _periods(),
        "measures": _measures(store),
    }


def _processor(store: Store) -> Row:
    with store.ledger.read() as connection:
        controllers = processing.processed_for(connection, today=store.today())
        contracted = processors.listing(connection, today=store.today())
    return {
        "record": "30(2)",
        "made_on": store.today(),
        "processor": _entity(store),
        "controllers": controllers,
        "processing": list(CARE),
        "sub_processors": contracted,
        "transfers": "none outside the EU and EEA; refused by the product (R077)",
        "measures": _measures(store),
    }


def _entity(store: Store) -> Row:
    settings = store.settings
    return {
        "name": settings.controller,
        "business_id": settings.controller_business_id,
        "address": settings.controller_address,
        "contact": settings.contact,
        "phone": settings.controller_phone or None,
        "responsible": responsible(store),
        "data_protection_officer": settings.data_protection_officer or None,
    }


def _purpose(store: Store, purpose: str, filed: Any) -> Row:
    return {
        "purpose": purpose,
        "label": text("notice", "en")["purposes"][purpose],
        "balancing_test": _assessment(store, purpose, filed),
    }


def _assessment(store: Store, key: str, filed: Any) -> Row | None:
    """None: nothing on file, and nothing is cut for it (R099)."""
    row = filed.get(key)
    if row is None:
        return None
    grace = store.settings.assessment_grace_days
    return {name: row[name] for name in ("assessment", "owner", "made_on", "review_on", "shipped")} | {
        "state": state(row["review_on"], today=store.today(), grace_days=grace)
    }


def _periods() -> list[Row]:
    return [
        {"of": rule.key, "from": rule.start, "period": rule.period, "action": rule.action, "ground": rule.ground}
        for rule in retention.rules().values()
        if rule.kind != "template"
    ]


def _measures(store: Store) -> list[Row]:
    """Technical and organisational measures (Art. 32) with their live values; the state of encryption is doctor's."""
    settings = store.settings
    return [
        {"measure": "one gate for every output; bans in the release transaction and again at delivery", "value": True},
        {"measure": "suppression keys in place of names, HMAC-SHA-256, key apart from the data", "value": True},
        {"measure": "key files outside the store", "value": settings.keys is not None},
        {"measure": "days between notice and first disclosure", "value": settings.notice_wait_days},
        {"measure": "months after which an unverified position is not delivered", "value": settings.verified_months},
        {"measure": "longest campaign, days", "value": settings.campaign_max_days},
        {"measure": "rows an order may have without a second person", "value": settings.row_cap},
        {"measure": "share of the register without a second person, per cent", "value": settings.share_cap_percent},
        {"measure": "audit log, append-only, hash-chained, anchored outside the store", "value": True},
        {"measure": "backups encrypted (age), kept for days", "value": settings.backup_days},
        {"measure": "extracts marked and traceable", "value": True},
        {"measure": "hours within which a breach is notified", "value": settings.breach_hours},
    ]
