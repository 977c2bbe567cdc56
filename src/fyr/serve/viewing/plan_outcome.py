"""What the plan of a view would do to its patient: the answers of the outcome models, by structure."""

from __future__ import annotations

from typing import Any

import orjson

from fyr.errors import BadInput, UsageError
from fyr.serve.viewing.outcome_documents import Said, SaidOfPatient
from fyr.serve.viewing.plan_parts import NothingToForesee, course_of_view, names_digest, parts_of
from fyr.serve.viewing.viewing import Viewing
from fyr.serve.viewing.views import View
from fyr.treat.nomenclature.own_names import OwnNames
from fyr.treat.plan_course import PlanCourse
from fyr.treat.plan_factors import PlanFactors
from fyr.treat.plan_risks import check_patient, check_ratios

__all__ = ["factors_of", "plan_outcome"]


def factors_of(said: SaidOfPatient) -> PlanFactors:
    """Read what was said in a request, and refuse what no model knows.

    Raises
    ------
    UsageError
        If a name or an alpha/beta is not known.
    """
    try:
        check_patient(said.patient)
        check_ratios(said.alpha_beta_gy)
    except UsageError as problem:
        names = {"--alpha-beta": "alpha_beta_gy", "--patient, --set": "patient"}
        raise UsageError(problem.what, where=names.get(problem.where, problem.where), mend=problem.mend) from problem
    return PlanFactors(said.patient, said.tumour, said.alpha_beta_gy, said.organs)


def plan_outcome(viewing: Viewing, view: View, own: OwnNames, said: Said) -> bytes:
    """Return the foreseen outcome of a view's plan, as JSON; with ``problem`` where there can be none.

    Parameters
    ----------
    viewing : Viewing
    view : View
    own : OwnNames
        What the hospital confirmed of its structure names.
    said : Said

    Raises
    ------
    BadInput
        If the structures or the dose cannot be read, or a structure is named that is not there.
    UsageError
        If a name is not known.
    """
    factors = factors_of(said)
    try:
        parts = parts_of(viewing, view)
    except NothingToForesee as problem:
        return _without(problem.what, factors)
    course = course_of_view(viewing, view, parts, own, factors, said.prescription_gy, said.fractions)
    key = ("outcome", view.id, names_digest(own), said.model_dump_json())
    return viewing.kept.get(key, lambda: viewing.compute(_outcome, course, factors, parts.warnings), len)


def _without(problem: str, factors: PlanFactors) -> bytes:
    nothing: dict[str, Any] = {
        "label": "", "prescription_gy": None, "fractions": None, "structures": [], "without_dose": {},
        "complications": [], "no_model": [], "control": None, "combined": None, "notes": [], "asked": None,
        "warnings": [],
    }  # fmt: skip
    return orjson.dumps({"problem": problem, "given": factors.document(), **nothing})


def _outcome(course: PlanCourse, factors: PlanFactors, warnings: list[str]) -> bytes:
    """Ask the models; done in a process of its own."""
    from fyr.treat.plan_questions import plan_questions

    try:
        course.course()
    except BadInput as problem:
        return _without(problem.what, factors)
    risks = factors.risks(course)
    document = {
        "problem": None,
        "given": factors.document(),
        **risks.document(),
        "warnings": warnings,
        "asked": plan_questions(risks),
    }
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
