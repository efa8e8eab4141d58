"""The end of a position in the register: 24 months without a verification of it, and the person with the last (R070).

What is over leaves the stored rows and the snapshot by the way of an erasure: written anew, never deleted in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import NotFound
from ledger import snapshots, sources
from ledger.engine import Transaction
from ledger.store import Store
from register import erase
from register.erase import Gone, Removed
from register.query import open_register

OUTLIVED = pa.schema(
    [
        ("position", pa.int32()),
        ("person", pa.int32()),
        ("since", pa.date32()),
        ("why", pa.int32()),
        ("leaves", pa.bool_()),
    ]
)
GOES, HELD, RESTRICTED = 0, 1, 2
"""``why`` of :data:`OUTLIVED`: whether a position goes, or what keeps it."""


@dataclass(frozen=True)
class Outlived:
    """The positions whose period is over, as ``OUTLIVED``; ``pending`` are loads that wait for a publish."""

    positions: pa.Table = field(default_factory=OUTLIVED.empty_table)
    pending: Sequence[int] = ()

    def kept(self, why: int) -> int:
        """How many positions stay for this reason."""
        return pc.sum(pc.equal(self.positions["why"], why)).as_py() or 0

    @property
    def going(self) -> pa.Table:
        """What goes: nothing while a load waits that may have verified a position since."""
        return (
            self.positions.slice(0, 0) if self.pending else self.positions.filter(pc.equal(self.positions["why"], GOES))
        )

    @property
    def leaving(self) -> pa.Array:
        """The persons of whom no position is left."""
        going = self.going
        return pc.unique(going.filter(going["leaves"])["person"].combine_chunks())


def outlived(
    store: Store, *, newest: date, held: Sequence[int], held_positions: Sequence[int], restricted: Sequence[int]
) -> Outlived:
    """The positions of the published register last verified on ``newest`` or before.

    ``held`` and ``restricted`` are persons who stay (R062, R075). Raises ``StoreError`` (snapshot_failed).
    """
    values = {
        "newest": newest,
        "held": list(held),
        "held_positions": list(held_positions),
        "restricted": list(restricted),
    }
    with store.ledger.read() as connection:
        published = snapshots.published(connection)
        live = [load.load for load in sources.live_loads(connection)]
    if published is None:
        return Outlived()
    with open_register(store, holder="retention") as register:
        found = register.arrow("register/retention_position", values).cast(OUTLIVED)
    return Outlived(found, sorted(set(live).difference(published.loads)))


def remove(
    store: Store, over: Outlived, *, record: Callable[[Transaction, Removed], None], checkpoint: Callable[[str], None]
) -> Removed:
    """Take what goes out of the stored rows and the snapshot. Raises as :func:`register.erase.remove`."""
    alone = over.going.filter(pc.invert(over.going["leaves"]))
    gone = Gone(persons=over.leaving.to_pylist(), positions=alone["position"].to_pylist())
    return erase.remove(store, gone, record=record, checkpoint=checkpoint)


def absent(store: Store, asked: pa.Array, *, leaving: pa.Array) -> pa.Array | None:
    """Those of the asked ids that stand for nobody in the register; None when none is published, so nobody can say."""
    named = {"retention_asked": asked, "retention_leaving": leaving}
    try:
        with open_register(store, holder="retention") as register:
            for name, ids in named.items():
                register.connection.register(name, pa.table({"person": ids.cast(pa.int64())}))
            found = register.arrow("register/retention_absent", {})["person"]
    except NotFound:
        return None
    return found.combine_chunks()
