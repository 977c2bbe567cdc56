"""What a patient's plans would do: one of them, or several side by side, and the pages for a tumour board.

What a person says of the patient comes in the body of a POST: addresses are logged, bodies are not.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from fyr.clock import to_iso
from fyr.errors import UsageError
from fyr.record import PatientId
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.routes.imaging import PATH, PROBLEMS, with_imaging
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.viewing.compared_views import comparison_of_views, comparison_report
from fyr.serve.viewing.outcome_documents import (
    ComparedPlans,
    ComparisonAsked,
    Outcome,
    Protocols,
    Said,
    SaidOfPatient,
    ShippedProtocol,
)
from fyr.serve.viewing.plan_outcome import plan_outcome
from fyr.serve.viewing.plan_parts import hospital_names
from fyr.serve.viewing.viewing import PatientImaging
from fyr.treat.protocol_file import load_protocol, shipped_protocols

__all__ = ["router"]

router = APIRouter(tags=["imaging"])

_JSON: Final = "application/json"
_PDF: Final = "application/pdf"
_PAGES: Final[dict[int | str, dict[str, Any]]] = {
    **PROBLEMS,
    200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}},
}


@router.get("/protocols")
def protocols(here: Here, person: SignedIn) -> Protocols:  # noqa: ARG001
    """List the protocols that a plan can be held against here."""
    known = [load_protocol(one) for one in shipped_protocols()]
    return Protocols(protocols=[ShippedProtocol(name=one.name, version=one.version, title=one.title) for one in known])


@router.get(PATH + "/views/{view}/outcome", response_model=Outcome, responses=PROBLEMS)
async def outcome(here: Here, person: SignedIn, patient: Patient, view: str, request: Request) -> Response:
    """Give what the plan would do to the patient, of whom nothing more is said."""
    if request.query_params:
        raise UsageError("nothing is said of a patient in an address", where="query", mend="POST it as JSON")
    return await _outcome(here, person, patient, view, Said())


@router.post(PATH + "/views/{view}/outcome", response_model=Outcome, responses=PROBLEMS)
async def outcome_with(here: Here, person: SignedIn, patient: Patient, view: str, said: Said) -> Response:
    """Give what the plan would do to the patient: complications and control, each with its interval and source."""
    return await _outcome(here, person, patient, view, said)


async def _outcome(here: Installation, person: Person, patient: PatientId, view: str, said: Said) -> Response:
    def work(imaging: PatientImaging) -> Response:
        own = hospital_names(here.record.storage.files)
        return Response(plan_outcome(here.viewing, imaging.view(view), own, said), media_type=_JSON)

    detail = {"view": view, "given": _given(said)}
    return await with_imaging(here, person, patient, "foresee the outcome of a plan", detail, work)


@router.post(PATH + "/comparison", response_model=ComparedPlans, responses=PROBLEMS)
async def comparison(here: Here, person: SignedIn, patient: Patient, asked: ComparisonAsked) -> Response:
    """Give plans side by side: doses, limits, complications and control, and how probably one is better."""

    def work(imaging: PatientImaging) -> Response:
        own = hospital_names(here.record.storage.files)
        return Response(comparison_of_views(here.viewing, imaging, own, asked), media_type=_JSON)

    return await with_imaging(here, person, patient, "compare plans", _compared(asked), work)


@router.post(PATH + "/comparison/report", response_class=Response, responses=_PAGES)
async def report(here: Here, person: SignedIn, patient: Patient, asked: ComparisonAsked) -> Response:
    """Give the comparison as pages for a tumour board; they name no patient."""
    made_on = to_iso(here.wards.present_us())[:10]

    def work(imaging: PatientImaging) -> Response:
        own = hospital_names(here.record.storage.files)
        return Response(comparison_report(here.viewing, imaging, own, asked, made_on), media_type=_PDF)

    return await with_imaging(here, person, patient, "take the report of compared plans", _compared(asked), work)


def _compared(asked: ComparisonAsked) -> dict[str, Any]:
    made = [f"{one.total_gy:g} Gy in {one.fractions}" for one in asked.rescaled]
    made += [f"in {one} fractions" for one in asked.refractioned]
    return {"views": asked.views, "made": made, "given": _given(asked)}


def _given(said: SaidOfPatient) -> list[str]:
    """Return the names of what was said; the values are the patient's, and stay out of the trail."""
    return sorted([*said.patient, *(f"tumour.{name}" for name in said.tumour)])
