"""How far a view reaches: its axial planes, also where there is no picture, and where to look first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.grid import Grid
from fyr.imaging.structure_set import StructureSet
from fyr.imaging.treatment_plan import TreatmentPlan
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View

__all__ = ["AxialPlanes", "Extent", "extent_of"]

Floats = NDArray[np.float64]

_UPRIGHT: Final = 1e-6
_PLANES_AT_MOST: Final = 4000
_TARGETS: Final = ("PTV", "CTV", "GTV", "ITV")


@dataclass(frozen=True, slots=True)
class AxialPlanes:
    """Evenly spaced axial planes: that of number k lies at ``origin_mm + k * step_mm``.

    Parameters
    ----------
    origin_mm, step_mm : float
        So that k counts the slices of the picture, or of the dose where there is no picture.
    start, end : int
        From the first to below the second; `start` may be below 0, where structures or dose reach beyond the picture.
    """

    origin_mm: float
    step_mm: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """Where there is something to be seen.

    Parameters
    ----------
    bounds_mm : ndarray of float64, shape (2, 3)
        Least and greatest x, y and z of the picture, structures and dose.
    axial : AxialPlanes or None
        None where nothing has slices or planes across z.
    grid : Grid or None
        The picture's grid over all these planes; that of the dose where there is no picture.
    focus_mm : ndarray of float64, shape (3,)
        The middle of the target; without one the isocentre, the greatest dose, the middle of the picture.
    is_of_picture : bool
        Whether the grid is the picture's.
    beyond : bool
        Whether structures or dose reach beyond the slices of the picture.
    """

    bounds_mm: Floats
    axial: AxialPlanes | None
    grid: Grid | None
    focus_mm: Floats
    is_of_picture: bool
    beyond: bool


def extent_of(viewing: Viewing, view: View) -> Extent | None:
    """Return how far a view reaches, as far as its parts can be read; ``None`` if none can be."""
    picture, drawn, dose = _parts(viewing, view)
    reached = [box for box in (_box(dose.grid) if dose else None, _drawn_box(drawn)) if box is not None]
    boxes = [*reached, *([_box(picture)] if picture is not None else [])]
    if not boxes:
        return None
    bounds = _around(boxes)
    axial, grid, beyond = None, None, False
    lead = next((one for one in (picture, dose.grid if dose else None) if one is not None and _is_axial(one)), None)
    if lead is not None:
        axial = _planes(lead, _around(reached or boxes))
        beyond = lead is picture and (axial.start < 0 or axial.end > lead.shape[0])
        grid = _over(lead, axial)
    elif picture is not None or dose is not None:
        grid = picture or (dose.grid if dose else None)
    plan = viewing.plan(view.plan) if view.plan is not None else None
    is_of_picture = picture is not None and (lead is picture or lead is None)
    return Extent(bounds, axial, grid, _focus(drawn, dose, plan, bounds), is_of_picture, beyond)


def _parts(viewing: Viewing, view: View) -> tuple[Grid | None, StructureSet | None, DoseGrid | None]:
    picture, drawn = None, None
    if view.picture is not None:
        try:
            picture = viewing.stack(view.picture).grid
        except BadInput:
            picture = None
    if view.structure_set is not None:
        try:
            drawn = viewing.structure_set(view.structure_set)
        except BadInput:
            drawn = None
    return picture, drawn, viewing.dose(view.dose) if view.dose is not None else None


def _box(grid: Grid) -> Floats:
    """Return the least and greatest x, y and z of the centres of a grid's voxels."""
    ends = [(0, size - 1) for size in grid.shape]
    corners = grid.to_mm([(k, j, i) for k in ends[0] for j in ends[1] for i in ends[2]])
    return np.array([corners.min(axis=0), corners.max(axis=0)])


def _drawn_box(drawn: StructureSet | None) -> Floats | None:
    points = [contour.points_mm for one in drawn.structures for contour in one.contours] if drawn else []
    if not points:
        return None
    return _around([np.array([one.min(axis=0), one.max(axis=0)]) for one in points])


def _around(boxes: list[Floats]) -> Floats:
    return np.array([np.min([one[0] for one in boxes], axis=0), np.max([one[1] for one in boxes], axis=0)])


def _is_axial(grid: Grid) -> bool:
    step = grid.affine[:3, 0]
    return bool(abs(abs(step[2]) - np.linalg.norm(step)) <= _UPRIGHT * np.linalg.norm(step))


def _planes(grid: Grid, box: Floats) -> AxialPlanes:
    """Return the slices of a grid, and as many more as it takes to reach what is in the box."""
    origin, step = float(grid.affine[2, 3]), float(grid.affine[2, 0])
    ends = sorted(((box[:, 2] - origin) / step).tolist())
    start, end = min(0, int(np.floor(ends[0] + 0.5))), max(grid.shape[0], int(np.ceil(ends[1] - 0.5)) + 1)
    if end - start > _PLANES_AT_MOST:
        start, end = 0, grid.shape[0]
    return AxialPlanes(origin, step, start, end)


def _over(grid: Grid, planes: AxialPlanes) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] += planes.start * affine[:3, 0]
    return replace(grid, shape=(planes.end - planes.start, *grid.shape[1:]), affine=affine)


def _focus(drawn: StructureSet | None, dose: DoseGrid | None, plan: TreatmentPlan | None, bounds: Floats) -> Floats:
    for kind in _TARGETS if drawn is not None else ():
        points = [
            contour.points_mm
            for one in (drawn.structures if drawn else ())
            if one.kind == kind
            for contour in one.contours
        ]
        if points:
            box = _around([np.array([one.min(axis=0), one.max(axis=0)]) for one in points])
            middle: Floats = box.mean(axis=0)
            return middle
    for beam in plan.beams if plan is not None else ():
        if beam.control_points and beam.control_points[0].isocentre_mm is not None:
            return np.asarray(beam.control_points[0].isocentre_mm, dtype=np.float64)
    if dose is not None:
        greatest = np.unravel_index(int(dose.dose_gy.argmax()), dose.dose_gy.shape)
        place: Floats = dose.grid.to_mm([greatest])[0]
        return place
    centre: Floats = bounds.mean(axis=0)
    return centre
