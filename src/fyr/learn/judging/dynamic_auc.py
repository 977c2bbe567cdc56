"""Cumulative/dynamic area under the curve, for one set of weights.

The chance that a patient who has the event by the horizon was given the higher risk than one who does not, ties half;
each weighed by one over the chance to be observed (Uno et al. 2007, JASA 102:527; Hung & Chiang 2010, Can J Stat 38:8).
Where events compete, those who had the competing one by the horizon did not have the event, and stand among those
without (Blanche, Dartigues & Jacqmin-Gadda 2013, Stat Med 32:5381, definition 2).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["dynamic_auc"]

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def dynamic_auc(
    by_score: NDArray[np.int64], score: Floats, had: NDArray[np.bool_], known: Floats
) -> float:  # pragma: no cover (compiled)
    """Return the area.

    Parameters
    ----------
    by_score : ndarray of int64, shape (rows,)
        Rows from the lowest score up.
    score : ndarray of float64, shape (rows,)
    had : ndarray of bool, shape (rows,)
    known : ndarray of float64, shape (rows,)
        Weights; 0 where it is not known whether the row had the event.
    """
    cases, controls, in_order = 0.0, 0.0, 0.0
    start = 0
    while start < len(by_score):
        end = start
        tied_cases, tied_controls = 0.0, 0.0
        while end < len(by_score) and score[by_score[end]] == score[by_score[start]]:
            row = by_score[end]
            if had[row]:
                tied_cases += known[row]
            else:
                tied_controls += known[row]
            end += 1
        in_order += tied_cases * (controls + tied_controls / 2)
        cases += tied_cases
        controls += tied_controls
        start = end
    return in_order / (cases * controls) if cases > 0 and controls > 0 else np.nan
