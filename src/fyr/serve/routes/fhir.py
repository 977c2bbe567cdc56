"""HL7 FHIR R4: machines post Observations, people and machines read alarms and risks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime

from fyr.clock import from_datetime, to_datetime
from fyr.errors import BadInput, NotPermitted, ServiceUnavailable
from fyr.exchange.fhir.capabilities import capability_statement
from fyr.exchange.fhir.observations import read_observations
from fyr.exchange.fhir.outcomes import answer, operation_outcome, searchset
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.fhir_documents import Dated, alarm_issues, risk_assessments, tellings
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.problems import FHIR_JSON, NotFound
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["COUNT", "LARGEST", "router"]

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a bundle: some ten thousand Observations."""

COUNT: Final = 100
"""How many a search returns that does not say how many."""

_TAKEN: Final = frozenset({FHIR_JSON, "application/json"})
_RETRY_AFTER_S: Final = 5

router = APIRouter(prefix="/fhir", tags=["fhir"])

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"content": {FHIR_JSON: {}}, "description": text}
    for status, text in (
        (200, "A Bundle"),
        (401, "Nobody is signed in: an OperationOutcome, as for every refusal"),
        (403, "The token or the role may not do this"),
    )
}
_TAKING: Final[dict[int | str, dict[str, Any]]] = {
    **_ANSWERS,
    201: {"content": {FHIR_JSON: {}}, "description": "The Observation is kept"},
    413: {"description": "It is too large"},
    415: {"description": "It is not JSON"},
    422: {"description": "It is not accepted, and kept with the reason"},
    503: {"description": "It cannot be kept now; send it again after Retry-After seconds"},
}

Of = Annotated[str | None, Query(alias="patient", description="The patient's number here, or HOSPITAL/NUMBER")]
Since = Annotated[AwareDatetime | None, Query(alias="_since", description="What changed at or after this instant")]
Count = Annotated[int, Query(alias="_count", ge=1, le=1000, description="How many at most; the newest first")]


@router.get("/metadata", response_class=Response, responses={200: {"content": {FHIR_JSON: {}}}})
def metadata(request: Request) -> Response:
    """Say what this server can do with FHIR. Needs no sign-in and says nothing of patients."""
    return _fhir(capability_statement(f"{request.base_url}api/fhir"))


@router.post("", response_class=Response, responses=_TAKING)
async def bundle(here: Here, machine: SignedIn, request: Request) -> Response:
    """Take a Bundle of Observations: a batch entry by entry, a transaction as a whole or not at all."""
    return await _take(here, machine, request)


@router.post("/Observation", response_class=Response, responses=_TAKING)
async def observation(here: Here, machine: SignedIn, request: Request) -> Response:
    """Take one Observation."""
    return await _take(here, machine, request)


@router.get("/DetectedIssue", response_class=Response, responses=_ANSWERS)
def detected_issues(
    here: Here, person: SignedIn, request: Request, of: Of = None, since: Since = None, count: Count = COUNT
) -> Response:
    """Return the notifications of the last two days as they stand, with what was done about them."""
    find = partial(_alarms, here, person, "DetectedIssue")
    return _search(here, person, request, find, (of, since, count))


@router.get("/Communication", response_class=Response, responses=_ANSWERS)
def communications(
    here: Here, person: SignedIn, request: Request, of: Of = None, since: Since = None, count: Count = COUNT
) -> Response:
    """Return who was told of which notification when, in the last two days."""
    find = partial(_alarms, here, person, "Communication")
    return _search(here, person, request, find, (of, since, count))


@router.get("/RiskAssessment", response_class=Response, responses=_ANSWERS)
def risks(
    here: Here, person: SignedIn, request: Request, of: Of = None, since: Since = None, count: Count = COUNT
) -> Response:
    """Return what models said of the patients' risks, and what they refused to say."""

    def find(patient: PatientId, since_us: int) -> Iterable[Dated]:
        return risk_assessments(here.on_behalf_of(person).findings(patient, start_us=since_us))

    return _search(here, person, request, find, (of, since, count))


