"""Objecting (Art. 21), and moving data (Art. 20): what each leads to.

Against direct marketing there is nothing to assess: the ban is filed at once and no case exists that could wait (R064).
An objection on grounds of the person's particular situation restricts the data at once, in the same breath as the case
is opened, and is then assessed; its outcome is told with reasons.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, Refused
from core.files import storing
from core.identity import fold_name
from extracts.gate import subject
from ledger import customers, requests
from ledger.store import Store
from subjects import cases, identity_check, recipients, refusals
from subjects.bans import BanRequest, add_ban
from subjects.texts import text

Row = dict[str, Any]

_MARKETING = re.compile(
    r"markkinoi|maino|myynti|kampanj|puhelinmyyn|kielt|kiell|marknadsf|reklam|forsalj|forbju|forbud|"
    r"marketing|advert|sales|spam|unsubscrib|opt ?out"
)
"""Word beginnings, folded, that make an objection one against marketing or a ban, in Finnish, Swedish and English."""


def is_marketing(words: str) -> bool:
    """Whether an objection speaks of marketing or forbids: then it is a ban, whatever else it says. Pure."""
    return _MARKETING.search(fold_name(words) or "") is not None


def object_to(
    store: Store,
    *,
    persons: Sequence[int],
    via: str,
    words: str,
    received_on: date | None = None,
    marketing: bool = False,
    language: str = "fi",
) -> Row:
    """Take an objection of these persons: ``{"bans": [id…]}`` or ``{"case", "restriction"}``.

    A marketing objection becomes bans in every name and address that the register knows the person by. Any other
    opens a case and restricts at once. Raises ``InvalidInput`` (value_missing: person), ``NotFound`` (person_unknown).
    """
    if not persons:
        raise InvalidInput("value_missing", field="person")
    if marketing or is_marketing(words):
        return {"bans": ban(store, persons, via=via, received_on=received_on)}
    for person in persons:
        subject.person_record(store, person, purpose="objection of the person", kind="objection")
    with store.write() as tx:
        block = identity_check.restrict(tx, list(persons), via=via, received_on=received_on or store.today())
        tx.audit("subject.objected", persons=sorted(persons), ban=block)
    recipients.tell(store, persons=list(persons), code="remove", cause=block)
    case = cases.open_case(
        store, right="objection", via=via, received_on=received_on, persons=persons, note=words, language=language
    )
    return {"case": case, "restriction": block}


def ban(store: Store, persons: Sequence[int], *, via: str, received_on: date | None) -> list[str]:
    """File a ban for each position's name and addresses of these persons, so that each stops a later import too."""
    filed = []
    for person in persons:
        record = subject.person_record(store, person, purpose="filing the person's ban", kind="ban")
        name = {field["field"]: field["value"] for field in record["name"]}
        for place in record["positions"]:
            fields = {field["field"]: field["value"] for field in place["fields"]}
            request = BanRequest(
                via=via if via in _BAN_VIA else "letter",
                email=fields.get("email"),
                phone=fields.get("mobile"),
                first_name=name["first_name"],
                last_name=name["last_name"],
                former_last_name=next((one["last_name"] for one in record["former_names"]), None),
                business_id=place["business_id"],
                received_on=received_on,
            )
            filed.append(add_ban(store, request)["ban"])
    return filed


_BAN_VIA = frozenset({"phone", "letter", "email", "web", "customer", "reseller", "authority"})


def assess(store: Store, case: str, *, upheld: bool, reason: str) -> Row:
    """Decide an objection: upheld, a ban follows the restriction; overridden, only ``refuse`` can say so (R064).

    Returns ``{"case", "bans"}``. Raises ``Refused`` (objection_needs_refusal), ``InvalidInput`` (value_unknown).
    """
    row = cases.show(store, case)
    if row["right"] != "objection":
        raise InvalidInput("value_unknown", field="right", value=row["right"], allowed="objection")
    if not upheld or not reason.strip():
        raise Refused("objection_needs_refusal", case=case)
    cases.check(row, "completed")
    filed = ban(store, row["persons"], via=row["via"], received_on=row["received_on"])
    with store.write() as tx:
        locked = requests.lock(tx, case)
        cases.advance(tx, locked, event="assessed", ids={"upheld": True, "bans": filed}, reason=reason)
        cases.advance(tx, locked, event="completed", outcome="upheld", ids={"outcome": "upheld"})
    return {"case": case, "bans": filed}


def portability(store: Store, case: str, *, approver: str, to: Path, customer: str | None = None) -> Row:
    """Answer a portability case: a customer's own contact data as JSON and CSV, or a refusal with its rule (R065).

    Data of the register rest on legitimate interest and come from elsewhere, so Art. 20(1)(a) does not reach them; a
    customer's contact gave its data itself, under a contract. Raises as ``refusals.refuse``, ``NotFound``.
    """
    row = cases.show(store, case)
    if row["right"] != "portability":
        raise InvalidInput("value_unknown", field="right", value=row["right"], allowed="portability")
    if customer is None:
        grounds = refusals.Grounds(
            ground="rule",
            reason=text("refusal", row["language"])["portability"],
            evidence="register data: legitimate interest, not provided by the person",
            approver=approver,
            rule="GDPR 20(1)(a)",
        )
        return refusals.refuse(store, case, grounds, to=to)
    with store.ledger.read() as connection:
        known = customers.customer(connection, customer)
    data = {name: known[name] for name in ("name", "business_id", "country", "contact")}
    data |= {"added_on": known["added_at"].isoformat()}
    cases.check(row, "completed")
    with storing(to):
        to.mkdir(parents=True, exist_ok=True)
        (to / "own-data.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        with (to / "own-data.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(data))
            writer.writeheader()
            writer.writerow(data)
        files = [to / "own-data.json", to / "own-data.csv"]
        for path in files:
            path.chmod(0o600)
    cases.complete(store, case, outcome="granted", detail={"customer": customer})
    return {"case": case, "state": "done", "files": [str(path) for path in files]}
