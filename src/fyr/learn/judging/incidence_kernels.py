"""Curves over rows in the order of time, for one set of weights: what a bootstrap needs a thousand times.

The same numbers as :mod:`fyr.learn.survival`, without its tables. At the same time, events stand before the censored.
Weights are counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["incidence_at", "known_weights", "pseudo_observations", "staying"]

Floats = NDArray[np.float64]
Causes = NDArray[np.int8]


@njit(cache=True, nogil=True)
def _end_of(years: Floats, start: int) -> int:  # pragma: no cover (compiled)
    """Return the end of the rows that share the time of one."""
    end = start + 1
    while end < len(years) and years[end] == years[start]:
        end += 1
    return end


@njit(cache=True, nogil=True)
def _weight_of(cause: Causes, weight: Floats, start: int, end: int, wanted: int) -> float:  # pragma: no cover
    """Return the weight of some rows of one cause."""
    total = 0.0
    for row in range(start, end):
        if cause[row] == wanted:
            total += weight[row]
    return total


@njit(cache=True, nogil=True)
def staying(years: Floats, cause: Causes, weight: Floats) -> Floats:  # pragma: no cover (compiled)
    """Return G(t-) at the time of each row: the share not yet censored, events before censorings."""
    just_before = np.empty(len(years))
    share, at_risk, start = 1.0, weight.sum(), 0
    while start < len(years):
        end = _end_of(years, start)
        for row in range(start, end):
            just_before[row] = share
        censored = _weight_of(cause, weight, start, end, 0)
        events = _weight_of(cause, weight, start, end, 1) + _weight_of(cause, weight, start, end, 2)
        if at_risk > events:
            share *= 1 - censored / (at_risk - events)
        at_risk -= events + censored
        start = end
    return just_before


@njit(cache=True, nogil=True)
def known_weights(
    years: Floats, cause: Causes, weight: Floats, just_before: Floats, horizon: float
) -> Floats:  # pragma: no cover (compiled)
    """Return each row's weight times its inverse probability of censoring weight; 0 where its state is not known."""
    weighed = np.zeros(len(years))
    at_horizon = -1.0
    for row in range(len(years)):
        if years[row] >= horizon and at_horizon < 0:
            at_horizon = just_before[row]
        if years[row] >= horizon:
            weighed[row] = weight[row] / at_horizon if at_horizon > 0 else 0.0
        elif cause[row] > 0 and weight[row] > 0:
            weighed[row] = weight[row] / just_before[row]
    return weighed


@njit(cache=True, nogil=True)
def incidence_at(years: Floats, cause: Causes, weight: Floats, horizon: float) -> float:  # pragma: no cover (compiled)
    """Return Aalen and Johansen's incidence of cause 1 by the horizon; NaN where follow-up does not tell.

    Efron's redistribution to the right (1967): each patient is a share of the whole; the share of one who is censored
    goes to those still at risk, in equal parts.
    """
    at_risk = weight.sum()
    if at_risk <= 0:
        return np.nan
    share, incidence, events = 1 / at_risk, 0.0, 0.0
    for row in range(len(years)):
        if years[row] > horizon or at_risk <= 0:
            break
        if cause[row] == 1:
            events += weight[row]
        elif cause[row] == 0 and weight[row] > 0 and years[row] < horizon:
            if at_risk <= weight[row]:
                return np.nan
            incidence += share * events
            share, events = share * at_risk / (at_risk - weight[row]), 0.0
        at_risk -= weight[row]
    return float(incidence + share * events)


@njit(cache=True, nogil=True)
def pseudo_observations(
    years: Floats, cause: Causes, weight: Floats, horizon: float
) -> Floats:  # pragma: no cover (compiled)
    """Return the jackknife pseudo-observation of each row: n F - (n - 1) F without it.

    Andersen, Klein & Rosthoej (2003, Biometrika 90:15), exact and in O(rows). Leaving out a row lowers who is at risk
    up to its time; after it, the curve goes on as before, from another level. Rows that weigh 0 get 0.
    """
    rows = len(years)
    total = weight.sum()
    whole = incidence_at(years, cause, weight, horizon)
    pseudo = np.zeros(rows)
    free, incidence, at_risk = 1.0, 0.0, total
    less_free, less_incidence = 1.0, 0.0
    start = 0
    while start < rows and years[start] <= horizon and at_risk > 0:
        end = _end_of(years, start)
        events = _weight_of(cause, weight, start, end, 1)
        others = _weight_of(cause, weight, start, end, 2)
        incidence += free * events / at_risk
        free *= 1 - (events + others) / at_risk
        fewer = at_risk - 1
        for row in range(start, end):
            if weight[row] <= 0:
                continue
            without, left = less_incidence, less_free
            own_event = 1.0 if cause[row] == 1 else 0.0
            own = 1.0 if cause[row] > 0 else 0.0
            if fewer > 0:
                without += less_free * (events - own_event) / fewer
                left *= 1 - (events + others - own) / fewer
            if free > 0:
                without += left * (whole - incidence) / free
            pseudo[row] = total * whole - (total - 1) * without
        if fewer > 0:
            less_incidence += less_free * events / fewer
            less_free *= 1 - (events + others) / fewer
        at_risk -= events + others + _weight_of(cause, weight, start, end, 0)
        start = end
    for row in range(start, rows):
        if weight[row] > 0:
            pseudo[row] = total * whole - (total - 1) * less_incidence
    return pseudo
