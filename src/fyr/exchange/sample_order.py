"""Puts rows of samples in order, patient by patient and signal by signal, in one pass where they are nearly so."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["grouped", "usual_steps"]


@numba.njit(cache=True, nogil=True)
def grouped(
    run: NDArray[np.int64], time_us: NDArray[np.int64], value: NDArray[np.float64], runs: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Sort rows by run, then by time; rows of one run and time keep their order.

    Parameters
    ----------
    run : ndarray of int64, shape (rows,)
        From 0 up to `runs`.
    time_us, value : ndarray, shape (rows,)
    runs : int

    Returns
    -------
    first : ndarray of int64, shape (runs + 1,)
        Where each run begins.
    time_us, value : ndarray, shape (rows,)
    """
    first = np.zeros(runs + 1, np.int64)
    for one in run:
        first[one + 1] += 1
    for one in range(runs):
        first[one + 1] += first[one]
    head = first[:-1].copy()
    times, values = np.empty_like(time_us), np.empty_like(value)
    for row in range(len(run)):
        place = head[run[row]]
        times[place], values[place] = time_us[row], value[row]
        head[run[row]] = place + 1
    for one in range(runs):
        start, stop = first[one], first[one + 1]
        for place in range(start + 1, stop):
            if times[place] < times[place - 1]:
                order = np.argsort(times[start:stop], kind="mergesort")
                times[start:stop] = times[start:stop][order]
                values[start:stop] = values[start:stop][order]
                break
    return first, times, values


@numba.njit(cache=True, nogil=True)
def usual_steps(first: NDArray[np.int64], time_us: NDArray[np.int64], otherwise_us: int) -> NDArray[np.int64]:
    """Return the most frequent time between the samples of each run, the shortest of several as frequent.

    Parameters
    ----------
    first : ndarray of int64, shape (runs + 1,)
    time_us : ndarray of int64, shape (rows,)
        In order within each run.
    otherwise_us : int
        For a run that has no two different times.
    """
    usual = np.full(len(first) - 1, otherwise_us, np.int64)
    for one in range(len(usual)):
        steps = np.diff(time_us[first[one] : first[one + 1]])
        steps = steps[steps > 0]
        if not len(steps):
            continue
        candidate, lead = steps[0], 0
        for step in steps:
            if lead == 0:
                candidate = step
            lead += 1 if step == candidate else -1
        if 2 * np.sum(steps == candidate) > len(steps):
            usual[one] = candidate
            continue
        steps = np.sort(steps)
        best, length = steps[0], 0
        most = 0
        for place in range(len(steps)):
            length = length + 1 if place > 0 and steps[place] == steps[place - 1] else 1
            if length > most:
                most, best = length, steps[place]
        usual[one] = best
    return usual
