"""How much of each pixel lies inside a closed line, exactly, and where in the pixel that part lies.

The area is exact, not sampled: the boundary is followed pixel by pixel, and Green's theorem turns each piece of it into
the area (and the two first moments) between it and the right-hand side of its pixel; pixels further right get the
full width. (The accumulation that font rasterisers use for coverage, with first moments added.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["plane_coverage"]

Floats = NDArray[np.float64]
_WHOLE = 1e-6


@njit(cache=True)
def _add_piece(sums: Any, row: int, column: int, x0: float, y0: float, x1: float, y1: float, sign: float) -> None:
    """Add one straight piece of boundary that lies in one pixel; x and y from 0 to 1 inside it."""
    height = abs(y1 - y0) * sign
    sums[0, row, column] += height * (1.0 - 0.5 * (x0 + x1))
    sums[1, row, column] += height * (0.5 - (x0 * x0 + x0 * x1 + x1 * x1) / 6.0)
    middle = 0.5 * (y0 + y1)
    sums[2, row, column] += height * (middle - (x0 * (2.0 * y0 + y1) + x1 * (y0 + 2.0 * y1)) / 6.0)
    sums[3, row, column + 1] += height
    sums[4, row, column + 1] += height * middle


@njit(cache=True)
def _add_edge(sums: Any, x0: float, y0: float, x1: float, y1: float) -> None:
    """Add one edge, cut at the borders of the pixels that it passes."""
    if y0 == y1:
        return
    sign = 1.0
    if y0 > y1:
        sign = -1.0
        x0, y0, x1, y1 = x1, y1, x0, y0
    slope = (x1 - x0) / (y1 - y0)
    for row in range(int(np.floor(y0)), int(np.ceil(y1))):
        ya, yb = max(y0, float(row)), min(y1, row + 1.0)
        xa, xb = x0 + (ya - y0) * slope, x0 + (yb - y0) * slope
        if yb == y1:
            xb = x1
        if xa > xb:
            xa, ya, xb, yb = xb, yb, xa, ya
        first, last = int(np.floor(xa)), int(np.floor(xb))
        if first == last:
            _add_piece(sums, row, first, xa - first, ya - row, xb - first, yb - row, sign)
            continue
        along = (yb - ya) / (xb - xa)
        x, y = xa, ya
        for column in range(first, last + 1):
            right = min(xb, column + 1.0)
            top = ya + (right - xa) * along
            if column == last:
                top = yb
            _add_piece(sums, row, column, x - column, y - row, right - column, top - row, sign)
            x, y = right, top


@njit(cache=True)
def _folded(area: float, along: float, up: float) -> tuple[float, float, float]:
    """Return coverage and moments with what is covered twice taken as not covered: the even-odd rule."""
    if area < 0.0:
        area, along, up = -area, -along, -up
    while area > 2.0 + _WHOLE:
        area, along, up = area - 2.0, along - 1.0, up - 1.0
    if area > 1.0 + _WHOLE:
        area, along, up = 2.0 - area, 1.0 - along, 1.0 - up
    return area, along, up


def plane_coverage(
    points: Floats,
    starts: NDArray[np.int64],
    plane: NDArray[np.int64],
    sign: Floats,
    exclusive: NDArray[np.bool_],
    shape: tuple[int, int, int],
) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Return how much of each pixel of each plane is inside the contours, and the first moments of that part.

    Inside one contour the even-odd rule holds, so that a keyhole leaves its hole open. Contours of one plane are
    added with their signs (a hole is subtracted); what lies in two of them counts once, or not at all where the
    contours are exclusive (``CLOSEDPLANAR_XOR``).

    Parameters
    ----------
    points : ndarray of float64, shape (points, 2)
        Column and row in pixels: a pixel's left upper corner is a whole number, and all lie at least one pixel inside
        the array.
    starts : ndarray of int64, shape (contours + 1,)
        Where the points of each contour begin.
    plane : ndarray of int64, shape (contours,)
        The plane of each contour, not falling.
    sign : ndarray of float64, shape (contours,)
        1, or -1 for a hole.
    exclusive : ndarray of bool, shape (planes,)
    shape : tuple of int
        Planes, rows, columns.

    Returns
    -------
    coverage : ndarray of float32, shape (3, planes, rows, columns)
        The covered part of each pixel from 0 to 1, and its moments: the integrals of column and row inside the pixel.
    plane_area : ndarray of float64, shape (planes,)
        In pixels.
    contour_area : ndarray of float64, shape (contours, 2)
        Of each contour alone, in pixels: what it covers by the even-odd rule, and by its signed (shoelace) area;
        they differ where it crosses itself.
    """
    coverage = _zeros(shape)
    plane_area, contour_area = np.zeros(shape[0]), np.zeros((len(starts) - 1, 2))
    _add_contours(points, starts, plane, sign, coverage, contour_area)
    _settle(coverage, exclusive, plane_area)
    return coverage, plane_area, contour_area


