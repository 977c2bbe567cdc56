"""A patient's pictures, structures, dose and plan, for the viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import APIRouter, Query, Response

from fyr.errors import UsageError
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import patient_summary
from fyr.serve.viewing import pictures
from fyr.serve.viewing.documents import (
    Contours,
    DoseVolumes,
    ImagedPatients,
    Imaging,
    ImagingView,
    PlaneName,
    Probe,
    VoxelsBetween,
)
from fyr.serve.viewing.dose_volumes import dose_volumes, voxels_between
from fyr.serve.viewing.imaged_patients import ImagedPatient, imaged_patients
from fyr.serve.viewing.plane_document import all_planes, foresee, one_plane, place_document
from fyr.serve.viewing.view_document import imaging_document, view_document
from fyr.serve.viewing.viewing import PatientImaging

__all__ = ["PATH", "PROBLEMS", "router", "with_imaging"]

T = TypeVar("T")

router = APIRouter(tags=["imaging"])

PATH: Final = "/patients/{hospital}/{local}/imaging"

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}
_NUMBERS: Final[dict[int | str, dict[str, Any]]] = {
    **PROBLEMS,
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
}
_JSON: Final = "application/json"
_BYTES: Final = "application/octet-stream"

First = Annotated[int, Query(ge=0, alias="from", description="The first slice, from 0")]
Last = Annotated[int, Query(ge=1, alias="to", description="Below which slice")]


Place = Annotated[float, Query(ge=-1e5, le=1e5, allow_inf_nan=False, description="mm")]
Dose = Annotated[float, Query(ge=0, le=1e6, allow_inf_nan=False, description="Gy")]
Every = Annotated[bool, Query(alias="all", description="Every axial plane of the picture")]
Isodoses = Annotated[bool, Query(description="Whether `all` is to have the lines of doses too")]
SliceAsked = Annotated[int | None, Query(ge=0, description="Of one slice only")]
Metrics = Annotated[list[str] | None, Query(max_length=50, description="Such as D95%, V20Gy, D0.03cc; repeatable")]


@router.get("/imaging", responses=PROBLEMS)
async def patients(here: Here, person: SignedIn) -> ImagedPatients:
    """List the patients whom the person may see and of whom there are pictures, structures, plans or doses."""
    visible = here.visible_to(person)
    here.viewing.prepare()

    def work() -> dict[str, Any]:
        shown = [entry for entry in imaged_patients(here.on_behalf_of(person)) if visible(entry.patient)]
        events = [AuditEvent(person.access(), "list imaging", entry.patient) for entry in shown]
        here.record.audit.append(events)
        known = here.on_behalf_of(person).patient_attributes()
        return {"patients": [_patient_entry(here, entry, known.get(entry.patient, {})) for entry in shown]}

    return ImagedPatients.model_validate(await here.viewing.run(work))


@router.get(PATH, responses=PROBLEMS)
async def listed(here: Here, person: SignedIn, patient: Patient) -> Imaging:
    """List what can be seen of a patient, and what belongs together."""
    here.viewing.prepare()

    def work(imaging: PatientImaging) -> dict[str, Any]:
        if imaging.views:
            foresee(here.viewing, imaging.views[0])
        return imaging_document(here.viewing, imaging)

    return Imaging.model_validate(await with_imaging(here, person, patient, "list imaging", {}, work))


@router.get(PATH + "/views/{view}", responses=PROBLEMS)
async def view(here: Here, person: SignedIn, patient: Patient, view: str) -> ImagingView:
    """Show one view: where its parts lie, what is drawn in it, and what must be said with it."""

    def work(imaging: PatientImaging) -> dict[str, Any]:
        return view_document(here.viewing, imaging.view(view)) | {
            "patient": _named(here, patient, here.record.attributes(patient))
        }

    return ImagingView.model_validate(
        await with_imaging(here, person, patient, "read imaging view", {"view": view}, work)
    )


@router.get(PATH + "/volumes/{volume}/voxels", response_class=Response, responses=_NUMBERS)
async def voxels(here: Here, person: SignedIn, patient: Patient, volume: str, start: First, end: Last) -> Response:
    """Give slices of a picture: int16, little-endian, slice by slice, row by row."""

    def work(imaging: PatientImaging) -> Response:
        picture = imaging.picture(volume)
        coding = here.viewing.stack(picture).coding
        said = {"X-Fyr-Slope": f"{coding.slope!r}", "X-Fyr-Intercept": f"{coding.intercept!r}"}
        return Response(pictures.voxels(here.viewing, picture, start, end), media_type=_BYTES, headers=said)

    detail = {"volume": volume, "from": start, "to": end}
    return await with_imaging(here, person, patient, "read imaging voxels", detail, work)


@router.get(PATH + "/volumes/{volume}/preview", response_class=Response, responses=_NUMBERS)
async def preview(here: Here, person: SignedIn, patient: Patient, volume: str) -> Response:
    """Give every so many voxels of a picture, 2 MB at most: int16 as in `voxels`; the headers say how many."""

    def work(imaging: PatientImaging) -> Response:
        picture = imaging.picture(volume)
        coding = here.viewing.stack(picture).coding
        thinned = pictures.preview(here.viewing, picture)
        said = {
            "X-Fyr-Shape": ",".join(map(str, thinned.coded.shape)),
            "X-Fyr-Stride": ",".join(map(str, thinned.stride)),
            "X-Fyr-Missing": ",".join(map(str, thinned.missing)),
            "X-Fyr-Slope": f"{coding.slope!r}",
            "X-Fyr-Intercept": f"{coding.intercept!r}",
        }
        return Response(thinned.coded.astype("<i2", copy=False).tobytes(), media_type=_BYTES, headers=said)

    return await with_imaging(here, person, patient, "read imaging preview", {"volume": volume}, work)


@router.get(PATH + "/doses/{dose}/voxels", response_class=Response, responses=_NUMBERS)
async def dose(here: Here, person: SignedIn, patient: Patient, dose: str) -> Response:
    """Give a dose on its own grid: float32 in Gy, little-endian, slice by slice, row by row."""

    def work(imaging: PatientImaging) -> Response:
        grid = here.viewing.dose(imaging.dose(dose))
        return Response(grid.dose_gy.astype("<f4", copy=False).tobytes(), media_type=_BYTES)

    return await with_imaging(here, person, patient, "read imaging dose", {"dose": dose}, work)


@router.get(PATH + "/views/{view}/contours", response_model=Contours, responses=PROBLEMS)
async def contours(
    here: Here,
    person: SignedIn,
    patient: Patient,
    view: str,
    plane: PlaneName = "axial",
    at: Place | None = None,
    every: Every = False,
    isodoses: Isodoses = True,
) -> Response:
    """Give the outlines of structures and the lines of doses in a plane, or with `all` in every axial one."""
    if every == (at is not None):
        raise UsageError("either one plane or all of them", where="at, all", mend="give at=MM, or all=1")
    if every and plane != "axial":
        raise UsageError("all planes are given of axial ones only", where="plane", mend="give at=MM")

    def work(imaging: PatientImaging) -> Response:
        shown = imaging.view(view)
        if at is None:
            found = all_planes(here.viewing, shown, isodoses=isodoses)
        else:
            found = one_plane(here.viewing, shown, plane, at)
        return Response(found, media_type=_JSON)

    detail = {"view": view, "plane": plane} | ({"all": True} if at is None else {"at": at})
    return await with_imaging(here, person, patient, "read imaging contours", detail, work)


@router.get(PATH + "/views/{view}/dvh", response_model=DoseVolumes, responses=PROBLEMS)
async def dvh(here: Here, person: SignedIn, patient: Patient, view: str, metric: Metrics = None) -> Response:
    """Give the dose-volume histogram of every structure, with its figures."""

    def work(imaging: PatientImaging) -> Response:
        return Response(dose_volumes(here.viewing, imaging.view(view), metric or ()), media_type=_JSON)

    return await with_imaging(here, person, patient, "read dose-volume histograms", {"view": view}, work)


@router.get(PATH + "/views/{view}/voxels-between", response_model=VoxelsBetween, responses=PROBLEMS)
async def between(
    here: Here,
    person: SignedIn,
    patient: Patient,
    view: str,
    structure: int,
    low: Dose,
    high: Dose,
    k: SliceAsked = None,
) -> Response:
    """Say which voxels of a structure get a dose from `low` to below `high`."""

    def work(imaging: PatientImaging) -> Response:
        found = voxels_between(here.viewing, imaging.view(view), structure, low, high, k)
        return Response(orjson.dumps(found), media_type=_JSON)

    detail = {"view": view, "structure": structure, "low": low, "high": high}
    return await with_imaging(here, person, patient, "read voxels of a dose", detail, work)


@router.get(PATH + "/views/{view}/probe", responses=PROBLEMS)
async def probe(here: Here, person: SignedIn, patient: Patient, view: str, x: Place, y: Place, z: Place) -> Probe:
    """Say what is at a place: the picture's value, the dose, the structures."""

    def work(imaging: PatientImaging) -> dict[str, Any]:
        return place_document(here.viewing, imaging.view(view), (x, y, z))

    detail = {"view": view, "at": [x, y, z]}
    return Probe.model_validate(await with_imaging(here, person, patient, "read imaging place", detail, work))


def _patient_entry(here: Installation, entry: ImagedPatient, attributes: Mapping[str, Any]) -> dict[str, Any]:
    newest = entry.newest
    return _named(here, entry.patient, attributes) | {
        "studies": entry.studies,
        "plans": entry.plans,
        "newest": f"{newest[:4]}-{newest[4:6]}-{newest[6:8]}" if len(newest) == 8 else None,
    }


def _named(here: Installation, patient: PatientId, attributes: Mapping[str, Any]) -> dict[str, Any]:
    summary = patient_summary(patient, attributes, here.wards.clock.now_us())
    return {"id": summary["id"], "pseudonym": summary["pseudonym"]}


async def with_imaging(
    here: Installation,
    person: Person,
    patient: PatientId,
    action: str,
    detail: dict[str, Any],
    work: Callable[[PatientImaging], T],
) -> T:
    """Do work on a patient's imaging beside the event loop; what is read is in the audit trail before it is given."""

    def all_of_it() -> T:
        here.record.audit.append([AuditEvent(person.access(), action, patient, detail)])
        return work(here.viewing.imaging(here.on_behalf_of(person), patient))

    return await here.viewing.run(all_of_it)
