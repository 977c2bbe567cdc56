"""Exposures to radiation: a patient's ledger, and a department's reference levels."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query, Response

from fyr.errors import ServiceUnavailable
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.record.dicom_query import Form, Match
from fyr.serve.documents import Problem
from fyr.serve.exposures.department import department_document, levels_of, within
from fyr.serve.exposures.documents import HowFar, PatientExposures, ReferenceLevels
from fyr.serve.exposures.patient import as_rows, exposed, exposing_instances, patient_document
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.routes.patients import Patient
from fyr.serve.signed_in import Here, SignedIn
from fyr.serve.tiles import patient_summary
from fyr.treat.exposure.department import Grouping, regions_of
from fyr.treat.exposure.reference_levels import own_levels, protocol_of
from fyr.treat.exposure.reference_plot import as_csv, as_svg, harmless
from fyr.treat.exposure.study import Examination

__all__ = ["router"]

T = TypeVar("T")

router = APIRouter(tags=["exposures"])

_PATH: Final = "/patients/{hospital}/{local}/exposures"
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404, 503)}
_WAIT_S: Final = 3.0
_COLUMNS: Final = ("started", "category", "modality", "what", "uid", "quantity", "of", "value", "unit", "source")

Since = Annotated[date | None, Query(description="The first day of the examinations")]
Until = Annotated[date | None, Query(description="Their last day")]
By = Annotated[Grouping, Query(description="What examinations are put together by")]


@router.get(_PATH, responses=_PROBLEMS)
async def of_patient(here: Here, person: SignedIn, patient: Patient) -> PatientExposures:
    """Return a patient's ledger: every exposure in its own quantities, what may be added, and what was refused."""
    return PatientExposures.model_validate(await _of_patient(here, person, patient, "read exposures"))


@router.get(f"{_PATH}.csv", response_class=Response, responses=_PROBLEMS)
async def of_patient_csv(here: Here, person: SignedIn, patient: Patient) -> Response:
    """Give a patient's exposures as a table, one row for each amount."""
    document = await _of_patient(here, person, patient, "export exposures")
    return _table(_COLUMNS, as_rows(document), "exposures.csv")


@router.get("/exposures/reference-levels", responses=_PROBLEMS)
async def reference_levels(
    here: Here, person: SignedIn, since: Since = None, until: Until = None, by: By = "protocol"
) -> ReferenceLevels:
    """Return the department's own median and percentiles of each protocol, with their levels and what stands out."""
    days = {one: None if day is None else day.isoformat() for one, day in (("since", since), ("until", until))}

    def make(exams: list[Examination], refused: int) -> dict[str, Any]:
        known = here.on_behalf_of(person).patient_attributes()
        now_us = here.wards.clock.now_us()

        def named(who: PatientId) -> str:
            return str(patient_summary(who, known.get(who, {}), now_us)["pseudonym"])

        return {
            **days,
            "refused": refused,
            **department_document(exams, here.exposures, by, named),
        }

    found = await _department(here, person, since, until, by, make)
    if isinstance(found, HowFar):
        nothing = department_document([], here.exposures, by, str)
        return ReferenceLevels.model_validate({**days, "refused": 0, **nothing, "reading": found})
    return ReferenceLevels.model_validate(found)


@router.get("/exposures/reference-levels.csv", response_class=Response, responses=_PROBLEMS)
async def reference_levels_csv(
    here: Here, person: SignedIn, since: Since = None, until: Until = None, by: By = "protocol"
) -> Response:
    """Give the department's own levels as a table."""

    def make(exams: list[Examination], refused: int) -> str:  # noqa: ARG001
        return as_csv(own_levels(exams, _group_of(by)))

    found = _whole(await _department(here, person, since, until, by, make))
    return _file(found, "text/csv; charset=utf-8", "reference-levels.csv")


@router.get("/exposures/reference-levels.svg", response_class=Response, responses=_PROBLEMS)
async def reference_levels_svg(
    here: Here, person: SignedIn, since: Since = None, until: Until = None, by: By = "protocol"
) -> Response:
    """Give the department's own levels as a drawing."""

    def make(exams: list[Examination], refused: int) -> str:  # noqa: ARG001
        levels = levels_of(here.exposures) if by == "protocol" else []
        return as_svg(
            own_levels(exams, _group_of(by)), {(one.protocol, str(one.quantity)): one.value for one in levels}
        )

    found = _whole(await _department(here, person, since, until, by, make))
    return _file(found, "image/svg+xml", "reference-levels.svg")


async def _of_patient(here: Installation, person: Person, patient: PatientId, action: str) -> dict[str, Any]:
    here.viewing.prepare()

    def work() -> dict[str, Any]:
        record = here.on_behalf_of(person)
        instances = exposing_instances(record, patient)
        here.record.audit.append([AuditEvent(person.access(), action, patient, {"objects": len(instances)})])
        summary = patient_summary(patient, record.attributes(patient), here.wards.clock.now_us())
        found = exposed(here.readings, instances)
        named = {"id": summary["id"], "pseudonym": summary["pseudonym"]}
        return {"patient": named, **patient_document(found, patient, here.exposures.levels)}

    return await here.viewing.run(work)


async def _department(
    here: Installation,
    person: Person,
    since: date | None,
    until: date | None,
    by: Grouping,
    make: Callable[[list[Examination], int], T],
) -> T | HowFar:
    """Read the dose reports of everybody whom the person may see; the trail says of how many, before it is given.

    Returns
    -------
    What `make` makes of the examinations; how far it is where there is more to be read than fits into a request.
    """
    visible = here.visible_to(person)
    here.viewing.prepare()
    first, last = ("" if one is None else one.strftime("%Y%m%d") for one in (since, until))

    def work() -> T | HowFar:
        matches = [Match("StudyDate", Form.BETWEEN, (first, last))] if first or last else []
        instances = exposing_instances(here.on_behalf_of(person), None, matches)
        shown = [one for one in instances if visible(one.patient)]
        left = here.readings.wait(shown, _WAIT_S)
        if left:
            return HowFar(read=len(shown) - left, of=len(shown))
        detail = {"patients": len({one.patient for one in shown}), "by": by, "since": first, "until": last}
        here.record.audit.append([AuditEvent(person.access(), "read reference levels", detail=detail)])
        found = exposed(here.readings, shown)
        return make(within(found.examinations(), first, last), len(found.folder.refused))

    return await here.viewing.run(work)


def _whole(found: T | HowFar) -> T:
    if isinstance(found, HowFar):
        raise ServiceUnavailable(
            f"{found.read:,} of {found.of:,} objects are read: there are no figures yet", mend="ask again in a moment"
        )
    return found


def _group_of(by: Grouping) -> Callable[[Examination], str]:
    return protocol_of if by == "protocol" else regions_of


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], name: str) -> Response:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return _file(text.getvalue(), "text/csv; charset=utf-8", name)


def _file(content: str, media_type: str, name: str) -> Response:
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=kept)
