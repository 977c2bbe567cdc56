"""The surface of a structure between its contours, and where a plane cuts it.

On a drawn plane the surface is what was drawn. Between two planes it is where the distance to the outline, positive
inside, passes through nothing on its straight way from one plane's to the other's (Raya and Udupa 1990, IEEE Trans Med
Imaging 9:32). How far it reaches beyond the outermost planes, and which gaps it bridges, is as for its volume
(:mod:`fyr.imaging.plane_stack`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes, contour_planes
from fyr.imaging.isolines import isolines
from fyr.imaging.plane_stack import Between, Layer, layers
from fyr.imaging.structure_set import Structure

__all__ = ["StructureShape", "structure_shape"]

Floats = NDArray[np.float64]

_FINEST_MM: Final = 0.25
_COARSEST_MM: Final = 1.0
_ACROSS: Final = 96
"""Lattice steps across a structure of middling size."""
_MOST_ACROSS: Final = 160
"""Where both directions of a cut lie between drawn planes, and the lattice is two-dimensional."""
_DRAWN_MM: Final = 0.05
_DRAWN: Final = 0.1
"""A plane this near to a drawn one, of the usual spacing, shows what was drawn."""
_CAP_ROWS: Final = 6
_END_MM: Final = 1e-3
_OUTSIDE_MM: Final = -1.0
_FAR_MM: Final = 20.0
"""From how far on a distance need not be exact: further than any outline moves between two planes."""
_UPRIGHT: Final = 1e-9
_SAME_MM: Final = 1e-9
_LARGEST_MM: Final = 5000.0
_MEND: Final = "check the contours: the structure cannot be this large"


@dataclass(frozen=True, slots=True, eq=False)
class StructureShape:
    """A structure as a solid; make it with :func:`structure_shape`.

    Parameters
    ----------
    planes : ContourPlanes
    ring_starts : ndarray of int64, shape (planes + 1,)
        Which contours each plane has.
    rows_mm : ndarray of float64, shape (rows,)
        Places along w between which the distance runs straight; rising.
    row_planes : ndarray of int64, shape (rows,)
        The plane whose outline each has.
    shrunk_mm : ndarray of float64, shape (rows,)
        By how much that outline is drawn in.
    is_gap : ndarray of bool, shape (rows,)
        Whether nothing is between a row and the next.
    box_mm : ndarray of float64, shape (2, 3)
        Least and greatest x, y and z.
    notes : tuple of str
        What was decided about the contours, gaps and ends.
    """

    planes: ContourPlanes
    ring_starts: NDArray[np.int64]
    rows_mm: Floats
    row_planes: NDArray[np.int64]
    shrunk_mm: Floats
    is_gap: NDArray[np.bool_]
    box_mm: Floats
    notes: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        return 2 * self.planes.points_mm.nbytes + 4 * self.rows_mm.nbytes + 1000

    def inside_mm(self, points_mm: Floats) -> Floats:
        """Return how deep places lie inside, below 0 outside.

        Parameters
        ----------
        points_mm : ndarray of float64, shape (n, 3)
            x, y, z.

        Returns
        -------
        ndarray of float64, shape (n,)
            The distance to the outline along the drawn planes; beyond the ends of the structure, only that it is
            outside.
        """
        planes = self.planes
        turned = np.ascontiguousarray(points_mm @ planes.axes.T)
        depth: Floats = _depths(
            turned, planes.points_mm, planes.starts, self.ring_starts, planes.sign, planes.exclusive,
            self.rows_mm, self.row_planes, self.shrunk_mm, self.is_gap,
        )  # fmt: skip
        return depth

    def outlines(self, axis: int, at_mm: float) -> list[Floats]:
        """Return where a plane across x, y or z cuts the surface.

        Parameters
        ----------
        axis : int
            0 for a sagittal plane, 1 for a coronal, 2 for an axial one.
        at_mm : float
            x, y or z of the plane.

        Returns
        -------
        list of ndarray of float64, shape (points, 2)
            The other two of x, y, z, in this order. Each line is closed, its last point the first; what lies inside an
            odd number of them is inside.
        """
        if not self.box_mm[0, axis] <= at_mm <= self.box_mm[1, axis]:
            return []
        drawn = self._drawn(axis, at_mm)
        if drawn is not None:
            return drawn
        across, up = (one for one in range(3) if one != axis)
        ticks = [self._ticks(one, lying=self._drawn_across() == axis) for one in (across, up)]
        places = np.empty((len(ticks[1]), len(ticks[0]), 3))
        places[..., axis] = at_mm
        places[..., across], places[..., up] = ticks[0], ticks[1][:, None]
        depth = self.inside_mm(places.reshape(-1, 3)).reshape(places.shape[:2])
        lines: list[Floats] = isolines(depth, ticks[1], ticks[0], 0.0)
        return lines

    def is_between(self, axis: int, at_mm: float) -> bool:
        """Tell whether a plane reaches the structure where nothing was drawn, so that it takes computing."""
        reaches = self.box_mm[0, axis] <= at_mm <= self.box_mm[1, axis]
        return bool(reaches) and self._drawn_plane(axis, at_mm) is None

    def _drawn_across(self) -> int | None:
        """Return the axis that the drawn planes lie across, if it is one."""
        normal = np.abs(self.planes.axes[2])
        leading = int(np.argmax(normal))
        return leading if abs(normal[leading] - 1) < _UPRIGHT else None

    def _drawn_plane(self, axis: int, at_mm: float) -> int | None:
        """Return the number of the drawn plane that this one is, if it is one whose contours are its outlines."""
        planes = self.planes
        if self._drawn_across() != axis:
            return None
        apart = np.abs(planes.places_mm - at_mm)
        nearest = int(np.argmin(apart))
        if apart[nearest] > _DRAWN_MM:
            usual = float(np.median(np.diff(planes.places_mm))) if len(planes.places_mm) > 1 else 0.0
            if apart[nearest] > _DRAWN * usual:
                return None
        # Where contours overlap, what lies in two of them is inside.
        return None if planes.overlap[nearest] else nearest

    def _drawn(self, axis: int, at_mm: float) -> list[Floats] | None:
        """Return the contours of a plane as they were drawn, if it is a drawn one."""
        planes = self.planes
        nearest = self._drawn_plane(axis, at_mm)
        if nearest is None:
            return None
        across, up = (one for one in range(3) if one != axis)
        lines = []
        for ring in range(self.ring_starts[nearest], self.ring_starts[nearest + 1]):
            flat = planes.points_mm[planes.starts[ring] : planes.starts[ring + 1]]
            places = flat @ planes.axes[:2]
            lines.append(np.concatenate([places, places[:1]])[:, [across, up]])
        return lines

    def _ticks(self, axis: int, *, lying: bool) -> Floats:
        """Return where to ask along an axis: at the rows across the drawn planes, else evenly."""
        if self._drawn_across() == axis:
            rows = self.rows_mm
            gaps = rows[:-1][self.is_gap[:-1]], rows[1:][self.is_gap[:-1]]
            ends = [rows[:1] - _END_MM, rows[-1:] + _END_MM, gaps[0] + _END_MM, gaps[1] - _END_MM]
            return np.unique(np.concatenate([rows, *ends]))
        low, high = self.box_mm[:, axis].tolist()
        size = high - low
        most = size / _MOST_ACROSS if lying else 0.0
        step = max(_FINEST_MM, min(_COARSEST_MM, size / _ACROSS), most)
        count = int(np.ceil(size / step)) + 5
        ticks: Floats = low - 2 * step + np.arange(count) * step
        return ticks


def structure_shape(structure: Structure, between: Between | None = None) -> StructureShape:
    """Return a structure as a solid.

    Parameters
    ----------
    structure : Structure
    between : Between, optional

    Raises
    ------
    BadInput
        If the structure cannot be filled: open, not planar, without contours, on one plane without a thickness.
    """
    planes = contour_planes(structure)
    rings = np.searchsorted(planes.plane, np.arange(len(planes.places_mm) + 1))
    area, around = _measures(planes.points_mm, planes.starts)
    areas = np.maximum(np.bincount(planes.plane, area * planes.sign, len(planes.places_mm)), 0.0)
    widths = 2 * areas / np.bincount(planes.plane, around, len(planes.places_mm))
    filled, gaps = layers(planes.places_mm, areas, between or Between())
    rows: list[tuple[float, int, float]] = []
    is_gap: list[bool] = []
    for layer in filled:
        place, width = float(planes.places_mm[layer.lower]), float(widths[layer.lower])
        for number, row in enumerate(_rows(layer, place, width)):
            if rows and row[0] - rows[-1][0] < _SAME_MM:
                continue
            if rows:
                is_gap.append(number == 0)
            rows.append(row)
    is_gap.append(True)
    places, numbers, shrunk = zip(*rows, strict=True)
    row_places = np.array(places)
    box = _box_mm(planes, row_places)
    if not np.ptp(box, axis=0).max() <= _LARGEST_MM:
        raise BadInput(
            f"it reaches over {np.ptp(box, axis=0).max():.3g} mm", where=f"structure '{structure.name}'", mend=_MEND
        )
    return StructureShape(
        planes, rings.astype(np.int64), row_places, np.array(numbers, np.int64), np.array(shrunk),
        np.array(is_gap), box, (*planes.notes, *gaps),
    )  # fmt: skip


def _box_mm(planes: ContourPlanes, rows_mm: Floats) -> Floats:
    low, high = planes.box_mm
    ends = (float(rows_mm[0]), float(rows_mm[-1]))
    corners = np.array([(u, v, w) for u in (low[0], high[0]) for v in (low[1], high[1]) for w in ends])
    places = corners @ planes.axes
    return np.array([places.min(axis=0), places.max(axis=0)])


def _rows(layer: Layer, place_mm: float, width_mm: float) -> list[tuple[float, int, float]]:
    """Return place, plane and shrinking of the rows of a layer.

    Its lower plane lies at `place_mm`, and drawn in by `width_mm` there is nothing left of its outline.
    """
    start, end, here = layer.start_mm, layer.end_mm, layer.straight[0]
    if layer.lower != layer.upper:
        return [(start, layer.lower, 0.0), (end, layer.upper, 0.0)]
    ends = [sum(part * at**n for n, part in enumerate(layer.area)) for at in (0.0, end - start)]
    if min(ends) >= here * (1 - 1e-9):
        return [(start, layer.lower, 0.0), (end, layer.lower, 0.0)]
    is_upper = abs(place_mm - start) < abs(place_mm - end)
    rows = []
    for part in 1 - (1 - np.linspace(0, 1, _CAP_ROWS)) ** 2:
        at = (end - start) * (part if is_upper else 1 - part)
        share = sum(coefficient * at**n for n, coefficient in enumerate(layer.area)) / here
        if layer.area[1] == 0:  # the mean of a cap whose squared area falls along a parabola
            share = np.sqrt(1 - part)
        shrunk = width_mm * (1 - float(np.sqrt(min(max(share, 0.0), 1.0))))
        rows.append((start + at, layer.lower, shrunk))
    return rows if is_upper else rows[::-1]


def _measures(points: Floats, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the area within each ring, mm², and its length, mm."""
    after = np.arange(1, len(points) + 1)
    after[starts[1:] - 1] = starts[:-1]
    following = points[after]
    cross = points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]
    areas = np.abs(np.add.reduceat(cross, starts[:-1])) / 2
    lengths = np.add.reduceat(np.hypot(*(following - points).T), starts[:-1])
    return areas, lengths


