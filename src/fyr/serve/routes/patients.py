"""One patient: who it is, vital signs, alarms, findings."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from fyr.clock import DAY_US, HOUR_US, to_iso
from fyr.errors import BadInput
from fyr.record import Encounter, PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.alarm_documents import alarms_document
from fyr.serve.comparison_documents import Day
from fyr.serve.documents import Alarms, Findings, PatientPage, Patients, Problem, SeriesDocument
from fyr.serve.installation import Installation
from fyr.serve.patient_documents import (
    context_documents,
    finding_document,
    rule_document,
    series_document,
    trace_of_series,
    traces_of_readings,
)
from fyr.serve.permissions import Person
from fyr.serve.problems import NotFound
from fyr.serve.replayed_day import day_as_csv, recorded_day
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import patient_summary, policy_name
from fyr.serve.vitals_history import Trace

__all__ = ["Patient", "router"]

router = APIRouter(prefix="/patients", tags=["patients"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (401, 403, 404)}

ReplayedDay = Annotated[int, Query(ge=0, le=100_000, description="From 1, from the first sample; 0: the last day")]
Hours = Annotated[float, Query(gt=0, le=48, description="How far back")]


def _visible_patient(here: Here, person: SignedIn, hospital: str, local: str) -> PatientId:
    try:
        patient = PatientId(hospital, local)
    except BadInput as problem:
        raise NotFound(problem.what) from None
    here.require_sight_of(person, patient)
    return patient


Patient = Annotated[PatientId, Depends(_visible_patient)]
"""The patient of the address, whom the person may see."""


@router.get("", responses=_PROBLEMS)
def patients(here: Here, person: SignedIn) -> Patients:
    """List every patient that the person may see: those on a ward, and those of whom only recordings are here."""
    visible = here.visible_to(person)
    known = here.on_behalf_of(person).patient_attributes()
    shown = [patient for patient in known if visible(patient)]
    here.record.audit.append([AuditEvent(person.access(), "read patient list", patient) for patient in shown])
    return Patients.model_validate({"patients": [_row(here, patient, known[patient]) for patient in shown]})


@router.get("/{hospital}/{local}", response_model=PatientPage, responses=_PROBLEMS)
def page(here: Here, person: SignedIn, patient: Patient) -> PatientPage:
    """Show one patient: stay, tile, context, and the rules that watch."""
    record = here.on_behalf_of(person)
    attributes = _attributes(here, person, patient)
    stays = record.encounters(patient)
    occupant = here.wards.occupant(patient)
    policy = here.wards.policy_of(patient)
    return PatientPage.model_validate(
        {
            "patient": patient_summary(patient, attributes, here.wards.clock.now_us()),
            "encounter": _stay(stays[-1]) if stays else None,
            "tile": here.wards.tile(patient) if occupant is not None else None,
            "context": context_documents(record.observations(patient)),
            "policy": policy_name(policy),
            "rules": [rule_document(rule) for rule in policy.rules],
        }
    )


@router.get("/{hospital}/{local}/series", response_model=SeriesDocument, responses=_PROBLEMS)
def series(here: Here, person: SignedIn, patient: Patient, hours: Hours = 6) -> Response:
    """Return the vital signs of the last hours; of a recording, its last hours. A null breaks the line."""
    if here.wards.occupant(patient) is not None:
        _note(here, person, patient, "read vital signs", hours)
        end_us = here.wards.present_us()
        start_us = end_us - int(hours * HOUR_US)
        traces = here.wards.traces(patient, start_us, end_us + 1)
        if traces:
            return _json(SeriesDocument.model_validate(series_document(traces, start_us, end_us)))
    return _json(_recorded(here, person, patient, hours))


@router.get("/{hospital}/{local}/alarms", responses=_PROBLEMS)
def alarms(here: Here, person: SignedIn, patient: Patient, hours: Hours = 6) -> Alarms:
    """Return what was raised and what became of it, what was held back and why, what could not be assessed."""
    _attributes(here, person, patient)
    _note(here, person, patient, "read alarms", hours)
    since_us = here.wards.present_us() - int(hours * HOUR_US)
    occupant = here.wards.occupant(patient)
    bed = occupant.bed if occupant is not None else ""
    return Alarms.model_validate(
        alarms_document(here.wards.alarms(patient, since_us), here.wards.policy_of(patient), bed)
    )


@router.get("/{hospital}/{local}/replay", response_model=Day, responses=_PROBLEMS)
def replay(here: Here, person: SignedIn, patient: Patient, day: ReplayedDay = 0) -> Response:
    """Replay what was recorded under the shipped policies, beside the ward's own, and return one day of it."""
    found = _replay(here, person, patient, day)
    return Response(Day.model_validate(found).model_dump_json(), media_type="application/json")