@njit(cache=True)
def _zeros(shape: tuple[int, int, int]) -> Any:
    """Return the coverage of nothing: memory that costs less to fill than numpy's own, which comes in huge pages."""
    return np.zeros((3, shape[0], shape[1], shape[2]), np.float32)


@njit(cache=True)
def _add_contours(points: Any, starts: Any, plane: Any, sign: Any, coverage: Any, contour_area: Any) -> None:
    """Add the contours one by one to the coverage of their planes."""
    rows, columns = coverage.shape[2], coverage.shape[3]
    contours = len(starts) - 1
    sums = np.zeros((5, rows, columns + 1))
    for contour in range(contours):
        begin, end = starts[contour], starts[contour + 1]
        signed = 0.0
        low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
        for here in range(begin, end):
            there = here + 1 if here + 1 < end else begin
            x0, y0, x1, y1 = points[here, 0], points[here, 1], points[there, 0], points[there, 1]
            signed += 0.5 * ((x0 - points[begin, 0]) * (y1 - points[begin, 1]))
            signed -= 0.5 * ((x1 - points[begin, 0]) * (y0 - points[begin, 1]))
            low_x, high_x = min(low_x, x0), max(high_x, x0)
            low_y, high_y = min(low_y, y0), max(high_y, y0)
            _add_edge(sums, x0, y0, x1, y1)
        left, right = int(np.floor(low_x)), min(int(np.floor(high_x)) + 1, columns - 1)
        number = plane[contour]
        total = 0.0
        for row in range(int(np.floor(low_y)), min(int(np.floor(high_y)) + 1, rows)):
            full = 0.0
            full_up = 0.0
            for column in range(left, right + 1):
                full += sums[3, row, column]
                full_up += sums[4, row, column]
                area, along, up = _folded(
                    sums[0, row, column] + full,
                    sums[1, row, column] + 0.5 * full,
                    sums[2, row, column] + full_up,
                )
                for kind in range(5):
                    sums[kind, row, column] = 0.0
                total += area
                coverage[0, number, row, column] += sign[contour] * area
                coverage[1, number, row, column] += sign[contour] * along
                coverage[2, number, row, column] += sign[contour] * up
            for kind in range(5):
                sums[kind, row, right + 1] = 0.0
        contour_area[contour, 0], contour_area[contour, 1] = total, abs(signed)


@njit(cache=True)
def _settle(coverage: Any, exclusive: Any, plane_area: Any) -> None:
    """Bring what contours of one plane add up to back to a part of a pixel, and sum it."""
    _, planes, rows, columns = coverage.shape
    for number in range(planes):
        for row in range(rows):
            for column in range(columns):
                area = coverage[0, number, row, column]
                if area == 0.0:
                    continue
                along, up = coverage[1, number, row, column], coverage[2, number, row, column]
                if exclusive[number]:
                    area, along, up = _folded(area, along, up)
                if area > 1.0 - _WHOLE:
                    area, along, up = 1.0, 0.5, 0.5
                elif area < _WHOLE:
                    area, along, up = 0.0, 0.0, 0.0
                coverage[0, number, row, column] = area
                coverage[1, number, row, column] = along
                coverage[2, number, row, column] = up
                plane_area[number] += area
