"""A patient's diagnosis: read, asked as if, told over years, written, kept."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from fyr.clock import from_datetime, to_iso
from fyr.diagnose.course import course_of
from fyr.diagnose.documents import course_document
from fyr.diagnose.pathways import Pathway
from fyr.diagnose.patient import TELLING, assess, models_of
from fyr.errors import BadInput
from fyr.record import Observation, PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.diagnosis import (
    as_if,
    diagnosis_document,
    findings_of,
    last_kept_us,
    read_facts,
)
from fyr.serve.diagnosis_documents import (
    Checked,
    Course,
    Diagnoses,
    Diagnosis,
    FactsRequest,
    KeepRequest,
    Kept,
    PathwayName,
)
from fyr.serve.diagnosis_documents import Here as DidHere
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, may, require
from fyr.serve.problems import NotFound
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import patient_summary

__all__ = ["router"]

router = APIRouter(tags=["diagnosis"])

_PATH: Final = "/patients/{hospital}/{local}/diagnosis"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}

Wanted = Annotated[PathwayName | None, Query(description="By default the one of which the facts speak")]
Since = Annotated[AwareDatetime | None, Query(description="With when to compare; by default before the newest facts")]


@router.get("/diagnosis", responses=_PROBLEMS)
def diagnoses(here: Here, person: SignedIn) -> Diagnoses:
    """List the patients whom the person may see and of whom facts about a cancer are known."""
    visible = here.visible_to(person)
    record = here.on_behalf_of(person)
    speaking: dict[PatientId, list[str]] = {}
    for pathway, telling in TELLING.items():
        for patient in record.patients_with(telling):
            if visible(patient):
                speaking.setdefault(patient, []).append(pathway.value)
    here.record.audit.append([AuditEvent(person.access(), "read diagnosis list", patient) for patient in speaking])
    now_us = here.wards.present_us()
    rows = []
    for patient, pathways in sorted(speaking.items()):
        summary = patient_summary(patient, record.attributes(patient), now_us)
        shown = {name: summary[name] for name in ("id", "pseudonym", "age", "reason")}
        rows.append({**shown, "pathways": pathways})
    return Diagnoses.model_validate({"patients": rows})


@router.get(_PATH, responses=_PROBLEMS)
def diagnosis(here: Here, person: SignedIn, patient: Patient, pathway: Wanted = None, since: Since = None) -> Diagnosis:
    """Return what is known, what every model of the pathway says of it, and what moved since an earlier time."""
    since_us = None if since is None else from_datetime(since)
    return _diagnosis(here, person, patient, None if pathway is None else Pathway(pathway), since_us)


@router.get(f"{_PATH}/course", responses=_PROBLEMS)
def course(here: Here, person: SignedIn, patient: Patient, model: str) -> Course:
    """Return what a model tells of the years: survival with each treatment, and a hundred people."""
    pathway = next((one for one in Pathway if model in models_of(one)), None)
    if pathway is None:
        raise NotFound(f"no pathway has a model '{model}'", mend="see GET …/diagnosis")
    chosen = {model: models_of(pathway)[model]}
    (answered,) = assess(_observed(here, person, patient), pathway, models=chosen).answers
    found = course_of(answered)
    if found is None:
        raise NotFound(f"{model} tells of no years for this patient", mend="see its answer in GET …/diagnosis")
    return Course.model_validate({"model": model, "version": answered.model.card.version, **course_document(found)})


@router.post(f"{_PATH}/check", responses=_PROBLEMS)
def check(here: Here, person: SignedIn, patient: Patient, wanted: FactsRequest) -> Checked:
    """Say what is wrong with facts, each by itself, and what the models would say with them; nothing is kept."""
    known, pathway = _observed(here, person, patient), Pathway(wanted.pathway)
    given = read_facts(wanted.facts, pathway, patient, known, here.wards.present_us(), _source(person))
    return Checked.model_validate(as_if(known, given, pathway, here.validations))


@router.post(f"{_PATH}/facts", responses=_PROBLEMS)
def write(here: Here, person: SignedIn, patient: Patient, wanted: FactsRequest) -> Diagnosis:
    """Keep facts as observations in the person's name: all of them, or none if one cannot be."""
    require(person, Permission.WRITE_FACTS)
    known, pathway = _observed(here, person, patient), Pathway(wanted.pathway)
    given = read_facts(wanted.facts, pathway, patient, known, here.wards.present_us(), _source(person))
    if given.problems:
        first = given.problems[0]
        raise BadInput(first["what"], where="facts", mend=first["mend"])
    detail = {"facts": {one.code: one.status.value for one in given.observed}}
    here.record.audit.append([AuditEvent(person.access(), "write clinical facts", patient, detail)])
    here.on_behalf_of(person).add_observations(given.observed)
    return _diagnosis(here, person, patient, pathway, None)


@router.post(f"{_PATH}/keep", responses=_PROBLEMS)
def keep(here: Here, person: SignedIn, patient: Patient, wanted: KeepRequest) -> Kept:
    """Keep what every model says now, refusals too, as findings.

    Nothing is kept by looking: an answer becomes a finding when a person says so, and the trail says who.
    """
    require(person, Permission.WRITE_FACTS)
    at_us, pathway = here.wards.present_us(), Pathway(wanted.pathway)
    found = findings_of(patient, _observed(here, person, patient), pathway, at_us)
    detail = {"pathway": pathway.value, "findings": len(found)}
    here.record.audit.append([AuditEvent(person.access(), "keep diagnosis", patient, detail)])
    return Kept.model_validate({"findings": here.on_behalf_of(person).add_findings(found), "time": to_iso(at_us)})


@router.get("/models/{name}/here", responses=_PROBLEMS)
def did_here(here: Here, person: SignedIn, name: str) -> DidHere:
    """Say how a model did on this hospital's own patients."""
    require(person, Permission.READ_MODELS)
    from fyr.models import model

    try:
        card = model(name).card
    except BadInput as problem:
        raise NotFound(problem.what, where=problem.where, mend=problem.mend) from None
    found = here.validations.of(card.name, card.version, card.digest)
    return DidHere(validated=found.validated, words=found.words, validation=found.validation)


def _diagnosis(
    here: Installation, person: Person, patient: PatientId, pathway: Pathway | None, since_us: int | None
) -> Diagnosis:
    observed = _observed(here, person, patient)
    record = here.on_behalf_of(person)
    document = diagnosis_document(observed, pathway, since_us, here.validations)
    kept_us = last_kept_us(record.findings(patient), Pathway(document["assessment"]["pathway"]))
    now_us = here.wards.present_us()
    return Diagnosis.model_validate(
        {
            "patient": patient_summary(patient, record.attributes(patient), now_us),
            "now": to_iso(now_us),
            "simulated": here.simulated,
            **document,
            "kept": None if kept_us is None else to_iso(kept_us),
            "may_write": may(person, Permission.WRITE_FACTS),
        }
    )


def _observed(here: Installation, person: Person, patient: PatientId) -> list[Observation]:
    try:
        return here.on_behalf_of(person).observations(patient)
    except BadInput as problem:
        raise NotFound(problem.what, where=problem.where, mend="see GET /api/patients") from None


def _source(person: Person) -> str:
    return f"form: {person.name}"
