"""The order of the codes in a multi-valued cell: "FIN;IT" or "IT;FIN"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from core import identity
from extracts.gate.channels.base import HIGH, LOW, Layer, Unit
from schemas import codes

_LONGEST = 400


class ListOrder:
    """Responsibility codes: ascending is 0, descending is 1."""

    name = "list"
    layer = Layer.RENDERING
    unit = Unit.ROLE
    columns = ("responsibilities",)
    needs = ()
    biases = (LOW, HIGH)
    separator = ";"
    _split = re.compile(r"[;,|/\n]")

    def _codes(self, cell: str | None) -> list[str]:
        return [code for part in self._split.split(cell or "") if (code := part.strip().upper())]

    def render(self, cell: str, symbol: int, *_others: str | None) -> str:
        return self.separator.join(sorted(self._codes(cell), reverse=bool(symbol)))

    def exact(self, cell: str | None) -> str:
        return self.separator.join(self._codes(cell))

    def canonicalise(self, cell: str | None) -> str:
        return self.separator.join(sorted(self._codes(cell)))

    def read(self, column: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Lists of codes, or of their names in any language, with any separator."""
        unified = pc.utf8_trim_whitespace(pc.replace_substring_regex(column, r"\s*[;,/|\r\n]+\s*", ";"))
        spaced = pc.fill_null(pc.match_substring_regex(unified, r"^[A-Z]{2,3}( +[A-Z]{2,3})+$"), False)
        unified = pc.if_else(spaced, pc.replace_substring_regex(unified, r" +", ";"), unified)
        plausible = pc.and_(pc.match_substring(unified, ";"), pc.less(pc.utf8_length(unified), _LONGEST))
        encoded = pc.dictionary_encode(
            pc.if_else(pc.fill_null(plausible, False), unified, pa.scalar(None, pa.string()))
        )
        split = pc.split_pattern(encoded.dictionary, ";")
        words = pc.unique(pc.list_flatten(split))
        code_of = {
            word: _code_of().get(fold)
            for word, fold in zip(words.to_pylist(), identity.fold_names(words).to_pylist(), strict=True)
        }
        exact: list[str | None] = []
        canonical: list[str | None] = []
        for listed in split.to_pylist():  # distinct cells
            found = [code_of[word] for word in listed if word]
            known = [code for code in found if code]
            whole = len(known) == len(found) > 1
            exact.append(";".join(known) if whole else None)
            canonical.append(";".join(sorted(known)) if whole else None)
        exact_cells, canonical_cells = (pa.array(texts, pa.string()) for texts in (exact, canonical))
        return pc.take(exact_cells, encoded.indices), pc.take(canonical_cells, encoded.indices)


@cache
def _code_of() -> Mapping[str, str]:
    """Folded code, or label in any language, to the code."""
    words = [
        (text, code)
        for code, label in codes.responsibilities().items()
        for text in (code, label.fi, label.sv, label.en)
    ]
    folded = identity.fold_names(pa.array([text for text, _ in words])).to_pylist()
    return MappingProxyType({text: code for text, (_, code) in zip(folded, words, strict=True)})


LIST = ListOrder()
