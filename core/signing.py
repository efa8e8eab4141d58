"""Signed JSON documents that anybody can check: Ed25519 over canonical JSON (RFC 8032, RFC 8785).

The form is that of W3C Data Integrity, cryptosuite ``eddsa-jcs-2022``: a ``proof`` inside the document names the public
key and holds the signature. A public key is written as a multikey, ``z6Mk…``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from core.keys import Key

VALID, UNKNOWN_KEY, ALTERED, UNSIGNED = "valid", "unknown_key", "altered", "unsigned"
"""What :func:`check` says of a document."""

_SUITE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}
_PURPOSE = "assertionMethod"
_ED25519 = b"\xed\x01"
_LONGEST = 100
"""Letters of a key or signature at most; more is not worth reading."""
_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

Document = dict[str, Any]


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one text of a JSON document: keys sorted, no white space, UTF-8 (RFC 8785)."""
    return rfc8785.dumps(dict(document))


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, hex."""
    return hashlib.sha256(canonical(document)).hexdigest()


def public_key(key: Key) -> str:
    """The public half of a signing key, as a multikey."""
    raw = _private(key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return _multibase(_ED25519 + raw)


def public_pem(key: Key) -> str:
    """The same as PEM, for other programs."""
    public = _private(key).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def as_public_key(text: str) -> str:
    """A public key given as a multikey, a ``did:key`` or PEM, as a multikey. Raises ``ValueError``."""
    if text.lstrip().startswith("-----BEGIN"):
        loaded = load_pem_public_key(text.strip().encode("ascii"))
        if not isinstance(loaded, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return _multibase(_ED25519 + loaded.public_bytes(Encoding.Raw, PublicFormat.Raw))
    multikey = text.strip().removeprefix("did:key:").split("#")[0]
    _public(multikey)
    return multikey


def sign(document: Mapping[str, Any], key: Key, *, at: datetime) -> Document:
    """The document with its ``proof``, made at ``at`` (to the second)."""
    multikey = public_key(key)
    options: Document = {
        **_SUITE,
        "created": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": f"did:key:{multikey}#{multikey}",
        "proofPurpose": _PURPOSE,
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = _private(key).sign(_message(document, options))
    return {**document, "proof": {**options, "proofValue": _multibase(signature)}}


def signer(document: Mapping[str, Any]) -> str | None:
    """The multikey that a document says it is signed with; nothing is checked."""
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, Mapping) else None
    return method.rsplit("#", 1)[-1] if isinstance(method, str) else None


def check(document: Mapping[str, Any], trusted: Collection[str]) -> str:
    """``valid``, ``unknown_key`` (whole, by a key that is not among the ``trusted`` multikeys), ``altered`` or
    ``unsigned``."""
    proof = document.get("proof")
    if not isinstance(proof, Mapping) or any(proof.get(name) != value for name, value in _SUITE.items()):
        return UNSIGNED
    multikey = signer(document)
    rest = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        if proof.get("proofPurpose") != _PURPOSE or options.get("@context", rest.get("@context")) != rest.get(
            "@context"
        ):
            return ALTERED
        key = _public(multikey or "")
        key.verify(_bytes(str(proof.get("proofValue"))), _message(rest, options))
    except (ValueError, InvalidSignature, rfc8785.CanonicalizationError):
        return ALTERED
    return VALID if multikey in trusted else UNKNOWN_KEY


def _message(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    parts = (options, {name: value for name, value in document.items() if name != "proof"})
    return b"".join(hashlib.sha256(canonical(part)).digest() for part in parts)


def _private(key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key.secret)


def _public(multikey: str) -> Ed25519PublicKey:
    raw = _bytes(multikey)
    if not raw.startswith(_ED25519):
        raise ValueError("not an Ed25519 multikey")
    return Ed25519PublicKey.from_public_bytes(raw.removeprefix(_ED25519))


def _multibase(raw: bytes) -> str:
    """Base 58 with the alphabet of Bitcoin, marked by ``z``."""
    number, text = int.from_bytes(raw), ""
    while number:
        number, letter = divmod(number, 58)
        text = _LETTERS[letter] + text
    return "z" + _LETTERS[0] * (len(raw) - len(raw.lstrip(b"\0"))) + text


def _bytes(text: str) -> bytes:
    """Inverse of :func:`_multibase`; ``ValueError``."""
    if not text.startswith("z") or len(text) > _LONGEST:
        raise ValueError("not base 58")
    letters = text[1:]
    number = 0
    for letter in letters:
        number = number * 58 + _LETTERS.index(letter)
    return b"\0" * (len(letters) - len(letters.lstrip(_LETTERS[0]))) + number.to_bytes((number.bit_length() + 7) // 8)
