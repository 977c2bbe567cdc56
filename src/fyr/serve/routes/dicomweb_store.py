"""STOW-RS: other systems store instances here (PS3.18 section 10.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from fyr.errors import BadInput, ServiceUnavailable
from fyr.exchange.dicom.keeping import Given, Kept
from fyr.exchange.dicomweb.media_types import DICOM, JSON, MULTIPART, accepted, media_type
from fyr.exchange.dicomweb.multipart import PartReader, boundary_of
from fyr.exchange.dicomweb.store_answer import store_answer
from fyr.serve.image_intake import ImageIntake
from fyr.serve.installation import Installation
from fyr.serve.permissions import Permission, Person, require
from fyr.serve.routes.dicomweb_search import dicomweb_base
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])

_AT_ONCE: Final = 64
_BYTES_AT_ONCE: Final = 32 << 20
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {JSON: {}}, "description": "All instances are stored"},
    202: {"content": {JSON: {}}, "description": "Some are stored, others not: the data set says which and why"},
    400: {"description": "The body is no multipart/related as it should be"},
    403: {"description": "The token or the role may not store images"},
    406: {"description": "Only the DICOM JSON model is given"},
    409: {"content": {JSON: {}}, "description": "None is stored: the data set says why"},
    415: {"description": "The parts are not application/dicom"},
    503: {"description": "It cannot be kept now; send it again"},
}
_OPTIONS: Final[dict[str, Any]] = {"response_class": Response, "responses": _ANSWERS}


@router.post("/studies", **_OPTIONS)
async def store(here: Here, person: SignedIn, request: Request) -> Response:
    """Store instances of any studies: `multipart/related; type="application/dicom"`, one file in each part."""
    return await _store(here, person, request, "")


@router.post("/studies/{study}", **_OPTIONS)
async def store_into(here: Here, person: SignedIn, request: Request, study: str) -> Response:
    """Store instances of one study; those of another are not stored."""
    return await _store(here, person, request, study)


@dataclass(slots=True)
class _Storing:
    """What came, and what became of it."""

    here: Installation
    images: ImageIntake
    person: Person
    study: str
    source: str
    waiting: list[Given] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    parts: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= _AT_ONCE or sum(len(one.data) for one in self.waiting) >= _BYTES_AT_ONCE

    def add(self, data: bytes) -> None:
        self.parts += 1
        self.waiting.append(Given(data, f"part {self.parts}", study=self.study))

    def keep(self) -> None:
        some, self.waiting = self.waiting, []
        if some:
            self.kept += self.images.take(self.here.on_behalf_of(self.person), some, self.source)


async def _store(here: Installation, person: Person, request: Request, study: str) -> Response:
    require(person, Permission.SEND_IMAGES)
    if accepted(request.headers.get("Accept"), (JSON, "application/json")) is None:
        raise HTTPException(406, f"the answer is {JSON}")
    content = media_type(request.headers.get("Content-Type", ""))
    if content.name != MULTIPART or content.part not in {DICOM, "*/*"}:
        raise HTTPException(415, f'store {MULTIPART}; type="{DICOM}" with one file in each part')
    if here.images is None:
        raise ServiceUnavailable("no images are taken here", mend="store them where `fyr serve` runs")
    source = f"dicomweb {person.title}"
    if here.interfaces is not None:
        here.interfaces.heard(source, "dicomweb", "POST /api/dicomweb/studies")
    storing = _Storing(here, here.images, person, study, source)
    await _read_parts(storing, request, boundary_of(content))
    await run_in_threadpool(storing.keep)
    if not storing.parts:
        raise BadInput("there is no part", where="the multipart body", mend="send one file in each part")
    status, answer = store_answer(storing.kept, dicomweb_base(request))
    problems = [one.problem for one in storing.kept if one.problem is not None]
    headers = {"Warning": f'299 {request.url.netloc} "{_header(str(problems[0]))}"'} if problems else {}
    return Response(orjson.dumps(answer), status, headers, media_type=JSON)


async def _read_parts(storing: _Storing, request: Request, boundary: bytes) -> None:
    reader = PartReader(boundary)
    async for data in request.stream():
        for part in reader.feed(data):
            if media_type(part.content_type).name not in {"", DICOM}:
                raise HTTPException(415, f"a part is '{part.content_type[:60]}', not {DICOM}")
            storing.add(part.data)
            if storing.is_full:
                await run_in_threadpool(storing.keep)
    reader.finish()


def _header(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace('"', "'").replace("\n", " ")[:400]
