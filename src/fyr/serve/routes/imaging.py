"""A patient's pictures, structures, dose and plan, for the viewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query, Response

from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.viewing import pictures
from fyr.serve.viewing.documents import Imaging, ImagingView
from fyr.serve.viewing.view_document import imaging_document, view_document
from fyr.serve.viewing.viewing import PatientImaging

__all__ = ["router"]

T = TypeVar("T")

router = APIRouter(prefix="/patients/{hospital}/{local}/imaging", tags=["imaging"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}
_NUMBERS: Final[dict[int | str, dict[str, Any]]] = {
    **_PROBLEMS,
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
}
_BYTES: Final = "application/octet-stream"

First = Annotated[int, Query(ge=0, alias="from", description="The first slice, from 0")]
Last = Annotated[int, Query(ge=1, alias="to", description="Below which slice")]


@router.get("", responses=_PROBLEMS)
async def listed(here: Here, person: SignedIn, patient: Patient) -> Imaging:
    """List what can be seen of a patient, and what belongs together."""

    def work(imaging: PatientImaging) -> dict[str, Any]:
        if imaging.views:
            first = imaging.views[0]
            here.viewing.warm()
            here.viewing.begin(lambda: view_document(here.viewing, first))
        return imaging_document(here.viewing, imaging)

    return Imaging.model_validate(await _with_imaging(here, person, patient, "list imaging", {}, work))


@router.get("/views/{view}", responses=_PROBLEMS)
async def view(here: Here, person: SignedIn, patient: Patient, view: str) -> ImagingView:
    """Show one view: where its parts lie, what is drawn in it, and what must be said with it."""

    def work(imaging: PatientImaging) -> dict[str, Any]:
        return view_document(here.viewing, imaging.view(view))

    return ImagingView.model_validate(
        await _with_imaging(here, person, patient, "read imaging view", {"view": view}, work)
    )


@router.get("/volumes/{volume}/voxels", response_class=Response, responses=_NUMBERS)
async def voxels(here: Here, person: SignedIn, patient: Patient, volume: str, start: First, end: Last) -> Response:
    """Give slices of a picture: int16, little-endian, slice by slice, row by row."""

    def work(imaging: PatientImaging) -> Response:
        picture = imaging.picture(volume)
        coding = here.viewing.stack(picture).coding
        said = {"X-Fyr-Slope": f"{coding.slope!r}", "X-Fyr-Intercept": f"{coding.intercept!r}"}
        return Response(pictures.voxels(here.viewing, picture, start, end), media_type=_BYTES, headers=said)

    detail = {"volume": volume, "from": start, "to": end}
    return await _with_imaging(here, person, patient, "read imaging voxels", detail, work)


@router.get("/volumes/{volume}/preview", response_class=Response, responses=_NUMBERS)
async def preview(here: Here, person: SignedIn, patient: Patient, volume: str) -> Response:
    """Give every so many voxels of a picture, 2 MB at most: int16 as in `voxels`; the headers say how many."""

    def work(imaging: PatientImaging) -> Response:
        picture = imaging.picture(volume)
        coding = here.viewing.stack(picture).coding
        thinned = pictures.preview(here.viewing, picture)
        said = {
            "X-Fyr-Shape": ",".join(map(str, thinned.coded.shape)),
            "X-Fyr-Stride": ",".join(map(str, thinned.stride)),
            "X-Fyr-Slope": f"{coding.slope!r}",
            "X-Fyr-Intercept": f"{coding.intercept!r}",
        }
        return Response(thinned.coded.astype("<i2", copy=False).tobytes(), media_type=_BYTES, headers=said)

    return await _with_imaging(here, person, patient, "read imaging preview", {"volume": volume}, work)


@router.get("/doses/{dose}/voxels", response_class=Response, responses=_NUMBERS)
async def dose(here: Here, person: SignedIn, patient: Patient, dose: str) -> Response:
    """Give a dose on its own grid: float32 in Gy, little-endian, slice by slice, row by row."""

    def work(imaging: PatientImaging) -> Response:
        grid = here.viewing.dose(imaging.dose(dose))
        return Response(grid.dose_gy.astype("<f4", copy=False).tobytes(), media_type=_BYTES)

    return await _with_imaging(here, person, patient, "read imaging dose", {"dose": dose}, work)


async def _with_imaging(
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