@router.get("/{hospital}/{local}/replay/said.csv", response_class=Response, responses=_PROBLEMS)
def replay_csv(here: Here, person: SignedIn, patient: Patient, day: ReplayedDay = 0) -> Response:
    """Give everything that the policies say of a replayed day as a table."""
    found = _replay(here, person, patient, day)
    kept = {"Content-Disposition": f'attachment; filename="replay-day-{found["day"]}.csv"'}
    return Response(day_as_csv(found), media_type="text/csv; charset=utf-8", headers=kept)


@router.get("/{hospital}/{local}/findings", responses=_PROBLEMS)
def findings(here: Here, person: SignedIn, patient: Patient, hours: Hours = 6) -> Findings:
    """Return what models said, each answer once when it changed; newest first."""
    _attributes(here, person, patient)
    since_us = here.wards.present_us() - int(hours * HOUR_US)
    found = here.on_behalf_of(person).findings(patient, start_us=since_us)
    return Findings.model_validate({"findings": [finding_document(finding) for finding in reversed(found)]})


def _replay(here: Installation, person: Person, patient: PatientId, day: int) -> dict[str, Any]:
    attributes = _attributes(here, person, patient)
    here.record.audit.append([AuditEvent(person.access(), "read replayed day", patient, {"day": day})])
    record = here.on_behalf_of(person)
    traces: dict[str, Trace] = {}
    if here.wards.occupant(patient) is not None:
        end_us = here.wards.present_us()
        traces = here.wards.traces(patient, end_us - DAY_US, end_us + 1)
    if not traces:
        known = dict.fromkeys(summary.signal for summary in record.signals(patient))
        parts = {name: record.series(patient, name) for name in known}
        traces = {name: trace_of_series(part) for name, part in parts.items() if part}
    return recorded_day(
        patient,
        patient_summary(patient, attributes, here.wards.present_us())["pseudonym"],
        traces,
        record.observations(patient),
        own=here.wards.policy,
        day=day,
        simulated=here.simulated,
    )


def _row(here: Installation, patient: PatientId, attributes: dict[str, Any]) -> dict[str, Any]:
    occupant = here.wards.occupant(patient)
    if occupant is None:
        pseudonym = str(attributes.get("pseudonym") or patient.number)
        return {"id": str(patient), "pseudonym": pseudonym, "ward": None, "bed": None, "state": "cannot_tell"}
    return {
        "id": str(patient),
        "pseudonym": patient_summary(patient, occupant.attributes, here.wards.present_us())["pseudonym"],
        "ward": occupant.ward,
        "bed": occupant.bed,
        "state": here.wards.state_of(patient),
    }


def _attributes(here: Installation, person: Person, patient: PatientId) -> dict[str, Any]:
    try:
        return here.on_behalf_of(person).attributes(patient)
    except BadInput as problem:
        raise NotFound(problem.what, where=problem.where, mend="see GET /api/patients") from None


def _recorded(here: Installation, person: Person, patient: PatientId, hours: float) -> SeriesDocument:
    """Read the end of what was imported about a patient."""
    _attributes(here, person, patient)
    record = here.on_behalf_of(person)
    known = record.signals(patient)
    end_us = max((summary.end_us for summary in known), default=here.wards.present_us()) + 1
    start_us = end_us - int(hours * HOUR_US)
    traces: dict[str, Trace] = {}
    for name in dict.fromkeys(summary.signal for summary in known):
        parts = record.series(patient, name, start_us, end_us)
        if parts:
            traces[name] = trace_of_series(parts)
    traces |= traces_of_readings(record.observations(patient, start_us=start_us, end_us=end_us), besides=traces)
    return SeriesDocument.model_validate(series_document(traces, start_us, end_us))


def _note(here: Installation, person: Person, patient: PatientId, action: str, hours: float) -> None:
    here.record.audit.append([AuditEvent(person.access(), action, patient, {"hours": hours})])


def _stay(encounter: Encounter) -> dict[str, Any]:
    return {
        "ward": encounter.ward,
        "bed": encounter.bed,
        "start": to_iso(encounter.start_us),
        "end": None if encounter.end_us is None else to_iso(encounter.end_us),
    }


def _json(document: SeriesDocument) -> Response:
    return Response(document.model_dump_json(), media_type="application/json")
