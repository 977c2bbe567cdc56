"""An assessment as JSON-able values: what the command line prints and the server sends."""

from __future__ import annotations

from typing import Any

from fyr.clock import to_iso
from fyr.diagnose.changes import Moved
from fyr.diagnose.form import FormField
from fyr.diagnose.patient import Answered, Assessment, KnownFact
from fyr.models import ModelOutput
from fyr.record import Estimate, Refusal
from fyr.record.clinical_checks import Contradiction

__all__ = ["assessment_document", "moved_document"]


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
                "before": before.value,
                "after": after.value,
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


def _contradiction(one: Contradiction) -> dict[str, Any]:
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
    }
    if isinstance(one.answer, Refusal):
        return said | {"refusal": one.answer.reason, "concerned": list(one.answer.inputs)}
    outputs = {output.name: output for output in card.outputs}
    return said | {
        "estimates": [_estimate(estimate, outputs[name]) for name, estimate in one.answer.estimates.items()],
        "inputs": dict(one.answer.inputs),
        "explanation": dict(one.answer.explanation),
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
        "range": [output.low, output.high],
    }


def _refusal_reason(one: Answered) -> str | None:
    return one.answer.reason if isinstance(one.answer, Refusal) else None
