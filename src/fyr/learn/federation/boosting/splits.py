"""The best split of a leaf, from the sums of all sites.

The gain is what a split takes off the loss, to second order (Chen and Guestrin 2016, eq. 7). Among equal gains the
first column, the lowest bin, and missing values to the left come first, so the choice is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["Limits", "Split", "best_split"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a split must leave.

    Parameters
    ----------
    l2 : float
        Penalty on a leaf's value, squared.
    least_rows : int
        In each leaf, over all sites.
    least_curve : float
        Sum of curvature in each leaf.
    least_gain : float
        A split must gain more.
    """

    l2: float = 1.0
    least_rows: int = 20
    least_curve: float = 1e-3
    least_gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Split:
    """A split: bins up to `bin` of a column go left.

    Parameters
    ----------
    gain : float
    column, bin : int
    missing_left : bool
    left : tuple of float
        Slope, curvature and rows of what goes left.
    """

    gain: float
    column: int
    bin: int
    missing_left: bool
    left: tuple[float, float, float]


def best_split(sums: Floats, thin: Floats, offsets: NDArray[np.uint64], scale: Floats, limits: Limits) -> Split | None:
    """Return the best split of a leaf, or None where there is none.

    Parameters
    ----------
    sums : ndarray of float64, shape (3, bins of all columns)
        Levels of slope, of curvature, rows; whole numbers.
    thin : ndarray of float64, shape (bins of all columns,)
        Of :func:`~fyr.learn.federation.boosting.histograms.thin_splits`, summed over the sites; a split that leaves a
        site with too few rows on a side is not taken.
    offsets : ndarray of uint64, shape (columns + 1,)
    scale : ndarray of float64, shape (2,)
        Slope and curvature of a level.
    limits : Limits
    """
    found = _best(
        sums,
        thin,
        offsets.astype(np.int64),
        scale[0],
        scale[1],
        limits.l2,
        limits.least_rows,
        limits.least_curve,
        limits.least_gain,
    )
    if found[1] < 0:
        return None
    gain, column, highest, missing_left, slope, curve, rows = found
    return Split(gain, int(column), int(highest), bool(missing_left), (slope, curve, rows))


@numba.njit(cache=True, nogil=True)
def _best(
    sums: Floats,
    thin: Floats,
    offsets: NDArray[np.int64],
    slope_unit: float,
    curve_unit: float,
    l2: float,
    least_rows: int,
    least_curve: float,
    least_gain: float,
) -> tuple[float, int, int, bool, float, float, float]:
    best, at_column, at_bin, at_missing = least_gain, -1, -1, False
    at_slope, at_curve, at_rows = 0.0, 0.0, 0.0
    for column in range(len(offsets) - 1):
        first, last = offsets[column], offsets[column + 1] - 1
        slope, curve, rows = 0.0, 0.0, 0.0
        for place in range(first, last + 1):
            slope += sums[0, place]
            curve += sums[1, place]
            rows += sums[2, place]
        whole = slope * slope_unit * (slope * slope_unit) / (curve * curve_unit + l2)
        gone = sums[2, last]
        below, bend, many = 0.0, 0.0, 0.0
        for place in range(first, last):
            below += sums[0, place]
            bend += sums[1, place]
            many += sums[2, place]
            right_wrong = thin[place] % 65536.0 > 0
            left_wrong = thin[place] >= 65536.0
            for missing_left in (True, False):
                if gone == 0 and missing_left != (many * 2 >= rows):
                    continue  # none is missing here: a missing value will go with the more
                if left_wrong if missing_left else right_wrong:
                    continue
                left_slope, left_curve, left_rows = below, bend, many
                if missing_left:
                    left_slope += sums[0, last]
                    left_curve += sums[1, last]
                    left_rows += gone
                right_rows = rows - left_rows
                if left_rows < least_rows or right_rows < least_rows:
                    continue
                up, curved = left_slope * slope_unit, left_curve * curve_unit
                other, bent = (slope - left_slope) * slope_unit, (curve - left_curve) * curve_unit
                if curved < least_curve or bent < least_curve:
                    continue
                gain = up * up / (curved + l2) + other * other / (bent + l2) - whole
                if gain > best:
                    best, at_column, at_bin, at_missing = gain, column, place - first, missing_left
                    at_slope, at_curve, at_rows = left_slope, left_curve, left_rows
    return best, at_column, at_bin, at_missing, at_slope, at_curve, at_rows
