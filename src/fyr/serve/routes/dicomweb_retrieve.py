"""WADO-RS: studies, series and instances, what they say, their frames, and pictures of them (PS3.18 section 10.4)."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from fyr.errors import BadInput
from fyr.exchange.dicomweb import frames as pixels
from fyr.exchange.dicomweb.media_types import DICOM, JSON, MULTIPART, OCTETS, MediaType, accepted
from fyr.exchange.dicomweb.metadata import bulk_value, instance_metadata, path_of_bulk
from fyr.exchange.dicomweb.multipart import Part, in_large_pieces, parts_written
from fyr.exchange.dicomweb.results import instance_url
from fyr.record.audit import AuditEvent
from fyr.record.dicom_index import DicomInstance
from fyr.record.dicom_query import Form, Match
from fyr.serve.installation import Installation
from fyr.serve.permissions import Person
from fyr.serve.problems import NotFound
from fyr.serve.routes.dicomweb_search import dicomweb_base
from fyr.serve.signed_in import Here, SignedIn

__all__ = ["router"]

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])

_PICTURES: Final = ("image/jpeg", "image/png")
_THUMBNAIL: Final = (200, 200)
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "Nobody is signed in"},
    403: {"description": "The token or the role may not read images"},
    404: {"description": "There is no such study, series, instance or frame"},
    406: {"description": "It is not given as any type that is accepted"},
}
_OPTIONS: Final[dict[str, Any]] = {"response_class": Response, "responses": _ANSWERS}

Frames = Annotated[str, Path(description="Numbers of frames, counted from 1, with commas between them")]
Window = Annotated[str | None, Query(description="CENTRE,WIDTH,LINEAR: the window of the picture")]
Viewport = Annotated[str | None, Query(description="COLUMNS,ROWS: what the picture is shrunk to fit")]


@router.get("/studies/{study}", **_OPTIONS)
def study(here: Here, person: SignedIn, request: Request, study: str) -> Response:
    """Return every instance of a study."""
    return _objects(here, person, request, _found(here, person, study))


@router.get("/studies/{study}/series/{series}", **_OPTIONS)
def one_series(here: Here, person: SignedIn, request: Request, study: str, series: str) -> Response:
    """Return every instance of a series."""
    return _objects(here, person, request, _found(here, person, study, series))


@router.get("/studies/{study}/series/{series}/instances/{instance}", **_OPTIONS)
def one_instance(here: Here, person: SignedIn, request: Request, study: str, series: str, instance: str) -> Response:
    """Return an instance, as one part or, where `application/dicom` is accepted, as it is."""
    return _objects(here, person, request, _found(here, person, study, series, instance))


@router.get("/studies/{study}/metadata", **_OPTIONS)
def study_metadata(here: Here, person: SignedIn, request: Request, study: str) -> Response:
    """Return what every instance of a study says, in the DICOM JSON model; what is large, as its address."""
    return _metadata(here, person, request, _found(here, person, study))


@router.get("/studies/{study}/series/{series}/metadata", **_OPTIONS)
def series_metadata(here: Here, person: SignedIn, request: Request, study: str, series: str) -> Response:
    """Return what every instance of a series says."""
    return _metadata(here, person, request, _found(here, person, study, series))


@router.get("/studies/{study}/series/{series}/instances/{instance}/metadata", **_OPTIONS)
def one_metadata(here: Here, person: SignedIn, request: Request, study: str, series: str, instance: str) -> Response:
    """Return what an instance says."""
    return _metadata(here, person, request, _found(here, person, study, series, instance))


@router.get("/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path:path}", **_OPTIONS)
def bulk_data(
    here: Here, person: SignedIn, request: Request, study: str, series: str, instance: str, path: str
) -> Response:
    """Return a large value, by the address that the metadata gives; of compressed pixels, what they decode to."""
    (one,) = _found(here, person, study, series, instance)
    wanted = _accepted(request, (OCTETS,))[1]
    steps = path_of_bulk(path)
    data = _read(here, person, one)
    if steps in ([0x7FE00010], [0x7FE00008], [0x7FE00009]):
        value: bytes | None = _or_406(lambda: pixels.plain_pixels(data, one.uid))
    else:
        value = bulk_value(data, one.uid, steps)
    if value is None:
        raise NotFound(f"there is no large value at {path[:80]}", mend="take its address from the metadata")
    return _parts([Part(OCTETS, value)], wanted)


@router.get("/studies/{study}/series/{series}/instances/{instance}/frames/{numbers}", **_OPTIONS)
def some_frames(
    here: Here, person: SignedIn, request: Request, study: str, series: str, instance: str, numbers: Frames
) -> Response:
    """Return frames: plain pixels (`application/octet-stream`), or with `transfer-syntax=*` as they are stored."""
    (one,) = _found(here, person, study, series, instance)
    which = _numbers(numbers, one)
    compressed = pixels.COMPRESSED_TYPES.get(one.transfer_syntax)
    offer, wanted = _accepted(request, (OCTETS, compressed) if compressed else (OCTETS,))
    syntax = wanted.transfer_syntax
    as_stored = offer != OCTETS or syntax == "*" or (syntax == one.transfer_syntax and compressed is not None)
    if syntax not in {None, "*", pixels.EXPLICIT, one.transfer_syntax}:
        raise HTTPException(
            406, f"frames are given as {pixels.EXPLICIT} or {one.transfer_syntax}, not as {syntax[:64]}"
        )
    data = _read(here, person, one)
    found, kind = [], f"{OCTETS}; transfer-syntax={pixels.EXPLICIT}"
    if not (as_stored and compressed):
        try:
            found = pixels.plain_frames(data, one.uid, which)
        except BadInput as problem:
            as_stored = wanted.part == "*/*" and syntax is None  # who takes anything takes them as they are
            if not (as_stored and compressed):
                raise _not_acceptable(problem) from problem
    if as_stored and compressed:
        found = pixels.stored_frames(data, one.uid, which)
        kind = f"{compressed}; transfer-syntax={one.transfer_syntax}"
    return _parts([Part(kind, frame) for frame in found], wanted)


@router.get("/studies/{study}/series/{series}/instances/{instance}/rendered", **_OPTIONS)
def rendered(
    here: Here,
    person: SignedIn,
    request: Request,
    study: str,
    series: str,
    instance: str,
    window: Window = None,
    viewport: Viewport = None,
) -> Response:
    """Return a picture of an instance, JPEG or PNG: of its first frame."""
    (one,) = _found(here, person, study, series, instance)
    return _picture(here, person, request, one, 1, window, _size(viewport))


@router.get("/studies/{study}/series/{series}/instances/{instance}/frames/{number}/rendered", **_OPTIONS)
def rendered_frame(
    here: Here,
    person: SignedIn,
    request: Request,
    study: str,
    series: str,
    instance: str,
    number: str,
    window: Window = None,
    viewport: Viewport = None,
) -> Response:
    """Return a picture of a frame, JPEG or PNG."""
    (one,) = _found(here, person, study, series, instance)
    (which,) = _numbers(number, one)[:1]
    return _picture(here, person, request, one, which, window, _size(viewport))


@router.get("/studies/{study}/thumbnail", **_OPTIONS)
def study_thumbnail(here: Here, person: SignedIn, request: Request, study: str, viewport: Viewport = None) -> Response:
    """Return a small picture of a study."""
    return _thumbnail(here, person, request, _found(here, person, study), viewport)


@router.get("/studies/{study}/series/{series}/thumbnail", **_OPTIONS)
def series_thumbnail(
    here: Here, person: SignedIn, request: Request, study: str, series: str, viewport: Viewport = None
) -> Response:
    """Return a small picture of a series: of its middle instance."""
    return _thumbnail(here, person, request, _found(here, person, study, series), viewport)


@router.get("/studies/{study}/series/{series}/instances/{instance}/thumbnail", **_OPTIONS)
def instance_thumbnail(
    here: Here,
    person: SignedIn,
    request: Request,
    study: str,
    series: str,
    instance: str,
    viewport: Viewport = None,
) -> Response:
    """Return a small picture of an instance."""
    return _thumbnail(here, person, request, _found(here, person, study, series, instance), viewport)


def _found(here: Installation, person: Person, *uids: str) -> list[DicomInstance]:
    """Return the instances of a study, series or instance that the person may see, each once."""
    is_visible = here.images_visible_to(person)
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    matches = [Match(keyword, Form.ANY_OF, (uid,)) for keyword, uid in zip(keywords, uids, strict=False)]
    visible = [one for one in here.on_behalf_of(person).find_instances(matches) if is_visible(one.patient)]
    if not visible:
        what = ("study", "series of that study", "instance of that series")[len(uids) - 1]
        raise NotFound(f"there is no such {what}: {uids[-1][:64]}", mend="search at /api/dicomweb/studies")
    return list({one.uid: one for one in visible}.values())


def _read(here: Installation, person: Person, one: DicomInstance) -> bytes:
    """Return an instance's bytes; that they are read is in the trail, from wherever they come."""
    record = here.on_behalf_of(person)
    is_read = False

    def from_disk() -> bytes:
        nonlocal is_read
        is_read = True
        return next(record.read_instances([one]))

    data = here.recent_objects.get(one.sha256, from_disk)
    if not is_read:
        detail = {"study": one.study.uid, "count": 1}
        record.audit.append([AuditEvent(person.access(), "read images", one.patient, detail)])
    return data


