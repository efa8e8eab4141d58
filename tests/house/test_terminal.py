"""Lists on the terminal: ids are never cut, sentences go on in the next line."""

from __future__ import annotations

import io

from rich.console import Console

from service.tables import print_listing

_SENTENCE = "The customer still has to state that it disposed of an extract of a campaign that ended long ago. " * 2


def printed(*, terminal: bool, prose: str | None) -> str:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=terminal, no_color=True)
    print_listing(console, ("code", "reason"), [["disposal_overdue", _SENTENCE]], prose=prose)
    return file.getvalue()


def test_a_sentence_goes_on_in_the_next_line_on_a_terminal_and_its_code_stays_whole() -> None:
    shown = printed(terminal=True, prose="reason")
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "disposal_overdue" in shown
    words = " ".join(shown.replace("disposal_overdue", "").split())
    assert " ".join(_SENTENCE.split()) in words


def test_into_a_file_each_row_is_one_line() -> None:
    for shown in (printed(terminal=False, prose="reason"), printed(terminal=True, prose=None)):
        assert any("disposal_overdue" in line and _SENTENCE.strip() in line for line in shown.splitlines())
