"""How well a score tells those with an event from those without: areas under two curves, weighted and with ties.

Both take a weight for each row, so that a bootstrap resample is a vector of counts and nothing is sorted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput

__all__ = ["Ranking", "area_under_precision_recall", "area_under_roc"]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Rows in the order of a score, ready to be weighed many times.

    Parameters
    ----------
    order : ndarray of int64, shape (rows,)
        Rows from the highest score down.
    ends : ndarray of int64, shape (distinct scores,)
        The place of the last row of each distinct score in that order.
    event : ndarray of float64, shape (rows,)
        1 where the row has the event, in that order.
    """

    order: NDArray[np.int64]
    ends: NDArray[np.int64]
    event: NDArray[np.float64]

    @classmethod
    def of(cls, event: ArrayLike, score: ArrayLike) -> Ranking:
        """Sort rows by a score.

        Parameters
        ----------
        event : array of bool, shape (rows,)
        score : array of float, shape (rows,)
            Higher means more likely.

        Raises
        ------
        BadInput
            If a score is not finite, or the two differ in length.
        """
        happened, values = np.asarray(event, dtype=np.float64), np.asarray(score, dtype=np.float64)
        if happened.shape != values.shape or happened.ndim != 1:
            raise BadInput(f"{happened.shape} events and {values.shape} scores do not belong together")
        if not np.isfinite(values).all():
            raise BadInput("a score is not a finite number", mend="leave those rows out and say how many they are")
        order = np.argsort(-values, kind="stable")
        ordered = values[order]
        ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if len(values) else np.zeros(0, np.intp)
        return cls(order.astype(np.int64), ends.astype(np.int64), happened[order])

    def curve(self, weight: NDArray[Any] | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return true and false alarms, as sums of weights, when alarming at each distinct score and above."""
        ordered = np.ones(len(self.order)) if weight is None else np.asarray(weight, dtype=np.float64)[self.order]
        true = np.cumsum(ordered * self.event)[self.ends]
        false = np.cumsum(ordered * (1 - self.event))[self.ends]
        return true, false

    def area_under_roc(self, weight: NDArray[Any] | None = None) -> float:
        """Return the probability that a row with the event scores above one without; ties count half.

        NaN where either kind of row is absent.
        """
        true, false = self.curve(weight)
        if not len(true) or true[-1] <= 0 or false[-1] <= 0:
            return float("nan")
        before = np.concatenate([[0.0], true[:-1]])
        return float((np.diff(false, prepend=0.0) * (true + before) / 2).sum() / (true[-1] * false[-1]))

    def area_under_precision_recall(self, weight: NDArray[Any] | None = None) -> float:
        """Return the average precision: precision at each distinct score, weighted by the recall that it adds.

        NaN where no row has the event.
        """
        true, false = self.curve(weight)
        if not len(true) or true[-1] <= 0:
            return float("nan")
        alarms = true + false
        precision = np.divide(true, alarms, out=np.zeros_like(true), where=alarms > 0)
        return float((np.diff(true, prepend=0.0) * precision).sum() / true[-1])


def area_under_roc(event: ArrayLike, score: ArrayLike) -> float:
    """Return the area under the receiver operating characteristic curve.

    Parameters
    ----------
    event : array of bool, shape (rows,)
    score : array of float, shape (rows,)

    Examples
    --------
    >>> area_under_roc([True, False, True, False], [3, 1, 2, 2])
    0.875
    """
    return Ranking.of(event, score).area_under_roc()


def area_under_precision_recall(event: ArrayLike, score: ArrayLike) -> float:
    """Return the average precision.

    Parameters
    ----------
    event : array of bool, shape (rows,)
    score : array of float, shape (rows,)

    Examples
    --------
    >>> area_under_precision_recall([True, False, True], [3, 2, 1])
    0.8333333333333333
    """
    return Ranking.of(event, score).area_under_precision_recall()
