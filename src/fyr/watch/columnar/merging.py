"""Changes of condition of one patient's signals put into one order: of time, then of signal, then as they came."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["merged_order"]


@numba.njit(cache=True, nogil=True)
def merged_order(changes: NDArray[np.void], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of changes in order of time; of equal times, those of an earlier signal first.

    Parameters
    ----------
    changes : ndarray of CHANGE
    first : ndarray of int64, shape (signals + 1,)
        The changes of signal ``i`` are from ``first[i]`` up to ``first[i + 1]``, nearly in order: a loss is noticed
        later than it is dated.
    """
    signals, total = len(first) - 1, first[-1]
    time_us = np.empty(total, np.int64)
    place = np.empty(total, np.int64)
    for s in range(signals):
        for i in range(first[s], first[s + 1]):
            mine_us = changes[i].time_us
            j = i
            while j > first[s] and time_us[j - 1] > mine_us:
                time_us[j], place[j] = time_us[j - 1], place[j - 1]
                j -= 1
            time_us[j], place[j] = mine_us, i
    order = np.empty(total, np.int64)
    heads = first[:-1].copy()
    for number in range(total):
        best, best_us = -1, np.int64(0)
        for s in range(signals):
            head = heads[s]
            if head < first[s + 1] and (best < 0 or time_us[head] < best_us):
                best, best_us = s, time_us[head]
        order[number] = place[heads[best]]
        heads[best] += 1
    return order
