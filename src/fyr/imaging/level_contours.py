"""The closed lines along which a field on a plane is 0 (marching squares, with the centre's mean in doubtful cells)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["level_contours"]

_NEAR: Final = 1e-9


def level_contours(field: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Return the lines around what is below 0; nothing may be below 0 on the border.

    Parameters
    ----------
    field : ndarray of float32, shape (rows, columns)

    Returns
    -------
    list of ndarray of float64, shape (points, 2)
        Row and column of each point, with fractions; the last is joined to the first.
    """
    if not (field < 0).any():
        return []
    inside = np.flatnonzero((field < 0).any(axis=1))
    across = np.flatnonzero((field < 0).any(axis=0))
    rows = slice(max(inside[0] - 1, 0), inside[-1] + 2)
    columns = slice(max(across[0] - 1, 0), across[-1] + 2)
    cut = np.where(np.abs(field[rows, columns]) < _NEAR, _NEAR, field[rows, columns]).astype(np.float64)
    segments = _segments(cut)
    following = dict(segments.tolist())
    lines = []
    while following:
        start, edge = following.popitem()
        line = [start]
        while edge != start:
            line.append(edge)
            edge = following.pop(edge)
        if len(line) > 2:
            lines.append(_points(np.array(line), cut) + np.array([rows.start, columns.start]))
    return lines


def _points(edges: NDArray[np.int64], field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the field is 0 on edges between neighbours."""
    columns = field.shape[1]
    flat, upright = edges // 2, edges % 2
    row, column = flat // columns, flat % columns
    here, there = field[row, column], field[row + upright, column + 1 - upright]
    part = here / (here - there)
    return np.column_stack([row + upright * part, column + (1 - upright) * part])


@njit(cache=True)
def _segments(field: Any) -> Any:
    """Return pairs of edges, from which to which the line runs in each cell, what is below 0 on its left.

    The edge from (row, column) to the next column is 2 (row * columns + column), that to the next row one more.
    """
    rows, columns = field.shape
    found = np.empty((2 * rows * columns, 2), np.int64)
    count = 0
    for row in range(rows - 1):
        for column in range(columns - 1):
            a, b = field[row, column] < 0, field[row, column + 1] < 0
            c, d = field[row + 1, column + 1] < 0, field[row + 1, column] < 0
            if a == b and b == c and c == d:
                continue
            low = 2 * (row * columns + column)
            right, high, left = low + 3, low + 2 * columns, low + 1
            edges = (low, right, high, left)
            corners = (a, b, c, d, a)
            # Going round the cell a, b, c, d: the line enters the inside where a corner outside is followed by one
            # inside, and leaves where one inside is followed by one outside.
            enters = np.empty(2, np.int64)
            leaves = np.empty(2, np.int64)
            entered = left_count = 0
            for side in range(4):
                if not corners[side] and corners[side + 1]:
                    enters[entered] = side
                    entered += 1
                elif corners[side] and not corners[side + 1]:
                    leaves[left_count] = side
                    left_count += 1
            if entered == 1:
                found[count, 0], found[count, 1] = edges[leaves[0]], edges[enters[0]]
                count += 1
                continue
            middle = field[row, column] + field[row, column + 1] + field[row + 1, column] + field[row + 1, column + 1]
            for number in range(2):
                leave = leaves[number]
                # Joined through the middle, the line goes on to the next entry; else it goes back around the corner.
                enter = (leave + 1) % 4 if middle < 0 else (leave + 3) % 4
                found[count, 0], found[count, 1] = edges[leave], edges[enter]
                count += 1
    return found[:count]
