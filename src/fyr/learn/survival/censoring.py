"""Weights that let the patients followed to a horizon stand for those who were lost on the way.

Robins and Rotnitzky's inverse probability of censoring weights, as Graf et al. (1999, Stat Med 18:2529) and Uno et al.
(2007, JASA 102:527) use them. They hold where being lost has nothing to do with the risk.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.learn.survival.risk_table import risk_table

__all__ = ["censoring_weights", "observed_just_before"]


def observed_just_before(
    years: ArrayLike, event_or_cause: ArrayLike, at: ArrayLike, weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return G(t-), the share not yet censored just before some times, by Kaplan and Meier with the roles exchanged.

    Those with an event at a time are not at risk of being censored at it: an event comes first.

    Parameters
    ----------
    years : array of float, shape (rows,)
    event_or_cause : array of bool or int, shape (rows,)
        False or 0 where censored.
    at : array of float, shape (times,)
    weight : array of float, shape (rows,), optional

    Returns
    -------
    ndarray of float64, shape (times,)
    """
    table = risk_table(years, event_or_cause, weight)
    staying = table.at_risk - table.events
    censored = np.divide(table.of_cause[0], staying, out=np.zeros(len(staying)), where=staying > 0)
    share = np.concatenate([[1.0], np.cumprod(1 - censored)])
    just_before: NDArray[np.float64] = share[np.searchsorted(table.times, np.asarray(at, float), side="left")]
    return just_before


def censoring_weights(
    years: ArrayLike, event_or_cause: ArrayLike, horizon: float, weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the weight of each row when asking who has had the event by a horizon.

    A row counts if its state at the horizon is known: it has had an event (of any cause) by then, or is observed up to
    the horizon (a row censored *at* the horizon was free of the event then, and counts). Its weight is 1 / G(u-), u the
    earlier of its time and the horizon: one over the chance to be observed so long. The rest weigh 0.

    Parameters
    ----------
    years : array of float, shape (rows,)
    event_or_cause : array of bool or int, shape (rows,)
        False or 0 where censored.
    horizon : float
        Years.
    weight : array of float, shape (rows,), optional
        How often each row counts when G is estimated. The weights returned are not multiplied by it.

    Returns
    -------
    ndarray of float64, shape (rows,)

    Raises
    ------
    BadInput
        If the columns differ in length, or a time or weight is below 0 or no number.

    Examples
    --------
    >>> censoring_weights([1.0, 2.0, 3.0, 4.0], [True, False, True, False], 3.0).round(9).tolist()
    [1.0, 0.0, 1.5, 1.5]
    """
    time, happened = np.asarray(years, dtype=np.float64), np.asarray(event_or_cause) != 0
    known = (happened & (time <= horizon)) | (time >= horizon)
    share = observed_just_before(time, happened, np.minimum(time, horizon), weight)
    inverse: NDArray[np.float64] = np.divide(1.0, share, out=np.zeros(len(time)), where=known & (share > 0))
    return inverse
