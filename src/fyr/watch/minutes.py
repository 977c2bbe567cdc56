"""The last minutes of every watched signal: one mean a minute, from which derived signals are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import SignalPolicy
from fyr.clock import MINUTE_US

__all__ = ["RecentMinutes", "held_minutes", "minute_of", "window_median"]

_LEAST_PRESENT: Final = 0.5
"""A window of which less than half is known has no median: Fyr's own choice."""


def window_median(minutes: NDArray[np.float64], window: int, back: int = 0) -> NDArray[np.float64]:
    """Return the median of the known minutes of a window.

    Parameters
    ----------
    minutes : ndarray of float64, shape (rows, depth)
        The newest minute last; NaN where nothing was known.
    window : int
        How many minutes.
    back : int
        How many minutes before the newest the window ends.

    Returns
    -------
    ndarray of float64, shape (rows,)
        NaN where less than half of the window is known.

    >>> window_median(np.array([[1.0, 9.0, 3.0, np.nan]]), 3)
    array([6.])
    """
    end = minutes.shape[1] - back
    ordered = np.sort(minutes[:, end - window : end], axis=1)
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    rows = np.arange(len(ordered))
    low, high = ordered[rows, np.maximum(known - 1, 0) // 2], ordered[rows, np.minimum(known // 2, window - 1)]
    return np.where(known >= _LEAST_PRESENT * window, (low + high) / 2, np.nan)


class RecentMinutes:
    """A ring of one-minute means for each patient and signal.

    Parameters
    ----------
    signals : int
    depth : int
        How many minutes are remembered.
    held_minutes : sequence of int, optional
        By signal: for how many further minutes a mean stands where nothing newer comes; see :func:`held_minutes`.
        0 for all by default.
    """

    def __init__(self, signals: int, depth: int, held_minutes: Sequence[int] | None = None) -> None:
        self._signals, self._depth = signals, depth
        self._held = np.asarray(held_minutes or [0] * signals, np.int64)
        self._standing = np.full((0, signals), np.nan)
        self._age = np.zeros((0, signals), np.int64)
        self._means = np.full((0, signals, depth), np.nan)
        self._sum = np.zeros((0, signals))
        self._count = np.zeros((0, signals), np.int64)

    def make_room(self, patients: int) -> None:
        """See to it that there is space for so many patients."""
        missing = patients - len(self._sum)
        if missing > 0:
            self._means = np.concatenate([self._means, np.full((missing, self._signals, self._depth), np.nan)])
            self._sum = np.concatenate([self._sum, np.zeros((missing, self._signals))])
            self._count = np.concatenate([self._count, np.zeros((missing, self._signals), np.int64)])
            self._standing = np.concatenate([self._standing, np.full((missing, self._signals), np.nan)])
            self._age = np.concatenate([self._age, np.zeros((missing, self._signals), np.int64)])

    def add(self, patient: NDArray[np.int32], signal: NDArray[np.int16], value: NDArray[np.float64]) -> None:
        """Add usable samples to the minute that is running; arrays of shape (rows,)."""
        np.add.at(self._sum, (patient, signal), value)
        np.add.at(self._count, (patient, signal), 1)

    def close_minute(self) -> None:
        """End the running minute: its means become the newest, the oldest are forgotten."""
        with np.errstate(invalid="ignore"):
            means = np.where(self._count > 0, self._sum / np.maximum(self._count, 1), np.nan)
        is_new = self._count > 0
        self._age = np.where(is_new, 0, self._age + 1)
        self._standing = np.where(is_new, means, self._standing)
        means = np.where(self._age <= self._held, self._standing, np.nan)
        self._means = np.concatenate([self._means[:, :, 1:], means[:, :, None]], axis=2)
        self._sum[:] = 0
        self._count[:] = 0

    def of(self, rows: list[int], signal: int) -> NDArray[np.float64]:
        """Return the remembered minutes of a signal; shape (rows, depth), the newest last."""
        return np.asarray(self._means[rows, signal])


def held_minutes(signal: SignalPolicy) -> int:
    """Return for how many minutes after its own a value of a signal stands for it.

    A sample of a continuous signal stands for its minute alone. A reading (a cuff pressure) stands until the next one,
    at most for the time in which one is expected.
    """
    return 0 if signal.continuous else signal.gap_tolerance_us // MINUTE_US


def minute_of(time_us: int) -> int:
    """Return the number of the minute since 1970 that ends at or after a time."""
    return -(-time_us // MINUTE_US)
