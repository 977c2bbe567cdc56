"""Whether predicted risks hold at all hospitals together: calibration line, in the large, curve, and what was expected.

The line is the logistic regression of the outcome on the predicted log odds (Cox 1958, Biometrika 45:562; Van Calster
et al. 2019, BMC Med 17:230), in the large its intercept with the slope held at 1: both are exact, from the sums of a
regression. The curve is of bins that all agree on.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.rounds import Answers, Question, Rounds
from fyr.learn.federation.statistics.coefficients import INTERCEPT, described, raw_scale
from fyr.learn.federation.statistics.consistency import Watch
from fyr.learn.federation.statistics.generalised_linear import fit
from fyr.learn.federation.statistics.newton import climb
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import Plan
from fyr.learn.federation.statistics.preparation import COMMON_OPTIONS, Agreed, agree
from fyr.learn.federation.statistics.risk_bins import ask_bins, curve, predicted_draft
from fyr.learn.federation.study import Study

__all__ = ["OPTIONS", "calibration"]

Floats = NDArray[np.float64]

OPTIONS: Final = (
    *COMMON_OPTIONS,
    "outcome",
    "predicted",
    "linear_predictor",
    "bins",
    "grid",
    "small_hospitals",
    "confidence_level",
)


def calibration(study: Study) -> Rounds:
    """Return the rounds of a calibration; the options are :data:`OPTIONS`.

    ``predicted`` is a column of probabilities (held 1e-12 away from 0 and 1), or ``linear_predictor`` one of log odds;
    ``bins`` are the cuts of the curve (tenths by default), joined where counts would be too small.
    """
    options = Options(study, OPTIONS)
    level = options.number("confidence_level", 0.95, 0.01, 0.9999)
    cuts = np.array(options.numbers("bins", [place / 10 for place in range(1, 10)]))
    draft = predicted_draft(study, options)
    agreed = yield from agree(study, options, draft)
    if not 0 < agreed.outcome < agreed.weight:
        raise BadInput("the outcome has one value at all hospitals together", where=study.name)
    large = yield from _in_the_large(agreed)
    line: dict[str, Any] = {"slope": None, "intercept": None}
    if not agreed.constant:
        top = yield from fit(study, "logistic", agreed, np.zeros(2), (INTERCEPT, "slope"))
        inverse = np.linalg.inv(top.last.information).astype(np.float64)
        beta, covariance = raw_scale(top.beta, inverse, agreed.plan, intercept=True)
        found = described(("intercept", "slope"), beta, covariance, level)
        line = {name: _one(found, name) for name in ("slope", "intercept")}
    bins = yield from ask_bins(study, options, agreed, cuts)
    counted = float(bins.rows.sum())
    return {
        "method": study.method,
        **line,
        "in_the_large": _one(described(("in_the_large",), *large, level), "in_the_large"),
        "observed_share": float(bins.events.sum()) / counted,
        "expected_share": bins.expected / counted,
        "observed_to_expected": float(bins.events.sum()) / bins.expected,
        "brier_score": bins.squared_error / counted,
        "curve": curve(bins, level),
        "events": round(agreed.outcome),
        "sites_with_too_few": bins.few,
        "confidence_level": level,
        **agreed.told(),
    }


def _in_the_large(agreed: Agreed) -> Generator[Question, Answers, tuple[Floats, Floats]]:
    """Fit the intercept beside the predicted log odds as they are."""
    name = agreed.plan.features[0]
    roles = {"outcome": agreed.plan.roles["outcome"], "offset": name}
    plan = Plan(
        (),
        roles,
        {"outcome": "binary", "offset": "number"},
        log_odds=agreed.plan.log_odds,
        left_out=agreed.plan.left_out,
    ).payload()
    top = yield from climb(
        lambda beta: Question("glm", {"plan": plan, "family": "logistic", "beta": beta}),
        np.zeros(1), np.zeros(1), watch=Watch(),
    )  # fmt: skip
    return top.beta, 1.0 / top.last.information


def _one(found: dict[str, Any], name: str) -> dict[str, Any]:
    low, high = found["confidence_intervals"][name]
    return {
        "estimate": found["coefficients"][name],
        "standard_error": found["standard_errors"][name],
        "low": low,
        "high": high,
    }
