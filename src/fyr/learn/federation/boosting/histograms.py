"""Sums of a site's rows by leaf, column and bin; and rows dealt to the leaves of a growing tree."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from fyr.learn.federation.boosting.levels import BLOCK, COUNT_BITS, CURVE_BITS

__all__ = ["deal", "histogram", "thin_splits", "threads"]

Whole = NDArray[np.int64]
Bins = NDArray[np.uint8]

_LEAST_SHARED = 50_000


@cache
def threads() -> ThreadPoolExecutor:
    """Return the threads that kernels share, as many as there are cores for this process."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), "fyr-boosting")


os.register_at_fork(after_in_child=threads.cache_clear)  # a child of a fork has none of its parent's threads


def histogram(bins: Bins, order: NDArray[np.int32], levels: Whole, offsets: NDArray[np.uint64]) -> Whole:
    """Return the sums of some rows in each bin of each column.

    Parameters
    ----------
    bins : ndarray of uint8, shape (all rows, columns)
    order : ndarray of int32, shape (rows,)
        Which rows.
    levels : ndarray of int64, shape (all rows,)
        Of :func:`~fyr.learn.federation.boosting.levels.packed`.
    offsets : ndarray of uint64, shape (columns + 1,)
        Where each column's bins begin.

    Returns
    -------
    ndarray of int64, shape (3, bins of all columns)
        Levels of slope, levels of curvature, rows.
    """
    parts = 1 if len(order) < _LEAST_SHARED else len(os.sched_getaffinity(0))
    if parts == 1:
        return _added(bins, order, levels, offsets)
    edges = np.linspace(0, len(order), parts + 1).astype(np.int64)
    work = [threads().submit(_added, bins, order[a:b], levels, offsets) for a, b in pairwise(edges)]
    total = work[0].result()
    for one in work[1:]:
        total += one.result()
    return total


@numba.njit(cache=True, nogil=True)
def _added(bins: Bins, order: NDArray[np.int32], levels: Whole, offsets: NDArray[np.uint64]) -> Whole:
    columns, several = bins.shape[1], int(offsets[-1])
    narrow = np.zeros(several, np.int64)
    sums = np.zeros((3, several), np.int64)
    curve_mask, count_mask = (1 << CURVE_BITS) - 1, (1 << COUNT_BITS) - 1
    for start in range(0, len(order), BLOCK):
        for place in range(start, min(start + BLOCK, len(order))):
            row = order[place]
            level = levels[row]
            for column in range(columns):
                narrow[offsets[column] + np.uint64(bins[row, column])] += level
        for one in range(several):
            found = narrow[one]
            sums[0, one] += found >> (COUNT_BITS + CURVE_BITS)
            sums[1, one] += (found >> COUNT_BITS) & curve_mask
            sums[2, one] += found & count_mask
            narrow[one] = 0
    return sums


@numba.njit(cache=True, nogil=True)
def deal(
    column: Bins, order: NDArray[np.int32], highest: int, missing: int, missing_left: bool, spare: NDArray[np.int32]
) -> int:
    """Sort rows into those that go left and those that go right, each in their old order; return how many go left.

    Parameters
    ----------
    column : ndarray of uint8, shape (all rows,)
        Bins of the column that is split.
    order : ndarray of int32, shape (rows,)
        Rewritten.
    highest : int
        The highest bin that goes left.
    missing : int
        The bin of a missing value.
    missing_left : bool
    spare : ndarray of int32, at least of shape (rows,)
    """
    left, right = 0, 0
    for place in range(len(order)):
        row = order[place]
        found = column[row]
        goes_left = missing_left if found == missing else found <= highest
        if goes_left:
            order[left] = row
            left += 1
        else:
            spare[right] = row
            right += 1
    for place in range(right):
        order[left + place] = spare[place]
    return left


@numba.njit(cache=True, nogil=True)
def thin_splits(counts: Whole, offsets: NDArray[np.uint64], least: int) -> NDArray[np.float64]:
    """Return how many sides of each split would hold some rows of this site, yet fewer than `least`.

    Parameters
    ----------
    counts : ndarray of int64, shape (bins of all columns,)
        Rows of one leaf; the last bin of a column is that of missing values.
    offsets : ndarray of uint64, shape (columns + 1,)
    least : int

    Returns
    -------
    ndarray of float64, shape (bins of all columns,)
        At each bin, of the split behind it: the sides with missing values to the right, plus 65,536 times the sides
        with missing values to the left.
    """
    thin = np.zeros(len(counts))
    for column in range(len(offsets) - 1):
        first, last = int(offsets[column]), int(offsets[column + 1]) - 1
        missing, rows = counts[last], 0
        for place in range(first, last + 1):
            rows += counts[place]
        below = 0
        for place in range(first, last):
            below += counts[place]
            code = 0.0
            for left, weight in ((below, 1.0), (below + missing, 65536.0)):
                right = rows - left
                if 0 < left < least:
                    code += weight
                if 0 < right < least:
                    code += weight
            thin[place] = code
    return thin