def _accepted(request: Request, offers: Sequence[str]) -> tuple[str, MediaType]:
    accept = request.query_params.get("accept") or request.headers.get("Accept")
    found = accepted(accept, offers)
    if found is None:
        raise HTTPException(406, f"it is given as {' or '.join(offers)}, and accepted is {(accept or '')[:120]}")
    return found


def _or_406(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BadInput as problem:
        raise _not_acceptable(problem) from problem


def _not_acceptable(problem: BadInput) -> HTTPException:
    return HTTPException(406, f"{problem}; accept transfer-syntax=* for what is stored")


def _objects(here: Installation, person: Person, request: Request, found: Sequence[DicomInstance]) -> Response:
    _, wanted = _accepted(request, (DICOM,))
    stored = {one.transfer_syntax for one in found}
    if wanted.transfer_syntax not in {None, "*", pixels.EXPLICIT} and stored != {wanted.transfer_syntax}:
        raise HTTPException(406, f"stored is {', '.join(sorted(stored))}, and accepted is {wanted.transfer_syntax}")
    is_single = wanted.name == DICOM
    if is_single and len(found) > 1:
        raise HTTPException(406, f'a study or series is given as {MULTIPART}; type="{DICOM}"')
    contents = here.on_behalf_of(person).read_instances(found)

    def parts() -> Iterator[Part]:
        for one, data in zip(found, contents, strict=True):
            given, syntax = pixels.in_transfer_syntax(data, one.uid, wanted.transfer_syntax, one.transfer_syntax)
            yield Part(f"{DICOM}; transfer-syntax={syntax}", given)

    if len(found) == 1:
        return _parts([_or_406(lambda: next(parts()))], wanted)
    return _streamed(parts(), DICOM)


def _metadata(here: Installation, person: Person, request: Request, found: Sequence[DicomInstance]) -> Response:
    _accepted(request, (JSON, "application/json"))
    base = dicomweb_base(request)
    contents = here.on_behalf_of(person).read_instances(found, why="read image headers")

    def written() -> Iterator[bytes]:
        begin = b"["
        for one, data in zip(found, contents, strict=True):
            said = instance_metadata(data, one.uid, instance_url(base, one))
            yield begin + orjson.dumps(said, option=orjson.OPT_NON_STR_KEYS)
            begin = b","
        yield b"]"

    return StreamingResponse(in_large_pieces(written()), media_type=JSON)


def _thumbnail(
    here: Installation, person: Person, request: Request, found: Sequence[DicomInstance], viewport: str | None
) -> Response:
    shown = [one for one in found if "00280010" in one.attributes]
    if not shown:
        raise NotFound("nothing of it can be shown as a picture")
    one = shown[len(shown) // 2]
    return _picture(here, person, request, one, one.frames // 2 + 1, None, _size(viewport) or _THUMBNAIL)


def _picture(
    here: Installation,
    person: Person,
    request: Request,
    one: DicomInstance,
    number: int,
    window: str | None,
    largest: tuple[int, int] | None,
) -> Response:
    kind, _ = _accepted(request, _PICTURES)
    if "00280010" not in one.attributes:
        raise HTTPException(406, "the object has no pixels: there is no picture of it")
    through = _window(window)
    data = _read(here, person, one)
    form = kind.removeprefix("image/")
    picture = _or_406(lambda: pixels.rendered_frame(data, one.uid, number, form=form, window=through, largest=largest))
    return Response(picture, media_type=kind)


def _numbers(text: str, one: DicomInstance) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise BadInput(f"'{text[:60]}' is no list of frames", where="the address", mend="write 1 or 1,2,5")
    which = [int(part) for part in parts]
    for number in which:
        if not 1 <= number <= one.frames:
            raise NotFound(f"there is no frame {number}: it has {one.frames}", mend="count from 1")
    return which


def _window(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    parts = text.split(",")
    try:
        centre, width = (float(part) for part in parts[:2])
    except ValueError:
        raise BadInput(f"'{text[:40]}' is no window", where="window", mend="write CENTRE,WIDTH,LINEAR") from None
    if not (math.isfinite(centre) and 1 <= width < math.inf) or (
        len(parts) > 2 and parts[2].upper() not in {"LINEAR", ""}
    ):
        raise BadInput(f"'{text[:40]}' is no window that is drawn here", where="window", mend="use 40,400,LINEAR")
    return centre, width


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.rstrip(",").split(",")
    if len(parts) != 2 or not all(part.isdecimal() and 1 <= int(part) <= 8192 for part in parts):
        raise BadInput(f"'{text[:40]}' is no size of a whole picture", where="viewport", mend="write COLUMNS,ROWS")
    return int(parts[0]), int(parts[1])


def _parts(parts: Sequence[Part], wanted: MediaType) -> Response:
    """Answer with parts, or with the only one where the client accepts it so."""
    if len(parts) == 1 and not wanted.is_multipart and wanted.name != "*/*":
        return Response(parts[0].data, media_type=parts[0].content_type)
    return _streamed(iter(parts), parts[0].content_type.partition(";")[0])


def _streamed(parts: Iterator[Part], kind: str) -> Response:
    boundary = secrets.token_hex(16)
    content_type = f'{MULTIPART}; type="{kind}"; boundary={boundary}'
    return StreamingResponse(in_large_pieces(parts_written(parts, boundary)), media_type=content_type)
