"""Lines along which a field on a lattice has one value (marching squares; Lorensen and Cline 1987 in two dimensions).

Along the sides of the lattice's cells the field is linear, and so are the lines within a cell. Where a cell's two high
corners lie across from each other, the mean of the four decides whether they are joined.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["isolines"]

Floats = NDArray[np.float64]


def isolines(field: NDArray[Any], rows: Floats, columns: Floats, level: float) -> list[Floats]:
    """Return the lines of a level.

    Parameters
    ----------
    field : ndarray of float, shape (rows, columns)
        NaN where nothing is known: no line passes a cell with such a corner.
    rows, columns : ndarray of float64, shape (rows,) and (columns,)
        Where the rows and columns lie; rising.
    level : float

    Returns
    -------
    list of ndarray of float64, shape (points, 2)
        Along columns, along rows. A line that is closed ends where it begins; another ends at the border of what is
        known.

    Examples
    --------
    >>> lines = isolines(np.array([[0.0, 0, 0], [0, 2, 0], [0, 0, 0]]), np.arange(3.0), np.arange(3.0), 1.0)
    >>> [line.tolist() for line in lines]
    [[[0.5, 1.0], [1.0, 1.5], [1.5, 1.0], [1.0, 0.5], [0.5, 1.0]]]
    """
    if min(field.shape) < 2:
        return []
    points, starts = _lines(np.ascontiguousarray(field, dtype=np.float64), rows, columns, float(level))
    found = [points[begin:end] for begin, end in pairwise(starts.tolist())]
    return [line for line in found if len(line) > 3 or (len(line) > 1 and (line[0] != line[-1]).any())]


@njit(cache=True, nogil=True)
def _crossing(field: Any, rows: Any, columns: Any, level: float, edge: int) -> tuple[float, float]:
    """Return where the level crosses an edge; edges along rows are numbered first, then those along columns."""
    width = field.shape[1]
    count = field.shape[0] * width
    row, column = (edge % count) // width, edge % width
    here = field[row, column]
    if edge < count:
        part = (level - here) / (field[row, column + 1] - here)
        return columns[column] + part * (columns[column + 1] - columns[column]), rows[row]
    part = (level - here) / (field[row + 1, column] - here)
    return columns[column], rows[row] + part * (rows[row + 1] - rows[row])


@njit(cache=True, nogil=True)
def _left_by(edges: Any, above: Any, side: int, is_joined: bool) -> int:
    """Return the edge on which a piece leaves a cell that it enters on a side where the field rises."""
    if is_joined:  # around the low corner before
        return int(edges[(side + 3) % 4])
    step = (side + 1) % 4
    while above[(step + 1) % 4]:
        step = (step + 1) % 4
    return int(edges[step])


@njit(cache=True, nogil=True)
def _pieces(field: Any, level: float, after: Any, is_reached: Any) -> int:
    """Say for each edge to which one the line goes on, the high side always on one hand; return how many do."""
    height, width = field.shape
    count = height * width
    pieces = 0
    edges, above = np.zeros(4, np.int64), np.zeros(4, np.bool_)
    for row in range(height - 1):
        for column in range(width - 1):
            a, b = field[row, column], field[row, column + 1]
            c, d = field[row + 1, column + 1], field[row + 1, column]
            above[0], above[1], above[2], above[3] = a >= level, b >= level, c >= level, d >= level
            high = int(above[0]) + int(above[1]) + int(above[2]) + int(above[3])
            if high in (0, 4) or np.isnan(a + b + c + d):
                continue
            edges[0] = row * width + column  # from corner a to b, b to c, c to d, d to a
            edges[1] = count + row * width + column + 1
            edges[2] = (row + 1) * width + column
            edges[3] = count + row * width + column
            is_joined = high == 2 and above[0] == above[2] and (a + b + c + d) / 4 >= level
            for side in range(4):
                if not above[side] and above[(side + 1) % 4]:
                    leave = _left_by(edges, above, side, is_joined)
                    after[edges[side]] = leave
                    is_reached[leave] = True
                    pieces += 1
    return pieces


@njit(cache=True, nogil=True)
def _lines(field: Any, rows: Any, columns: Any, level: float) -> tuple[Any, Any]:
    """Return the points of all lines, and where each begins: first those with an end, then those that are closed."""
    count = field.size
    after, is_reached = np.full(2 * count, -1, np.int64), np.zeros(2 * count, np.bool_)
    pieces = _pieces(field, level, after, is_reached)
    points, starts = np.empty((2 * pieces + 2, 2)), np.zeros(pieces + 2, np.int64)
    lines, filled = 0, 0
    for closed in (False, True):
        for first in range(2 * count):
            if after[first] < 0 or (not closed and is_reached[first]):
                continue
            edge = first
            while edge >= 0:
                points[filled, 0], points[filled, 1] = _crossing(field, rows, columns, level, edge)
                filled += 1
                following = after[edge]
                after[edge] = -1
                if closed and following == first:
                    points[filled] = points[starts[lines]]
                    filled += 1
                    break
                edge = following
            lines += 1
            starts[lines] = filled
    return points[:filled], starts[: lines + 1]
