"""Which signals have fallen silent: nothing usable came for longer than the policy tolerates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fyr.watch.kernel import NEVER, State

__all__ = ["silent_signals"]


def silent_signals(
    state: State, rows: Sequence[int], tolerance_us: NDArray[np.int64], now_us: int
) -> list[tuple[int, int, int, int]]:
    """Return the signals that could be assessed until now, and cannot any more.

    Parameters
    ----------
    state : State
    rows : sequence of int
        The patients who are watched.
    tolerance_us : ndarray of int64, shape (watched signals,)
    now_us : int

    Returns
    -------
    list of (int, int, int, int)
        Patient's row, signal, from when on it is lost, and when its last usable sample was; by time, then by signal.
    """
    watched = len(tolerance_us)
    valid, period = state.valid_us[rows, :watched], state.period_us[rows, :watched]
    assessable = (valid != NEVER) & ~state.lost[rows, :watched]
    age = np.where(assessable, now_us - np.where(assessable, valid, now_us), 0)
    silent = assessable & (age - period > tolerance_us + period // 2)
    found = []
    for position, signal in zip(*(index.tolist() for index in np.nonzero(silent)), strict=True):
        since_us = int(valid[position, signal])
        lost_us = since_us + int(period[position, signal]) + int(tolerance_us[signal])
        found.append((rows[position], signal, lost_us, since_us))
    return sorted(found, key=lambda one: (one[2], one[1]))
