"""``fyr learn federate``: hospitals compute one result together, each from its own rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fyr.cli.output import as_json, json_option

__all__ = ["federate"]


@click.command()
@click.option("--sites", "sites", multiple=True, metavar="FILE…", help="Each hospital's table; NAME=FILE names it.")
@click.argument("more", nargs=-1, metavar="[FILE]…")
@click.option("--by-site-column", "by_column", metavar="COLUMN", help="Split one table into hospitals by this column.")
@click.option("--method", required=True, help="What is computed: logistic, cox, …")
@click.option("--features", multiple=True, metavar="A,B,…", help="Columns; may be repeated.")
@click.option("--outcome", metavar="COLUMN[=CODE]", help="What is explained; CODE: the value that counts as 1.")
@click.option("--time", "time", metavar="COLUMN", help="The follow-up time.")
@click.option(
    "--event", metavar="COLUMN[=CODE]", help="1 where it happened, 0 where not; CODE: the value that counts as 1."
)
@click.option("--strata", multiple=True, metavar="site[,COLUMN]", help="'site' is the hospital itself.")
@click.option("--l2", type=click.FloatRange(min=0), help="Penalty: half of it times the sum of squared coefficients.")
@click.option("--ties", help="How equal times are taken (Cox): breslow or efron.")
@click.option("--option", "further", multiple=True, metavar="KEY=VALUE", help="A further option of the method.")
@click.option("--missing", multiple=True, metavar="CODE", help="Stands for no value, besides '', NA and NaN.")
@click.option("--name", default="study", show_default=True, help="Of the study.")
@click.option("--quorum", type=click.IntRange(min=0), default=0, help="Hospitals that must answer; all by default.")
@click.option(
    "--on-refusal",
    type=click.Choice(["stop", "exclude"]),
    default="stop",
    show_default=True,
    help="What follows when a hospital refuses, or answers what cannot be true.",
)
@click.option("--rule", "rules", multiple=True, metavar="KEY=VALUE", help="A rule of disclosure: minimum_count=5, …")
@click.option("--journal", type=click.Path(path_type=Path), help="Folder that keeps every round; goes on from there.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the model that is trained.")
@json_option
def federate(
    sites: tuple[str, ...],
    more: tuple[str, ...],
    by_column: str | None,
    method: str,
    json_wanted: bool,
    **asked: Any,
) -> None:
    """Compute one result over hospitals: the sums go between them, the rows do not.

    The result is that of all rows put together, not an average of models. Here every hospital is a site in this
    process; over a network the same study gives the same bytes.
    """
    from fyr.cli.learn_federate_run import Asked, run
    from fyr.cli.learn_federate_text import federate_text

    document = run(Asked(files=(*sites, *more), by_column=by_column, method=method, **asked), _tell)
    if json_wanted:
        as_json(document)
    else:
        click.echo("\n".join(federate_text(document)))


def _tell(number: int, answered: int, sites: int) -> None:
    """Show on stderr how far it is, where that is a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[Kround {number}: {answered} of {sites} hospitals", err=True, nl=False)
