"""What a column of samples is: how often it changes and repeats, and whether its values are whole numbers of a decimal.

Apart from :mod:`fyr.record.sample_columns` because it loads the compiler.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["coded", "scales_of", "shape_of"]

_DECIMALS: Final = 3
_MOST: Final = 2.0**31
_NONE: Final = np.iinfo(np.int64).max


@numba.njit(cache=True, nogil=True)
def shape_of(column: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Return the smallest entry, the largest, how many runs of equal ones there are, and after how many they repeat.

    Parameters
    ----------
    column : ndarray of int64, shape (n,)
        At least one entry.

    Returns
    -------
    tuple of int
        The last is n where they do not repeat to the end. Looked at is only where the first entry comes back first.
    """
    n, first = len(column), column[0]
    at = 1
    while at < n and column[at] == first:
        at += 1
    while at < n and column[at] != first:
        at += 1
    cycle = at
    for i in range(cycle, n):
        if column[i] != column[i - cycle]:
            cycle = n
            break
    smallest, largest, runs = first, first, 1
    for i in range(1, n):
        smallest, largest = min(smallest, column[i]), max(largest, column[i])
        runs += column[i] != column[i - 1]
    return smallest, largest, runs, cycle


@numba.njit(cache=True, nogil=True)
def scales_of(
    value: NDArray[np.float64], signal: NDArray[np.int16], signals: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """Return the decimals and the smallest whole number of each signal, and the widest span of any.

    A bedside monitor says 72 or 36.6: whole numbers, or tenths.

    Returns
    -------
    exponent : ndarray of uint8, shape (signals,)
    smallest : ndarray of int64, shape (signals,)
    widest : int
        -1 where there is a value that has more decimals than three, or is too large.
    """
    exponent, scale = np.zeros(signals, np.uint8), np.ones(signals, np.float64)
    low, high = np.full(signals, np.inf), np.full(signals, -np.inf)
    for i in range(len(value)):
        v, s = value[i], np.uint16(signal[i])
        if v != v:  # noqa: PLR0124  NaN
            continue
        if not abs(v) <= _MOST:
            return exponent, np.zeros(signals, np.int64), -1
        while np.rint(v * scale[s]) / scale[s] != v:
            if exponent[s] == _DECIMALS:
                return exponent, np.zeros(signals, np.int64), -1
            exponent[s] += np.uint8(1)
            scale[s] *= 10.0
        low[s], high[s] = min(low[s], v), max(high[s], v)
    smallest, widest = np.zeros(signals, np.int64), 0
    for one in range(signals):
        if low[one] <= high[one]:
            smallest[one] = np.int64(np.rint(low[one] * scale[one]))
            widest = max(widest, int(np.rint(high[one] * scale[one])) - int(smallest[one]))
    return exponent, smallest, widest


@numba.njit(cache=True, nogil=True)
def coded(
    value: NDArray[np.float64],
    signal: NDArray[np.int16],
    exponent: NDArray[np.uint8],
    smallest: NDArray[np.int64],
    missing: int,
) -> tuple[NDArray[np.uint32], bool]:
    """Return what each value is above the smallest of its signal, and whether all of them come back bit for bit.

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
    signal : ndarray of int16, shape (n,)
    exponent, smallest : ndarray, shape (signals,)
        See :func:`scales_of`.
    missing : int
        What stands for NaN: for the one that numpy writes, no other.
    """
    bits, codes = value.view(np.uint64), np.empty(len(value), np.uint32)
    nan = np.array([np.nan]).view(np.uint64)[0]
    back = np.empty(1, np.float64)
    as_bits = back.view(np.uint64)
    scale = np.ones(len(exponent), np.float64)
    for one in range(len(exponent)):
        for _ in range(exponent[one]):
            scale[one] *= 10.0
    fits = True
    for i in range(len(value)):
        if bits[i] == nan:
            codes[i] = missing
            continue
        s = np.uint16(signal[i])
        whole = np.int64(np.rint(value[i] * scale[s]))
        back[0] = np.float64(whole) / scale[s]
        fits &= as_bits[0] == bits[i]
        codes[i] = whole - smallest[s]
    return codes, fits
