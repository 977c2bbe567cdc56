"""The smooth calibration curve, for one set of weights: what was observed where a risk p was predicted.

**With times** (Austin, Harrell & van Klaveren 2020, Stat Med 39:2714): a proportional hazards model of the outcome on
a restricted cubic spline with 3 knots (at the 10th, 50th and 90th centile) of cloglog(p); the observed risk at p is
the risk by the horizon that this model gives. Where events compete, it is Fine and Gray's subdistribution hazard
(Austin, Putter, Giardiello & van Klaveren 2022, Diagn Progn Res 6:2). Follow-up is cut at the horizon, so that later
years do not speak of it; ties after Breslow, so that a row that counts twice is two rows.

**Without times**: logistic regression on the same spline of logit(p) (Harrell 2015, Regression Modeling Strategies,
ch. 10), not the loess of Austin & Steyerberg 2019: it extrapolates less wildly at the ends.

ICI, E50 and E90 are the mean, median and 90th centile of |observed - predicted| over the patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.learn.judging.calibration_line import complementary_log_log
from fyr.learn.logistic import log_odds

__all__ = ["CurveBasis", "hazard_curve", "logistic_curve", "weighted_quantile"]

Floats = NDArray[np.float64]

KNOTS_AT = (0.1, 0.5, 0.9)
POINTS = 41


@dataclass(frozen=True, slots=True, eq=False)
class CurveBasis:
    """The columns that the curve is made of, the same in every resample.

    Parameters
    ----------
    form : str
        ``spline``; ``line`` where too few distinct predictions leave no place for three knots.
    predicted : ndarray of float64, shape (points,)
        From the 1st to the 99th centile of the predictions: where the curve is shown.
    rows : ndarray of float64, shape (rows, columns)
        Standardised.
    shown : ndarray of float64, shape (points, columns)
    """

    form: str
    predicted: Floats
    rows: Floats
    shown: Floats

    @classmethod
    def of(cls, risk: Floats, timed: bool) -> CurveBasis:
        """Place the knots.

        Parameters
        ----------
        risk : ndarray of float64, shape (rows,)
            Strictly between 0 and 1, not all the same.
        timed : bool
            On the complementary log-log scale; else in log odds.
        """
        scale = complementary_log_log if timed else log_odds
        low, high = np.quantile(risk, [0.01, 0.99])
        predicted = np.linspace(low, high, POINTS)
        x, at = scale(risk), scale(predicted)
        knots = np.quantile(x, KNOTS_AT)
        if np.ptp(knots) <= 0 or not bool((np.diff(knots) > 1e-6 * np.ptp(x)).all()):
            rows, shown = x[:, None], at[:, None]
        else:
            rows, shown = (np.column_stack([one, _restricted_cubic(one, knots)]) for one in (x, at))
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        form = "spline" if rows.shape[1] == 2 else "line"
        return cls(form, predicted, (rows - mean) / spread, (shown - mean) / spread)


def _restricted_cubic(x: Floats, knots: Floats) -> Floats:
    """Return the second column of a cubic spline that is straight beyond its outer knots (Harrell 2015, eq. 2.25)."""
    first, middle, last = knots
    cube = [np.maximum(x - knot, 0.0) ** 3 for knot in knots]
    curved: Floats = cube[0] - cube[1] * (last - first) / (last - middle) + cube[2] * (middle - first) / (last - middle)
    return np.asarray(curved / (last - first) ** 2, dtype=np.float64)


@njit(cache=True, nogil=True)
def _hazard_sums(
    rows: Floats,
    years: Floats,
    cause: NDArray[np.int8],
    weight: Floats,
    just_before: Floats,
    horizon: float,
    beta: Floats,
    gradient: Floats,
    curvature: Floats,
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the partial log likelihood and the baseline hazard summed to the horizon; fill in the derivatives.

    Times run backwards. Those with a competing event before a time t stay at risk with G(t-) / G(s-), s their time
    (Fine & Gray 1999): `gone` holds them divided by G(s-).
    """
    count, columns = rows.shape
    gradient.fill(0.0)
    curvature.fill(0.0)
    present, gone = np.zeros(6), np.zeros(6)
    risk, stays = np.empty(count), np.zeros(count)
    for row in range(count):
        risk[row] = np.exp(min(_height(beta, rows, row), 300.0)) * weight[row]
        if cause[row] == 2 and risk[row] > 0 and years[row] <= horizon:
            stays[row] = risk[row] / just_before[row]
            _include(gone, rows, row, stays[row])
    likelihood, hazard = 0.0, 0.0
    sums = np.empty(6)
    end = count
    while end > 0:
        start = end - 1
        while start > 0 and years[start - 1] == years[end - 1]:
            start -= 1
        events = 0.0
        for row in range(start, end):
            _include(present, rows, row, risk[row])
            if stays[row] > 0:
                _include(gone, rows, row, -stays[row])
            if cause[row] == 1 and years[row] <= horizon:
                events += weight[row]
                likelihood += weight[row] * _height(beta, rows, row)
                for column in range(columns):
                    gradient[column] += weight[row] * rows[row, column]
        if events > 0:
            for place in range(6):
                sums[place] = present[place] + just_before[start] * gone[place]
            likelihood -= events * np.log(sums[0])
            hazard += events / sums[0]
            for one in range(columns):
                mean = sums[1 + one] / sums[0]
                gradient[one] -= events * mean
                for other in range(columns):
                    cross = sums[3 + one + other] / sums[0]
                    curvature[one, other] += events * (cross - mean * sums[1 + other] / sums[0])
        end = start
    return likelihood, hazard


