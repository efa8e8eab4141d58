"""A workbook behind a password, made as Office makes it: ECMA-376 standard encryption in a compound file.

Two streams, ``EncryptionInfo`` and ``EncryptedPackage`` ([MS-OFFCRYPTO] 2.3.4, [MS-CFB]); AES-128, SHA-1, 50,000 turns.
"""

from __future__ import annotations

import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SECTOR = 512
_LARGE = 4096
"""Streams below this lie in the mini stream; these are filled up to it, so that there is none."""
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SALT = bytes(range(16))


def encrypted(package: bytes, *, password: str) -> bytes:
    """The compound file that holds ``package`` (an XLSX) under a password."""
    key = _key(password)
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    sealed = cipher.update(package + b"\0" * (-len(package) % 16))
    return compound({"EncryptionInfo": _info(key), "EncryptedPackage": struct.pack("<Q", len(package)) + sealed})


def _key(password: str) -> bytes:
    digest = hashlib.sha1(_SALT + password.encode("utf-16-le")).digest()
    for turn in range(50_000):
        digest = hashlib.sha1(struct.pack("<I", turn) + digest).digest()
    digest = hashlib.sha1(digest + struct.pack("<I", 0)).digest()
    padded = bytes(a ^ b for a, b in zip(digest.ljust(64, b"\0"), b"\x36" * 64, strict=True))
    return hashlib.sha1(padded).digest()[:16]


def _info(key: bytes) -> bytes:
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + provider
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    verifier = bytes(range(16, 32))
    digest = hashlib.sha1(verifier).digest().ljust(32, b"\0")
    proof = struct.pack("<I", 16) + _SALT + cipher.update(verifier) + struct.pack("<I", 20) + cipher.update(digest)
    return struct.pack("<HHII", 4, 2, 0x24, len(header)) + header + proof


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of some streams."""
    full = {name: data.ljust(_LARGE, b"\0") for name, data in streams.items()}
    fat: list[int] = []
    body, starts = b"", {}
    for name, content in full.items():
        data = content + b"\0" * (-len(content) % _SECTOR)
        count = len(data) // _SECTOR
        starts[name] = len(fat)
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
        body += data
    names = list(full)
    entries = [_entry("Root Entry", 5, child=1)]
    entries += [
        _entry(name, 2, right=at + 1 if at < len(names) else _FREE, start=starts[name], size=len(full[name]))
        for at, name in enumerate(names, 1)
    ]
    entries += [_entry("", 0)] * (-len(entries) % 4)
    directory = len(fat)
    sectors = len(entries) * 128 // _SECTOR
    fat += [*range(directory + 1, directory + sectors), _END]
    body += b"".join(entries)
    own = 1
    while (len(fat) + own) * 4 > own * _SECTOR:
        own += 1
    first = len(fat)
    fat += [_FAT] * own
    fat += [_FREE] * (own * _SECTOR // 4 - len(fat))
    body += struct.pack(f"<{len(fat)}I", *fat)
    places = [first + at for at in range(own)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, own, directory, 0, _LARGE, _END, 0, _END, 0)
    return head + struct.pack("<109I", *places, *[_FREE] * (109 - own)) + body


def _entry(name: str, kind: int, *, child: int = _FREE, right: int = _FREE, start: int = 0, size: int = 0) -> bytes:
    text = (name + "\0").encode("utf-16-le") if name else b""
    start = _END if kind == 5 else start
    return text.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIQ", len(text), kind, 1, _FREE, right, child, 0, start, size
    )
