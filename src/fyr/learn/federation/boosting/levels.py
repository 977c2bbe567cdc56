"""Slopes and curvatures of a loss in whole numbers, the same ones on every machine, so that their sums are exact.

A slope or curvature becomes a level from -8191 to 8191 by rounding up or down at random, so that the mean is kept (as
quantised training does: Shi et al. 2022, NeurIPS 35); which way is decided by a hash of the row's own values and the
tree. So it does not matter at which hospital, or in which place of a table, a row lies. The exponential is made of
additions and multiplications alone, which IEEE 754 defines to the last bit; the library's is not the same everywhere.

A level of slope, one of curvature and a count of one are kept in one number of 64 bits. A block of 4,096 rows can be
added up in it before any part overflows.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "COUNT_BITS", "CURVE_BITS", "MOST", "exponential", "packed", "row_keys", "slopes", "tree_key"]

Floats = NDArray[np.float64]

BLOCK: Final = 4096
"""How many packed rows may be added up before they are unpacked."""
MOST: Final = 8191
COUNT_BITS: Final = 13
CURVE_BITS: Final = 25

_LOG2E: Final = 1.4426950408889634
_LN2_HIGH: Final = 6.93147180369123816490e-01  # 33 bits, so that its product with a whole number is exact
_LN2_LOW: Final = 1.90821492927058770002e-10
_TERMS: Final = tuple(1.0 / float(np.prod(np.arange(1, n + 1, dtype=np.float64))) for n in range(13, -1, -1))
_TWO: Final = np.ldexp(1.0, np.arange(-1000, 1001))
_FURTHEST: Final = 600.0
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_PART: Final = 2.0**-24
_LOGISTIC, _SQUARED, _POISSON = 0, 1, 2


@numba.njit(cache=True, nogil=True)
def exponential(x: float) -> float:
    """Return e to the x, the same bits everywhere; x is held within 600 of 0."""
    held = min(max(x, -_FURTHEST), _FURTHEST)
    power = np.floor(held * _LOG2E + 0.5)
    rest = (held - power * _LN2_HIGH) - power * _LN2_LOW
    total = 0.0
    for term in _TERMS:
        total = total * rest + term
    found: float = total * _TWO[int(power) + 1000]
    return found


@numba.njit(cache=True, nogil=True)
def _mixed(key: np.uint64) -> np.uint64:
    """Return a hash of a number (SplitMix64; Steele, Lea and Flood 2014)."""
    key = key + _SPREAD
    key = (key ^ (key >> np.uint64(30))) * _MIX_1
    key = (key ^ (key >> np.uint64(27))) * _MIX_2
    return key ^ (key >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def row_keys(bins: NDArray[np.uint8], outcome: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each row: of its bins and of the bits of its outcome; shape (rows,)."""
    rows, columns = bins.shape
    keys = np.empty(rows, np.uint64)
    for row in range(rows):
        key = _mixed(outcome[row])
        for column in range(columns):
            key = (key ^ np.uint64(bins[row, column])) * _MIX_1
            key ^= key >> np.uint64(29)
        keys[row] = _mixed(key)
    return keys


@numba.njit(cache=True, nogil=True)
def tree_key(seed: int, tree: int) -> np.uint64:
    """Return what is mixed into the rows' hashes for one tree."""
    return _mixed(np.uint64(seed) * _MIX_2 + np.uint64(tree))


@numba.njit(cache=True, nogil=True)
def slopes(loss: int, score: Floats, outcome: Floats, unit: float, slope: Floats, curve: Floats) -> None:
    """Write slope and curvature of each row's loss in its score, both in units of `unit`.

    Parameters
    ----------
    loss : int
        0 of log odds, 1 of a mean (half the squared error), 2 of a log rate (Poisson).
    score, outcome : ndarray of float64, shape (rows,)
        Of a mean, both in units of `unit`.
    unit : float
        A power of two.
    slope, curve : ndarray of float64, shape (rows,)
        Written.
    """
    for row in range(len(score)):
        if loss == _LOGISTIC:
            chance = 1.0 / (1.0 + exponential(-score[row]))
            slope[row] = chance - outcome[row]
            curve[row] = chance * (1.0 - chance)
        elif loss == _SQUARED:
            slope[row] = score[row] - outcome[row]
            curve[row] = 1.0
        else:
            rate = exponential(score[row])
            slope[row] = (rate - outcome[row]) / unit
            curve[row] = rate / unit


@numba.njit(cache=True, nogil=True)
def packed(
    slope: Floats,
    curve: Floats,
    keys: NDArray[np.uint64],
    tree: np.uint64,
    slope_levels: float,
    curve_levels: float,
    out: NDArray[np.int64],
) -> None:
    """Write each row's levels and count into one number: slope above, curvature, then the count in the lowest bits.

    Parameters
    ----------
    slope, curve : ndarray of float64, shape (rows,)
    keys : ndarray of uint64, shape (rows,)
    tree : uint64
        Of :func:`tree_key`.
    slope_levels, curve_levels : float
        Levels in a unit of each.
    out : ndarray of int64, shape (rows,)
        Written.
    """
    for row in range(len(slope)):
        key = _mixed(keys[row] ^ tree)
        one = np.float64(key >> np.uint64(40)) * _PART
        other = np.float64((key >> np.uint64(16)) & np.uint64(0xFFFFFF)) * _PART
        up = np.int64(np.floor(min(max(slope[row] * slope_levels, -MOST), MOST) + one))
        bend = np.int64(np.floor(min(max(curve[row] * curve_levels, 0.0), MOST) + other))
        up, bend = min(up, np.int64(MOST)), min(bend, np.int64(MOST))
        out[row] = (up << (COUNT_BITS + CURVE_BITS)) + (bend << COUNT_BITS) + 1
