"""The dose in every structure of a view: curves and figures, and which voxels make up a stretch of a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import orjson

from fyr.errors import BadInput, UsageError
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.serve.problems import NotFound
from fyr.serve.viewing.curves import Curve, curves_of
from fyr.serve.viewing.extent import extent_of
from fyr.serve.viewing.plane_document import between_of, shapes_of
from fyr.serve.viewing.view_document import prescription_gy
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View

__all__ = ["dose_volumes", "voxels_between"]

_POINTS: Final = 401
_METRICS: Final = ("D98%", "D95%", "D50%", "D2%", "D0.03cc")
_OF_PRESCRIPTION: Final = ("V95%", "V100%", "V107%")
_RUNS_AT_MOST: Final = 200_000


def dose_volumes(viewing: Viewing, view: View, metrics: Sequence[str]) -> bytes:
    """Return the dose-volume histograms of a view, as JSON.

    Parameters
    ----------
    viewing : Viewing
    view : View
    metrics : sequence of str
        As ``D95%``; the usual ones where there are none.

    Raises
    ------
    UsageError
        If a metric is not understood.
    BadInput
        If the structures or the dose cannot be read.
    """
    plan = None if view.plan is None else viewing.plan(view.plan)
    if view.dose is None or view.structure_set is None:
        lacking = "dose" if view.dose is None else "structure set"
        return orjson.dumps(
            {
                "dose_gy": [],
                "prescription_gy": prescription_gy(plan),
                "structures": [],
                "notes": [f"there is no {lacking}, and so there are no histograms"],
            }
        )
    dose, drawn = viewing.dose(view.dose), viewing.structure_set(view.structure_set)
    prescribed = prescription_gy(plan) if dose.summation == "plan" else None
    asked = tuple(metrics) or (*_METRICS, *(_OF_PRESCRIPTION if prescribed else ()))
    _check(asked)
    between = between_of(drawn, viewing, view)
    key = ("histograms", view.structure_set.sha256, view.dose.sha256, asked, prescribed, between)

    def make() -> bytes:
        return _histograms(viewing, drawn.structures, curves_of(viewing, view), dose, asked, prescribed)

    return viewing.kept.get(key, make, len)


def voxels_between(
    viewing: Viewing, view: View, number: int, low_gy: float, high_gy: float, k: int | None
) -> dict[str, Any]:
    """Return the voxels, of the picture or else of the dose, that lie in a structure and get a dose between two.

    Parameters
    ----------
    viewing : Viewing
    view : View
    number : int
        Of the structure.
    low_gy, high_gy : float
        From the first to below the second.
    k : int, optional
        Of one slice only.

    Raises
    ------
    NotFound
        If the view has no such structure.
    BadInput
        If there is no dose, the structure has no volume, or there are more runs than one answer holds.
    """
    extent = extent_of(viewing, view)
    if extent is None or extent.grid is None or view.dose is None or view.structure_set is None:
        raise BadInput("the view lacks structures or a dose", mend="choose a view that has both")
    shapes = shapes_of(viewing, view)
    if number in shapes.problems:
        raise BadInput(f"the structure has no volume: {shapes.problems[number]}")
    if number not in shapes.shapes:
        raise NotFound(f"there is no structure {number}", mend="see the view")
    grid, dose = extent.grid, viewing.dose(view.dose)
    from fyr.treat.voxel_doses import voxel_doses

    key = ("voxel doses", view.id, number)
    found = viewing.kept.get(
        key, lambda: viewing.compute(voxel_doses, shapes.shapes[number], grid, dose), lambda one: one.nbytes
    )
    runs = found.between(low_gy, high_gy)
    runs[:, 0] += extent.axial.start if extent.axial is not None else 0
    voxels = int((runs[:, 3] - runs[:, 2]).sum())
    shown = runs if k is None else runs[runs[:, 0] == k]
    if len(shown) > _RUNS_AT_MOST:
        raise BadInput(f"{len(shown)} runs of voxels are too many for one answer", mend="ask for one slice with k=")
    led_by = "volume" if extent.is_of_picture else "dose"
    return {"grid": led_by, "runs": shown.tolist(), "voxels": voxels, "volume_cm3": voxels * grid.voxel_mm3 / 1000}


def _check(asked: Sequence[str]) -> None:
    from fyr.treat.dvh_metrics import parse_metric

    for one in asked:
        try:
            parse_metric(one)
        except UsageError as problem:
            raise UsageError(problem.what, where="metric", mend=problem.mend) from problem


def _histograms(
    viewing: Viewing,
    structures: Sequence[Structure],
    curves: Sequence[Curve],
    dose: DoseGrid,
    asked: Sequence[str],
    prescribed: float | None,
) -> bytes:
    from fyr.treat.dvh_metrics import parse_metric

    metrics = [parse_metric(one) for one in asked]
    isodoses = None
    if prescribed is not None and {one.kind for one in metrics} & {"CI", "GI"}:
        isodoses = viewing.compute(_isodoses, dose, prescribed)
    doses = np.linspace(0, float(dose.dose_gy.max()) * (1 + 1 / (_POINTS - 1)), _POINTS)
    entries = [
        _entry(one, curve, metrics, prescribed, isodoses, doses) for one, curve in zip(structures, curves, strict=True)
    ]
    notes = [
        f"{one['name']}: {one['outside_cm3']:.3g} of {one['volume_cm3']:.3g} cm³ lie outside the dose grid; its doses "
        "are those of the rest"
        for one in entries
        if one.get("is_cut")
    ]
    for one in entries:
        one.pop("is_cut", None)
    document = {"dose_gy": doses.round(6), "prescription_gy": prescribed, "structures": entries, "notes": notes}
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)


def _isodoses(dose: DoseGrid, prescribed: float) -> tuple[float, float]:
    """Return the volumes of the prescribed dose and of half of it; done in a process of its own."""
    from fyr.treat.isodose import isodose_cm3

    return isodose_cm3(dose, prescribed), isodose_cm3(dose, prescribed / 2)


def _entry(
    structure: Structure,
    found: Curve,
    metrics: Sequence[Any],
    prescribed: float | None,
    isodoses: tuple[float, float] | None,
    doses: np.ndarray[Any, Any],
) -> dict[str, Any]:
    from fyr.treat.dvh_metrics import measure

    entry: dict[str, Any] = {"number": structure.number, "name": structure.name}
    curve = found.dvh
    if curve is None:
        return entry | {"problem": f"{found.problem}; {found.mend}" if found.mend else found.problem}
    values = {one.text: measure(one, curve, prescribed, isodoses) for one in metrics}
    return entry | {
        "problem": None,
        "volume_cm3": curve.volume_cm3,
        "outside_cm3": curve.outside_cm3,
        "is_cut": not curve.is_complete,
        "min_gy": curve.min_gy,
        "mean_gy": curve.mean_gy,
        "max_gy": curve.max_gy,
        "cumulative_cm3": np.round(curve.volume_at(doses), 6),
        "metrics": {text: one.value for text, one in values.items()},
        "metric_units": {text: one.unit for text, one in values.items()},
        "metric_problems": {text: one.reason for text, one in values.items() if one.value is None},
        "notes": list(curve.notes),
    }
