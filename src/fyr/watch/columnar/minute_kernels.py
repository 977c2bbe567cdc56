"""One-minute means of a signal and medians of their windows, for a whole recording at once.

The numbers are those of :mod:`fyr.watch.minutes` and :mod:`fyr.watch.recorded_grid`, without sorting a window anew.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.clock import MINUTE_US
from fyr.watch.kernel import NEVER

__all__ = ["minute_means", "usable_samples", "window_medians"]

_MINUTE_US: Final = int(MINUTE_US)

_COUNTED: Final = 512
"""Whole numbers below this one are counted; no vital sign in whole numbers is larger."""


@numba.njit(cache=True, nogil=True)
def usable_samples(
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    low: float,
    high: float,
    times: NDArray[np.int64],
    values: NDArray[np.float64],
) -> int:
    """Write the samples that the rule kernel would use: known, plausible, none late or double; return how many.

    Parameters
    ----------
    time_us, value : ndarray, shape (samples,)
        In order of time.
    low, high : float
        The plausible range, ends included.
    times, values : ndarray, shape (samples,)
        Written.
    """
    count = 0
    for i in range(len(time_us)):
        if i > 0 and time_us[i] <= time_us[i - 1]:
            continue
        if low <= value[i] <= high:
            times[count], values[count] = time_us[i], value[i]
            count += 1
    return count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def minute_means(
    time_us: NDArray[np.int64],
    value: NDArray[np.float64],
    low: float,
    high: float,
    first_minute: int,
    held: int,
    means: NDArray[np.float64],
) -> None:
    """Write the mean of each minute's usable samples, NaN where nothing stands.

    Parameters
    ----------
    time_us, value : ndarray, shape (samples,)
        In order of time; usable are those that :func:`usable_samples` writes.
    low, high : float
        The plausible range, ends included.
    first_minute : int
        Number of the first minute since 1970; a sample belongs to the minute that ends at or after it.
    held : int
        For how many further minutes a mean stands where nothing newer comes.
    means : ndarray of float64, shape (minutes,)
        Written.
    """
    count = len(means)
    means[:] = np.nan
    place, known, total = -1, 0, 0.0
    end_us = (first_minute - 1) * _MINUTE_US
    before_us = np.int64(NEVER)
    for i in range(len(time_us)):
        t, v = time_us[i], value[i]
        is_new = t > before_us
        before_us = t
        if not is_new or not low <= v <= high:
            continue
        if t > end_us:
            if known > 0:
                means[place] = total / known
            place += 1
            end_us += _MINUTE_US
            if t > end_us:
                place = int(-(-t // _MINUTE_US)) - first_minute
                end_us = (first_minute + place) * _MINUTE_US
            known, total = 0, 0.0
            if place >= count:
                break
        elif place < 0:
            continue
        total += v
        known += 1
    if known > 0:
        means[place] = total / known
    newest = -1
    for place in range(count if held > 0 else 0):
        if not np.isnan(means[place]):
            newest = place
        elif newest >= 0 and place - newest <= held:
            means[place] = means[newest]


def window_medians(means: NDArray[np.float64], window: int, medians: NDArray[np.float64]) -> None:
    """Write, for every minute, the median of the known means of the window that ends with it.

    Parameters
    ----------
    means : ndarray of float64, shape (minutes,)
    window : int
    medians : ndarray of float64, shape (minutes,)
        Written; NaN where less than half of the window is known.
    """
    if window == 5:
        _medians_of_five(means, medians)
    elif not _medians_by_counting(means, window, medians):
        _medians_in_order(means, window, medians)


@numba.njit(cache=True, nogil=True)
def _medians_in_order(means: NDArray[np.float64], window: int, medians: NDArray[np.float64]) -> None:
    """Keep the window in order."""
    ordered = np.empty(window + 1)
    known = 0
    for m in range(len(means)):
        if m >= window and not np.isnan(means[m - window]):
            known = _without(ordered, known, means[m - window])
        if not np.isnan(means[m]):
            known = _with(ordered, known, means[m])
        if 2 * known >= window and known > 0:
            medians[m] = (ordered[(known - 1) // 2] + ordered[known // 2]) / 2
        else:
            medians[m] = np.nan


@numba.njit(cache=True, nogil=True)
def _medians_by_counting(means: NDArray[np.float64], window: int, medians: NDArray[np.float64]) -> bool:
    """Count how often each whole number is in the window; return whether all are whole and small enough to count."""
    places = np.empty(len(means), np.int16)
    odd = 0
    for m in range(len(means)):
        value = means[m]
        is_known = value == value  # noqa: PLR0124  not NaN
        place = np.int16(value) if is_known and 0.0 <= value < _COUNTED else np.int16(-1)
        if is_known and (place < 0 or float(place) != value):
            odd += 1
        places[m] = place
    if odd:
        return False
    often = np.zeros(_COUNTED + 1, np.int32)
    known, current, below = 0, 0, 0
    for m in range(len(means)):
        new = places[m]
        old = places[m - window] if m >= window else np.int16(-1)
        if new == old and m > 0:
            medians[m] = medians[m - 1]
            continue
        if new >= 0:
            often[new] += 1
            known += 1
            below += int(new < current)
        if old >= 0:
            often[old] -= 1
            known -= 1
            below -= int(old < current)
        if 2 * known < window or known == 0:
            medians[m] = np.nan
            continue
        rank = (known - 1) // 2
        while below > rank:
            current -= 1
            below -= int(often[current])
        while below + often[current] <= rank:
            below += int(often[current])
            current += 1
        upper = current
        if known % 2 == 0 and below + often[current] <= rank + 1:
            upper += 1
            while often[upper] == 0:
                upper += 1
        medians[m] = (float(current) + float(upper)) / 2
    return True


@numba.njit(cache=True, nogil=True)
def _medians_of_five(means: NDArray[np.float64], medians: NDArray[np.float64]) -> None:
    """Sort every five by comparing, what is not known last, and take the middle of those that are."""
    n = len(means)
    for m in range(min(4, n)):
        medians[m] = _median_of(means[: m + 1], 5)
    first, second, third, fourth, fifth = (
        means[: n - 4],
        means[1 : n - 3],
        means[2 : n - 2],
        means[3 : n - 1],
        means[4:],
    )
    found = medians[4:]
    for k in range(max(0, n - 4)):
        known = 0.0
        a, b, c, d, e = first[k], second[k], third[k], fourth[k], fifth[k]
        known += 1.0 if a == a else 0.0  # noqa: PLR0124  not NaN, as below
        known += 1.0 if b == b else 0.0  # noqa: PLR0124
        known += 1.0 if c == c else 0.0  # noqa: PLR0124
        known += 1.0 if d == d else 0.0  # noqa: PLR0124
        known += 1.0 if e == e else 0.0  # noqa: PLR0124
        a = a if a == a else np.inf  # noqa: PLR0124
        b = b if b == b else np.inf  # noqa: PLR0124
        c = c if c == c else np.inf  # noqa: PLR0124
        d = d if d == d else np.inf  # noqa: PLR0124
        e = e if e == e else np.inf  # noqa: PLR0124
        a, b = (a if a < b else b), (b if a < b else a)
        d, e = (d if d < e else e), (e if d < e else d)
        c, e = (c if c < e else e), (e if c < e else c)
        c, d = (c if c < d else d), (d if c < d else c)
        b, e = (b if b < e else e), (e if b < e else b)
        a, d = (a if a < d else d), (d if a < d else a)
        a, c = (a if a < c else c), (c if a < c else a)
        b, d = (b if b < d else d), (d if b < d else b)
        b, c = (b if b < c else c), (c if b < c else b)
        low = c if known == 5.0 else b
        high = c if known >= 4.0 else b
        found[k] = (low + high) / 2 if known >= 3.0 else np.nan


@numba.njit(cache=True, nogil=True)
def _median_of(means: NDArray[np.float64], window: int) -> float:
    ordered = np.empty(window + 1)
    known = 0
    for mean in means:
        if not np.isnan(mean):
            known = _with(ordered, known, mean)
    return (ordered[(known - 1) // 2] + ordered[known // 2]) / 2 if 2 * known >= window else np.nan


@numba.njit(cache=True, nogil=True)
def _with(ordered: NDArray[np.float64], known: int, value: float) -> int:
    """Put a value into its place; return how many there are now."""
    place = known
    while place > 0 and ordered[place - 1] > value:
        ordered[place] = ordered[place - 1]
        place -= 1
    ordered[place] = value
    return known + 1


@numba.njit(cache=True, nogil=True)
def _without(ordered: NDArray[np.float64], known: int, value: float) -> int:
    """Take a value that is there out of its place; return how many there are now."""
    place = 0
    while ordered[place] != value:
        place += 1
    for later in range(place, known - 1):
        ordered[later] = ordered[later + 1]
    return known - 1
