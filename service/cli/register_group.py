"""The group ``rajaus register``; its verbs are in ``sources`` (load) and ``publish``."""

from __future__ import annotations

import click

from service.cli.common import Verbs


@click.group("register", cls=Verbs)
def register() -> None:
    """What is known: load sources, publish snapshots.

    \b
    Example:  rajaus register load --source prh all_companies.zip
              rajaus register load --source contacts organisations.csv positions.csv
              rajaus register publish
    """
