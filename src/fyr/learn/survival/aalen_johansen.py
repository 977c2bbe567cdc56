"""The share of patients that have had an event of one cause, where another cause may come first.

One minus Kaplan-Meier, with competing events taken as censored, is too high: it asks how many would have the event if
nobody died of anything else. Aalen and Johansen's estimate (1978, Scand J Statist 5:141) counts what does happen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.survival.kaplan_meier import log_log_interval
from fyr.learn.survival.risk_table import RiskTable, risk_table, step_values

__all__ = ["IncidenceCurve", "aalen_johansen"]


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceCurve:
    """A step function from 0 upwards.

    Parameters
    ----------
    times : ndarray of float64, shape (times,)
        Every distinct time at which a row has an event of any cause or is censored, rising, in years.
    incidence : ndarray of float64, shape (times,)
        The share that has had the event of the cause by each time.
    standard_error : ndarray of float64, shape (times,)
    at_risk : ndarray of float64, shape (times,)
        Just before each time, free of every event.
    events : ndarray of float64, shape (times,)
        Of the cause.
    complete : bool
        Nobody is censored at the last time: the curve is known for ever after.
    """

    times: NDArray[np.float64]
    incidence: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    complete: bool

    def at(self, years: ArrayLike) -> NDArray[np.float64]:
        """Return the share that has had the event by some times.

        Parameters
        ----------
        years : array of float, any shape

        Returns
        -------
        ndarray of float64, the same shape
            NaN beyond the longest follow-up, where nobody knows; the last share where everybody has had an event.
        """
        return self._known(years, step_values(self.times, self.incidence, years, 0.0))

    def standard_error_at(self, years: ArrayLike) -> NDArray[np.float64]:
        """Return the standard error at some times; NaN where :meth:`at` is."""
        return self._known(years, step_values(self.times, self.standard_error, years, 0.0))

    def interval(self, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return pointwise intervals at `times`, on the complementary log-log scale of the incidence.

        Where the share is 0 this scale has no width, and both ends are 0.

        Parameters
        ----------
        level : float

        Returns
        -------
        low, high : ndarray of float64, each of shape (times,)
        """
        low, high = log_log_interval(1 - self.incidence, self.standard_error, level)
        return 1 - high, 1 - low

    def _known(self, years: ArrayLike, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.complete:
            return values
        last = self.times[-1] if len(self.times) else 0.0
        known: NDArray[np.float64] = np.where(np.asarray(years) > last, np.nan, values)
        return known


def aalen_johansen(years: ArrayLike, cause: ArrayLike, of: int = 1, weight: ArrayLike | None = None) -> IncidenceCurve:
    """Estimate the cumulative incidence of one cause.

    Parameters
    ----------
    years : array of float, shape (rows,)
    cause : array of int, shape (rows,)
        0 censored, 1 the event of interest, 2 and up competing events. Events come before censorings of the same time.
    of : int
        The cause whose incidence is wanted.
    weight : array of float, shape (rows,), optional
        How often each row counts; the standard error reads weights as counts.

    Returns
    -------
    IncidenceCurve
        Its standard error by the delta method (Marubini & Valsecchi 1995, p. 341; the one of Stata's ``stcompet`` and
        of lifelines).

    Raises
    ------
    BadInput
        If `of` is below 1, the columns differ in length, or a time or weight is below 0 or no number.

    Examples
    --------
    >>> aalen_johansen([1.0, 2.0, 3.0, 4.0], [2, 1, 0, 1]).at([1.5, 2.0, 4.0]).tolist()
    [0.0, 0.25, 0.75]
    """
    if of < 1:
        raise BadInput(f"cause {of} has no incidence", mend="ask for 1 or higher; 0 is censored")
    table = risk_table(years, cause, weight)
    events = table.of_cause[of] if of < len(table.of_cause) else np.zeros(len(table.times))
    before = np.concatenate([[1.0], table.share_left[:-1]]) if len(table.times) else np.zeros(0)
    incidence = np.cumsum(before * events / table.at_risk)
    error = np.sqrt(np.maximum(_variance(table, events, before, incidence), 0.0))
    complete = bool(len(table.times)) and table.of_cause[0, -1] == 0
    return IncidenceCurve(table.times, incidence, error, table.at_risk, events, complete)


def _variance(
    table: RiskTable,
    events: NDArray[np.float64],
    before: NDArray[np.float64],
    incidence: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum the three terms of the delta method over the times up to each; (I(t) - I(s)) is multiplied out."""
    at_risk, any_event = table.at_risk, table.events
    left = at_risk - any_event
    first = any_event / (at_risk * np.where(left > 0, left, np.inf))
    second = before**2 * (at_risk - events) * events / at_risk**3
    third = before * events / at_risk**2
    squared = incidence**2 * np.cumsum(first) - 2 * incidence * np.cumsum(first * incidence)
    squared += np.cumsum(first * incidence**2)
    crossed = incidence * np.cumsum(third) - np.cumsum(third * incidence)
    variance: NDArray[np.float64] = squared + np.cumsum(second) - 2 * crossed
    return variance
