"""Structures out of structures: joined, cut, grown, shrunk, hollowed, kept away from a surface.

A margin is the Euclidean distance to a structure's surface between and beyond its contours, not a count of voxels. The
result is drawn on the planes of the first structure, and on more planes at their spacing where it reaches beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.contour_planes import ContourPlanes, contour_planes
from fyr.imaging.level_contours import level_contours
from fyr.imaging.margin import Margin, outer_shape
from fyr.imaging.plane_field import FAR_MM, Floats, PlaneLattice
from fyr.imaging.plane_stack import Between, usual_spacing_mm
from fyr.imaging.solid import Solid
from fyr.imaging.structure_set import Contour, Structure

__all__ = ["Operation", "Resolution", "combine", "grow", "keep_inside", "shell"]

Operation = Literal["union", "intersection", "difference", "xor"]

_LEAST_AREA_MM2: Final = 0.5
_MOST_POINTS: Final = 12_000_000
_SAME_MM: Final = 0.01
_UNEVEN_MM: Final = 0.75
"""Step where a margin differs by direction: every point then asks in hundreds of directions."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How finely shapes are worked out.

    Parameters
    ----------
    step_mm : float, optional
        Between points in the planes; told from the structure's size if not given (0.25 to 2 mm).
    between : Between
        How the space between and beyond the contours of the structures is filled.

    Raises
    ------
    BadInput
        If the step is impossible.
    """

    step_mm: float | None = None
    between: Between = Between()  # noqa: RUF009  frozen

    def __post_init__(self) -> None:
        if self.step_mm is not None and not 0.1 <= self.step_mm <= 5:
            raise BadInput(f"points {self.step_mm} mm apart", mend="use 0.1 to 5 mm")

    def step_for(self, planes: ContourPlanes, pad_mm: float) -> float:
        """Return the step for a structure with a margin around it."""
        if self.step_mm is not None:
            return self.step_mm
        box = np.ptp(planes.points_mm, axis=0) + 2 * pad_mm
        step = 0.25 if box.max() <= 40 else 0.5 if box.max() <= 80 else 1.0 if box.max() <= 250 else 2.0
        return max(step, float(np.sqrt(box[0] * box[1] * (len(planes.places_mm) + 10) / _MOST_POINTS)))


def combine(
    first: Structure, second: Structure, operation: Operation, resolution: Resolution | None = None
) -> Structure:
    """Join or cut two structures.

    Parameters
    ----------
    first, second : Structure
        Drawn in planes of the same direction, in one frame of reference (it is for the caller to check).
    operation : str
        ``union``, ``intersection``, ``difference`` (the first without the second), ``xor`` (in one of them only).
    resolution : Resolution, optional

    Returns
    -------
    Structure
        With the number, kind and colour of the first, and no contours where nothing is left.

    Raises
    ------
    BadInput
        If one cannot be filled, or they lie in planes of different directions.
    """
    wanted = resolution or Resolution()
    planes, other = contour_planes(first), contour_planes(second)
    points = planes.points_mm if operation not in {"union", "xor"} else None
    if points is None:
        points = np.concatenate([planes.points_mm, other.points_mm])
    step = wanted.step_for(planes, 0.0)
    lattice = PlaneLattice.around(planes.axes, points, step, 0.0)
    one, two = Solid.of(first, lattice, wanted.between), Solid.of(second, lattice, wanted.between)
    spans = [(one.start_mm, one.end_mm)]
    if operation in {"union", "xor"}:
        spans.append((two.start_mm, two.end_mm))
    places = _places(planes.places_mm, min(a for a, _ in spans), max(b for _, b in spans), first, second)
    fields = [_operated(one.at(place), two.at(place), operation) for place in places.tolist()]
    return _drawn(first, places, fields, lattice, planes.axes)


def grow(structure: Structure, margin: Margin, resolution: Resolution | None = None) -> Structure:
    """Move the surface of a structure outwards, or inwards where the margin is negative.

    Parameters
    ----------
    structure : Structure
    margin : Margin
    resolution : Resolution, optional

    Returns
    -------
    Structure
        The points that lie in the structure, or no further from it than the margin (an ellipsoid's octants where it
        differs by direction); negative margins take away what lies nearer than that to the outside.

    Raises
    ------
    BadInput
        If the structure cannot be filled, or its planes are oblique and the margin differs by direction.
    """
    wanted = resolution or Resolution()
    planes = contour_planes(structure)
    reach = margin.greatest_mm
    if margin.is_even:
        step = _fine(wanted, planes, reach, abs(reach) or 1.0)
    else:
        step = wanted.step_mm or max(wanted.step_for(planes, max(reach, 0.0)), _UNEVEN_MM)
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, step, max(reach, 0.0))
    solid = Solid.of(structure, lattice, wanted.between)
    places = _places(planes.places_mm, solid.start_mm - max(reach, 0), solid.end_mm + max(reach, 0), structure)
    fields = outer_shape(solid, margin, places)
    return _drawn(structure, places, fields, lattice, planes.axes)


def shell(structure: Structure, outer_mm: float, inner_mm: float, resolution: Resolution | None = None) -> Structure:
    """Return what lies between two distances from the surface: a ring around, or the wall of a hollow organ.

    Parameters
    ----------
    structure : Structure
    outer_mm, inner_mm : float
        Where the shell ends and begins, outwards from the surface; negative ones lie inside. The wall of a bladder
        3 mm thick has 0 and -3, a ring from 2 to 10 mm around a target has 10 and 2.

    Raises
    ------
    BadInput
        If the shell ends before it begins, or the structure cannot be filled.
    """
    if not outer_mm > inner_mm:
        raise BadInput(f"a shell from {inner_mm:g} to {outer_mm:g} mm", mend="let it end further out than it begins")
    wanted = resolution or Resolution()
    planes = contour_planes(structure)
    step = _fine(wanted, planes, outer_mm, outer_mm - inner_mm)
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, step, max(outer_mm, 0.0))
    solid = Solid.of(structure, lattice, wanted.between)
    places = _places(planes.places_mm, solid.start_mm - max(outer_mm, 0), solid.end_mm + max(outer_mm, 0), structure)
    outside = outer_shape(solid, Margin.even(outer_mm), places)
    inside = outer_shape(solid, Margin.even(inner_mm), places)
    fields = [np.maximum(one, -other) for one, other in zip(outside, inside, strict=True)]
    return _drawn(structure, places, fields, lattice, planes.axes)


def keep_inside(
    structure: Structure, around: Structure, depth_mm: float, resolution: Resolution | None = None
) -> Structure:
    """Take away what lies nearer than a depth to the surface of what is around: a target kept away from the skin.

    Parameters
    ----------
    structure, around : Structure
        The second is the body's outline, or whatever the first must stay within.
    depth_mm : float
        0 or more.

    Raises
    ------
    BadInput
        If the depth is negative, or one cannot be filled.
    """
    if depth_mm < 0:
        raise BadInput(f"a depth of {depth_mm:g} mm", mend="give 0 or more")
    wanted = resolution or Resolution()
    planes = contour_planes(structure)
    step = _fine(wanted, planes, depth_mm, depth_mm or 1.0)
    lattice = PlaneLattice.around(planes.axes, planes.points_mm, step, depth_mm)
    solid = Solid.of(structure, lattice, wanted.between)
    body = Solid.of(around, lattice, wanted.between)
    places = _places(planes.places_mm, solid.start_mm, solid.end_mm, structure)
    within = outer_shape(body, Margin.even(-depth_mm), places)
    fields = [np.maximum(solid.at(place), one) for place, one in zip(places.tolist(), within, strict=True)]
    return _drawn(structure, places, fields, lattice, planes.axes)


def _fine(wanted: Resolution, planes: ContourPlanes, reach: float, least: float) -> float:
    """Return a step that a narrow margin is worked out with; never one that does not fit in memory."""
    if wanted.step_mm is not None:
        return wanted.step_mm
    step = wanted.step_for(planes, max(reach, 0.0))
    return min(step, max(step / 2, 0.5, least / 3))


def _operated(one: Floats, two: Floats, operation: Operation) -> Floats:
    match operation:
        case "union":
            return np.minimum(one, two)
        case "intersection":
            return np.maximum(one, two)
        case "difference":
            return np.maximum(one, -two)
        case _:
            return np.maximum(np.minimum(one, two), -np.maximum(one, two))


def _places(drawn: NDArray[np.float64], low: float, high: float, *structures: Structure) -> NDArray[np.float64]:
    """Return the planes that are drawn within bounds, and more beyond them at the usual spacing."""
    step = usual_spacing_mm(drawn)
    if step is None:
        steps = [usual_spacing_mm(contour_planes(one).places_mm) for one in structures[1:]]
        step = next((one for one in steps if one is not None), None)
    if step is None:
        return drawn[(drawn >= low - _SAME_MM) & (drawn <= high + _SAME_MM)]
    within = [one for one in drawn.tolist() if low - _SAME_MM <= one <= high + _SAME_MM]
    filled: list[float] = []
    for one in within:  # a gap in one structure may be filled by another
        while filled and one - filled[-1] > 1.5 * step:
            filled.append(filled[-1] + step)
        filled.append(one)
    first, last = (filled[0], filled[-1]) if filled else (float(drawn[0]), float(drawn[0]))
    below = np.arange(1, max(0, int((first - low) / step + _SAME_MM)) + 1) * -step + first
    above = np.arange(1, max(0, int((high - last) / step + _SAME_MM)) + 1) * step + last
    return np.concatenate([below[::-1], np.array(filled), above])


def _drawn(
    like: Structure,
    places: NDArray[np.float64],
    fields: list[Floats],
    lattice: PlaneLattice,
    axes: NDArray[np.float64],
) -> Structure:
    """Draw the contours of fields on planes."""
    known = {
        round(float((one.points_mm[0] @ axes.T)[2]), 1): one.image_uid for one in like.contours if len(one.points_mm)
    }
    contours = []
    for place, field in zip(places.tolist(), fields, strict=True):
        framed = field.copy()
        framed[0], framed[-1], framed[:, 0], framed[:, -1] = FAR_MM, FAR_MM, FAR_MM, FAR_MM
        for line in level_contours(framed):
            points = lattice.places_mm(line)
            if _area(points) < _LEAST_AREA_MM2:
                continue
            whole = np.column_stack([points, np.full(len(points), place)]) @ axes
            contours.append(Contour(whole, image_uid=known.get(round(place, 1), "")))
    return replace(like, contours=tuple(contours))


def _area(points: NDArray[np.float64]) -> float:
    u, v = (points - points[0]).T
    return abs(float(np.dot(u, np.roll(v, -1)) - np.dot(v, np.roll(u, -1)))) / 2
