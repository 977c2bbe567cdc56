"""Who is at risk, and what happens, at each time of follow-up: the table that every survival curve is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["RiskTable", "checked_weight", "risk_table", "step_values"]


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """Sums of weights at each distinct time.

    Parameters
    ----------
    times : ndarray of float64, shape (times,)
        Rising, in years.
    at_risk : ndarray of float64, shape (times,)
        Under observation and free of any event just before each time.
    of_cause : ndarray of float64, shape (causes + 1, times)
        Row 0 the censored at each time, row k those with an event of cause k.
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    of_cause: NDArray[np.float64]

    @property
    def events(self) -> NDArray[np.float64]:
        """Events of any cause at each time; shape (times,)."""
        return np.asarray(self.of_cause[1:].sum(axis=0), dtype=np.float64)

    @property
    def share_left(self) -> NDArray[np.float64]:
        """Kaplan-Meier's survival from events of any cause after each time; shape (times,)."""
        return np.asarray(np.cumprod(1 - self.events / self.at_risk), dtype=np.float64)


def risk_table(years: ArrayLike, cause: ArrayLike, weight: ArrayLike | None = None) -> RiskTable:
    """Count who is at risk and what happens at each distinct time.

    Parameters
    ----------
    years : array of float, shape (rows,)
    cause : array of int or bool, shape (rows,)
        0 (False) censored, 1 (True) the event of interest, 2 and up other causes. An event at a time comes before the
        censorings at that time.
    weight : array of float, shape (rows,), optional
        How often each row counts; rows of weight 0 are as if absent.

    Raises
    ------
    BadInput
        If the columns differ in length, a time is below 0 or no number, or a weight is.
    """
    time, kind = np.asarray(years, dtype=np.float64), np.asarray(cause).astype(np.int64)
    if time.ndim != 1 or time.shape != kind.shape:
        raise BadInput(f"{time.size} times and {kind.size} events do not belong together")
    if not bool((np.isfinite(time) & (time >= 0)).all()):
        raise BadInput("a follow-up time is below 0 or is no number", mend="leave such rows out")
    if len(kind) and int(kind.min()) < 0:
        raise BadInput("a cause is below 0", mend="0 is censored, 1 the event, 2 a competing event")
    weights = checked_weight(weight, len(time))
    kept = weights > 0
    distinct, place = np.unique(time[kept], return_inverse=True)
    causes = max(1, int(kind.max(initial=0)))
    cell = kind[kept] * len(distinct) + place
    sums = np.bincount(cell, weights[kept], (causes + 1) * len(distinct)).astype(np.float64)
    sums = sums.reshape(causes + 1, len(distinct))
    leaving = sums.sum(axis=0)
    return RiskTable(distinct, np.cumsum(leaving[::-1])[::-1], sums)


def checked_weight(weight: ArrayLike | None, rows: int) -> NDArray[np.float64]:
    """Return weights as float64, all 1 where there are none.

    Raises
    ------
    BadInput
        If they are not one a row, or one is below 0 or no number.
    """
    if weight is None:
        return np.ones(rows)
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (rows,):
        raise BadInput(f"{weights.size} weights and {rows} rows do not belong together")
    if not bool((np.isfinite(weights) & (weights >= 0)).all()):
        raise BadInput("a weight is below 0 or is no number")
    return weights


def step_values(times: NDArray[Any], values: NDArray[Any], at: ArrayLike, before: float) -> NDArray[np.float64]:
    """Read a step function that jumps at `times`; `before` is its value before the first of them."""
    place = np.searchsorted(times, np.asarray(at, dtype=np.float64), side="right")
    padded: NDArray[np.float64] = np.concatenate([[before], values])[place]
    return padded
