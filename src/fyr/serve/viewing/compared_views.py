"""Plans of one patient side by side, as ``fyr treat compare`` has them, and their pages for a tumour board."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from fyr.errors import BadInput, UsageError
from fyr.serve.viewing.outcome_documents import ComparisonAsked
from fyr.serve.viewing.plan_outcome import factors_of
from fyr.serve.viewing.plan_parts import course_of_view, names_digest, parts_of
from fyr.serve.viewing.viewing import PatientImaging, Viewing
from fyr.treat.compared_plans import Compared, check_count, compared_document, variants, warnings_between
from fyr.treat.nomenclature.own_names import OwnNames
from fyr.treat.plan_factors import PlanFactors

__all__ = ["comparison_of_views", "comparison_report"]


def comparison_of_views(viewing: Viewing, imaging: PatientImaging, own: OwnNames, asked: ComparisonAsked) -> bytes:
    """Return plans side by side, as JSON.

    Raises
    ------
    NotFound
        If there is no such view.
    UsageError
        If there are fewer than two plans or more than eight, or a name is not known.
    BadInput
        If a plan lacks something, or they have no structure in common.
    """
    said = asked.model_dump_json(exclude={"case"})
    key = ("comparison", *(imaging.view(one).id for one in asked.views), names_digest(own), said)
    return viewing.kept.get(key, lambda: viewing.compute(_document, *_plans(viewing, imaging, own, asked)), len)


def comparison_report(
    viewing: Viewing, imaging: PatientImaging, own: OwnNames, asked: ComparisonAsked, made_on: str
) -> bytes:
    """Return the pages of :func:`comparison_of_views` as a PDF; they name no patient."""
    first = imaging.view(asked.views[0])
    made_of = first.plan or first.structure_set
    uid = made_of.head.uid if made_of is not None else first.id
    case = asked.case or f"Case {hashlib.sha256(uid.encode()).hexdigest()[:8]}"
    return viewing.compute(_report, *_plans(viewing, imaging, own, asked), case, made_on)


def _plans(
    viewing: Viewing, imaging: PatientImaging, own: OwnNames, asked: ComparisonAsked
) -> tuple[list[Compared], PlanFactors, OwnNames, dict[str, Any]]:
    factors = factors_of(asked)
    views = [imaging.view(one) for one in asked.views]
    wanted = len(views) + len(asked.rescaled) + len(asked.refractioned)
    check_count(wanted, "views", "give two to eight views, or one and rescaled or refractioned")
    parts = [parts_of(viewing, one) for one in views]
    _check_organs(factors, parts)
    courses = [
        course_of_view(viewing, view, one, own, factors, asked.prescription_gy)
        for view, one in zip(views, parts, strict=True)
    ]
    for view, course in zip(views, courses, strict=True):
        try:
            course.course()
        except BadInput as problem:
            raise BadInput(
                problem.what, where=view.title, mend="say it as prescription_gy, or leave it out"
            ) from problem
    compared = [
        Compared(one, course, {"view": view.id}) for view, one, course in zip(views, parts, courses, strict=True)
    ]
    scales = [(one.total_gy, one.fractions) for one in asked.rescaled]
    compared += [
        Compared(parts[0], one, {"view": views[0].id}) for one in variants(courses[0], scales, asked.refractioned)
    ]
    options = {
        "metrics": tuple(asked.metrics),
        "endpoints": [(one.structure, one.model) for one in asked.combine],
        "protocol": asked.protocol,
        "warnings": warnings_between(parts),
    }
    return compared, factors, own, options


def _check_organs(factors: PlanFactors, parts: Sequence[Any]) -> None:
    """Refuse to name a structure that none of the plans has."""
    names = {one.name.casefold() for each in parts for one in each.structures.structures}
    for name in factors.organs:
        if name.casefold() not in names:
            raise UsageError(f"no plan has a structure '{name}'", where="organs", mend="see the view's structures")


def _document(plans: list[Compared], factors: PlanFactors, own: OwnNames, options: dict[str, Any]) -> bytes:
    """Compare; done in a process of its own."""
    return orjson.dumps(_compared(plans, factors, own, options), option=orjson.OPT_SERIALIZE_NUMPY)


def _report(
    plans: list[Compared], factors: PlanFactors, own: OwnNames, options: dict[str, Any], case: str, made_on: str
) -> bytes:
    """Compare, and write the pages; done in a process of its own."""
    from fyr.learn.report.pdf import as_pdf
    from fyr.treat.board import board_report

    document = _compared(plans, factors, own, options)
    return as_pdf(board_report([one.course for one in plans], document, case, made_on))


def _compared(plans: list[Compared], factors: PlanFactors, own: OwnNames, options: dict[str, Any]) -> dict[str, Any]:
    from fyr.treat.protocol_file import load_protocol

    named = options["protocol"]
    protocol = None if named is None else load_protocol(named)
    return compared_document(plans, factors, own, **{**options, "protocol": protocol})
