"""How much each column says of the outcome on its own: score tests, all columns at once.

Used inside a fold to choose the features of a signature, on its training rows alone: chosen on all rows, even noise
seems to predict (Ambroise and McLachlan 2002, PNAS 99:6562).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.learn.training.truth import Truth

__all__ = ["score_tests"]

Floats = NDArray[np.float64]


def score_tests(design: Floats, truth: Truth) -> Floats:
    """Return the chi-square of the score test that each column alone has no effect, shape (columns,).

    Of Cox regression where there are times (the log-rank test's generalisation), else of logistic regression.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)
        Complete.
    truth : Truth
    """
    if truth.years is None:
        total = truth.weight.sum()
        share = (truth.weight * truth.event).sum() / total
        centred = design - (truth.weight @ design) / total
        slope = (truth.weight * (truth.event - share)) @ centred
        spread = share * (1 - share) * (truth.weight @ centred**2)
        return _ratio(slope, spread)
    order = np.argsort(truth.years, kind="stable")
    rows, years = design[order] - design.mean(axis=0), truth.years[order]
    times, deaths = np.unique(years[truth.event[order]], return_counts=True)
    first = np.searchsorted(years, times, side="left")
    size = (len(years) - first)[:, None]
    mean = np.cumsum(rows[::-1], axis=0)[::-1][first] / size
    square = np.cumsum((rows**2)[::-1], axis=0)[::-1][first] / size
    slope = rows[truth.event[order]].sum(axis=0) - deaths @ mean
    return _ratio(slope, deaths @ (square - mean**2))


def _ratio(slope: Floats, spread: Floats) -> Floats:
    statistic: Floats = np.divide(slope**2, spread, out=np.zeros_like(slope), where=spread > 1e-12)
    return statistic
