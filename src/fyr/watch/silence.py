"""Which signals have fallen silent: nothing usable came for longer than the policy tolerates."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.watch.kernel import NEVER, State

__all__ = ["silent_signals"]


def silent_signals(
    state: State, rows: NDArray[np.int64], tolerance_us: NDArray[np.int64], now_us: int
) -> list[tuple[int, int, int, int]]:
    """Return the signals that could be assessed until now, and cannot any more.

    Parameters
    ----------
    state : State
    rows : ndarray of int64, shape (patients,)
        The patients who are watched.
    tolerance_us : ndarray of int64, shape (watched signals,)
    now_us : int

    Returns
    -------
    list of (int, int, int, int)
        Patient's row, signal, from when on it is lost, and when its last usable sample was; by time, then by signal.
    """
    silent = _silent(state, rows, tolerance_us, now_us)
    found = []
    for row, signal in silent.tolist():
        since_us = int(state.valid_us[row, signal])
        lost_us = since_us + int(state.period_us[row, signal]) + int(tolerance_us[signal])
        found.append((row, signal, lost_us, since_us))
    return sorted(found, key=lambda one: (one[2], one[1]))


@numba.njit(cache=True, nogil=True)
def _silent(state: State, rows: NDArray[np.int64], tolerance_us: NDArray[np.int64], now_us: int) -> NDArray[np.int64]:
    """Return patient's row and signal of each; shape (k, 2)."""
    found, count = np.empty((0, 2), np.int64), 0
    for row in rows:
        for signal in range(len(tolerance_us)):
            newest = state.newest[row, signal]
            if newest.valid_us == NEVER or newest.lost:
                continue
            period_us, tolerated_us = newest.period_us, tolerance_us[signal]
            if now_us - newest.valid_us - period_us > tolerated_us + period_us // 2:
                if count == len(found):
                    more = np.empty((max(2 * count, 16), 2), np.int64)
                    more[:count] = found
                    found = more
                found[count] = row, signal
                count += 1
    return found[:count]
