"""Which record a verb means: the folder that every verb finds in the same way."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["home_option"]

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FYR_HOME",
    default=Path(".fyr"),
    show_default=True,
    show_envvar=True,
    help="The folder of this hospital's record.",
)
