"""A delta of continuous use through the gate: cleared as a campaign's extract is, then what differs (R041-R043).

Removals, one neutral code for every reason, stand in a file of their own that is applied first and holds row keys
alone. Whoever stays looks the same in every delta: marks, ban links and row keys are those of the subscription.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import Conflict, LicenceRefused
from core.files import publish_file, sha256_file
from core.ids import new_id
from core.signing import sign
from extracts.gate import (
    blocks,
    changes,
    delta,
    files,
    manifest,
    marking,
    minimise,
    placement,
    policy,
    presets,
    staging,
)
from extracts.gate.changes import ADDED, CHANGE, CHANGED, FIELDS, Changes, Shape
from extracts.gate.channels import Channel
from extracts.gate.clearing import WORKING, Job, Row, cleared, in_order, industry_labels, nothing, sealed, unmoved
from extracts.gate.commitment import commitment
from extracts.gate.continuous_card import card
from extracts.gate.fingerprint import TOKEN_BYTES, Marker
from extracts.gate.render import Enclosed
from extracts.gate.staging import Staged
from extracts.gate.standing_seeds import Plan, again, cells, plan
from extracts.licence import CARD
from extracts.licence.content import rows_sha256
from extracts.licence.deal import deal_of
from extracts.licence.policy import Delivered, written
from ledger import (
    assessments,
    customers,
    cuts,
    licences,
    links,
    messages,
    seeds as stock,
    snapshots,
    subscriptions,
    trusted_time,
)
from ledger.engine import Connection, Transaction
from ledger.store import Store
from register.rows import Register

_log = logging.getLogger("rajaus")

ACKNOWLEDGE_WITHIN = timedelta(days=5)
"""From the delivery of a removal: a recipient that has not said by then that it is done gets no additions (R042)."""
_BESIDE = (presets.KEY, CHANGE, FIELDS)
_TRIES = 10


@dataclass(frozen=True)
class Use:
    """The rows of the ledger that a delta is for."""

    subscription: Row
    order: Row
    campaign: Row
    customer: Row
    agreement: Row
    controller: Row | None

    @property
    def id(self) -> str:
        return str(self.subscription["subscription"])


@dataclass(frozen=True)
class Former:
    """What the recipient has: the delta it got last, its state, and the seeds in it."""

    delta: int | None
    state: pa.Table
    seeds: Sequence[Row]


NOBODY = Former(None, delta.schema(()).empty_table(), ())
"""Before the first delivery."""


def check(store: Store, connection: Connection, use: Use) -> LicenceRefused | None:
    """Raise ``LicenceRefused`` when nothing may go out; return why only removals may, or None."""
    trusted_time.check(store, connection)
    now = trusted_time.now(connection, store.now())
    overdue = [
        row
        for row in subscriptions.deltas(connection, use.id)
        if row["removed"]
        and row["acknowledged_at"] is None
        and row["delivered_at"] is not None
        and row["delivered_at"] + ACKNOWLEDGE_WITHIN <= now
    ]
    case = policy.Case(
        use.order,
        use.campaign,
        use.customer,
        use.agreement,
        now,
        messages.unacknowledged(connection, customer=use.customer["customer"], at=now),
        assessed=assessments.reviews(connection),
        blocks=blocks.of_group(connection, use.customer["customer"], at=now),
        grace_days=store.settings.assessment_grace_days,
        use=policy.CONTINUOUS,
        controller=use.controller,
        unacknowledged_deltas=overdue,
    )
    policy.check(case)
    for key in policy.warnings(case):
        _log.warning("The assessment for %s is past its review day; deliveries will be refused soon (R099).", key)
    return policy.stopped(case)


def release(
    store: Store,
    register: Register,
    *,
    use: Use,
    pool: pa.Table,
    fence: int,
    former: Former = NOBODY,
    whole: bool = False,
    over: LicenceRefused | None = None,
    confirm: Callable[[Transaction], None] = nothing,
    advance: Callable[[int], None] = nothing,
    checkpoint: Callable[[str], None] = nothing,
) -> dict[str, Any] | None:
    """Release what differs between ``former`` and the delivered rows of ``pool`` as the next delta; None: nothing does.

    ``pool(position, person, org INT32, delivered BOOL)`` is everybody eligible, judged at ``fence``. ``whole``: every
    row, whatever went out before. ``over``: why only removals may go out, besides what the policy says; ``confirm`` as
    in ``extracts.gate.release``. Returns ``{"subscription", "delta", "previous", "extract", "added", "changed",
    "removed", "held", "additions_stopped", "snapshot", "fence"}``; rows count seeds too, as the recipient does.

    Raises what ``extracts.gate.release`` raises, and ``LicenceRefused`` (removal_unacknowledged,
    stop_list_unacknowledged) when additions are stopped and there is nothing to remove; ``Conflict`` (delta_taken) when
    another delta was made meanwhile.
    """
    job = Job(store, register, use.order, use.campaign, use.customer, use.agreement, confirm, advance, checkpoint)
    with store.ledger.read() as connection:
        stop = check(store, connection, use) or over
        number = subscriptions.next_number(connection, use.id)
        terms = licences.in_force(connection, today=store.today())
    checkpoint("policy")
    rows, fence = cleared(job, pool, fence=fence)
    rows = rows.append_column("industry_label", industry_labels(rows))
    licensed = minimise.columns(use.campaign["channels"], use.order["fields"])
    shape = Shape(
        columns=tuple(name for name in licensed if name != "row"),
        marker=Marker(store.key("fingerprint"), use.id, use.customer["customer"]),
        ban_url=store.settings.ban_url,
    )
    found = changes.find(
        register.connection,
        rows,
        former=former.state,
        shape=shape,
        whole=whole and stop is None,
        removals_only=stop is not None,
    )
    checkpoint("compared")
    seeds = plan(register, former.seeds, changes=found, marker=shape.marker, turn=number, first=former.delta is None)
    work = _Work(job, use, former, rows, found, shape, seeds, number, terms, stop, whole and stop is None)
    if work.is_nothing:
        if stop is not None:
            raise stop
        if former.delta is None:
            raise LicenceRefused("order_empty", order=use.order["order"])
        return None
    for attempt in range(1, _TRIES + 1):
        with staging.begin(store, new_id("extract")) as staged:
            try:
                return _finish(work, staged, fence)
            except Conflict as conflict:
                if conflict.code != "seeds_taken" or attempt == _TRIES:
                    raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class _Work:
    """One delta: what it is for, and what it says."""

    job: Job
    use: Use
    former: Former
    rows: pa.Table
    """Everybody eligible today."""
    found: Changes
    shape: Shape
    seeds: Plan
    number: int
    terms: Row
    """Standing terms in force: their message text goes along."""
    stop: LicenceRefused | None
    whole: bool

    @property
    def channels(self) -> Sequence[Channel]:
        """Where the marks of the subscription are."""
        return marking.enabled(self.use.campaign, self.use.order, columns=self.shape.columns)

    @property
    def is_nothing(self) -> bool:
        """Nothing to tell the recipient."""
        return not (len(self.found.rows) or len(self.found.gone) or self.seeds.leaving)

    def seed_keys(self, seeds: Sequence[Row]) -> pa.Array:
        """Row keys (16 bytes) of seeds."""
        unit = self.shape.marker.key.derive("unit")
        tokens = [unit.mac(seed["seed"].encode())[:TOKEN_BYTES] for seed in seeds]
        table = pa.array(tokens, pa.binary(TOKEN_BYTES))
        return delta.keys_of(self.job.register.connection, table, marker=self.shape.marker)


@dataclass(frozen=True)
class _Made:
    """What lies in staging."""

    listed: list[dict[str, Any]]
    counts: Mapping[str, int]
    """``rows, persons, pool, added, changed, removed, held``."""
    come: Mapping[str, Mapping[str, Any]]
    """New seeds and their cells."""
    places: Mapping[str, int]
    """New seeds and their row numbers."""
    leave: Sequence[str]
    numbered: pa.Table


def _finish(work: _Work, staged: Staged, fence: int) -> dict[str, Any]:
    made = _make(work, staged)
    fence = _commit(work, staged, made, fence)
    work.job.checkpoint("committed")
    staged.publish(work.job.store)
    work.job.checkpoint("published")
    return {
        "subscription": work.use.id,
        "delta": work.number,
        "previous": work.former.delta,
        "extract": staged.extract,
        **{name: made.counts[name] for name in ("added", "changed", "removed", "held")},
        "additions_stopped": work.stop is not None,
        "snapshot": work.job.register.snapshot,
        "fence": fence,
    }


def _make(work: _Work, staged: Staged) -> _Made:
    """Everything of the delta in its private directory: from the fewest fields to the digests."""
    job, store, connection, shape = work.job, work.job.store, work.job.register.connection, work.shape
    seeds = work.seeds
    plain = minimise.narrow(work.found.rows, (*shape.columns, *WORKING, "industry_label", *_BESIDE))
    added = plain.filter(pc.equal(plain[CHANGE], ADDED))
    chosen = placement.choose(
        store, job.register, delivered=added, known=work.rows, wanted=seeds.coming, marker=shape.marker
    )
    dressed = _keyed(
        work, placement.dress(added, chosen, marker=shape.marker, known=work.rows, criteria=job.order["criteria"])
    )
    staying = again(seeds.staying if work.whole else (), dressed.schema, known=work.rows)
    numbered = in_order(plain, pa.concat_tables([dressed, staying]))
    job.checkpoint("seeds")
    marked, marks = marking.mark(
        connection, numbered, columns=shape.columns, marker=shape.marker, ban_url=shape.ban_url, channels=work.channels
    )
    job.checkpoint("fingerprint")
    persons = _manifest(work, staged, marks, numbered)
    delta.write(work.found.state, staged.state)
    gone = pa.concat_arrays([work.found.gone, work.seed_keys(seeds.leaving)])
    gone = gone.take(pc.sort_indices(gone))  # where a seed stood is not to be seen
    if len(gone):
        delta.write(pa.table({"key": gone}), staged.removals)
    job.checkpoint("manifest")
    told = pc.value_counts(marked[CHANGE])
    by_change = {row["values"]: row["counts"] for row in told.to_pylist()}
    counts = {
        "rows": len(numbered),
        "persons": persons,
        "pool": len(work.found.pool),
        "added": by_change.get(ADDED, 0),
        "changed": by_change.get(CHANGED, 0),
        "removed": len(gone),
        "held": work.found.held + len(seeds.staying) + len(chosen),
    }
    rendered = _render(work, staged, minimise.narrow(marked, (*_BESIDE, *shape.columns)), gone, counts)
    job.checkpoint("render")
    listed = sealed(rendered)
    staged.sync()
    job.checkpoint("hash")
    come = cells(dressed)
    numbers = zip(numbered["seed"].to_pylist(), numbered["row"].to_pylist(), strict=True)
    return _Made(
        listed=listed,
        counts=counts,
        come=come,
        places={seed: row for seed, row in numbers if seed in come},
        leave=[seed["seed"] for seed in seeds.leaving],
        numbered=numbered,
    )


def _keyed(work: _Work, dressed: pa.Table) -> pa.Table:
    """New seeds with keys of their own."""
    keys = delta.key_texts(work.seed_keys(dressed.select(["seed"]).to_pylist()))
    return dressed.set_column(dressed.column_names.index(presets.KEY), presets.KEY, keys)


def _manifest(work: _Work, staged: Staged, marks: pa.Table, numbered: pa.Table) -> int:
    """Write the manifest: every unit of which the delta says something. Returns the persons delivered."""
    disclosed = marks.append_column("position", numbered["position"]).append_column("number", numbered["row"])
    disclosed = disclosed.filter(pc.is_valid(disclosed["position"]))
    facts = {
        "extract": staged.extract,
        "customer": work.use.customer["customer"],
        "campaign": work.use.id,
        "reseller": None,
        "key_id": work.shape.marker.key.key_id,
        "eligible": len(work.found.pool),
        "delivered": len(disclosed),
        "released_at": work.job.store.now().isoformat(),
        "delta": work.number,
        "channels": [channel.name for channel in work.channels],
    }
    table = manifest.build(work.job.register.connection, work.found.pool, disclosed, marker=work.shape.marker)
    manifest.write(table, staged.manifest, facts=facts)
    return len(disclosed)


def _render(
    work: _Work, staged: Staged, table: pa.Table, gone: pa.Array, counts: Mapping[str, int]
) -> list[files.File]:
    """All files of the delta. Their names are in the order in which they are applied."""
    store, use = work.job.store, work.use
    facts = presets.Facts(
        extract=staged.extract,
        campaign=use.campaign["name"],
        source=store.settings.controller,
        licence_until=use.campaign["ends_on"],
        channels=use.campaign["channels"],
    )
    if use.controller is None:
        raise AssertionError("the policy saw a controller")
    text = card(
        store.settings,
        extract=staged.extract,
        delta=work.number,
        campaign=use.campaign,
        customer=use.customer,
        controller=use.controller,
        terms=work.terms,
    )
    said = files.Terms(
        at=store.now(),
        facts=facts,
        keys=table[presets.KEY].combine_chunks(),
        deal=deal_of(store.settings, campaign=use.campaign, customer=use.customer, terms=work.terms, continuous=True),
        snapshot=work.job.register.snapshot,
        key=store.key("licence"),
    )
    told: dict[str, Any] = {"formats": use.order["formats"], "beside": said, "inside": Enclosed(text, None)}
    delivered = Delivered(staged.extract, said.snapshot, len(table), rows_sha256(table))
    made = list[files.File]()
    if len(gone):
        made += files.removals(delta.key_texts(gone), staged.files, stem=f"{staged.extract}-1-removed", **told)
    if len(table):
        stem = f"{staged.extract}-2-rows"
        digest = delivered.rows_sha256
        made += files.rows(table, staged.files, stem=stem, digest=digest, advance=work.job.advance, **told)
    made.append(_described(work, staged, made, counts))
    made.append(files.note(staged.files / CARD, text))
    return [*made, files.licensed(made, staged.files, terms=said, delivered=delivered)]


def _described(work: _Work, staged: Staged, made: Sequence[files.File], counts: Mapping[str, int]) -> files.File:
    """The delivery as a signed document for the recipient's machine: its place in the sequence, and what to apply in
    order."""
    applied = [
        {
            "step": "remove" if file.path.name.startswith(f"{staged.extract}-1-") else "add or change",
            "file": file.path.name,
            "format": file.format,
            "rows": file.rows,
            "sha256": sha256_file(file.path),
        }
        for file in made
        if file.format not in files.BESIDE
    ]
    document = {
        "subscription": work.use.id,
        "delta": work.number,
        "previous": work.former.delta,
        "whole": work.whole or work.former.delta is None,
        "made_at": work.job.store.now().isoformat(),
        "snapshot": work.job.register.snapshot,
        **{name: counts[name] for name in ("removed", "added", "changed", "held")},
        "additions_stopped": work.stop is not None,
        "apply": applied,
    }
    signed = sign(document, work.job.store.key("licence"), at=work.job.store.now())
    return files.note(staged.files / f"{staged.extract}-delta.json", written(signed), form=files.DELTA)


def _commit(work: _Work, staged: Staged, made: _Made, fence: int) -> int:
    """The one ledger transaction, under the fence: extract, files, delta, seeds and audit. Returns the fence value."""
    job, store, use = work.job, work.job.store, work.use
    delivered = work.rows.filter(work.rows["delivered"])
    state_sha256, manifest_sha256 = sha256_file(staged.state), sha256_file(staged.manifest)
    removals_sha256 = sha256_file(staged.removals) if made.counts["removed"] else None
    state, removals = (store.home.subscriptions / f"{sha}.parquet" for sha in (state_sha256, removals_sha256))
    committed = commitment(work.shape.marker, staged.manifest)
    with store.write() as tx:
        fence = unmoved(job, tx, delivered, fence=fence)
        job.confirm(tx)
        _same(tx, work)
        now = trusted_time.now(tx.connection, store.now())
        customers.check_not_over(customers.campaign(tx.connection, use.id), now=now)
        extract = {
            "extract": staged.extract,
            "order": use.order["order"],
            "part": work.number,
            "campaign": use.id,
            "customer": use.customer["customer"],
            "snapshot": job.register.snapshot,
            "terms": work.terms["version"],
            "fence": fence,
            "rows": made.counts["rows"],
            "persons": made.counts["persons"],
            "seeds": made.counts["rows"] - made.counts["persons"],
            "pool": made.counts["pool"],
            "manifest": store.relative(staged.manifest_address(store, manifest_sha256)),
            "manifest_sha256": manifest_sha256,
        }
        cuts.record_part(tx, extract=extract, files=made.listed)
        tx.audit("extract.committed", extract=staged.extract, **committed)
        record = {
            "subscription": use.id,
            "delta": work.number,
            "extract": staged.extract,
            "previous": work.former.delta,
            "whole": work.whole or work.former.delta is None,
            **{name: made.counts[name] for name in ("added", "changed", "removed", "held")},
            "additions_stopped": work.stop is not None,
            "state": store.relative(state),
            "state_sha256": state_sha256,
            "removals": store.relative(removals) if removals_sha256 else None,
            "removals_sha256": removals_sha256,
        }
        subscriptions.record_delta(tx, record)
        if made.places:
            stock.allocate(tx, made.places, extract=staged.extract)
        subscriptions.move_seeds(tx, use.id, delta=work.number, come=made.come, leave=made.leave)
        if snapshots.current(tx.connection) != job.register.snapshot:
            # A publish that came in between kept no links for an extract it could not see (R072).
            links.keep(tx, manifest.links(staged.manifest, numbered=made.numbered, rows=work.rows))
        job.checkpoint("recorded")
        staged.publish_manifest(store, manifest_sha256)
        publish_file(staged.state, state)
        if removals_sha256:
            publish_file(staged.removals, removals)
        job.checkpoint("manifest published")
    return fence


def _same(tx: Transaction, work: _Work) -> None:
    """Nobody made another delta meanwhile; the subscription's row is locked, so that nobody does."""
    subscriptions.subscription(tx.connection, work.use.id, lock=True)
    handed = [row["delta"] for row in subscriptions.deltas(tx.connection, work.use.id) if row["delivered_at"]]
    number = subscriptions.next_number(tx.connection, work.use.id)
    if number != work.number or (handed[-1] if handed else None) != work.former.delta:
        raise Conflict("delta_taken", subscription=work.use.id)
