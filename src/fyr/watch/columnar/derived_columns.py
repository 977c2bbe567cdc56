"""Derived signals of a whole recording, each kind by its own kernel.

A kind is added by a function here and a line in :data:`_KINDS`. Until then
:func:`fyr.watch.recorded_grid.derived_column` computes it, more slowly and to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import numba
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

__all__ = ["Recording", "derive_column"]


class Recording(Protocol):
    """One patient's recording, as the kernels ask for it."""

    first_minute: int
    """Number since 1970."""
    count: int
    """How many minutes."""

    @property
    def computed(self) -> Mapping[str, NDArray[np.float64]]:
        """Scores, and derived signals computed before this one; shape (minutes,)."""
        ...

    def means(self, signal: str) -> NDArray[np.float64]:
        """Return the mean of each minute."""
        ...

    def medians(self, signal: str, window: int) -> NDArray[np.float64]:
        """Return the median of the window of minutes that ends with each minute."""
        ...

    def column(self) -> NDArray[np.float64]:
        """Return room for a value a minute."""
        ...


def derive_column(policy: DerivedPolicy, recording: Recording) -> NDArray[np.float64] | None:
    """Compute one derived signal at the end of every minute.

    Parameters
    ----------
    policy : DerivedPolicy
    recording : Recording

    Returns
    -------
    ndarray of float64, shape (minutes,), or None
        NaN where it is not assessable; ``None`` where there is no kernel for its kind.
    """
    kind = _KINDS.get(type(policy))
    return None if kind is None else kind(policy, recording)


def _change(policy: ChangePolicy, recording: Recording) -> NDArray[np.float64]:
    found = recording.column()
    _difference(recording.medians(policy.signal, _minutes(policy.window_us)), _minutes(policy.over_us), found)
    return found


def _baseline(policy: BaselinePolicy, recording: Recording) -> NDArray[np.float64]:
    window = _minutes(policy.window_us)
    needed = -(-policy.learn_us // policy.window_us)
    medians, found = recording.medians(policy.signal, window), recording.column()
    low, high = policy.stable_low, policy.stable_high
    since, level = _learned(medians, recording.first_minute, window, needed, low, high)
    _above(medians, window, since, level, policy.follow_step, low, high, found)
    return found


def _together(policy: TogetherPolicy, recording: Recording) -> NDArray[np.float64]:
    answer = recording.column()
    answer[:] = 1.0
    for one in policy.conditions:
        value = _value(one.signal, policy.window_us, recording)
        _and(answer, value, _COMPARISONS[one.operator], one.threshold)
    return answer


def _points(policy: PointsPolicy, recording: Recording) -> NDArray[np.float64]:
    total = recording.column()
    values = tuple(_value(term.signal, policy.window_us, recording) for term in policy.terms)
    weights = np.array([(term.none_at, term.full_at - term.none_at, term.points) for term in policy.terms])
    _sum_up(values, weights, policy.known_terms, total)
    return total


def _vanished(policy: VanishedPolicy, recording: Recording) -> NDArray[np.float64]:
    answer = recording.column()
    answer[:] = 1.0
    for signal in policy.signals:
        _gone(recording.means(signal), _minutes(policy.window_us), _minutes(policy.over_us), answer)
    return answer


_KINDS: Final[dict[type, Callable[[Any, Recording], NDArray[np.float64]]]] = {
    ChangePolicy: _change,
    BaselinePolicy: _baseline,
    TogetherPolicy: _together,
    PointsPolicy: _points,
    VanishedPolicy: _vanished,
}

_AT_ONCE: Final = 2048
"""Minutes."""

_COMPARISONS: Final = {Operator.BELOW: 0, Operator.AT_MOST: 1, Operator.ABOVE: 2, Operator.AT_LEAST: 3}


def _minutes(time_us: int) -> int:
    return time_us // MINUTE_US


def _value(signal: str, window_us: int, recording: Recording) -> NDArray[np.float64]:
    value = recording.computed.get(signal)
    return recording.medians(signal, _minutes(window_us)) if value is None else value


@numba.njit(cache=True, nogil=True)
def _difference(medians: NDArray[np.float64], over: int, found: NDArray[np.float64]) -> None:
    found[:over] = np.nan
    for m in range(over, len(medians)):
        found[m] = medians[m] - medians[m - over]


@numba.njit(cache=True, nogil=True)
def _learned(
    medians: NDArray[np.float64], first: int, window: int, needed: int, low: float, high: float
) -> tuple[int, float]:
    """Return since which minute a level is known, and the level: the median of the first stable medians.

    Only every so many minutes is learned from: windows do not overlap. The minute is past the end where too little was
    stable.
    """
    learned = np.empty(needed)
    count = 0
    for m in range(-first % window, len(medians), window):
        if low <= medians[m] <= high:
            learned[count] = medians[m]
            count += 1
            if count == needed:
                ordered = np.sort(learned)
                return m, (ordered[(needed - 1) // 2] + ordered[needed // 2]) / 2
    return len(medians), np.nan


@numba.njit(cache=True, nogil=True)
def _above(
    medians: NDArray[np.float64],
    window: int,
    since: int,
    level: float,
    step: float,
    low: float,
    high: float,
    found: NDArray[np.float64],
) -> None:
    """Write how far each median is from the level, which follows stable ones by a step at the end of each window."""
    found[:since] = np.nan
    m, n = since, len(medians)
    while m < n:
        if step != 0.0 and m > since and low <= medians[m] <= high:
            level = level + min(max(medians[m] - level, -step), step)
        stop = min(n, m + window)
        for k in range(m, stop):
            found[k] = medians[k] - level
        m = stop


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


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _weigh(
    value: NDArray[np.float64],
    none_at: float,
    width: float,
    points: float,
    total: NDArray[np.float64],
    known: NDArray[np.float64],
) -> None:
    """Add one term's points where its value is known."""
    for m in range(len(value)):
        share = (value[m] - none_at) / width
        part = 0.0 if share < 0.0 else share
        part = 1.0 if part > 1.0 else part
        there = share == share  # noqa: PLR0124  not NaN
        total[m] += points * part if there else 0.0
        known[m] += 1.0 if there else 0.0


@numba.njit(cache=True, nogil=True)
def _sum_up(
    values: tuple[NDArray[np.float64], ...], weights: NDArray[np.float64], needed: int, total: NDArray[np.float64]
) -> None:
    """Add up all terms, some minutes at a time so that the sums stay near the processor."""
    known = np.empty(_AT_ONCE)
    for start in range(0, len(total), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(total))
        sums, there = total[start:stop], known[: stop - start]
        sums[:] = 0.0
        there[:] = 0.0
        for term in range(len(values)):
            none_at, width, points = weights[term]
            _weigh(values[term][start:stop], none_at, width, points, sums, there)
        for m in range(stop - start):
            if there[m] < needed:
                sums[m] = np.nan


@numba.njit(cache=True, nogil=True)
def _gone(means: NDArray[np.float64], window: int, over: int, answer: NDArray[np.float64]) -> None:
    """Keep the answer where nothing is known in the window and at least half of the minutes before it are."""
    silent = 0
    for m in range(len(means)):
        if not np.isnan(means[m]):
            silent = 0
            answer[m] = 0.0
            continue
        silent += 1
        if silent < window and m + 1 >= window:
            answer[m] = 0.0
            continue
        before = 0
        for k in range(max(0, m - window - over + 1), max(0, m - window + 1)):
            before += not np.isnan(means[k])
        if 2 * before < over:
            answer[m] = 0.0
