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
_TINY: Final = 1e-12


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
    centre = float((weight * line).sum() / weight.sum()) if slope else 0.0
    spread = line - centre
    intercept, tilt = (centre, 1.0) if slope else (0.0, 1.0)
    best = log_likelihood(intercept + tilt * spread, happened, weight, link)
    for _ in range(_STEPS):
        step = _step(spread, intercept + tilt * spread, happened, weight, link, slope=slope)
        size, gained, tried = 1.0, -1.0, best
        while size > 1e-9:
            values = intercept + size * step[0] + (tilt + size * step[1]) * spread
            tried = log_likelihood(values, happened, weight, link)
            gained = tried - best
            if gained >= 0:
                break
            size /= 2
        if gained < 0:
            break
        intercept, tilt, best = intercept + size * step[0], tilt + size * step[1], tried
        if gained <= _ENOUGH * (1.0 + abs(best)) and max(abs(step[0]), abs(step[1])) < 1e-8:
            break
    return intercept - tilt * centre, tilt


def _step(
    spread: NDArray[np.float64],
    values: NDArray[np.float64],
    happened: NDArray[np.bool_],
    weight: NDArray[np.float64],
    link: Link,
    *,
    slope: bool,
) -> tuple[float, float]:
    """Return the scoring step of intercept and slope; written out, since two numbers need no linear algebra."""
    score, information = _score(values, happened, link)
    pull, stiff = weight * score, weight * information
    up, flat = float(pull.sum()), float(stiff.sum()) + _TINY
    if not slope:
        return up / flat, 0.0
    along = float((pull * spread).sum())
    mixed, steep = float((stiff * spread).sum()), float((stiff * spread**2).sum()) + _TINY
    whole = flat * steep - mixed**2
    if whole <= 0:
        return up / flat, 0.0
    return (steep * up - mixed * along) / whole, (flat * along - mixed * up) / whole


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
