"""Key files and what is derived from them. Keys are files outside the data; none is ever logged.

``suppression`` keys the ban store (R019), ``fingerprint`` the marks, ranks and blind indexes (fingerprint.md 2.1),
``webhook`` the secrets by which recipients check our messages (R063), ``licence`` is the secret half of the Ed25519 key
that signs licences (R033, ``core.signing``), ``mail`` seals the messages in the outbox. Purposes are separated by
HKDF-SHA-256 (RFC 5869).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigError
from core.files import storing, sync

NAMES = ("suppression", "fingerprint", "webhook", "licence", "mail")
_LENGTH = 32
_BLOCK = 64
_NONCE = 12

Words = npt.NDArray[np.uint64]
"""64-bit words: the first eight bytes, big-endian, of tokens and digests."""


@dataclass(frozen=True)
class Key:
    """32 secret bytes and a public id that names them in stored rows."""

    secret: bytes
    key_id: str

    def derive(self, purpose: str) -> Key:
        """An independent key for one purpose, e.g. ``"sel"`` (fingerprint.md 2.1)."""
        hkdf = HKDF(algorithm=SHA256(), length=_LENGTH, salt=None, info=f"rajaus:{purpose}".encode())
        return Key(hkdf.derive(self.secret), self.key_id)

    def sub(self, scope: str) -> Key:
        """``HMAC(key, scope)`` as a key of its own, e.g. one customer's selection key."""
        return Key(self.mac(scope.encode()), self.key_id)

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA-256, 32 bytes."""
        return hmac.digest(self.secret, message, "sha256")

    def macs(self, messages: Iterable[bytes]) -> list[bytes]:
        """:meth:`mac` of each. The key is hashed once for all of them: a third of the time, and less than DuckDB takes
        by ``hmac_hex``."""
        inside, outside = (hashlib.sha256(pad) for pad in self.pads)
        found = []
        for message in messages:
            inner = inside.copy()
            inner.update(message)
            outer = outside.copy()
            outer.update(inner.digest())
            found.append(outer.digest())
        return found

    @property
    def pads(self) -> tuple[bytes, bytes]:
        """Inner and outer block (RFC 2104) for the SQL macro ``hmac_hex``, so DuckDB can key whole columns."""
        padded = self.secret.ljust(_BLOCK, b"\0")
        return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)

    def blind(self, words: Words) -> Words:
        """A keyed image of each word: the first half of its AES-256 block. Some hundred million a minute, where a MAC
        in SQL does forty."""
        blocks = np.zeros((len(words), 2), dtype=">u8")
        blocks[:, 0] = words
        encryptor = Cipher(algorithms.AES(self.secret), modes.ECB()).encryptor()  # noqa: S305 - a PRF of one block each
        image: Words = np.frombuffer(encryptor.update(blocks.tobytes()), dtype=">u8")[::2].astype(np.uint64)
        return image

    def seal(self, content: bytes, *, bound: str = "") -> bytes:
        """Encrypted and authenticated (AES-256-GCM); :meth:`unseal` undoes it. ``bound`` is the id of what it belongs
        to: under another it does not open."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, content, bound.encode())

    def unseal(self, sealed: bytes, *, bound: str = "") -> bytes:
        """What :meth:`seal` was given; ``ValueError`` when it was changed since, belongs to something else, or was
        sealed with another key."""
        try:
            return AESGCM(self.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound.encode())
        except InvalidTag as error:
            raise ValueError("not sealed with this key") from error

    def __repr__(self) -> str:
        return f"Key({self.key_id})"


def create_keys(directory: Path) -> None:
    """Write the missing key files, each readable by its owner only."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in NAMES:
        path = directory / f"{name}.key"
        if not path.exists():
            _write(path, name)


def _write(path: Path, name: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{name}-{secrets.token_hex(4)} {secrets.token_hex(_LENGTH)}\n")
        file.flush()
        os.fsync(file.fileno())


def create_key(directory: Path, name: str) -> Key:
    """Write one new key of that name, readable by its owner only. Raises ``StoreError`` when it cannot be written."""
    with storing(directory):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(directory / f"{name}.key", name)
        sync(directory)
    return read_key(directory, name)


def destroy_key(directory: Path, name: str) -> bool:
    """Overwrite and remove a key; what it sealed can be read by nobody any more. Whether there was one."""
    path = directory / f"{name}.key"
    if not path.exists():
        return False
    with storing(path):
        with path.open("r+b") as file:
            file.write(b"0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync(directory)
    return True


def read_keys(directory: Path, name: str) -> tuple[Key, ...]:
    """The key in use and, behind it, the retired ones (``NAME.KEYID.key``), which are kept for matching (R019).

    Raises ``ConfigError`` when one of them is missing or malformed.
    """
    present = read_key(directory, name)
    retired = (_read(path) for path in sorted(directory.glob(f"{name}.*.key")))
    return present, *(key for key in retired if key.key_id != present.key_id)


def rotate_key(directory: Path, name: str) -> tuple[Key, Key]:
    """Put a new key in use and keep the old one as ``NAME.KEYID.key``. Returns the old and the new key.

    The old one is on disk under its new name before the new one takes its place: whenever the process dies, every key
    that was ever in use can be read. Raises ``ConfigError`` and ``StoreError``.
    """
    old = read_key(directory, name)
    kept, present, staged = (directory / f"{name}{end}" for end in (f".{old.key_id}.key", ".key", ".key.new"))
    with storing(directory):
        staged.unlink(missing_ok=True)
        if not kept.exists():
            os.link(present, kept)
        _write(staged, name)
        staged.replace(present)
        sync(directory)
    return old, read_key(directory, name)


def read_key(directory: Path, name: str) -> Key:
    """Read one key file; ``ConfigError`` when it is missing or malformed."""
    return _read(directory / f"{name}.key")


def _read(path: Path) -> Key:
    try:
        key_id, secret = path.read_text(encoding="ascii").split()
        key = Key(bytes.fromhex(secret), key_id)
    except FileNotFoundError as error:
        raise ConfigError("key_missing", key=str(path)) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise ConfigError("key_invalid", key=str(path)) from error
    if len(key.secret) != _LENGTH:
        raise ConfigError("key_invalid", key=str(path))
    return key
