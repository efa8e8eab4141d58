"""Key files, and the SQL macros that key whole columns as Python keys one value (decision 2)."""

from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

import sql
from core.errors import ConfigError
from core.keys import NAMES, Key, create_keys, read_key

KEYS = st.binary(min_size=32, max_size=32).map(lambda secret: Key(secret, "test"))


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    for name in ("hmac_hex", "hmac64", "hmac_unit"):
        made.execute(sql.load(name))
    return made


@settings(max_examples=200)
@given(key=KEYS, message=st.text(max_size=200))
def test_sql_and_python_key_alike(connection: duckdb.DuckDBPyConnection, key: Key, message: str) -> None:
    inner, outer = key.pads
    bound = {"i": inner, "o": outer, "m": message.encode()}
    found = connection.execute("SELECT hmac_hex($i, $o, $m), hmac64($i, $o, $m), hmac_unit($i, $o, $m)", bound)
    digest = hmac.new(key.secret, message.encode(), hashlib.sha256).digest()
    first = int.from_bytes(digest[:8], "big")
    assert found.fetchone() == (digest.hex(), first, (first >> 11) / 2**53)
    assert key.mac(message.encode()) == digest
    assert key.macs([b"another", message.encode()]) == [key.mac(b"another"), digest]


def test_the_known_answer_of_rfc_4231_holds() -> None:
    """Test case 1, its 20-byte key padded by zeros, which HMAC treats alike."""
    key = Key(b"\x0b" * 20 + b"\0" * 12, "rfc")
    assert key.mac(b"Hi There").hex() == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"


@given(key=KEYS)
def test_purposes_and_scopes_are_separated(key: Key) -> None:
    derived = {key.derive(purpose).secret for purpose in ("bias", "lvl", "sym", "sel", "unit", "link", "blind")}
    assert len(derived | {key.secret}) == 8
    assert key.derive("sel") == key.derive("sel")
    assert key.sub("customer-a").secret != key.sub("customer-b").secret
    assert key.derive("sel").sub("customer-a").secret == key.derive("sel").mac(b"customer-a")


def test_key_files_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys")
    before = {name: read_key(tmp_path / "keys", name) for name in NAMES}
    create_keys(tmp_path / "keys")
    assert {name: read_key(tmp_path / "keys", name) for name in NAMES} == before
    assert len({key.secret for key in before.values()}) == len(NAMES)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_never_shows_its_secret(tmp_path: Path) -> None:
    create_keys(tmp_path)
    key = read_key(tmp_path, "suppression")
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert key.secret.hex() not in shown
        assert repr(key.secret) not in shown


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "key_missing"),
        ("", "key_invalid"),
        ("only-an-id", "key_invalid"),
        ("id 00ff", "key_invalid"),
        ("id zz", "key_invalid"),
        ("ä ö", "key_invalid"),
    ],
)
def test_a_key_file_that_is_no_key_is_refused(tmp_path: Path, content: str | None, code: str) -> None:
    if content is not None:
        (tmp_path / "suppression.key").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_key(tmp_path, "suppression")
    assert refused.value.code == code
