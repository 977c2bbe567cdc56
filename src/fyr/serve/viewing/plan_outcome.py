"""What the plan of a view would do to its patient: the answers of the outcome models, by structure."""

from __future__ import annotations

from typing import Any

import orjson

from fyr.errors import BadInput, UsageError
from fyr.imaging.plane_stack import Between
from fyr.imaging.structure_set import StructureSet
from fyr.imaging.treatment_plan import TreatmentPlan
from fyr.imaging.volume import DoseGrid
from fyr.serve.viewing.plane_document import between_of
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View
from fyr.treat.plan_factors import PlanFactors, plan_factors

__all__ = ["factors_of", "plan_outcome"]


def factors_of(settings: list[str] | None, organs: list[str] | None, ratios: list[str] | None) -> PlanFactors:
    """Read what was said in a request.

    Raises
    ------
    UsageError
        If a pair is none, or a name is not known.
    """
    try:
        return plan_factors(settings or (), organs or (), ratios or ())
    except UsageError as problem:
        names = {"--set": "set", "--organ": "organ", "--alpha-beta": "alpha_beta", "--patient, --set": "set"}
        raise UsageError(problem.what, where=names.get(problem.where, problem.where), mend=problem.mend) from problem


def plan_outcome(viewing: Viewing, view: View, factors: PlanFactors) -> bytes:
    """Return the foreseen outcome of a view's plan, as JSON; with ``problem`` where there can be none.

    Raises
    ------
    BadInput
        If the structures or the dose cannot be read, or a structure is named that is not there.
    UsageError
        If an organ is named that there is none of.
    """
    if view.dose is None or view.structure_set is None:
        lacking = "dose" if view.dose is None else "structure set"
        return _without(f"there is no {lacking}, and so no outcome can be foreseen", factors)
    dose, drawn = viewing.dose(view.dose), viewing.structure_set(view.structure_set)
    plan = None if view.plan is None else viewing.plan(view.plan)
    if dose.summation not in {"plan", "unknown"}:
        return _without(f"the dose is of a {dose.summation}, not of a plan", factors)
    between = between_of(drawn, viewing, view)
    said = orjson.dumps(factors.document(), option=orjson.OPT_SORT_KEYS)
    key = ("outcome", view.structure_set.sha256, view.dose.sha256, view.plan.sha256 if view.plan else "", said, between)
    return viewing.kept.get(key, lambda: viewing.compute(_outcome, drawn, dose, plan, between, factors), len)


def _without(problem: str, factors: PlanFactors) -> bytes:
    nothing: dict[str, Any] = {
        "label": "", "prescription_gy": None, "fractions": None, "structures": [], "without_dose": {},
        "complications": [], "no_model": [], "control": None, "combined": None, "notes": [],
    }  # fmt: skip
    return orjson.dumps({"problem": problem, "given": factors.document(), **nothing})


def _outcome(
    drawn: StructureSet, dose: DoseGrid, plan: TreatmentPlan | None, between: Between, factors: PlanFactors
) -> bytes:
    """Take the histograms and ask the models; done in a process of its own."""
    from fyr.treat.plan_course import plan_course

    course = plan_course(drawn, dose, plan, between, organs=factors.organs)
    try:
        course.course()
    except BadInput as problem:
        return _without(problem.what, factors)
    document = {"problem": None, "given": factors.document(), **factors.risks(course).document()}
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
