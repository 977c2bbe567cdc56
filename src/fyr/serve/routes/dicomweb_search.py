"""QIDO-RS: which studies, series and instances there are (PS3.18 section 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from fyr.exchange.dicomweb.media_types import JSON, accepted
from fyr.exchange.dicomweb.metadata import instance_metadata
from fyr.exchange.dicomweb.results import instance_result, instance_url, series_result, study_result
from fyr.exchange.dicomweb.search import Search, read_search
from fyr.record.dicom_index import DicomInstance, DicomSeries, DicomStudy
from fyr.record.dicom_query import Form, Level, Match
from fyr.serve.host_names import is_loopback
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person, WholeHospital
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["dicomweb_base", "router"]

T = TypeVar("T", DicomStudy, DicomSeries, DicomInstance)

_MOST_READ: Final = 500
"""Instances whose own attributes one answer reads."""

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {JSON: {}}, "description": "An array of data sets in the DICOM JSON model"},
    204: {"description": "Nothing meets the conditions"},
    400: {"description": "An attribute is not known, or not sought by"},
    401: {"description": "Nobody is signed in"},
    403: {"description": "The token or the role may not read images"},
    406: {"description": "Only the DICOM JSON model is given"},
}
_OPTIONS: Final[dict[str, Any]] = {"response_class": Response, "responses": _ANSWERS}


def dicomweb_base(request: Request) -> str:
    """Return the address that all of DICOMweb here begins with, as the client reaches it."""
    base, server = request.base_url, request.scope.get("server")
    if base.port is None and base.hostname and is_loopback(base.hostname) and server is not None:
        base = base.replace(port=server[1])  # a client of this machine whose Host header leaves the port out
    return f"{base}api/dicomweb"


@router.get("/studies", **_OPTIONS)
def studies(here: Here, person: SignedIn, request: Request) -> Response:
    """Search for studies: by keyword or tag, with `*`, `?` and ranges of dates; `limit`, `offset`, `includefield`."""
    asked = _asked(request, Level.STUDY, {})
    return _answer(here, person, request, asked, here.on_behalf_of(person).find_studies, study_result)


@router.get("/series", **_OPTIONS)
def all_series(here: Here, person: SignedIn, request: Request) -> Response:
    """Search for series of all studies."""
    return _series(here, person, request, {}, with_study=True)


@router.get("/studies/{study}/series", **_OPTIONS)
def series_of_study(here: Here, person: SignedIn, request: Request, study: str) -> Response:
    """Search for series of a study."""
    return _series(here, person, request, {"StudyInstanceUID": study}, with_study=False)


@router.get("/instances", **_OPTIONS)
def all_instances(here: Here, person: SignedIn, request: Request) -> Response:
    """Search for instances of all studies."""
    return _instances(here, person, request, {}, with_study=True, with_series=True)


@router.get("/studies/{study}/instances", **_OPTIONS)
def instances_of_study(here: Here, person: SignedIn, request: Request, study: str) -> Response:
    """Search for instances of a study."""
    of = {"StudyInstanceUID": study}
    return _instances(here, person, request, of, with_study=False, with_series=True)


@router.get("/studies/{study}/series/{series}/instances", **_OPTIONS)
def instances_of_series(here: Here, person: SignedIn, request: Request, study: str, series: str) -> Response:
    """Search for instances of a series."""
    of = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
    return _instances(here, person, request, of, with_study=False, with_series=False)


def _series(
    here: Installation, person: Person, request: Request, of: Mapping[str, str], *, with_study: bool
) -> Response:
    def said(one: DicomSeries, base: str) -> dict[str, Any]:
        return series_result(one, base, with_study=with_study)

    asked = _asked(request, Level.SERIES, of)
    return _answer(here, person, request, asked, here.on_behalf_of(person).find_series, said)


def _instances(
    here: Installation,
    person: Person,
    request: Request,
    of: Mapping[str, str],
    *,
    with_study: bool,
    with_series: bool,
) -> Response:
    def said(one: DicomInstance, base: str) -> dict[str, Any]:
        return instance_result(one, base, with_study=with_study, with_series=with_series)

    asked = _asked(request, Level.INSTANCE, of)
    return _answer(here, person, request, asked, here.on_behalf_of(person).find_instances, said)


def _asked(request: Request, level: Level, of: Mapping[str, str]) -> Search:
    accept = request.query_params.get("accept") or request.headers.get("Accept")
    if accepted(accept, (JSON, "application/json")) is None:
        raise HTTPException(406, f"a search is answered as {JSON}, not as {(accept or '')[:80]}")
    search = read_search(level, request.query_params.multi_items())
    within = tuple(Match(keyword, Form.ANY_OF, (uid,)) for keyword, uid in of.items())
    return replace(search, matches=(*within, *search.matches))


def _answer(
    here: Installation,
    person: Person,
    request: Request,
    asked: Search,
    find: Callable[..., Sequence[T]],
    said: Callable[[T, str], dict[str, Any]],
) -> Response:
    is_visible = here.images_visible_to(person)
    if isinstance(here.care, WholeHospital):  # who reads images reads those of all
        found = list(find(asked.matches, limit=asked.limit + 1, offset=asked.offset))
    else:
        found = [one for one in find(asked.matches) if is_visible(_patient(one))][asked.offset :]
    warnings = list(asked.warnings)
    if len(found) > asked.limit and asked.limit:
        warnings.append("There are additional results that can be requested")
    base = dicomweb_base(request)
    results = [said(one, base) for one in found[: asked.limit]]
    warnings += _further(here, person, asked.include, found[: asked.limit], results)
    headers = {"Warning": ", ".join(f'299 {request.url.netloc} "{text}"' for text in warnings)} if warnings else {}
    if not results:
        return Response(status_code=204, headers=headers)
    return Response(orjson.dumps(results), headers=headers, media_type=JSON)


def _further(
    here: Installation, person: Person, tags: Sequence[int], found: Sequence[Any], results: list[dict[str, Any]]
) -> list[str]:
    """Add attributes that the index does not hold, out of the instances themselves; say what is not added."""
    missing = [tag for tag in tags if any(f"{tag:08X}" not in result for result in results)]
    if not missing:
        return []
    instances = [one for one in found if isinstance(one, DicomInstance)]
    if len(instances) < len(found) or len(instances) > _MOST_READ:
        named = ", ".join(f"{tag:08X}" for tag in missing)
        return [f"The following attributes were not returned: {named}"]
    contents = here.on_behalf_of(person).read_instances(instances, why="read image headers")
    for one, data, result in zip(instances, contents, results, strict=True):
        said = instance_metadata(data, one.uid, instance_url("", one))
        result.update({name: said[name] for tag in missing if (name := f"{tag:08X}") in said and name not in result})
    return []


def _patient(one: DicomStudy | DicomSeries | DicomInstance) -> Any:
    if isinstance(one, DicomInstance):
        return one.patient
    return one.patient if isinstance(one, DicomStudy) else one.study.patient
