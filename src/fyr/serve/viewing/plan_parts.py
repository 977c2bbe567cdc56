"""A view's plan as the outcome models take it, and what the hospital calls its structures."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fyr.errors import BadInput
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import Structure
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.curves import curves_of
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View
from fyr.treat.compared_plans import PlanParts, course_of_parts
from fyr.treat.dvh import Dvh
from fyr.treat.nomenclature.own_names import OWN_NAMES_FILE, OwnNames, own_names_text, read_own_names
from fyr.treat.plan_course import PlanCourse
from fyr.treat.plan_factors import PlanFactors

__all__ = ["NothingToForesee", "course_of_view", "hospital_names", "names_digest", "parts_of"]

_CURVE_BYTES = 4 << 10


class NothingToForesee(BadInput):
    """A view lacks what a plan's outcome is foreseen from."""


def hospital_names(home: Path) -> OwnNames:
    """Return the structure names that the hospital confirmed: those that the command line keeps in its home."""
    return read_own_names(home / OWN_NAMES_FILE)


def names_digest(own: OwnNames) -> str:
    """Return a name for what was confirmed."""
    return hashlib.sha256(own_names_text(own).encode()).hexdigest()


def parts_of(viewing: Viewing, view: View) -> PlanParts:
    """Return the plan, the structures and the dose of a view.

    Raises
    ------
    NothingToForesee
        If it lacks structures or a dose, or the dose is not of a whole plan.
    BadInput
        If something cannot be read.
    """
    if view.dose is None or view.structure_set is None:
        lacking = "dose" if view.dose is None else "structure set"
        raise NothingToForesee(f"there is no {lacking}, and so no outcome can be foreseen", where=view.title)
    dose, drawn = viewing.dose(view.dose), viewing.structure_set(view.structure_set)
    plan = None if view.plan is None else viewing.plan(view.plan)
    if dose.summation not in {"plan", "unknown"}:
        raise NothingToForesee(f"the dose is of a {dose.summation}, not of a plan", where=view.title)
    notes = [*view.notes, *(plan.notes if plan else ()), *drawn.notes, *dose.notes]
    return PlanParts(plan, drawn, dose, list(dict.fromkeys(notes)))


def course_of_view(
    viewing: Viewing,
    view: View,
    parts: PlanParts,
    own: OwnNames,
    factors: PlanFactors,
    prescription_gy: float | None = None,
    fractions: int | None = None,
) -> PlanCourse:
    """Return a view's histograms, kept for whoever asks with other factors.

    Raises
    ------
    BadInput, UsageError
        If a structure or an organ is named that is not there.
    """
    objects = [one.sha256 if one is not None else "" for one in (view.structure_set, view.dose, view.plan)]
    said = tuple(sorted((name, organ or "") for name, organ in factors.organs.items()))
    key = ("course", *objects, names_digest(own), said, prescription_gy, fractions)

    def make() -> PlanCourse:
        taken = dict(zip(map(id, parts.structures.structures), curves_of(viewing, view), strict=True))

        def histogram(structure: Structure, _dose: DoseGrid, _between: Between) -> Dvh:
            return taken[id(structure)].given()

        return course_of_parts(
            parts, own, factors.organs, prescription_gy=prescription_gy, fractions=fractions, histogram=histogram
        )

    return viewing.kept.get(key, make, _size)


def _size(course: PlanCourse) -> int:
    return sum(_CURVE_BYTES + one.dvh.histogram_cm3.nbytes for one in course.curves)
