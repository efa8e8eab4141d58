"""The slow obvious reading of what a publish must make, one row at a time; the property test holds the SQL to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any

from core.identity import fold_name
from core.ids import org_id
from schemas import codes

Row = dict[str, Any]

ORGANISATION_GROUPS = {
    "name": ("kind", "name", "parallel_names", "auxiliary_names", "form"),
    "industry": ("industry", "industry_version"),
    "size": ("staff_class", "revenue_class"),
    "visiting": ("visiting_street", "visiting_postcode", "visiting_city", "municipality"),
    "postal": ("postal_street", "postal_postcode", "postal_city"),
    "phone": ("phone", "fax"),
    "web": ("website",),
    "it": ("it_workstations", "it_servers", "it_erp"),
}
POSITION_GROUPS = {
    "title": ("title",),
    "responsibility": ("responsibilities", "purchasing", "level", "started", "verified", "notified"),
    "email": ("email",),
    "mobile": ("mobile",),
    "postal": ("postal_street", "postal_postcode", "postal_city"),
}
_DECIDES = {"industry": ("industry",), "responsibility": ("responsibilities", "purchasing", "level"), "name": ("name",)}
_LISTS = ("parallel_names", "auxiliary_names", "responsibilities", "purchasing")


@dataclass
class Content:
    """A snapshot as plain rows, by id."""

    organisations: dict[int, Row] = field(default_factory=dict)
    persons: dict[int, Row] = field(default_factory=dict)
    names: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    aliases: dict[int, int] = field(default_factory=dict)
    positions: dict[int, Row] = field(default_factory=dict)
    selectable: dict[int, Row] = field(default_factory=dict)
    next_person: int = 1
    next_position: int = 1


def _best(row: Row) -> tuple[Any, ...]:
    return (row["priority"], -(row["source_date"] or date.min).toordinal(), -row["load"], row["rid"])


def _last_per_key(rows: Iterable[Row], *key: str) -> list[Row]:
    last: dict[Any, Row] = {}
    for row in sorted(rows, key=lambda row: row["rid"]):
        last[tuple(row[name] for name in key)] = row
    return list(last.values())


def _merge(rows: list[Row], groups: dict[str, tuple[str, ...]]) -> Row:
    merged: Row = {}
    for group, fields in groups.items():
        holders = [row for row in rows if any(row[name] not in (None, []) for name in _DECIDES.get(group, fields))]
        if group == "visiting":
            addresses = [row for row in holders if any(row[name] for name in fields[:3])]
            holders = addresses or holders
        winner = min(holders, key=_best) if holders else None
        for name in fields:
            value = winner[name] if winner else None
            merged[name] = (value or []) if name in _LISTS else value
        merged[f"{group}_load"] = winner["load"] if winner else None
        merged[f"{group}_date"] = winner["source_date"] if winner else None
    return merged


def _differ(rows: Iterable[Row], name: str) -> bool:
    return len({row[name] for row in rows if row[name] is not None}) > 1


def _homonyms(rows: list[Row]) -> bool:
    return _differ(rows, "email") and _differ(rows, "mobile")


def publish(organisations: list[Row], positions: list[Row], before: Content) -> Content:
    """What a publish makes of these live rows after that snapshot. Each row carries ``rid, load, source, priority``."""
    after = Content()
    _organisations(organisations, before, after)
    rows = _last_per_key(positions, "source", "source_id")
    for row in rows:
        row["first"] = fold_name(row["first_name"])
        row["name"] = fold_name(f"{row['first_name']} {row['last_name']}")
        row["org"] = org_id(row["business_id"])
    former = _persons(rows, before, after)
    _positions(rows, former, before, after)
    _selectable(after)
    return after


def _organisations(rows: list[Row], before: Content, after: Content) -> None:
    regions = codes.region_of()
    of: dict[str, list[Row]] = defaultdict(list)
    for row in _last_per_key(rows, "source", "business_id"):
        of[row["business_id"]].append(row)
    for business_id, same in of.items():
        merged = _merge(same, ORGANISATION_GROUPS)
        former = before.organisations.get(org_id(business_id))
        names = set(min(same, key=_best)["former_names"] or [])
        if former:
            names |= {*former["former_names"], former["name"]}
        after.organisations[org_id(business_id)] = merged | {
            "former_names": sorted(names - {merged["name"]}),
            "name_fold": fold_name(merged["name"]),
            "region": regions.get(merged["municipality"]),
            "ceased": any(row["ceased"] for row in same),
            "sole_trader": any(row["sole_trader"] for row in same),
        }


def _former_rows(before: Content) -> list[Row]:
    """One row per former position and name of its person."""
    rows = []
    for number, position in before.positions.items():
        person = before.persons[position["person"]]
        names = {(person["first"], person["name"])} | {
            tuple(name.split("|")) for name in before.names[position["person"]]
        }
        rows += [position | {"position": number, "first": first, "name": name} for first, name in names]
    return rows


def _persons(rows: list[Row], before: Content, after: Content) -> dict[int, Row]:
    """Fill the persons; returns the former positions by id, each under its person's present id."""
    former = _former_rows(before)
    kept = _kept(rows, former)
    shared = {
        (row["first"], row["mobile"])
        for row in rows
        if row["mobile"]
        and _differ(
            same := [other for other in rows if all(row[k] == other[k] for k in ("first", "mobile", "org", "source"))],
            "name",
        )
        and (_differ(same, "email") or any(other["email"] is None for other in same))
    }
    label = {row["rid"]: row["rid"] for row in rows}
    linked = [
        (one, other)
        for one, other in combinations(rows, 2)
        if (
            one["first"] == other["first"]
            and one["mobile"]
            and one["mobile"] == other["mobile"]
            and (one["first"], one["mobile"]) not in shared
        )
        or (one["name"] == other["name"] and one["email"] and one["email"] == other["email"])
        or (
            one["name"] == other["name"]
            and one["org"] == other["org"]
            and not _homonyms([row for row in rows if (row["name"], row["org"]) == (one["name"], one["org"])])
        )
        or kept[one["rid"]] & kept[other["rid"]]
    ]
    changed = True
    while changed:
        changed = False
        for one, other in linked:
            low = min(label[one["rid"]], label[other["rid"]])
            changed = changed or {label[one["rid"]], label[other["rid"]]} != {low}
            label[one["rid"]] = label[other["rid"]] = low
    claims: dict[Any, set[int]] = defaultdict(set)
    for row in rows:
        claims[label[row["rid"]]] |= kept[row["rid"]]
    _take_over_by_mobile(rows, former, label, claims, shared)
    person_of = {}
    after.next_person = before.next_person
    for name in sorted(set(label.values())):
        if claims[name]:
            person_of[name] = min(claims[name])
        else:
            person_of[name] = after.next_person
            after.next_person += 1
    successor = {old: person_of[name] for name in person_of for old in claims[name]}
    after.aliases = {old: new for old, new in successor.items() if old != new}
    after.aliases |= {old: successor.get(new, new) for old, new in before.aliases.items()}
    of: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        row["person"] = person_of[label[row["rid"]]]
        of[row["person"]].append(row)
    for person, same in of.items():
        named = min(same, key=_best)
        after.persons[person] = {
            name: named[name] for name in ("first_name", "last_name", "first", "name", "load", "source_date")
        }
        after.names[person] = {f"{row['first']}|{row['name']}" for row in same}
    for old, new in successor.items():
        if new in after.persons:
            after.names[new] |= before.names[old] | {f"{before.persons[old]['first']}|{before.persons[old]['name']}"}
    for person, names in after.names.items():
        names.discard(f"{after.persons[person]['first']}|{after.persons[person]['name']}")
    for row in former:
        row["person"] = successor.get(row["person"])
    return {row["position"]: row for row in former if row["person"] is not None}


