"""What goes, worked out row by row from the rules' words: slow, obvious, and without SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.clock import helsinki_day
from ledger.tables import metadata
from schemas.retention import Rule, Since, rules

Row = dict[str, Any]
Ledger = dict[str, list[Row]]


@dataclass
class Reference:
    """One day's answer. ``persons`` are those in the register; no manifest names anybody."""

    ledger: Ledger
    today: date
    persons: set[int]
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def going(self) -> dict[str, set[str]]:
        """Rule to the ids that go."""
        found: dict[str, set[str]] = {}
        for rule in rules().values():
            if rule.kind in ("table", "blank") and rule.span is not None:
                rows = self.ledger[rule.table]
                found[rule.key] = {identity(rule.table, row) for row in rows if self._ends(rule, row)}
        return found

    def _ends(self, rule: Rule, row: Row) -> bool:
        if rule.kind == "blank":
            return row[rule.name.split(".")[1]] is not None and self._over(rule, row) and not self._kept(rule, row)
        if rule.action == "person" and row[rule.target] in self.persons:
            return False
        return self._over(rule, row) and not self._kept(rule, row) and self._unneeded(rule.table, row)

    def _over(self, rule: Rule, row: Row) -> bool:
        if not rule.starts:
            return True
        for since in rule.starts:
            value = self._start(rule.table, row, since)
            if value is not None:
                day = helsinki_day(value) if isinstance(value, datetime) else value
                return day + rule.span < self.today  # type: ignore[operator]
        return False

    def _start(self, table: str, row: Row, since: Since) -> Any:
        if not since.table:
            return row[since.column]
        if since.children:
            days = [child[since.column] for child in self._referring(since.table, table, row)]
            return max((day for day in days if day is not None), default=None)
        parent = self._parent(table, row, since.table)
        return parent[since.column] if parent else None

    def _parent(self, table: str, row: Row, parent: str) -> Row | None:
        (key,) = [key for key in metadata.tables[table].foreign_keys if key.column.table.name == parent]
        return next((one for one in self.ledger[parent] if one[key.column.name] == row[key.parent.name]), None)

    def _referring(self, child: str, table: str, row: Row, *, needed: bool = False) -> list[Row]:
        """The child's rows that name this one; ``needed``: not where the name is just emptied."""
        found = []
        for key in metadata.tables[child].foreign_keys:
            rule = rules().get(("blank", f"{child}.{key.parent.name}"))
            if key.column.table.name == table and not (needed and rule is not None and rule.action == "unset"):
                found += [one for one in self.ledger[child] if one[key.parent.name] == row[key.column.name]]
        return found

    def _kept(self, rule: Rule, row: Row) -> bool:
        standing = {hold["hold"] for hold in self.ledger["retention_hold"] if hold["released_at"] is None}
        named = {(one["kind"], one["name"], one["id"]) for one in self.ledger["retention_hold_row"]
                 if one["hold"] in standing}  # fmt: skip
        restricting = {
            ban["ban"]
            for ban in self.ledger["ban"]
            if ban["kind"] == "restriction" and ban["lifted_at"] is None and ban["channel"] is None
        }
        apart = {hit["id"] for hit in self.ledger["ban_hit"] if hit["ban"] in restricting and hit["target"] == "person"}
        held = {int(one) for kind, name, one in named if (kind, name) == ("register", "person")}
        about = self._persons(rule.table, row)
        return (rule.kind, rule.name, identity(rule.table, row)) in named or bool(about & (apart | held))

    def _persons(self, table: str, row: Row) -> set[int]:
        found = {row["person"]} if row.get("person") is not None else set()
        for child in metadata.tables:
            if self._goes_with(child, table):
                for one in self._referring(child, table, row):
                    found |= self._persons(child, one)
        return found

    @staticmethod
    def _goes_with(child: str, table: str) -> bool:
        return table in _owners(child)

    def _unneeded(self, table: str, row: Row) -> bool:
        for child in metadata.tables:
            for one in self._referring(child, table, row, needed=True):
                if self._goes_with(child, table):
                    if not self._unneeded(child, one):
                        return False
                elif child == table or not self._goes(child, one):
                    return False
        return True

    def _goes(self, table: str, row: Row) -> bool:
        rule = rules()["table", table]
        if rule.action == "with":
            parents = [(name, self._parent(table, row, name)) for name in _owners(table)]
            return any(parent is not None and self._goes(name, parent) for name, parent in parents)
        if rule.action != "delete":
            return False
        place = (table, identity(table, row))
        if place not in self._known:
            self._known[place] = self._ends(rule, row)
        return self._known[place]


def _owners(table: str) -> set[str]:
    """What its rule names, and what it refers to of those that own these in turn."""
    targets = set(rules()["table", table].targets)
    above = targets | {one for target in targets for one in _owners(target)}
    return targets | (above & {key.column.table.name for key in metadata.tables[table].foreign_keys})


def identity(table: str, row: Row) -> str:
    """A row's key, with slashes between its parts."""
    parts = (row[column.name] for column in metadata.tables[table].primary_key.columns)
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in parts)
