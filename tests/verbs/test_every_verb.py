"""Every verb is run by some test, in a process of the suite: wiring that nobody ran is wiring that does not work."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click

from service.cli import assemble, cli

TESTS = Path(__file__).parents[1]
_LONGEST_LINE = 300


def verbs(command: click.Command, context: click.Context, *path: str) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from verbs(found, context, *path, name)


def words(source: str) -> set[str]:
    """The words of a file's literals, as command lines are written."""
    literals = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {word for text in literals if isinstance(text, str) and len(text) < _LONGEST_LINE for word in text.split()}


def test_every_verb_is_named_by_a_test_that_runs_verbs() -> None:
    assemble()
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    said = [words(source) for source in sources if "main(" in source or "desk" in source or " run(" in source]
    everything = list(verbs(cli, click.Context(cli)))
    assert len(everything) > 200
    assert [" ".join(verb) for verb in everything if not any(set(verb) <= one for one in said)] == []