@njit(cache=True, nogil=True)
def _depth(
    u: float, v: float, plane: int, points: Any, starts: Any, ring_starts: Any, signs: Any, exclusive: Any
) -> float:
    """Return the distance of a point in a plane to its outline, positive inside."""
    nearest = np.inf
    count = 0.0
    for ring in range(ring_starts[plane], ring_starts[plane + 1]):
        begin, end = starts[ring], starts[ring + 1]
        x0, y0 = points[end - 1, 0] - u, points[end - 1, 1] - v
        inside = False
        for index in range(begin, end):
            x1, y1 = points[index, 0] - u, points[index, 1] - v
            dx, dy = x1 - x0, y1 - y0
            length = dx * dx + dy * dy
            part = -(x0 * dx + y0 * dy)
            cross = x0 * dy - y0 * dx
            if part <= 0.0:
                nearest = min(nearest, x0 * x0 + y0 * y0)
            elif part >= length:
                nearest = min(nearest, x1 * x1 + y1 * y1)
            elif cross * cross < nearest * length:
                nearest = cross * cross / length
            if (y0 > 0.0) != (y1 > 0.0) and (cross > 0.0) == (dy > 0.0):
                inside = not inside
            x0, y0 = x1, y1
        if inside:
            count += signs[ring]
    is_inside = count % 2 == 1 if exclusive[plane] else count > 0
    return float(np.sqrt(nearest)) if is_inside else -float(np.sqrt(nearest))