async def _take(here: Installation, machine: Person, request: Request) -> Response:
    require(machine, Permission.SEND_SAMPLES)
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _TAKEN:
        what = f"'{kind[:40]}' is not taken here"
        return _fhir(operation_outcome(what, "not-supported", mend=f"send {FHIR_JSON}"), 415)
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LARGEST:
            return _fhir(operation_outcome(f"it is larger than {LARGEST} bytes", "too-long", mend="send less"), 413)
    return await run_in_threadpool(_taken, here, machine, bytes(data))


def _taken(here: Installation, machine: Person, data: bytes) -> Response:
    if here.take is None:
        raise ServiceUnavailable("no source of this kind is open", mend="open it in fyr.toml")
    source = f"fhir {machine.title}"
    read = read_observations(data, source)
    if here.interfaces is not None:
        here.interfaces.heard(source, "fhir", "POST /api/fhir")
    verdicts = here.take(read.incoming)
    accepted = sum(verdict.is_accepted for verdict in verdicts)
    kept = all(verdict.kept for verdict in verdicts)
    detail = {"messages": len(verdicts), "accepted": accepted, "kept": kept, "bytes": len(data)}
    here.record.audit.append([AuditEvent(machine.access(), "send observations", detail=detail)])
    if not kept:
        outcome = operation_outcome("it cannot be kept now", "transient", mend="send all of it again")
        return _fhir(outcome, 503, {"Retry-After": str(_RETRY_AFTER_S)})
    status, resource = answer(read, verdicts)
    return _fhir(resource, status)


def _alarms(here: Installation, person: Person, kind: str, patient: PatientId, since_us: int) -> Iterable[Dated]:
    here.record.audit.append([AuditEvent(person.access(), "read alarms", patient, {"as": f"FHIR {kind}"})])
    found = alarm_issues if kind == "DetectedIssue" else tellings
    return found(here.wards, patient, since_us)


def _search(
    here: Installation,
    person: Person,
    request: Request,
    find: Callable[[PatientId, int], Iterable[Dated]],
    asked: tuple[str | None, AwareDatetime | None, int],
) -> Response:
    of, since, count = asked
    visible = here.alarms_visible_to(person)
    here_now = [occupant.patient for occupants in here.wards.wards().values() for occupant in occupants]
    patients = [patient for patient in here_now if visible(patient)] if of is None else [_meant(of, here_now)]
    for patient in patients:
        if not visible(patient):
            raise NotPermitted(f"{person.name} may not see {patient}", mend="ask the ward that the patient lies on")
    since_us = 0 if since is None else from_datetime(since)
    found = [dated for patient in patients for dated in find(patient, since_us)]
    found.sort(key=lambda dated: dated[0], reverse=True)
    resources = [{**resource, "meta": {"lastUpdated": _instant(at_us)}} for at_us, resource in found[:count]]
    return _fhir(searchset(resources, len(found), str(request.url)))


def _instant(time_us: int) -> str:
    """Write a time with its fraction always, so that the order of the texts is that of the times."""
    return to_datetime(time_us).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _meant(text: str, here_now: list[PatientId]) -> PatientId:
    """Return the patient of ``17``, ``Patient/17``, ``SYSTEM|17`` or ``HOSPITAL/17``.

    Raises
    ------
    NotFound
        If no patient here, or more than one, has that number.
    """
    local = text.rpartition("|")[2].removeprefix("Patient/")
    if "/" in local:
        try:
            return PatientId.parse(local)
        except BadInput as problem:
            raise NotFound(problem.what, where="patient", mend=problem.mend) from None
    found = [patient for patient in here_now if patient.number == local]
    if len(found) != 1:
        raise NotFound(
            f"{'nobody' if not found else 'more than one patient'} of that number is here",
            where="patient",
            mend="give HOSPITAL/NUMBER for one who is not, or not alone",
        )
    return found[0]


def _fhir(resource: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps(resource, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, headers, media_type=FHIR_JSON)
