"""A data care job's own folder and key: what a customer handed in is nowhere else, and is gone with both (R045).

Every file is sealed with AES-256-GCM by a key that this job alone has; the keys lie with the store's other keys, apart
from the data. Backups hold neither: the customer has the file, and the job can be done again (R050).
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ConfigError, StoreError
from core.files import publish_file, remove, sha256_file, storing
from core.keys import Key, create_key, destroy_key, read_key
from ledger.store import Store

_ENDING = ".sealed"


@dataclass(frozen=True)
class Folder:
    """An open folder. ``name`` is the id of the job, or of the agreement whose returns are remembered."""

    name: str
    path: Path
    key: Key

    def write(self, file: str, content: bytes) -> None:
        """Seal a file under its name; one of that name is replaced, whole or not at all."""
        final = self.path / f"{file}{_ENDING}"
        partial = final.with_suffix(".partial")
        with storing(self.path):
            partial.write_bytes(self.key.seal(content, bound=f"{self.name}/{file}"))
        publish_file(partial, final)

    def read(self, file: str) -> bytes:
        """What was sealed. Raises ``StoreError`` (care_damaged) when it is not there or not by this key."""
        try:
            return self.key.unseal((self.path / f"{file}{_ENDING}").read_bytes(), bound=f"{self.name}/{file}")
        except (OSError, ValueError) as error:
            raise StoreError("care_damaged", job=self.name, file=file) from error

    def has(self, file: str) -> bool:
        """Whether there is a file of that name."""
        return (self.path / f"{file}{_ENDING}").is_file()

    def write_table(self, file: str, table: pa.Table) -> None:
        """Seal a table."""
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        self.write(file, sink.getvalue())

    def read_table(self, file: str) -> pa.Table:
        """A sealed table; raises as :meth:`read`."""
        return pq.read_table(io.BytesIO(self.read(file)))

    def write_facts(self, file: str, facts: Mapping[str, Any]) -> None:
        """Seal a JSON document."""
        self.write(file, json.dumps(dict(facts), ensure_ascii=False, default=str).encode())

    def read_facts(self, file: str) -> dict[str, Any]:
        """A sealed JSON document; raises as :meth:`read`."""
        found: dict[str, Any] = json.loads(self.read(file))
        return found


def create(store: Store, name: str) -> Folder:
    """A new folder with a new key. Raises ``StoreError``."""
    path = store.home.care / name
    with storing(path):
        path.mkdir(parents=True, mode=0o700)
    return Folder(name, path, create_key(_keys(store), name))


def find(store: Store, name: str) -> Folder:
    """An existing folder. Raises ``StoreError`` (care_damaged) when its key or it is gone."""
    path = store.home.care / name
    try:
        key = read_key(_keys(store), name)
    except ConfigError as error:
        raise StoreError("care_damaged", job=name, file="its key") from error
    if not path.is_dir():
        raise StoreError("care_damaged", job=name, file="its folder")
    return Folder(name, path, key)


def exists(store: Store, name: str) -> bool:
    """Whether there is such a folder with its key."""
    return (store.home.care / name).is_dir() and (_keys(store) / f"{name}.key").is_file()


def listed(store: Store, name: str) -> list[dict[str, Any]]:
    """The sealed files: ``{"file", "bytes", "sha256"}`` as they lie, for a certificate of their deletion."""
    path = store.home.care / name
    found = sorted(path.glob("*")) if path.is_dir() else []
    return [{"file": one.name, "bytes": one.stat().st_size, "sha256": sha256_file(one)} for one in found]


def forget_key(store: Store, name: str) -> None:
    """Overwrite and remove the key: from here on nobody can read what is left. Done again it does no harm."""
    destroy_key(_keys(store), name)


def destroy(store: Store, name: str) -> None:
    """The key first, then the folder. Done again it does no harm."""
    path = store.home.care / name
    forget_key(store, name)
    with storing(path):
        remove(path)


def _keys(store: Store) -> Path:
    return store.settings.keys_dir / "care"
