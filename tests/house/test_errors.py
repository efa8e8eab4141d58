"""Every error can be told from every other, by people and by programs."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator

import pytest

from core.errors import RajausError
from service.cli.common import BUG, EXIT_CODES, exit_code
from tests.house.source import modules

CONTRACT = {0, 2, 3, 4, 5, 6, 70}
"""The exit codes users rely on."""

OF_CLASS = {
    "ConfigError": 2,
    "InvalidInput": 2,
    "CriteriaError": 2,
    "FileRejected": 2,
    "Refused": 3,
    "PermissionRefused": 3,
    "LicenceRefused": 3,
    "BanUnreadable": 3,
    "GateBroken": 3,
    "NotFound": 4,
    "Conflict": 5,
    "FenceMoved": 5,
    "HistoryMoved": 5,
    "InvalidTransition": 5,
    "StoreError": 6,
}


def classes(base: type[RajausError] = RajausError) -> Iterator[type[RajausError]]:
    for found in base.__subclasses__():
        yield found
        yield from classes(found)


ALL = tuple(classes())


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_class_has_the_exit_code_of_the_contract(error: type[RajausError]) -> None:
    code, message = next(iter(error.catalogue.items()))
    raised = error(code, **dict.fromkeys(fields(message), "x"))
    assert exit_code(raised) == OF_CLASS[error.__name__]


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {*EXIT_CODES.values(), BUG, 0} == CONTRACT


def test_a_code_names_one_case_only() -> None:
    codes = [code for error in ALL for code in error.__dict__.get("catalogue", {})]
    assert sorted({code for code in codes if codes.count(code) > 1}) == []


def test_every_message_is_a_sentence() -> None:
    messages = {code: text for error in ALL for code, text in error.__dict__.get("catalogue", {}).items()}
    odd = [
        code
        for code, text in messages.items()
        if not (text[0].isupper() or text.startswith("{")) or not text.rstrip(".").strip() or "  " in text
    ]
    assert not odd, "\n".join(odd)


def test_an_unknown_code_is_a_fault_of_the_program() -> None:
    with pytest.raises(LookupError):
        RajausError("no_such_code")


def test_every_raise_names_a_known_code_and_all_that_its_message_needs() -> None:
    catalogues = {error.__name__: error.catalogue for error in ALL}
    wrong = []
    for module in modules():
        for node in ast.walk(module.tree):
            name = ast.unparse(node.func).rsplit(".", 1)[-1] if isinstance(node, ast.Call) else ""
            if name not in catalogues or not isinstance(node, ast.Call) or not node.args:
                continue
            code = node.args[0]
            if not isinstance(code, ast.Constant):
                continue
            given = {keyword.arg for keyword in node.keywords}
            message = catalogues[name].get(code.value)
            if message is None or (None not in given and not fields(message) <= given):
                wrong.append(f"{module.at(node)} {name}({code.value!r})")
    assert not wrong, "\n".join(wrong)


def test_every_code_is_raised_somewhere() -> None:
    constants = {
        node.value
        for module in modules()
        if module.name != "core/errors.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    parts = {  # NotFound(f"{noun}_unknown") with the nouns as constants
        str(part.value)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.Constant)
    }
    codes = {code for error in ALL for code in error.__dict__.get("catalogue", {})}
    computed = {c for c in codes for p in parts if c.endswith(p) and c.removesuffix(p) in constants}
    unused = sorted(codes - constants - computed)
    assert not unused, "\n".join(unused)
