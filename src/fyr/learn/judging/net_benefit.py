"""What acting on the predictions is worth, in patients treated rightly (Vickers & Elkin 2006, Med Decis Making 26:565).

At a threshold t those with a risk of t or more are treated. Net benefit = true positives - false positives t / (1 - t),
each as a share of all patients: t says how many needless treatments one needed treatment is worth. With times, the
share of those treated who have the event by the horizon is estimated by Kaplan and Meier among them (Vickers et al.
2008, BMC Med Inform Decis Mak 8:53), by Aalen and Johansen where events compete.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["DEFAULT_THRESHOLDS", "checked_thresholds", "net_benefits", "usual_threshold"]

Floats = NDArray[np.float64]

DEFAULT_THRESHOLDS = tuple(round(0.02 * place, 2) for place in range(1, 50))


def checked_thresholds(thresholds: Sequence[float] | None) -> tuple[float, ...]:
    """Return thresholds, 0.02 to 0.98 in steps of 0.02 where none are given.

    Raises
    ------
    BadInput
        If there is none, or one is not between 0 and 1.
    """
    if thresholds is None:
        return DEFAULT_THRESHOLDS
    given = tuple(float(one) for one in thresholds)
    wrong = [one for one in given if not 0 < one < 1]
    if wrong or not given:
        raise BadInput(
            f"a threshold is {wrong[0]:g}" if wrong else "there is no threshold",
            mend="give risks between 0 and 1 at which one would act, not percent",
        )
    return given


def usual_threshold(observed: float) -> float:
    """Return the threshold that is reported where none is asked for: the observed risk, to two places.

    There, treating everybody and treating nobody are worth the same, so a net benefit above 0 is the model's own.
    """
    return min(max(round(observed, 2), 0.01), 0.99)


@njit(cache=True, nogil=True)
def net_benefits(
    risk: Floats, years: Floats, cause: NDArray[np.int8], weight: Floats, horizon: float, thresholds: Floats
) -> Floats:  # pragma: no cover (compiled)
    """Return the net benefit at each threshold; NaN where follow-up of those treated ends before the horizon.

    All thresholds in one pass over time, each with Efron's redistribution to the right, as in
    :func:`~fyr.learn.judging.incidence_kernels.incidence_at`.

    Parameters
    ----------
    risk, years, cause, weight : ndarray, each of shape (rows,)
        In the order of time; at the same time, events before the censored.
    horizon : float
    thresholds : ndarray of float64, shape (thresholds,)
        Rising.

    Returns
    -------
    ndarray of float64, shape (thresholds,)
    """
    count = len(thresholds)
    treated, at_risk, share, incidence = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    highest, total = np.empty(len(risk), np.int64), 0.0
    for row in range(len(risk)):
        highest[row] = _at_or_below(thresholds, risk[row])  # the row is treated at so many of the thresholds
        total += weight[row]
        for place in range(highest[row]):
            treated[place] += weight[row]
    for place in range(count):
        at_risk[place] = treated[place]
        share[place] = 1 / treated[place] if treated[place] > 0 else 0.0
    for row in range(len(risk)):
        if years[row] > horizon:
            break
        if weight[row] <= 0:
            continue
        for place in range(highest[row]):
            if cause[row] == 1:
                incidence[place] += share[place] * weight[row]
            elif cause[row] == 0 and years[row] < horizon:
                left = at_risk[place] - weight[row]
                share[place] = share[place] * at_risk[place] / left if left > 0 else np.nan
                incidence[place] += 0.0 if left > 0 else np.nan
            at_risk[place] -= weight[row]
    for place in range(count):
        odds = thresholds[place] / (1 - thresholds[place])
        incidence[place] = treated[place] / total * (incidence[place] - (1 - incidence[place]) * odds)
    return incidence


@njit(cache=True, nogil=True)
def _at_or_below(thresholds: Floats, risk: float) -> int:  # pragma: no cover (compiled)
    """Return how many of some rising thresholds are no higher than a risk."""
    low, high = 0, len(thresholds)
    while low < high:
        middle = (low + high) // 2
        if thresholds[middle] <= risk:
            low = middle + 1
        else:
            high = middle
    return low
