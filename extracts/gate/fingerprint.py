"""Marks of one extract: the keys, what is keyed, and marked cells (fingerprint.md 2.1, 2.2). Imports no database.

The HMACs of ``sql/extracts/tokens`` and ``manifest`` are computed there, with the pads given here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.keys import Key, Words
from extracts.gate.channels import Channel

TOKEN_BYTES = 16
TAG_BYTES = 4
"""Of a ban token's 128 bits, 32 name the extract; the other 96 nobody can guess (R040)."""
SCHEME = 2
"""Of what a manifest means: since 2 a symbol is drawn from the unit's token, before from its nonce."""

_BETWEEN, _MISSING = "\x1f", "\x00"
"""Between the cells that a channel looks at, and in the place of one that is missing: neither is in the register."""
_ALTERNATIVES = pa.schema(
    [("choice", pa.bool_()), ("text0", pa.string()), ("text1", pa.string())]
    + [(name, pa.uint64()) for name in ("alt0", "alt1", "canonical")]
)
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)
_TOKEN_LETTERS = 26
_GROUPS = 4

_MAC_BYTES = 32

Numbers = npt.NDArray[Any]
Pads = dict[str, bytes]


def _pads(**keys: Key) -> Pads:
    named = {}
    for name, key in keys.items():
        named[f"{name}_inner"], named[f"{name}_outer"] = key.pads
    return named


@dataclass(frozen=True)
class Marker:
    """The fingerprint key seen from one extract: its own scope, its customer's scope.

    Of continuous use ``extract`` is the subscription: whoever stays in it looks the same in every delta.
    """

    key: Key
    extract: str
    customer: str

    @property
    def scope_keys(self) -> tuple[Key, Key]:
        """The keys that draw the symbols: the extract's own and its customer's. All that a dispute shows."""
        symbol = self.key.derive("sym")
        return symbol.sub(self.extract), symbol.sub(self.customer)

    def manifest_pads(self) -> Pads:
        """Keys of unit tokens, person links and blind indexes; the same in all extracts, to match them."""
        return _pads(unit=self.key.derive("unit"), link=self.key.derive("link"), blind=self.key.derive("blind"))

    @property
    def token_key(self) -> Key:
        """Key of the per-row ban tokens; they tell nobody that two extracts hold the same person."""
        return self.key.derive("ban-token").sub(self.extract)

    @property
    def row_key(self) -> Key:
        """Key of the row keys of a subscription; they tell nobody that two subscriptions hold the same person."""
        return self.key.derive("row").sub(self.extract)

    @property
    def state_key(self) -> Key:
        """Key of the digests of what a subscription delivered."""
        return self.key.derive("state").sub(self.extract)

    def state_pads(self) -> Pads:
        """Keys of unit tokens, of row keys, and of the digests of rows."""
        return _pads(unit=self.key.derive("unit"), key=self.row_key, state=self.state_key)

    @property
    def token_tag(self) -> bytes:
        """What the ban tokens of this extract begin with: it leads to the manifest without opening the others, and
        tells what was never a token of ours."""
        return self.key.derive("ban-extract").mac(self.extract.encode())[:TAG_BYTES]

    def token(self, unit: str) -> bytes:
        """The ban token of one unit, as ``sql/extracts/tokens`` makes it for whole columns."""
        return self.token_tag + self.token_key.mac(unit.encode())[: TOKEN_BYTES - TAG_BYTES]

    @property
    def blind_key(self) -> Key:
        return self.key.derive("blind")

    @property
    def leftover_key(self) -> Key:
        """Key of the left-over hashes; the recipient gets it, so nothing else is made with it."""
        return self.key.derive("leftover").sub(self.extract)

    @cached_property
    def placing_key(self) -> Key:
        """Key of the sampler that draws seeds and their neighbours; asked for with every organisation that it draws."""
        return self.key.derive("seed").sub(self.extract)


def draws(marker: Marker, units: Sequence[str], *, channel: Channel) -> dict[str, Numbers]:
    """``symbol, p, scope`` of each unit in one channel (fingerprint.md 2.1); scope 1 is the extract's own.

    The symbol is drawn from the unit's token, as the manifest has it: whoever is shown a scope key can draw it again.
    """
    name = f":{channel.name}"
    messages = [f"{unit}{name}".encode() for unit in units]
    tokens = marker.key.derive("unit").macs(unit.encode() for unit in units)
    shown = [f"{token.hex()[: 2 * TOKEN_BYTES]}{name}".encode() for token in tokens]
    scope = _octets(marker.key.derive("lvl").macs(messages))[:, -1] & 1
    low, high = channel.biases
    p = np.where(_octets(marker.key.derive("bias").macs(messages))[:, -1] & 1, high, low)
    symbol = np.zeros(len(units), np.int8)
    for own, key in zip((1, 0), marker.scope_keys, strict=True):
        places = np.flatnonzero(scope == own)
        drawn = _words(key.macs(shown[place] for place in places)) >> np.uint64(11)
        symbol[places] = drawn / 2.0**53 < p[places]
    return {"symbol": symbol, "p": p, "scope": scope.astype(np.int8)}


