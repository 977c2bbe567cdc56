"""Plans of one patient side by side: doses, complications, control, and how probably one is better than another.

The parameters of a fit are drawn once, and every plan is answered with the same draws: what the fit does not know is
then the same for all plans, and only its part in the difference remains. The probability that a plan is better is the
share of draws in which it is. It holds the uncertainty of the published parameters alone, not that of contours, of
delivery, or of the form of the fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, UsageError
from fyr.models import Prediction
from fyr.record.finding import Estimate
from fyr.treat.dvh_metrics import Metric, measure
from fyr.treat.outcome import OrganOutcome
from fyr.treat.outcome.combined import probability_lower
from fyr.treat.plan_course import PlanCourse, PlanCurve
from fyr.treat.plan_risks import (
    PlanRisks,
    combined,
    combined_draws,
    control_draws,
    in_hundred,
    main_endpoints,
    without_interval,
)

__all__ = ["LETTERS", "compare_plans", "named_curves"]

LETTERS: Final = "ABCDEFGH"
_POINTS: Final = 201
_UNCERTAINTY: Final = (
    "a probability of being better is the share of draws of the fit's parameters in which the plan is: it holds the "
    "published uncertainty of the parameters alone, not that of contours, of delivery, or of the form of the fit"
)
_SURE: Final = "the same order under every draw: nothing that is uncertain in this fit can turn it"


def compare_plans(
    plans: Sequence[PlanRisks], metrics: Sequence[Metric], endpoints: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return plans side by side, as JSON-able values by the letter of each plan.

    Parameters
    ----------
    plans : sequence of PlanRisks
        Two to eight.
    metrics : sequence of Metric
        Figures of every structure.
    endpoints : sequence of (structure, model)
        Those of the combined endpoint; by default the first of each structure that every plan answers.

    Raises
    ------
    UsageError
        If there are fewer than two plans or more than eight.
    BadInput
        If the plans have no structure in common, or an endpoint is asked for that one of them does not answer.
    """
    if not 2 <= len(plans) <= len(LETTERS):
        raise UsageError(f"{len(plans)} plans cannot be compared", mend=f"give two to {len(LETTERS)}")
    lettered = dict(zip(LETTERS, plans, strict=False))
    curves = {letter: named_curves(one.plan) for letter, one in lettered.items()}
    shared = [name for name in curves["A"] if all(name in one for one in curves.values())]
    if not shared:
        raise BadInput("the plans have no structure in common", mend="compare plans of one patient, or confirm names")
    keys = _asked(plans, endpoints)
    return {
        "structures": [_doses(name, lettered, curves, metrics) for name in shared],
        "not_in_all": sorted({name for one in curves.values() for name in one} - set(shared)),
        "endpoints": list(_endpoints(lettered)),
        "control": _control(lettered),
        "combined": _combined(lettered, keys),
        "notes": [_UNCERTAINTY],
    }


def named_curves(plan: PlanCourse) -> dict[str, PlanCurve]:
    """Return a plan's curves by the name that other plans know them by: that of TG-263 where it is the only one."""
    standard = [one.standard for one in plan.curves]
    return {
        one.standard if one.standard and standard.count(one.standard) == 1 else one.name: one for one in plan.curves
    }


