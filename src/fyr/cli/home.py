"""Which record a verb means: the folder that every verb finds in the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["home_option"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def home_option(command: _Command) -> _Command:
    """Give a verb ``--home``; it arrives as the parameter ``home``, a path."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="FYR_HOME",
        default=Path(".fyr"),
        show_default=True,
        show_envvar=True,
        help="The folder of this hospital's record.",
    )(command)
