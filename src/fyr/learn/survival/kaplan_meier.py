"""The share of patients still free of the event, censoring allowed for (Kaplan & Meier 1958, JASA 53:457)."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.learn.survival.risk_table import risk_table, step_values

__all__ = ["SurvivalCurve", "kaplan_meier", "log_log_interval"]


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """A step function from 1 downwards.

    Parameters
    ----------
    times : ndarray of float64, shape (times,)
        Every distinct time at which a row has its event or is censored, rising, in years.
    survival : ndarray of float64, shape (times,)
        The share free of the event after each time.
    standard_error : ndarray of float64, shape (times,)
        Greenwood's, of the share itself; 0 where nobody is left.
    at_risk : ndarray of float64, shape (times,)
        Just before each time.
    events : ndarray of float64, shape (times,)
    """

    times: NDArray[np.float64]
    survival: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]

    def at(self, years: ArrayLike) -> NDArray[np.float64]:
        """Return the share free of the event at some times.

        Parameters
        ----------
        years : array of float, any shape

        Returns
        -------
        ndarray of float64, the same shape
            NaN beyond the longest follow-up, where nobody knows; but 0 stays 0.
        """
        return _known(self.times, self.survival, years, self._at(self.survival, years, 1.0))

    def standard_error_at(self, years: ArrayLike) -> NDArray[np.float64]:
        """Return Greenwood's standard error at some times; NaN where :meth:`at` is."""
        return _known(self.times, self.survival, years, self._at(self.standard_error, years, 0.0))

    def interval(self, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pointwise intervals at `times`, on the complementary log-log scale (Kalbfleisch & Prentice 1980).

        Where the share is 1 or 0 this scale has no width, and both ends are the share itself.

        Parameters
        ----------
        level : float

        Returns
        -------
        low, high : ndarray of float64, each of shape (times,)
        """
        return log_log_interval(self.survival, self.standard_error, level)

    def _at(self, values: NDArray[np.float64], years: ArrayLike, before: float) -> NDArray[np.float64]:
        return step_values(self.times, values, years, before)


def kaplan_meier(years: ArrayLike, event: ArrayLike, weight: ArrayLike | None = None) -> SurvivalCurve:
    """Estimate the share free of the event over time.

    Parameters
    ----------
    years : array of float, shape (rows,)
    event : array of bool, shape (rows,)
        False where censored. An event comes before the censorings at the same time.
    weight : array of float, shape (rows,), optional
        How often each row counts, as a bootstrap draws it; the standard error reads weights as counts.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    BadInput
        If the columns differ in length, or a time or weight is below 0 or no number.

    Examples
    --------
    >>> curve = kaplan_meier([1.0, 2.0, 2.0, 3.0], [True, True, False, False])
    >>> curve.at([0.5, 1.0, 2.5]).tolist()
    [1.0, 0.75, 0.5]
    """
    table = risk_table(years, np.asarray(event, dtype=np.bool_), weight)
    left = table.at_risk - table.events
    survival = table.share_left
    survival[left <= 0] = 0.0
    greenwood = np.cumsum(table.events / (table.at_risk * np.where(left > 0, left, np.inf)))
    error = np.where(survival > 0, survival * np.sqrt(greenwood), 0.0)
    return SurvivalCurve(table.times, survival, error, table.at_risk, table.events)


def log_log_interval(
    share: NDArray[np.float64], error: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the interval of a share with a standard error, symmetric in log(-log(share)); a share of 0 or 1 stays."""
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    width = NormalDist().inv_cdf((1 + level) / 2) * error / (safe * -np.log(safe))
    low = np.where(inside, safe ** np.exp(width), share)
    high = np.where(inside, safe ** np.exp(-width), share)
    return low, high


def _known(
    times: NDArray[np.float64], survival: NDArray[np.float64], years: ArrayLike, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    if len(times) and survival[-1] <= 0:
        return values
    known: NDArray[np.float64] = np.where(np.asarray(years) > (times[-1] if len(times) else 0.0), np.nan, values)
    return known
