"""A desk with the published sample, whose clock a test sets: each line is a verb as people type it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.cli.common import Session
from tests.moment import NOW


@dataclass
class Desk:
    """Runs verbs with ``--json``; ``files`` is where they write and read."""

    home: Path
    files: Path
    capsys: pytest.CaptureFixture[str]
    at: datetime = NOW
    actor: str = "aino"

    def run(self, *words: object, code: int = 0) -> Any:
        """The document of a verb that ends with this exit code."""
        self.capsys.readouterr()
        session = Session(clock=lambda: self.at)
        line = [*(str(word) for word in words), "--home", str(self.home), "--json"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAJAUS_ACTOR", self.actor)
            found = main(line, session=session)
        out, err = self.capsys.readouterr()
        assert found == code, (words, out, err)
        return json.loads(out)

    def refused(self, *words: object, code: int = 3) -> str:
        """The code of the error with which a verb ends."""
        return str(self.run(*words, code=code)["error"]["code"])

    def file(self, name: str, content: object) -> Path:
        """A file that somebody hands in; anything but text is written as JSON."""
        path = self.files / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path


@pytest.fixture
def desk(published_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    home = Path(shutil.copytree(published_home, tmp_path / "home"))
    (tmp_path / "files").mkdir()
    return Desk(home, tmp_path / "files", capsys)


@pytest.fixture
def customer(desk: Desk) -> str:
    made = desk.run(
        *("customer", "add", "--name", "Asiakas Oy", "--business-id", "0112038-9"),
        *("--contact", "tietosuoja@asiakas.example"),
    )
    return str(made["customer"])


@pytest.fixture
def campaign(desk: Desk, customer: str) -> str:
    """From 1 November to 20 December 2026, by e-mail and phone, about management and IT."""
    agreement = desk.run(
        *("agreement", "add", "--customer", customer, "--mode", "campaign"),
        *("--from", "2026-01-01", "--until", "2026-12-31"),
    )["agreement"]
    opened = desk.run(
        *("campaign", "open", "--agreement", agreement, "--name", "K", "--subject", "GM,IT", "--purpose", "sales"),
        *("--channel", "email,phone", "--from", "2026-11-01", "--until", "2026-12-20"),
    )
    return str(opened["campaign"])