def _asked(plans: Sequence[PlanRisks], endpoints: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    for structure, model in endpoints:
        for letter, one in zip(LETTERS, plans, strict=False):
            if (structure, model) not in one.answered():
                known = ", ".join(f"{name}:{fit}" for name, fit in one.answered()) or "none"
                raise BadInput(
                    f"plan {letter} has no answer of {model} about {structure}",
                    where="--combine",
                    mend=f"it has {known}",
                )
    return list(endpoints) or main_endpoints(plans)


def _doses(
    name: str,
    plans: Mapping[str, PlanRisks],
    curves: Mapping[str, Mapping[str, PlanCurve]],
    metrics: Sequence[Metric],
) -> dict[str, Any]:
    mine = {letter: curves[letter][name] for letter in plans}
    greatest = max(one.dvh.max_gy for one in mine.values())
    doses = np.linspace(0, greatest * 1.01, _POINTS)
    figures = {}
    for metric in metrics:
        values = {
            letter: measure(metric, one.dvh, plans[letter].plan.prescription_gy, None) for letter, one in mine.items()
        }
        first = values["A"].value
        figures[metric.text] = {
            "unit": values["A"].unit,
            "values": {letter: one.value for letter, one in values.items()},
            "less_a": {
                letter: None if one.value is None or first is None else one.value - first
                for letter, one in values.items()
                if letter != "A"
            },
        }
    return {
        "structure": name,
        "own_names": {letter: one.name for letter, one in mine.items()},
        "organ": mine["A"].organ,
        "volume_cm3": {letter: one.dvh.volume_cm3 for letter, one in mine.items()},
        "metrics": figures,
        "curve": {
            "dose_gy": doses.round(5).tolist(),
            "volume_percent": {
                letter: (100 * one.dvh.volume_at(doses) / one.dvh.covered_cm3).round(4).tolist()
                for letter, one in mine.items()
            },
        },
    }


def _endpoints(plans: Mapping[str, PlanRisks]) -> Iterable[dict[str, Any]]:
    """Yield every complication that a plan answers, with the others' answers or reasons."""
    asked: dict[str, dict[tuple[str, str], OrganOutcome]] = {letter: {} for letter in plans}
    for letter, one in plans.items():
        named = {id(curve): name for name, curve in named_curves(one.plan).items()}
        for curve, outcome in one.complications:
            if outcome.model is not None:
                asked[letter][named[id(curve)], outcome.model.card.name] = outcome
    keys = dict.fromkeys(key for found in asked.values() for key in found)
    for key in keys:
        found = {letter: asked[letter].get(key) for letter in plans}
        if not any(one is not None and isinstance(one.answer, Prediction) for one in found.values()):
            continue
        any_one = next(one for one in found.values() if one is not None)
        document = next(one for one in _documents(plans) if one["model"]["name"] == key[1])
        yield {
            "structure": key[0],
            "organ": any_one.organ,
            **{name: document[name] for name in ("endpoint", "model", "title", "citation", "interval_note")},
            "answers": {letter: _answer(one) for letter, one in found.items()},
            "pairs": list(_pairs(found)),
        }


def _documents(plans: Mapping[str, PlanRisks]) -> Iterable[dict[str, Any]]:
    for one in plans.values():
        yield from one.document()["complications"]


def _answer(outcome: OrganOutcome | None) -> dict[str, Any]:
    if outcome is None:
        return {"estimate": None, "natural_frequency": None, "reason": "the plan has no such structure"}
    if not isinstance(outcome.answer, Prediction):
        return {"estimate": None, "natural_frequency": None, "reason": outcome.answer.reason}
    estimate = next(iter(outcome.answer.estimates.values()))
    told = in_hundred(estimate) if estimate.output in {"ntcp", "tcp"} else None
    return {
        "estimate": {"value": estimate.value, "low": estimate.low, "high": estimate.high, "quantity": estimate.output},
        "natural_frequency": told,
        "reason": None,
    }


def _pairs(found: Mapping[str, OrganOutcome | None]) -> Iterable[dict[str, Any]]:
    for first, second in combinations(found, 2):
        one, other = found[first], found[second]
        if one is None or other is None or not (_is_answered(one) and _is_answered(other)):
            yield _no_pair(first, second, "one of the two has no answer")
            continue
        try:
            draws = one.draws(), other.draws()
        except BadInput as problem:
            yield _no_pair(first, second, problem.what)
            continue
        yield _pair(first, second, draws, (_point(one), _point(other)))


def _is_answered(outcome: OrganOutcome) -> bool:
    return isinstance(outcome.answer, Prediction)


def _point(outcome: OrganOutcome) -> float:
    if not isinstance(outcome.answer, Prediction):
        raise BadInput(outcome.answer.reason, where=outcome.structure)
    return next(iter(outcome.answer.estimates.values())).value


def _no_pair(first: str, second: str, reason: str) -> dict[str, Any]:
    return {
        "better": first, "than": second, "probability": None, "difference": None, "reason": reason, "note": "",
    }  # fmt: skip


def _pair(
    first: str,
    second: str,
    draws: tuple[NDArray[np.float64], NDArray[np.float64]],
    points: tuple[float, float],
    *,
    higher_is_better: bool = False,
) -> dict[str, Any]:
    """Return how probably the first is better, and the difference (second less first) with its 95 % interval."""
    if max(len(one) for one in draws) < 2 or all(np.ptp(one) == 0 for one in draws):
        found = _no_pair(first, second, "no interval was published for this fit: its uncertainty is not known")
        return found | {"difference": {"value": points[1] - points[0], "low": None, "high": None}}
    one, other = np.broadcast_arrays(*draws)
    apart = other - one
    low, high = (float(end) for end in np.quantile(apart, [0.025, 0.975]))
    lower = probability_lower(one, other)
    difference = points[1] - points[0]
    return {
        "better": first,
        "than": second,
        "probability": 1 - lower if higher_is_better else lower,
        "difference": {"value": difference, "low": min(low, difference), "high": max(high, difference)},
        "reason": None,
        "note": _SURE if lower in {0.0, 1.0} else "",
    }


def _control(plans: Mapping[str, PlanRisks]) -> dict[str, Any] | None:
    """Return tumour control side by side; ``None`` where no tumour's numbers were given."""
    found = {letter: one.control for letter, one in plans.items()}
    first = found["A"]
    if first is None or first.model is None:
        return None
    pairs = []
    for one, other in combinations(plans, 2):
        both = [outcome for outcome in (found[one], found[other]) if outcome is not None and _is_answered(outcome)]
        if len(both) < 2:
            pairs.append(_no_pair(one, other, "one of the two has no answer"))
            continue
        draws = control_draws(both[0]), control_draws(both[1])
        pairs.append(_pair(one, other, draws, (_point(both[0]), _point(both[1])), higher_is_better=True))
    card = first.model.card
    return {
        "model": {"name": card.name, "version": card.version, "digest": card.digest},
        "citation": card.citation,
        "answers": {letter: _answer(one) for letter, one in found.items()},
        "pairs": pairs,
    }


def _combined(plans: Mapping[str, PlanRisks], keys: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Return the stated combined endpoint side by side; ``None`` where no complication is answered by every plan."""
    if not keys:
        return None
    documents = {letter: combined(one, keys) or {} for letter, one in plans.items()}
    draws = {letter: combined_draws(one, keys) for letter, one in plans.items()}
    answer: dict[str, Any] = {name: documents["A"][name] for name in ("of", "assumes")}
    for name in ("any_complication", "p_plus", "utcp"):
        if not all(name in one for one in documents.values()):
            continue
        points = {letter: one[name] for letter, one in documents.items()}
        answer[name] = {
            "answers": {
                letter: {
                    "estimate": {**one, "quantity": name},
                    "natural_frequency": in_hundred(Estimate(name, one["value"], "1", one["low"], one["high"])),
                    "reason": None,
                }
                for letter, one in points.items()
            },
            "pairs": [
                _combined_pair((one, other), name, plans, draws, points, keys) for one, other in combinations(plans, 2)
            ],
        }
    return answer


def _combined_pair(
    letters: tuple[str, str],
    name: str,
    plans: Mapping[str, PlanRisks],
    draws: Mapping[str, Mapping[str, NDArray[np.float64]]],
    points: Mapping[str, Mapping[str, Any]],
    keys: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return how probably one plan is better together; not where a part has no interval, for it may turn the order."""
    one, other = letters
    values = points[one]["value"], points[other]["value"]
    fixed = dict.fromkeys(part for letter in letters for part in without_interval(plans[letter], keys, name))
    if fixed:
        reason = f"no interval was published of {', '.join(fixed)}: the uncertainty together is not known"
        apart = {"value": values[1] - values[0], "low": None, "high": None}
        return _no_pair(one, other, reason) | {"difference": apart}
    return _pair(
        one, other, (draws[one][name], draws[other][name]), values, higher_is_better=name != "any_complication"
    )