def _kept(rows: list[Row], former: list[Row]) -> dict[Any, set[int]]:
    kept = {
        row["rid"]: {
            old["person"]
            for old in former
            if (old["source"], old["source_id"], old["first"]) == (row["source"], row["source_id"], row["first"])
        }
        for row in rows
    }
    fresh = [row for row in rows if not kept[row["rid"]]]
    for row in fresh:
        kept[row["rid"]] |= {
            old["person"]
            for old in former
            if old["name"] == row["name"]
            and ((row["email"] and row["email"] == old["email"]) or (row["mobile"] and row["mobile"] == old["mobile"]))
        }
        namesakes = [old for old in former if (old["name"], old["org"]) == (row["name"], row["org"])]
        present = [other for other in rows if (other["name"], other["org"]) == (row["name"], row["org"])]
        if len({old["person"] for old in namesakes}) == 1 and not _homonyms(namesakes + present):
            kept[row["rid"]] |= {namesakes[0]["person"]}
    return kept


def _take_over_by_mobile(
    rows: list[Row], former: list[Row], label: dict[Any, Any], claims: dict[Any, set[int]], shared: set[Any]
) -> None:
    taken = set().union(*claims.values())
    wanted: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        for old in former:
            if (
                not claims[label[row["rid"]]]
                and old["person"] not in taken
                and row["mobile"]
                and (row["first"], row["mobile"]) == (old["first"], old["mobile"])
                and (row["first"], row["mobile"]) not in shared
            ):
                wanted[old["person"]].append(label[row["rid"]])
    for person, labels in wanted.items():
        claims[min(labels)].add(person)


