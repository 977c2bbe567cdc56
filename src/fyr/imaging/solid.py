"""A structure as a solid body: its surface anywhere between and beyond its contours, to below a voxel.

Between two planes the distances in them pass into one another (shape-based interpolation: Raya and Udupa 1990, IEEE
Trans Med Imaging 9:32; Herman et al. 1992, IEEE Comput Graph Appl 12(3):69), and the surface is set so that each cross
section has the area that :mod:`fyr.imaging.plane_stack` gives it: the volume is that of the dose-volume histogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes, contour_planes
from fyr.imaging.coverage_stack import coverage_stack
from fyr.imaging.plane_field import Floats, PlaneLattice, plane_field
from fyr.imaging.plane_stack import Between, Layer, layers
from fyr.imaging.structure_set import Structure

__all__ = ["Solid"]

_PARALLEL: Final = 1e-4
_STEPS: Final = 30
_NEAR_END: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A structure on a lattice.

    Parameters
    ----------
    lattice : PlaneLattice
    planes : ContourPlanes
    fields : ndarray of float32, shape (planes, rows, columns)
        Signed distance in each plane that is drawn.
    filled : tuple of Layer
    is_whole : bool
        Whether the lattice holds all of it.
    """

    lattice: PlaneLattice
    planes: ContourPlanes
    fields: Floats
    filled: tuple[Layer, ...]
    is_whole: bool

    @classmethod
    def of(cls, structure: Structure, lattice: PlaneLattice, between: Between | None = None) -> Solid:
        """Lay a structure over a lattice.

        Raises
        ------
        BadInput
            If the structure cannot be filled, or lies in planes of another direction than the lattice.
        """
        planes = contour_planes(structure)
        if np.abs(planes.axes - lattice.axes).max() > _PARALLEL:
            raise BadInput(
                "its planes have another direction than those of the other structure",
                where=f"structure '{structure.name}'",
                mend="draw both on the same series",
            )
        area = coverage_stack(planes, (lattice.step_mm, lattice.step_mm)).area_mm2
        try:
            filled, _ = layers(planes.places_mm, area, between or Between())
        except BadInput as problem:
            raise BadInput(problem.what, where=f"structure '{structure.name}'", mend=problem.mend) from problem
        low = np.asarray(lattice.first_mm)
        high = low + lattice.step_mm * (np.array([lattice.columns, lattice.rows]) - 1)
        whole = bool((planes.points_mm >= low).all() and (planes.points_mm <= high).all())
        return cls(lattice, planes, plane_field(planes, lattice), tuple(filled), whole)

    @property
    def start_mm(self) -> float:
        """Its lowest place along w."""
        return self.filled[0].start_mm

    @property
    def end_mm(self) -> float:
        """Its highest place along w."""
        return self.filled[-1].end_mm

    def at(self, w_mm: float) -> Floats:
        """Return the field in the plane at a place: below 0 inside, the distance in mm near the surface.

        Returns
        -------
        ndarray of float32, shape (rows, columns)
        """
        drawn = np.flatnonzero(np.abs(self.planes.places_mm - w_mm) < 1e-6)
        if len(drawn):
            drawn_field: Floats = self.fields[drawn[0]]
            return drawn_field
        for layer in self.filled:
            if layer.start_mm <= w_mm <= layer.end_mm:
                return self._between(layer, w_mm)
        return self.lattice.nothing()

    def _between(self, layer: Layer, w_mm: float) -> Floats:
        above = w_mm - layer.start_mm
        part = np.float32(above / (layer.end_mm - layer.start_mm))
        field: Floats = self.fields[layer.lower]
        if layer.upper != layer.lower:
            field = (1 - part) * field + part * self.fields[layer.upper]
        if not self.is_whole:
            return field
        wanted = sum(factor * above**power for power, factor in enumerate(layer.area))
        levelled: Floats = field - np.float32(self._level(field, max(wanted, 0.0)))
        return levelled

    def _level(self, field: Floats, area_mm2: float) -> float:
        """Return the level of a field that an area lies below."""
        step = self.lattice.step_mm
        wanted = area_mm2 / step**2
        reach = max(-float(field.min()), 0.0) + 4 * step + float(np.sqrt(area_mm2))
        near = field[np.abs(field) < reach + step]
        always = float((field <= -reach - step).sum())
        low, high = -reach, reach
        for _ in range(_STEPS):
            middle = (low + high) / 2
            covered = always + float(np.clip(0.5 + (np.float32(middle) - near) / np.float32(step), 0, 1).sum())
            low, high = (middle, high) if covered < wanted else (low, middle)
        return (low + high) / 2

    def cuts_mm(self, step_mm: float) -> list[tuple[float, bool]]:
        """Return places along w that sample the solid, each with whether it begins a part that stands alone."""
        cuts: list[tuple[float, bool]] = []
        last = -np.inf
        for layer in self.filled:
            length = layer.end_mm - layer.start_mm
            alone = layer.start_mm > last + 1e-6
            places = np.linspace(layer.start_mm, layer.end_mm, max(2, round(length / step_mm) + 1))
            places[0] += _NEAR_END * length
            places[-1] -= _NEAR_END * length
            first = 0 if alone else 1
            cuts += [(float(place), alone and number == 0) for number, place in enumerate(places[first:])]
            last = layer.end_mm
        return cuts

    def surface_mm(self, step_mm: float) -> NDArray[np.float64]:
        """Return points on the surface, about as far from one another as the lattice's.

        Parameters
        ----------
        step_mm : float
            Between the cuts across the planes.

        Returns
        -------
        ndarray of float64, shape (points, 3)
            u, v, w.
        """
        found: list[NDArray[np.float64]] = []
        before: tuple[float, Floats] | None = None
        for place, alone in self.cuts_mm(step_mm):
            field = self.at(place)
            if alone:
                if before is not None:
                    found.append(self._face(before[1], before[0]))
                found.append(self._face(field, place))
                before = None
            found += self._outline(field, place)
            if before is not None:
                found.append(self._rise(before[1], field, before[0], place))
            before = (place, field)
        if before is not None:
            found.append(self._face(before[1], before[0]))
        return np.concatenate([*found, self._corners()])

    def _corners(self) -> NDArray[np.float64]:
        """Return the drawn points themselves: the lattice would cut off sharp corners."""
        vertices = self.planes.vertices_mm
        plane = np.repeat(self.planes.plane, np.diff(self.planes.starts))
        column, row = np.rint((vertices[:, :2] - self.lattice.first_mm) / self.lattice.step_mm).astype(np.int64).T
        on = (row >= 0) & (column >= 0) & (row < self.lattice.rows) & (column < self.lattice.columns)
        vertices, plane, row, column = vertices[on], plane[on], row[on], column[on]
        # A point of one contour inside another is not on the surface.
        surface: NDArray[np.float64] = vertices[np.abs(self.fields[plane, row, column]) <= self.lattice.step_mm]
        return surface

    def _face(self, field: Floats, place: float) -> NDArray[np.float64]:
        return self._points(np.argwhere(field < 0).astype(np.float64), place)

    def _outline(self, field: Floats, place: float) -> list[NDArray[np.float64]]:
        found = []
        for axis in (0, 1):
            here, there = (field[:-1], field[1:]) if axis == 0 else (field[:, :-1], field[:, 1:])
            at = np.argwhere((here < 0) != (there < 0))
            first, second = here[tuple(at.T)], there[tuple(at.T)]
            moved = at.astype(np.float64)
            moved[:, axis] += first / (first - second)
            found.append(self._points(moved, place))
        return found

    def _rise(self, below: Floats, above: Floats, low: float, high: float) -> NDArray[np.float64]:
        at = np.argwhere((below < 0) != (above < 0))
        first, second = below[tuple(at.T)].astype(np.float64), above[tuple(at.T)].astype(np.float64)
        return self._points(at.astype(np.float64), low + (high - low) * first / (first - second))

    def _points(self, row_column: NDArray[np.float64], w_mm: float | NDArray[np.float64]) -> NDArray[np.float64]:
        across = np.broadcast_to(np.asarray(w_mm, dtype=np.float64), (len(row_column),))
        return np.column_stack([self.lattice.places_mm(row_column), across])