@njit(cache=True, nogil=True)
def _height(beta: Floats, rows: Floats, row: int) -> float:  # pragma: no cover (compiled)
    """Return the linear predictor of a row."""
    height = 0.0
    for column in range(len(beta)):
        height += beta[column] * rows[row, column]
    return height


@njit(cache=True, nogil=True)
def _include(sums: Floats, rows: Floats, row: int, amount: float) -> None:  # pragma: no cover (compiled)
    """Add a row to the sums of risk, of risk times each column, and of risk times two columns."""
    sums[0] += amount
    columns = rows.shape[1]
    for one in range(columns):
        sums[1 + one] += amount * rows[row, one]
        for other in range(one, columns):
            sums[3 + one + other] += amount * rows[row, one] * rows[row, other]


@njit(cache=True, nogil=True)
def hazard_curve(
    rows: Floats,
    years: Floats,
    cause: NDArray[np.int8],
    weight: Floats,
    just_before: Floats,
    horizon: float,
    beta: Floats,
) -> float:  # pragma: no cover (compiled)
    """Fit the hazard model by Newton's method; fill in `beta` and return the baseline hazard by the horizon.

    NaN where the fit has no finite maximum. `beta` comes in as the place to begin.
    """
    columns = rows.shape[1]
    gradient, curvature = np.zeros(columns), np.zeros((columns, columns))
    step, tried = np.zeros(columns), np.zeros(columns)
    likelihood, hazard = _hazard_sums(rows, years, cause, weight, just_before, horizon, beta, gradient, curvature)
    for _ in range(50):
        if not _solve(curvature, gradient, step):
            return np.nan
        size, before = 1.0, likelihood
        while True:
            for column in range(columns):
                tried[column] = beta[column] + size * step[column]
            likelihood, hazard = _hazard_sums(
                rows, years, cause, weight, just_before, horizon, tried, gradient, curvature
            )
            if likelihood >= before - 1e-12 * abs(before) or size < 1e-8:
                break
            size /= 2
        for column in range(columns):
            beta[column] = tried[column]
        if _longest(beta) > 50:
            return np.nan
        if size * _longest(step) < 1e-8:
            return hazard
    return np.nan


@njit(cache=True, nogil=True)
def logistic_curve(rows: Floats, event: Floats, weight: Floats, beta: Floats) -> bool:  # pragma: no cover (compiled)
    """Fit the logistic model by Newton's method; fill in `beta` (intercept first), say whether it has a maximum."""
    size = rows.shape[1] + 1
    design, step = np.ones(size), np.empty(size)
    for _ in range(60):
        gradient, curvature = np.zeros(size), np.zeros((size, size))
        for row in range(len(rows)):
            height = beta[0]
            for column in range(1, size):
                design[column] = rows[row, column - 1]
                height += beta[column] * design[column]
            chance = 1 / (1 + np.exp(-min(max(height, -300.0), 300.0)))
            bend = weight[row] * chance * (1 - chance)
            for one in range(size):
                gradient[one] += weight[row] * (event[row] - chance) * design[one]
                for other in range(size):
                    curvature[one, other] += bend * design[one] * design[other]
        if not _solve(curvature, gradient, step):
            return False
        longest = _longest(step)
        for column in range(size):
            beta[column] += step[column] * min(1.0, 3.0 / max(longest, 1e-300))
        if _longest(beta) > 50:
            return False
        if longest < 1e-9:
            return True
    return False


@njit(cache=True, nogil=True)
def _longest(step: Floats) -> float:  # pragma: no cover (compiled)
    """Return the greatest absolute value."""
    longest = 0.0
    for one in step:
        longest = max(longest, abs(one))
    return longest


@njit(cache=True, nogil=True)
def _solve(matrix: Floats, right: Floats, step: Floats) -> bool:  # pragma: no cover (compiled)
    """Solve by Cholesky's decomposition; say whether the matrix is far enough from singular for that."""
    size = len(right)
    lower = np.zeros((size, size))
    for row in range(size):
        for column in range(row + 1):
            rest = matrix[row, column]
            for place in range(column):
                rest -= lower[row, place] * lower[column, place]
            if row > column:
                lower[row, column] = rest / lower[column, column]
            elif rest > 1e-10 * matrix[row, row]:
                lower[row, row] = np.sqrt(rest)
            else:
                return False
    for row in range(size):
        step[row] = right[row]
        for place in range(row):
            step[row] -= lower[row, place] * step[place]
        step[row] /= lower[row, row]
    for row in range(size - 1, -1, -1):
        for place in range(row + 1, size):
            step[row] -= lower[place, row] * step[place]
        step[row] /= lower[row, row]
    return True


@njit(cache=True, nogil=True)
def weighted_quantile(ordered: Floats, weight: Floats, share: float) -> float:  # pragma: no cover (compiled)
    """Return a quantile of values in rising order, each as often as its count, linear between them (as numpy's)."""
    total = weight.sum()
    place = share * (total - 1)
    lower, upper = np.floor(place), np.ceil(place)
    low, high, before = np.nan, np.nan, 0.0
    for row in range(len(ordered)):
        if weight[row] <= 0:
            continue
        before += weight[row]
        if np.isnan(low) and before > lower:
            low = ordered[row]
        if before > upper:
            high = ordered[row]
            break
    return float(low + (high - low) * (place - lower))
