"""Derived signals of a whole recording, each kind by its own kernel.

A kind is added by a function here and a line in :data:`_KINDS`. Until then
:func:`fyr.watch.recorded_grid.derived_column` computes it, more slowly and to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.attention import BaselinePolicy, ChangePolicy, DerivedPolicy, Operator, TogetherPolicy
from fyr.clock import MINUTE_US

__all__ = ["Medians", "derive_column"]

Medians = Callable[[str, int], NDArray[np.float64]]
"""Gives, for a signal and a window in minutes, the median of the window that ends with each minute."""

Computed = Mapping[str, NDArray[np.float64]]
"""Scores, and derived signals computed before this one; shape (minutes,)."""


def derive_column(
    policy: DerivedPolicy, first_minute: int, count: int, medians: Medians, computed: Computed
) -> NDArray[np.float64] | None:
    """Compute one derived signal at the end of every minute.

    Parameters
    ----------
    policy : DerivedPolicy
    first_minute, count : int
        Number of the first minute since 1970, and how many there are.
    medians : callable
        See :data:`Medians`.
    computed : mapping of str to ndarray

    Returns
    -------
    ndarray of float64, shape (count,), or None
        NaN where it is not assessable; ``None`` where there is no kernel for its kind.
    """
    kind = _KINDS.get(type(policy))
    return None if kind is None else kind(policy, first_minute, count, medians, computed)


def _change(policy: ChangePolicy, _: int, __: int, medians: Medians, ___: Computed) -> NDArray[np.float64]:
    return _difference(medians(policy.signal, policy.window_us // MINUTE_US), policy.over_us // MINUTE_US)


def _baseline(policy: BaselinePolicy, first: int, _: int, medians: Medians, __: Computed) -> NDArray[np.float64]:
    window = policy.window_us // MINUTE_US
    needed = -(-policy.learn_us // policy.window_us)
    found = medians(policy.signal, window)
    learned = _learned(found, first, window, needed, policy.stable_low, policy.stable_high)
    if len(learned) < needed:
        return np.full(len(found), np.nan)
    return _above(found, int(learned[-1]), float(np.median(found[learned])))


def _together(policy: TogetherPolicy, _: int, count: int, medians: Medians, computed: Computed) -> NDArray[np.float64]:
    answer = np.ones(count)
    for condition in policy.conditions:
        value = computed.get(condition.signal)
        if value is None:
            value = medians(condition.signal, policy.window_us // MINUTE_US)
        _and(answer, value, _COMPARISONS[condition.operator], condition.threshold)
    return answer


_KINDS: Final[dict[type, Callable[[Any, int, int, Medians, Computed], NDArray[np.float64]]]] = {
    ChangePolicy: _change,
    BaselinePolicy: _baseline,
    TogetherPolicy: _together,
}

_COMPARISONS: Final = {Operator.BELOW: 0, Operator.AT_MOST: 1, Operator.ABOVE: 2, Operator.AT_LEAST: 3}


@numba.njit(cache=True, nogil=True)
def _difference(medians: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    found = np.full(len(medians), np.nan)
    for m in range(over, len(medians)):
        found[m] = medians[m] - medians[m - over]
    return found


@numba.njit(cache=True, nogil=True)
def _learned(
    medians: NDArray[np.float64], first: int, window: int, needed: int, low: float, high: float
) -> NDArray[np.int64]:
    """Return the minutes from which a level is learned: stable, a whole multiple of the window, the first so many."""
    places = np.empty(needed, np.int64)
    count = 0
    for m in range(-first % window, len(medians), window):
        if low <= medians[m] <= high:
            places[count] = m
            count += 1
            if count == needed:
                break
    return places[:count]


@numba.njit(cache=True, nogil=True)
def _above(medians: NDArray[np.float64], since: int, level: float) -> NDArray[np.float64]:
    found = np.full(len(medians), np.nan)
    for m in range(since, len(medians)):
        found[m] = medians[m] - level
    return found


@numba.njit(cache=True, nogil=True)
def _and(answer: NDArray[np.float64], value: NDArray[np.float64], comparison: int, threshold: float) -> None:
    """Take one more condition into the answer: 0 certainly not, NaN not known, else 1."""
    for m in range(len(answer)):
        v = value[m]
        if answer[m] == 0.0:
            continue
        if np.isnan(v):
            answer[m] = np.nan
            continue
        if comparison == 0:
            holds = v < threshold
        elif comparison == 1:
            holds = v <= threshold
        elif comparison == 2:
            holds = v > threshold
        else:
            holds = v >= threshold
        if not holds:
            answer[m] = 0.0
