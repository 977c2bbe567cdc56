"""A patient's hearing: audiograms, their grades, the dose to the cochlea beside them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from fyr.clock import to_datetime
from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.record.audiogram import Audiogram, Conduction, Threshold
from fyr.record.audit import AuditEvent
from fyr.record.hearing import is_hearing_code, observations_of
from fyr.serve.documents import Problem
from fyr.serve.hearing.cochlea import cochlear_doses
from fyr.serve.hearing.documents import AudiogramRequest, Hearing
from fyr.serve.hearing.patient import hearing_document
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, may, require
from fyr.serve.problems import NotFound
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import patient_summary
from fyr.treat.hearing.document import AgeGroup

__all__ = ["router"]

router = APIRouter(tags=["hearing"])

_PATH: Final = "/patients/{hospital}/{local}/hearing"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}

Baseline = Annotated[str | None, Query(max_length=40, description="Its name; by default the first audiogram")]
Conducted = Annotated[Conduction, Query(description="Which thresholds are graded as sensorineural")]
Group = Annotated[AgeGroup | None, Query(description="Which of CTCAE's definitions; both if not said")]


@router.get(_PATH, responses=_PROBLEMS)
async def hearing(
    here: Here,
    person: SignedIn,
    patient: Patient,
    baseline: Baseline = None,
    conduction: Conducted = "air",
    age_group: Group = None,
) -> Hearing:
    """Return a patient's audiograms, what each scale says of them or lacks, and the dose to each cochlea."""
    return await _hearing(here, person, patient, baseline, conduction, age_group)


@router.post(_PATH, responses=_PROBLEMS)
async def write(here: Here, person: SignedIn, patient: Patient, wanted: AudiogramRequest) -> Hearing:
    """Keep an audiogram as observations in the person's name: all of its thresholds, or none."""
    require(person, Permission.WRITE_FACTS)
    today = to_datetime(here.wards.present_us()).date()
    if wanted.date > today:
        raise BadInput(f"{wanted.date} is yet to come", where="date", mend="write the day when it was taken")
    audiogram = Audiogram(tuple(Threshold(**one.model_dump()) for one in wanted.thresholds), wanted.date)
    observed = observations_of(audiogram, patient, f"form: {person.name}")
    detail = {"date": wanted.date.isoformat(), "thresholds": len(observed)}
    here.record.audit.append([AuditEvent(person.access(), "write audiogram", patient, detail)])
    here.on_behalf_of(person).add_observations(observed)
    return await _hearing(here, person, patient, None, "air", None)


async def _hearing(
    here: Installation,
    person: Person,
    patient: PatientId,
    baseline: str | None,
    conduction: Conduction,
    age_group: AgeGroup | None,
) -> Hearing:
    here.viewing.prepare()

    def work() -> dict[str, Any]:
        record = here.on_behalf_of(person)
        here.record.audit.append([AuditEvent(person.access(), "read hearing", patient)])
        try:
            observed = [one for one in record.observations(patient) if is_hearing_code(one.code)]
        except BadInput as problem:
            raise NotFound(problem.what, where=problem.where, mend="see GET /api/patients") from None
        attributes = record.attributes(patient)
        summary = patient_summary(patient, attributes, here.wards.clock.now_us())
        return {
            "patient": {"id": summary["id"], "pseudonym": summary["pseudonym"]},
            "is_simulated": bool(attributes.get("simulated", here.simulated)),
            **hearing_document(observed, baseline, conduction, age_group),
            "cochlea": cochlear_doses(here.viewing, here.viewing.imaging(record, patient)),
            "may_write": may(person, Permission.WRITE_FACTS),
        }

    return Hearing.model_validate(await here.viewing.run(work))
