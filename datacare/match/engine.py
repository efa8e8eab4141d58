"""Matching a customer's parties with the register: exact keys first, slips of the pen for the rest, one probability.

Stage A looks at parties that share an exact key; a row that is sure after that is decided. Stage B corrects the words
of the others at the level of the vocabulary and compares the parties that share their rarest words. Both are scored
by the same weights, fitted to this very upload (``weights``).
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.settings import CareEngine
from datacare.match import weights
from datacare.match.executors import DuckExecutor, Executor
from datacare.match.index import FREQUENT
from datacare.match.parties import Parties
from datacare.match.spark import SparkExecutor

SURE = 0.985
"""A row whose best candidate reaches this by exact keys alone is not looked at again."""
_LIMITS = {"contact": 60, "name": 100, "person": 12}
_BROAD = {"frequent": FREQUENT, "rarest": 4, "candidates": 40, "address": 30}
_SAMPLE = 4_000
BATCH = 50_000
"""Rows compared at a time: what a match holds in memory does not grow with the upload but for what it puts out."""
BEST = 3
"""Candidates of a row that are put out."""
_FITTED = 20
"""Candidates of a row that the weights are fitted to: farther ones weigh nothing."""
_FEATURES = (*weights.LEVELS, *weights.MEASURES)
_LIKELY = 0.02
"""Parties less likely than this are not searched for a person."""

_OWN = (
    "person_readings", "person_spelled", "known_words", "customer_names", "customer_facts", "shared_contacts",
    "identifier_candidates",
)  # fmt: skip
_FUZZY = ("unknown_words", "unknown_spellings", "near_pairs", "near_words", "open_words")
_COMPARE = ("name_overlap", "name_best", "address_best", "person_best", "features")


@dataclass(frozen=True)
class Matched:
    """What a match puts out: numbers and scores alone.

    ``parties(pid, rid, <agreement levels and measures>, score, p, p_none, by_keys)``, the :data:`BEST` candidates of
    every row; ``persons(pid, rid, person, name, email, mobile, title, p)``, those of all likely ones; the weights, and
    from how many labelled rows, and how many that people decided.
    """

    parties: pa.Table
    persons: pa.Table
    weights: weights.Weights
    labels: int
    taught: int


@dataclass(frozen=True)
class Taught:
    """What people decided of the same customer's doubtful rows: labels for the fit that are believed (R049).

    ``pairs(row INT64, right BOOL, <levels and measures>)`` as they were then, sorted by row; ``pids`` are rows of this
    very upload that were decided, whose identifier labels nothing any more.
    """

    pairs: pa.Table
    pids: pa.Array


NOTHING_TAUGHT = Taught(
    pa.table(
        {"row": pa.array([], pa.int64()), "right": pa.array([], pa.bool_())}
        | {name: pa.array([], pa.float64()) for name in _FEATURES}
    ),
    pa.array([], pa.int64()),
)


def match(
    index: Path,
    customer: Parties,
    *,
    taught: Taught = NOTHING_TAUGHT,
    memory: str = "2500MB",
    threads: int = 2,
    scratch: Path | None = None,
    engine: CareEngine = "duckdb",
    batch: int = BATCH,
) -> Matched:
    """Match one upload with the index of a register; deterministic for the same three.

    The weights are fitted once, to a sample of the whole upload; then ``batch`` rows are compared at a time, and what
    comes out is the same however many those are. Raises ``ConfigError`` (care_engine_missing, setting_invalid) when
    another engine than DuckDB is asked for and cannot be had.
    """
    executor: Executor
    if engine == "duckdb":
        executor = DuckExecutor(index, memory=memory, threads=threads, scratch=scratch)
    else:
        executor = SparkExecutor(engine, index, memory=memory, threads=threads, scratch=scratch)
    try:
        return _Work(executor).match(customer, taught, batch=batch)
    finally:
        executor.close()


class _Work:
    """One match: which steps in which order, whatever runs them."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.run = executor.run

    def match(self, customer: Parties, taught: Taught, *, batch: int) -> Matched:
        pairs, labels = self._labelled(customer, taught)
        self.executor.put("person_weight", weights.of_persons().table())
        with ThreadPoolExecutor(1) as pool:  # the first rows are compared meanwhile
            fitting = pool.submit(_fit, pairs)
            found = [self._batch(part, fitting) for part in customer.batches(batch)]
        parties, persons = (pa.concat_tables(tables) for tables in zip(*found, strict=True))
        said = len(pc.unique(taught.pairs["row"]))
        return Matched(parties=parties, persons=persons, weights=fitting.result(), labels=labels, taught=said)

    def _batch(self, customer: Parties, fitting: Future[weights.Weights]) -> tuple[pa.Table, pa.Table]:
        """The best candidates of these rows, and the persons of the likely ones."""
        self._take(customer)
        self.run("all_words")
        self.run("keyed_candidates")
        self._compare()
        self.executor.put("weight", fitting.result().table())
        self.run("score")
        self.run("decided", sure=SURE)
        self.run("keep_keyed")
        self.run("open_undecided")
        self._find_alike(candidates=_BROAD["candidates"])
        self.run("open_candidates")
        self._compare()
        self.run("score")
        self.run("posterior")
        self.run("person_candidates", likely=_LIKELY)
        self.run("person_score")
        return _best(self.executor.fetch("posterior")), self.executor.fetch("person_posterior")

    def _take(self, customer: Parties) -> None:
        """The customer's side of the comparison, and who shares an exact key with it."""
        self.executor.take(customer)
        for step in _OWN:
            self.run(step)
        self.run("exact_candidates", **_LIMITS)

    def _find_alike(self, *, candidates: int) -> None:
        for step in _FUZZY:
            self.run(step)
        self.run("fuzzy_candidates", **_BROAD | {"candidates": candidates})

    def _compare(self) -> None:
        for step in _COMPARE:
            self.run(step)

    def _labelled(self, customer: Parties, taught: Taught) -> tuple[weights.Pairs | None, int]:
        """Pairs of a sample of rows to fit the weights to, and how many rows of it are labelled.

        The rows are as if they had no identifier; a valid one labels its row (found, or none), and so does what people
        decided earlier. Where the right one is no candidate it says nothing: the row is not one of nobody's, and the
        larger the register, the more there are of these.
        """
        self.executor.put("settled", pa.table({"pid": taught.pids.cast(pa.int64())}))
        self.executor.put("c_party", customer.party)
        self.run("sampled", rows=_SAMPLE)
        self._take(customer.only(self.executor.fetch("sampled")["pid"]))
        self.run("open_sampled")
        self._find_alike(candidates=_FITTED)
        self.run("sampled_candidates")
        self._compare()
        self.run("sampled_features")
        table = self.executor.fetch("sampled_feature").sort_by([("pid", "ascending"), ("rid", "ascending")])
        if not len(table):
            return None, 0
        _, first, row = np.unique(table["pid"].to_numpy(), return_index=True, return_inverse=True)
        found = np.bincount(row, weights=table["right_one"].to_numpy()) > 0
        labelled = table["labelled"].to_numpy()[first] & (found | ~table["known"].to_numpy()[first])
        _, said = np.unique(taught.pairs["row"].to_numpy(), return_inverse=True)
        decided = np.arange(len(first) + (said.max() + 1 if len(said) else 0)) >= len(first)
        pairs = weights.Pairs(
            np.concatenate([_design(table), _design(taught.pairs)]),
            np.concatenate([row, said + len(first)]),
            np.concatenate([table["right_one"].to_numpy(), taught.pairs["right"].to_numpy()]),
            np.concatenate([labelled, np.ones(np.count_nonzero(decided), dtype=bool)]),
            said=decided,
        )
        return pairs, int(labelled.sum())


def _fit(pairs: weights.Pairs | None) -> weights.Weights:
    return weights.priors() if pairs is None else weights.fit(pairs, fixed=("identifier",))


def _best(candidates: pa.Table) -> pa.Table:
    """The likeliest :data:`BEST` of each row."""
    pid, rid, p = (candidates[name].to_numpy() for name in ("pid", "rid", "p"))
    order = np.lexsort((rid, -p, pid))
    begins = np.flatnonzero(np.diff(pid[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return candidates.take(pa.array(order[place < BEST]))


def _design(features: pa.Table) -> weights.Vector:
    return weights.design({name: features[name].to_numpy().astype(np.float64) for name in _FEATURES})
