"""A patient's diagnosis as the page needs it: read from the record, asked as if, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fyr.clock import SECOND_US, from_datetime, to_iso
from fyr.diagnose.changes import before_the_last_change, moved
from fyr.diagnose.documents import assessment_document, moved_document, without_course
from fyr.diagnose.form import form_fields
from fyr.diagnose.given_facts import GivenFact, observation_of
from fyr.diagnose.pathways import Pathway
from fyr.diagnose.patient import Assessment, assess, models_of, pathways_of
from fyr.errors import BadInput
from fyr.record import Finding, Observation, PatientId, Status
from fyr.serve.diagnosis_documents import FactRequest
from fyr.serve.local_validation import LocalValidations

__all__ = ["AsIf", "as_if", "diagnosis_document", "findings_of", "last_kept_us", "read_facts", "shown_assessment"]


@dataclass(frozen=True, slots=True)
class AsIf:
    """Facts that somebody gave, as far as they can be taken.

    Parameters
    ----------
    observed : list of Observation
    problems : list of dict
        `name`, `what` and `mend` of each fact that cannot.
    """

    observed: list[Observation]
    problems: list[dict[str, str]]


def diagnosis_document(
    observations: Sequence[Observation],
    pathway: Pathway | None,
    since_us: int | None,
    validations: LocalValidations,
) -> dict[str, Any]:
    """Return what the models say, and what is other than at an earlier time.

    Parameters
    ----------
    observations : sequence of Observation
        Everything that was ever observed of the patient.
    pathway : Pathway, optional
        By default the first of which the facts speak, else breast cancer.
    since_us : int, optional
        With what to compare; by default before the newest facts.
    validations : LocalValidations
    """
    applies = pathways_of(observations)
    chosen = pathway or next(iter(applies), Pathway.BREAST)
    now = assess(observations, chosen)
    before_us = since_us if since_us is not None else before_the_last_change(observations)
    since = None
    if before_us is not None:
        before = assess(observations, chosen, at_us=before_us)
        since = {"time": to_iso(before_us), "moved": [moved_document(one) for one in moved(before, now)]}
    return {
        "applies": [one.value for one in applies],
        "assessment": shown_assessment(now, validations),
        "since": since,
    }


def shown_assessment(assessment: Assessment, validations: LocalValidations) -> dict[str, Any]:
    """Return an assessment with how each model did here."""
    document = assessment_document(assessment)
    for question in document["questions"]:
        for family in question["models"]:
            for version in family["versions"]:
                found = validations.of(version["name"], version["version"], version["digest"])
                version["here"] = {"validated": found.validated, "words": found.words, "validation": found.validation}
    return document


def read_facts(
    wanted: Sequence[FactRequest],
    pathway: Pathway,
    patient: PatientId,
    known: Sequence[Observation],
    now_us: int,
    source: str,
) -> AsIf:
    """Read facts that a person gave, each by itself, so that one that cannot be does not hide the others.

    A fact that is given for the very time of one that is known corrects it: it counts as later by a microsecond.
    """
    fields = {field.name: field for field in form_fields(models_of(pathway).items())}
    newest = {one.code: one.time_us for one in sorted(known, key=lambda one: one.time_us)}
    observed: dict[str, Observation] = {}
    problems: list[dict[str, str]] = []
    for fact in wanted:
        time_us = now_us if fact.time is None else from_datetime(fact.time)
        before_us = newest.get(fact.name)
        if before_us is not None and time_us <= before_us < time_us + SECOND_US:
            time_us = before_us + 1
        given = GivenFact(fact.name, fact.value, fact.unit, Status(fact.status), time_us)
        if fact.name in observed:
            problems.append({"name": fact.name, "what": f"{fact.name} is given twice", "mend": "give it once"})
            continue
        try:
            observed[fact.name] = observation_of(given, patient, now_us + SECOND_US, source, fields)
        except BadInput as problem:
            problems.append({"name": fact.name, "what": problem.what, "mend": problem.mend})
    return AsIf(list(observed.values()), problems)


def as_if(known: Sequence[Observation], given: AsIf, pathway: Pathway, validations: LocalValidations) -> dict[str, Any]:
    """Return what the models would say with these facts, and what would move."""
    now = assess(known, pathway)
    then = assess([*known, *given.observed], pathway)
    return {
        "problems": given.problems,
        "assessment": shown_assessment(then, validations),
        "moved": [moved_document(one) for one in moved(now, then)],
    }


def findings_of(patient: PatientId, observations: Sequence[Observation], pathway: Pathway, at_us: int) -> list[Finding]:
    """Return every answer and refusal of a pathway as findings; a course over years is not kept with each number."""
    found: list[Finding] = []
    for one in assess(observations, pathway).answers:
        found += one.model.findings(patient, at_us, one.answer, one.evidence)
    return [replace(one, explanation=without_course(one.explanation)) for one in found]


def last_kept_us(findings: Sequence[Finding], pathway: Pathway) -> int | None:
    """Return when answers of the pathway's models were last kept."""
    names = {model.card.name for model in models_of(pathway).values()}
    return max((one.time_us for one in findings if one.model.name in names), default=None)
