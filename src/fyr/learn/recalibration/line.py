"""The line from predicted to recalibrated risk, on the log odds or complementary log-log scale.

With an outcome that is simply there or not: the logistic recalibration of Cox (1958, Biometrika 45:562-565) and of
Steyerberg et al. (2004, Statistics in Medicine 23:2567-2586). With a horizon and censoring: binomial regression of the
status at the horizon, weighted by inverse probabilities of censoring (Scheike, Zhang and Gerds 2008, Biometrika
95:205-220; Blanche, Holt and Scheike 2023, Lifetime Data Analysis 29:441-482), with the complementary log-log link, so
that the intercept multiplies the cumulative hazard. A competing event counts as not having the event, so that the
risk is the cumulative incidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.recalibration.links import Link, log_shares, unlinked

__all__ = ["fit_line", "log_likelihood"]

_STEPS: Final = 100
_ENOUGH: Final = 1e-13


def fit_line(
    line: NDArray[np.float64], happened: NDArray[np.bool_], weight: NDArray[np.float64], link: Link, *, slope: bool
) -> tuple[float, float]:
    """Fit the intercept, and the slope too or hold it at 1, by Fisher scoring with halved steps.

    Parameters
    ----------
    line : ndarray of float64, shape (rows,)
        The predicted risks on the scale, finite.
    happened : ndarray of bool, shape (rows,)
    weight : ndarray of float64, shape (rows,)
    link : {"logit", "cloglog"}
    slope : bool

    Returns
    -------
    intercept, slope : float
        The log likelihood is concave for both links: there is one maximum, unless the rows are separated.
    """
    centre = float(np.average(line, weights=weight)) if slope else 0.0
    design = np.column_stack([np.ones(len(line)), line - centre]) if slope else np.ones((len(line), 1))
    offset = np.zeros(len(line)) if slope else line
    beta = np.zeros(design.shape[1])
    if slope:
        beta[:] = centre, 1.0
    best = log_likelihood(offset + design @ beta, happened, weight, link)
    for _ in range(_STEPS):
        score, information = _score(offset + design @ beta, happened, link)
        gradient = design.T @ (weight * score)
        curvature = (design * (weight * information)[:, None]).T @ design
        step = np.linalg.solve(curvature + np.eye(len(beta)) * 1e-12, gradient)
        size, gained = 1.0, -1.0
        while size > 1e-9:
            tried = log_likelihood(offset + design @ (beta + size * step), happened, weight, link)
            gained = tried - best
            if gained >= 0:
                break
            size /= 2
        if gained < 0:
            break
        beta, best = beta + size * step, tried
        if gained <= _ENOUGH * (1.0 + abs(best)) and np.abs(step).max() < 1e-8:
            break
    return (float(beta[0] - beta[1] * centre), float(beta[1])) if slope else (float(beta[0]), 1.0)


def log_likelihood(
    values: NDArray[np.float64], happened: NDArray[np.bool_], weight: NDArray[np.float64], link: Link
) -> float:
    """Return the weighted binomial log likelihood of values on the scale."""
    yes, no = log_shares(values, link)
    return float((weight * np.where(happened, yes, no)).sum())


def _score(
    values: NDArray[np.float64], happened: NDArray[np.bool_], link: Link
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the derivative of each row's log likelihood, and its expected curvature."""
    risk = unlinked(values, link)
    if link == "logit":
        return happened - risk, risk * (1.0 - risk)
    hazard = np.exp(np.minimum(values, 700.0))
    ratio = hazard / np.maximum(risk, np.finfo(np.float64).tiny)
    return np.where(happened, ratio * (1.0 - risk), -hazard), ratio * hazard * (1.0 - risk)
