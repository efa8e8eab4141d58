"""The access reply as its PDF shows it: labels, dates and codes in the person's language. Pure: document in, rows out.

The template ``documents/access.typ`` lays out headings, paragraphs, pairs and tables, and knows nothing of their sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core.clock import HELSINKI
from schemas import codes
from schemas.activation import ACTS
from subjects.texts import filled, text

Row = Mapping[str, Any]
Block = dict[str, Any]


def day_text(value: date | datetime | str | None, language: str) -> str:
    """A day as people write it: ``22.11.2026`` in Finnish and Swedish, ``22 November 2026`` in English."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        local = value.astimezone(HELSINKI)
        return f"{day_text(local.date(), language)} {local.hour}.{local.minute:02d}"
    if language == "en":
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.day}.{value.month}.{value.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def view(document: Row) -> Block:
    """What ``access.typ`` lays out: ``{language, title, sender, date, reference, footer, blocks: [block…]}``.

    A block is ``{heading, level, text?, pairs?, head?, rows?, items?}``.
    """
    language = document["language"]
    words = text("access", language)
    page = _Page(document, words, language)
    who = document["controller"]
    return {
        "language": language,
        "title": document["title"],
        "sender": [str(who[name]) for name in ("name", "address", "contact", "phone") if who.get(name)],
        "date": day_text(document["made_on"], language),
        "reference": document["case"],
        "footer": f"{who['name']} · {words['page']}",
        "blocks": page.blocks(),
    }


class _Page:
    """The blocks of one reply, in the order in which they are read."""

    def __init__(self, document: Row, words: Row, language: str) -> None:
        self._document = document
        self._words = words
        self._language = language

    def blocks(self) -> list[Block]:
        """All blocks; a negative reply has the law's information and no empty tables."""
        document, said = self._document, self._document["texts"]
        intro = [document["intro"], *([self._words["intro_none_ban"]] if document["banned"] else [])]
        blocks: list[Block] = [{"text": part} for part in [*intro, self._words["formats"]]]
        blocks.append(self._section("ban", text=said["ban"]) | {"boxed": True})
        if document["answer"] == "data":
            blocks += [{"text": document["departed"]}] if document["departed"] else []
            for person in document["persons"]:
                blocks += self._person(person)
            blocks += self._history()
            blocks += self._disclosures()
        elif document["unlinked"]:
            blocks += [self._section("recipients"), {"text": document["unlinked"]["text"]}]
        blocks.append(self._controller())
        for name in ("purposes", "origin", "automated", "transfers"):
            blocks.append(self._section(name, text=said[name]))
        for name in ("categories", "storage", "rights"):
            blocks.append(self._section(name, items=list(document["lists"][name])))
        blocks.append(self._section("complaint", text=said["complaint"]))
        return blocks

    def _section(self, name: str, **content: Any) -> Block:
        return {"heading": self._words["headings"][name], "level": 2, **content}

    def _controller(self) -> Block:
        who = self._document["controller"]
        pairs = [
            [*self._label(label), who[name]]
            for label, name in (
                ("name", "name"),
                ("business_id", "business_id"),
                ("address", "address"),
                ("contact", "contact"),
                ("officer", "responsible"),
                ("protection", "data_protection_officer"),
            )
            if who[name]
        ]
        return self._section("controller", pairs=pairs)

    def _label(self, *names: str) -> list[str]:
        return [self._words["labels"][name] for name in names]

    def _listed(self, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Block:
        if not rows:
            return {"text": self._words["none"]}
        return {"head": self._label(*head), "rows": rows, "widths": _WIDTHS.get(tuple(head), [1] * len(head))}

    def _person(self, person: Row) -> list[Block]:
        numbers = ", ".join(str(number) for number in person["numbers"])
        obtained = self._day(person["first_obtained_on"])
        blocks = [
            self._section(
                "person",
                text=self._document["texts"]["source"],
                pairs=[[*self._label("numbers"), numbers], [*self._label("first_obtained"), obtained]],
            ),
            self._fields(person["name"]),
        ]
        if person["former_names"]:
            names = [f"{one['first_name']} {one['last_name']}" for one in person["former_names"]]
            blocks.append(self._section("former_names", items=names))
        for place in person["positions"]:
            heading = f"{self._words['headings']['position']}: {place['organisation']} ({place['business_id']})"
            blocks += [{"heading": heading, "level": 3}, self._fields(place["fields"])]
        for business in person["own_business"]:
            heading = f"{self._words['headings']['own_business']} ({business['business_id']})"
            blocks += [{"heading": heading, "level": 3}, self._fields(business["fields"])]
        if person["source_rows"]:
            blocks.append(self._section("source_rows"))
            blocks += [block for row in person["source_rows"] for block in self._source_row(row)]
        return blocks

    def _fields(self, fields: Sequence[Row]) -> Block:
        rows = [
            [
                self._words["fields"][one["field"]],
                self._value(one["field"], one["value"]),
                one["source"] or "",
                self._day(one["source_date"]),
                self._day(one["obtained_on"]),
            ]
            for one in fields
        ]
        return self._listed(_FIELD_TABLE, rows)

    def _source_row(self, row: Row) -> list[Block]:
        used = self._words["labels"]["yes" if row["in_use"] else "no"]
        heading = f"{row['source']}, {self._day(row['obtained_on'])} ({self._words['labels']['in_use']}: {used})"
        stated = [
            [self._words["fields"][name], self._value(name, value)]
            for name, value in row.items()
            if name in self._words["fields"]
        ]
        return [{"heading": heading, "level": 3, "pairs": stated}]

    def _history(self) -> list[Block]:
        document, words = self._document, self._words
        blocks = [
            [words["kinds"][one["kind"]], self._scope(one), self._day(one["received_on"]), self._day(one["lifted_on"])]
            for one in document["blocks"]
        ]
        corrections = [
            [
                words["fields"].get(one["field"], one["field"]),
                one["statement"] or self._value(one["field"], one["value"]),
                self._value(one["field"], one["was"]),
                one["source"],
                self._day(one["made_on"]),
                self._day(one["ended_on"]),
            ]
            for one in document["corrections"]
        ]
        notices = [
            [
                self._day(one["sent_on"] or one["failed_on"]),
                words["channels"][one["channel"]],
                one["language"],
                words["states"].get(one["state"], one["state"]),
            ]
            for one in document["notices"]
        ]
        requests = [
            [
                self._day(one["received_on"]),
                words["rights"][one["right"]],
                words["states"].get(one["state"], one["state"]),
            ]
            for one in document["requests"]
        ]
        standing = document["texts"]["blocks"]
        return [
            self._section("blocks", text=standing if blocks else None),
            self._listed(("kind", "scope", "since", "until"), blocks),
            self._section("corrections"),
            self._listed(("field", "value", "was", "source", "since", "until"), corrections),
            self._section("notices"),
            self._listed(("date", "channel", "language", "state"), notices),
            self._section("requests"),
            self._listed(("date", "right", "state"), requests),
        ]

    def _response(self, response: Row) -> str:
        """What a recipient reported of the person, and what follows."""
        words = self._words["responses"]["kept" if response["may_keep"] else "reported"]
        act = getattr(ACTS[response["act"]], self._language)
        return str(filled(words, {"act": act, "day": self._day(response["acted_on"])}))

    def _disclosures(self) -> list[Block]:
        document, words = self._document, self._words
        recipients = [
            [
                self._day(one["delivered_on"]),
                f"{one['recipient']} ({one['business_id']})",
                one["reseller"] or "",
                "; ".join(
                    [f"{one['campaign']}: {words['purposes'][one['purpose']]}", *map(self._response, one["responses"])]
                ),
                ", ".join(words["fields"][name] for name in one["fields"]),
            ]
            for one in document["recipients"]
        ]
        others = [*document["processors"], *document["authorities"]]
        kinds = words["disclosure_kinds"]
        ordered = [
            [
                self._day(one["disclosed_on"]),
                one["recipient"],
                f"{kinds[one['kind']]}: {one['ground']}",
                ", ".join(kinds[name] for name in one["fields"]),
            ]
            for one in document["other_disclosures"]
        ]
        said = words["looks"] | kinds
        looks = [
            [self._day(one["at"]), said.get(one["kind"], one["kind"]), said.get(one["purpose"], one["purpose"])]
            for one in document["consultations"]
        ]
        return [
            self._section("recipients", text=document["texts"]["recipients"]),
            self._listed(_RECIPIENT_TABLE, recipients),
            *([{"text": document["unlinked"]["text"]}] if document["unlinked"] else []),
            self._section(
                "processors", text=document["texts"]["processors" if others or ordered else "processors_none"]
            ),
            {"items": others},
            *([self._listed(_OTHER_TABLE, ordered)] if ordered else []),
            self._section("consultations", text=document["texts"]["consultations"]),
            self._listed(_LOOK_TABLE, looks),
        ]

    def _scope(self, block: Row) -> str:
        words = self._words
        parts = [words["channels"][block["channel"]] if block["channel"] else words["labels"]["everything"]]
        if block["target"] == "position":
            parts.append(words["headings"]["position"])
        if block["provisional"]:
            parts.append(words["labels"]["provisional"])
        return ", ".join(parts)

    def _day(self, value: Any) -> str:
        return day_text(value, self._language)

    def _value(self, field: str, value: Any) -> str:
        """A value as people read it: codes by their names, days as days, several with commas."""
        if value is None:
            return ""
        if isinstance(value, Mapping):
            return " ".join(str(part) for part in value.values() if part)
        if isinstance(value, list | tuple):
            return ", ".join(self._value(field, one) for one in value)
        if field in ("responsibilities", "purchasing") and value in codes.responsibilities():
            return str(getattr(codes.responsibilities()[value], self._language))
        if field == "level":
            return str(self._words["levels"].get(str(value), value))
        if field == "municipality" and value in codes.municipalities():
            return str(getattr(codes.municipalities()[value], self._language))
        if isinstance(value, date) or field in _DAYS:
            return self._day(value)
        return str(value)


_FIELD_TABLE = ("field", "value", "source", "source_date", "obtained_on")
_RECIPIENT_TABLE = ("date", "recipient", "reseller", "campaign", "fields")
_OTHER_TABLE = ("date", "recipient", "kind", "fields")
_LOOK_TABLE = ("date", "kind", "purpose")
_WIDTHS = {
    _FIELD_TABLE: [20, 36, 16, 14, 14],
    _RECIPIENT_TABLE: [12, 22, 16, 18, 32],
    _LOOK_TABLE: [1, 1, 2],
    _OTHER_TABLE: [12, 26, 36, 26],
}
"""Shares of the page that the columns of a table get; tables not named here have equal columns."""

_DAYS = frozenset({"started", "verified", "notified", "source_date"})
