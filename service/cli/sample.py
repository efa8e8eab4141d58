"""``rajaus sample``: a synthetic register of any size."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from register.sample.generate import AS_OF, generate
from service.cli.common import DATE, Session, Verb, pass_session


@click.command("sample", cls=Verb)
@click.option(
    "--organisations",
    type=int,
    required=True,
    help="How many organisations, 10 to 3500000; positions are about three times as many.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Another seed, another register; the same seed, the same bytes.",
)
@click.option(
    "--as-of", type=DATE, default=AS_OF, show_default=True, help="The day the data is of; no date in it is later."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Directory to write into.")
@pass_session
def sample(session: Session, organisations: int, seed: int, as_of: date, out: Path) -> None:
    """Make a synthetic register with true Finnish distributions, a dirty CRM with its truth, and bans.

    Writes organisations.csv, positions.csv, crm.csv, crm_truth.csv and bans.csv. Nobody in them exists: Y-tunnus
    numbers, e-mail domains and phone numbers are ones that nobody has.

    \b
    Example:  rajaus sample --organisations 2000 --out sample
              rajaus register load --source demo sample/organisations.csv sample/positions.csv
    """
    with session.progress("Making organisations", organisations) as advance:
        made = generate(out, organisations=organisations, seed=seed, as_of=as_of, advance=advance)
    session.emit(made)
