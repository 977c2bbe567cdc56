"""Comparisons of policies that the hospital keeps, and the replay of one patient's day."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from fyr.errors import BadInput
from fyr.record import PatientId
from fyr.record.audit import AuditEvent
from fyr.serve.comparison_documents import ComparisonDocument, Comparisons, Day, Making
from fyr.serve.comparison_store import ComparisonStore
from fyr.serve.documents import Problem
from fyr.serve.installation import Installation
from fyr.serve.kept_comparison import summary
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.problems import NotFound
from fyr.serve.replayed_day import day_as_csv, kept_day
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/comparisons", tags=["comparisons"])

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {"model": Problem} for status in (400, 401, 403, 404)}

DayNumber = Annotated[int, Query(ge=1, le=100_000, description="From 1: 24 hours each, from the first sample")]
PolicyAsked = Annotated[str | None, Query(max_length=200, description="A policy to show at another factor")]
FactorAsked = Annotated[float | None, Query(gt=0, le=1000, description="The factor of that policy")]


@router.get("", responses=_PROBLEMS)
def listed(here: Here, person: SignedIn) -> Comparisons:
    """List the comparisons that are kept, newest first, and whether one is being made."""
    require(person, Permission.READ_PATIENTS)
    store = _store(here)
    here.record.audit.append([AuditEvent(person.access(), "read comparison list")])
    found = [summary(store.read(name)) for name in store.names()]
    return Comparisons.model_validate({"comparisons": found, "making": _making(here)})


@router.post("/demonstration", status_code=202, responses=_PROBLEMS)
def make(here: Here, person: SignedIn) -> Making:
    """Make the demonstration's comparison, on simulated patients, unless it is there or being made."""
    require(person, Permission.READ_PATIENTS)
    if here.comparison_maker is None:
        raise NotFound("this is no demonstration", mend="keep a comparison with `fyr watch evaluate --keep NAME`")
    here.record.audit.append([AuditEvent(person.access(), "make demonstration comparison")])
    here.comparison_maker.start()
    return Making.model_validate(here.comparison_maker.state())


@router.get("/{name}", response_model=ComparisonDocument, responses=_PROBLEMS)
def one(here: Here, person: SignedIn, name: str) -> ComparisonDocument:
    """Show one comparison: its numbers, its curves, and each event and patient that the person may see."""
    visible = here.visible_to(person)
    kept = _read(here, name)
    shown = {key: [row for row in kept[key] if visible(_patient(row["patient"]))] for key in ("events", "patients")}
    detail = {"comparison": name, "patients": len(shown["patients"])}
    here.record.audit.append([AuditEvent(person.access(), "read comparison", detail=detail)])
    drawn = {key: kept[key] for key in ("name", "title", "note", "simulated", "made_at", "factors", "document")}
    return ComparisonDocument.model_validate({**drawn, **shown})


@router.get("/{name}/patients/{hospital}/{local}", response_model=Day, responses=_PROBLEMS)
def day(
    here: Here,
    person: SignedIn,
    name: str,
    hospital: str,
    local: str,
    day: DayNumber = 1,
    policy: PolicyAsked = None,
    factor: FactorAsked = None,
) -> Response:
    """Show a patient's day: vital signs, what truly happened, and what each policy said."""
    found = _day(here, person, name, hospital, local, day, policy, factor)
    return Response(Day.model_validate(found).model_dump_json(), media_type="application/json")


@router.get("/{name}/patients/{hospital}/{local}/said.csv", response_class=Response, responses=_PROBLEMS)
def day_csv(
    here: Here,
    person: SignedIn,
    name: str,
    hospital: str,
    local: str,
    day: DayNumber = 1,
    policy: PolicyAsked = None,
    factor: FactorAsked = None,
) -> Response:
    """Give everything that was said of a patient's day as a table."""
    found = _day(here, person, name, hospital, local, day, policy, factor)
    kept = {"Content-Disposition": f'attachment; filename="{name}-day-{day}.csv"'}
    return Response(day_as_csv(found), media_type="text/csv; charset=utf-8", headers=kept)


def _day(
    here: Installation,
    person: Person,
    name: str,
    hospital: str,
    local: str,
    number: int,
    policy: str | None,
    factor: float | None,
) -> dict[str, Any]:
    patient = _patient(f"{hospital}/{local}")
    here.require_sight_of(person, patient)
    _read(here, name)
    detail = {"comparison": name, "day": number}
    here.record.audit.append([AuditEvent(person.access(), "read replayed day", patient, detail)])
    return kept_day(_store(here), name, patient, number, policy=policy, factor=factor)


def _store(here: Installation) -> ComparisonStore:
    return ComparisonStore(here.record.storage.files)


def _read(here: Installation, name: str) -> dict[str, Any]:
    store = _store(here)
    if name not in store:
        raise NotFound(f"there is no comparison '{name}'", mend="see GET /api/comparisons")
    return store.read(name)


def _patient(text: str) -> PatientId:
    try:
        return PatientId.parse(text)
    except BadInput as problem:
        raise NotFound(problem.what) from None


def _making(here: Installation) -> dict[str, Any] | None:
    maker = here.comparison_maker
    return None if maker is None else maker.state()
