"""Rectification (Art. 16), and correcting on our own initiative (R060, R011).

What a person says is right is laid over the register at every publish, so no later import undoes it; recipients of live
data are told at once. Where we do not agree, the person's statement stands beside the data. A bounced address is out of
every cut of its channel at once, and a task asks somebody to find the right one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from core.errors import InvalidInput, NotFound
from core.identity import PRIVATE_MAIL_DOMAINS, clean_text, normalise_email, normalise_phone
from extracts.gate import subject
from ledger import bans, corrections, restrictions, tasks
from ledger.corrections import Change
from ledger.store import Store
from register.query import find_persons, open_register, person_of
from schemas import codes
from subjects import cases, recipients

Row = dict[str, Any]

_TASK_DAYS = 14
_LONGEST = 200


@dataclass(frozen=True)
class Rectification:
    """What is right. ``position`` fields by name, as written; None or an empty text: the field is to be empty.

    ``first_name`` and ``last_name`` belong to the person. ``disputed``: we do not take it over; ``statement`` is then
    what the person says, and may also supplement data that stand.
    """

    person: int
    position: int | None = None
    values: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    via: str = "email"
    received_on: date | None = None
    case: str | None = None
    source: str = "data subject"
    reason: str = "request"
    disputed: bool = False
    statement: str | None = None


def rectify(store: Store, asked: Rectification) -> Row:
    """Record corrections and tell the recipients: ``{"case", "corrections": [{"correction", "field"}], "messages"}``.

    Raises ``InvalidInput`` (value_missing, value_unknown, email_invalid, phone_invalid, date_invalid,
    size_out_of_range, date_future) and ``NotFound`` (person_unknown, position_unknown, snapshot_none); nothing is
    recorded then.
    """
    values = _read(asked)
    record = subject.person_record(store, asked.person, purpose="rectification", kind="rectification", case=asked.case)
    changes = _changes(asked, record, values)
    case = asked.case
    if case is None and asked.source == "data subject":
        case = cases.open_case(
            store, right="rectification", via=asked.via, received_on=asked.received_on, persons=[record["person"]]
        )
    made_on = asked.received_on or store.today()
    with store.write() as tx:
        made = [
            {"correction": corrections.record(tx, replace(change, case=case), made_on=made_on), "field": change.field}
            for change in changes
        ]
    told = recipients.tell_corrections(store)
    if case is not None:
        outcome = "partly" if asked.disputed else "granted"
        cases.complete(store, case, outcome=outcome, detail={"corrections": len(made), "messages": told})
    return {"case": case, "corrections": made, "messages": told}


def bounced(store: Store, *, email: str, via: str, tell: bool = True) -> Row:
    """An address bounced for good: out of every cut by e-mail at once, removed from the register at the next publish
    unless a source has another one by then, and a task for finding it (R011).

    Returns ``{"positions", "corrections", "task"}``; task is None when the register does not have the address. Without
    ``tell`` its recipients are told when ``recipients.tell_corrections`` is next called: once for many. Raises
    ``InvalidInput`` (email_invalid) and ``NotFound`` (snapshot_none).
    """
    address = normalise_email(email)
    if address is None:
        raise InvalidInput("email_invalid", field="email")
    with open_register(store, holder="bounce") as register:
        found = sorted(find_persons(register, email=address, phone=None))
    places = []
    for person in found:
        record = subject.person_record(store, person, purpose="bounced address", kind="rectification")
        places += [(record["person"], place) for place in _with_value(record, "email", address)]
    if not places:
        return {"positions": [], "corrections": [], "task": None}
    made = []
    with store.write() as tx:
        bans.lock_fence(tx)
        for person, position in places:
            block, _ = bans.record(
                tx,
                kind=restrictions.KIND,
                target="position",
                via=via,
                received_on=store.today(),
                channel="email",
                keys=(),
                key_id="",
                hits=[("position", position, False)],
            )
            change = Change(
                person=person,
                position=position,
                field="email",
                value=None,
                was=address,
                source="own initiative",
                reason="bounce",
                scope="against",
                block=block,
            )
            made.append(corrections.record(tx, change, made_on=store.today()))
        due_on = store.today() + timedelta(days=_TASK_DAYS)
        task = tasks.open_task(tx, kind="correct address", due_on=due_on, ids={"corrections": made})
    positions = [position for _, position in places]
    messages = recipients.tell_corrections(store) if tell else 0
    return {"positions": positions, "corrections": made, "task": task, "messages": messages}


def withdraw(store: Store, correction: str) -> Row:
    """Take a correction back: from the next publish on the sources speak again.

    Raises ``NotFound`` (correction_unknown) and ``InvalidTransition`` when it has ended.
    """
    with store.write() as tx:
        found = corrections.withdraw(tx, correction)
        if found.block is not None:
            restrictions.end_blocks(tx, [found.block])
    return {"correction": correction, "field": found.field, "state": "ended"}


def history(store: Store, person: int, *, purpose: str) -> list[Row]:
    """Every correction and dispute of a person, oldest first; the look is logged (R058)."""
    numbers = subject.person_record(store, person, purpose=purpose, kind="corrections")["numbers"]
    with store.ledger.read() as connection:
        return [
            {
                "correction": one.correction,
                "position": one.position,
                "field": one.field,
                "value": one.value,
                "was": one.was,
                "source": one.source,
                "reason": one.reason,
                "disputed": one.disputed,
                "statement": one.statement,
                "made_on": one.made_on,
                "ended_at": one.ended_at,
            }
            for number in numbers
            for one in corrections.of_person(connection, number)
        ]


def position_holder(store: Store, position: int) -> int:
    """Whose position that is. Raises ``NotFound`` (position_unknown, snapshot_none)."""
    with open_register(store, holder="rectification") as register:
        person = person_of(register, position)
    if person is None:
        raise NotFound("position_unknown", position=position)
    return person


# --- what was said, in normal form ------------------------------------------------------------------------------------


def _read(asked: Rectification) -> dict[str, Any]:
    """Field to value as the register holds it; ``InvalidInput`` when there is nothing to record."""
    if not asked.values and not (asked.statement or "").strip():
        raise InvalidInput("value_missing", field="set, clear or statement")
    if asked.disputed and not (asked.statement or "").strip():
        raise InvalidInput("value_missing", field="statement")
    for field, value, allowed in (
        ("source", asked.source, corrections.SOURCES),
        ("reason", asked.reason, corrections.REASONS),
    ):
        if value not in allowed:
            raise InvalidInput("value_unknown", field=field, value=value, allowed=", ".join(allowed))
    known = ("first_name", "last_name", *corrections.POSITION_FIELDS)
    read = {}
    for field, text in asked.values.items():
        if field not in known:
            raise InvalidInput("value_unknown", field="field", value=field, allowed=", ".join(known))
        read[field] = _value(field, text)
    return read


def _value(field: str, text: str | None) -> Any:
    cleaned = clean_text(pa.array([text], pa.string()))[0].as_py()
    if cleaned is None:
        if field in ("first_name", "last_name"):
            raise InvalidInput("value_missing", field=field)
        return [] if field in ("responsibilities", "purchasing") else None
    if len(cleaned) > _LONGEST:
        raise InvalidInput("size_out_of_range", field=f"length of {field}", least=1, most=_LONGEST)
    reader = _READERS.get(field)
    return reader(field, cleaned) if reader else cleaned


def _areas(field: str, text: str) -> list[str]:
    allowed = codes.responsibilities()
    found = sorted({part.strip().upper() for part in text.replace(",", ";").split(";") if part.strip()})
    for code in found:
        if code not in allowed:
            raise InvalidInput("value_unknown", field=field, value=code, allowed=", ".join(allowed))
    return found


def _level(field: str, text: str) -> int:
    if text not in map(str, codes.LEVELS):
        raise InvalidInput("value_unknown", field=field, value=text, allowed=", ".join(map(str, codes.LEVELS)))
    return int(text)


def _email(field: str, text: str) -> str:
    """A work address: a private mailbox is not stored, whoever gives it (R010)."""
    address = normalise_email(text)
    if address is None or address.rpartition("@")[2] in PRIVATE_MAIL_DOMAINS:
        raise InvalidInput("email_invalid", field=field)
    return address


def _mobile(field: str, text: str) -> str:
    number = normalise_phone(text)
    if number is None:
        raise InvalidInput("phone_invalid", field=field)
    return number


def _postcode(field: str, text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == 5):
        raise InvalidInput("value_unknown", field=field, value=text, allowed="five digits")
    return text


def _day(field: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidInput("date_invalid", field=field) from error


_READERS: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    {
        "responsibilities": _areas,
        "purchasing": _areas,
        "level": _level,
        "email": _email,
        "mobile": _mobile,
        "postal_postcode": _postcode,
        "started": _day,
    }
)


# --- what is recorded, and who is told --------------------------------------------------------------------------------


def _changes(asked: Rectification, record: Row, values: Mapping[str, Any]) -> list[Change]:
    """One change per field, each with what the register holds now."""
    common: dict[str, Any] = {
        "person": record["person"],
        "source": asked.source,
        "reason": asked.reason,
        "disputed": asked.disputed,
        "statement": asked.statement,
    }
    made = []
    held = {field["field"]: field["value"] for field in record["name"]}
    named = {field: values[field] for field in ("first_name", "last_name") if field in values}
    if named or (asked.position is None and asked.statement and not values):
        was = {field: held.get(field) for field in ("first_name", "last_name")}
        made.append(Change(position=None, field="name", value=was | named, was=was, **common))
    of_position = {field: value for field, value in values.items() if field in corrections.POSITION_FIELDS}
    if not of_position and asked.position is None:
        return made
    here = _place(record, asked.position)
    for field, value in of_position.items():
        made.append(Change(position=asked.position, field=field, value=value, was=_plain(here.get(field)), **common))
    if not made:
        title = _plain(here.get("title"))
        supplement = common | {"disputed": True}  # a statement alone changes nothing: it stands beside the data
        made.append(Change(position=asked.position, field="title", value=title, was=title, **supplement))
    return made


def _place(record: Row, position: int | None) -> dict[str, Any]:
    """Field to value of one of the person's positions. Raises ``InvalidInput``, ``NotFound`` (position_unknown)."""
    if position is None:
        raise InvalidInput("value_missing", field="position")
    for place in record["positions"]:
        if place["position"] == position:
            return {field["field"]: field["value"] for field in place["fields"]}
    raise NotFound("position_unknown", position=position)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _with_value(record: Row, field: str, value: str) -> list[int]:
    return [
        place["position"]
        for place in record["positions"]
        if any(one["field"] == field and one["value"] == value for one in place["fields"])
    ]
