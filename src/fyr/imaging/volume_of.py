"""The volume of a structure: that of its contours, with what lies between and beyond them."""

from __future__ import annotations

from fyr.errors import BadInput
from fyr.imaging.contour_planes import contour_planes
from fyr.imaging.coverage_stack import coverage_stack
from fyr.imaging.plane_stack import Between, layers
from fyr.imaging.structure_set import Structure

__all__ = ["volume_cm3"]

_STEP_MM = 1.0


def volume_cm3(structure: Structure, between: Between | None = None) -> tuple[float, tuple[str, ...]]:
    """Return the volume in cm³, and what was decided about the contours.

    Raises
    ------
    BadInput
        If the structure cannot be filled.
    """
    planes = contour_planes(structure)
    stack = coverage_stack(planes, (_STEP_MM, _STEP_MM))
    try:
        filled, gaps = layers(planes.places_mm, stack.area_mm2, between or Between())
    except BadInput as problem:
        raise BadInput(problem.what, where=f"structure '{structure.name}'", mend=problem.mend) from problem
    return sum(one.volume_mm3 for one in filled) / 1000, (*planes.notes, *stack.notes, *gaps)
