"""The door through which customers and resellers ask for counts: blurred, consistent, and not without end (R026, R080).

Whoever works for a customer sees the exact statement (``extracts.count``); a customer asks here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from core.clock import helsinki_day
from core.errors import Refused
from core.settings import Settings
from extracts import own_lists
from extracts.narrow import history
from extracts.narrow.blur import blurred, blurred_facets
from extracts.narrow.budget import DAYS, Limits, Question, base_of, packed, spent, tally_of, unpacked
from extracts.selection import Commission, commission, selector
from ledger import customers, questions
from ledger.engine import Transaction
from ledger.store import Store
from register.query import Register, Selector, Statement, facets, open_register, select
from schemas import codes
from schemas.criteria import Criteria

Row = Mapping[str, Any]

_WHICH = ("organisation", "organisation_not", "person", "exclude")
"""Parts of the criteria that say which rows a question is about; the rest says what is counted of them."""


def ask(store: Store, campaign: str, criteria: Criteria, *, with_facets: bool = False) -> dict[str, Any]:
    """What a selection would deliver, as the customer or its reseller may know it: ``{"snapshot", "in_steps_of",
    "to_deliver", "organisations", "facets"}``.

    A question about nearly the same rows as an earlier one of theirs is answered as that one was, so that one person
    more or less does not show, whether asked with and without it or before and after a ban; only others cost budget.
    Raises ``LicenceRefused`` as a count does, and ``Refused``: count_budget_spent, or count_on_replica on a node
    that cannot keep the budget.
    """
    if store.settings.ledger_role == "replica":
        raise Refused("count_on_replica")
    own = own_lists.read(criteria.exclude)
    with open_register(store, holder="count") as register:
        with store.ledger.read() as connection:
            work = commission(store, connection, campaign, planning=True)
            chosen = selector(store, connection, work, criteria, own=own)
        statement = select(register, chosen)
        asked = prepare(store, register, work=work, chosen=chosen, statement=statement, with_facets=with_facets)
    return asked.answer(limited=True)


@dataclass(frozen=True)
class Asked:
    """A question that was counted, and what it is answered if it only repeats no other."""

    store: Store
    work: Commission
    question: Question
    counted: Mapping[str, Any]

    def answer(self, *, limited: bool) -> dict[str, Any]:
        """What the customer is told, recorded; ``limited``: within its budget. Raises ``Refused``
        (count_budget_spent)."""
        store = self.store
        budgets = limits(store.settings)
        with store.write() as tx:
            earlier = _earlier(store, tx, self.work)
            base = base_of(self.question, earlier, threshold=store.settings.count_threshold)
            budget = spent(self.question, earlier, limits=budgets) if base is None and limited else None
            if budget is not None:
                raise Refused("count_budget_spent", budget=budget, limit=getattr(budgets, budget))
            answer = dict(self.counted if base is None else base.answer)
            questions.record(
                tx,
                {
                    "campaign": self.work.campaign["campaign"],
                    "snapshot": self.question.snapshot,
                    "shape": self.question.shape,
                    "asked": self.question.asked,
                    "tally": packed(self.question.tally),
                    "answer": answer,
                    "fresh": base is None,
                },
            )
        return answer


def prepare(
    store: Store,
    register: Register,
    *,
    work: Commission,
    chosen: Selector,
    statement: Statement,
    with_facets: bool = False,
) -> Asked:
    """A selection that was just made on ``register`` as a question of the customer's."""
    question = _question(store, register, chosen, with_facets=with_facets)
    counted = _counted(store, register, chosen, statement, asked=question.asked, with_facets=with_facets)
    return Asked(store, work, question, counted)


def limits(settings: Settings) -> Limits:
    """The budgets as the installation has them."""
    return Limits(settings.count_budget_user, settings.count_budget_customer, settings.count_budget_overlap)


def _question(store: Store, register: Register, chosen: Selector, *, with_facets: bool) -> Question:
    rows = _buckets(register, chosen)
    tally = tally_of([bucket for bucket, _ in rows], [count for _, count in rows])
    shape = {name: value for name, value in chosen.criteria.document().items() if name not in _WHICH}
    text = json.dumps([shape, with_facets, sorted(chosen.subject)], sort_keys=True)
    return Question(
        by=store.actor,
        on=store.today(),
        snapshot=register.snapshot,
        shape=hashlib.sha256(text.encode()).hexdigest(),
        asked=int(tally.sum()),
        tally=tally,
    )


def _buckets(register: Register, chosen: Selector) -> list[tuple[int, int]]:
    """How many of the rows asked about fall into each bucket that is not empty."""
    exclusion = chosen.exclusion
    earlier = pa.table({"word": pa.array(exclusion.earlier, pa.uint64())})
    by_organisation = exclusion.level == "organisation" or any(map(len, exclusion.own.values()))
    values = {"level": exclusion.level if len(earlier) else "none", "organisations": by_organisation}
    register.connection.register("asked_earlier", earlier)
    try:
        return register.execute("extracts/tally", values).fetchall()
    finally:
        register.connection.unregister("asked_earlier")


def _counted(
    store: Store, register: Register, chosen: Selector, statement: Statement, *, asked: int, with_facets: bool
) -> dict[str, Any]:
    """The statement blurred; of fewer rows than the threshold nothing is told but that."""
    threshold, key = store.settings.count_threshold, store.key("fingerprint").derive("count")
    small = asked < threshold

    def shown(number: int) -> int | str:
        return blurred(0 if small else number, threshold=threshold, key=key)

    document: dict[str, Any] = {
        "snapshot": register.snapshot,
        "in_steps_of": threshold,
        "to_deliver": shown(statement.to_deliver),
        "organisations": shown(statement.organisations),
    }
    if with_facets:
        counted = {} if small else facets(register, chosen)
        possible = _possible(chosen.criteria.document())
        document["facets"] = blurred_facets(counted, possible=possible, threshold=threshold, key=key)
    return document


def _possible(criteria: Row) -> dict[str, int | None]:
    """How many values each dimension of the facets can have: those asked for, else all there are and the unknown."""
    every: dict[str, int | None] = {
        "kind": len(codes.KINDS),
        "industry": None,
        "form": len(codes.forms()) + 1,
        "staff_class": len(codes.staff_classes()) + 1,
        "revenue_class": len(codes.revenue_classes()) + 1,
        "region": len(codes.regions()) + 1,
        "level": len(codes.LEVELS) + 1,
        "responsibility": len(codes.responsibilities()),
    }
    asked = {**(criteria.get("organisation") or {}), "level": (criteria.get("person") or {}).get("level")}
    given = {name: len(set(asked[name])) for name in every if name != "industry" and asked.get(name)}
    return every | given


def _earlier(store: Store, tx: Transaction, work: Commission) -> Sequence[Question]:
    """What everybody who counts together has asked, read under a lock, so that two questions at once see each other."""
    recipient, party = work.customer["customer"], work.agreement["customer"]
    past = history.parties(tx.connection, recipient=recipient, party=party)
    customers.lock(tx, past.everybody)
    rows = questions.questions(tx.connection, past.everybody, since=store.now() - timedelta(days=DAYS))
    return [
        Question(
            by=row["by"],
            on=helsinki_day(row["at"]),
            snapshot=row["snapshot"],
            shape=row["shape"],
            asked=row["asked"],
            tally=unpacked(row["tally"]),
            answer=row["answer"],
            fresh=row["fresh"],
        )
        for row in rows
    ]