@njit(cache=True, nogil=True)
def _depths(
    places: Any, points: Any, starts: Any, ring_starts: Any, signs: Any, exclusive: Any,
    rows: Any, row_planes: Any, shrunk: Any, is_gap: Any,
) -> Any:  # fmt: skip
    """Return how deep places (u, v, w) lie; shape (n,).

    From one place to another in the same plane a distance changes by no more than they are apart. So far from the
    outline, where only the side matters, a neighbour's says enough.
    """
    depths = np.full(len(places), _OUTSIDE_MM)
    last, last_depth = 0, 0.0
    for number in range(len(places)):
        u, v, w = places[number, 0], places[number, 1], places[number, 2]
        if w < rows[0] or w > rows[-1]:
            continue
        if w == places[last, 2] and abs(last_depth) > _FAR_MM:
            least = abs(last_depth) - np.hypot(u - places[last, 0], v - places[last, 1])
            if least > _FAR_MM:
                depths[number] = least if last_depth > 0 else -least
                continue
        row = min(np.searchsorted(rows, w, side="right") - 1, len(rows) - 1)
        part = 0.0
        if w > rows[row]:
            if is_gap[row]:
                continue
            part = (w - rows[row]) / (rows[row + 1] - rows[row])
        depth = -shrunk[row]
        depth += _depth(u, v, row_planes[row], points, starts, ring_starts, signs, exclusive)
        if part > 0.0:
            if row_planes[row + 1] == row_planes[row]:
                depth += part * (shrunk[row] - shrunk[row + 1])
            else:
                other = _depth(u, v, row_planes[row + 1], points, starts, ring_starts, signs, exclusive)
                depth = (1.0 - part) * depth + part * (other - shrunk[row + 1])
        depths[number] = depth
        last, last_depth = number, depth
    return depths
