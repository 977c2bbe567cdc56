"""The best risk that only rises with the predicted one: isotonic regression by pooling adjacent violators.

Ayer et al. 1955, Annals of Mathematical Statistics 26:641-647; Zadrozny and Elkan 2002, KDD, for probabilities. With
censoring each row whose status at the horizon is known weighs the inverse of its chance of having been followed (see
:mod:`fyr.learn.horizon_status`).

No finite number of patients shows a risk of 0 or 1: a block in which nobody had the event, or everybody, is given half
a patient of the other kind (Jeffreys' estimate: Brown, Cai and DasGupta 2001, Statistical Science 16:101-133).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["away_from_ends", "fit_isotonic"]


def fit_isotonic(
    risk: NDArray[np.float64], happened: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return knots: both ends of each pooled block, its weighted share of events, and its weight.

    Parameters
    ----------
    risk : ndarray of float64, shape (rows,)
    happened : ndarray of bool, shape (rows,)
    weight : ndarray of float64, shape (rows,)
        Rows of weight 0 are left out.

    Returns
    -------
    knots, values, weights : ndarray of float64, shape (knots,)
        In rising order; between two blocks the map is a straight line.
    """
    used = weight > 0
    points, place = np.unique(risk[used], return_inverse=True)
    size = np.bincount(place, weights=weight[used])
    total = np.bincount(place, weights=weight[used] * happened[used])
    first: list[int] = []
    sizes: list[float] = []
    totals: list[float] = []
    for point in range(len(points)):
        first.append(point)
        sizes.append(float(size[point]))
        totals.append(float(total[point]))
        while len(first) > 1 and totals[-2] * sizes[-1] >= totals[-1] * sizes[-2]:
            weighs, events = sizes.pop(), totals.pop()
            first.pop()
            sizes[-1] += weighs
            totals[-1] += events
    last = [*(start - 1 for start in first[1:]), len(points) - 1]
    shares = np.clip(np.array(totals) / np.array(sizes), 0.0, 1.0)
    ends = np.column_stack([points[first], points[last]])
    knots, values = ends.ravel(), np.repeat(shares, 2)
    single = np.repeat(ends[:, 0] == ends[:, 1], 2)
    single[::2] = False  # a block of one point is one knot
    return knots[~single], values[~single], np.repeat(sizes, 2)[~single]


def away_from_ends(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rising shares with those of exactly 0 and 1 moved inside by half a patient, still rising.

    Parameters
    ----------
    values, weights : ndarray of float64, shape (knots,)
    """
    half = 0.5 / (weights + 1)
    inside = np.where(values <= 0, half, np.where(values >= 1, 1 - half, values))
    between = (values > 0) & (values < 1)
    if between.any():  # never past the first share that was seen
        inside = np.where(values <= 0, np.minimum(inside, values[between].min()), inside)
        inside = np.where(values >= 1, np.maximum(inside, values[between].max()), inside)
    moved: NDArray[np.float64] = np.maximum.accumulate(inside)
    return moved
