"""Derived signals: change over time, distance from the patient's own baseline, several signals together or weighed.

Each is computed once a minute and read by rules like any measured signal. They work on one-minute means of usable
samples and on medians of windows of these, so that a single artefact moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from fyr.attention import (
    BaselinePolicy,
    ChangePolicy,
    DerivedPolicy,
    Operator,
    PointsPolicy,
    TogetherPolicy,
    VanishedPolicy,
)
from fyr.clock import MINUTE_US
from fyr.watch.minutes import window_median

__all__ = ["Baselines", "Minutes", "derive", "followed", "points", "remembered_minutes", "together", "vanished"]

Minutes = Callable[[str], NDArray[np.float64]]
"""Gives, for a measured signal, its newest minutes; shape (patients, depth)."""


def remembered_minutes(derived: Mapping[str, DerivedPolicy]) -> int:
    """Return how many minutes the derived signals of a policy look back at most."""
    return max((_looks_back_us(policy) // MINUTE_US for policy in derived.values()), default=0)


def _looks_back_us(policy: DerivedPolicy) -> int:
    return policy.window_us + (policy.over_us if isinstance(policy, ChangePolicy | VanishedPolicy) else 0)


class Baselines:
    """Each patient's own level of one signal, learned in the first stable hours, then kept or slowly following.

    Parameters
    ----------
    policy : BaselinePolicy
    """

    def __init__(self, policy: BaselinePolicy) -> None:
        self.policy = policy
        self._needed = -(-policy.learn_us // policy.window_us)
        self._learned: dict[int, list[float]] = {}
        self._level: dict[int, float] = {}

    def forget(self, row: int) -> None:
        """Forget a patient, whose row may be another's next."""
        self._learned.pop(row, None)
        self._level.pop(row, None)

    def deviation(self, minute: int, rows: list[int], medians: NDArray[np.float64]) -> NDArray[np.float64]:
        """Learn from the medians of a minute, and return how far each is from its patient's level.

        Windows do not overlap: only minutes that are whole multiples of the window are learned from.
        """
        if minute % (self.policy.window_us // MINUTE_US) == 0:
            for row, median in zip(rows, medians.tolist(), strict=True):
                self._learn(row, median)
        return np.asarray(medians - np.array([self._level.get(row, np.nan) for row in rows]))

    def _learn(self, row: int, median: float) -> None:
        if not self.policy.stable_low <= median <= self.policy.stable_high:
            return
        level = self._level.get(row)
        if level is not None:
            self._level[row] = followed(level, median, self.policy.follow_step)
            return
        learned = self._learned.setdefault(row, [])
        learned.append(median)
        if len(learned) >= self._needed:
            self._level[row] = float(np.median(learned))
            del self._learned[row]


def followed(level: float, median: float, step: float) -> float:
    """Return a level that has moved towards a median, by at most a step.

    >>> followed(80.0, 95.0, 0.5), followed(80.0, 79.8, 0.5)
    (80.5, 79.8)
    """
    return level + min(max(median - level, -step), step)


def derive(
    policy: DerivedPolicy,
    minute: int,
    rows: list[int],
    minutes: Minutes,
    computed: Mapping[str, NDArray[np.float64]],
    baselines: Mapping[str, Baselines],
) -> NDArray[np.float64]:
    """Compute one derived signal for several patients at the end of a minute.

    Parameters
    ----------
    policy : DerivedPolicy
    minute : int
        Number of the minute since 1970.
    rows : list of int
        Which patients, by the rows of `baselines`.
    minutes : callable
        See :data:`Minutes`.
    computed : mapping of str to ndarray, shape (patients,)
        Scores, and derived signals computed before this one, of the same minute.
    baselines : mapping of str to Baselines
        By the name of the derived signal.

    Returns
    -------
    ndarray of float64, shape (patients,)
        NaN where it is not assessable.
    """
    window = policy.window_us // MINUTE_US
    match policy:
        case ChangePolicy():
            known = minutes(policy.signal)
            return window_median(known, window) - window_median(known, window, back=policy.over_us // MINUTE_US)
        case BaselinePolicy():
            return baselines[policy.name].deviation(minute, rows, window_median(minutes(policy.signal), window))
        case TogetherPolicy():
            return together(policy, window, minutes, computed)
        case PointsPolicy():
            return points(policy, window, minutes, computed)
        case VanishedPolicy():
            return vanished(policy, window, minutes)
        case _:
            assert_never(policy)


def together(
    policy: TogetherPolicy, window: int, minutes: Minutes, computed: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return 1 where every condition holds, 0 where one certainly does not, NaN where that cannot be told."""
    answers = []
    for condition in policy.conditions:
        value = _value(condition.signal, window, minutes, computed)
        holds = _holds(value, condition.operator, condition.threshold)
        answers.append(np.where(np.isnan(value), np.nan, holds))
    table = np.array(answers)
    certainly_not = (table == 0).any(axis=0)
    unknown = np.isnan(table).any(axis=0)
    return np.where(certainly_not, 0.0, np.where(unknown, np.nan, 1.0))


def points(
    policy: PointsPolicy, window: int, minutes: Minutes, computed: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the sum of the points of the terms that are known, NaN where too few of them are."""
    total: NDArray[np.float64] = np.zeros(())
    known: NDArray[np.int64] = np.zeros((), np.int64)
    for term in policy.terms:
        value = _value(term.signal, window, minutes, computed)
        share = (value - term.none_at) / (term.full_at - term.none_at)
        there = ~np.isnan(share)
        total = total + np.where(there, term.points * np.clip(share, 0.0, 1.0), 0.0)
        known = known + there
    return np.where(known >= policy.known_terms, total, np.nan)


def vanished(policy: VanishedPolicy, window: int, minutes: Minutes) -> NDArray[np.float64]:
    """Return 1 where all signals are gone that were all there before, otherwise 0."""
    over = policy.over_us // MINUTE_US
    answers = []
    for signal in policy.signals:
        known = ~np.isnan(minutes(signal))
        end = known.shape[1] - window
        gone = ~known[:, end:].any(axis=1)
        answers.append(gone & (2 * np.count_nonzero(known[:, end - over : end], axis=1) >= over))
    return np.where(np.all(answers, axis=0), 1.0, 0.0)


def _value(
    signal: str, window: int, minutes: Minutes, computed: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    value = computed.get(signal)
    return window_median(minutes(signal), window) if value is None else value


def _holds(value: NDArray[np.float64], operator: Operator, threshold: float) -> NDArray[np.bool_]:
    compare = {
        Operator.BELOW: np.less,
        Operator.AT_MOST: np.less_equal,
        Operator.ABOVE: np.greater,
        Operator.AT_LEAST: np.greater_equal,
    }[operator]
    return np.asarray(compare(value, threshold))
