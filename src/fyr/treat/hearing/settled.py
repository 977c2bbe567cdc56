"""A grade from thresholds of which some are only known within bounds, or a statement of what it still depends on.

Every scale here can only get worse when a threshold does. The grade of the best audiogram that the measurements allow
and that of the worst are therefore the ends of all grades that are possible: where they are the same, that is the
grade, whatever the frequencies are that were not measured; where not, the thresholds that it depends on are named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FLOOR_DB", "ROOF_DB", "Settled", "bounds", "settle", "within_octave"]

FLOOR_DB: Final = -60.0
ROOF_DB: Final = 260.0
"""Beyond any threshold: the bounds of one that nothing is known of."""

Grade = Callable[[NDArray[np.float64]], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What bounds say about a grade.

    Parameters
    ----------
    grade : ndarray of int, shape (rows,)
        The least grade that is possible.
    is_settled : ndarray of bool, shape (rows,)
        Whether it is the only one.
    depends_on : ndarray of bool, shape (rows, values)
        Which values decide, in a row that is not settled.
    """

    grade: NDArray[np.int64]
    is_settled: NDArray[np.bool_]
    depends_on: NDArray[np.bool_]


def bounds(level_db: NDArray[Any], no_response: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest threshold.

    Parameters
    ----------
    level_db : ndarray, any shape
        NaN where it was not measured.
    no_response : ndarray, same shape
        True (or 1) where even `level_db` was not heard; NaN counts as heard.
    """
    level = np.asarray(level_db, dtype=np.float64)
    silent = np.nan_to_num(np.asarray(no_response, dtype=np.float64)) == 1
    unknown = np.isnan(level)
    low = np.where(unknown, FLOOR_DB, np.where(silent, np.nextafter(level, np.inf), level))
    high = np.where(unknown | silent, ROOF_DB, level)
    return low, high


def within_octave(
    low: NDArray[np.float64], high: NDArray[np.float64], between: tuple[tuple[int, int, int], ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound frequencies that were not measured by their neighbours an octave apart.

    Parameters
    ----------
    low, high : ndarray, shape (rows, frequencies)
    between : tuple of (below, place, above)
        Columns of the lower neighbour, the frequency, and the upper neighbour.
    """
    low, high = low.copy(), high.copy()
    for below, place, above in between:
        unknown = (low[:, place] == FLOOR_DB) & (high[:, place] == ROOF_DB)
        low[unknown, place] = np.minimum(low[:, below], low[:, above])[unknown]
        high[unknown, place] = np.maximum(high[:, below], high[:, above])[unknown]
    return low, high


def settle(grade: Grade, low: NDArray[np.float64], high: NDArray[np.float64]) -> Settled:
    """Grade what is known within bounds.

    Parameters
    ----------
    grade : callable
        Values of shape (rows, values) to grades of shape (rows,); never falls when a value rises.
    low, high : ndarray, shape (rows, values)
    """
    least, most = grade(low), grade(high)
    same = least == most
    depends = np.zeros(low.shape, dtype=np.bool_)
    if not same.all():
        for place in np.flatnonzero((low < high).any(axis=0)):
            raised, lowered = low.copy(), high.copy()
            raised[:, place], lowered[:, place] = high[:, place], low[:, place]
            depends[:, place] = (grade(raised) > least) | (grade(lowered) < most)
        none = ~depends.any(axis=1) & ~same
        depends[none] = (low < high)[none]
        depends[same] = False
    return Settled(least, same, depends)
