"""The group ``rajaus care``; its verbs are in ``service.cli.care`` and ``care_duties``."""

from __future__ import annotations

import click

from service.cli.common import Verbs


@click.group(cls=Verbs)
def care() -> None:
    """Data care: a customer's own register matched and kept current."""
