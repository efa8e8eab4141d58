"""The licence as an ODRL 2.2 agreement in JSON-LD (W3C Recommendation), in the profile that ``schemas/licence`` ships.

The context stands in the document itself, so that it is understood without a network. What is not permitted is
prohibited: the profile says so, and the prohibitions spell out what people ask about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from extracts.licence.deal import Deal, Party
from schemas.licence import PROFILE

PROFILE_IRI = "https://rajaus.example/ns/licence/1"
ACKNOWLEDGE_DAYS = 5
"""Days within which a row that is to be removed must be gone and the removal acknowledged (R023)."""

Node = dict[str, Any]


@dataclass(frozen=True)
class Delivered:
    """The extract that a licence goes with. ``files`` have ``name, format, rows, sha256`` and, with rows,
    ``rowsSha256``; none in the copy that lies inside a file, for that cannot hold its own digest."""

    extract: str
    snapshot: str
    rows: int
    rows_sha256: str
    files: Sequence[Mapping[str, Any]] = ()


def policy(deal: Deal, delivered: Delivered, *, at: datetime) -> Node:
    """The agreement between controller and customer about one extract, unsigned."""
    return _Policy(deal, delivered).document(at)


def written(document: Mapping[str, Any]) -> str:
    """The document as it lies in a file: indented, one key a line."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


@cache
def context() -> Node:
    """The JSON-LD context of every licence."""
    return dict(json.loads(PROFILE.with_name("context.json").read_text(encoding="utf-8")))


class _Policy:
    """Writes one agreement; every rule names its parties and its target itself, as a reader expects."""

    def __init__(self, deal: Deal, delivered: Delivered) -> None:
        self._deal = deal
        self._delivered = delivered
        self._extract = f"{deal.names}{delivered.extract}"
        self._assigner, self._assignee = (self._iri(party) for party in (deal.controller, deal.customer))

    def document(self, at: datetime) -> Node:
        deal, delivered = self._deal, self._delivered
        return {
            "@context": context(),
            "@type": "Agreement",
            "uid": f"{deal.names}licence-of-{delivered.extract}",
            "profile": PROFILE_IRI,
            "conflict": "prohibit",
            "title": f"{deal.campaign_name}: {delivered.extract}",
            "issued": _instant(at),
            "validFrom": _instant(deal.starts_at),
            "validUntil": _instant(deal.ends_at),
            "assigner": self._party(deal.controller),
            "assignee": self._party(deal.customer),
            "campaign": {"uid": f"{deal.names}{deal.campaign}", "title": deal.campaign_name},
            "terms": {
                "uid": f"{deal.names}terms-{deal.terms_version}",
                "version": deal.terms_version,
                "sha256": deal.terms_sha256,
            },
            "delivered": {
                "@type": "AssetCollection",
                "uid": self._extract,
                "snapshot": delivered.snapshot,
                "rows": delivered.rows,
                "rowsSha256": delivered.rows_sha256,
                "file": [dict(file) for file in delivered.files],
            },
            "permission": self._permissions(),
            "prohibition": self._prohibitions(),
            "obligation": self._obligations(),
        }

    def _permissions(self) -> list[Node]:
        deal = self._deal
        window = [
            _constraint("recipient", "eq", _name(self._assignee)),
            _constraint("spatial", "isPartOf", _name("rajaus:EEA")),
            _constraint("dateTime", "gteq", _typed(deal.starts_at)),
            _constraint("dateTime", "lt", _typed(deal.ends_at)),
        ]
        contact = [
            _constraint("purpose", "eq", _name(f"rajaus:{deal.purpose}")),
            _constraint("deliveryChannel", "isAnyOf", [_name(f"rajaus:{channel}") for channel in deal.channels]),
            _constraint(
                "rajaus:subject", "isAnyOf", [_name(f"{deal.names}responsibility-{code}") for code in deal.subject]
            ),
            _constraint("count", "lteq", self._delivered.rows),
            _constraint("unitOfCount", "eq", _name("rajaus:row")),
        ]
        source = {"@type": "Duty", "action": "attribute", "attributedParty": self._assigner, "target": self._extract}
        keep = {"@type": "Duty", "action": "nextPolicy", "target": "rajaus:responderPolicy"}
        report = {"@type": "Duty", "action": "inform", "informedParty": self._assigner, "target": self._extract}
        use = [
            self._rule("Permission", "rajaus:contact", constraint=[*window, *contact], duty=[source]),
            self._rule("Permission", "read", constraint=window),
        ]
        if deal.continuous:
            return [*use, self._rule("Permission", "archive", constraint=window)]
        return [
            *use,
            self._rule("Permission", "archive", target=self._rows("responded", value=True), duty=[report, keep]),
        ]

    def _prohibitions(self) -> list[Node]:
        remedy = [{"@type": "Duty", "action": "delete", "target": self._extract}]
        if self._deal.continuous:
            return [self._rule("Prohibition", action, remedy=remedy) for action in ("distribute", "grantUse")]
        unanswered = self._rows("responded", value=False)
        return [
            *(self._rule("Prohibition", action, target=unanswered, remedy=remedy) for action in ("archive", "extract")),
            *(self._rule("Prohibition", action, remedy=remedy) for action in ("distribute", "grantUse", "aggregate")),
        ]

    def _obligations(self) -> list[Node]:
        banned = self._rows("banned", value=True)
        until = _constraint("dateTime", "lteq", _typed(self._deal.disposal_at))
        within = _constraint("elapsedTime", "lteq", {"@value": f"P{ACKNOWLEDGE_DAYS}D", "@type": "xsd:duration"})
        owed = [
            self._rule("Duty", "delete", target=banned, constraint=[within]),
            self._rule("Duty", "inform", target=banned, informedParty=self._assigner, constraint=[within]),
        ]
        if self._deal.continuous:
            return owed
        return [self._rule("Duty", "delete", target=self._rows("responded", value=False), constraint=[until]), *owed]

    def _rule(self, kind: str, action: str, *, target: Any = None, **more: Any) -> Node:
        parties = {"assigner": self._assigner, "assignee": self._assignee}
        return {"@type": kind, "action": action, "target": target or self._extract, **parties, **more}

    def _rows(self, what: str, *, value: bool) -> Node:
        """Those rows of the extract whose person has (not) responded, or banned."""
        refinement = [_constraint(f"rajaus:{what}", "eq", value)]
        return {"@type": "AssetCollection", "source": self._extract, "refinement": refinement}

    def _iri(self, party: Party) -> str:
        return f"{self._deal.names}party-{party.country}-{party.business_id}"

    def _party(self, party: Party) -> Node:
        said = {"name": party.name, "businessId": party.business_id, "country": party.country, "email": party.contact}
        return {"@type": "Party", "uid": self._iri(party)} | {name: value for name, value in said.items() if value}


def _constraint(left: str, operator: str, right: Any) -> Node:
    return {"@type": "Constraint", "leftOperand": left, "operator": operator, "rightOperand": right}


def _name(iri: str) -> Node:
    return {"@id": iri}


def _typed(at: datetime) -> Node:
    return {"@value": _instant(at), "@type": "xsd:dateTime"}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """An instant of a policy; raises ``ValueError``."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
