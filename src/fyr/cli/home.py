"""Which record a verb means: the folder, or the database, that every verb finds in the same way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["Home", "home_option", "set_home"]

Home = Path | str
"""A folder, or the address of a database; :meth:`fyr.record.Record.open` takes both."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _home(context: click.Context, parameter: click.Parameter, value: str) -> Home:
    if "://" in value:
        return value
    if Path(value).is_file():
        raise click.BadParameter(f"'{value}' is a file; name the folder that it is in", context, parameter)
    return Path(value)


def set_home(home: Home) -> None:
    """Let everything in this process, and in those that it starts, find the trained models and keys of this home."""
    os.environ["FYR_HOME"] = str(home)


def home_option(command: _Command) -> _Command:
    """Give a verb ``--home``; it arrives as the parameter ``home``."""
    return click.option(
        "--home",
        metavar="FOLDER|URL",
        callback=_home,
        envvar="FYR_HOME",
        default=".fyr",
        show_default=True,
        show_envvar=True,
        help="Where this hospital's record is: a folder, or postgresql://USER@HOST/NAME?files=FOLDER.",
    )(command)
