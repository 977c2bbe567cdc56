"""The configuration that holds for a command: ``fyr.toml``, and what the command line says instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from fyr.cli.duration import option_duration
from fyr.cli.home import Home
from fyr.errors import UsageError

if TYPE_CHECKING:
    from fyr.serve.configuration import Configuration

__all__ = ["config_option", "configured"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_PLACES: Final = {
    "hospital": ("hospital", "title"),
    "policy": ("hospital", "policy"),
    "nurses": ("hospital", "nurses"),
    "per_nurse_hour": ("hospital", "per_nurse_hour"),
    "lateness": ("hospital", "lateness_us"),
    "host": ("server", "host"),
    "port": ("server", "port"),
    "names": ("server", "names"),
}
"""Where in the configuration each option of ``fyr serve`` stands."""


def config_option(command: _Command) -> _Command:
    """Give a verb ``--config``; it arrives as the parameter ``config_path``."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The configuration; by default FYR_CONFIG, else fyr.toml in the home, else none. Options win over it.",
    )(command)


def configured(context: click.Context, home: Home, config_path: Path | None) -> Configuration:
    """Return the configuration, with the options that were given on the command line in their places."""
    from fyr.serve.configuration import configuration_file, read_configuration

    configuration = read_configuration(configuration_file(config_path, home))
    said: dict[str, dict[str, Any]] = {}
    for option, (section, key) in _PLACES.items():
        if context.get_parameter_source(option) in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
            value = context.params[option]
            said.setdefault(section, {})[key] = option_duration(value, "--lateness") if option == "lateness" else value
    configuration = replace(
        configuration,
        **{section: replace(getattr(configuration, section), **values) for section, values in said.items()},
    )
    if configuration.hospital.per_nurse_hour is not None and configuration.hospital.nurses is None:
        raise UsageError("--per-nurse-hour says nothing without --nurses", mend="add --nurses N")
    return configuration
