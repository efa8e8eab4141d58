"""Signed documents: any change is seen, and other programs can check them (R033)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given, settings, strategies as st

from core import signing
from core.keys import Key

AT = datetime(2026, 11, 22, 9, 0, 0, 5, UTC)
KEY, OTHER = Key(bytes(range(32)), "licence-a"), Key(bytes(range(1, 33)), "licence-b")
DOCUMENT = {"@context": {"b": 1, "a": "ä"}, "name": "Åsa", "list": [1, {"x": None}], "flag": True}

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.text(max_size=4).filter(lambda name: name != "proof"), values, max_size=4)


@settings(max_examples=50)
@given(documents)
def test_what_is_signed_is_valid_in_any_order_of_its_keys(document: dict[str, Any]) -> None:
    signed = signing.sign(document, KEY, at=AT)
    turned = dict(reversed(json.loads(json.dumps(signed)).items()))
    assert signing.check(turned, [signing.public_key(KEY)]) == signing.VALID
    assert signing.check(turned, [signing.public_key(OTHER)]) == signing.UNKNOWN_KEY


@pytest.mark.parametrize(
    "change", [{"name": "Eva"}, {"more": 1}, {"list": [1, {"x": 0}]}, {"flag": 1}, {"@context": {"b": 1}}]
)
def test_any_change_of_the_document_is_seen(change: dict[str, Any]) -> None:
    signed = signing.sign(DOCUMENT, KEY, at=AT) | change
    assert signing.check(signed, [signing.public_key(KEY)]) == signing.ALTERED


@pytest.mark.parametrize("name", ["created", "verificationMethod", "proofPurpose", "proofValue", "@context"])
def test_any_change_of_the_proof_is_seen(name: str) -> None:
    signed = signing.sign(DOCUMENT, KEY, at=AT)
    changed = signed | {"proof": signed["proof"] | {name: "z6Mk"}}
    assert signing.check(changed, [signing.public_key(KEY)]) == signing.ALTERED


def test_another_s_signature_under_our_key_s_name_is_altered() -> None:
    """R033: the name of the key is signed too, and the signature must be that key's."""
    forged = signing.sign(DOCUMENT, OTHER, at=AT)
    forged["proof"]["verificationMethod"] = signing.sign(DOCUMENT, KEY, at=AT)["proof"]["verificationMethod"]
    assert signing.check(forged, [signing.public_key(KEY)]) == signing.ALTERED


@pytest.mark.parametrize(
    "proof", [None, "x", {}, {"type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"}, {"type": "other"}]
)
def test_a_document_without_such_a_proof_is_unsigned(proof: Any) -> None:
    assert signing.check(DOCUMENT | {"proof": proof}, []) == signing.UNSIGNED
    assert signing.check(DOCUMENT, []) == signing.UNSIGNED


@pytest.mark.parametrize("value", [2**60, float("nan"), float("inf")])
def test_what_has_no_canonical_form_is_altered(value: Any) -> None:
    signed = signing.sign(DOCUMENT, KEY, at=AT) | {"list": [value]}
    assert signing.check(signed, [signing.public_key(KEY)]) == signing.ALTERED


def test_the_signature_is_what_the_cryptosuite_says() -> None:
    """``eddsa-jcs-2022``: SHA-256 of the canonical proof options, then of the canonical document. Built here anew."""
    signed = signing.sign(DOCUMENT, KEY, at=AT)
    proof = signed.pop("proof")
    assert (proof["type"], proof["cryptosuite"], proof["created"]) == (
        "DataIntegrityProof",
        "eddsa-jcs-2022",
        "2026-11-22T09:00:00Z",
    )
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    assert options["@context"] == DOCUMENT["@context"]

    def canonical(value: Any) -> bytes:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    message = hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(signed)).digest()
    expected = Ed25519PrivateKey.from_private_bytes(KEY.secret).sign(message)
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for letter in proof["proofValue"][1:]:
        number = number * 58 + letters.index(letter)
    assert proof["proofValue"][0] == "z"
    assert number.to_bytes(64, "big") == expected


def test_a_public_key_is_read_in_every_form_it_is_written_in() -> None:
    multikey, pem = signing.public_key(KEY), signing.public_pem(KEY)
    assert multikey.startswith("z6Mk")
    load_pem_public_key(pem.encode()).verify(  # type: ignore[union-attr, call-arg]
        Ed25519PrivateKey.from_private_bytes(KEY.secret).sign(b"x"), b"x"
    )
    for text in (multikey, f"did:key:{multikey}", f"did:key:{multikey}#{multikey}", pem, f"  {multikey}\n"):
        assert signing.as_public_key(text) == multikey


@pytest.mark.parametrize("text", ["", "z", "z6Mk", "zzzz", "abc", "-----BEGIN RUBBISH-----", "z" * 5000, "z0OIl"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        signing.as_public_key(text)