def _positions(rows: list[Row], former: dict[int, Row], before: Content, after: Content) -> None:
    units: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        units[row["person"], row["org"], fold_name(row["title"])].append(row)
    held: dict[Any, set[int]] = defaultdict(set)
    for number, old in former.items():
        for unit, same in units.items():
            if unit[:2] == (old["person"], old["org"]) and any(
                (row["source"], row["source_id"]) == (old["source"], old["source_id"]) for row in same
            ):
                held[unit].add(number)
    for number, old in former.items():
        unit = (old["person"], old["org"], fold_name(old["title"]))
        if unit in units and not any(number in taken for taken in held.values()):
            held[unit].add(number)
    left = [number for number in former if not any(number in taken for taken in held.values())]
    open_units = [unit for unit in units if not held[unit]]
    for number in left:
        place = (former[number]["person"], former[number]["org"])
        mine = [unit for unit in open_units if unit[:2] == place]
        theirs = [other for other in left if (former[other]["person"], former[other]["org"]) == place]
        if len(mine) == 1 and len(theirs) == 1:
            held[mine[0]].add(number)
    after.next_position = before.next_position
    for unit, same in sorted(units.items(), key=lambda item: min(row["rid"] for row in item[1])):
        if held[unit]:
            number = min(held[unit])
        else:
            number = after.next_position
            after.next_position += 1
        first = min(same, key=_best)
        person = after.persons[unit[0]]
        after.positions[number] = _merge(same, POSITION_GROUPS) | {
            "person": unit[0],
            "org": unit[1],
            "source": first["source"],
            "source_id": first["source_id"],
            "name_load": person["load"],
            "name_date": person["source_date"],
            "obtained": former[number]["obtained"] if held[unit] else min(row["obtained"] for row in same),
        }


def _selectable(after: Content) -> None:
    bits = codes.responsibility_bits()
    for number, position in after.positions.items():
        organisation = after.organisations.get(position["org"])
        if (
            organisation is None
            or organisation["ceased"]
            or not (position["responsibilities"] or position["purchasing"])
        ):
            continue
        loads = {position[f"{group}_load"] for group in ("name", *POSITION_GROUPS)}
        loads |= {organisation[f"{group}_load"] for group in ORGANISATION_GROUPS}
        after.selectable[number] = {
            "person": position["person"],
            "org": position["org"],
            "responsibility": sum(bits[code] for code in position["responsibilities"]),
            "purchasing": sum(bits[code] for code in position["purchasing"]),
            "title": fold_name(position["title"]),
            "erp": fold_name(organisation["it_erp"]),
            "industry": organisation["industry"],
            "has_email": position["email"] is not None,
            "has_phone": position["mobile"] is not None or organisation["phone"] is not None,
            "has_post": position["postal_postcode"] is not None or organisation["postal_postcode"] is not None,
            "has_website": organisation["website"] is not None,
            "has_parallel_name": bool(organisation["parallel_names"]),
            "loads": loads - {None},
        }
