"""What lies in a plane through the patient: outlines of structures, lines of dose; and what is at one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import StructureSet
from fyr.imaging.structure_shape import StructureShape, structure_shape
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.documents import PlaneName
from fyr.serve.viewing.extent import extent_of
from fyr.serve.viewing.pictures import preview
from fyr.serve.viewing.view_document import isodose_levels
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View
from fyr.treat.dvh_kernel import dose_at
from fyr.treat.isodose_lines import isodose_lines

__all__ = ["Shapes", "all_planes", "between_of", "foresee", "one_plane", "place_document", "shapes_of"]

_AXES: Final[dict[PlaneName, int]] = {"axial": 2, "coronal": 1, "sagittal": 0}
_COMPUTED_AT_MOST: Final = 3
"""Planes of a structure between those that were drawn, up to which no other process is asked: its ends."""
_DIGITS: Final = 2
"""Of a coordinate in mm."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The structures of a set as solids by number, and why others are none."""

    shapes: dict[int, StructureShape]
    problems: dict[int, str]

    @property
    def bytes(self) -> int:
        """What they take in memory, about."""
        return sum(one.bytes for one in self.shapes.values())


def between_of(drawn: StructureSet, viewing: Viewing, view: View) -> Between:
    """Return how the space between contours is filled: one plane alone is as thick as planes usually are apart."""
    spacing = drawn.plane_spacing_mm()
    if spacing is None and view.dose is not None:
        spacing = viewing.dose(view.dose).grid.spacing_mm[0]
    return Between(single_plane_mm=spacing)


def shapes_of(viewing: Viewing, view: View) -> Shapes:
    """Return the structures of a view as solids.

    Raises
    ------
    BadInput
        If the set cannot be read.
    """
    if view.structure_set is None:
        return Shapes({}, {})
    drawn = viewing.structure_set(view.structure_set)
    between = between_of(drawn, viewing, view)

    def make() -> Shapes:
        made = Shapes({}, {})
        for one in drawn.structures:
            try:
                made.shapes[one.number] = structure_shape(one, between)
            except BadInput as problem:
                made.problems[one.number] = problem.what
        return made

    key = ("shapes", view.structure_set.sha256, between.single_plane_mm)
    return viewing.kept.get(key, make, lambda shapes: shapes.bytes)


def foresee(viewing: Viewing, view: View) -> None:
    """Begin to read what is asked for next when somebody looks at a view."""
    viewing.begin(lambda: shapes_of(viewing, view))
    picture = view.picture
    if picture is not None:
        viewing.begin(lambda: preview(viewing, picture))


def one_plane(viewing: Viewing, view: View, plane: PlaneName, at_mm: float) -> bytes:
    """Return the lines in one plane, as JSON."""
    key = ("lines", view.id, plane, at_mm)
    found = viewing.kept.get(key, lambda: _json(_one_plane(viewing, view, plane, at_mm)), len)
    viewing.warm()
    return found


def all_planes(viewing: Viewing, view: View, *, isodoses: bool) -> bytes:
    """Return the lines in every axial plane of a view, as JSON.

    Raises
    ------
    BadInput
        If neither the picture nor the dose has axial slices.
    """
    extent = extent_of(viewing, view)
    if extent is None or extent.axial is None:
        raise BadInput("nothing in the view has axial slices", mend="ask for one plane: plane=axial&at=…")
    planes = extent.axial

    heights = {k: planes.origin_mm + k * planes.step_mm for k in range(planes.start, planes.end)}

    def make() -> bytes:
        shapes = shapes_of(viewing, view)
        if isodoses:
            return viewing.compute(_all_planes, shapes, *_dose_of(viewing, view), heights)
        computed = sum(one.is_between(2, at_mm) for one in shapes.shapes.values() for at_mm in heights.values())
        if computed > _COMPUTED_AT_MOST * len(shapes.shapes):
            return viewing.compute(_all_planes, shapes, None, [], heights)
        return _all_planes(shapes, None, [], heights)  # what was drawn is there at once

    found = viewing.kept.get(("all lines", view.id, isodoses), make, len)
    viewing.warm()
    return found


def place_document(viewing: Viewing, view: View, place_mm: Sequence[float]) -> dict[str, Any]:
    """Return what is at a place: the voxel there, the dose between voxels, the structures that it lies in."""
    place = np.asarray(place_mm, dtype=np.float64)[None, :]
    value, unit, index = None, None, None
    if view.picture is not None:
        stack = viewing.stack(view.picture)
        unit = stack.unit
        nearest = np.rint(stack.grid.to_index(place)[0]).astype(int)
        if ((nearest >= 0) & (nearest < stack.grid.shape)).all() and nearest[0] not in stack.missing:
            index = tuple(nearest.tolist())
            coded = int(viewing.plane(view.picture, index[0])[index[1], index[2]])
            value = coded * stack.coding.slope + stack.coding.intercept
    dose_gy = None
    if view.dose is not None:
        dose = viewing.dose(view.dose)
        taken = float(dose_at(dose.dose_gy, dose.grid.to_index(place))[0])
        dose_gy = taken if np.isfinite(taken) else None
    names = []
    if view.structure_set is not None:
        shapes = shapes_of(viewing, view).shapes
        drawn = viewing.structure_set(view.structure_set).structures
        names = [one.name for one in drawn if one.number in shapes and shapes[one.number].inside_mm(place)[0] > 0]
    return {"value": value, "unit": unit, "index": index, "dose_gy": dose_gy, "structures": names}


def _one_plane(viewing: Viewing, view: View, plane: PlaneName, at_mm: float) -> dict[str, Any]:
    shapes = shapes_of(viewing, view)
    lines = _lines(shapes, *_dose_of(viewing, view), _AXES[plane], at_mm)
    return {**lines, "planes": [], "problems": _problems(shapes)}


def _all_planes(shapes: Shapes, dose: DoseGrid | None, levels: Sequence[float], heights: dict[int, float]) -> bytes:
    """Return the lines in axial planes, as JSON; done in a process of its own."""
    planes = [{"k": k, "at_mm": at_mm, **_lines(shapes, dose, levels, 2, at_mm)} for k, at_mm in heights.items()]
    return _json({"structures": [], "isodoses": [], "planes": planes, "problems": _problems(shapes)})


def _dose_of(viewing: Viewing, view: View) -> tuple[DoseGrid | None, list[float]]:
    """Return the dose of a view, and the levels of its lines."""
    if view.dose is None:
        return None, []
    dose = viewing.dose(view.dose)
    plan = None if view.plan is None else viewing.plan(view.plan)
    return dose, [gy for gy, _ in isodose_levels(dose, plan)[1]]


def _lines(shapes: Shapes, dose: DoseGrid | None, levels: Sequence[float], axis: int, at_mm: float) -> dict[str, Any]:
    structures = []
    for number, shape in shapes.shapes.items():
        outlines = shape.outlines(axis, at_mm)
        if outlines:
            structures.append({"number": number, "loops": _rounded(outlines)})
    if dose is None:
        return {"structures": structures, "isodoses": []}
    found = zip(levels, isodose_lines(dose, axis, at_mm, levels), strict=True)
    isodoses = [{"gy": gy, "loops": _rounded(lines)} for gy, lines in found if lines]
    return {"structures": structures, "isodoses": isodoses}


def _problems(shapes: Shapes) -> dict[str, str]:
    return {str(number): reason for number, reason in shapes.problems.items()}


def _rounded(lines: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    return [np.ascontiguousarray(np.round(line, _DIGITS)) for line in lines]


def _json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
