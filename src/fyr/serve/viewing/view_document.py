"""What a patient has to be seen, and one view of it, as the page is told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import numpy as np

from fyr.errors import BadInput
from fyr.exchange.dicom.slice_stack import SliceStack
from fyr.imaging.structure_set import Structure
from fyr.imaging.treatment_plan import Beam, TreatmentPlan
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.extent import extent_of
from fyr.serve.viewing.found import FoundObject, PictureFiles
from fyr.serve.viewing.pictures import grey_levels
from fyr.serve.viewing.viewing import OPENED_AT_MOST, PatientImaging, Viewing
from fyr.serve.viewing.views import View, by_study

__all__ = ["imaging_document", "isodose_levels", "prescription_gy", "view_document"]

_PERCENT: Final = (107.0, 105.0, 100.0, 95.0, 90.0, 80.0, 70.0, 50.0, 30.0, 20.0, 10.0)
_COLOURS: Final = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6", "#bcf60c", "#fabebe")
"""Taken in turn where a set names no colours."""
_TARGETS: Final = frozenset({"GTV", "CTV", "PTV", "ITV"})


def imaging_document(viewing: Viewing, imaging: PatientImaging) -> dict[str, Any]:
    """Return what there is, study by study."""
    plan_ids = {one.head.uid: one.id for one in imaging.found.plans}
    studies = []
    told: set[str] = set()
    for study, objects in by_study(imaging.found).items():
        here = {one.sha256 for one in objects}
        told |= here
        pictures = [one for one in imaging.found.pictures if one.first.study == study]
        opened = imaging.found.slices <= OPENED_AT_MOST
        dated = next((one.head for one in objects if one.head.study_date), objects[0].head)
        studies.append(
            {
                "study_uid": study,
                "date": dated.study_date,
                "description": dated.study_description,
                "volumes": [_volume_entry(viewing, one, opened=opened) for one in pictures],
                "structure_sets": [
                    _set_entry(imaging, one) for one in imaging.found.structure_sets if one.sha256 in here
                ],
                "doses": [_dose_entry(imaging, one, plan_ids) for one in imaging.found.doses if one.sha256 in here],
                "plans": [_plan_entry(imaging, one) for one in imaging.found.plans if one.sha256 in here],
                "views": [_view_entry(one) for one in imaging.views if one.study == study],
            }
        )
    unread = [str(problem) for sha256, problem in imaging.found.refused.items() if sha256 not in told]
    return {"studies": studies, "unread": unread}


def view_document(viewing: Viewing, view: View) -> dict[str, Any]:
    """Return one view without its numbers; what cannot be read is left out and said in the notes."""
    notes, problems = list(view.notes), []
    stack = None
    if view.picture is not None:
        try:
            stack = viewing.stack(view.picture)
        except BadInput as problem:
            problems.append(f"the picture cannot be shown: {_reason(problem)}")
    structures: tuple[Structure, ...] = ()
    if view.structure_set is not None:
        try:
            drawn = viewing.structure_set(view.structure_set)
            structures = drawn.structures
            notes += drawn.notes
        except BadInput as problem:
            problems.append(f"the structures cannot be shown: {problem.where}: {_reason(problem)}")
    plan = viewing.plan(view.plan) if view.plan is not None else None
    dose = viewing.dose(view.dose) if view.dose is not None else None
    notes += [*(stack.notes if stack else ()), *(dose.notes if dose else ()), *(plan.notes if plan else ())]
    if dose is not None:
        notes += _dose_notes(dose, structures)
    if view.picture is None and not view.notes:
        notes.append("there is no picture: what was drawn and the dose are shown alone")
    extent = extent_of(viewing, view)
    if extent is not None and extent.beyond and stack is not None:
        slices = "one slice" if stack.grid.shape[0] == 1 else f"{stack.grid.shape[0]} slices"
        notes.append(f"the picture has {slices}; structures or dose reach beyond, and are shown there without it")
    reference, levels = isodose_levels(dose, plan)
    volume = None if stack is None or view.picture is None else _volume(viewing, view.picture, stack)
    return {
        "id": view.id,
        "title": view.title,
        "volume": volume,
        "dose": None if dose is None or view.dose is None else _dose(view.dose, dose, plan),
        "structures": [_structure(number, one) for number, one in enumerate(structures)],
        "plan": None if plan is None else _plan(plan),
        "isodose_reference": reference,
        "isodose_levels": [{"gy": gy, "percent": percent} for gy, percent in levels],
        "focus_mm": None if extent is None else extent.focus_mm.tolist(),
        "bounds_mm": None if extent is None else extent.bounds_mm.tolist(),
        "axial": None if extent is None or extent.axial is None else asdict(extent.axial),
        "notes": list(dict.fromkeys(notes)),
        "problems": problems,
    }


def prescription_gy(plan: TreatmentPlan | None) -> float | None:
    """Return what a plan prescribes to its targets: the greatest, where there are several."""
    if plan is None:
        return None
    said = [one.prescribed_gy for one in plan.dose_references if one.kind == "TARGET" and one.prescribed_gy]
    return max(said, default=None)


def isodose_levels(dose: DoseGrid | None, plan: TreatmentPlan | None) -> tuple[str | None, list[tuple[float, float]]]:
    """Return what percentages are of, and the levels with a line as (Gy, percent), the greatest first."""
    if dose is None:
        return None, []
    greatest = float(dose.dose_gy.max())
    prescribed = prescription_gy(plan) if dose.summation == "plan" else None
    reference, whole = ("maximum", greatest) if prescribed is None else ("prescription", prescribed)
    return reference, [
        (round(whole * percent / 100, 6), percent) for percent in _PERCENT if 0 < whole * percent / 100 < greatest
    ]


def _dose_notes(dose: DoseGrid, structures: tuple[Structure, ...]) -> list[str]:
    notes = []
    if dose.summation not in {"plan", "unknown"}:
        notes.append(f"the dose is that of one {dose.summation}, not of the plan")
    if dose.kind == "effective":
        notes.append("the dose is weighted by its biological effect, not the physical one")
    limits = np.array([[-0.5], [0.5]]) + np.array([[0, 0, 0], [one - 1 for one in dose.grid.shape]])
    for one in structures:
        if one.kind not in _TARGETS or not one.contours:
            continue
        index = dose.grid.to_index(np.concatenate([contour.points_mm for contour in one.contours]))
        outside = ((index < limits[0]) | (index > limits[1])).any(axis=1)
        if outside.all():
            notes.append(f"the dose grid does not reach {one.name}")
        elif outside.any():
            notes.append(
                f"the dose grid does not cover all of {one.name}: its doses are those of the part that it does"
            )
    return notes


def _volume_entry(viewing: Viewing, one: PictureFiles, *, opened: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": one.id,
        "series_uid": one.first.series,
        "modality": one.first.modality,
        "description": one.first.description,
        "objects": len(one.objects),
        "frame_of_reference": one.first.frame_of_reference,
    }
    if not opened:
        return entry
    try:
        entry["shape"] = viewing.stack(one).grid.shape
    except BadInput as problem:
        entry["problem"] = _reason(problem)
    return entry


def _set_entry(imaging: PatientImaging, one: FoundObject) -> dict[str, Any]:
    said = imaging.known.sets.get(one.sha256)
    return {
        "id": one.id,
        "label": said.label if said else "",
        "roi_count": said.structures if said else 0,
        "frame_of_reference": said.frame_of_reference if said else "",
        "problem": _problem(imaging, one),
    }


def _dose_entry(imaging: PatientImaging, one: FoundObject, plan_ids: dict[str, str]) -> dict[str, Any]:
    said = imaging.known.doses.get(one.sha256)
    return {
        "id": one.id,
        "summation": said.summation if said else "unknown",
        "units": "Gy",
        "plan_id": plan_ids.get(said.plan_uid) if said else None,
        "max_gy": said.max_gy if said else None,
        "problem": _problem(imaging, one),
    }


def _plan_entry(imaging: PatientImaging, one: FoundObject) -> dict[str, Any]:
    plan = imaging.known.plans.get(one.sha256)
    return {
        "id": one.id,
        "label": plan.label if plan else "",
        "prescription_gy": prescription_gy(plan),
        "fractions": _fractions(plan) if plan else None,
        "problem": _problem(imaging, one),
    }


def _view_entry(view: View) -> dict[str, Any]:
    return {
        "id": view.id,
        "title": view.title,
        "volume_id": view.picture.id if view.picture else None,
        "structure_set_id": view.structure_set.id if view.structure_set else None,
        "dose_id": view.dose.id if view.dose else None,
        "plan_id": view.plan.id if view.plan else None,
    }


def _problem(imaging: PatientImaging, one: FoundObject) -> str | None:
    problem = imaging.refused.get(one.sha256)
    return None if problem is None else _reason(problem)


def _reason(problem: BadInput) -> str:
    return f"{problem.what}; {problem.mend}" if problem.mend else problem.what


def _volume(viewing: Viewing, picture: PictureFiles, stack: SliceStack) -> dict[str, Any]:
    centre, width = grey_levels(viewing, picture)
    return {
        "id": picture.id,
        "shape": stack.grid.shape,
        "affine": stack.grid.affine.tolist(),
        "modality": stack.modality,
        "unit": stack.unit,
        "slope": stack.coding.slope,
        "intercept": stack.coding.intercept,
        "window": {"center": centre, "width": width},
        "missing": stack.missing,
    }


def _dose(one: FoundObject, dose: DoseGrid, plan: TreatmentPlan | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "shape": dose.grid.shape,
        "affine": dose.grid.affine.tolist(),
        "max_gy": float(dose.dose_gy.max()),
        "summation": dose.summation,
        "kind": dose.kind,
        "prescription_gy": prescription_gy(plan) if dose.summation == "plan" else None,
    }


def _structure(number: int, one: Structure) -> dict[str, Any]:
    heights = [contour.points_mm[:, 2] for contour in one.contours if len(contour.points_mm)]
    red_green_blue = one.colour
    return {
        "number": one.number,
        "name": one.name,
        "type": one.kind,
        "colour": _COLOURS[number % len(_COLOURS)]
        if red_green_blue is None
        else "#{:02x}{:02x}{:02x}".format(*red_green_blue),
        "contour_planes": len({round(float(height.mean()), 2) for height in heights}),
        "z_range_mm": (min(float(one.min()) for one in heights), max(float(one.max()) for one in heights))
        if heights
        else None,
    }


def _fractions(plan: TreatmentPlan) -> int | None:
    """Return the number of fractions, where the plan has one group that says it."""
    return plan.fraction_groups[0].fractions if len(plan.fraction_groups) == 1 else None


def _plan(plan: TreatmentPlan) -> dict[str, Any]:
    metersets = {one.beam: one.meterset for group in plan.fraction_groups for one in group.beams}
    return {
        "label": plan.label,
        "intent": plan.intent,
        "approval": plan.approval,
        "fractions": _fractions(plan),
        "prescription_gy": prescription_gy(plan),
        "beams": [_beam(one, metersets.get(one.number)) for one in plan.beams],
    }


def _beam(beam: Beam, meterset: float | None) -> dict[str, Any]:
    points = beam.control_points
    first, last = (points[0], points[-1]) if points else (None, None)
    isocentre = first.isocentre_mm if first else None
    return {
        "number": beam.number,
        "name": beam.name,
        "type": beam.kind,
        "radiation": beam.radiation,
        "machine": beam.machine,
        "energy": first.energy if first else None,
        "gantry_degrees": first.gantry_degrees if first else None,
        "gantry_end_degrees": last.gantry_degrees if last else None,
        "collimator_degrees": first.collimator_degrees if first else None,
        "couch_degrees": first.couch_degrees if first else None,
        "isocentre_mm": None if isocentre is None else isocentre.tolist(),
        "control_points": len(points),
        "meterset": meterset,
        "meterset_unit": beam.meterset_unit,
    }
