"""Logistic regression over hospitals by Newton's method: each round adds up log likelihood, slope and curvature.

The sums are those of the pooled fit, so the result is the pooled maximum of the likelihood, not an average of models
(McCullagh and Nelder 1989, section 2.5).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answer, Answers, Question, Rounds
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.federation.study import Study

__all__ = ["logistic", "logistic_step"]

Floats = NDArray[np.float64]

_STEPS = 60
_ENOUGH = 1e-12


def logistic_step(table: SiteTable, values: Payload) -> Answer:
    """Return a site's log likelihood, slope and curvature at the coefficients that it is asked about."""
    names, outcome = list(values["features"]), str(values["outcome"])
    kept = table.taking(table.complete([*names, outcome]))
    design = np.column_stack([np.ones(kept.rows), *(kept.numbers(name) for name in names)])
    happened = kept.numbers(outcome)
    if not bool(np.isin(happened, (0.0, 1.0)).all()):
        raise BadInput(f"column '{outcome}' is not 0 or 1", where=table.site)
    eta = design @ values["beta"]
    chance = np.exp(-np.logaddexp(0.0, -eta))
    return Answer(
        {
            "rows": np.array([float(kept.rows)]),
            "log_likelihood": np.array([float(happened @ eta - np.logaddexp(0.0, eta).sum())]),
            "gradient": design.T @ (happened - chance),
            "information": (design * (chance * (1 - chance))[:, None]).T @ design,
        }
    )


def logistic(study: Study) -> Rounds:
    """Return the rounds of a logistic regression: options ``features``, ``outcome`` and ``l2``."""
    names = [str(name) for name in study.options["features"]]
    ask = {"features": names, "outcome": str(study.options["outcome"])}
    penalty = np.append(0.0, np.full(len(names), float(study.options.get("l2", 0.0))))
    beta: Floats = np.zeros(len(names) + 1)
    for iteration in range(_STEPS):
        answers: Answers = yield Question("logistic", {**ask, "beta": beta})
        information = answers.total("information") + np.diag(penalty)
        slope = answers.total("gradient") - penalty * beta
        step = np.linalg.solve(information, slope)
        value, gain = float(answers.total("log_likelihood")[0]), float(slope @ step)
        if abs(gain) <= _ENOUGH * (1.0 + abs(value)):
            # Newton's steps converge quadratically: the last one needs no round of its own.
            covariance: Floats = np.linalg.inv(information).astype(np.float64)
            return _result(["(intercept)", *names], beta + step, covariance, value + gain / 2, iteration + 1)
        beta = beta + step
    raise BadInput("the coefficients do not settle", where=study.name)


def _result(names: list[str], beta: Floats, covariance: Floats, value: float, iterations: int) -> dict[str, Any]:
    errors = np.sqrt(np.diag(covariance))
    return {
        "coefficients": dict(zip(names, map(float, beta), strict=True)),
        "standard_errors": dict(zip(names, map(float, errors), strict=True)),
        "log_likelihood": value,
        "iterations": iterations,
    }
