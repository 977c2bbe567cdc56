"""A new baseline hazard under the old linear predictor: Breslow's estimate with the predictor as an offset.

A model's risk at the horizon says its linear predictor up to a constant, if hazards are proportional:
``log(-log(1 - risk))``. The baseline at the horizon is estimated anew from the rows (van Houwelingen 2000, Statistics
in Medicine 19:3401-3415; Breslow 1974, Biometrics 30:89-99). With competing events the hazard is that of the
subdistribution: rows with a competing event stay at risk, with the weight of still being followed (Fine and Gray 1999,
JASA 94:496-509; Geskus 2011, Biometrics 67:39-49).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.outcome import Outcome
from fyr.learn.survival.censoring import observed_just_before

__all__ = ["baseline_hazard"]


def baseline_hazard(line: NDArray[np.float64], outcome: Outcome, horizon_years: float) -> float:
    """Return the cumulative baseline hazard at the horizon, for the linear predictor 0.

    Parameters
    ----------
    line : ndarray of float64, shape (rows,)
        Linear predictors.
    outcome : Outcome
        With times.
    horizon_years : float

    Raises
    ------
    BadInput
        If the outcome has no times.
    """
    if outcome.years is None:
        raise BadInput(
            "an outcome without times has no baseline hazard",
            where=f"outcome '{outcome.title}'",
            mend="use --method intercept",
        )
    times, place = np.unique(outcome.years, return_inverse=True)
    cause = outcome.cause
    relative = np.exp(line)
    events = np.bincount(place, weights=cause == 1, minlength=len(times))
    leaving = np.bincount(place, weights=relative, minlength=len(times))
    at_risk = np.cumsum(leaving[::-1])[::-1].astype(np.float64)
    if (cause == 2).any():
        at_risk = at_risk + _kept_at_risk(times, place, outcome, relative)
    counted = (events > 0) & (times <= horizon_years)
    return float((events[counted] / at_risk[counted]).sum())


def _kept_at_risk(
    times: NDArray[np.float64], place: NDArray[np.intp], outcome: Outcome, relative: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what rows with an earlier competing event add at each time: their share still followed by then."""
    cause = outcome.cause
    followed = observed_just_before(times[place], cause, times)
    share = np.where(cause == 2, relative / np.maximum(followed[place], np.finfo(np.float64).tiny), 0.0)
    gone = np.bincount(place, weights=share, minlength=len(times))
    kept: NDArray[np.float64] = followed * np.concatenate([[0.0], np.cumsum(gone)[:-1]])
    return kept