def alternatives(channel: Channel, cells: pa.Array, *, others: Sequence[pa.Array] = (), key: Key) -> pa.Table:
    """The two renderings of each cell and their blind indexes; ``others`` are the columns that the channel needs.

    ``choice BOOL; text0, text1 TEXT; alt0, alt1, canonical UINT64``, all but ``choice`` null where the cell offers
    none. The channel sees each distinct value once.
    """
    texts = pc.binary_join_element_wise(*(pc.fill_null(part, _MISSING) for part in others), cells, _BETWEEN)
    encoded = pc.dictionary_encode(texts)
    row_of: list[int | None] = []
    shown: list[tuple[str | None, str | None]] = []
    forms: list[bytes] = []
    for text in encoded.dictionary.to_pylist():
        *needed, cell = text.split(_BETWEEN)
        given = [None if part == _MISSING else part for part in needed]
        first, second = channel.render(cell, 0, *given), channel.render(cell, 1, *given)
        if first == second:
            row_of.append(None)
            continue
        row_of.append(len(shown))
        shown.append((first, second))
        said = (channel.exact(first), channel.exact(second), f"={channel.canonicalise(cell)}")
        forms += (f"{channel.name}:{form}".encode() for form in said)
    text0, text1 = zip(*shown, strict=True) if shown else ((), ())
    blind = _words(key.macs(forms)).reshape(-1, 3)
    columns = [pa.array([True] * len(shown), pa.bool_()), pa.array(text0, pa.string()), pa.array(text1, pa.string())]
    offered = pa.Table.from_arrays([*columns, *(pa.array(one) for one in blind.T)], schema=_ALTERNATIVES)
    found = offered.take(pa.array(row_of, pa.int32()).take(encoded.indices))
    return found.set_column(0, "choice", pc.fill_null(found["choice"], False))


def _octets(macs: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b"".join(macs), np.uint8).reshape(-1, _MAC_BYTES)


def _words(macs: Sequence[bytes]) -> Words:
    """The first eight bytes of each."""
    words: Words = np.frombuffer(b"".join(macs), ">u8").reshape(-1, _MAC_BYTES // 8)[:, 0].astype(np.uint64)
    return words


def rendered(cells: pa.Array, choices: pa.Table, *, symbols: pa.Array) -> pa.Array:
    """The cells as delivered: where there is a choice, the rendering that the symbol says."""
    chosen = pc.if_else(pc.equal(symbols, 1), choices["text1"], choices["text0"])
    return pc.if_else(choices["choice"], chosen, cells)


def token_of(text: str) -> bytes | None:
    """The token in a ban link, or in what somebody typed of it; None when there is none."""
    letters = text.partition("?")[0].rstrip("/").rsplit("/", 1)[-1].strip().lower()
    if len(letters) != _TOKEN_LETTERS:
        return None
    try:
        return base64.b32decode(letters.upper() + "=" * (-len(letters) % 8))
    except ValueError:
        return None


def token_texts(tokens: pa.Array) -> pa.Array:
    """16-byte tokens as 26 letters: base 32, lower case, no padding."""
    count = len(tokens)
    if not count:
        return pa.array([], pa.string())
    octets = np.frombuffer(b"".join(tokens.to_pylist()), dtype=np.uint8).reshape(count, TOKEN_BYTES)
    padded = np.zeros((count, _GROUPS * 5), dtype=np.uint8)
    padded[:, :TOKEN_BYTES] = octets
    b = padded.reshape(count, _GROUPS, 5).transpose(2, 0, 1)  # 5 octets make 8 letters
    fives = (
        b[0] >> 3,
        b[0] << 2 | b[1] >> 6,
        b[1] >> 1,
        b[1] << 4 | b[2] >> 4,
        b[2] << 1 | b[3] >> 7,
        b[3] >> 2,
        b[3] << 3 | b[4] >> 5,
        b[4],
    )
    letters = _ALPHABET[np.stack(fives, axis=-1) & 31].reshape(count, _GROUPS * 8)[:, :_TOKEN_LETTERS]
    flat = np.ascontiguousarray(letters).tobytes()
    return pa.Array.from_buffers(
        pa.string(),
        count,
        [
            None,
            pa.py_buffer(np.arange(0, (count + 1) * _TOKEN_LETTERS, _TOKEN_LETTERS, dtype=np.int32)),
            pa.py_buffer(flat),
        ],
    )
