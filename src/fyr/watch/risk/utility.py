"""The utility of hourly sepsis alarms, as the PhysioNet/Computing in Cardiology Challenge 2019 defines it.

Reyna MA, Josef CS, Jeter R, et al. Early prediction of sepsis from clinical data: the PhysioNet/Computing in Cardiology
Challenge 2019. Crit Care Med 2020;48:210-217, figure 1 and its text. An alarm in a stay with sepsis earns from 12 hours
before its onset, most at 6 hours before (1), and nothing from 3 hours after; silence costs more and more from 6 hours
before to 3 hours after (-2); an alarm in a stay without sepsis, or too early, costs 0.05; after that window nothing
counts. The label of an hour is true from 6 hours before the onset on: the onset is 6 hours after the first such hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["HourlyUtility", "hourly_utility"]

_EARLY_H: Final = -12
_OPTIMAL_H: Final = -6
_LATE_H: Final = 3
_TRUE_ALARM: Final = 1.0
_MISSED: Final = -2.0
_FALSE_ALARM: Final = -0.05


@dataclass(frozen=True, slots=True, eq=False)
class HourlyUtility:
    """What an alarm, and what silence, is worth in each hour.

    Parameters
    ----------
    alarm, silence : ndarray of float64, shape (rows,)
    best : ndarray of bool, shape (rows,)
        The hours in which one who knows the truth alarms.
    """

    alarm: NDArray[np.float64]
    silence: NDArray[np.float64]
    best: NDArray[np.bool_]

    def observed(self, alarms: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the utility of each hour for these alarms, shape (rows,)."""
        utility: NDArray[np.float64] = np.where(alarms, self.alarm, self.silence)
        return utility

    def normalised(self, alarms: NDArray[np.bool_], weight: NDArray[np.int64] | None = None) -> float:
        """Return the utility on a scale from 0 (never alarm) to 1 (the best possible); NaN without a septic stay.

        Parameters
        ----------
        alarms : ndarray of bool, shape (rows,)
        weight : ndarray of int64, shape (rows,), optional
            How often each row counts.
        """
        counts = np.ones(len(alarms)) if weight is None else weight
        inaction = float((counts * self.silence).sum())
        span = float((counts * self.observed(self.best)).sum()) - inaction
        return (float((counts * self.observed(alarms)).sum()) - inaction) / span if span > 0 else float("nan")

    def best_threshold(self, score: NDArray[np.float64], weight: NDArray[np.int64] | None = None) -> float:
        """Return the threshold, of all that there are, at which alarming on `score` has the highest utility.

        For use on training rows only. Between two neighbouring scores the threshold lies in the middle.

        Parameters
        ----------
        score : ndarray of float64, shape (rows,)
        weight : ndarray of int64, shape (rows,), optional
            How often each row counts.
        """
        worth = self.alarm - self.silence
        return _best_threshold(score, worth if weight is None else worth * weight, np.argsort(-score, kind="stable"))

    def steady_threshold(self, score: NDArray[np.float64], resamples: Iterable[NDArray[np.int64]]) -> float:
        """Return the median of the best thresholds in resamples: one lucky stay does not decide it.

        Parameters
        ----------
        score : ndarray of float64, shape (rows,)
        resamples : iterable of ndarray of int64, shape (rows,)
            How often each row counts.
        """
        worth, order = self.alarm - self.silence, np.argsort(-score, kind="stable")
        return float(np.median([_best_threshold(score, worth * counts, order) for counts in resamples]))


def _best_threshold(score: NDArray[np.float64], worth: NDArray[np.float64], order: NDArray[np.intp]) -> float:
    gained, ordered = np.cumsum(worth[order]), score[order]
    ends = np.flatnonzero(ordered[1:] != ordered[:-1])
    if not len(ends) or gained[ends].max() <= 0:
        return float(np.nextafter(ordered[0], np.inf))
    end = int(ends[np.argmax(gained[ends])])
    return float((ordered[end] + ordered[end + 1]) / 2)


def hourly_utility(stay: NDArray[np.int64], label: NDArray[np.bool_]) -> HourlyUtility:
    """Return what an alarm and what silence is worth in each hour.

    Parameters
    ----------
    stay : ndarray of int64, shape (rows,)
        The stay of each row; its rows are consecutive, an hour apart.
    label : ndarray of bool, shape (rows,)
        Whether the onset of sepsis is at most 6 hours ahead, or past.
    """
    starts = np.flatnonzero(np.append(True, stay[1:] != stay[:-1])) if len(stay) else np.zeros(0, np.intp)
    lengths = np.diff(np.append(starts, len(stay)))
    hour = np.arange(len(stay)) - np.repeat(starts, lengths)
    septic = np.repeat(np.logical_or.reduceat(label, starts) if len(stay) else label, lengths)
    first = np.repeat(np.minimum.reduceat(np.where(label, hour, len(stay)), starts) if len(stay) else hour, lengths)
    until = (hour - (first - _OPTIMAL_H)).astype(np.float64)  # hours after the onset
    rising = np.maximum(_TRUE_ALARM * (until - _EARLY_H) / (_OPTIMAL_H - _EARLY_H), _FALSE_ALARM)
    falling = _TRUE_ALARM * (_LATE_H - until) / (_LATE_H - _OPTIMAL_H)
    missing = _MISSED * (until - _OPTIMAL_H) / (_LATE_H - _OPTIMAL_H)
    before, within = until <= _OPTIMAL_H, until <= _LATE_H
    alarm = np.where(septic, np.where(before, rising, np.where(within, falling, 0.0)), _FALSE_ALARM)
    silence = np.where(septic & ~before & within, missing, 0.0)
    return HourlyUtility(alarm, silence, septic & (until >= _EARLY_H) & within)
