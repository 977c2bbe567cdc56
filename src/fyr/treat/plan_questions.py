"""What the models of a plan's organs ask of a person: clinical factors, alpha/beta, and the numbers of the tumour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fyr.models import ModelInput
from fyr.treat.outcome import CONTROLS, ORGANS, FittedModel
from fyr.treat.outcome.tumour_control import LOGISTIC_CONTROL
from fyr.treat.plan_risks import PlanRisks

__all__ = ["plan_questions"]

_FROM_PLAN: Final = {"dvh_dose_gy", "dvh_volume_cm3", "fractions", "dose_per_fraction_gy", "mean_dose_gy"}
_TARGETS: Final = ("GTV", "CTV", "PTV", "ITV")


def plan_questions(risks: PlanRisks) -> dict[str, Any]:
    """Return what could be said of this plan's patient, as JSON-able values.

    Returns
    -------
    dict
        ``patient`` (clinical factors with their kind and who asks), ``alpha_beta`` (organs whose fits are published
        without one), ``organs`` (what a structure can be said to be), ``tumour`` (``structures``, the targets first;
        ``inputs`` of your own numbers; ``models``, the published fits of control).
    """
    factors: dict[str, dict[str, Any]] = {}
    ratios: dict[str, list[str]] = {}
    for _, outcome in risks.complications:
        if not isinstance(outcome.model, FittedModel):
            continue
        fit = outcome.model.fit
        for one in fit.factors:
            asked = factors.setdefault(one.input.name, _question(one.input) | {"models": []})
            asked["models"] = list(dict.fromkeys([*asked["models"], fit.name]))
        if fit.alpha_beta_gy is None and outcome.organ:
            ratios[outcome.organ] = list(dict.fromkeys([*ratios.get(outcome.organ, []), fit.name]))
    curves = sorted(risks.plan.curves, key=lambda one: one.kind not in _TARGETS)
    return {
        "patient": list(factors.values()),
        "alpha_beta": [{"organ": organ, "models": models} for organ, models in ratios.items()],
        "organs": list(ORGANS),
        "tumour": {
            "structures": [one.name for one in curves if one.number is not None],
            "inputs": list(_of_control()),
            "models": [
                {"name": one.card.name, "title": one.card.title, "asks": [each["name"] for each in _asked(one)]}
                for one in CONTROLS.values()
            ],
        },
    }


def _of_control() -> Iterable[dict[str, Any]]:
    yield from (_question(one) for one in LOGISTIC_CONTROL.card.inputs if one.name not in _FROM_PLAN)


def _asked(model: FittedModel) -> Iterable[dict[str, Any]]:
    yield from (_question(one) for one in model.card.inputs if one.name not in _FROM_PLAN)


def _question(one: ModelInput) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "kind": one.kind,
        "unit": one.unit,
        "categories": list(one.categories),
        "low": one.low,
        "high": one.high,
    }
