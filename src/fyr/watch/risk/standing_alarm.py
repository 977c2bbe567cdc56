"""An alarm that stands for some hours: what counts is the highest risk of the hours just past."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["highest_of_hours"]

_HAIR_H = 1e-6


def highest_of_hours(
    stay: NDArray[np.int64], hour: NDArray[np.float64], risk: NDArray[np.float64], held_h: int
) -> NDArray[np.float64]:
    """Return the highest risk of each row and of the rows less than `held_h` hours before it in the same stay.

    Parameters
    ----------
    stay : ndarray of int64, shape (rows,)
        The rows of a stay are consecutive.
    hour : ndarray of float64, shape (rows,)
        Rising within a stay.
    risk : ndarray of float64, shape (rows,)
    held_h : int
        1 for the row alone.

    Returns
    -------
    ndarray of float64, shape (rows,)

    Examples
    --------
    >>> highest_of_hours(np.array([1, 1, 1, 2]), np.array([0.0, 1, 2, 0]), np.array([0.3, 0.1, 0.2, 0.1]), 2).tolist()
    [0.3, 0.3, 0.2, 0.1]
    """
    highest = np.empty(len(risk))
    _fill_highest(stay, hour, risk, held_h - _HAIR_H, highest)
    return highest


@njit(cache=True)
def _fill_highest(
    stay: NDArray[np.int64],
    hour: NDArray[np.float64],
    risk: NDArray[np.float64],
    back_h: float,
    highest: NDArray[np.float64],
) -> None:
    for row in range(len(risk)):
        highest[row] = risk[row]
        before = row - 1
        while before >= 0 and stay[before] == stay[row] and hour[row] - hour[before] < back_h:
            highest[row] = max(highest[row], risk[before])
            before -= 1
