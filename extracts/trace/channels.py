"""How the cells of a suspect are read per channel of the manifests: the exact rendering and what it stands for.

A suspect's cell may have been re-spelled on the way; whatever brings it back to a rendering that the gate
makes belongs here. A new channel is one more entry in ``CHANNELS``, under the name of its manifest columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from core import identity
from schemas import codes

Reader = Callable[[pa.Array], tuple[pa.Array, pa.Array]]
"""A column's text to (exact rendering, canonical form), null where the cell is not of the channel."""

_LONGEST_LIST = 400


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


def read_lists(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Cells that list responsibilities, as codes or labels with any separator: (in their order, sorted)."""
    unified = pc.utf8_trim_whitespace(pc.replace_substring_regex(column, r"\s*[;,/|\r\n]+\s*", ";"))
    spaced = pc.fill_null(pc.match_substring_regex(unified, r"^[A-Z]{2,3}( +[A-Z]{2,3})+$"), False)
    unified = pc.if_else(spaced, pc.replace_substring_regex(unified, r" +", ";"), unified)
    plausible = pc.and_(pc.match_substring(unified, ";"), pc.less(pc.utf8_length(unified), _LONGEST_LIST))
    encoded = pc.dictionary_encode(pc.if_else(pc.fill_null(plausible, False), unified, pa.scalar(None, pa.string())))
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


CHANNELS: Mapping[str, Reader] = MappingProxyType({"list": read_lists})
