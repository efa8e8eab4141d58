"""The group ``rajaus subject``; its verbs are in ``subjects`` (cases, access) and in the modules beside it."""

from __future__ import annotations

import click

from service.cli.common import Verbs


@click.group("subject", cls=Verbs)
def subject() -> None:
    """Rights of registered persons: cases with their clock, access, correction, erasure, objection.

    \b
    Example:  rajaus subject open --right access --via email --received 2026-11-20
              rajaus subject find --email liisa.makela@yritys.example --case case-…
              rajaus subject access --case case-… --person 1234 --to reply
              rajaus subject list
    """
