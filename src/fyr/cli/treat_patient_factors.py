"""What a person tells of the patient and the tumour: a file, and single values on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.treat.plan_factors import PlanFactors

__all__ = ["factor_options", "patient_factors"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def factor_options(command: _Command) -> _Command:
    """Give a verb the options that :func:`patient_factors` takes."""
    for option in (
        click.option(
            "--alpha-beta", "ratios", multiple=True, metavar="ORGAN=GY",
            help="Of an organ, for fits that are published without one; repeatable.",
        ),
        click.option(
            "--organ", "organs", multiple=True, metavar="NAME=ORGAN",
            help="Which organ a structure is, or 'none'; goes before its TG-263 name; repeatable.",
        ),
        click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE",
            help="A clinical factor, or tumour.NAME=VALUE; goes before --patient; repeatable.",
        ),
        click.option(
            "--patient", "patient_file", type=click.Path(path_type=Path),
            help="Clinical factors, and under 'tumour' the tumour's numbers: a .json or .yaml file.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def patient_factors(
    file: Path | None, settings: tuple[str, ...], organs: tuple[str, ...], ratios: tuple[str, ...]
) -> PlanFactors:
    """Read what was said, and refuse what no model knows.

    Raises
    ------
    UsageError, BadInput
        If a file or an option is not understood.
    """
    from fyr.treat.plan_factors import plan_factors

    return plan_factors(settings, organs, ratios, {} if file is None else _from_file(file))


def _from_file(path: Path) -> dict[str, Any]:
    import json

    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput("the file cannot be read as UTF-8 text", where=str(path), mend="check the path") from problem
    try:
        found = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as problem:
        raise BadInput(f"the file is not understood ({str(problem).splitlines()[0]})", where=str(path)) from problem
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise BadInput(
            "the file is no table of names and values", where=str(path), mend="write 'smoking_status: never'"
        )
    return found
