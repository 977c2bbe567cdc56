"""An assessment as JSON-able values: what the command line prints and the server sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.clock import to_iso
from fyr.diagnose.changes import Moved
from fyr.diagnose.course import Course, course_of, hundred_people
from fyr.diagnose.form import FormField
from fyr.diagnose.patient import Answered, Assessment, KnownFact, NeededTest
from fyr.models import ModelOutput
from fyr.record import Estimate, Refusal
from fyr.record.clinical_checks import Contradiction

__all__ = ["assessment_document", "course_document", "moved_document", "without_course"]

_COURSE: Final = ("years", "order", "curves")
"""Parts of an explanation that are told as a course."""
_TOLD_AT: Final = (5, 10, 15)


def assessment_document(assessment: Assessment) -> dict[str, Any]:
    """Return everything that an assessment says."""
    return {
        "pathway": assessment.pathway.value,
        "at": None if assessment.at_us is None else to_iso(assessment.at_us),
        "facts": [_fact(known) for known in assessment.facts],
        "contradictions": [_contradiction(one) for one in assessment.contradictions],
        "needed": [_contradiction(one) for one in assessment.needed],
        "questions": [
            {
                "question": asked.question.key,
                "title": asked.question.title,
                "models": [
                    {"name": family.name, "versions": [_answered(one) for one in family.versions]}
                    for family in asked.families
                ],
            }
            for asked in assessment.questions
        ],
    }


def moved_document(moved: Moved) -> dict[str, Any]:
    """Return what became of one answer, and by which inputs."""
    titles = {output.name: output for output in moved.after.model.card.outputs}
    return {
        "model": moved.after.name,
        "name": moved.after.model.card.name,
        "version": moved.after.model.card.version,
        "title": moved.after.model.card.title,
        "before": _refusal_reason(moved.before),
        "after": _refusal_reason(moved.after),
        "estimates": [
            {
                "output": after.output,
                "title": titles[after.output].title,
                "unit": after.unit,
                "before": before.category if before.category is not None else before.value,
                "after": after.category if after.category is not None else after.value,
            }
            for before, after in moved.estimates
        ],
        "inputs": [
            {
                "name": one.name,
                "title": moved.after.model.card.input(one.name).title,
                "before": one.before,
                "after": one.after,
            }
            for one in moved.inputs
        ],
    }


def course_document(course: Course) -> dict[str, Any]:
    """Return a course: curves in percent by year, and a hundred people after 5, 10 and 15 years."""
    people = [hundred_people(course, year) for year in _TOLD_AT if year in course.years]
    return {
        "years": list(course.years),
        "steps": [
            {
                "given": step.given,
                "planned": step.planned,
                "alive": list(step.alive),
                "died_of_cancer": list(step.died_of_cancer),
                "died_otherwise": list(step.died_otherwise),
            }
            for step in course.steps
        ],
        "people": [
            {
                "year": one.year,
                "alive_anyway": one.alive_anyway,
                "because_of": [{"given": given, "people": count} for given, count in one.because_of],
                "died_otherwise": one.died_otherwise,
                "died_of_cancer": one.died_of_cancer,
            }
            for one in people
        ],
    }


def without_course(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explanation without the years that :func:`course_document` tells of."""
    return {name: part for name, part in explanation.items() if name not in _COURSE}


def _fact(known: KnownFact) -> dict[str, Any]:
    one = known.observation
    return {
        **_field(known.field),
        "value": None if one is None else one.value,
        "status": None if one is None else one.status.value,
        "time": None if one is None else to_iso(one.time_us),
        "source": None if one is None else one.source,
        "derived_from": list(known.derived_from),
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "name": field.name,
        "group": field.group,
        "title": field.title,
        "kind": field.kind,
        "unit": field.unit,
        "code": field.code,
        "low": field.low,
        "high": field.high,
        "categories": list(field.categories),
        "meaning": field.meaning,
        "accepted": field.accepted,
        "models": list(field.models),
        "required_by": list(field.required_by),
    }


def _contradiction(one: Contradiction | NeededTest) -> dict[str, Any]:
    return {"facts": list(one.facts), "what": one.what}


def _answered(one: Answered) -> dict[str, Any]:
    card = one.model.card
    said: dict[str, Any] = {
        "model": one.name,
        "name": card.name,
        "version": card.version,
        "digest": card.digest,
        "title": card.title,
        "citation": card.citation,
        "available": not card.not_available,
        "refusal": None,
        "concerned": [],
        "estimates": [],
        "inputs": dict(one.evidence),
        "explanation": {},
        "has_course": False,
    }
    if isinstance(one.answer, Refusal):
        return said | {"refusal": one.answer.reason, "concerned": list(one.answer.inputs)}
    outputs = {output.name: output for output in card.outputs}
    return said | {
        "estimates": [_estimate(estimate, outputs[name]) for name, estimate in one.answer.estimates.items()],
        "inputs": dict(one.answer.inputs),
        "explanation": without_course(one.answer.explanation),
        "has_course": course_of(one) is not None,
    }


def _estimate(estimate: Estimate, output: ModelOutput) -> dict[str, Any]:
    return {
        "output": estimate.output,
        "title": output.title,
        "value": estimate.value,
        "unit": estimate.unit,
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "category": estimate.category,
        "range": [output.low, output.high],
    }


def _refusal_reason(one: Answered) -> str | None:
    return one.answer.reason if isinstance(one.answer, Refusal) else None
