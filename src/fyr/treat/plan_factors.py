"""What a person says of the patient, the tumour and the structures, as pairs of a name and a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fyr.errors import BadInput, UsageError
from fyr.treat.plan_course import PlanCourse
from fyr.treat.plan_risks import PlanRisks, check_patient, check_ratios, plan_risks

__all__ = ["PlanFactors", "plan_factors"]


@dataclass(frozen=True, slots=True)
class PlanFactors:
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
        return plan_risks(plan, self.clinical, self.alpha_beta_gy, self.tumour)

    def document(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {
            "patient": dict(self.clinical),
            "tumour": dict(self.tumour),
            "alpha_beta_gy": dict(self.alpha_beta_gy),
            "organs": dict(self.organs),
        }


def plan_factors(
    settings: Sequence[str] = (),
    organs: Sequence[str] = (),
    ratios: Sequence[str] = (),
    known: Mapping[str, Any] | None = None,
) -> PlanFactors:
    """Read pairs, and refuse what no model knows.

    Parameters
    ----------
    settings : sequence of str
        ``smoking_status=never``, ``tumour.tcd50_gy=50``.
    organs : sequence of str
        ``Herz=heart``; ``none`` for a structure that is no organ.
    ratios : sequence of str
        ``lungs=3``: alpha/beta in Gy.
    known : mapping, optional
        What is known already, ``tumour`` a mapping in it; `settings` go before it.

    Raises
    ------
    UsageError
        If a pair is none, or a name is not known.
    """
    clinical = dict(known or {})
    tumour = clinical.pop("tumour", None) or {}
    if not isinstance(tumour, Mapping):
        raise BadInput("'tumour' is no table of names and values", where="--patient")
    tumour = dict(tumour)
    for text in settings:
        name, value = _pair(text, "--set", "smoking_status=never")
        (tumour if name.startswith("tumour.") else clinical)[name.removeprefix("tumour.")] = _value(value)
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
    return PlanFactors(
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
