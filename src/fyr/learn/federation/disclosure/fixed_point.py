"""Numbers as 128-bit integers, so that masks cancel to the last bit and a total is the same in whatever order.

A number is held in units of 2^-64 as two's complement in two limbs, shape (count, 2): the low and the high 64 bits.
A sum is exact modulo 2^128, so a total is rounded once, when it becomes a float again. A number is off by 2.7e-20 at
most: sums of one thousandth or more keep all the digits that a float64 has.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import Refused

__all__ = ["Limbs", "add", "from_fixed", "negate", "to_fixed"]

Limbs = NDArray[np.uint64]

_UNIT: Final = 2.0**64
_MOST: Final = 2.0**62
_WHERE: Final = "masked sums"


def to_fixed(values: NDArray[np.float64], parts: int = 1) -> Limbs:
    """Return numbers as limbs.

    Parameters
    ----------
    values : ndarray, shape (count,)
    parts : int
        How many such numbers may be added: each must leave room for the total.

    Raises
    ------
    Refused
        If a number is not finite, or too large.
    """
    if not bool(np.isfinite(values).all()):
        raise Refused("a sum is not a finite number", where=_WHERE, mend="look for missing or endless values")
    size = np.abs(values)
    if len(values) and float(size.max()) >= _MOST / parts:
        raise Refused(
            f"a sum of {float(size.max()):.3g} is too large to be masked", where=_WHERE, mend="rescale the columns"
        )
    whole = np.floor(size)
    # The fraction is exact, and so is its product with a power of two; what is rounded lies below 2^-64.
    low = np.rint((size - whole) * _UNIT)
    carry = low >= _UNIT
    limbs = np.empty((len(values), 2), dtype=np.uint64)
    limbs[:, 0] = np.where(carry, 0.0, low).astype(np.uint64)
    limbs[:, 1] = whole.astype(np.uint64) + carry.astype(np.uint64)
    below = values < 0
    limbs[below] = negate(limbs[below])
    return limbs


def from_fixed(limbs: Limbs) -> NDArray[np.float64]:
    """Return the nearest float64 of each number; shape (count,)."""
    below = (limbs[:, 1] >> np.uint64(63)).astype(np.bool_)
    size = limbs.copy()
    size[below] = negate(limbs[below])
    # Where one limb is zero nothing is rounded twice; counts are so, and most numbers below 1.
    found: NDArray[np.float64] = size[:, 1].astype(np.float64) + size[:, 0].astype(np.float64) / _UNIT
    both = np.flatnonzero(size.all(axis=1))
    found[both] = _nearest(size[both, 0], size[both, 1])
    return np.where(below, -found, found)


def _nearest(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the nearest float64 of numbers whose limbs are not zero.

    The 63 or 64 bits that lead, with one more for whether anything follows, are rounded as the whole number is.
    """
    one, most = np.uint64(1), np.uint64(63)
    room = np.clip(64 - np.frexp(high.astype(np.float64))[1], 0, 63).astype(np.uint64)
    leading = (high << room) | ((low >> one) >> (most - room))
    rest = (low << room) != 0
    found: NDArray[np.float64] = np.ldexp((leading | rest).astype(np.float64), -room.astype(np.int64))
    return found


def add(left: Limbs, right: Limbs) -> Limbs:
    """Return sums modulo 2^128."""
    found = left + right
    found[:, 1] += found[:, 0] < left[:, 0]
    return found


def negate(limbs: Limbs) -> Limbs:
    """Return each number's negative modulo 2^128."""
    found = ~limbs
    found[:, 0] += np.uint64(1)
    found[:, 1] += found[:, 0] == 0
    return found
