"""Derived signals: change over time, distance from the patient's own baseline, several signals together.

Each is computed once a minute and read by rules like any measured signal. They work on one-minute means of usable
samples and on medians of windows of these, so that a single artefact moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from fyr.attention import BaselinePolicy, ChangePolicy, DerivedPolicy, Operator, TogetherPolicy
from fyr.clock import MINUTE_US
from fyr.watch.minutes import window_median

__all__ = ["Baselines", "Minutes", "derive", "remembered_minutes", "together"]

Minutes = Callable[[str], NDArray[np.float64]]
"""Gives, for a measured signal, its newest minutes; shape (patients, depth)."""


def remembered_minutes(derived: Mapping[str, DerivedPolicy]) -> int:
    """Return how many minutes the derived signals of a policy look back at most."""
    return max((_looks_back_us(policy) // MINUTE_US for policy in derived.values()), default=0)


def _looks_back_us(policy: DerivedPolicy) -> int:
    return policy.window_us + (policy.over_us if isinstance(policy, ChangePolicy) else 0)


class Baselines:
    """Each patient's own level of one signal, learned once, in the first stable hours, and then kept.

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
        if row in self._level or not self.policy.stable_low <= median <= self.policy.stable_high:
            return
        learned = self._learned.setdefault(row, [])
        learned.append(median)
        if len(learned) >= self._needed:
            self._level[row] = float(np.median(learned))
            del self._learned[row]


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
        case _:
            assert_never(policy)


def together(
    policy: TogetherPolicy, window: int, minutes: Minutes, computed: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return 1 where every condition holds, 0 where one certainly does not, NaN where that cannot be told."""
    answers = []
    for condition in policy.conditions:
        value = computed.get(condition.signal)
        if value is None:
            value = window_median(minutes(condition.signal), window)
        holds = _holds(value, condition.operator, condition.threshold)
        answers.append(np.where(np.isnan(value), np.nan, holds))
    table = np.array(answers)
    certainly_not = (table == 0).any(axis=0)
    unknown = np.isnan(table).any(axis=0)
    return np.where(certainly_not, 0.0, np.where(unknown, np.nan, 1.0))


def _holds(value: NDArray[np.float64], operator: Operator, threshold: float) -> NDArray[np.bool_]:
    compare = {
        Operator.BELOW: np.less,
        Operator.AT_MOST: np.less_equal,
        Operator.ABOVE: np.greater,
        Operator.AT_LEAST: np.greater_equal,
    }[operator]
    return np.asarray(compare(value, threshold))
