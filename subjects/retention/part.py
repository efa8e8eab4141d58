"""One rule's part of a plan or run: what goes, listed and taken out by the same selection (R068)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ledger.retention_rows import Due, Tally
from ledger.store import Store
from schemas.retention import Rule

Advance = Callable[[int], None]
Checkpoint = Callable[[str], None]


class Part(ABC):
    """What one rule takes out on the store's day. Made anew for every plan and run; a made one looks at no clock."""

    def __init__(self, store: Store, rule: Rule) -> None:
        self.store, self.rule = store, rule

    @abstractmethod
    def tally(self) -> Tally:
        """How many go and stay."""

    @abstractmethod
    def pages(self) -> Iterator[list[Due]]:
        """All that go, a page at a time."""

    @abstractmethod
    def dispose(self, run: str, *, advance: Advance, checkpoint: Checkpoint) -> None:
        """Take out what goes and write it down, each batch in one transaction; stopped anywhere, the next run goes on.

        What is held or restricted since the part was made stays.
        """

    @property
    def notes(self) -> list[str]:
        """What somebody should know of this part."""
        return []
