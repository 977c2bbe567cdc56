"""Calibration slope and intercept at a horizon, for one set of weights.

**With times** (van Geloven et al. 2022, BMJ 377:e069249, also where events compete): the pseudo-observations of the
event by the horizon are regressed on the predicted risk, both on the complementary log-log scale, by least squares
(generalised estimating equations with independence and constant variance): 1 - exp(-exp(a + b cloglog(p))). *Slope* and
*intercept* are b and a of the joint fit; *in the large* is a with b held at 1. These speak of the horizon alone.

Beside them stands the *hazard slope* of McLernon et al. 2023 (Ann Intern Med 176:105), which most papers call the
calibration slope: the coefficient of cloglog(p) in a proportional hazards model over the time up to the horizon (Fine
and Gray's where events compete; fitted in :mod:`fyr.learn.judging.calibration_curve`). It sees the order of events, not
their level; where it differs much from the slope, hazards are not proportional. (Crowson et al. 2016 regress counts of
events on the predicted hazard up to each patient's own time, which a risk at one horizon does not give.)

**Without times**: the logistic regression of the outcome on the predicted log odds (Cox 1958; Van Calster et al. 2019,
BMC Med 17:230), by maximum likelihood.

Slope below 1: predictions too extreme. In the large below 0: predictions too high on the whole.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["complementary_log_log", "line_fit"]

Floats = NDArray[np.float64]


def complementary_log_log(chance: Floats) -> Floats:
    """Return log(-log(1 - p)); infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        scaled: Floats = np.log(-np.log1p(-chance))
    return scaled


@njit(cache=True, nogil=True)
def _error_and_slopes(
    scaled: Floats, observed: Floats, weight: Floats, line: Floats, logistic: bool, sums: Floats
) -> float:  # pragma: no cover (compiled)
    """Return what is to be made least; fill in its gradient (0, 1) and curvature (2, 3, 4)."""
    error = 0.0
    sums.fill(0.0)
    for row in range(len(scaled)):
        if weight[row] <= 0:
            continue
        x = scaled[row]
        height = line[0] + line[1] * x
        if logistic:
            small = np.exp(-abs(height))
            chance = (1.0 if height >= 0 else small) / (1 + small)
            error += weight[row] * (max(height, 0.0) + np.log1p(small) - observed[row] * height)
            gain = weight[row] * (observed[row] - chance)
            bend = weight[row] * chance * (1 - chance)
        else:
            hazard = np.exp(min(height, 50.0))
            rise = hazard * np.exp(-hazard)
            gap = observed[row] + np.expm1(-hazard)
            error += weight[row] * gap * gap / 2
            gain = weight[row] * gap * rise
            bend = weight[row] * rise * rise
        sums[0] += gain
        sums[1] += gain * x
        sums[2] += bend
        sums[3] += bend * x
        sums[4] += bend * x * x
    return error


@njit(cache=True, nogil=True)
def line_fit(
    scaled: Floats, observed: Floats, weight: Floats, logistic: bool, with_slope: bool
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Fit the line by Newton's method (logistic) or Gauss and Newton's, with halved steps.

    Parameters
    ----------
    scaled : ndarray of float64, shape (rows,)
        The predictions on their scale, finite.
    observed : ndarray of float64, shape (rows,)
        Outcomes or pseudo-observations.
    weight : ndarray of float64, shape (rows,)
    logistic : bool
        The log odds scale; else the complementary log-log scale.
    with_slope : bool
        Fit the slope too; else it is 1.

    Returns
    -------
    intercept, slope : float
        NaN where there is no finite best line.
    """
    line, tried, sums = np.array([0.0, 1.0]), np.empty(2), np.empty(5)
    error = _error_and_slopes(scaled, observed, weight, line, logistic, sums)
    for _ in range(100):
        step_a, step_b = 0.0, 0.0
        if with_slope:
            area = sums[2] * sums[4] - sums[3] * sums[3]
            if not area > 1e-12 * sums[2] * sums[4]:
                return np.nan, np.nan
            step_a = (sums[4] * sums[0] - sums[3] * sums[1]) / area
            step_b = (sums[2] * sums[1] - sums[3] * sums[0]) / area
        else:
            if not sums[2] > 0:
                return np.nan, np.nan
            step_a = sums[0] / sums[2]
        size = 1.0
        before = error
        while True:
            tried[0], tried[1] = line[0] + size * step_a, line[1] + size * step_b
            error = _error_and_slopes(scaled, observed, weight, tried, logistic, sums)
            if error <= before + 1e-12 * abs(before) or size < 1e-8:
                break
            size /= 2
        line[0], line[1] = tried[0], tried[1]
        if abs(line[0]) > 1e3 or abs(line[1]) > 1e3:
            return np.nan, np.nan
        if abs(size * step_a) + abs(size * step_b) < 1e-8 * (1 + abs(line[0]) + abs(line[1])):
            flat = logistic and error < 1e-6 * weight.sum()  # events and others are set apart: no finite line
            return (np.nan, np.nan) if flat else (line[0], line[1])
    return np.nan, np.nan
