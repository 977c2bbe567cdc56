"""The signed distance, in a plane, to what is drawn on it: below 0 inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes

__all__ = ["FAR_MM", "Floats", "PlaneLattice", "plane_field"]

Floats = NDArray[np.float32]

FAR_MM: Final = 1e6
"""The distance where nothing is near."""
_MOST_POINTS: Final = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PlaneLattice:
    """Points in the planes of a structure: the same rows and columns in each.

    Parameters
    ----------
    axes : ndarray of float64, shape (3, 3)
        Rows are the unit vectors u, v (in the planes) and w (across them) in patient space.
    first_mm : tuple of float
        u and v of the first point.
    step_mm : float
    rows, columns : int
        Along v and u.

    Raises
    ------
    BadInput
        If a plane would have more points than fit in memory.
    """

    axes: NDArray[np.float64]
    first_mm: tuple[float, float]
    step_mm: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if not self.step_mm > 0 or self.rows * self.columns > _MOST_POINTS:
            raise BadInput(f"{self.rows} by {self.columns} points in a plane", mend="take a coarser resolution")

    @classmethod
    def around(
        cls, axes: NDArray[np.float64], points_mm: NDArray[np.float64], step_mm: float, pad_mm: float
    ) -> PlaneLattice:
        """Return a lattice that holds points (u, v; shape (n, 2)) and a margin around them."""
        reach = pad_mm + 2 * step_mm
        low, high = points_mm.min(axis=0) - reach, points_mm.max(axis=0) + reach
        columns, rows = (np.ceil((high - low) / step_mm).astype(int) + 1).tolist()
        return cls(axes, (float(low[0]), float(low[1])), step_mm, rows, columns)

    def nothing(self) -> Floats:
        """Return the field of an empty plane; shape (rows, columns)."""
        return np.full((self.rows, self.columns), FAR_MM, np.float32)

    def places_mm(self, row_column: NDArray[Any]) -> NDArray[np.float64]:
        """Return u and v of rows and columns, with fractions; shape (n, 2)."""
        index = np.asarray(row_column, dtype=np.float64)[:, ::-1]
        places: NDArray[np.float64] = np.asarray(self.first_mm) + index * self.step_mm
        return places


def plane_field(planes: ContourPlanes, lattice: PlaneLattice) -> Floats:
    """Return the signed distance in mm to the contours of each plane.

    The distance to each contour is that to its line segments. Holes are taken out of what they lie in, contours that
    overlap are joined, those of an exclusive plane exclude each other; where several meet, the value is exact at the
    boundary and a bound elsewhere.

    Returns
    -------
    ndarray of float32, shape (planes, rows, columns)
    """
    fields = np.full((len(planes.places_mm), lattice.rows, lattice.columns), FAR_MM, np.float32)
    ring = np.empty((lattice.rows, lattice.columns), np.float32)
    sizes = [
        _box_area(planes.points_mm[begin:end])
        for begin, end in zip(planes.starts[:-1].tolist(), planes.starts[1:].tolist(), strict=True)
    ]
    for contour in np.lexsort((-np.asarray(sizes), planes.plane)).tolist():  # what holds others comes before them
        number = int(planes.plane[contour])
        begin, end = int(planes.starts[contour]), int(planes.starts[contour + 1])
        _ring_distance(planes.points_mm[begin:end], *lattice.first_mm, lattice.step_mm, ring)
        field = fields[number]
        if planes.exclusive[number]:
            field[:] = np.maximum(np.minimum(field, ring), -np.maximum(field, ring))
        elif planes.sign[contour] > 0:
            np.minimum(field, ring, out=field)
        else:
            np.maximum(field, -ring, out=field)
    return fields


def _box_area(points: NDArray[np.float64]) -> float:
    return float(np.prod(np.ptp(points, axis=0)))


@njit(cache=True)
def _ring_distance(points: Any, first_u: float, first_v: float, step: float, out: Any) -> None:
    """Set the distance to a closed line, below 0 where a line from afar enters it an odd number of times."""
    rows, columns = out.shape
    count = len(points)
    away, low, high = np.empty(count), np.empty(count), np.empty(count)
    crossings = np.empty(count)
    for row in range(rows):
        v = first_v + row * step
        crossed = 0
        for here in range(count):
            there = here + 1 if here + 1 < count else 0
            u0, v0, u1, v1 = points[here, 0], points[here, 1], points[there, 0], points[there, 1]
            gap = max(min(v0, v1) - v, v - max(v0, v1), 0.0)
            away[here] = gap * gap
            low[here], high[here] = min(u0, u1), max(u0, u1)
            if (v0 > v) != (v1 > v):
                crossings[crossed] = u0 + (v - v0) * (u1 - u0) / (v1 - v0)
                crossed += 1
        along_row = np.sort(crossings[:crossed])
        passed = 0
        before = np.inf
        for column in range(columns):
            u = first_u + column * step
            while passed < crossed and along_row[passed] <= u:
                passed += 1
            bound = before + step * (1 + 1e-9)  # a step away from the point before
            nearest = bound * bound
            for here in range(count):
                if away[here] >= nearest:
                    continue
                gap = max(low[here] - u, u - high[here], 0.0)
                if away[here] + gap * gap >= nearest:
                    continue
                there = here + 1 if here + 1 < count else 0
                u0, v0 = points[here, 0], points[here, 1]
                du, dv = points[there, 0] - u0, points[there, 1] - v0
                length = du * du + dv * dv
                part = 0.0
                if length > 0.0:
                    part = min(max(((u - u0) * du + (v - v0) * dv) / length, 0.0), 1.0)
                eu, ev = u - u0 - part * du, v - v0 - part * dv
                nearest = min(nearest, eu * eu + ev * ev)
            before = np.sqrt(nearest)
            out[row, column] = -before if passed % 2 else before
