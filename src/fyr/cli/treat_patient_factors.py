"""What a person tells of the patient and the tumour: a file, and single values on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fyr.treat.plan_course import PlanCourse
    from fyr.treat.plan_risks import PlanRisks

__all__ = ["PatientFactors", "factor_options", "patient_factors"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class PatientFactors:
    """What was said.

    Parameters
    ----------
    clinical : mapping of str to object
    tumour : mapping of str to object
    alpha_beta_gy : mapping of str to float
        By organ.
    organs : mapping of str to str or None
        By the plan's own name of a structure.
    """

    clinical: Mapping[str, Any]
    tumour: Mapping[str, Any]
    alpha_beta_gy: Mapping[str, float]
    organs: Mapping[str, str | None]

    def risks(self, plan: PlanCourse) -> PlanRisks:
        """Ask every model about a plan."""
        from fyr.treat.plan_risks import plan_risks

        return plan_risks(plan, self.clinical, self.alpha_beta_gy, self.tumour)


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
) -> PatientFactors:
    """Read what was said, and refuse what no model knows.

    Raises
    ------
    UsageError, BadInput
        If a file or an option is not understood.
    """
    from fyr.treat.plan_risks import check_patient, check_ratios

    clinical = {} if file is None else _from_file(file)
    tumour = clinical.pop("tumour", None) or {}
    if not isinstance(tumour, dict):
        raise BadInput("'tumour' is no table of names and values", where=str(file))
    for text in settings:
        name, value = _pair(text, "--set", "smoking_status=never")
        if name.startswith("tumour."):
            tumour[name.removeprefix("tumour.")] = _value(value)
        else:
            clinical[name] = _value(value)
    check_patient(clinical)
    alpha_beta: dict[str, float] = {}
    for text in ratios:
        name, value = _pair(text, "--alpha-beta", "lungs=3")
        try:
            alpha_beta[name] = float(value.casefold().removesuffix("gy"))
        except ValueError:
            raise UsageError(f"'{value}' is no number", where="--alpha-beta", mend="write lungs=3") from None
    check_ratios(alpha_beta)
    named = dict(_pair(text, "--organ", "'Herz=heart'") for text in organs)
    return PatientFactors(
        clinical, tumour, alpha_beta, {name: None if organ == "none" else organ for name, organ in named.items()}
    )


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, separator, value = (one.strip() for one in text.rpartition("="))
    if not separator or not name or not value:
        raise UsageError(f"'{text}' is not a pair", where=option, mend=f"write {example}")
    return name, value


def _value(text: str) -> Any:
    if text.casefold() in {"true", "yes"}:
        return True
    if text.casefold() in {"false", "no"}:
        return False
    try:
        return float(text)
    except ValueError:
        return text


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
